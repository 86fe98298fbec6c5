/**
 * What a backtest compares: the full model, and what a team could do without it.
 * @module
 */

import { HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { canCause } from "../events/deploy.ts";
import { causeOf } from "../events/incident.ts";
import type { Forecast, Forecaster } from "../forecast/forecaster.ts";
import { stackWithClimatology } from "../forecast/stack.ts";
import { forecastDemand } from "../risk/demand.ts";
import { forecastRisk, type RiskRequest } from "../risk/forecast-risk.ts";
import { countsPerHour, fitTwoFactorRate } from "../risk/two-factor-rate.ts";
import { type History, historyOf, historySince, pastLoad } from "../series/history.ts";
import { hourOf, ratePerHour } from "../series/hourly-series.ts";
import type { MethodId } from "./method-names.ts";

/** Incidents per clock hour expected at each hour after the origin, > 0. */
export type ExpectedIncidents = (hour: WallHour) => number;

export type MethodForecast = {
  rateAt: ExpectedIncidents;
  /** of the methods that forecast deploys as well */
  deploys?: Forecast | undefined;
};

/**
 * Fits a method to a history, which holds nothing at or after its origin but fixtures. Asked for one service, drp reads the
 * whole platform; the others read that service alone.
 */
export async function expectedBy(
  method: MethodId,
  platform: History,
  forecaster: Forecaster,
  request: RiskRequest,
): Promise<MethodForecast> {
  const history = historyOf(platform, request.service);
  switch (method) {
    case "drp": {
      const { hours, deployForecast } = await forecastRisk(platform, stackWithClimatology(forecaster), request);
      const byHour = new Map(hours.map(({ hour, expectedIncidents }) => [hour, expectedIncidents]));
      return { rateAt: (hour) => byHour.get(hour)!, deploys: deployForecast };
    }
    case "timesfmIncidents":
      return { rateAt: withFloor(history, await timesFmOnCounts(history, forecaster, request)) };
    case "timesfmParts":
      return { rateAt: withFloor(history, await timesFmOnParts(history, forecaster, request)) };
    case "hourOfWeek":
      return { rateAt: withFloor(history, hourOfWeekRate(history)) };
    case "twoFactor":
      return { rateAt: twoFactorRate(history) };
    case "constant":
      return { rateAt: constantRate(history) };
    case "lastWeek":
      return { rateAt: withFloor(history, lastWeekRate(history)) };
  }
}

const CONSTANT_WEEKS = 26;
const TWO_FACTOR_WEEKS = 52;

/**
 * Methods that copy counts expect nothing where nothing was seen, and one incident there would cost them infinitely much:
 * a tenth of what they say is the constant rate.
 */
const FLOOR_SHARE = 0.1;

function withFloor(history: History, rate: ExpectedIncidents): ExpectedIncidents {
  const constant = constantRate(history);
  return (hour) => (1 - FLOOR_SHARE) * rate(hour) + FLOOR_SHARE * constant(hour);
}

function constantRate(history: History): ExpectedIncidents {
  const { incidents, hours } = latest(history, CONSTANT_WEEKS);
  const rate = (incidents.length + 0.5) / (hours + 1); // half an incident, so that none is not taken for never
  return () => rate;
}

/** Incidents of each hour of the week; where deploys are kept, deploys of each times incidents per deploy. */
function hourOfWeekRate(history: History): ExpectedIncidents {
  const { startHour, incidents, deploys, hours } = latest(history, CONSTANT_WEEKS);
  const counted = deploys !== undefined && deploys.length > 0 ? deploys : incidents;
  const events = weeklyCounts(counted);
  const exposure = weeklyExposure(history, startHour);
  const incidentsPerEvent = counted.length === 0 ? 0 : incidents.length / counted.length;
  return (hour) => {
    const cell = hourOfWeek(hour);
    return hours === 0 || exposure[cell] === 0 ? 0 : (events[cell]! / exposure[cell]!) * incidentsPerEvent;
  };
}

function twoFactorRate(history: History): ExpectedIncidents {
  const { startHour, incidents } = latest(history, TWO_FACTOR_WEEKS);
  const counts = countsPerHour(incidents, startHour, history.originHour, (hour) => history.zone.exposure(hour));
  const { rates } = fitTwoFactorRate(counts, { events: 0.5, exposure: 1 });
  return (hour) => rates[hourOfWeek(hour)]!;
}

function lastWeekRate(history: History): ExpectedIncidents {
  const { incidents } = latest(history, 1);
  const counts = weeklyCounts(incidents);
  return (hour) => counts[hourOfWeek(hour)]!;
}

async function timesFmOnCounts(
  { incidents, startHour, originHour, zone }: History,
  forecaster: Forecaster,
  { horizonHours, context, signal }: RiskRequest,
): Promise<ExpectedIncidents> {
  const { values } = ratePerHour(incidents, startHour, originHour, zone);
  if (values.length === 0) return () => 0;
  const [forecast] = await forecaster.forecast([values], {
    horizon: horizonHours,
    ...(context === undefined ? {} : { context }),
    ...(signal === undefined ? {} : { signal }),
  });
  return (hour) => Math.max(0, forecast!.mean[hour - originHour]!);
}

/** Deploys by TimesFM × incidents per deploy, and traffic × load incidents per unit of it, both of the last half year. */
async function timesFmOnParts(
  history: History,
  forecaster: Forecaster,
  request: RiskRequest,
): Promise<ExpectedIncidents> {
  const { originHour, zone } = history;
  const demand = await forecastDemand(history, forecaster, originHour + request.horizonHours, request);
  const { startHour, incidents, deploys, hours } = latest(history, CONSTANT_WEEKS);
  const ofLoad = incidents.filter(
    (incident) => causeOf(incident) === "load" && pastLoad(history, hourOf(incident.timestamp)) > 0,
  ).length;
  let load = 0;
  for (let hour = startHour; hour < originHour; hour += 1) load += zone.exposure(hour) * pastLoad(history, hour);
  const perLoad = load === 0 ? 0 : ofLoad / load;
  const rest = incidents.length - ofLoad;
  return (hour) => {
    const byDeploys = deploys?.length
      ? (demand.deploysAt(hour).mean * rest) / deploys.length
      : rest / Math.max(1, hours);
    return byDeploys + demand.loadAt(hour).mean * perLoad;
  };
}

/** The last weeks of a history, or all of it where it is shorter; deploys without repairs. */
function latest(history: History, weeks: number) {
  const { originHour, zone } = history;
  const startHour = Math.max(history.startHour, originHour - weeks * HOURS_PER_WEEK);
  const { deploys, incidents } = historySince(history, startHour);
  let hours = 0;
  for (let hour = startHour; hour < originHour; hour += 1) hours += zone.exposure(hour);
  return { startHour, hours, incidents, deploys: deploys?.filter(canCause) };
}

/** Rows in each hour of the week. [168] */
function weeklyCounts(rows: readonly { timestamp: number }[]): Float64Array {
  const counts = new Float64Array(HOURS_PER_WEEK);
  for (const { timestamp } of rows) counts[hourOfWeek(hourOf(timestamp))]! += 1;
  return counts;
}

/** Clock hours that each hour of the week had from `startHour` to the origin. [168] */
function weeklyExposure({ originHour, zone }: History, startHour: WallHour): Float64Array {
  const exposure = new Float64Array(HOURS_PER_WEEK);
  for (let hour = startHour; hour < originHour; hour += 1) exposure[hourOfWeek(hour)]! += zone.exposure(hour);
  return exposure;
}
