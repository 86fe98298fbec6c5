import { logistic } from "./logit.ts";

/** Log odds as intercept + slope · x. */
export type LogOddsLine = { intercept: number; slope: number };

const ROUNDS = 100;
/** Newton's steps overshoot from a flat start, and where odds are far from even. */
const LONGEST_STEP = 0.5;
/** What is left after a step of Newton's is in proportion to its square: less than the six digits that are reported. */
const LAST_STEP = 1e-4;

/**
 * Fits a logistic regression on one input by Newton's method.
 *
 * @param x        [count]
 * @param happened [count] above 0 where the event came
 * @param start    where the search starts, and what the line is drawn towards where `trust` says how firmly
 * @param trust    inverse variances of what is believed of both before any data
 * @param weights  [count] how often each counts; once unless given
 * @returns the line, and whether data and trust determine it
 */
export function fitLogOdds(
  x: ArrayLike<number>,
  happened: ArrayLike<number>,
  start: LogOddsLine,
  trust: LogOddsLine = { intercept: 0, slope: 0 },
  weights?: ArrayLike<number>,
): LogOddsLine & { determined: boolean } {
  let { intercept, slope } = start;
  for (let round = 0; round < ROUNDS; round += 1) {
    let [g0, g1] = [trust.intercept * (start.intercept - intercept), trust.slope * (start.slope - slope)];
    let [h00, h01, h11] = [trust.intercept, 0, trust.slope];
    for (let i = 0; i < x.length; i += 1) {
      const times = weights === undefined ? 1 : weights[i]!;
      if (times === 0) continue;
      const p = logistic(intercept + slope * x[i]!);
      const error = times * ((happened[i]! > 0 ? 1 : 0) - p);
      const weight = times * p * (1 - p);
      g0 += error;
      g1 += error * x[i]!;
      h00 += weight;
      h01 += weight * x[i]!;
      h11 += weight * x[i]! * x[i]!;
    }
    const determinant = h00 * h11 - h01 * h01;
    if (!(determinant > 0)) break;
    const steps = [limited((h11 * g0 - h01 * g1) / determinant), limited((h00 * g1 - h01 * g0) / determinant)] as const;
    intercept += steps[0];
    slope += steps[1];
    if (Math.abs(steps[0]) + Math.abs(steps[1]) < LAST_STEP) return { intercept, slope, determined: true };
  }
  return { intercept, slope, determined: false };
}

function limited(step: number): number {
  return Math.min(LONGEST_STEP, Math.max(-LONGEST_STEP, step));
}
