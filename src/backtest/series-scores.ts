/**
 * Scores of a forecast series of counts with quantiles: deploys per hour.
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { Forecast } from "../forecast/forecaster.ts";
import { pinballOf } from "../forecast/pinball.ts";

/** A forecast, what came, and what it was made from. Missing hours are NaN. */
export type SeriesOutcome = { forecast: Forecast; naive: Forecast; actual: Float64Array; history: Float64Array };

export type SeriesScores = {
  /** mean over the levels of 2·Σ pinball / Σ|y|, pooled over outcomes */
  wql: number;
  wqlSeasonalNaive: number;
  /** mean absolute error of the mean over that of seasonal naive within the history */
  mase: number;
  /** share of hours from the 10 % to the 90 % quantile, as whole counts: more than .8 where most hours have none */
  coverage80: number;
};

/**
 * Sources: Gasthaus et al. (2019), "Probabilistic Forecasting with Spline Quantile Function RNNs", AISTATS, for WQL; Hyndman &
 * Koehler (2006), "Another Look at Measures of Forecast Accuracy", International Journal of Forecasting 22(4), for MASE; Czado,
 * Gneiting & Held (2009), "Predictive Model Assessment for Count Data", Biometrics 65(4), for bounds that are counts themselves: no
 * hour has less than none, however little above 0 a smooth quantile lies.
 *
 * @returns undefined where nothing came or the history of no outcome changes from week to week: there is no scale
 */
export function seriesScores(outcomes: readonly SeriesOutcome[]): SeriesScores | undefined {
  let [total, hours, inside] = [0, 0, 0];
  let [loss, naiveLoss, scaledErrors, scaledHours] = [0, 0, 0, 0];
  for (const { forecast, naive, actual, history } of outcomes) {
    const scale = weeklyChange(history);
    actual.forEach((value, hour) => {
      if (Number.isNaN(value)) return;
      total += Math.abs(value);
      hours += 1;
      loss += pinballOf(value, forecast, hour);
      naiveLoss += pinballOf(value, naive, hour);
      const { levels, quantiles } = forecast;
      const at = (level: number) => Math.round(quantiles[hour * levels.length + levels.indexOf(level)]!);
      if (value >= at(0.1) && value <= at(0.9)) inside += 1;
      if (!(scale > 0)) return;
      scaledErrors += Math.abs(value - forecast.mean[hour]!) / scale;
      scaledHours += 1;
    });
  }
  if (total === 0 || scaledHours === 0) return undefined;
  return {
    wql: loss / total,
    wqlSeasonalNaive: naiveLoss / total,
    mase: scaledErrors / scaledHours,
    coverage80: inside / hours,
  };
}

/** Mean absolute change from a week before; NaN where there is none. */
function weeklyChange(history: Float64Array): number {
  let [sum, count] = [0, 0];
  for (let i = HOURS_PER_WEEK; i < history.length; i += 1) {
    const change = Math.abs(history[i]! - history[i - HOURS_PER_WEEK]!);
    if (Number.isNaN(change)) continue;
    sum += change;
    count += 1;
  }
  return sum / count;
}
