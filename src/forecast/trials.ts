import { HOURS_PER_WEEK } from "../calendar/week.ts";
import { weeklyFilled } from "./baselines.ts";

/** Last weeks that forecasters are tried on: up to a year, or a freak month has too much of a say. */
const MOST_TRIALS = 52;

/** A week of a series, with what lay before it. */
export type Trial = {
  /** [hours] without gaps */
  history: Float64Array;
  /** [168] NaN = missing: what is filled in would flatter whoever forecasts as it was filled */
  actual: Float64Array;
  /** [hours + 168] what was known of these hours before the week, NaN where nothing was; undefined where nothing ever is */
  known: Float64Array | undefined;
};

/**
 * The last weeks of a series in which anything was seen; of the later half, since forecasters that have seen little yet say
 * little of how they do later.
 * As many hours ahead are known before each as are now: of a schedule, that it is kept, not what comes of it.
 *
 * @param series [hours] NaN = missing
 * @param known  [hours + horizon], NaN = unknown
 */
export function trialsOf(series: Float64Array, known?: Float64Array): Trial[] {
  const filled = weeklyFilled(series);
  const ahead = known === undefined ? 0 : known.findLastIndex((value) => !Number.isNaN(value)) + 1 - series.length;
  const count = Math.min(MOST_TRIALS, Math.floor(series.length / HOURS_PER_WEEK / 2));
  return Array.from({ length: count }, (_, i) => series.length - HOURS_PER_WEEK * (i + 1))
    .map((origin) => ({
      history: filled.subarray(0, origin),
      actual: series.subarray(origin, origin + HOURS_PER_WEEK),
      known: known?.slice(0, origin + HOURS_PER_WEEK).fill(Number.NaN, origin + Math.max(0, ahead)),
    }))
    .filter(({ actual }) => actual.some((value) => !Number.isNaN(value)));
}
