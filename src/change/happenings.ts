import { HOUR_MS } from "../calendar/zone.ts";
import type { Belief } from "./beliefs.ts";
import type { TimedDeploy, Timeline } from "./timeline.ts";
import type { TrackRecord } from "./track-record.ts";

/** Something that changes what is known of the platform, and of a service where it is of one. */
export type Happening = { at: number; service: string | undefined; tell: (record: TrackRecord) => void };

/** Everything that history holds, in order of time. */
export function happeningsOf(timeline: Timeline, beliefs: readonly (readonly Belief[])[]): Happening[] {
  const { deploys, incidents } = timeline;
  const happenings: Happening[] = incidents.map(({ at, incident: { service } }) => ({
    at,
    service,
    tell: (record) => record.hadIncident(at),
  }));
  const runsUntil = expectedEnds(deploys);
  deploys.forEach(({ at, finishedAt, deploy: { service } }, i) => {
    happenings.push({ at, service, tell: (record) => record.started(at) });
    happenings.push({
      at: Math.min(finishedAt ?? Infinity, runsUntil[i]!),
      service,
      tell: (record) => record.stopped(),
    });
    if (finishedAt !== undefined)
      happenings.push({ at: finishedAt, service, tell: (record) => record.finished(finishedAt - at) });
    beliefs[i]!.forEach((belief, j, all) => {
      const before = all[j - 1]?.failed;
      happenings.push({ at: belief.at, service, tell: (record) => record.learned(i, belief.failed, before) });
    });
  });
  return happenings.sort((a, b) => a.at - b.at);
}

/** A deploy whose end is not known yet counts as running for so long, or so many times the average duration if longer. */
const RUNNING = { leastMs: HOUR_MS, averages: 2 };

/**
 * Until when each deploy would be taken for running if its end never came, by the durations known when it started. Whether
 * an end will ever be recorded cannot be known while a deploy runs.
 */
function expectedEnds(deploys: readonly TimedDeploy[]): Float64Array {
  const finished = deploys
    .flatMap(({ at, finishedAt }) => (finishedAt === undefined ? [] : [{ finishedAt, durationMs: finishedAt - at }]))
    .sort((a, b) => a.finishedAt - b.finishedAt);
  let known = 0;
  let durationMs = 0;
  return Float64Array.from(deploys, ({ at }) => {
    for (; known < finished.length && finished[known]!.finishedAt < at; known += 1)
      durationMs += finished[known]!.durationMs;
    return at + Math.max(RUNNING.leastMs, known === 0 ? 0 : (RUNNING.averages * durationMs) / known);
  });
}
