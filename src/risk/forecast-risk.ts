import type { WallHour, Zone } from "../calendar/zone.ts";
import type { Forecaster } from "../forecast/forecaster.ts";
import { type History, historyOf } from "../series/history.ts";
import type { Change } from "./change.ts";
import { chooseSuperposition } from "./choose-superposition.ts";
import { forecastDemand } from "./demand.ts";
import { followedUp } from "./follow-ups.ts";
import { chanceOfAny, gammaBand } from "./gamma.ts";
import { power, product, type Rate, total } from "./rate.ts";
import type { RiskForecast, RiskHour } from "./risk-forecast.ts";
import { narrowed } from "./service.ts";
import type { FailureEstimate } from "./superposition.ts";

export type RiskRequest = {
  /** wall-clock hours to forecast */
  horizonHours: number;
  /** W: how long a deploy is watched after it starts */
  watchHours: number;
  /** the longest time from a deploy to an incident that is put down to it */
  attributionHours: number;
  /** the change whose risk is asked for; the average deploy unless given */
  change?: Change;
  /** the service whose deploys, failures and incidents are forecast; the whole platform unless given */
  service?: string;
  /** latest hours of history that the forecaster reads; its own choice unless given */
  context?: number;
  signal?: AbortSignal;
};

/** Hours after the origin that are forecast: the horizon, the watch of its last hour, and an hour that clocks skip. */
export function hoursAhead({ horizonHours, watchHours }: Pick<RiskRequest, "horizonHours" | "watchHours">): number {
  return horizonHours + watchHours + 2;
}

/**
 * Forecasts the risk of every hour from its parts: D from the forecaster, f, g, L and B from the superposition of causes that
 * history fits best.
 *
 * @returns an entry for each hour of the horizon that the wall clock shows
 * @throws whatever the forecaster throws, or the signal's reason
 */
export async function forecastRisk(
  history: History,
  forecaster: Forecaster,
  request: RiskRequest,
): Promise<RiskForecast> {
  const { zone, originHour } = history;
  const { horizonHours, watchHours, attributionHours, change = {}, service, signal } = request;
  const endHour = originHour + horizonHours;
  const demand = await forecastDemand(history, forecaster, originHour + hoursAhead(request), request);

  const { fit } = await chooseSuperposition(history, attributionHours, demand.intensityAt, signal);
  const causes = service === undefined ? fit : narrowed(fit, history, service);
  const loadAt = (hour: WallHour) =>
    total(causes.load.map((rate, lag) => product(rate, power(demand.loadAt(hour - lag), causes.loadPower))));
  const failureOf = history.deploys && ((hour: WallHour) => causes.failureAt(hour, {}));
  const deployedAt = failureOf
    ? (hour: WallHour) => deployIncidents(hour, demand.deploysAt, failureOf, causes.delay, zone)
    : () => ({ mean: 0, variance: 0 });
  const withFollowUps = followedUp(causes.followUps, historyOf(history, service).incidents, zone);
  const hours: RiskHour[] = [];
  for (let hour = originHour; hour < endHour; hour += 1) {
    const startMs = zone.startOf(hour);
    if (startMs === undefined) continue;
    const roots = total([deployedAt(hour), loadAt(hour), causes.otherAt(hour)]);
    const { incidents, started } = withFollowUps(hour, roots);
    const { mean, variance } = incidents;
    const duration = zone.exposure(hour);
    const band = gammaBand(mean, variance);
    const failure = history.deploys === undefined ? undefined : causes.failureAt(hour, change);
    const probability = failure?.probability ?? null;
    const met = overWatch(hour, watchHours, zone, (h) => loadAt(h).mean + causes.otherAt(h).mean);
    hours.push({
      hour,
      startMs,
      durationHours: duration,
      expectedDeploys: probability === null ? null : demand.deploysAt(hour).mean,
      deployFailureProbability: probability,
      failureParts: failure?.parts ?? null,
      loadIncidents: loadAt(hour).mean,
      otherIncidents: causes.otherAt(hour).mean,
      followUpIncidents: mean - roots.mean,
      expectedIncidents: mean,
      expectedIncidentsP10: band.p10,
      expectedIncidentsP90: band.p90,
      probabilityOfIncident: chanceOfAny(started.mean * duration, started.variance * duration ** 2),
      risk: 1 - (1 - (probability ?? 0)) * Math.exp(-met),
    });
  }
  return {
    zone,
    originHour,
    horizonHours,
    watchHours,
    change,
    service: service ?? null,
    deployForecast: demand.deployForecast,
    hours,
  };
}

/** Σ_j D(h−j)·f(h−j)·g(j): incidents per clock hour that deploys of this hour and of those before it cause. */
function deployIncidents(
  hour: WallHour,
  deploysAt: (hour: WallHour) => Rate,
  failureOf: (hour: WallHour) => FailureEstimate,
  delay: Float64Array,
  zone: Zone,
): Rate {
  const duration = zone.exposure(hour);
  let mean = 0;
  let deployVariance = 0;
  let failureDeviation = 0; // estimates of f share their data: their errors add up, they do not cancel
  for (let j = 0; j < delay.length; j += 1) {
    const deploys = deploysAt(hour - j);
    const weight = (delay[j]! * zone.exposure(hour - j)) / duration;
    const { probability, variance } = failureOf(hour - j);
    mean += weight * deploys.mean * probability;
    deployVariance += (weight * probability) ** 2 * deploys.variance;
    failureDeviation += weight * deploys.mean * Math.sqrt(variance);
  }
  return { mean, variance: deployVariance + failureDeviation ** 2 };
}

/** Sums a rate over the `watchHours` clock hours that follow the start of `hour`. */
function overWatch(hour: WallHour, watchHours: number, zone: Zone, rateAt: (hour: WallHour) => number): number {
  let sum = 0;
  let left = watchHours;
  for (let h = hour; left > 0; h += 1) {
    const spent = Math.min(left, zone.exposure(h));
    sum += spent * rateAt(h);
    left -= spent;
  }
  return sum;
}
