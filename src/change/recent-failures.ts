import type { ChangeTable } from "./change-table.ts";

/** How many of the latest known outcomes count as recent. */
const RECENT = 5;

/** The latest outcomes that came to be known, of one change each. */
export class RecentOutcomes {
  readonly #latest: { change: number; failed: boolean }[] = [];

  /** Takes in what is now known of a change; where it says otherwise of one that is recent, that one is put right. */
  learn(change: number, failed: boolean): void {
    const known = this.#latest.find((outcome) => outcome.change === change);
    if (known !== undefined) {
      known.failed = failed;
      return;
    }
    this.#latest.push({ change, failed });
    if (this.#latest.length > RECENT) this.#latest.shift();
  }

  /** Share of failures, 0..1; NaN where none is known. */
  get failureShare(): number {
    return this.#latest.filter(({ failed }) => failed).length / this.#latest.length;
  }
}

/**
 * Share of failures among the five outcomes that were the last to be known when each change started.
 *
 * @returns [rows] 0..1; NaN where none was known
 */
export function recentFailures({ times, failed, knownAt = times }: ChangeTable): Float64Array {
  const order = Array.from(knownAt.keys()).sort((a, b) => compare(knownAt[a]!, knownAt[b]!) || a - b);
  const recent = new RecentOutcomes();
  let next = 0;
  return times.map((time) => {
    for (; next < order.length && knownAt[order[next]!]! < time; next += 1)
      recent.learn(order[next]!, failed[order[next]!] === 1);
    return recent.failureShare;
  });
}

/** Difference of two infinities is no number. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
