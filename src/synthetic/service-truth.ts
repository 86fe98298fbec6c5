import type { WallHour } from "../calendar/zone.ts";
import { type Activity, TRUE_WATCH_HOURS } from "./activity.ts";
import type { Reach } from "./cascade.ts";
import { type TrueHour, trueRates, trueRisk } from "./platform.ts";
import { SURFACING_MINUTES } from "./service-scenario.ts";
import type { Service } from "./services.ts";

export type ServiceTrueHour = TrueHour & {
  /** failures that reached a service from one that it calls, per hour */
  otherIncidents: number;
};

/** What a failure brings about: so many incidents, and the sum of their minutes since it, at most 60 each. */
type Aftermath = { incidents: number; minutes: number };

const MINUTES_PER_HOUR = 60;

/**
 * What every hour was drawn from, averaged over services and their spells. Nothing fails before the first hour.
 *
 * @param reaches [services]
 */
export function trueHours(
  activity: Activity,
  services: readonly Service[],
  reaches: readonly Reach[],
): ServiceTrueHour[] {
  const { startHour, futureEnd } = activity;
  const rates = Array.from({ length: futureEnd - startHour + TRUE_WATCH_HOURS - 1 }, (_, i) =>
    trueRates(startHour + i, activity),
  );
  const failuresAt = (hour: WallHour) => {
    const rate = rates[hour - startHour];
    return rate === undefined ? 0 : rate.expectedDeploys * rate.deployFailureProbability;
  };
  const loadAt = (hour: WallHour) => rates[hour - startHour]?.loadIncidents ?? 0;

  const surfacing = { incidents: 1, minutes: (SURFACING_MINUTES.from + SURFACING_MINUTES.to) / 2 };
  const ofDeploys = meanReach(
    reaches,
    services.map(({ deployShare, failureFactor }) => deployShare * failureFactor),
  );
  const beyondDeploys = { ...ofDeploys, minutes: ofDeploys.minutes + ofDeploys.incidents * surfacing.minutes };
  const beyondLoad = meanReach(
    reaches,
    services.map(() => 1 / services.length),
  );
  const othersAt = (hour: WallHour) => after(failuresAt, beyondDeploys, hour) + after(loadAt, beyondLoad, hour);

  return rates.slice(0, futureEnd - startHour).map((rate, i) => {
    const hour = startHour + i;
    const otherIncidents = othersAt(hour);
    return {
      hour,
      ...rate,
      otherIncidents,
      expectedIncidents: after(failuresAt, surfacing, hour) + rate.loadIncidents + otherIncidents,
      risk: trueRisk(hour, rate.deployFailureProbability, (h) => loadAt(h) + othersAt(h)),
    };
  });
}

/** What cascades come to, on average over the services where they start by `weights`, which sum to 1. */
function meanReach(reaches: readonly Reach[], weights: readonly number[]): Aftermath {
  const mean = { incidents: 0, minutes: 0 };
  reaches.forEach(({ hits, minutes }, service) => {
    mean.incidents += weights[service]! * hits;
    mean.minutes += weights[service]! * minutes;
  });
  return mean;
}

/** Incidents per hour: a cause at any minute alike has of each aftermath minutes/60 in the next hour. */
function after(rateAt: (hour: WallHour) => number, { incidents, minutes }: Aftermath, hour: WallHour): number {
  const later = minutes / MINUTES_PER_HOUR;
  return rateAt(hour) * (incidents - later) + rateAt(hour - 1) * later;
}
