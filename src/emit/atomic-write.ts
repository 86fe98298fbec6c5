import { access, constants, lstat, mkdtemp, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { cannotWrite } from "../files/cannot-write.ts";
import { makeFolder } from "../files/make-folder.ts";

/** Of a file, whole or in parts that are made as they are written. */
type Content = string | Uint8Array | Iterable<Uint8Array>;

const HINT = "name another folder with --out";

/**
 * Creates the folder where it is absent, and makes sure that files can be written into it.
 *
 * @param hint what the user can do where they cannot
 * @throws {UserError} exit 5, naming the folder and what stands in the way
 */
export async function checkWritable(folder: string, hint = HINT): Promise<void> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw cannotWrite(folder, error, hint);
  }
}

/**
 * Writes all files into a folder, or none: they are written into a temporary folder inside it, reach the disk, and only
 * when all have are they renamed into place. What is left of an attempt that failed or was aborted is removed.
 *
 * @param files content by file name
 * @throws {UserError} exit 5, naming the file and what stands in the way
 */
export async function writeAll(
  folder: string,
  files: Readonly<Record<string, Content>>,
  signal?: AbortSignal,
): Promise<void> {
  await staged(folder, async (staging) => {
    for (const name of Object.keys(files)) await refuseFolder(join(folder, name));
    for (const [name, content] of Object.entries(files)) {
      signal?.throwIfAborted();
      await writeDurably(join(staging, name), content).catch(failingFor(join(folder, name)));
    }
    signal?.throwIfAborted();
    for (const name of Object.keys(files))
      await rename(join(staging, name), join(folder, name)).catch(failingFor(join(folder, name)));
  });
}

/**
 * Lets a file be written beside its place and renames it there when it is whole. What is left of an attempt that failed or
 * was aborted is removed.
 *
 * @param write fills the file it is told of, and makes sure that it reaches the disk
 * @param hint  what the user can do where it cannot be written
 * @throws {UserError} exit 5, naming the file and what stands in the way
 */
export async function writeWhole(
  path: string,
  write: (staging: string) => Promise<void>,
  signal?: AbortSignal,
  hint = HINT,
): Promise<void> {
  await staged(
    dirname(path),
    async (staging) => {
      const file = join(staging, basename(path));
      await write(file).catch(failingFor(path, hint));
      signal?.throwIfAborted();
      await rename(file, path).catch(failingFor(path, hint));
    },
    hint,
  );
}

/** Runs work with an empty folder inside `folder`, and removes it afterwards. */
async function staged(folder: string, work: (staging: string) => Promise<void>, hint = HINT): Promise<void> {
  await checkWritable(folder, hint);
  const staging = await mkdtemp(join(folder, ".drp-")).catch(failingFor(folder, hint));
  try {
    await work(staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** A folder in the way of a rename is found too late: the files before it are in place by then. */
async function refuseFolder(path: string): Promise<void> {
  const entry = await lstat(path).catch(() => undefined);
  if (entry?.isDirectory()) throw cannotWrite(path, Object.assign(new Error("a folder"), { code: "EISDIR" }), HINT);
}

function failingFor(path: string, hint = HINT): (error: unknown) => never {
  return (error) => {
    throw error instanceof UserError ? error : cannotWrite(path, error, hint);
  };
}

async function writeDurably(path: string, content: Content): Promise<void> {
  const file = await open(path, "wx");
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}
