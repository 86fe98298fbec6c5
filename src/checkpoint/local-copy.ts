import { createReadStream } from "node:fs";
import { link, realpath, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import type { CatalogEntry, CatalogFile } from "./catalog.ts";
import type { Listener } from "./download.ts";
import { sha256Of } from "./find-model.ts";
import { PartFile } from "./part-file.ts";

/** Where the Hugging Face libraries put a file. Source: huggingface_hub documentation, "Understand caching". */
export function hubCachePath(file: CatalogFile, { repository, revision }: CatalogEntry, hubCache: string): string {
  return join(hubCache, `models--${repository.replaceAll("/", "--")}`, "snapshots", revision, file.name);
}

/**
 * Copies a file whose content is known; the copy is in its place only once it has been hashed and reached the disk.
 *
 * @throws {UserError} exit 4 if the source cannot be read or is another file than expected
 * @throws {UserError} exit 5 if the copy cannot be written
 */
export async function copyChecked(
  source: string,
  target: string,
  expected: CatalogFile,
  listener: Listener,
): Promise<void> {
  await checkSize(source, expected);
  const staged = `${target}.copy`;
  await rm(staged, { force: true });
  const part = await PartFile.open(staged, listener.signal);
  try {
    for await (const chunk of createReadStream(source, { signal: listener.signal, highWaterMark: 1 << 20 })) {
      await part.append(chunk);
      listener.progress(part.bytes, expected.bytes);
    }
    checkHash(source, part.sha256(), expected);
    await part.moveTo(target);
  } catch (error) {
    throw listener.signal.aborted || error instanceof UserError ? error : cannotUse(source, String(error), error);
  } finally {
    await part.discard();
  }
}

/**
 * Gives a file whose content is known a second name, without a second copy of it.
 *
 * @returns false where the file system cannot
 * @throws {UserError} exit 4 if it is another file than expected
 */
export async function linkChecked(
  source: string,
  target: string,
  expected: CatalogFile,
  signal: AbortSignal,
): Promise<boolean> {
  await checkSize(source, expected);
  const staged = `${target}.link`;
  await rm(staged, { force: true });
  try {
    await link(await realpath(source), staged);
  } catch {
    return false;
  }
  try {
    checkHash(source, await sha256Of(staged, signal), expected);
    await rename(staged, target);
    return true;
  } finally {
    await rm(staged, { force: true });
  }
}

async function checkSize(source: string, { bytes }: CatalogFile): Promise<void> {
  const found = await stat(source).catch((error: NodeJS.ErrnoException) => {
    throw cannotUse(source, error.code === "ENOENT" ? "there is no such file" : error.message, error);
  });
  if (!found.isFile()) throw cannotUse(source, "it is not a file");
  if (found.size !== bytes) throw cannotUse(source, `it holds ${found.size} bytes, expected ${bytes}`);
}

function checkHash(source: string, got: string, { sha256 }: CatalogFile): void {
  if (sha256 !== undefined && got !== sha256) throw cannotUse(source, `its SHA-256 is ${got}, expected ${sha256}`);
}

function cannotUse(source: string, state: string, cause?: unknown): UserError {
  return new UserError(`Cannot use "${source}": ${state}`, ExitCode.model, undefined, { cause });
}
