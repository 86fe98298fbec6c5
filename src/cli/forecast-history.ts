import { type Timestamp, wallText } from "../calendar/timestamp.ts";
import { HOURS_PER_DAY, HOURS_PER_WEEK } from "../calendar/week.ts";
import { HOUR_MS, type WallHour, type Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import { canCause } from "../events/deploy.ts";
import { counted } from "../naming/counted.ts";
import { type Events, type History, historyBefore, naturalOrigin } from "../series/history.ts";
import { hourOf } from "../series/hourly-series.ts";
import { instantOf } from "./instant-of.ts";
import type { Io } from "./io.ts";

type OriginOptions = { origin?: Timestamp | "now"; timezone: Zone };

/** A week has no shape before it has been seen twice. */
const SHORT_HISTORY_HOURS = 336;

/**
 * What a forecast may know: all before the origin asked for.
 *
 * @throws {UserError} exit 2 if clocks skip the origin, or its year is a slip
 */
export function historyAsked(options: OriginOptions, events: Events, io: Io): History {
  const history = historyBefore(events, originOf(options, events, io), options.timezone);
  checkSpan(history);
  return history;
}

/** The first hour to forecast. */
function originOf({ origin, timezone: zone }: OriginOptions, events: Events, io: Io): WallHour {
  const now = hourOf(zone.wallAt(io.now()));
  if (origin === "now") return now;
  if (origin === undefined) {
    let hour = naturalOrigin(events) ?? now;
    while (zone.startOf(hour) === undefined) hour += 1; // clocks may skip the hour after the last event
    return hour;
  }
  return hourOf(zone.wallAt(instantOf(origin, zone, io)));
}

/** Every hour of a history is in memory; nobody's is longer. */
const LONGEST_YEARS = 120;

/** @throws {UserError} exit 2 if the origin lies so far from the first event that its year is a slip */
function checkSpan({ startHour, originHour }: History): void {
  const years = (originHour - startHour) / (365.25 * HOURS_PER_DAY);
  if (years <= LONGEST_YEARS) return;
  throw new UserError(
    `Cannot forecast from "${wallText(originHour * HOUR_MS)}": the first deploy or incident is ${Math.round(years)} years before, expected at most ${LONGEST_YEARS}`,
    ExitCode.usage,
  );
}

/** So long nothing may happen anywhere. */
const HOLIDAYS_HOURS = 2 * HOURS_PER_WEEK;

/**
 * Hours since the last deploy or incident, where they are more than ever before: data that stopped coming look like a quiet time,
 * in which nothing is risky.
 */
function silenceOf({ deploys = [], incidents, originHour }: History): number | undefined {
  const hours = [...deploys, ...incidents].map(({ timestamp }) => hourOf(timestamp)).sort((a, b) => a - b);
  const last = hours.at(-1);
  if (last === undefined) return undefined;
  const longest = hours.reduce((most, hour, i) => Math.max(most, hour - (hours[i - 1] ?? hour)), HOLIDAYS_HOURS);
  return originHour - last > longest ? originHour - last : undefined;
}

/** What people should know of a history before they believe a forecast from it. */
export function warningsOf(history: History, events: Events): string[] {
  const { startHour, originHour } = history;
  const warnings: string[] = [];
  const held =
    (events.deploys?.length ?? 0) + events.incidents.length - (history.deploys?.length ?? 0) - history.incidents.length;
  if (held > 0)
    warnings.push(`held back: ${counted(held, "deploy or incident", "deploys and incidents")} at or after the origin`);
  const silence = silenceOf(history);
  if (silence !== undefined)
    warnings.push(
      `no deploy or incident in the ${Math.floor(silence / HOURS_PER_DAY)} days before the origin, longer than ever: they count as quiet`,
    );
  const { deploys } = history;
  if (deploys !== undefined && history.incidents.length > 0 && !deploys.some(canCause))
    warnings.push(
      `no deploy${deploys.length === 0 ? "" : " but rollbacks"} before the origin: how often deploys fail is that of the prior alone`,
    );
  if (history.incidents.length === 0)
    warnings.push("no incident before the origin: rates are those of the prior alone");
  else if (originHour - startHour < SHORT_HISTORY_HOURS) {
    warnings.push(
      `only ${counted(originHour - startHour, "hour")} of history: with less than two weeks the clock's share of the risk is a guess`,
    );
  }
  return warnings;
}
