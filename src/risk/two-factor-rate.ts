/**
 * A rate over the week from few events: base × hour-of-day factor (weekdays and weekend apart) × day-of-week factor.
 *
 * Each factor is the posterior mean of a Poisson rate ratio under a gamma prior of mean 1, (κ + events) / (κ +
 * expected), whose strength κ is chosen by marginal likelihood (empirical Bayes): where the clock explains nothing, κ
 * grows and the rate stays flat.
 *
 * Sources: Clayton & Kaldor (1987), Biometrics 43(3) for the shrinkage; Nadaraya–Watson kernel around the clock.
 * @module
 */

import { HOURS_PER_DAY, HOURS_PER_WEEK } from "../calendar/week.ts";
import { logNegativeBinomial } from "./gamma.ts";

/** Events and the hours they came from, per hour of the week. */
export type WeeklyCounts = {
  /** [168] */
  events: Float64Array;
  /** [168] hours */
  exposure: Float64Array;
};

/** What is believed of a rate before any data: `events` seen in `exposure`, in hours or deploys. */
export type RatePrior = { events: number; exposure: number };

export type TwoFactorRate = {
  /** [168] events per hour */
  rates: Float64Array;
  /** [168] gamma shape of each rate's posterior: its squared mean over its variance */
  shapes: Float64Array;
};

const STRENGTHS = [1, 2, 4, 8, 16, 32, 64, 128, 1024];
const STRONGEST = 65_536; // no factor at all

const ROUNDS = 12; // alternating fits; the factors settle to 1e-4 within eight
/** [4] weights of hours 0–3 away: a Gaussian of 1 h, cut where it falls below .01 */
export const CLOCK_KERNEL = [1, 0.6065, 0.1353, 0.0111] as const;

export function emptyWeeklyCounts(): WeeklyCounts {
  return { events: new Float64Array(HOURS_PER_WEEK), exposure: new Float64Array(HOURS_PER_WEEK) };
}

export function fitTwoFactorRate({ events, exposure }: WeeklyCounts, prior: RatePrior): TwoFactorRate {
  const total = sumOf(events);
  const base = (total + prior.events) / (sumOf(exposure) + prior.exposure);
  const clock = new Float64Array(2 * HOURS_PER_DAY).fill(1);
  const day = new Float64Array(7).fill(1);
  let clockStrength = STRONGEST;
  let dayStrength = STRONGEST;
  for (let round = 0; round < ROUNDS; round += 1) {
    const perClock = foldBy(events, exposure, clockIndex, clock.length, (cell) => base * day[dayIndex(cell)]!);
    clockStrength = strongestEvidence(perClock.events, perClock.expected);
    const smooth = { events: smoothClock(perClock.events), expected: smoothClock(perClock.expected) };
    for (let i = 0; i < clock.length; i += 1) clock[i] = shrunk(smooth.events[i]!, smooth.expected[i]!, clockStrength);
    const perDay = foldBy(events, exposure, dayIndex, day.length, (cell) => base * clock[clockIndex(cell)]!);
    dayStrength = strongestEvidence(perDay.events, perDay.expected);
    for (let i = 0; i < day.length; i += 1) day[i] = shrunk(perDay.events[i]!, perDay.expected[i]!, dayStrength);
  }
  const rates = new Float64Array(HOURS_PER_WEEK);
  for (let cell = 0; cell < rates.length; cell += 1)
    rates[cell] = base * clock[clockIndex(cell)]! * day[dayIndex(cell)]!;
  // Relative variances of independent factors add up: 1/shape each.
  const expected = foldBy(events, exposure, clockIndex, clock.length, (cell) => rates[cell]!).expected;
  const clockSeen = smoothClock(expected);
  const shapes = rates.map((_, cell) => {
    const baseVariance = 1 / (total + prior.events);
    return 1 / (baseVariance + 1 / (clockStrength + clockSeen[clockIndex(cell)]!) + 1 / (dayStrength + total / 7));
  });
  return { rates, shapes };
}

function shrunk(events: number, expected: number, strength: number): number {
  return (strength + events) / (strength + expected);
}

/** The prior strength κ under which the counts, given their expectation, are most likely. */
export function strongestEvidence(events: Float64Array, expected: Float64Array): number {
  let best = STRONGEST;
  let bestLogLikelihood = -Infinity;
  for (const strength of [...STRENGTHS, STRONGEST]) {
    let logLikelihood = 0;
    for (let i = 0; i < events.length; i += 1) {
      if (expected[i]! > 0) logLikelihood += logNegativeBinomial(events[i]!, expected[i]!, strength);
    }
    if (logLikelihood >= bestLogLikelihood) {
      bestLogLikelihood = logLikelihood;
      best = strength;
    }
  }
  return best;
}

function foldBy(
  events: Float64Array,
  exposure: Float64Array,
  indexOf: (cell: number) => number,
  length: number,
  rateOf: (cell: number) => number,
): { events: Float64Array; expected: Float64Array } {
  const folded = { events: new Float64Array(length), expected: new Float64Array(length) };
  for (let cell = 0; cell < HOURS_PER_WEEK; cell += 1) {
    folded.events[indexOf(cell)]! += events[cell]!;
    folded.expected[indexOf(cell)]! += exposure[cell]! * rateOf(cell);
  }
  return folded;
}

function dayIndex(cell: number): number {
  return Math.floor(cell / HOURS_PER_DAY);
}

/** Hour of the day, weekend hours after the 24 of weekdays. */
function clockIndex(cell: number): number {
  return (dayIndex(cell) >= 5 ? HOURS_PER_DAY : 0) + (cell % HOURS_PER_DAY);
}

/** @param values [2, 24] smoothed around the clock within each row, the sum of each row kept */
function smoothClock(values: Float64Array): Float64Array {
  const weight = CLOCK_KERNEL.reduce<number>((total, w, away) => total + (away === 0 ? w : 2 * w), 0);
  return values.map((_, i) => {
    const row = i < HOURS_PER_DAY ? 0 : HOURS_PER_DAY;
    let smoothed = 0;
    for (let away = 1 - CLOCK_KERNEL.length; away < CLOCK_KERNEL.length; away += 1) {
      const hour = (i - row + away + HOURS_PER_DAY) % HOURS_PER_DAY;
      smoothed += values[row + hour]! * CLOCK_KERNEL[Math.abs(away)]!;
    }
    return smoothed / weight;
  });
}

export function sumOf(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
