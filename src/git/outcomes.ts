/**
 * Which changes failed, as later commits tell.
 *
 * A change failed if, within 14 days, a commit reverts it, or the merge that brought it in, or names it as what it fixes
 * (`Fixes: 1a2b3c4`); or if, within 48 hours, a commit whose subject tells of a fix changes nothing but files that this
 * change was the last to touch (and new files). It is good if 14 days pass without.
 *
 * A revert cannot fail by being reverted itself: that brings the change back, which had failed all the same; the commit
 * that brings it back is a change like any other.
 * @module
 */
import { CommitGraph } from "./commit-graph.ts";
import type { LoggedCommit } from "./read-log.ts";
import { fixedHashes, isRepair, isRevert, revertedHashes, revertedSubject, unnumbered } from "./read-message.ts";

const HOUR_S = 3600;
/** 94 % of the reverts of operations/mediawiki-config of Wikimedia, 2011–2023, came by then. */
export const NAMED_WITHIN_S = 14 * 24 * HOUR_S;
/** 85 % of the same reverts came by then; the rule that no name backs must be quick. */
const UNNAMED_WITHIN_S = 48 * HOUR_S;

/** Follows commits in order of time. */
export class Outcomes {
  readonly #graph = new CommitGraph();
  /** [commits] epoch seconds, ascending */
  readonly #timesS: number[] = [];
  /** the last commit of each subject, unnumbered */
  readonly #bySubject = new Map<string, number>();
  /** commits that are no change: merges, and commits of no file */
  readonly #noChange = new Set<number>();
  /** how many reverts deep a commit is; none for a change of its own */
  readonly #revertDepth = new Map<number, number>();
  readonly #failedAtS = new Map<number, number>();

  /** @returns the commit's number, from 0 */
  add(commit: LoggedCommit, timeS: number): number {
    const index = this.#graph.add(commit.sha, commit.parents);
    this.#timesS.push(timeS);
    if (commit.files.length === 0) this.#noChange.add(index);
    return index;
  }

  /**
   * What a commit just added tells of those before it.
   *
   * @param soleOrigin the change that last touched all its files, where it is one
   * @returns numbers of the changes that are known from now on to have failed
   */
  failuresTold(index: number, commit: LoggedCommit, soleOrigin: number | undefined): number[] {
    const told = isRevert(commit) ? this.#reverted(index, commit) : this.#repaired(index, commit, soleOrigin);
    this.#bySubject.set(unnumbered(commit.subject), index);
    const nowS = this.#timesS[index]!;
    const failed = [...new Set(told)].filter((change) => !this.#failedAtS.has(change) && !this.#noChange.has(change));
    for (const change of failed) this.#failedAtS.set(change, nowS);
    return failed;
  }

  /** When the change was known to have failed, epoch seconds; undefined where it is not. */
  failedAtS(change: number): number | undefined {
    return this.#failedAtS.get(change);
  }

  #reverted(index: number, { subject, message }: LoggedCommit): number[] {
    const named = revertedHashes(message).flatMap((hash) => this.#graph.find(hash) ?? []);
    const targets = named.length > 0 ? named : this.#lastCalled(revertedSubject(subject));
    const depths = targets.map((target) => this.#revertDepth.get(target) ?? 0);
    this.#revertDepth.set(index, Math.max(0, ...depths) + 1);
    return this.#failing(targets, index, NAMED_WITHIN_S);
  }

  #repaired(index: number, { subject, message }: LoggedCommit, soleOrigin: number | undefined): number[] {
    const named = fixedHashes(message).flatMap((hash) => this.#graph.find(hash) ?? []);
    const origins = soleOrigin !== undefined && isRepair(subject) ? [soleOrigin] : [];
    return [...this.#failing(named, index, NAMED_WITHIN_S), ...this.#failing(origins, index, UNNAMED_WITHIN_S)];
  }

  #lastCalled(subject: string | undefined): number[] {
    const commit = subject === undefined ? undefined : this.#bySubject.get(subject);
    return commit === undefined ? [] : [commit];
  }

  /** The changes among the targets, and those that a merge among them brought in, as far as they are recent. */
  #failing(targets: readonly number[], index: number, withinS: number): number[] {
    const isRecent = (commit: number) => this.#timesS[index]! - this.#timesS[commit]! <= withinS;
    return targets
      .filter((target) => (this.#revertDepth.get(target) ?? 0) % 2 === 0)
      .flatMap((target) => (this.#graph.isMerge(target) ? [...this.#graph.broughtInBy(target, isRecent)] : [target]))
      .filter(isRecent);
  }
}
