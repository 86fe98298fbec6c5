import { statfs } from "node:fs/promises";
import { ExitCode, UserError } from "../errors.ts";

/**
 * Makes sure that a folder's disk has room.
 *
 * @param hint      what the user can do where it has not
 * @param freeBytes asked of the system unless given
 * @throws {UserError} exit 5
 */
export async function checkSpace(
  folder: string,
  bytes: number,
  hint: string,
  freeBytes: (folder: string) => Promise<number> = freeBytesOf,
): Promise<void> {
  const free = await freeBytes(folder);
  if (free >= bytes) return;
  const state = `${free} bytes are free on its disk, expected ${bytes}`;
  throw new UserError(`Cannot write to "${folder}": ${state}`, ExitCode.output, hint);
}

/** Some network file systems do not tell, and say 0 blocks. */
async function freeBytesOf(folder: string): Promise<number> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return blocks === 0 ? Infinity : bavail * bsize;
}
