/**
 * A rate over the week from few events: base × hour-of-day factor (weekdays and weekend apart) × day-of-week factor.
 *
 * Each factor is the posterior mean of a Poisson rate ratio under a gamma prior of mean 1, (κ + events) / (κ +
 * expected), whose strength κ is chosen by marginal likelihood (empirical Bayes): where the clock explains nothing, κ
 * grows and the rate stays flat. Hours of the day learn from those around them, to which the likelihood gives a weight: from how
 * far is chosen by how likely each week's events are under what the other weeks say. Whole weeks are left out, since events of one
 * week often go back to each other, and would speak for a clock that turns with them.
 *
 * Sources: Clayton & Kaldor (1987), Biometrics 43(3) for the shrinkage; Tibshirani & Hastie (1987), "Local Likelihood Estimation",
 * JASA 82(398); Stone (1974), "Cross-Validatory Choice and Assessment of Statistical Predictions", JRSS B 36(2).
 * @module
 */

import type { WallMs } from "../calendar/timestamp.ts";
import { HOURS_PER_DAY, HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { hourOf } from "../series/hourly-series.ts";
import { logNegativeBinomial } from "./gamma.ts";

/** Events, and what they came from, hour by hour. */
export type HourlyCounts = {
  startHour: WallHour;
  /** [hours] events, or as much as each counts */
  events: Float64Array;
  /** [hours] the same of clock hours */
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
const CHOICE_ROUNDS = 2; // of those, that choose how far hours learn from each other; it hardly hangs on the days

/** Weights of hours 0, 1, … away: a Gaussian, cut where it falls below .01. */
type Kernel = readonly number[];
export const ONE_HOUR_KERNEL: Kernel = gaussian(1);
const KERNELS: readonly Kernel[] = [[1], gaussian(0.5), ONE_HOUR_KERNEL, gaussian(2)];

function gaussian(widthHours: number): Kernel {
  const weightOf = (away: number) => Math.exp(-0.5 * (away / widthHours) ** 2);
  const weights: number[] = [];
  for (let away = 0; weightOf(away) >= 0.01; away += 1) weights.push(weightOf(away));
  return weights;
}

/** What hour-of-day factors are learned from: weekdays, and the weekend after them. */
const CLOCK_HOURS = 2 * HOURS_PER_DAY;

/** Of rows, each of which counts one. @param rows within [startHour, endHour) @param exposureAt clock hours of an hour */
export function countsPerHour(
  rows: readonly { timestamp: WallMs }[],
  startHour: WallHour,
  endHour: WallHour,
  exposureAt: (hour: WallHour) => number,
): HourlyCounts {
  const exposure = Float64Array.from({ length: Math.max(0, endHour - startHour) }, (_, i) => exposureAt(startHour + i));
  const events = new Float64Array(exposure.length);
  for (const { timestamp } of rows) events[hourOf(timestamp) - startHour]! += 1;
  return { startHour, events, exposure };
}

/** Without hours, the prior is all there is. */
export function fitTwoFactorRate(counts: HourlyCounts, prior: RatePrior): TwoFactorRate {
  const { events, exposure } = weekOf(counts);
  const bursts = burstsOf(counts);
  const total = sumOf(events);
  const base = (total + prior.events) / (sumOf(exposure) + prior.exposure);
  let clock: Float64Array = new Float64Array(CLOCK_HOURS).fill(1);
  let clockStrength = STRONGEST;
  let kernel = ONE_HOUR_KERNEL;
  const day = new Float64Array(7).fill(1);
  let dayStrength = STRONGEST;
  for (let round = 0; round < ROUNDS; round += 1) {
    const perClock = foldBy(events, exposure, clockIndex, CLOCK_HOURS, (cell) => base * day[dayIndex(cell)]!);
    clockStrength = strongestEvidence(perClock.events, perClock.expected);
    if (round < CHOICE_ROUNDS) kernel = likeliestKernel(perClock, clockStrength, bursts);
    clock = factorsOf(spread(perClock, kernel), clockStrength);
    const perDay = foldBy(events, exposure, dayIndex, day.length, (cell) => base * clock[clockIndex(cell)]!);
    dayStrength = strongestEvidence(perDay.events, perDay.expected);
    for (let i = 0; i < day.length; i += 1) day[i] = shrunk(perDay.events[i]!, perDay.expected[i]!, dayStrength);
  }
  const rates = new Float64Array(HOURS_PER_WEEK);
  for (let cell = 0; cell < rates.length; cell += 1)
    rates[cell] = base * clock[clockIndex(cell)]! * day[dayIndex(cell)]!;
  // Relative variances of independent factors add up: 1/shape each.
  const expected = foldBy(events, exposure, clockIndex, CLOCK_HOURS, (cell) => rates[cell]!).expected;
  const clockSeen = around(expected, kernel);
  const shapes = rates.map((_, cell) => {
    const baseVariance = 1 / (total + prior.events);
    return 1 / (baseVariance + 1 / (clockStrength + clockSeen[clockIndex(cell)]!) + 1 / (dayStrength + total / 7));
  });
  return { rates, shapes };
}

/** [168] each, summed over weeks. */
function weekOf({ startHour, events, exposure }: HourlyCounts): { events: Float64Array; exposure: Float64Array } {
  const week = { events: new Float64Array(HOURS_PER_WEEK), exposure: new Float64Array(HOURS_PER_WEEK) };
  for (let i = 0; i < events.length; i += 1) {
    const cell = hourOfWeek(startHour + i);
    week.events[cell]! += events[i]!;
    week.exposure[cell]! += exposure[i]!;
  }
  return week;
}

/** Events of one week at one hour of the clock. */
type Burst = {
  clock: number;
  events: number;
  /** [kernels] events of that week around the hour, as much as each kernel lets them count */
  near: readonly number[];
  /** the week's share of all exposure */
  share: number;
};

function burstsOf({ startHour, events, exposure }: HourlyCounts): Burst[] {
  const all = sumOf(exposure);
  const bursts: Burst[] = [];
  for (let from = 0; from < events.length; from += HOURS_PER_WEEK) {
    const seen = new Float64Array(CLOCK_HOURS);
    let hours = 0;
    for (let i = from; i < Math.min(from + HOURS_PER_WEEK, events.length); i += 1) {
      seen[clockIndex(hourOfWeek(startHour + i))]! += events[i]!;
      hours += exposure[i]!;
    }
    const near = KERNELS.map((kernel) => around(seen, kernel));
    seen.forEach((count, hour) => {
      if (count > 0) bursts.push({ clock: hour, events: count, near: near.map((of) => of[hour]!), share: hours / all });
    });
  }
  return bursts;
}

/** Of hours of the clock, what was seen and what was expected. [48] */
type ClockCounts = { events: Float64Array; expected: Float64Array };

function spread({ events, expected }: ClockCounts, kernel: Kernel): ClockCounts {
  return { events: around(events, kernel), expected: around(expected, kernel) };
}

function factorsOf({ events, expected }: ClockCounts, strength: number): Float64Array {
  return events.map((count, hour) => shrunk(count, expected[hour]!, strength));
}

/** The kernel under which each week's events are likeliest by what the other weeks say. */
function likeliestKernel(seen: ClockCounts, strength: number, bursts: readonly Burst[]): Kernel {
  const logLikelihoods = KERNELS.map((kernel, k) => {
    const near = spread(seen, kernel);
    const factors = factorsOf(near, strength);
    let sum = -seen.expected.reduce((total, value, hour) => total + value * factors[hour]!, 0);
    for (const { clock, events, near: own, share } of bursts) {
      const others = Math.max(0, near.events[clock]! - own[k]!);
      sum += events * Math.log(shrunk(others, (1 - share) * near.expected[clock]!, strength));
    }
    return sum;
  });
  return KERNELS[logLikelihoods.indexOf(Math.max(...logLikelihoods))]!;
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

/** Hour of the day, weekend hours after the 24 of weekdays. [0, 48) */
export function clockIndex(cell: number): number {
  return (dayIndex(cell) >= 5 ? HOURS_PER_DAY : 0) + (cell % HOURS_PER_DAY);
}

/** @param values [2, 24] @returns the sum around each hour, within each row, of as much as the kernel lets count */
function around(values: Float64Array, kernel: Kernel): Float64Array {
  return values.map((_, i) => {
    const row = i < HOURS_PER_DAY ? 0 : HOURS_PER_DAY;
    let sum = 0;
    for (let away = 1 - kernel.length; away < kernel.length; away += 1) {
      const hour = (i - row + away + HOURS_PER_DAY) % HOURS_PER_DAY;
      sum += values[row + hour]! * kernel[Math.abs(away)]!;
    }
    return sum;
  });
}

export function sumOf(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
