/**
 * The changes of a git history as a table: metrics known when each was made, and whether it failed.
 *
 * A change is a commit that modifies a file and is no merge. Its time is the commit date, or the latest before it in the
 * history where the clock of a committer was behind or ahead, so that times ascend with parents before children.
 * @module
 */
import type { ChangeTable } from "../change/change-table.ts";
import { ExitCode, UserError } from "../errors.ts";
import { counted } from "../naming/counted.ts";
import { ChangeHistory } from "./change-history.ts";
import { latestTimes } from "./clocks.ts";
import { MeasuredChanges, type MeasuredColumn } from "./measured-changes.ts";
import { NAMED_WITHIN_S, Outcomes } from "./outcomes.ts";
import { type LoggedCommit, readLog, readTimes } from "./read-log.ts";
import { checkRepository, headOf, resolveRevisions } from "./repository.ts";
import type { Repository } from "./run-git.ts";

export type GitChanges = {
  /** `failed` and `knownAt` by the rule of `Outcomes`; `knownAt` is Infinity where the outcome is not known yet */
  table: ChangeTable;
  /** [rows] */
  commits: readonly NamedCommit[];
  /** sentences for people: what was left out, and what the history cannot tell */
  notices: string[];
};

export type NamedCommit = { sha: string; subject: string };

export type GitOptions = {
  /** no commit can have been made later, epoch milliseconds: a date beyond it is a clock that was wrong */
  notAfter?: number;
  /** gets the number of commits read so far */
  onProgress?: (commits: number) => void;
};

const CLOCK_TOLERANCE_S = 86_400;
const WINDOW_DAYS = NAMED_WITHIN_S / 86_400;
const COMMITS_PER_PROGRESS = 1000;
const FULL_CLONE = 'expected a full clone: "git fetch --unshallow" makes it one';

/**
 * The changes of the history that is checked out, oldest first, whose outcome is known: those of the last 14 days
 * are left out, the failed ones too, lest failures be overrated among the newest.
 *
 * @param since epoch milliseconds; the history before is read too, as the metrics need it
 * @throws {UserError} exit 3, if the history cannot be read, or no change is left
 */
export async function gitChanges(
  repository: Repository,
  { since = Number.NEGATIVE_INFINITY, ...options }: GitOptions & { since?: number } = {},
): Promise<GitChanges> {
  const { notices, cutOff } = await checkRepository(repository);
  const head = await headOf(repository);
  const isAsked = ({ sha }: LoggedCommit, timeS: number) => timeS * 1000 >= since && !cutOff.has(sha);
  const history = await measure(repository, [head], isAsked, options);
  const { timesS, lastAtS } = history;
  const settled = 1 + timesS.findLastIndex((timeS) => timeS + NAMED_WITHIN_S <= lastAtS);
  if (settled === 0) throw nothingToLearn(repository, timesS.length, since, cutOff.size > 0);
  const open = timesS.length - settled;
  if (open > 0) {
    notices.push(
      `${counted(open, "change")} of the last ${WINDOW_DAYS} days of the history left out: they may still turn out to fail`,
    );
  }
  return tabled(history, settled, notices);
}

/**
 * The changes among the commits that a revision or a range names. The history before them is read too.
 *
 * @param revision one commit ("HEAD", "1a2b3c4") or a range ("main..feature")
 * @throws {UserError} exit 3, if the history cannot be read, has no such commit, or none of them is a change; exit 2, if
 *   the revision starts with "-"
 */
export async function gitCommits(
  repository: Repository,
  revision: string,
  options: GitOptions = {},
): Promise<GitChanges> {
  const { notices, cutOff } = await checkRepository(repository);
  const { tips, named } = await resolveRevisions(repository, revision);
  const history = await measure(repository, tips, ({ sha }) => named.has(sha) && !cutOff.has(sha), options);
  if (history.commits.length === 0 && [...named].some((sha) => cutOff.has(sha))) {
    throw new UserError(
      `Cannot measure commit "${revision}": the repository is a shallow clone that begins with it`,
      ExitCode.data,
      FULL_CLONE,
    );
  }
  if (history.commits.length === 0) {
    throw new UserError(
      `Cannot measure commit "${revision}": ${history.merges > 0 ? "it is a merge" : "it modifies no file"}`,
      ExitCode.data,
      'expected a commit that modifies files; the commits of a merge are "MERGE^1..MERGE"',
    );
  }
  return tabled(history, history.commits.length, notices);
}

/** The changes asked for, in order of time. */
type MeasuredHistory = {
  /** [rows] */
  commits: NamedCommit[];
  /** of the commits among all of the history [rows] */
  numbers: Int32Array;
  /** epoch seconds [rows] */
  timesS: Float64Array;
  columns: MeasuredColumn[];
  outcomes: Outcomes;
  /** commits asked for that are no changes */
  merges: number;
  empty: number;
  /** commits whose clock was more than a day behind, or ahead */
  wrongClocks: number;
  /** epoch seconds */
  lastAtS: number;
};

async function measure(
  repository: Repository,
  tips: readonly string[],
  isAsked: (commit: LoggedCommit, timeS: number) => boolean,
  { notAfter = Number.POSITIVE_INFINITY, onProgress }: GitOptions,
): Promise<MeasuredHistory> {
  const changes = new ChangeHistory();
  const outcomes = new Outcomes();
  const measurements = new MeasuredChanges();
  const result = {
    commits: [] as NamedCommit[],
    outcomes,
    merges: 0,
    empty: 0,
    wrongClocks: 0,
    lastAtS: Number.NEGATIVE_INFINITY,
  };
  const datesS = (await readTimes(repository, tips)).map((timeS) => (timeS * 1000 <= notAfter ? timeS : Number.NaN));
  const latestS = latestTimes(datesS);
  let read = 0;
  for await (const commit of readLog(repository, tips)) {
    const { committedAtS } = commit;
    const isDated = datesS[read]! <= latestS[read]! + CLOCK_TOLERANCE_S; // not where there is no date
    read += 1;
    if (!isDated || committedAtS < result.lastAtS - CLOCK_TOLERANCE_S) result.wrongClocks += 1;
    const timeS = Math.max(result.lastAtS, isDated ? committedAtS : 0);
    result.lastAtS = timeS;
    const index = outcomes.add(commit, timeS);
    if (read % COMMITS_PER_PROGRESS === 0) onProgress?.(read);
    const asked = isAsked(commit, timeS);
    if (commit.files.length === 0) {
      if (asked && commit.parents.length > 1) result.merges += 1;
      else if (asked) result.empty += 1;
    }
    const measured = commit.files.length === 0 ? undefined : changes.add(commit, index, timeS);
    for (const failed of outcomes.failuresTold(index, commit, measured?.soleOrigin)) changes.addFailure(failed);
    if (!asked || measured === undefined) continue;
    result.commits.push({ sha: commit.sha, subject: commit.subject });
    measurements.add(index, timeS, measured.metrics);
  }
  return { ...result, ...measurements.take() };
}

/** @param count of the first changes to keep */
function tabled(
  { commits, numbers, timesS, columns, outcomes, merges, empty, wrongClocks, lastAtS }: MeasuredHistory,
  count: number,
  notices: string[],
): GitChanges {
  if (merges > 0) notices.push(`${counted(merges, "merge")} left out: a merge is no change of its own`);
  if (empty > 0) notices.push(`${counted(empty, "commit")} without a modified file left out`);
  if (wrongClocks > 0) {
    notices.push(
      `${counted(wrongClocks, "commit")} with a clock more than a day behind, or ahead: taken as made right after ` +
        "the commit before",
    );
  }
  const failedAtS = Array.from(numbers.subarray(0, count), (number) => outcomes.failedAtS(number));
  const settledAt = timesS.subarray(0, count).map((timeS) => 1000 * settledAtS(timeS, lastAtS));
  return {
    table: {
      times: timesS.subarray(0, count).map((timeS) => timeS * 1000),
      failed: Uint8Array.from(failedAtS, (at) => Number(at !== undefined)),
      knownAt: settledAt.map((at, i) => (failedAtS[i] === undefined ? at : 1000 * failedAtS[i])),
      settledAt,
      columns: columns.map((column) => ({ ...column, values: column.values.subarray(0, count) })),
    },
    commits: commits.slice(0, count),
    notices,
  };
}

/** When a change counts as good unless it failed before; Infinity where the history ends before. */
function settledAtS(timeS: number, lastAtS: number): number {
  return timeS + NAMED_WITHIN_S <= lastAtS ? timeS + NAMED_WITHIN_S : Number.POSITIVE_INFINITY;
}

function nothingToLearn({ path }: Repository, open: number, since: number, isShallow: boolean): UserError {
  const range = Number.isFinite(since) ? ` since ${new Date(since).toISOString().slice(0, 10)}` : "";
  const old = open === 0 ? "" : ` that is ${WINDOW_DAYS} days old`;
  const state = `no change${range}${old}${isShallow ? ", and is a shallow clone" : ""}`;
  return new UserError(
    `Cannot learn from the git history of "${path}": it has ${state}`,
    ExitCode.data,
    isShallow
      ? FULL_CLONE
      : `expected changes old enough for their outcome to be known, ${WINDOW_DAYS} days before the last commit`,
  );
}
