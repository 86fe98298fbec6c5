/**
 * What the changes so far tell of the next one: the 14 metrics of just-in-time defect prediction, and some more.
 *
 * Source: Kamei et al. (2013), "A Large-Scale Empirical Study of Just-in-Time Quality Assurance", IEEE Transactions on
 * Software Engineering 39(6), table 1. Where the paper leaves a choice, it is made at the metric.
 * @module
 */
import { PostingLists } from "./posting-lists.ts";
import type { FileChange, LoggedCommit } from "./read-log.ts";
import { isFix, isRevert } from "./read-message.ts";

/** What is known of a change when it is made; the first 14 under the names that data sets of the field use. */
export type Metrics = {
  /** modified subsystems: first folders of the paths; the root is one */
  ns: number;
  /** modified directories */
  nd: number;
  /** modified files; a renamed file is one, a binary file too */
  nf: number;
  /** −Σ p log₂ p over the files, p a file's share of the lines added and deleted (bits, not divided by log₂ nf) */
  entropy: number;
  /** lines added */
  la: number;
  /** lines deleted */
  ld: number;
  /** lines in a modified file before the change, mean; 0 for a new file */
  lt: number;
  /** 1 where the message tells of a defect's fix */
  fix: number;
  /** developers that changed the modified files before */
  ndev: number;
  /** days since a modified file was last changed, mean over those that were; 0 where all are new */
  age: number;
  /** different changes of the modified files before */
  nuc: number;
  /** the developer's changes before */
  exp: number;
  /** the same, each weighted by 1/(n + 1), n its age in whole years of 365.25 days */
  rexp: number;
  /** the developer's changes before that touched a subsystem modified now */
  sexp: number;
  /** 1 where the change takes an earlier one back */
  revert: number;
  /** hour of the author's clock, 0–23 */
  hour: number;
  /** day of the author's week, Monday = 0 */
  weekday: number;
  /** hours since the change before, whoever made it; NaN for the first */
  hours_since_change: number;
  /** the developer's earlier changes known by then to have failed */
  author_failures: number;
  /** earlier changes of a modified file known by then to have failed; of the file that has most */
  file_failures: number;
  /** characters */
  message_length: number;
};

/** A change beside what the history had seen before it. */
export type Measured = {
  metrics: Metrics;
  /** the one change that last touched every modified file known before; undefined where there are several, or none */
  soleOrigin: number | undefined;
};

const DAY_S = 86_400;
const YEAR_S = 365.25 * DAY_S;

/** Learns changes in order of time. Files, developers and subsystems are numbered as they appear; renamed files keep theirs. */
export class ChangeHistory {
  readonly #fileOfPath = new Map<string, number>();
  /** [files] lines added less lines deleted so far; edits that a merge makes by itself are missing, so it may be below 0 */
  readonly #lines: number[] = [];
  /** [files] epoch seconds */
  readonly #changedAtS: number[] = [];
  /** [files] */
  readonly #failuresOfFile: number[] = [];
  readonly #changesOfFile = new PostingLists();
  readonly #developersOfFile = new PostingLists();
  readonly #filesOfChange = new PostingLists();

  readonly #developerOfName = new Map<string, number>();
  readonly #developerOfChange = new Map<number, number>();
  /** [developers] epoch seconds of their changes, ascending */
  readonly #changeTimesS: number[][] = [];
  /** [developers] */
  readonly #failuresOfDeveloper: number[] = [];
  /** numbers of "developer in subsystem", the lists of `#changesWithin` */
  readonly #experienceOf = new Map<string, number>();
  readonly #changesWithin = new PostingLists();
  #lastAtS = Number.NaN;

  /**
   * Measures a change by those before it, then remembers it.
   *
   * @param change a number of the caller's, higher than those before
   * @param timeS  epoch seconds, at or after those before
   */
  add(commit: LoggedCommit, change: number, timeS: number): Measured {
    const files = this.#filesOf(commit.files);
    const known = files.filter((file) => file < this.#lines.length);
    const developer = numberOf(this.#developerOfName, commit.developer);
    const { directories, subsystems } = placesOf(commit.files);
    const experiences = [...subsystems].map((name) => numberOf(this.#experienceOf, `${developer}/${name}`));
    if (developer === this.#changeTimesS.length) this.#changeTimesS.push([]);
    const times = this.#changeTimesS[developer]!;
    const clockS = timeS + commit.offsetMinutes * 60;
    const origins = new Set(known.map((file) => this.#changesOfFile.lastOf(file)));
    const metrics: Metrics = {
      ns: subsystems.size,
      nd: directories.size,
      nf: files.length,
      entropy: entropyOf(commit.files),
      la: sum(commit.files.map(({ added }) => added)),
      ld: sum(commit.files.map(({ deleted }) => deleted)),
      lt: sum(known.map((file) => Math.max(0, this.#lines[file]!))) / files.length,
      fix: Number(isFix(commit.message)),
      ndev: this.#developersOfFile.countDistinct(known),
      age: sum(known.map((file) => timeS - this.#changedAtS[file]!)) / DAY_S / Math.max(1, known.length),
      nuc: this.#changesOfFile.countDistinct(known),
      exp: times.length,
      rexp: recentExperience(times, timeS),
      sexp: this.#changesWithin.countDistinct(experiences),
      revert: Number(isRevert(commit)),
      hour: Math.floor((((clockS % DAY_S) + DAY_S) % DAY_S) / 3600),
      weekday: (((Math.floor(clockS / DAY_S) + 3) % 7) + 7) % 7, // 1 January 1970 was a Thursday
      hours_since_change: (timeS - this.#lastAtS) / 3600,
      author_failures: this.#failuresOfDeveloper[developer] ?? 0,
      file_failures: known.reduce((most, file) => Math.max(most, this.#failuresOfFile[file]!), 0),
      message_length: commit.message.trim().length,
    };
    this.#remember(commit.files, files, change, developer, timeS);
    for (const experience of experiences) this.#changesWithin.add(experience, change);
    times.push(timeS);
    this.#lastAtS = timeS;
    return { metrics, soleOrigin: origins.size === 1 ? [...origins][0] : undefined };
  }

  /** Counts a change as failed from now on. */
  addFailure(change: number): void {
    const developer = this.#developerOfChange.get(change);
    if (developer === undefined) throw new RangeError(`Cannot count change ${change} as failed: it was never added`);
    this.#failuresOfDeveloper[developer] = (this.#failuresOfDeveloper[developer] ?? 0) + 1;
    for (const file of this.#filesOfChange.valuesOf(change)) this.#failuresOfFile[file]! += 1;
  }

  /**
   * The numbers of the modified files, new ones above all others. Where branches renamed a file alike, the second time
   * its old path is unknown and its new one not.
   */
  #filesOf(changes: readonly FileChange[]): number[] {
    let fresh = this.#lines.length;
    const files = changes.map(({ path, from }) => {
      const before = from === undefined ? undefined : this.#fileOfPath.get(from);
      return before ?? this.#fileOfPath.get(path) ?? fresh++;
    });
    for (const { from } of changes) if (from !== undefined) this.#fileOfPath.delete(from);
    changes.forEach(({ path }, i) => {
      this.#fileOfPath.set(path, files[i]!);
    });
    return files;
  }

  #remember(
    changes: readonly FileChange[],
    files: readonly number[],
    change: number,
    developer: number,
    timeS: number,
  ): void {
    this.#developerOfChange.set(change, developer);
    files.forEach((file, i) => {
      this.#lines[file] = (this.#lines[file] ?? 0) + changes[i]!.added - changes[i]!.deleted;
      this.#changedAtS[file] = timeS;
      this.#failuresOfFile[file] ??= 0;
      if (this.#changesOfFile.lastOf(file) !== change) this.#changesOfFile.add(file, change);
      if (!this.#developersOfFile.has(file, developer)) this.#developersOfFile.add(file, developer);
      this.#filesOfChange.add(change, file);
    });
  }
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}

function placesOf(changes: readonly FileChange[]): { directories: Set<string>; subsystems: Set<string> } {
  const directories = new Set<string>();
  const subsystems = new Set<string>();
  for (const { path } of changes) {
    directories.add(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
    subsystems.add(path.slice(0, Math.max(0, path.indexOf("/"))));
  }
  return { directories, subsystems };
}

function entropyOf(changes: readonly FileChange[]): number {
  const lines = changes.map(({ added, deleted }) => added + deleted).filter((count) => count > 0);
  const total = sum(lines);
  return sum(lines.map((count) => (count / total) * Math.log2(total / count)));
}

/** @param timesS [changes] epoch seconds, ascending */
function recentExperience(timesS: readonly number[], nowS: number): number {
  let total = 0;
  for (let years = 0, end = timesS.length; end > 0; years += 1) {
    const start = firstAfter(timesS, nowS - (years + 1) * YEAR_S, end);
    total += (end - start) / (years + 1);
    end = start;
  }
  return total;
}

/** The first place before `end` whose time is later than `timeS`; `end` where there is none. */
function firstAfter(timesS: readonly number[], timeS: number, end: number): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timesS[middle]! > timeS) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
