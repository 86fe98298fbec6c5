import { type WallMs, wallText } from "../calendar/timestamp.ts";
import { HOUR_MS, type Zone } from "../calendar/zone.ts";
import type { Dependency } from "../events/dependency.ts";
import { canCause, type Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";
import type { Match } from "../events/match.ts";

/** What a team has kept of its deploys, each list in order of time. */
export type DeployHistory = {
  deploys: readonly Deploy[];
  incidents: readonly Incident[];
  /** undefined where no matches are kept */
  matches: readonly Match[] | undefined;
  /** undefined where no graph of services is kept */
  dependencies: readonly Dependency[] | undefined;
  zone: Zone;
  /** the longest time from a deploy to an incident that is put down to it */
  attributionHours: number;
};

/** A deploy at an instant, epoch milliseconds, so that durations are right where clocks change. */
export type TimedDeploy = {
  at: number;
  /** undefined where it is not recorded, or lies before the start */
  finishedAt: number | undefined;
  deploy: Deploy;
};

/** A history in instants, epoch milliseconds, each list in order of time. */
export type Timeline = {
  /** all but repairs */
  deploys: readonly TimedDeploy[];
  repairs: readonly TimedDeploy[];
  incidents: readonly { at: number; incident: Incident }[];
  attributionMs: number;
  /** when the last deploy, repair or incident happened; −Infinity where there is none */
  end: number;
};

/** @throws {RangeError} if an event is at a time that clocks skip */
export function timelineOf({ deploys, incidents, zone, attributionHours }: DeployHistory): Timeline {
  const timed = deploys.map((deploy): TimedDeploy => {
    const at = instantOf(deploy.timestamp, zone);
    const finishedAt = deploy.finished_at === undefined ? undefined : instantOf(deploy.finished_at, zone);
    return { at, finishedAt: finishedAt !== undefined && finishedAt >= at ? finishedAt : undefined, deploy };
  });
  const timedIncidents = incidents.map((incident) => ({ at: instantOf(incident.timestamp, zone), incident }));
  return {
    deploys: timed.filter(({ deploy }) => canCause(deploy)),
    repairs: timed.filter(({ deploy }) => !canCause(deploy)),
    incidents: timedIncidents,
    attributionMs: attributionHours * HOUR_MS,
    end: Math.max(timed.at(-1)?.at ?? -Infinity, timedIncidents.at(-1)?.at ?? -Infinity),
  };
}

/** @throws {RangeError} if clocks skip the time */
export function instantOf(wallMs: WallMs, zone: Zone): number {
  const instant = zone.instantAt(wallMs);
  if (instant !== undefined) return instant;
  throw new RangeError(
    `Cannot place an event at "${wallText(wallMs)}": expected a time that clocks in ${zone.id} show`,
  );
}
