/**
 * What a cell of a table of changes says.
 * @module
 */

import { parseTimestamp, TIMESTAMP_FORMAT } from "../calendar/timestamp.ts";
import type { Zone } from "../calendar/zone.ts";
import { decimal } from "../events/cells.ts";

const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "-"]);
const TRUTHS = new Map([
  ["true", 1],
  ["yes", 1],
  ["false", 0],
  ["no", 0],
]);
const LONGEST_WORD = 5;

/** A number, 0 or 1 for false and true, NaN where it is missing; undefined for any other text, and beyond float32. */
export function readNumber(cell: string): number | undefined {
  if (decimal.test(cell)) {
    const value = Number(cell);
    return Number.isFinite(Math.fround(value)) ? value : undefined;
  }
  if (cell.length > LONGEST_WORD) return undefined;
  const word = cell.toLowerCase();
  return MISSING.has(word) ? Number.NaN : TRUTHS.get(word);
}

const SUCCESSES = ["success", "succeeded", "successful", "passed", "ok", "good", "clean"];
const FAILURES = ["failure", "failed", "fail", "error", "bad", "buggy", "reverted"];
/** With what pandas makes of 0 and 1 in a column with an empty cell. */
const NO = ["0", "false", "no", "0.0"];
const YES = ["1", "true", "yes", "1.0"];
const OUTCOMES = outcomesOf([...SUCCESSES, ...NO], [...FAILURES, ...YES]);
const OUTCOMES_OF_SUCCESS = outcomesOf([...SUCCESSES, ...YES], [...FAILURES, ...NO]);

function outcomesOf(successes: readonly string[], failures: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...successes.map((text) => [text, 0] as const), ...failures.map((text) => [text, 1] as const)]);
}

/** What a label may say, for error messages; the README has all of it. */
export const OUTCOME_EXPECTED = '"0", "false", "no" or "success", "1", "true", "yes" or "failure", or nothing';

/** Words by which a column named after success is of failure all the same. */
const OTHERWISE = [...FAILURES, "failures", "errors", "not", "no", "non", "un", "without"];

/** Whether a column of this name says what succeeded, not what failed: `success`, `is_ok`, `deploy.succeeded`. */
export function namesSuccess(column: string): boolean {
  const words = column
    .replaceAll(/([a-z])(?=[A-Z])/g, "$1 ")
    .toLowerCase()
    .split(/[^a-z]+/);
  return words.some((word) => SUCCESSES.includes(word)) && !words.some((word) => OTHERWISE.includes(word));
}

/**
 * 1 where the change failed, 0 where it did not, NaN where the outcome is not known; undefined for any other text.
 *
 * @param ofSuccess whether "yes" is to say that it did not fail
 */
export function readOutcome(cell: string, ofSuccess = false): number | undefined {
  return cell === "" ? Number.NaN : (ofSuccess ? OUTCOMES_OF_SUCCESS : OUTCOMES).get(cell.toLowerCase());
}

/**
 * Seconds from March 1973 on and milliseconds from September 2001 on are told apart by size, and both from dates without
 * separators: 20240102 is neither, nor is 202401021530.
 */
const LEAST_SECONDS = 1e8;
const LEAST_MILLISECONDS = 1e12;
const EARLIEST_MS = 0;
const LATEST_MS = Date.UTC(2100, 0, 1);

/** Epoch milliseconds, or what was expected instead. @param zone of the times that have no offset */
export function readTime(cell: string, zone: Zone): number | { expected: string } {
  const epochMs = decimal.test(cell) ? epochOf(Number(cell)) : instantOf(cell, zone);
  if (typeof epochMs !== "number") return epochMs;
  return epochMs >= EARLIEST_MS && epochMs < LATEST_MS ? epochMs : { expected: "a time from 1970 to 2099" };
}

function epochOf(value: number): number | { expected: string } {
  if (value >= LEAST_MILLISECONDS) return Math.round(value);
  if (value >= LEAST_SECONDS && value * 1000 < LATEST_MS) return Math.round(value * 1000);
  return { expected: "seconds (10 digits) or milliseconds (13 digits) since 1970" };
}

function instantOf(text: string, zone: Zone): number | { expected: string } {
  const read = parseTimestamp(text);
  if (read === undefined) return { expected: `${TIMESTAMP_FORMAT}, or seconds since 1970` };
  if (read.kind === "instant") return read.epochMs;
  return zone.instantAt(read.wallMs) ?? { expected: `a time that clocks in ${zone.id} show` };
}
