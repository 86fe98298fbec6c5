/**
 * Runs git; the only code that starts another program.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ExitCode, UserError } from "../errors.ts";

export type Repository = {
  /** the repository or a folder inside it */
  path: string;
  /** the environment that git is run in, as of `process.env` */
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
};

/** What git sets around its hooks; it would win over `path`. */
const OF_ANOTHER_REPOSITORY = ["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"];

/** Messages as git's manual has them, no locks for a reader, no objects fetched, no questions asked. */
const ENVIRONMENT = { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", GIT_NO_LAZY_FETCH: "1", GIT_TERMINAL_PROMPT: "0" };

const LONGEST_STDERR = 4096;

/** What git said and how it ended. */
type Ended = { code: number | null; stderr: string };

/**
 * Standard output of a git command, chunk by chunk, no faster than it is consumed; git is stopped where the consumer is.
 *
 * @throws {UserError} exit 3, if there is no git, or it fails
 */
export async function* streamGit(repository: Repository, args: readonly string[]): AsyncGenerator<Buffer> {
  const { child, ended } = start(repository, args);
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const { code, stderr } = await ended;
    if (code !== 0) throw failure(repository, stderr);
  } finally {
    child.kill();
    await ended.catch(() => {}); // reported above, or the consumer has stopped for a reason of its own
  }
}

/** The whole output of a command whose answer is short, and how it ended. */
export async function askGit(repository: Repository, args: readonly string[]): Promise<Ended & { stdout: string }> {
  const { child, ended } = start(repository, args);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const end = await ended;
  return { ...end, stdout: Buffer.concat(chunks).toString("utf8").trimEnd() };
}

/** @param stderr what git said: its first line is the state found, the rest, if any, its own advice */
export function failure({ path }: Repository, stderr: string): UserError {
  const [first = "", ...advice] = stderr.trim().split("\n");
  const state = first.replace(/^(?:fatal|error): /, "");
  return new UserError(
    `Cannot read the git history of "${path}": ${state === "" ? "git failed without a word" : state}`,
    ExitCode.data,
    advice.join("\n").trim() || "name a git repository, or a folder inside one, with --git",
  );
}

function start({ path, env, signal }: Repository, args: readonly string[]) {
  signal?.throwIfAborted();
  const inherited = Object.entries(env).filter(([name]) => !OF_ANOTHER_REPOSITORY.includes(name));
  const child = spawn("git", ["--no-pager", "-C", path, ...args], {
    env: { ...Object.fromEntries(inherited), ...ENVIRONMENT },
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, LONGEST_STDERR);
  });
  const ended: Promise<Ended> = once(child, "close").then(
    ([code]: (number | null)[]) => ({ code: code ?? null, stderr }),
    (error: NodeJS.ErrnoException) => {
      signal?.throwIfAborted();
      if (error.code !== "ENOENT") throw error;
      throw new UserError(
        `Cannot read the git history of "${path}": there is no program "git" on the PATH`,
        ExitCode.data,
        "install git, or put it on the PATH",
      );
    },
  );
  ended.catch(() => {}); // may be settled before anybody awaits it
  return { child, ended };
}
