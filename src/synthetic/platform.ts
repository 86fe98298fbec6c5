import { dayOfWeek, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS, type WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";
import type { Match } from "../events/match.ts";
import { poisson, type Random, seededRandom, standardNormal } from "../chance/random.ts";
import {
  criticalShare,
  deployRate,
  deploySeverity,
  failureChance,
  LOAD_RATE,
  loadSeverity,
  MULTIPLIER,
  meanFailureChance,
  sizeShares,
  TOURNAMENTS,
} from "./scenario.ts";

export type PlatformRequest = {
  /** 0 to 2³² − 1 */
  seed: number;
  /** first hour */
  startHour: WallHour;
  /** days of history, at least 1 */
  days: number;
  /** days after the history whose matches are known */
  futureDays: number;
};

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

export const TRUE_WATCH_HOURS = 2;
const NEARBY_HOURS = 2;
const MINUTE_MS = 60_000;
const STREAM = { matches: 1, deploys: 2, load: 3 };

/** Draws a platform: the same request gives the same platform on every machine. */
export function generatePlatform({ seed, startHour, days, futureDays }: PlatformRequest): Platform {
  const endHour = startHour + days * 24;
  const futureEnd = endHour + futureDays * 24;
  // Matches of the hours just after the last one shape its truth; they are drawn, but not published.
  const drawn = drawMatches(seededRandom(seed, STREAM.matches), startHour, futureEnd + TRUE_WATCH_HOURS + NEARBY_HOURS);
  const multipliers = new Map<WallHour, number>();
  for (const { timestamp, traffic_multiplier } of drawn) {
    const hour = timestamp / HOUR_MS;
    multipliers.set(hour, (multipliers.get(hour) ?? 0) + traffic_multiplier);
  }
  const multiplierAt = (hour: WallHour) => multipliers.get(hour) ?? 0;
  const intensityAt = (hour: WallHour) => {
    let highest = 0;
    for (let h = hour - NEARBY_HOURS; h <= hour + NEARBY_HOURS; h += 1) highest = Math.max(highest, multiplierAt(h));
    return highest;
  };
  const { deploys, incidents } = drawDeploys(seededRandom(seed, STREAM.deploys), startHour, endHour, intensityAt);
  incidents.push(...drawLoadIncidents(seededRandom(seed, STREAM.load), startHour, endHour, multiplierAt));
  const truth: TrueHour[] = [];
  for (let hour = startHour; hour < futureEnd; hour += 1) truth.push(truthOf(hour, multiplierAt, intensityAt));
  return {
    matches: drawn.filter(({ timestamp }) => timestamp < futureEnd * HOUR_MS),
    deploys,
    incidents: incidents.sort((a, b) => a.timestamp - b.timestamp),
    truth,
  };
}

function drawMatches(random: Random, startHour: WallHour, endHour: WallHour): Match[] {
  const matches: Match[] = [];
  for (let hour = startHour; hour < endHour; hour += 1) {
    for (const { name, days, hours, meanMultiplier, chance } of TOURNAMENTS) {
      if (!days.includes(dayOfWeek(hour)) || hourOfDay(hour) < hours[0] || hourOfDay(hour) >= hours[1]) continue;
      if (random() >= chance) continue;
      const multiplier = meanMultiplier + MULTIPLIER.deviation * standardNormal(random);
      const clipped = Math.min(MULTIPLIER.max, Math.max(MULTIPLIER.min, multiplier));
      // Rounded as it is written, so that the truth follows from the file.
      matches.push({
        timestamp: hour * HOUR_MS,
        tournament: name,
        traffic_multiplier: Math.round(clipped * 1e3) / 1e3,
      });
    }
  }
  return matches;
}

function drawDeploys(
  random: Random,
  startHour: WallHour,
  endHour: WallHour,
  intensityAt: (hour: WallHour) => number,
): { deploys: Deploy[]; incidents: Incident[] } {
  const deploys: Deploy[] = [];
  const incidents: Incident[] = [];
  for (let wallHour = startHour; wallHour < endHour; wallHour += 1) {
    const day = dayOfWeek(wallHour);
    const hour = hourOfDay(wallHour);
    const count = poisson(random, deployRate(day, hour));
    const minutes = Array.from({ length: count }, () => minuteOf(random)).sort((a, b) => a - b);
    for (const minute of minutes) {
      const timestamp = wallHour * HOUR_MS + minute * MINUTE_MS;
      const critical = random() < criticalShare(day, hour);
      const size = pick(random, sizeShares(critical));
      const chance = failureChance({ day, hour, critical, size, intensity: intensityAt(wallHour) });
      deploys.push({ timestamp, is_critical_fix: critical, deploy_size: size });
      if (random() < chance) {
        incidents.push({ timestamp, incident_type: "deploy_incident", severity: deploySeverity(chance) });
      }
    }
  }
  return { deploys, incidents };
}

function drawLoadIncidents(
  random: Random,
  startHour: WallHour,
  endHour: WallHour,
  multiplierAt: (hour: WallHour) => number,
): Incident[] {
  const incidents: Incident[] = [];
  for (let hour = startHour; hour < endHour; hour += 1) {
    const multiplier = multiplierAt(hour);
    for (let left = poisson(random, LOAD_RATE * multiplier); left > 0; left -= 1) {
      const timestamp = hour * HOUR_MS + minuteOf(random) * MINUTE_MS;
      incidents.push({ timestamp, incident_type: "load_incident", severity: loadSeverity(multiplier) });
    }
  }
  return incidents;
}

function truthOf(
  hour: WallHour,
  multiplierAt: (hour: WallHour) => number,
  intensityAt: (hour: WallHour) => number,
): TrueHour {
  const expectedDeploys = deployRate(dayOfWeek(hour), hourOfDay(hour));
  const failure = meanFailureChance(dayOfWeek(hour), hourOfDay(hour), intensityAt(hour));
  const loadIncidents = LOAD_RATE * multiplierAt(hour);
  let met = 0;
  for (let k = 0; k < TRUE_WATCH_HOURS; k += 1) met += LOAD_RATE * multiplierAt(hour + k);
  return {
    hour,
    expectedDeploys,
    deployFailureProbability: failure,
    loadIncidents,
    expectedIncidents: expectedDeploys * failure + loadIncidents,
    risk: 1 - (1 - failure) * Math.exp(-met),
  };
}

function minuteOf(random: Random): number {
  return Math.floor(random() * 60);
}

function pick<T>(random: Random, shares: readonly (readonly [T, number])[]): T {
  let left = random();
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return shares.at(-1)![0]; // what rounding leaves over
}
