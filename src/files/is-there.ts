import { stat } from "node:fs/promises";

const ABSENT: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR"]);

/** Whether there is such a file or folder, be it one that cannot be read: to read it then tells why. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => !ABSENT.has(error.code),
  );
}
