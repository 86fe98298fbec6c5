/**
 * A stack: the weighted mean of several forecasters, with weights that each series chooses by how its last weeks would have
 * been forecast: one set for the quantiles, by pinball loss, and one for the mean, by squared error.
 *
 * Sources: Wolpert (1992), "Stacked Generalization", Neural Networks 5(2); Lichtendahl, Grushka-Cockayne & Winkler (2013),
 * "Is It Better to Average Probabilities or Quantiles?", Management Science 59(7).
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import { hourOfWeekMean, seasonalNaive, weeklyFilled } from "./baselines.ts";
import type { Forecast, Forecaster, ForecastRequest } from "./forecaster.ts";

/** Last weeks that the weights are chosen on. */
const ORIGINS = 26;
/** Weeks of history that a week to choose on must have before it. */
const LEARNED_WEEKS = 2;
/** Weeks of evidence that equal weights stand for. */
const PRIOR_ORIGINS = 0.25;

/** A model beside hour-of-week means over several spans and seasonal naive. */
export function stackWithClimatology(model: Forecaster): Forecaster {
  return stackOf([model, hourOfWeekMean(4), hourOfWeekMean(8), hourOfWeekMean(26), hourOfWeekMean(), seasonalNaive]);
}

/** @param members at least one; all with the same levels */
export function stackOf(members: readonly Forecaster[]): Forecaster {
  return {
    name: `stack of ${members.map(({ name }) => name).join(", ")}`,
    forecast: async (histories, request) => {
      const trials = histories.map((history) => trialsOf(weeklyFilled(history)));
      const past = trials.flat();
      const onTrials =
        past.length === 0 ? members.map(() => []) : await forecastsOf(members, past, HOURS_PER_WEEK, request);
      const ahead = await forecastsOf(
        members,
        histories.map((history) => ({ history })),
        request.horizon,
        request,
      );
      let at = 0;
      return histories.map((_, series) => {
        const count = trials[series]!.length;
        const outcomes = trials[series]!.map(({ actual }, i) => ({
          actual,
          forecasts: onTrials.map((of) => of[at + i]!),
        }));
        at += count;
        const trust = count / (count + PRIOR_ORIGINS);
        const shrunk = (weights: readonly number[]) =>
          weights.map((weight) => trust * weight + (1 - trust) / members.length);
        const forecasts = ahead.map((of) => of[series]!);
        const onMeans = shrunk(stackWeights(outcomes, members.length, squaredGradient));
        const onQuantiles = shrunk(stackWeights(outcomes, members.length, pinballGradient));
        return {
          mean: weighted(forecasts, onMeans, ({ mean }) => mean),
          quantiles: weighted(forecasts, onQuantiles, ({ quantiles }) => quantiles),
          levels: forecasts[0]!.levels,
        };
      });
    },
  };
}

type Trial = { history: Float64Array; actual: Float64Array };

/** The last weeks of a series, each with what lay before it. */
function trialsOf(series: Float64Array): Trial[] {
  return Array.from({ length: ORIGINS }, (_, i) => series.length - HOURS_PER_WEEK * (i + 1))
    .filter((origin) => origin >= LEARNED_WEEKS * HOURS_PER_WEEK)
    .map((origin) => ({
      history: series.subarray(0, origin),
      actual: series.subarray(origin, origin + HOURS_PER_WEEK),
    }));
}

/** [members, series] */
async function forecastsOf(
  members: readonly Forecaster[],
  series: readonly { history: Float64Array }[],
  horizon: number,
  request: ForecastRequest,
): Promise<Forecast[][]> {
  const all: Forecast[][] = [];
  for (const member of members) {
    all.push(
      await member.forecast(
        series.map(({ history }) => history),
        { ...request, horizon },
      ),
    );
  }
  return all;
}

const ROUNDS = 200;
const RATE = 2;

/**
 * Weights, at least 0 and of sum 1, with which the combined forecasts would have lost least: a convex problem, by
 * exponentiated gradient, averaged over its second half.
 * Source: Kivinen & Warmuth (1997), "Exponentiated Gradient versus Gradient Descent for Linear Predictors",
 * Information and Computation 132(1).
 *
 * @returns [members]; equal without outcomes
 */
function stackWeights(outcomes: readonly Outcome[], members: number, addGradient: Gradient): number[] {
  let weights = new Array<number>(members).fill(1 / members);
  if (outcomes.length === 0) return weights;
  const mean = new Array<number>(members).fill(0);
  for (let round = 0; round < ROUNDS; round += 1) {
    const gradient = new Array<number>(members).fill(0);
    for (const outcome of outcomes) addGradient(outcome, weights, gradient);
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
/** Adds the gradient of a loss by the weights to `out` [members]. */
type Gradient = (outcome: Outcome, weights: readonly number[], out: number[]) => void;

/** Of the squared error of the mean, for which it is the loss that is least in expectation (Gneiting 2011, JASA 106). */
const squaredGradient: Gradient = ({ actual, forecasts }, weights, out) => {
  for (let i = 0; i < actual.length; i += 1) {
    const error = forecasts.reduce((sum, { mean }, m) => sum + weights[m]! * mean[i]!, 0) - actual[i]!;
    for (let m = 0; m < forecasts.length; m += 1) out[m]! += error * forecasts[m]!.mean[i]!;
  }
};

/** Of the pinball loss of all quantiles. */
const pinballGradient: Gradient = ({ actual, forecasts }, weights, out) => {
  const { levels } = forecasts[0]!;
  for (let i = 0; i < actual.length * levels.length; i += 1) {
    const level = levels[i % levels.length]!;
    const quantile = forecasts.reduce((sum, { quantiles }, m) => sum + weights[m]! * quantiles[i]!, 0);
    const slope = actual[Math.floor(i / levels.length)]! < quantile ? 1 - level : -level;
    for (let m = 0; m < forecasts.length; m += 1) out[m]! += slope * forecasts[m]!.quantiles[i]!;
  }
};

function weighted(
  forecasts: readonly Forecast[],
  weights: readonly number[],
  of: (forecast: Forecast) => Float64Array,
): Float64Array {
  return of(forecasts[0]!).map((_, i) =>
    forecasts.reduce((sum, forecast, m) => sum + weights[m]! * of(forecast)[i]!, 0),
  );
}
