import { logistic, logit } from "../backtest/logit.ts";

/** Log odds become intercept + slope · log odds. */
export type Recalibration = { intercept: number; slope: number };

/** How far slope and intercept may stray from 1 and 0 before data have spoken: standard deviations. */
const SLOPE_DEVIATION = 0.5;
const INTERCEPT_DEVIATION = 2;
const ROUNDS = 50;
/** Probabilities are cut off here, so that log odds are finite. */
export const LEAST_PROBABILITY = 1e-6;

/**
 * Logistic recalibration on changes that the model has not seen, drawn towards no change where they are few.
 * Sources: Cox (1958), Biometrika 45(3/4); Platt (1999), "Probabilistic Outputs for Support Vector Machines"; shrinkage:
 * Steyerberg et al. (2004), Statistics in Medicine 23(16).
 *
 * @param probabilities [rows]
 * @param failed        [rows] 0 or 1
 */
export function recalibrationOf(probabilities: Float64Array, failed: Uint8Array): Recalibration {
  const x = probabilities.map(logOddsOf);
  let [intercept, slope] = [0, 1];
  for (let round = 0; round < ROUNDS; round += 1) {
    let [g0, g1] = [-intercept / INTERCEPT_DEVIATION ** 2, (1 - slope) / SLOPE_DEVIATION ** 2];
    let [h00, h01, h11] = [1 / INTERCEPT_DEVIATION ** 2, 0, 1 / SLOPE_DEVIATION ** 2];
    for (let i = 0; i < x.length; i += 1) {
      const p = logistic(intercept + slope * x[i]!);
      const error = failed[i]! - p;
      const weight = p * (1 - p);
      g0 += error;
      g1 += error * x[i]!;
      h00 += weight;
      h01 += weight * x[i]!;
      h11 += weight * x[i]! * x[i]!;
    }
    const determinant = h00 * h11 - h01 * h01;
    const steps = [(h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant].map(limited);
    intercept += steps[0]!;
    slope += steps[1]!;
    if (Math.abs(steps[0]!) + Math.abs(steps[1]!) < 1e-10) break;
  }
  // A falling map would turn the ranking round, on the word of the few changes it was fitted to.
  return { intercept, slope: Math.max(slope, 0.05) };
}

/** Newton's steps overshoot where odds are far from even. */
function limited(step: number): number {
  return Math.min(1, Math.max(-1, step));
}

export function recalibrated({ intercept, slope }: Recalibration, probability: number): number {
  return logistic(intercept + slope * logOddsOf(probability));
}

export function logOddsOf(probability: number): number {
  return logit(Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability)));
}
