import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour, Zone } from "../calendar/zone.ts";
import { canCause } from "../events/deploy.ts";
import { seasonalNaive } from "../forecast/baselines.ts";
import type { Forecast, Forecaster } from "../forecast/forecaster.ts";
import { deploySeries } from "../risk/demand.ts";
import type { RiskRequest } from "../risk/forecast-risk.ts";
import { type Events, type History, historyBefore, naturalOrigin } from "../series/history.ts";
import { hourOf, ratePerHour } from "../series/hourly-series.ts";
import type { MethodId } from "./method-names.ts";
import { expectedBy } from "./methods.ts";
import type { SeriesOutcome } from "./series-scores.ts";

/** What happened in one week and what each method had expected, made from what lay before it alone. */
export type BacktestWeek = {
  originHour: WallHour;
  /** [hours] incidents in each hour that the wall clock showed */
  observed: number[];
  /** [hours] clock hours of each: 2 where clocks repeat one */
  exposure: number[];
  /** per method [hours] */
  expected: Record<string, number[]>;
  /** where a method forecast deploys as well, and they are kept */
  deploys: SeriesOutcome | undefined;
};

/**
 * The origins of a backtest: one a week, or as many weeks apart as a longer horizon needs for no hour to be forecast twice,
 * the last a horizon before the end of the events, oldest first. The first has at least two weeks of history.
 */
export function originsOf(events: Events, weeks: number, horizonHours: number): WallHour[] {
  const end = naturalOrigin(events);
  if (end === undefined) return [];
  const first = Math.min(events.deploys?.[0]?.timestamp ?? Infinity, events.incidents[0]?.timestamp ?? Infinity);
  const apart = Math.ceil(horizonHours / HOURS_PER_WEEK) * HOURS_PER_WEEK;
  return Array.from({ length: weeks }, (_, i) => end - horizonHours - (weeks - 1 - i) * apart).filter(
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
  const own = events.incidents.filter(({ service }) => request.service === undefined || service === request.service);
  const counted = ratePerHour(own, originHour, originHour + request.horizonHours, zone).values;
  const expected: BacktestWeek["expected"] = {};
  let deploys: SeriesOutcome | undefined;
  for (const method of methods) {
    const { rateAt, deploys: forecast } = await expectedBy(method, history, forecaster, request);
    if (forecast !== undefined) deploys = await deployOutcome(events, history, forecast, request.horizonHours);
    expected[method] = hours.map((hour) => rateAt(hour) * zone.exposure(hour));
  }
  return {
    originHour,
    observed: hours.map((hour) => counted[hour - originHour]! * zone.exposure(hour)),
    exposure: hours.map((hour) => zone.exposure(hour)),
    expected,
    deploys,
  };
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
  if (past === undefined || past.values.length === 0) return undefined;
  const [naive] = await seasonalNaive.forecast([past.values], { horizon });
  const started = (events.deploys ?? []).filter(canCause);
  const actual = ratePerHour(started, originHour, originHour + horizon, zone).values;
  return { forecast, naive: naive!, actual, history: past.values };
}
