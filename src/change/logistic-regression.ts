/**
 * L2 logistic regression on smooth curves: each number enters as a restricted cubic spline of itself, or of its logarithm where
 * it is skew, as sizes and counts are.
 * Sources: Harrell (2015), "Regression Modeling Strategies", 2nd ed., 2.4.5 (three knots at the 10th, 50th and 90th percentile);
 * logarithms: Kamei et al. (2013), IEEE TSE 39(6), 3.3; ridge: le Cessie & van Houwelingen (1992), Applied Statistics 41(1).
 * @module
 */

import { solvePositive } from "../algebra/solve-positive.ts";
import { logistic, logit } from "../backtest/logit.ts";

/** One input: z = (t(x) − mean)/deviation, where t cuts off at the range of training and may take the logarithm. */
export type Curve = {
  /** what a missing value counts as */
  fill: number;
  log: boolean;
  /** range of t(x) in training; beyond it a curve would run on to anything */
  min: number;
  max: number;
  mean: number;
  deviation: number;
  /** empty, or three places on z where the curve bends */
  knots: readonly number[];
};

export type LogisticModel = {
  intercept: number;
  /** [inputs] */
  curves: readonly Curve[];
  /** of z [inputs] */
  slopes: Float64Array;
  /** of the bend of z, 0 where there are no knots [inputs] */
  bends: Float64Array;
  /** log odds that a missing value adds [inputs] */
  missing: Float64Array;
};

/** Penalty of a squared coefficient, in rows: in effect ten rows say that nothing matters. */
const PENALTY = 10;
const ROUNDS = 25;
/** From here on a distribution is skew (Bulmer 1979, "Principles of Statistics", ch. 4). */
const SKEW = 0.5;
const KNOT_LEVELS = [0.1, 0.5, 0.9];

/** Sign and logarithm: monotone, odd, and near the identity around 0. */
export function signedLog(x: number): number {
  return Math.sign(x) * Math.log1p(Math.abs(x));
}

/** z of a value that is not missing. */
export function standardised({ log, min, max, mean, deviation }: Curve, x: number): number {
  return (Math.min(max, Math.max(min, log ? signedLog(x) : x)) - mean) / deviation;
}

/**
 * How the truncated cubes around three knots add up to one bend that is straight outside of them: with the weights of this,
 * Σ weight · max(0, z − knot)³.
 */
export function bendWeights([a, b, c]: readonly number[]): number[] {
  if (a === undefined || b === undefined || c === undefined) return [];
  const scale = (c - a) * (c - a);
  return [1 / scale, -(c - a) / (c - b) / scale, (b - a) / (c - b) / scale];
}

function bendOf(knots: readonly number[], weights: readonly number[], z: number): number {
  let sum = 0;
  for (let i = 0; i < knots.length; i += 1) sum += weights[i]! * Math.max(0, z - knots[i]!) ** 3;
  return sum;
}

/**
 * Fits by Newton's method (iteratively reweighted least squares).
 *
 * @param rows    [rows, inputs], NaN is missing
 * @param failed  [rows] 0 or 1
 * @param weights [rows] how much a row counts, 0 to 1
 */
export function fitLogistic(
  rows: Float32Array,
  inputs: number,
  failed: Uint8Array,
  weights: Float64Array,
): LogisticModel {
  const curves = Array.from({ length: inputs }, (_, input) => curveOf(rows, inputs, input));
  const cubes = curves.map(({ knots }) => bendWeights(knots));
  const hasMissing = curves.map((_, input) => hasNaN(rows, inputs, input));
  // columns of the design: intercept, every z, the bends, the marks of missing values
  const bent = curves.flatMap(({ knots }, input) => (knots.length > 0 ? [input] : []));
  const marked = hasMissing.flatMap((has, input) => (has ? [input] : []));
  const width = 1 + inputs + bent.length + marked.length;
  const design = new Float64Array(width);
  const describe = (row: number) => {
    design[0] = 1;
    for (let input = 0; input < inputs; input += 1) {
      const x = rows[row * inputs + input]!;
      design[1 + input] = standardised(curves[input]!, Number.isNaN(x) ? curves[input]!.fill : x);
    }
    bent.forEach((input, i) => {
      design[1 + inputs + i] = bendOf(curves[input]!.knots, cubes[input]!, design[1 + input]!);
    });
    marked.forEach((input, i) => {
      design[1 + inputs + bent.length + i] = Number.isNaN(rows[row * inputs + input]!) ? 1 : 0;
    });
  };

  let total = 0;
  let failures = 0;
  for (let row = 0; row < failed.length; row += 1) {
    total += weights[row]!;
    failures += weights[row]! * failed[row]!;
  }
  const beta = new Float64Array(width);
  beta[0] = logit((failures + 0.5) / (total + 1));
  const gradient = new Float64Array(width);
  const hessian = new Float64Array(width * width);
  for (let round = 0; round < ROUNDS; round += 1) {
    gradient.fill(0);
    hessian.fill(0);
    for (let row = 0; row < failed.length; row += 1) {
      describe(row);
      let eta = 0;
      for (let i = 0; i < width; i += 1) eta += beta[i]! * design[i]!;
      const p = logistic(eta);
      const error = weights[row]! * (failed[row]! - p);
      const curvature = weights[row]! * p * (1 - p);
      for (let i = 0; i < width; i += 1) {
        const value = design[i]!;
        if (value === 0) continue;
        gradient[i]! += error * value;
        const weighted = curvature * value;
        for (let j = 0; j <= i; j += 1) hessian[i * width + j]! += weighted * design[j]!;
      }
    }
    for (let i = 0; i < width; i += 1) {
      const penalty = i === 0 ? 1e-9 : PENALTY;
      gradient[i]! -= penalty * beta[i]!;
      hessian[i * width + i]! += penalty;
    }
    const step = solvePositive(hessian, gradient, width);
    const longest = Math.max(1, ...step.map(Math.abs));
    for (let i = 0; i < width; i += 1) beta[i]! += step[i]! / longest;
    if (longest === 1 && step.every((change) => Math.abs(change) < 1e-6)) break;
  }
  const bends = new Float64Array(inputs);
  const missing = new Float64Array(inputs);
  bent.forEach((input, i) => {
    bends[input] = beta[1 + inputs + i]!;
  });
  marked.forEach((input, i) => {
    missing[input] = beta[1 + inputs + bent.length + i]!;
  });
  return { intercept: beta[0]!, curves, slopes: beta.slice(1, 1 + inputs), bends, missing };
}

/** What input `input` of a row adds to the log odds. */
export function termOf({ curves, slopes, bends, missing }: LogisticModel, input: number, x: number): number {
  const curve = curves[input]!;
  const z = standardised(curve, Number.isNaN(x) ? curve.fill : x);
  const bend = bends[input] === 0 ? 0 : bends[input]! * bendOf(curve.knots, bendWeights(curve.knots), z);
  return slopes[input]! * z + bend + (Number.isNaN(x) ? missing[input]! : 0);
}

/** @param rows [rows, inputs] @returns [rows] probabilities */
export function logisticShares(model: LogisticModel, rows: Float32Array, inputs: number): Float64Array {
  return Float64Array.from({ length: inputs === 0 ? 0 : rows.length / inputs }, (_, row) => {
    let eta = model.intercept;
    for (let input = 0; input < inputs; input += 1) eta += termOf(model, input, rows[row * inputs + input]!);
    return logistic(eta);
  });
}

function hasNaN(rows: Float32Array, inputs: number, input: number): boolean {
  for (let i = input; i < rows.length; i += inputs) if (Number.isNaN(rows[i]!)) return true;
  return false;
}

function curveOf(rows: Float32Array, inputs: number, input: number): Curve {
  const values: number[] = [];
  for (let i = input; i < rows.length; i += inputs) if (!Number.isNaN(rows[i]!)) values.push(rows[i]!);
  const raw = Float64Array.from(values).sort();
  const logs = raw.map(signedLog);
  const twoValued = raw.every((value) => value === raw[0] || value === raw.at(-1));
  const rawSkewness = Math.abs(skewness(raw));
  const log = !twoValued && rawSkewness > SKEW && Math.abs(skewness(logs)) < rawSkewness;
  const ascending = log ? logs : raw;
  const moments = momentsOf(ascending);
  // A level of a category keeps its unit: the rarer it is, the less it may matter.
  const { mean, deviation } = twoValued ? { ...moments, deviation: (raw.at(-1) ?? 0) - (raw[0] ?? 0) || 1 } : moments;
  const knots = KNOT_LEVELS.map((level) => ascending[Math.round(level * (ascending.length - 1))]!);
  const [a, b, c] = knots.map((knot) => (knot - mean) / deviation);
  return {
    fill: raw[raw.length >> 1] ?? 0,
    log,
    min: ascending[0] ?? 0,
    max: ascending.at(-1) ?? 0,
    mean,
    deviation,
    knots: !twoValued && a! < b! && b! < c! ? [a!, b!, c!] : [],
  };
}

/** The deviation of what does not vary is 1. */
function momentsOf(values: Float64Array): { mean: number; deviation: number } {
  if (values.length === 0) return { mean: 0, deviation: 1 };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

function skewness(values: Float64Array): number {
  const { mean, deviation } = momentsOf(values);
  return values.reduce((sum, value) => sum + ((value - mean) / deviation) ** 3, 0) / values.length;
}
