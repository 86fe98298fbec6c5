import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { ExitCode, UserError } from "../errors.ts";
import { CATALOG } from "./catalog.ts";

/** The models that ship with the package. */
const EMBEDDED = fileURLToPath(new URL("../../models", import.meta.url));
export const WEIGHTS = "model.safetensors";
export const CONFIG = "config.json";

/** A model on disk. */
export type FoundModel = {
  name: string;
  weightsFile: string;
  /** the text of config.json beside the weights; undefined where there is none */
  config: string | undefined;
};

/** Folders whose sub-folders are models. */
export type ModelFolders = {
  /** of the models that ship with the package; the package's own unless given */
  embedded?: string;
  /** of the models that were pulled, as `modelsFolder()` names it; none unless given */
  pulled?: string | undefined;
};

/**
 * Finds a model by the name of an embedded or a pulled one, a folder that holds `model.safetensors`, or a
 * `.safetensors` file.
 *
 * @throws {UserError} exit 4, naming what there is
 */
export async function findModel(nameOrPath: string, folders: ModelFolders = {}): Promise<FoundModel> {
  const installed = basename(nameOrPath) === nameOrPath ? await installedModels(folders) : [];
  const path = installed.find(({ name }) => name === nameOrPath)?.folder ?? nameOrPath;
  const weightsFile = path.endsWith(".safetensors") ? path : join(path, WEIGHTS);
  if (!(await isFile(weightsFile))) throw await notFound(nameOrPath, weightsFile, folders);
  const folder = dirname(weightsFile);
  const config = await readFile(join(folder, CONFIG), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(`Cannot read "${join(folder, CONFIG)}": ${error.message}`, ExitCode.model);
  });
  const name = path === weightsFile && basename(path) !== WEIGHTS ? basename(path, ".safetensors") : basename(folder);
  return { name, weightsFile, config };
}

async function notFound(nameOrPath: string, weightsFile: string, folders: ModelFolders): Promise<UserError> {
  if (CATALOG.some(({ name }) => name === nameOrPath))
    return new UserError(
      `Cannot find model "${nameOrPath}": it is not installed`,
      ExitCode.model,
      `fetch it with: drp model pull ${nameOrPath}`,
    );
  const installed = (await installedModels(folders)).map(({ name }) => name);
  return new UserError(
    `Cannot find model "${nameOrPath}": there is no file "${weightsFile}"`,
    ExitCode.model,
    `installed models: ${installed.join(", ") || "none"}; a folder with ${WEIGHTS} or a .safetensors file works too`,
  );
}

export type InstalledModel = { name: string; folder: string; origin: "embedded" | "pulled" };

/** The models that have a name, embedded ones first; an embedded one hides a pulled one of its name. */
export async function installedModels({ embedded = EMBEDDED, pulled }: ModelFolders): Promise<InstalledModel[]> {
  const models = new Map<string, InstalledModel>();
  for (const [origin, parent] of [
    ["embedded", embedded],
    ["pulled", pulled],
  ] as const) {
    const names = parent === undefined ? [] : await readdir(parent).catch(() => []);
    for (const name of names.sort()) {
      const folder = join(parent!, name);
      if (!models.has(name) && (await isFile(join(folder, WEIGHTS)))) models.set(name, { name, folder, origin });
    }
  }
  return [...models.values()];
}

/** SHA-256 of a file, in hexadecimal; the file is streamed. */
export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return hash.digest("hex");
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
