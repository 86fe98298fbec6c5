/**
 * Scores of hourly incident forecasts: of counts, and of whether an hour had an incident at all. Those that take a ranking or
 * probabilities serve for any event.
 *
 * Arrays are [hours], pooled over all weeks of a backtest. `expected` is the mean count of each hour, > 0.
 * @module
 */

import { fitLogOdds } from "./log-odds-line.ts";
import { logit } from "./logit.ts";

/**
 * Mean Poisson deviance per hour: 0 for a forecast that equals every count, lower is better.
 * Source: McCullagh & Nelder (1989), "Generalized Linear Models", 2nd ed., 2.3.
 *
 * @throws {RangeError} where an hour has an incident that was expected with a rate of 0
 */
export function poissonDeviance(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < observed.length; i += 1) sum += devianceOf(observed[i]!, expected[i]!);
  return sum / observed.length;
}

/** Deviance of one hour. */
export function devianceOf(observed: number, expected: number): number {
  if (observed === 0) return 2 * expected;
  if (!(expected > 0)) throw new RangeError(`Cannot score ${observed} incidents: expected ${expected}, a rate above 0`);
  return 2 * (observed * Math.log(observed / expected) - (observed - expected));
}

/** Chance of at least one incident in an hour, from its Poisson mean. */
export function probabilityOf(expected: number): number {
  return -Math.expm1(-expected);
}

/** The Brier score and what it is made of: brier = reliability − resolution + uncertainty, up to the width of bins. */
export type Brier = { brier: number; reliability: number; resolution: number; uncertainty: number };

/**
 * Brier score of the chance of an incident, and its decomposition over bins of equal numbers of hours.
 * Sources: Brier (1950), Monthly Weather Review 78(1); Murphy (1973), "A New Vector Partition of the Probability Score",
 * Journal of Applied Meteorology 12(4).
 */
export function brierScore(observed: ArrayLike<number>, expected: ArrayLike<number>): Brier {
  const hours = observed.length;
  let brier = 0;
  let events = 0;
  for (let i = 0; i < hours; i += 1) {
    const outcome = observed[i]! > 0 ? 1 : 0;
    brier += (probabilityOf(expected[i]!) - outcome) ** 2;
    events += outcome;
  }
  const base = events / hours;
  let reliability = 0;
  let resolution = 0;
  for (const { hours: count, forecast, frequency } of reliabilityBins(observed, expected)) {
    reliability += count * (forecast - frequency) ** 2;
    resolution += count * (frequency - base) ** 2;
  }
  return {
    brier: brier / hours,
    reliability: reliability / hours,
    resolution: resolution / hours,
    uncertainty: base * (1 - base),
  };
}

/** Hours of about the same forecast chance. */
export type ReliabilityBin = {
  hours: number;
  events: number;
  /** mean forecast chance of an incident */
  forecast: number;
  /** share of the hours that had one */
  frequency: number;
};

const BINS = 10;

/** The bins of `equalCountBins` over hours. */
export function reliabilityBins(observed: ArrayLike<number>, expected: ArrayLike<number>): ReliabilityBin[] {
  const probabilities = Float64Array.from(expected, probabilityOf);
  return equalCountBins(observed, probabilities).map(({ count, ...bin }) => ({ hours: count, ...bin }));
}

/**
 * Outcomes in ten bins of equal size by their forecast probability, lowest first; those of one probability stay together, so
 * that there may be fewer.
 * Source: Bröcker & Smith (2007), "Increasing the Reliability of Reliability Diagrams", Weather and Forecasting 22(3).
 *
 * @param observed      [count] above 0 where the event came
 * @param probabilities [count] forecast chance of it
 */
export function equalCountBins(
  observed: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): { count: number; events: number; forecast: number; frequency: number }[] {
  const order = ranked(probabilities).reverse();
  const bins: ReturnType<typeof equalCountBins> = [];
  for (let from = 0; from < order.length; ) {
    const full = Math.floor((from * BINS) / order.length);
    let to = Math.ceil(((full + 1) * order.length) / BINS);
    while (to < order.length && probabilities[order[to]!] === probabilities[order[to - 1]!]) to += 1;
    const inside = order.slice(from, to);
    const events = inside.filter((i) => observed[i]! > 0).length;
    const forecast = inside.reduce((sum, i) => sum + probabilities[i]!, 0) / inside.length;
    bins.push({ count: inside.length, events, forecast, frequency: events / inside.length });
    from = to;
  }
  return bins;
}

/** Mean negative log-likelihood of whether an hour had an incident, nats. Source: Good (1952), JRSS B 14(1). */
export function logLoss(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < observed.length; i += 1) {
    // log(1 − p) is −expected
    sum += observed[i]! > 0 ? -Math.log(probabilityOf(expected[i]!)) : expected[i]!;
  }
  return sum / observed.length;
}

/**
 * Chance that an hour with an incident was ranked above one without: the area under the ROC curve; ties count half.
 * Source: Hanley & McNeil (1982), Radiology 143(1).
 *
 * @returns undefined where all hours are of one kind
 */
export function auc(observed: ArrayLike<number>, expected: ArrayLike<number>): number | undefined {
  return aucInOrder(observed, expected, ranked(expected), new Uint8Array(observed.length).fill(1));
}

/**
 * The same where some count more than once, as in a bootstrap sample, without ranking them anew.
 *
 * @param order   indices, highest `expected` first
 * @param weights how often each counts
 */
export function aucInOrder(
  observed: ArrayLike<number>,
  expected: ArrayLike<number>,
  order: readonly number[],
  weights: ArrayLike<number>,
): number | undefined {
  let [pairs, events, others] = [0, 0, 0];
  for (let from = 0; from < order.length; ) {
    const value = expected[order[from]!];
    let [eventsHere, othersHere] = [0, 0];
    for (; from < order.length && expected[order[from]!] === value; from += 1) {
      const i = order[from]!;
      if (observed[i]! > 0) eventsHere += weights[i]!;
      else othersHere += weights[i]!;
    }
    pairs += othersHere * (events + eventsHere / 2);
    events += eventsHere;
    others += othersHere;
  }
  return events === 0 || others === 0 ? undefined : pairs / (events * others);
}

/**
 * Slope of a logistic regression of outcomes on the logit of their forecast chance: 1 is calibrated, below 1 the forecasts
 * are too extreme, above 1 too timid.
 * Source: Cox (1958), "Two Further Applications of a Model for Binary Regression", Biometrika 45(3/4).
 *
 * @returns undefined where the slope is not determined: outcomes of one kind, or a constant forecast
 */
export function calibrationSlope(observed: ArrayLike<number>, expected: ArrayLike<number>): number | undefined {
  return calibrationSlopes(observed, expected)(new Uint8Array(observed.length).fill(1));
}

/**
 * The same where some count more than once, for many bootstrap samples of the same hours.
 *
 * @returns the slope, given how often each hour counts, hours with an incident and without; undefined where the sample, or all hours
 *   once, do not determine it
 */
export function calibrationSlopes(
  observed: ArrayLike<number>,
  expected: ArrayLike<number>,
): (weights: ArrayLike<number>) => number | undefined {
  // ln(p / (1 − p)) where 1 − p is e^−mean, which may be too small to take from 1
  const x = Array.from(expected, (mean) => Math.log(probabilityOf(mean)) + mean);
  const centre = x.reduce((sum, value) => sum + value, 0) / x.length;
  const flat = x.every((value) => Math.abs(value - centre) < 1e-9);
  const events = x.filter((_, i) => observed[i]! > 0).length;
  if (flat || events === 0 || events === x.length) return () => undefined;
  const away = x.map((value) => value - centre);
  const whole = fitLogOdds(away, observed, { intercept: logit(events / x.length), slope: 0 });
  if (!whole.determined) return () => undefined;
  return (weights) => {
    const { slope, determined } = fitLogOdds(away, observed, whole, undefined, weights);
    return determined ? slope : undefined;
  };
}

/** Indices, highest value first. */
export function ranked(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b]! - values[a]!);
}
