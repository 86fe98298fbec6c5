/**
 * A stack: the weighted mean of several forecasters, with weights that each series chooses by how its last weeks would have
 * been forecast: one set for the quantiles, by pinball loss, and one for the mean, by squared error, or by likelihood where the
 * series counts events.
 *
 * Sources: Wolpert (1992), "Stacked Generalization", Neural Networks 5(2); Lichtendahl, Grushka-Cockayne & Winkler (2013),
 * "Is It Better to Average Probabilities or Quantiles?", Management Science 59(7).
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import { hourOfWeekMean, seasonalNaive, weeklyFilled } from "./baselines.ts";
import { type CountedWeek, countWeights } from "./count-weights.ts";
import type { Forecast, Forecaster, ForecastRequest } from "./forecaster.ts";
import { effectHelps, withKnownEffect } from "./known-effect.ts";
import { pinballLossOf } from "./pinball.ts";
import { trialsOf } from "./trials.ts";

/**
 * Hour-of-week means over several spans, as they are for series that hardly vary from week to week, and of few patterns for
 * sparse counts: the shorter the span, the fewer it can tell apart.
 */
export const CLIMATOLOGIES: readonly Forecaster[] = [
  hourOfWeekMean(4),
  hourOfWeekMean(8),
  hourOfWeekMean(26),
  hourOfWeekMean(),
  hourOfWeekMean(8, { patterns: 1 }),
  hourOfWeekMean(26, { patterns: 2 }),
  hourOfWeekMean(Infinity, { patterns: 2 }),
];

/**
 * A model beside climatologies and seasonal naive. Where the past weeks of a series were forecast better with what was known of
 * them, the model reads it as one more member; where nothing is known, or it does not help, nothing changes.
 */
export function stackWithClimatology(model: Forecaster): Forecaster {
  const members = [model, ...CLIMATOLOGIES, seasonalNaive];
  const plain = stackOf(members);
  const informed = stackOf([...members, withKnownEffect(model)]);
  return {
    name: plain.name,
    forecast: async (histories, { known, counts, ...request }) => {
      const helps = histories.map((history, i) => {
        const own = known?.[i];
        return own !== undefined && effectHelps(trialsOf(history, own));
      });
      const forecastThose = async (stack: Forecaster, which: boolean) => {
        const chosen = histories.flatMap((history, i) =>
          helps[i] === which ? [{ history, own: known?.[i], isCount: counts?.[i] ?? false }] : [],
        );
        return stack.forecast(
          chosen.map(({ history }) => history),
          {
            ...request,
            counts: chosen.map(({ isCount }) => isCount),
            ...(which ? { known: chosen.map(({ own }) => own) } : {}),
          },
        );
      };
      const informedly = await forecastThose(informed, true);
      const without = await forecastThose(plain, false);
      return helps.map((which) => (which ? informedly : without).shift()!);
    },
  };
}

/** @param members at least one; all with the same levels */
export function stackOf(members: readonly Forecaster[]): Forecaster {
  return {
    name: `stack of ${members.map(({ name }) => name).join(", ")}`,
    forecast: async (histories, { counts, ...request }) => {
      const { known } = request;
      const trials = histories.map((history, i) => trialsOf(history, known?.[i]));
      const past = trials.flat().map(({ history }) => history);
      const knownThen = known && { known: trials.flat().map((trial) => trial.known) };
      const onTrials =
        past.length === 0
          ? members.map(() => [])
          : await forecastsOf(members, past, { ...request, ...knownThen, horizon: HOURS_PER_WEEK });
      const ahead = await forecastsOf(members, histories.map(weeklyFilled), request); // as the trials are
      let at = 0;
      return histories.map((_, series) => {
        const count = trials[series]!.length;
        const outcomes = trials[series]!.map(({ actual }, i) => ({
          actual,
          forecasts: onTrials.map((of) => of[at + i]!),
        }));
        at += count;
        const trust = 1 - 2 ** -count; // each week to choose on halves what is left to equal weights
        const shrunk = (weights: readonly number[]) =>
          weights.map((weight) => trust * weight + (1 - trust) / members.length);
        const forecasts = ahead.map((of) => of[series]!);
        const onMeans = shrunk(
          counts?.[series]
            ? countWeights(outcomes.map(countedWeek), members.length)
            : stackWeights(outcomes, members.length, squaredLoss),
        );
        const onQuantiles = shrunk(stackWeights(outcomes, members.length, pinballLoss));
        return {
          mean: weighted(forecasts, onMeans, ({ mean }) => mean),
          quantiles: weighted(forecasts, onQuantiles, ({ quantiles }) => quantiles),
          levels: forecasts[0]!.levels,
        };
      });
    },
  };
}

/** [members, series] */
async function forecastsOf(
  members: readonly Forecaster[],
  histories: readonly Float64Array[],
  request: ForecastRequest,
): Promise<Forecast[][]> {
  const all: Forecast[][] = [];
  for (const member of members) all.push(await member.forecast(histories, request));
  return all;
}

const ROUNDS = 80;
const RATE = 6;

/**
 * Weights, at least 0 and of sum 1, with which the combined forecasts would have lost least: a convex problem, by
 * exponentiated gradient, averaged over its second half. A week's loss is in units of the members' mean loss in it, so that a
 * freak week does not outvote the others.
 * Source: Kivinen & Warmuth (1997), "Exponentiated Gradient versus Gradient Descent for Linear Predictors",
 * Information and Computation 132(1).
 *
 * @returns [members]; equal without outcomes
 */
function stackWeights(outcomes: readonly Outcome[], members: number, { of: lossOf, addGradient }: Loss): number[] {
  let weights = new Array<number>(members).fill(1 / members);
  if (outcomes.length === 0) return weights;
  const units = outcomes.map(
    ({ actual, forecasts }) => forecasts.reduce((sum, forecast) => sum + lossOf(actual, forecast), 0) / members || 1,
  );
  const mean = new Array<number>(members).fill(0);
  for (let round = 0; round < ROUNDS; round += 1) {
    const gradient = new Array<number>(members).fill(0);
    outcomes.forEach((outcome, week) => {
      const own = new Array<number>(members).fill(0);
      addGradient(outcome, weights, own);
      for (let m = 0; m < members; m += 1) gradient[m]! += own[m]! / units[week]!;
    });
    const largest = Math.max(...gradient.map(Math.abs)) || 1;
    const rate = RATE / Math.sqrt(round + 1);
    const scaled = weights.map((weight, m) => weight * Math.exp((-rate * gradient[m]!) / largest));
    const total = scaled.reduce((sum, value) => sum + value, 0);
    weights = scaled.map((value) => value / total);
    if (round >= ROUNDS / 2) for (let m = 0; m < members; m += 1) mean[m]! += weights[m]! / (ROUNDS / 2);
  }
  return mean;
}

type Outcome = { actual: Float64Array; forecasts: readonly Forecast[] };

function countedWeek({ actual, forecasts }: Outcome): CountedWeek {
  return { actual, means: forecasts.map(({ mean }) => mean) };
}

/** Missing hours cost nothing. */
type Loss = {
  /** of one forecast over a week */
  of: (actual: Float64Array, forecast: Forecast) => number;
  /** adds its gradient by the weights to `out` [members], up to a factor */
  addGradient: (outcome: Outcome, weights: readonly number[], out: number[]) => void;
};

/** The squared error of the mean, for which it is the loss that is least in expectation (Gneiting 2011, JASA 106). */
const squaredLoss: Loss = {
  of: (actual, { mean }) =>
    actual.reduce((sum, value, hour) => (Number.isNaN(value) ? sum : sum + (mean[hour]! - value) ** 2), 0),
  addGradient: ({ actual, forecasts }, weights, out) => {
    const means = forecasts.map(({ mean }) => mean);
    for (let hour = 0; hour < actual.length; hour += 1) {
      if (Number.isNaN(actual[hour]!)) continue;
      const error = combinedAt(means, weights, hour) - actual[hour]!;
      for (let m = 0; m < means.length; m += 1) out[m]! += error * means[m]![hour]!;
    }
  },
};

/** The pinball loss of all quantiles over a week. */
const pinballLoss: Loss = {
  of: pinballLossOf,
  addGradient: ({ actual, forecasts }, weights, out) => {
    const { levels } = forecasts[0]!;
    const quantiles = forecasts.map((forecast) => forecast.quantiles);
    for (let hour = 0; hour < actual.length; hour += 1) {
      if (Number.isNaN(actual[hour]!)) continue;
      for (let l = 0; l < levels.length; l += 1) {
        const i = hour * levels.length + l;
        const slope = actual[hour]! < combinedAt(quantiles, weights, i) ? 1 - levels[l]! : -levels[l]!;
        for (let m = 0; m < quantiles.length; m += 1) out[m]! += slope * quantiles[m]![i]!;
      }
    }
  },
};

/** A plain loop: it runs some ten million times for one series. */
function combinedAt(tracks: readonly Float64Array[], weights: readonly number[], index: number): number {
  let sum = 0;
  for (let m = 0; m < tracks.length; m += 1) sum += weights[m]! * tracks[m]![index]!;
  return sum;
}

function weighted(
  forecasts: readonly Forecast[],
  weights: readonly number[],
  of: (forecast: Forecast) => Float64Array,
): Float64Array {
  return of(forecasts[0]!).map((_, i) =>
    forecasts.reduce((sum, forecast, m) => sum + weights[m]! * of(forecast)[i]!, 0),
  );
}
