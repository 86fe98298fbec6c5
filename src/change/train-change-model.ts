/**
 * Trains a model of changes that fail, and chooses how by time: what is compared was trained on the past of what it is
 * compared on.
 * @module
 */

import { binned } from "./bins.ts";
import type { ChangeModel } from "./change-model.ts";
import { mixed } from "./change-model.ts";
import { forestShares, growForest } from "./forest.ts";
import { fitLogistic, logisticShares } from "./logistic-regression.ts";
import { logOddsOf, type Recalibration, recalibrated, recalibrationOf } from "./recalibration.ts";

export type TrainingSettings = {
  trees: number;
  seed: number;
  threads: number;
  signal?: AbortSignal;
  onProgress?: (step: string, done: number, total: number) => void;
};

/** Changes in order of time. */
export type TrainingRows = {
  /** [rows, inputs] */
  rows: Float32Array;
  inputs: number;
  /** [rows] */
  failed: Uint8Array;
  /** epoch milliseconds [rows] */
  times: Float64Array;
  /** as in `ChangeTable` [rows] */
  settledAt?: Float64Array;
};

/** How a model came about. */
export type Choice = {
  forestShare: number;
  /** a change of this age counts half; Infinity: all alike. Milliseconds */
  halfLifeMs: number;
  /** mean loss of each candidate on the changes it was chosen on */
  candidates: { forestShare: number; halfLifeMs: number; logLoss: number }[];
};

export type Trained = {
  model: ChangeModel;
  choice: Choice;
  /** probabilities of the latest changes of training by models that had not seen them, and their outcomes */
  validation: { probabilities: Float64Array; failed: Uint8Array };
};

/** Shares of the training part that candidates are compared on, latest last. */
const FOLDS = 3;
const FOLD_SHARE = 0.1;
const FOREST_SHARES = [0.5, 1, 0];
/** Half-lives in spans of the history: the oldest change counts e⁻² of the newest, or as much. */
const HALF_LIFE_SHARES = [Math.LN2 / 2, Infinity];
const CHOOSING_TREES = 100;
/** The latest changes tell candidates apart as well as a million does. */
const MOST_COMPARED = 100_000;

/**
 * @param data as many rows, with both outcomes, as `checkEnough()` asks for
 * @throws the signal's reason once it is aborted
 */
export async function trainChangeModel(data: TrainingRows, settings: TrainingSettings): Promise<Trained> {
  const count = data.failed.length;
  const folds = foldsOf(rowsBetween(data, Math.max(0, count - MOST_COMPARED), count));
  const total = folds.length * HALF_LIFE_SHARES.length + 1;
  let done = 0;
  const step = () => settings.onProgress?.("training", done++, total);
  const span = data.times.at(-1)! - data.times[0]!;
  const trials: Trial[] = [];
  for (const share of HALF_LIFE_SHARES) {
    const halfLifeMs = span > 0 ? share * span : Infinity;
    const forests: Float64Array[] = [];
    const logistics: Float64Array[] = [];
    for (const { past, ahead } of folds) {
      step();
      const { forest, logistic } = await fitted(past(), halfLifeMs, Math.min(settings.trees, CHOOSING_TREES), settings);
      forests.push(forestShares(forest, ahead.rows, data.inputs));
      logistics.push(logisticShares(logistic, ahead.rows, data.inputs));
    }
    for (const forestShare of FOREST_SHARES) {
      const probabilities = forests.map((forest, i) => mixed(forest, logistics[i]!, forestShare));
      trials.push({ forestShare, halfLifeMs, probabilities, losses: lossesOf(probabilities, folds) });
    }
  }
  const coin = folds.map(({ ahead }) => new Float64Array(ahead.failed.length).fill(0.5)); // recalibrated: the base rate
  const chosen = best(trials, meanOf(lossesOf(coin, folds)));
  step();
  const { forest, logistic } = await fitted(data, chosen.halfLifeMs, settings.trees, settings);
  const latest = chosen.probabilities.at(-1)!;
  const failed = folds.at(-1)!.ahead.failed;
  const recalibration = recalibrationOf(latest, failed);
  return {
    model: { inputs: data.inputs, forest, logistic, forestShare: chosen.forestShare, recalibration },
    choice: {
      forestShare: chosen.forestShare,
      halfLifeMs: chosen.halfLifeMs,
      candidates: trials.map(({ forestShare, halfLifeMs, losses }) => ({
        forestShare,
        halfLifeMs,
        logLoss: meanOf(losses),
      })),
    },
    validation: { probabilities: latest.map((p) => recalibrated(recalibration, p)), failed },
  };
}

/** What is ahead of a past; the past is copied where it is asked for. */
type Fold = { past: () => TrainingRows; ahead: TrainingRows };
type Trial = { forestShare: number; halfLifeMs: number; probabilities: Float64Array[]; losses: Float64Array };

function foldsOf(data: TrainingRows): Fold[] {
  const count = data.failed.length;
  return Array.from({ length: FOLDS }, (_, i) => {
    const from = Math.floor(count * (1 - FOLD_SHARE * (FOLDS - i)));
    const to = Math.floor(count * (1 - FOLD_SHARE * (FOLDS - i - 1)));
    return { past: () => pastOf(data, from), ahead: rowsBetween(data, from, to) };
  });
}

/**
 * Rows that were known when row `end` started; all before it where no failure or no success was, as in a short history. That
 * candidates are compared with more knowledge than there was is then the lesser evil; what the model is scored on has none of it.
 */
function pastOf(data: TrainingRows, end: number): TrainingRows {
  const settled = rowsSettledBefore(data, end);
  return settled.failed.includes(0) && settled.failed.includes(1) ? settled : rowsBetween(data, 0, end);
}

/** Rows before row `end` whose outcome was certain to be known when that row started. */
export function rowsSettledBefore(data: TrainingRows, end: number): TrainingRows {
  const { settledAt, times } = data;
  if (settledAt === undefined) return rowsBetween(data, 0, end);
  const now = times[end] ?? Infinity;
  return rowsAt(
    data,
    Array.from({ length: end }, (_, row) => row).filter((row) => settledAt[row]! <= now),
  );
}

export function rowsBetween(data: TrainingRows, from: number, to: number): TrainingRows {
  const { rows, inputs, failed, times, settledAt } = data;
  return {
    rows: rows.subarray(from * inputs, to * inputs),
    inputs,
    failed: failed.subarray(from, to),
    times: times.subarray(from, to),
    ...(settledAt === undefined ? {} : { settledAt: settledAt.subarray(from, to) }),
  };
}

function rowsAt({ rows, inputs, failed, times, settledAt }: TrainingRows, indices: readonly number[]): TrainingRows {
  const taken = new Float32Array(indices.length * inputs);
  indices.forEach((row, i) => {
    taken.set(rows.subarray(row * inputs, (row + 1) * inputs), i * inputs);
  });
  return {
    rows: taken,
    inputs,
    failed: Uint8Array.from(indices, (row) => failed[row]!),
    times: Float64Array.from(indices, (row) => times[row]!),
    ...(settledAt === undefined ? {} : { settledAt: Float64Array.from(indices, (row) => settledAt[row]!) }),
  };
}

async function fitted(data: TrainingRows, halfLifeMs: number, trees: number, settings: TrainingSettings) {
  const { rows, inputs, failed, times } = data;
  const newest = times.at(-1)!;
  const weights = times.map((time) => 2 ** (-(newest - time) / halfLifeMs));
  const { onProgress: _, ...rest } = settings;
  return {
    forest: await growForest(binned(rows, inputs), failed, weights, { ...rest, trees }),
    logistic: fitLogistic(rows, inputs, failed, weights),
  };
}

/** Loss of every change ahead, recalibrated within its fold: a shift of the base rate is no fault of a candidate. [changes] */
function lossesOf(probabilities: readonly Float64Array[], folds: readonly Fold[]): Float64Array {
  const losses: number[] = [];
  folds.forEach(({ ahead }, i) => {
    const map: Recalibration = recalibrationOf(probabilities[i]!, ahead.failed);
    probabilities[i]!.forEach((probability, row) => {
      const odds = logOddsOf(recalibrated(map, probability));
      losses.push(Math.log1p(Math.exp(ahead.failed[row] === 1 ? -odds : odds)));
    });
  });
  return Float64Array.from(losses);
}

/**
 * The average of forest and regression; one of them alone where the other foretells no better than the base rate. That one was
 * better than their average for a while says little of the next months: the "forecast combination puzzle" (Smith & Wallis 2009,
 * Oxford Bulletin of Economics and Statistics 71(3)). Old changes count less, since what makes changes fail moves (McIntosh &
 * Kamei 2018, IEEE TSE 44(5)), unless it is better by more than one standard error that they count alike (the rule of Breiman
 * et al. 1984, 3.4.3).
 */
function best(trials: readonly Trial[], baseLoss: number): Trial {
  const [average, forest, regression] = FOREST_SHARES.map((share) => {
    const [fading, alike] = trials.filter(({ forestShare }) => forestShare === share);
    return beats(alike!, fading!) ? alike! : fading!;
  });
  const forestHasSkill = meanOf(forest!.losses) < baseLoss;
  const regressionHasSkill = meanOf(regression!.losses) < baseLoss;
  if (forestHasSkill === regressionHasSkill) return average!;
  return forestHasSkill ? forest! : regression!;
}

/** Whether one candidate is better than another by more than one standard error. */
function beats(one: Trial, other: Trial): boolean {
  const gains = one.losses.map((loss, i) => other.losses[i]! - loss);
  const gain = meanOf(gains);
  return gain > Math.sqrt(meanOf(gains.map((value) => (value - gain) ** 2)) / gains.length);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
