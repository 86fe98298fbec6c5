import type { WallHour, Zone } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";
import type { Match } from "../events/match.ts";
import type { Measurement } from "../events/measurement.ts";
import { filledFromWeeks, type HourlySeries, hourOf, relativeToMean } from "./hourly-series.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

/** What a forecast may know: everything before its origin, and the fixtures published by then. */
export type History = {
  zone: Zone;
  /** hour of the first deploy or incident; the origin where there is neither */
  startHour: WallHour;
  /** first hour to forecast */
  originHour: WallHour;
  /** in order of time, repairs included; undefined where no deploy history is kept */
  deploys: readonly Deploy[] | undefined;
  /** in order of time */
  incidents: readonly Incident[];
  /** undefined where no matches are kept */
  traffic: Traffic | undefined;
  /** traffic of hours before this one is known; after it must be forecast */
  trafficKnownUntil: WallHour;
  /** measured traffic up to the origin in units of its mean, NaN where none was measured; undefined where none is kept */
  measured: HourlySeries | undefined;
  /** the same from the start of the history on, without gaps: what was not measured is taken from the weeks around it */
  load: HourlySeries | undefined;
};

/** What happened from an hour on. */
export function historySince(history: History, startHour: WallHour): History {
  const since = <T extends { timestamp: number }>(rows: readonly T[]) =>
    rows.filter(({ timestamp }) => hourOf(timestamp) >= startHour);
  return {
    ...history,
    startHour,
    deploys: history.deploys && since(history.deploys),
    incidents: since(history.incidents),
  };
}

/** What happened to one service alone; to all where none is named. */
export function historyOf(history: History, name: string | undefined): History {
  if (name === undefined) return history;
  const own = <T extends { service?: string | undefined }>(rows: readonly T[]) =>
    rows.filter(({ service }) => service === name);
  return { ...history, deploys: history.deploys && own(history.deploys), incidents: own(history.incidents) };
}

export type Events = {
  deploys: readonly Deploy[] | undefined;
  incidents: readonly Incident[];
  matches: readonly Match[] | undefined;
  measurements?: readonly Measurement[] | undefined;
};

/** The hour after the last deploy or incident; undefined where there is neither. */
export function naturalOrigin({ deploys = [], incidents }: Events): WallHour | undefined {
  const last = Math.max(deploys.at(-1)?.timestamp ?? -Infinity, incidents.at(-1)?.timestamp ?? -Infinity);
  return Number.isFinite(last) ? hourOf(last) + 1 : undefined;
}

/**
 * Cuts events at an origin: nothing that happened at or after it remains, except matches, which are known in advance.
 *
 * @param events each list in order of time
 */
export function historyBefore(events: Events, originHour: WallHour, zone: Zone): History {
  const before = <T extends { timestamp: number }>(rows: readonly T[]) =>
    rows.filter(({ timestamp }) => hourOf(timestamp) < originHour);
  const deploys = events.deploys && before(events.deploys);
  const incidents = before(events.incidents);
  const first = Math.min(deploys?.[0]?.timestamp ?? Infinity, incidents[0]?.timestamp ?? Infinity);
  const startHour = Number.isFinite(first) ? hourOf(first) : originHour;
  const measured = events.measurements && relativeToMean(before(events.measurements), originHour);
  const lastMatch = events.matches?.at(-1)?.timestamp;
  return {
    zone,
    startHour,
    originHour,
    deploys,
    incidents,
    traffic: events.matches && trafficOf(events.matches),
    measured,
    load: measured && filledFromWeeks(measured, startHour, originHour),
    trafficKnownUntil: Math.max(originHour, lastMatch === undefined ? originHour : hourOf(lastMatch) + 1),
  };
}

/** What load incidents of a past hour are in proportion to; 0 in an hour that clocks skip. */
export function pastLoad({ load, traffic, zone }: Pick<History, "load" | "traffic" | "zone">, hour: WallHour): number {
  if (load === undefined) return traffic?.get(hour) ?? 0;
  return zone.exposure(hour) === 0 ? 0 : (load.values[hour - load.startHour] ?? 0);
}

/** How many hours of a history there are, and in how many of them no traffic was measured; undefined where none ever was. */
export function missingTraffic(history: History): { missing: number; hours: number } | undefined {
  const { measured, startHour, originHour, zone } = history;
  if (measured === undefined) return undefined;
  let [missing, hours] = [0, 0];
  for (let hour = startHour; hour < originHour; hour += 1) {
    if (zone.exposure(hour) === 0) continue;
    hours += 1;
    if (Number.isNaN(measured.values[hour - measured.startHour] ?? Number.NaN)) missing += 1;
  }
  return { missing, hours };
}
