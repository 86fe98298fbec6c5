import { fitLogOdds, type LogOddsLine } from "../backtest/log-odds-line.ts";
import { logistic, logit } from "../backtest/logit.ts";

/** The log odds that log odds become. */
export type Recalibration = LogOddsLine;

/** How far slope and intercept may stray from 1 and 0 before data have spoken: standard deviations. */
const SLOPE_DEVIATION = 0.5;
const INTERCEPT_DEVIATION = 2;
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
  const unchanged = { intercept: 0, slope: 1 };
  const trust = { intercept: INTERCEPT_DEVIATION ** -2, slope: SLOPE_DEVIATION ** -2 };
  const { intercept, slope } = fitLogOdds(probabilities.map(logOddsOf), failed, unchanged, trust);
  // A falling map would turn the ranking round, on the word of the few changes it was fitted to.
  return { intercept, slope: Math.max(slope, 0.05) };
}

export function recalibrated({ intercept, slope }: Recalibration, probability: number): number {
  return logistic(intercept + slope * logOddsOf(probability));
}

export function logOddsOf(probability: number): number {
  return logit(Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability)));
}
