import { ExitCode, UserError } from "../errors.ts";

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EFBIG: "the file is larger than this process may write",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  ENOENT: "the folder it would be in is not there, or takes nothing new",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "there is a file of that name, expected a folder",
  EISDIR: "there is a folder of that name, expected a file",
  ENOTEMPTY: "there is a folder of that name, expected a file",
};

/**
 * What to tell where a file or folder cannot be written: exit 5.
 *
 * @param error of the system, whose own words serve where these have none
 * @param hint  what the user can do
 */
export function cannotWrite(path: string, error: unknown, hint: string): UserError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const state = CAUSES[code] ?? (error instanceof Error ? error.message : String(error));
  return new UserError(`Cannot write "${path}": ${state}`, ExitCode.output, hint, { cause: error });
}
