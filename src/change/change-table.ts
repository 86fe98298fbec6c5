/**
 * Changes and what was known of each when it started: what a model of failures is trained on.
 * @module
 */

export type ChangeTable = {
  /** when each change started, epoch milliseconds, ascending [rows] */
  times: Float64Array;
  /** 1 where the change failed [rows] */
  failed: Uint8Array;
  /**
   * when each outcome was known, epoch milliseconds, Infinity for never [rows]; undefined where nothing tells, so that
   * every outcome counts as known at once
   */
  knownAt?: Float64Array;
  /**
   * from when on each outcome was certain to be known, whichever it was, epoch milliseconds [rows]; undefined where `knownAt` is.
   * A model may learn from a change only then: failures come to be known before successes, so that the latest changes of which
   * something is known are mostly failures
   */
  settledAt?: Float64Array;
  columns: readonly Column[];
};

/**
 * A feature of every change [rows]; NaN and undefined are missing. Numbers with a period come round: 23:59 is near 00:00 on a clock
 * of 24 hours.
 */
export type Column =
  | { name: string; kind: "number"; values: Float64Array; period?: number }
  | { name: string; kind: "category"; values: readonly (string | undefined)[] };
