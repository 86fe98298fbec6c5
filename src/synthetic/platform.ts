import { dayOfWeek, hourOfDay } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";
import type { Match } from "../events/match.ts";
import { type Activity, drawActivity, type PlatformRequest, TRUE_WATCH_HOURS } from "./activity.ts";
import { deployRate, deploySeverity, LOAD_RATE, meanFailureChance } from "./scenario.ts";

/** What an hour was drawn from. Rates per hour. */
export type TrueHour = {
  hour: WallHour;
  expectedDeploys: number;
  /** averaged over sizes and criticality */
  deployFailureProbability: number;
  loadIncidents: number;
  expectedIncidents: number;
  /** of a deploy watched for `TRUE_WATCH_HOURS` */
  risk: number;
};

export type Platform = {
  /** history and future, in order of time */
  matches: Match[];
  deploys: Deploy[];
  incidents: Incident[];
  /** one entry an hour of history and future */
  truth: TrueHour[];
};

/** Draws a platform: the same request gives the same platform on every machine. */
export function generatePlatform(request: PlatformRequest): Platform {
  const activity = drawActivity(request);
  const { matches, attempts, loadIncidents, startHour, futureEnd } = activity;
  const deployIncidents = attempts
    .filter(({ chance, luck }) => luck < chance)
    .map(({ deploy: { timestamp }, chance }) => ({
      timestamp,
      incident_type: "deploy_incident",
      severity: deploySeverity(chance),
    }));
  const truth: TrueHour[] = [];
  for (let hour = startHour; hour < futureEnd; hour += 1) truth.push(truthOf(hour, activity));
  return {
    matches,
    deploys: attempts.map(({ deploy }) => deploy),
    incidents: [...deployIncidents, ...loadIncidents].sort((a, b) => a.timestamp - b.timestamp),
    truth,
  };
}

function truthOf(hour: WallHour, activity: Activity): TrueHour {
  const rates = trueRates(hour, activity);
  const { expectedDeploys, deployFailureProbability, loadIncidents } = rates;
  return {
    hour,
    ...rates,
    expectedIncidents: expectedDeploys * deployFailureProbability + loadIncidents,
    risk: trueRisk(hour, deployFailureProbability, (h) => LOAD_RATE * activity.multiplierAt(h)),
  };
}

/** The rates of an hour that nothing but the hour and its matches decides. */
export function trueRates(
  hour: WallHour,
  { multiplierAt, intensityAt }: Pick<Activity, "multiplierAt" | "intensityAt">,
): Pick<TrueHour, "expectedDeploys" | "deployFailureProbability" | "loadIncidents"> {
  return {
    expectedDeploys: deployRate(dayOfWeek(hour), hourOfDay(hour)),
    deployFailureProbability: meanFailureChance(dayOfWeek(hour), hourOfDay(hour), intensityAt(hour)),
    loadIncidents: LOAD_RATE * multiplierAt(hour),
  };
}

/**
 * Chance that a deploy started in `hour` fails, or meets an incident of another cause in its watch.
 *
 * @param metAt incidents per hour that a deploy does not cause
 */
export function trueRisk(hour: WallHour, failure: number, metAt: (hour: WallHour) => number): number {
  let met = 0;
  for (let k = 0; k < TRUE_WATCH_HOURS; k += 1) met += metAt(hour + k);
  return 1 - (1 - failure) * Math.exp(-met);
}
