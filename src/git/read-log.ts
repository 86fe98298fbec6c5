import { growingFloats } from "../change/growing-array.ts";
import { type Repository, streamGit } from "./run-git.ts";

export type LoggedCommit = {
  sha: string;
  parents: readonly string[];
  /** when it was committed, epoch seconds; NaN where the commit has no such date */
  committedAtS: number;
  /** of the author's clock, east of UTC */
  offsetMinutes: number;
  /** the author's e-mail address in lower case, as .mailmap has it; the name where there is no address */
  developer: string;
  /** the first paragraph of the message in one line */
  subject: string;
  message: string;
  /** none for a merge */
  files: readonly FileChange[];
};

export type FileChange = {
  path: string;
  /** the path before, where the file was renamed */
  from?: string;
  /** lines; 0 for a binary file */
  added: number;
  /** lines; 0 for a binary file */
  deleted: number;
};

/** Hash, parents, dates of committer and author, address and name of the author, subject, message; numstat follows. git cuts messages at NUL. */
const FIELDS = ["%H", "%P", "%cd", "%ad", "%aE", "%aN", "%s", "%B"];

/**
 * Parents come before children, else commits come in order of commit date. Settings that change what is counted are
 * overruled, so that the same history gives the same numbers for everybody. To follow renames (-M) adds less than a
 * tenth to the time of git on the history of bench/git.ts.
 */
const LOG = [
  ...["core.quotepath=false", "log.showSignature=false", "log.showRoot=true", "diff.relative=false", "mailmap.file="],
  // Pairs of files compared for a rename: git's own default; more costs the square of it.
  "diff.renameLimit=1000",
  // Else git maps the whole pack: 630 MB on the history of bench/git.ts, and 160 MB so, for a tenth more time at most.
  ...["core.packedGitWindowSize=1m", "core.packedGitLimit=32m", "core.deltaBaseCacheLimit=32m"],
].flatMap((setting) => ["-c", setting]);
const ORDER = ["--reverse", "--date-order", "-z", "--date=raw"];
const OPTIONS = [
  ...[...ORDER, "--numstat", "-M", `--format=${FIELDS.join("%x00")}`],
  ...["--encoding=UTF-8", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers"],
  "--ignore-submodules=none",
];

/**
 * The commits that lead to `tips`, oldest first, merges among them. The text is never held whole.
 *
 * @param tips full hashes
 * @throws {UserError} exit 3, if git fails
 */
export async function* readLog(repository: Repository, tips: readonly string[]): AsyncGenerator<LoggedCommit> {
  let fields: string[] = [];
  let files: FileChange[] = [];
  let rename: { counts: FileChange; from?: string } | undefined;
  for await (const { bytes, start, end } of cells(streamGit(repository, [...LOG, "log", ...OPTIONS, ...tips, "--"]))) {
    const text = bytes.toString("utf8", start, end);
    if (fields.length < FIELDS.length) {
      fields.push(text);
    } else if (rename !== undefined) {
      if (rename.from === undefined) {
        rename.from = text;
      } else {
        files.push({ ...rename.counts, from: rename.from, path: text });
        rename = undefined;
      }
    } else {
      const counts = fileChange(text);
      if (counts === undefined) {
        yield commit(fields, files);
        fields = [text];
        files = [];
      } else if (counts.path === "") {
        rename = { counts }; // the next two cells are the paths
      } else {
        files.push(counts);
      }
    }
  }
  if (fields.length === FIELDS.length) yield commit(fields, files);
}

/**
 * When the commits that lead to `tips` were committed, in the order of `readLog()`: a small part of its time.
 *
 * @returns [commits] epoch seconds; NaN where a commit has no such date
 * @throws {UserError} exit 3, if git fails
 */
export async function readTimes(repository: Repository, tips: readonly string[]): Promise<Float64Array> {
  const timesS = growingFloats();
  const log = streamGit(repository, [...LOG, "log", ...ORDER, "--no-color", "--format=%cd", ...tips, "--"]);
  for await (const { bytes, start, end } of cells(log)) timesS.push(epochSeconds(bytes.toString("utf8", start, end)));
  return timesS.take();
}

/** `12\t3\tpath`, of the first file after a line feed; undefined for the hash that begins the next commit. */
function fileChange(cell: string): FileChange | undefined {
  const afterAdded = cell.indexOf("\t");
  if (afterAdded < 0) return undefined;
  const afterDeleted = cell.indexOf("\t", afterAdded + 1);
  return {
    path: cell.slice(afterDeleted + 1),
    added: Number(cell.slice(0, afterAdded)) || 0, // "-" of a binary file
    deleted: Number(cell.slice(afterAdded + 1, afterDeleted)) || 0,
  };
}

/** What `FIELDS` ask for. */
type Fields = [string, string, string, string, string, string, string, string];

function commit(fields: readonly string[], files: readonly FileChange[]): LoggedCommit {
  const [sha, parents, committed, authored, email, name, subject, message] = fields as Fields;
  return {
    sha,
    parents: parents === "" ? [] : parents.split(" "),
    committedAtS: epochSeconds(committed),
    offsetMinutes: offsetMinutes(authored),
    developer: (email || name).toLowerCase(),
    subject,
    message,
    files,
  };
}

/** @param date `1767225600 +0530`; empty where there is none */
function epochSeconds(date: string): number {
  return date === "" ? Number.NaN : Number(date.split(" ")[0]);
}

/** @param date `1767225600 +0530` */
function offsetMinutes(date: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d)(\d\d)$/.exec(date) ?? [];
  if (hours === undefined || Number(hours) > 14) return 0; // no zone is further from UTC: a broken commit
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** The cells of a stream that NUL ends, as places in the buffer that holds them. */
async function* cells(chunks: AsyncIterable<Buffer>): AsyncGenerator<{ bytes: Buffer; start: number; end: number }> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    let end = chunk.indexOf(0);
    if (end >= 0 && pending.length > 0) {
      const bytes = Buffer.concat([...pending, chunk.subarray(0, end)]);
      pending = [];
      yield { bytes, start: 0, end: bytes.length };
      start = end + 1;
      end = chunk.indexOf(0, start);
    }
    for (; end >= 0; start = end + 1, end = chunk.indexOf(0, start)) yield { bytes: chunk, start, end };
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
