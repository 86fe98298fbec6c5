/**
 * The context that suits a history, chosen by how its last weeks would have been forecast.
 *
 * Sources: Tashman (2000), "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16(4) (rolling
 * origins); Breiman et al. (1984), "Classification and Regression Trees", section 3.4.3 (one standard error).
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { Forecaster } from "./forecaster.ts";
import { pinballLossOf } from "./pinball.ts";
import { trialsOf } from "./trials.ts";

/** Contexts that are compared, in hours: 3 weeks to nearly 2 years. */
export const CONTEXTS = [512, 1024, 2048, 4096, 8192, 16_128] as const;

/** Last weeks that are forecast with each. */
const MOST_WEEKS = 12;

/** What a context was worth. */
export type ContextTrial = {
  context: number;
  /** mean pinball loss of the last weeks in units of the shortest context's */
  loss: number;
};

export type ChosenContext = {
  context: number;
  /** the contexts that were tried, shortest first */
  trials: readonly ContextTrial[];
  /** weeks of every series that each was tried on */
  weeks: number;
};

/**
 * Forecasts the last weeks of each series with ever longer contexts. A longer one is taken where it has lost less by more than
 * one standard error over the weeks; none is tried that no week has the history for, that the model cannot read, or for
 * which the time would not last.
 *
 * @param series   hourly, oldest first, NaN = missing
 * @param longest  the longest context that the model can read, in hours
 * @param budgetMs milliseconds that all forecasts together may take, beside those with the shortest context
 * @param now      a clock in milliseconds
 * @returns undefined where history is too short for two weeks to be forecast
 */
export async function chooseContext(
  forecaster: Forecaster,
  series: readonly Float64Array[],
  { longest, budgetMs, now, signal }: { longest: number; budgetMs: number; now: () => number; signal?: AbortSignal },
): Promise<ChosenContext | undefined> {
  const trials = series.flatMap((values) => trialsOf(values).slice(0, MOST_WEEKS));
  if (trials.length < 2) return undefined;
  const histories = trials.map(({ history }) => history);
  const most = Math.max(...histories.map(({ length }) => length));
  const known: (ContextTrial & { losses: readonly number[] })[] = [];
  let spent = 0;
  let lasted = 0;
  let best = 0;
  for (const context of CONTEXTS.filter((hours) => hours <= longest)) {
    const previous = known.at(-1);
    if (previous !== undefined && previous.context >= most) break;
    // Attention makes a forecast dearer than in proportion to its context, matrix products dominate: twice and some.
    if (previous !== undefined && spent + lasted * 2.5 > budgetMs) break;
    const start = now();
    const forecasts = await forecaster.forecast(histories, {
      horizon: HOURS_PER_WEEK,
      context,
      ...(signal === undefined ? {} : { signal }),
    });
    lasted = now() - start;
    if (previous !== undefined) spent += lasted;
    const losses = trials.map(({ actual }, i) => pinballLossOf(actual, forecasts[i]!));
    const units = known[0]?.losses ?? losses;
    const relative = losses.map((loss, i) => loss / (units[i]! || 1));
    known.push({ context, losses, loss: meanOf(relative) });
    const held = known[best]!;
    const gains = losses.map((loss, i) => (held.losses[i]! - loss) / (units[i]! || 1));
    if (meanOf(gains) > standardError(gains)) best = known.length - 1;
  }
  return {
    context: known[best]!.context,
    trials: known.map(({ context, loss }) => ({ context, loss })),
    weeks: trials.length,
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
