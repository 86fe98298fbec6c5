import { hubCacheFolder, modelsFolder } from "../checkpoint/cache-folders.ts";
import { CATALOG, type CatalogEntry } from "../checkpoint/catalog.ts";
import { WEIGHTS } from "../checkpoint/find-model.ts";
import { hubOf, shownAddress } from "../checkpoint/hub.ts";
import { keptBytes, type Pulled, pullModel } from "../checkpoint/pull-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { parseConfig } from "../forecast/open-timesfm.ts";
import { megabytes } from "./byte-labels.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";
import { Transfer } from "./transfer.ts";

export type ModelPullOptions = { from?: string; json: boolean; quiet: boolean };

/**
 * Installs a model of the catalog in the user's cache folder.
 *
 * @returns the exit code: ok, or interrupted
 * @throws {UserError} exit 2 if no such model is known, exit 4 if it cannot be had, exit 5 if it cannot be written
 */
export async function runModelPull(
  name: string,
  options: ModelPullOptions,
  io: Io,
  catalog: readonly CatalogEntry[] = CATALOG,
): Promise<ExitCode> {
  const entry = catalog.find((known) => known.name === name);
  if (entry === undefined) {
    throw new UserError(
      `Cannot pull model "${name}": no such model is known`,
      ExitCode.usage,
      `expected ${catalog.map((known) => known.name).join(" or ")}`,
    );
  }
  const { progress, tell } = told(io, options.quiet);
  const models = modelsFolder(io.env);
  const hub = hubOf(io.env);
  const { bytes } = entry.weights;
  const way = { entry, models, hub, hubCache: hubCacheFolder(io.env) };
  const from = options.from === undefined ? {} : { from: options.from };
  const kept = await keptBytes(way);
  const transfer = new Transfer(io.now);
  progress.step(`looking for ${name}`);
  try {
    const pulled = await pullModel(
      {
        ...way,
        ...from,
        puller: { pid: process.pid, isRunning },
        checkConfig: (config) => parseConfig({ weightsFile: WEIGHTS, config }),
      },
      {
        signal: io.signal,
        note: (text) => tell(`note: ${text}`),
        progress: (done, total) => {
          const words = transfer.words(done, total);
          if (words !== undefined) progress.bar(`pulling ${name}`, done, total, words);
        },
      },
    );
    tell(sentenceOf(pulled, entry, shownAddress(hub.endpoint), kept));
    if (options.json) {
      const { revision, weights } = entry;
      const document = { name, how: pulled.how, folder: pulled.folder, revision, bytes, sha256: weights.sha256 };
      io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    }
    return ExitCode.ok;
  } catch (error) {
    progress.done();
    if (!io.signal.aborted) throw error;
    const left = await keptBytes(way);
    const state =
      left === 0
        ? "nothing was written"
        : `${left} of ${bytes} bytes are kept, drp model pull ${name} goes on from there`;
    io.stderr.write(`interrupted: ${state}\n`);
    return ExitCode.interrupted;
  }
}

function sentenceOf({ how, folder }: Pulled, { name, weights }: CatalogEntry, endpoint: string, kept: number): string {
  const sentence: Record<Pulled["how"], string> = {
    present: `${name} is installed and intact in ${folder}`,
    downloaded: `Fetched ${name} (${megabytes(weights.bytes)}${kept > 0 ? `, ${megabytes(kept)} of it before` : ""}) from ${endpoint} to ${folder}`,
    linked: `Linked ${name} from Hugging Face's cache to ${folder}`,
    copied: `Copied ${name} to ${folder}`,
  };
  const checked = how === "present" ? "" : `\nSize and SHA-256 are right. Use it with: --model ${name}`;
  return `${sentence[how]}${checked}`;
}

/** Whether a process of this machine runs; one of another user counts. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
