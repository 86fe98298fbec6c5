/**
 * Why a model gives a change its probability: what each feature adds to it.
 *
 * The forest's share is taken apart exactly (tree-shap.ts), and so are the regression's log odds, whose terms add up. What
 * follows bends the sum — log odds to probability, recalibration — and passes the parts on by the rescale rule: all by the one
 * factor that makes them add up again, (f(x) − f(reference)) / (x − reference) (Shrikumar, Greenside & Kundaje 2017, "Learning
 * Important Features Through Propagating Activation Differences", ICML, 3.5.2). So signs, and proportions within forest and
 * regression, are kept.
 * @module
 */

import { logistic } from "../backtest/logit.ts";
import { type ChangeModel, probabilitiesOf } from "./change-model.ts";
import { type Feature, placesOf } from "./feature-schema.ts";
import { type Curve, type LogisticModel, termOf } from "./logistic-regression.ts";
import { LEAST_PROBABILITY, logOddsOf, type Recalibration, recalibrated } from "./recalibration.ts";
import { type ShapValues, treeShap } from "./tree-shap.ts";

/** Probabilities, 0 to 1, and their differences. */
export type Explanation = {
  /** that the change fails: base + Σ contributions */
  probability: number;
  /**
   * the probability before anything is known of the change: the forest's mean over what its trees drew from training, the
   * regression's answer where every input is at its mean, both mixed and recalibrated as the model does; near the mean
   * probability in training, not the same
   */
  base: number;
  /** one a feature, in the order of the features */
  contributions: Contribution[];
};

export type Contribution = { name: string; contribution: number };

/**
 * Explains the probability of one change.
 *
 * @param features those that the model was trained with
 * @param row      [inputs], NaN is missing
 * @throws {RangeError} if the row is not as wide as the features and the model
 */
export function explain(model: ChangeModel, features: readonly Feature[], row: Float32Array): Explanation {
  const places = placesOf(features);
  const inputs = places.reduce((sum, { width }) => sum + width, 0);
  if (row.length !== inputs || row.length !== model.inputs) {
    throw new RangeError(
      `Cannot explain a row of ${row.length} inputs: the features have ${inputs}, the model ${model.inputs}`,
    );
  }
  const mixture = mixtureOf(model, row);
  const slope = recalibrationSlope(model.recalibration, mixture);
  return {
    probability: probabilitiesOf(model, row)[0]!,
    base: recalibrated(model.recalibration, mixture.base),
    contributions: features.map(({ name }, f) => {
      const { start, width } = places[f]!;
      return { name, contribution: slope * sumOf(mixture.contributions.subarray(start, start + width)) };
    }),
  };
}

/** The average of forest and regression, before it is recalibrated. */
function mixtureOf({ forest, logistic: regression, forestShare }: ChangeModel, row: Float32Array): ShapValues {
  const contributions = new Float64Array(row.length);
  let base = 0;
  const add = (weight: number, part: ShapValues) => {
    base += weight * part.base;
    for (let input = 0; input < row.length; input += 1) contributions[input]! += weight * part.contributions[input]!;
  };
  if (forestShare > 0) add(forestShare, treeShap(forest, row));
  if (forestShare < 1) add(1 - forestShare, regressionParts(regression, row));
  return { base, contributions };
}

/**
 * The reference is the mean of every input in training (of its logarithm where the regression takes that), nothing missing: of
 * a category, its levels in their proportions.
 */
function regressionParts(model: LogisticModel, row: Float32Array): ShapValues {
  const atMeans = model.curves.map((curve, input) => termOf(model, input, meanOf(curve)));
  const terms = Float64Array.from(row, (x, input) => termOf(model, input, x) - atMeans[input]!);
  const reference = model.intercept + sumOf(atMeans);
  const slope = logisticSlope(reference, reference + sumOf(terms));
  return { base: logistic(reference), contributions: terms.map((term) => slope * term) };
}

/** The value at z = 0. */
function meanOf({ log, mean }: Curve): number {
  return log ? Math.sign(mean) * Math.expm1(Math.abs(mean)) : mean;
}

/** The rescale rule's factor of a recalibration: that of the cut-off, over that from log odds to mixture, times the rest. */
function recalibrationSlope({ intercept, slope }: Recalibration, { base, contributions }: ShapValues): number {
  const mixture = base + sumOf(contributions);
  const [from, to] = [logOddsOf(base), logOddsOf(mixture)];
  const onwards = slope * logisticSlope(intercept + slope * from, intercept + slope * to);
  return (cutOffSlope(base, mixture) * onwards) / logisticSlope(from, to);
}

/** The mean slope between two probabilities of the cut-off that keeps log odds finite. */
function cutOffSlope(a: number, b: number): number {
  const [cutA, cutB] = [cutOff(a), cutOff(b)];
  if (a === b) return cutA === a ? 1 : 0;
  return (cutB - cutA) / (b - a);
}

function cutOff(probability: number): number {
  return Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability));
}

/** Log odds closer than this have a difference of probabilities that rounding spoils before the curve bends. */
const CLOSE = 1e-4;

/** The mean slope of the logistic curve between two log odds; its derivative where they meet. */
function logisticSlope(a: number, b: number): number {
  if (Math.abs(a - b) > CLOSE) return (logistic(a) - logistic(b)) / (a - b);
  const middle = logistic((a + b) / 2);
  return middle * (1 - middle);
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return sum;
}
