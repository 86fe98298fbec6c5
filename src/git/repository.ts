import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ExitCode, UserError } from "../errors.ts";
import { askGit, failure, type Repository } from "./run-git.ts";

/** The commits that a revision or a range names, and where the history that leads to them ends. */
export type Revisions = {
  /** full hashes of the commits to start from */
  tips: readonly string[];
  /** full hashes, merges among them */
  named: ReadonlySet<string>;
};

/** What a history lacks. */
export type Lack = {
  /** sentences for people */
  notices: string[];
  /** full hashes of the commits that a shallow clone begins with: what they changed is unknown, git shows all files as new */
  cutOff: ReadonlySet<string>;
};

/**
 * Makes sure that the history can be read whole, without the network, or as far as a shallow clone goes.
 *
 * @throws {UserError} exit 3, if `path` is in no repository, or git refuses it, or it is a partial clone
 */
export async function checkRepository(repository: Repository): Promise<Lack> {
  const shallow = await askGit(repository, ["rev-parse", "--is-shallow-repository"]);
  if (shallow.code !== 0) throw failure(repository, shallow.stderr);
  const partial = await askGit(repository, ["config", "--get-regexp", "^remote\\..*\\.promisor$", "^true$"]);
  if (partial.code === 0) {
    throw new UserError(
      `Cannot read the git history of "${repository.path}": it is a partial clone, without the contents of past files`,
      ExitCode.data,
      "expected a full clone: git clone without --filter",
    );
  }
  if (shallow.stdout !== "true") return { notices: [], cutOff: new Set() };
  const { stdout: file } = await askGit(repository, ["rev-parse", "--git-path", "shallow"]);
  const hashes = await readFile(resolve(repository.path, file), "utf8");
  const notice =
    "the repository is a shallow clone: what its first commits changed is unknown, so they are left out, and experience, age " +
    'and numbers of changes come out too low ("git fetch --unshallow" completes it)';
  return { notices: [notice], cutOff: new Set(hashes.trim().split("\n")) };
}

/**
 * The tip of the history that is checked out.
 *
 * @throws {UserError} exit 3, if the repository has no commits
 */
export async function headOf(repository: Repository): Promise<string> {
  const { code, stdout } = await askGit(repository, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (code === 0) return stdout;
  throw new UserError(
    `Cannot read the git history of "${repository.path}": it has no commits`,
    ExitCode.data,
    "expected a branch with commits to be checked out",
  );
}

/**
 * Reads `SHA` (any name of one commit) or `RANGE` (`A..B`, `A...B`, `SHA^!`) as git does.
 *
 * @throws {UserError} exit 3, if git does not know the revision, or a range is empty; exit 2, if it starts with `-`
 */
export async function resolveRevisions(repository: Repository, revision: string): Promise<Revisions> {
  if (revision.startsWith("-") || revision === "") {
    throw new UserError(
      `Cannot use "${revision}" as a commit: a revision has a name and does not start with "-"`,
      ExitCode.usage,
      'expected a commit or a range, as "HEAD", "1a2b3c4" or "main..feature"',
    );
  }
  const unknown = (state: string) =>
    new UserError(
      `Cannot find commit "${revision}" in "${repository.path}": ${state}`,
      ExitCode.data,
      'expected a commit or a range of this repository, as "HEAD", "1a2b3c4" or "main..feature"',
    );
  const parsed = await askGit(repository, ["rev-parse", "--revs-only", revision, "--"]);
  const [included, excluded] = [/^[0-9a-f]/, /^\^/].map((form) =>
    parsed.stdout.split("\n").filter((line) => form.test(line)),
  ) as [string[], string[]]; // one list for each form
  if (parsed.code !== 0 || included.length === 0) throw unknown("git knows no such revision");
  const isRange = excluded.length > 0;
  const names = isRange ? [...included, ...excluded] : ["--no-walk", ...included];
  const listed = await askGit(repository, ["rev-list", ...names, "--"]);
  if (listed.code !== 0) throw unknown("git knows no such revision");
  const named = listed.stdout.split("\n").filter((sha) => sha !== "");
  if (named.length === 0) throw unknown(isRange ? "the range has no commits" : "it names no commit");
  return { tips: isRange ? included : named, named: new Set(named) };
}
