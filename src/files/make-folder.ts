import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Creates a folder, and those above it, where it is absent.
 *
 * Not by `recursive`, which tries for ever where a folder that is there takes none, as /proc and automounts do (Node 20).
 *
 * @throws {Error} of the system, with its code, where it cannot be
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (await isFolder(folder)) return;
    const parent = dirname(folder);
    const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (!absent || parent === folder || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(folder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
