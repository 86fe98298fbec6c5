/**
 * What a team could foretell without a model: each baseline has one idea, fitted to the changes before the test.
 * @module
 */

import { logistic, logit } from "../backtest/logit.ts";
import { bestThreshold } from "./change-scores.ts";
import type { ChangeTable } from "./change-table.ts";
import { linesAddedOf } from "./changed-lines.ts";
import { signedLog } from "./logistic-regression.ts";
import { recalibrationOf } from "./recalibration.ts";
import { recentFailures } from "./recent-failures.ts";
import { rowsBetween, rowsSettledBefore } from "./train-change-model.ts";

export type Baseline = {
  /** of the changes of the test [test rows] */
  probabilities: Float64Array;
  /** from which on to flag changes: the best F1 in training; undefined where no change of it failed */
  threshold: number | undefined;
};

export type Baselines = {
  baseRate: Baseline;
  /** null where no column holds lines added */
  linesAdded: Baseline | null;
  /** null where no outcome was known to any change of training */
  recentFailures: Baseline | null;
};

/**
 * The share of failures; lines added alone, LApredict (Zeng et al. 2021, "Deep Just-in-Time Defect Prediction: How Far Are
 * We?", ISSTA); and the share of failures among the five latest known.
 *
 * @param testFrom the first row of the test; rows before it are learned from where their outcome was certain to be known when it started
 * @throws {RangeError} if no outcome was known
 */
export function baselinesOf(table: ChangeTable, testFrom: number): Baselines {
  const lines = linesAddedOf(table.columns);
  return {
    baseRate: baseRate(table, testFrom),
    linesAdded: lines === undefined ? null : risingWith(lines, signedLog, table, testFrom),
    recentFailures: risingWith(recentFailures(table), (share) => share, table, testFrom),
  };
}

function baseRate(table: ChangeTable, testFrom: number): Baseline {
  const { failed } = rowsSettledBefore({ ...table, rows: new Float32Array(0), inputs: 0 }, testFrom);
  if (failed.length === 0) throw new RangeError(`Cannot fit baselines: no outcome was known at row ${testFrom}`);
  const rate = meanOf(failed);
  return {
    probabilities: new Float64Array(table.times.length - testFrom).fill(rate),
    threshold: rate > 0 ? rate : undefined,
  };
}

/**
 * A logistic regression on one value, drawn towards odds of e times as much per standard deviation, and never falling: the
 * ranking is that of the values. A missing one counts as the mean.
 *
 * @returns null where no value of training is known
 */
function risingWith(
  values: Float64Array,
  scale: (value: number) => number,
  table: ChangeTable,
  testFrom: number,
): Baseline | null {
  const data = { ...table, rows: Float32Array.from(values), inputs: 1 };
  const training = rowsSettledBefore(data, testFrom);
  const known = Float64Array.from(
    training.rows.filter((value) => !Number.isNaN(value)),
    scale,
  );
  if (known.length === 0) return null;
  const mean = meanOf(known);
  const deviation = Math.sqrt(meanOf(known.map((value) => (value - mean) ** 2))) || 1;
  const base = logit((sumOf(training.failed) + 0.5) / (training.failed.length + 1));
  const oddsOf = (rows: Float32Array) =>
    Float64Array.from(rows, (value) => base + (Number.isNaN(value) ? 0 : (scale(value) - mean) / deviation));
  const past = oddsOf(training.rows);
  const { intercept, slope } = recalibrationOf(past.map(logistic), training.failed);
  const probabilityOf = (odds: number) => logistic(intercept + slope * odds);
  return {
    probabilities: oddsOf(rowsBetween(data, testFrom, table.times.length).rows).map(probabilityOf),
    threshold: bestThreshold(past.map(probabilityOf), training.failed),
  };
}

function sumOf(values: Float64Array | Uint8Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function meanOf(values: Float64Array | Uint8Array): number {
  return sumOf(values) / values.length;
}
