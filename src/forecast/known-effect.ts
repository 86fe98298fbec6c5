/**
 * What the known intensity of an hour and of those around it does to a series: a regression on them with the hours of the week
 * as categories. Taking the means of the hours of the week off both sides first gives the same coefficients.
 *
 * Source: Frisch & Waugh (1933), "Partial Time Regressions as Compared with Individual Trends", Econometrica 1(4).
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import { combined, ridgeFit } from "../timesfm/ridge.ts";
import { lowestOf } from "./baselines.ts";
import type { Forecaster } from "./forecaster.ts";
import type { Trial } from "./trials.ts";

/** Weeks that an effect is learned from. */
const WEEKS_READ = 104;
/** Hours before and after that an hour may act on. */
const REACH_HOURS = 2;
/** As if so many hours of unusual intensity had shown no effect. */
const RIDGE_HOURS = 24;

export type KnownEffect = {
  /** hours at the start of the history that are not read */
  skipped: number;
  /** [168] mean of each hour of the week, from hour `skipped` on */
  means: Float64Array;
  /** [history − skipped] by how much the series was moved from these means */
  past: Float64Array;
  /** [horizon] by how much it will be; 0 where nothing is known */
  ahead: Float64Array;
};

/**
 * @param history [hours] NaN = missing
 * @param known   [hours + horizon] intensity, NaN = unknown
 */
export function knownEffect(history: Float64Array, known: Float64Array): KnownEffect {
  const skipped = Math.max(0, history.length - WEEKS_READ * HOURS_PER_WEEK);
  const values = history.subarray(skipped);
  const intensity = known.subarray(skipped);
  const means = slotMeans(values);
  const unusual = unitScaled(offMeans(intensity, slotMeans(intensity.subarray(0, values.length))));
  const padded = new Float64Array(unusual.length + 2 * REACH_HOURS);
  padded.set(unusual, REACH_HOURS);
  const columns = Array.from({ length: 2 * REACH_HOURS + 1 }, (_, lag) => padded.subarray(lag, lag + unusual.length));
  const learned = columns.map((column) => column.subarray(0, values.length));
  const effect = combined(columns, ridgeFit(learned, offMeans(values, means), RIDGE_HOURS));
  return { skipped, means, past: effect.subarray(0, values.length), ahead: effect.subarray(values.length) };
}

/** Trials without which nothing is believed, and the standard errors by which it must help in them. */
const FEWEST_TRIALS = 8;
const STANDARD_ERRORS = 2;

/** Whether a series' past weeks were forecast better with the effect than by their hour-of-week means alone. */
export function effectHelps(trials: readonly Trial[]): boolean {
  const relative = trials.flatMap(({ history, actual, known }) => {
    if (known === undefined) return [];
    const { skipped, means, ahead } = knownEffect(history, known);
    const errors = actual.map((value, hour) => value - means[(history.length - skipped + hour) % HOURS_PER_WEEK]!);
    const without = squaresAroundMean(seen(errors)); // the level of the week is for others to forecast
    const withEffect = squaresAroundMean(seen(errors.map((error, hour) => error - ahead[hour]!)));
    return without + withEffect > 0 ? [(without - withEffect) / (without + withEffect)] : [];
  });
  if (relative.length < FEWEST_TRIALS) return false;
  const gains = Float64Array.from(relative);
  const mean = meanOf(gains);
  const deviation = Math.sqrt(squaresAroundMean(gains) / (gains.length - 1));
  return mean > (STANDARD_ERRORS * deviation) / Math.sqrt(gains.length);
}

/** A forecaster that reads a series without the effect of what is known, which is added to what it says. */
export function withKnownEffect(base: Forecaster): Forecaster {
  return {
    name: `${base.name} with what is known`,
    forecast: async (histories, { known, ...request }) => {
      const effects = histories.map((history, i) => {
        const own = known?.[i];
        return own && knownEffect(history, own);
      });
      const freed = histories.map((history, i) => {
        const effect = effects[i];
        return effect ? history.subarray(effect.skipped).map((value, hour) => value - effect.past[hour]!) : history;
      });
      const forecasts = await base.forecast(freed, request);
      return forecasts.map(({ mean, quantiles, levels }, i) => {
        const lowest = lowestOf(histories[i]!);
        const at = (hour: number) => effects[i]?.ahead[hour] ?? 0;
        return {
          mean: mean.map((value, hour) => Math.max(lowest, value + at(hour))),
          quantiles: quantiles.map((value, j) => Math.max(lowest, value + at(Math.floor(j / levels.length)))),
          levels,
        };
      });
    },
  };
}

/** [168] the mean of each hour of the week, missing values left out; 0 where there is none. */
function slotMeans(values: Float64Array): Float64Array {
  const sums = new Float64Array(HOURS_PER_WEEK);
  const counts = new Float64Array(HOURS_PER_WEEK);
  for (let hour = 0; hour < values.length; hour += 1) {
    if (Number.isNaN(values[hour]!)) continue;
    sums[hour % HOURS_PER_WEEK]! += values[hour]!;
    counts[hour % HOURS_PER_WEEK]! += 1;
  }
  return sums.map((sum, slot) => (counts[slot] === 0 ? 0 : sum / counts[slot]!));
}

/** What is unusual for the hour of the week; nothing where the value is missing. */
function offMeans(values: Float64Array, means: Float64Array): Float64Array {
  return values.map((value, hour) => (Number.isNaN(value) ? 0 : value - means[hour % HOURS_PER_WEEK]!));
}

/** In units of its root mean square over the hours that have any. */
function unitScaled(values: Float64Array): Float64Array {
  const present = values.filter((value) => value !== 0);
  const unit = Math.sqrt(present.reduce((sum, value) => sum + value ** 2, 0) / present.length);
  return present.length === 0 ? values : values.map((value) => value / unit);
}

function seen(values: Float64Array): Float64Array {
  return values.filter((value) => !Number.isNaN(value));
}

function squaresAroundMean(values: Float64Array): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
