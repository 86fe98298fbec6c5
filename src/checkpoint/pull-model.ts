import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { cannotWrite } from "../files/cannot-write.ts";
import { makeFolder } from "../files/make-folder.ts";
import type { CatalogEntry, CatalogFile } from "./catalog.ts";
import { checkSpace } from "./check-space.ts";
import { download, type Listener, type Patience } from "./download.ts";
import { sha256Of } from "./find-model.ts";
import { addressOf, type Hub, shownAddress } from "./hub.ts";
import { copyChecked, hubCachePath, linkChecked } from "./local-copy.ts";
import { ANOTHER_FOLDER, PartFile } from "./part-file.ts";
import { exclusively, type Puller } from "./pull-lock.ts";

export type PullRequest = {
  entry: CatalogEntry;
  /** folder of pulled models */
  models: string;
  hub: Hub;
  /** folder in which the Hugging Face libraries keep what they downloaded */
  hubCache: string;
  /** weights brought by hand: nothing is fetched */
  from?: string;
  puller: Puller;
  /** refuses a config that is none, with a UserError */
  checkConfig(text: string): void;
  /** bytes that the file system of a folder has left; asked of the system unless given */
  freeBytes?(folder: string): Promise<number>;
  patience?: Patience;
};

export type Pulled = {
  folder: string;
  how: "present" | "downloaded" | "linked" | "copied";
};

/**
 * Installs a model: from a file brought by hand, else from Hugging Face's cache, else from the Hub. The weights are in
 * their place only once their size and SHA-256 are right; what a download brought before it was stopped is kept for the
 * next one.
 *
 * @throws {UserError} exit 4 if the model cannot be had, exit 5 if it cannot be written
 */
export async function pullModel(request: PullRequest, listener: Listener): Promise<Pulled> {
  const { entry, models, from, puller } = request;
  const folder = join(models, entry.name);
  const place = join(folder, entry.weights.name);
  if (await isIntact(place, entry, listener)) return { folder, how: "present" };
  await makeFolder(folder).catch((error: unknown) => {
    throw cannotWrite(folder, error, ANOTHER_FOLDER);
  });
  return exclusively(join(folder, ".pulling"), puller, async () => {
    if (from !== undefined) {
      await bringCopy(from, place, request, listener);
      await bringConfig(from, folder, request, listener);
      return { folder, how: "copied" };
    }
    const how = await fromHubCache(place, request, listener);
    if (how !== undefined) return { folder, how };
    await fetchFile(entry.weights, folder, request, listener);
    await orLeftAside(listener, (quiet) => fetchFile(entry.config, folder, request, quiet, request.checkConfig));
    return { folder, how: "downloaded" };
  });
}

/** Bytes that a download of weights which was stopped has left for the next one. */
export async function keptBytes({ entry, models }: Pick<PullRequest, "entry" | "models">): Promise<number> {
  const left = await stat(partOf(join(models, entry.name, entry.weights.name))).catch(() => undefined);
  return left?.size ?? 0;
}

async function isIntact(place: string, { weights }: CatalogEntry, { note, signal }: Listener): Promise<boolean> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return false;
  if (found.size === weights.bytes && (await sha256Of(place, signal)) === weights.sha256) return true;
  note(`"${place}" is damaged and is replaced`);
  return false;
}

async function fromHubCache(
  place: string,
  request: PullRequest,
  listener: Listener,
): Promise<"linked" | "copied" | undefined> {
  const { entry, hubCache } = request;
  const cached = hubCachePath(entry.weights, entry, hubCache);
  if ((await stat(cached).catch(() => undefined)) === undefined) return undefined;
  try {
    const linked = await linkChecked(cached, place, entry.weights, listener.signal);
    if (!linked) await bringCopy(cached, place, request, listener);
    await bringConfig(cached, dirname(place), request, listener);
    return linked ? "linked" : "copied";
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.model) throw error;
    listener.note(`the copy in Hugging Face's cache is left aside: ${error.message}`);
    return undefined;
  }
}

async function bringCopy(source: string, place: string, request: PullRequest, listener: Listener): Promise<void> {
  await checkSpace(dirname(place), request.entry.weights.bytes, ANOTHER_FOLDER, request.freeBytes);
  await copyChecked(source, place, request.entry.weights, listener);
}

/** Brings the config that lies beside weights, if one does. */
async function bringConfig(
  weights: string,
  folder: string,
  { entry, checkConfig }: PullRequest,
  listener: Listener,
): Promise<void> {
  const source = join(dirname(weights), entry.config.name);
  const text = await readFile(source, "utf8").catch(() => undefined);
  if (text === undefined) return;
  await orLeftAside(listener, async (quiet) => {
    checkConfig(text);
    await copyChecked(source, join(folder, entry.config.name), entry.config, quiet);
  });
}

/** Brings a config, or says why not: the weights work without. Progress is that of the weights alone. */
async function orLeftAside(listener: Listener, bring: (quiet: Listener) => Promise<void>): Promise<void> {
  try {
    await bring({ ...listener, progress: () => {} });
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.model) throw error;
    listener.note(`the model's config is left aside, it works without: ${error.message}`);
  }
}

async function fetchFile(
  file: CatalogFile,
  folder: string,
  request: PullRequest,
  listener: Listener,
  check: (text: string) => void = () => {},
): Promise<void> {
  const place = join(folder, file.name);
  const url = addressOf(file, request.entry, request.hub);
  const part = await PartFile.open(partOf(place), listener.signal);
  try {
    await checkSpace(folder, file.bytes - part.bytes, ANOTHER_FOLDER, request.freeBytes);
    await download(url, file.bytes, part, request.hub, listener, request.patience);
    const got = part.sha256();
    if (file.sha256 !== undefined && got !== file.sha256) {
      await part.discard();
      throw new UserError(
        `Cannot use what "${shownAddress(url)}" sent: its SHA-256 is ${got}, expected ${file.sha256}`,
        ExitCode.model,
        "it was removed: run the command again to fetch it anew",
      );
    }
    if (file.sha256 === undefined) {
      try {
        check(await part.text());
      } catch (error) {
        await part.discard();
        throw error;
      }
    }
    await part.moveTo(place);
  } finally {
    await part.close();
  }
}

function partOf(place: string): string {
  return `${place}.part`;
}
