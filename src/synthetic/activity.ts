import { dayOfWeek, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS, type WallHour } from "../calendar/zone.ts";
import { integerBelow, pick, poisson, type Random, seededRandom, standardNormal } from "../chance/random.ts";
import type { Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";
import type { Match } from "../events/match.ts";
import {
  criticalShare,
  deployRate,
  failureChance,
  LOAD_RATE,
  loadSeverity,
  MULTIPLIER,
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

/** A deploy whose outcome is open: it fails where `luck` is below its chance. */
export type Attempt = {
  deploy: Pick<Deploy, "timestamp" | "is_critical_fix" | "deploy_size">;
  /** of an average service */
  chance: number;
  /** uniform on [0, 1) */
  luck: number;
};

/** What happens on a platform, whatever it is made of. */
export type Activity = {
  startHour: WallHour;
  /** the first hour after the history */
  endHour: WallHour;
  /** the first hour whose matches are not known */
  futureEnd: WallHour;
  /** history and future, in order of time */
  matches: Match[];
  /** in order of time */
  attempts: Attempt[];
  /** in order of their hours */
  loadIncidents: Incident[];
  /** summed multiplier of an hour's matches */
  multiplierAt: (hour: WallHour) => number;
  /** highest summed multiplier within two hours */
  intensityAt: (hour: WallHour) => number;
};

/** Hours whose load a deploy meets. */
export const TRUE_WATCH_HOURS = 2;
const NEARBY_HOURS = 2;
const MINUTE_MS = 60_000;
const STREAM = { matches: 1, deploys: 2, load: 3 };

/** Draws what happens: the same request gives the same activity on every machine. */
export function drawActivity({ seed, startHour, days, futureDays }: PlatformRequest): Activity {
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
  return {
    startHour,
    endHour,
    futureEnd,
    matches: drawn.filter(({ timestamp }) => timestamp < futureEnd * HOUR_MS),
    attempts: drawAttempts(seededRandom(seed, STREAM.deploys), startHour, endHour, intensityAt),
    loadIncidents: drawLoadIncidents(seededRandom(seed, STREAM.load), startHour, endHour, multiplierAt),
    multiplierAt,
    intensityAt,
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

function drawAttempts(
  random: Random,
  startHour: WallHour,
  endHour: WallHour,
  intensityAt: (hour: WallHour) => number,
): Attempt[] {
  const attempts: Attempt[] = [];
  for (let wallHour = startHour; wallHour < endHour; wallHour += 1) {
    const day = dayOfWeek(wallHour);
    const hour = hourOfDay(wallHour);
    const count = poisson(random, deployRate(day, hour));
    const minutes = Array.from({ length: count }, () => integerBelow(random, 60)).sort((a, b) => a - b);
    for (const minute of minutes) {
      const critical = random() < criticalShare(day, hour);
      const size = pick(random, sizeShares(critical));
      attempts.push({
        deploy: {
          timestamp: wallHour * HOUR_MS + minute * MINUTE_MS,
          is_critical_fix: critical,
          deploy_size: size,
        },
        chance: failureChance({ day, hour, critical, size, intensity: intensityAt(wallHour) }),
        luck: random(),
      });
    }
  }
  return attempts;
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
      const timestamp = hour * HOUR_MS + integerBelow(random, 60) * MINUTE_MS;
      incidents.push({ timestamp, incident_type: "load_incident", severity: loadSeverity(multiplier) });
    }
  }
  return incidents;
}
