import { homedir, platform } from "node:os";
import { join } from "node:path";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder of pulled models: `$DRP_MODELS`, else `drp/models` in the user's cache folder.
 *
 * Source: XDG Base Directory Specification 0.8; Apple's File System Programming Guide; Windows Known Folders.
 *
 * @param env   environment variables; an empty one counts as absent
 * @param where the operating system and the user's home, this machine's unless given
 */
export function modelsFolder(
  env: Environment,
  where: { platform: string; home: string } = { platform: platform(), home: homedir() },
): string {
  if (env.DRP_MODELS) return env.DRP_MODELS;
  return join(cacheFolder(env, where), "drp", "models");
}

function cacheFolder(env: Environment, { platform, home }: { platform: string; home: string }): string {
  if (platform === "win32") return env.LOCALAPPDATA || join(home, "AppData", "Local");
  if (platform === "darwin") return join(home, "Library", "Caches");
  return env.XDG_CACHE_HOME || join(home, ".cache");
}

/**
 * Where the Hugging Face libraries keep what they downloaded.
 *
 * Source: huggingface_hub documentation, "Environment variables".
 */
export function hubCacheFolder(env: Environment, home = homedir()): string {
  return (
    env.HF_HUB_CACHE || join(env.HF_HOME || join(env.XDG_CACHE_HOME || join(home, ".cache"), "huggingface"), "hub")
  );
}
