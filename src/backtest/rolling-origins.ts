import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour, Zone } from "../calendar/zone.ts";
import { seasonalNaive } from "../forecast/baselines.ts";
import type { Forecast, Forecaster } from "../forecast/forecaster.ts";
import { deploySeries } from "../risk/demand.ts";
import type { RiskRequest } from "../risk/forecast-risk.ts";
import { type Events, type History, historyBefore, naturalOrigin } from "../series/history.ts";
import { hourOf } from "../series/hourly-series.ts";
import { expectedBy, type MethodId } from "./methods.ts";
import type { SeriesOutcome } from "./series-scores.ts";

/** What happened in one week and what each method had expected, made from what lay before it alone. */
export type BacktestWeek = {
  originHour: WallHour;
  /** [hours] incidents in each hour that the wall clock showed */
  observed: number[];
  /** per method [hours] */
  expected: Record<string, number[]>;
  /** where a method forecast deploys as well, and they are kept */
  deploys: SeriesOutcome | undefined;
};

/**
 * The origins of a backtest: one a week, the last a horizon before the end of the events, oldest first. The first has at
 * least two weeks of history.
 */
export function originsOf(events: Events, weeks: number, horizonHours: number): WallHour[] {
  const end = naturalOrigin(events);
  if (end === undefined) return [];
  const first = Math.min(events.deploys?.[0]?.timestamp ?? Infinity, events.incidents[0]?.timestamp ?? Infinity);
  return Array.from({ length: weeks }, (_, i) => end - horizonHours - (weeks - 1 - i) * HOURS_PER_WEEK).filter(
    (origin) => origin >= hourOf(first) + 2 * HOURS_PER_WEEK,
  );
}

/** Refits every method at one origin and looks at what came. */
export async function backtestWeek(
  events: Events,
  zone: Zone,
  originHour: WallHour,
  methods: readonly MethodId[],
  forecaster: Forecaster,
  request: RiskRequest,
): Promise<BacktestWeek> {
  const history = historyBefore(events, originHour, zone);
  const hours = Array.from({ length: request.horizonHours }, (_, i) => originHour + i).filter(
    (hour) => zone.exposure(hour) > 0,
  );
  const counts = new Map<WallHour, number>();
  for (const { timestamp, service } of events.incidents) {
    if (request.service !== undefined && service !== request.service) continue;
    const hour = hourOf(timestamp);
    counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  const expected: BacktestWeek["expected"] = {};
  let deploys: SeriesOutcome | undefined;
  for (const method of methods) {
    const { rateAt, deploys: forecast } = await expectedBy(method, history, forecaster, request);
    if (forecast !== undefined) deploys = await deployOutcome(events, history, forecast, request.horizonHours);
    expected[method] = hours.map((hour) => rateAt(hour) * zone.exposure(hour));
  }
  return { originHour, observed: hours.map((hour) => counts.get(hour) ?? 0), expected, deploys };
}

/** How many deploys were forecast and how many were started; undefined without a history of them. */
async function deployOutcome(
  events: Events,
  history: History,
  forecast: Forecast,
  horizon: number,
): Promise<SeriesOutcome | undefined> {
  const { originHour, zone } = history;
  const past = deploySeries(history);
  const all = deploySeries(historyBefore(events, originHour + horizon, zone));
  if (past === undefined || all === undefined || past.values.length === 0) return undefined;
  const [naive] = await seasonalNaive.forecast([past.values], { horizon });
  const actual = all.values.subarray(originHour - all.startHour);
  return { forecast, naive: naive!, actual, history: past.values };
}
