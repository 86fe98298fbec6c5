/**
 * Forecasters that every other one is measured against.
 * @module
 */

import { HOURS_PER_DAY, HOURS_PER_WEEK } from "../calendar/week.ts";
import type { Forecast, Forecaster } from "./forecaster.ts";
import { withFewPatterns } from "./weekly-pattern.ts";

const LEVELS: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Weeks of differences that the spread of the seasonal naive forecast is taken from. */
const DIFFERENCE_WEEKS = 8;

/**
 * Seasonal naive: the same hour of last week, with the quantiles of the last eight weekly differences around it.
 * Source: Hyndman & Athanasopoulos (2021), "Forecasting: Principles and Practice", 3rd ed., 5.2.
 */
export const seasonalNaive: Forecaster = {
  name: "seasonal naive",
  forecast: async (histories, { horizon }) =>
    histories.map((given) => {
      const history = weeklyFilled(given);
      const start = Math.max(HOURS_PER_WEEK, history.length - DIFFERENCE_WEEKS * HOURS_PER_WEEK);
      const differences: number[] = [];
      for (let i = start; i < history.length; i += 1) differences.push(history[i]! - history[i - HOURS_PER_WEEK]!);
      const lastWeek = (hour: number) => history[history.length - HOURS_PER_WEEK + (hour % HOURS_PER_WEEK)] ?? 0;
      return around(lastWeek, differences, () => 1, horizon, lowestOf(given));
    }),
};

/** What a climatology is made of. */
export type ClimatologyOptions = {
  /** the mean is a sum of so many daily patterns; left out, every hour of the week has its own */
  patterns?: number;
  /** whether hours in which nothing ever happens count, as foretold exactly, in the spread of all others */
  emptyHours?: "left out" | "counted";
};

/**
 * Hour-of-week climatology: the mean of each hour of the week over the last `weeks`, with the quantiles of its residuals
 * around it. Residuals are scaled by the root of their mean before they are pooled, as the spread of counts is.
 */
export function hourOfWeekMean(
  weeks = Infinity,
  { patterns, emptyHours = "left out" }: ClimatologyOptions = {},
): Forecaster {
  const span = weeks === Infinity ? "all" : `${weeks} weeks`;
  return {
    name: `hour of week, ${span}${patterns === undefined ? "" : `, rank ${patterns}`}`,
    forecast: async (histories, { horizon }) =>
      histories.map((given) => {
        const filled = weeklyFilled(given);
        const whole = Math.min(weeks, Math.max(1, Math.floor(filled.length / HOURS_PER_WEEK)));
        const history = filled.subarray(Math.max(0, filled.length - whole * HOURS_PER_WEEK));
        const lowest = lowestOf(given);
        const raw = Float64Array.from({ length: HOURS_PER_WEEK }, (_, slot) => slotMean(history, slot));
        const means =
          patterns === undefined ? raw : withFewPatterns(raw, patterns).map((mean) => Math.max(lowest, mean));
        const residuals = new Float64Array(history.length);
        let count = 0;
        for (let i = 0; i < history.length; i += 1) {
          const mean = means[i % HOURS_PER_WEEK]!;
          if (mean !== 0) residuals[count++] = (history[i]! - mean) / Math.sqrt(Math.abs(mean));
          else if (emptyHours === "counted") residuals[count++] = 0;
        }
        // The history starts at slot 0, so the forecast starts at the slot after its last.
        const meanAt = (hour: number) => means[(history.length + hour) % HOURS_PER_WEEK]!;
        const scaleAt = (hour: number) => Math.sqrt(Math.abs(meanAt(hour)));
        return around(meanAt, residuals.subarray(0, count), scaleAt, horizon, lowest);
      }),
  };
}

/**
 * A missing hour takes the value of a week earlier; in the first week that of a day earlier, and on the first day that of the hour
 * before. What comes later is not looked at. Hours before the first value are 0.
 */
export function weeklyFilled(history: Float64Array): Float64Array {
  const filled = Float64Array.from(history);
  for (let i = 0; i < filled.length; i += 1) {
    if (!Number.isNaN(filled[i]!)) continue;
    filled[i] = filled[i - HOURS_PER_WEEK] ?? filled[i - HOURS_PER_DAY] ?? filled[i - 1] ?? 0;
  }
  return filled;
}

function slotMean(history: Float64Array, slot: number): number {
  let sum = 0;
  let count = 0;
  for (let i = slot; i < history.length; i += HOURS_PER_WEEK) {
    sum += history[i]!;
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}

/** A centre with the quantiles of residuals, scaled, around it, cut off below at `lowest`. */
function around(
  centreAt: (hour: number) => number,
  residuals: ArrayLike<number>,
  scaleAt: (hour: number) => number,
  horizon: number,
  lowest: number,
): Forecast {
  const ascending = Float64Array.from(residuals).sort();
  const spread = LEVELS.map((level) => quantile(ascending, level));
  const mean = new Float64Array(horizon);
  const quantiles = new Float64Array(horizon * LEVELS.length);
  for (let hour = 0; hour < horizon; hour += 1) {
    const centre = centreAt(hour);
    mean[hour] = Math.max(lowest, centre);
    spread.forEach((residual, i) => {
      quantiles[hour * LEVELS.length + i] = Math.max(lowest, centre + residual * scaleAt(hour));
    });
  }
  return { mean, quantiles, levels: LEVELS };
}

/** What a forecast cannot fall below: counts and loads never are below 0. */
export function lowestOf(history: Float64Array): number {
  return history.some((value) => value < 0) ? -Infinity : 0;
}

function quantile(ascending: Float64Array, level: number): number {
  const at = level * (ascending.length - 1);
  const low = ascending[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((ascending[Math.ceil(at)] ?? low) - low);
}
