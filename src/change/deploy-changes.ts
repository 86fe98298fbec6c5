import type { WallMs } from "../calendar/timestamp.ts";
import type { Dependency } from "../events/dependency.ts";
import type { Deploy } from "../events/deploy.ts";
import { hourOf } from "../series/hourly-series.ts";
import { nearbyIntensity, trafficOf } from "../series/traffic.ts";
import { beliefsOf } from "./beliefs.ts";
import type { ChangeTable, Column } from "./change-table.ts";
import { FEATURES, type Feature, type Moment, type PlannedDeploy, sourcesOf } from "./deploy-features.ts";
import { type Happening, happeningsOf } from "./happenings.ts";
import { type DeployHistory, instantOf, timelineOf } from "./timeline.ts";
import { TrackRecord } from "./track-record.ts";

/**
 * Every deploy but repairs as a row: what was known when it started, and whether it failed.
 *
 * @returns the rows that are decided, and how many are not: those that state no outcome and whose attribution hours had not
 *   passed when history ended, also where they have failed already, or the last day would be of failures alone
 */
export function deployChanges(history: DeployHistory): { table: ChangeTable; undecided: number } {
  const timeline = timelineOf(history);
  const beliefs = beliefsOf(timeline);
  const rows = timeline.deploys
    .map((timed, i) => ({ ...timed, outcome: beliefs[i]!.at(-1)! }))
    .filter(({ at, deploy }) => deploy.outcome !== undefined || at + timeline.attributionMs <= timeline.end);
  const planned = rows.map(({ deploy }) => plannedOf(deploy));
  // Where failures alone are stated, a success is told by silence.
  const successesAreStated = rows.some(({ deploy }) => deploy.outcome === "success");
  return {
    table: {
      times: Float64Array.from(rows, ({ at }) => at),
      failed: Uint8Array.from(rows, ({ outcome }) => Number(outcome.failed)),
      knownAt: Float64Array.from(rows, ({ outcome }) => outcome.at),
      settledAt: Float64Array.from(rows, ({ at, finishedAt, deploy, outcome }) => {
        const statedAt = successesAreStated && deploy.outcome !== undefined ? finishedAt : undefined;
        return Math.max(outcome.at, statedAt ?? at + timeline.attributionMs);
      }),
      columns: columnsOf(history, happeningsOf(timeline, beliefs), planned),
    },
    undecided: timeline.deploys.length - rows.length,
  };
}

/**
 * The columns of `deployChanges` for one deploy that may not have happened, each with one value, from what lies before it.
 *
 * @throws {RangeError} if clocks skip its time
 */
export function featuresOfChange(history: DeployHistory, deploy: PlannedDeploy): readonly Column[] {
  const timeline = timelineOf(history);
  return columnsOf(history, happeningsOf(timeline, beliefsOf(timeline)), [deploy]);
}

function plannedOf(deploy: Deploy): PlannedDeploy {
  const { timestamp, deploy_size, is_critical_fix, service, environment, deployment_type } = deploy;
  return {
    at: timestamp,
    size: deploy_size,
    critical: is_critical_fix,
    service,
    environment,
    deploymentType: deployment_type,
  };
}

/**
 * Walks through time. What happens at the very moment when a deploy starts is not known to it.
 *
 * @param planned in order of time
 * @returns columns of [planned]
 */
function columnsOf(
  history: DeployHistory,
  happenings: readonly Happening[],
  planned: readonly PlannedDeploy[],
): readonly Column[] {
  const sources = sourcesOf(history);
  const writers = FEATURES.filter(({ source }) => sources.has(source)).map((feature) =>
    writerOf(feature, planned.length),
  );
  const platform = new TrackRecord();
  const services = new Map<string, TrackRecord>();
  const recordOf = (service: string) => {
    const record = services.get(service) ?? new TrackRecord();
    services.set(service, record);
    return record;
  };
  const degreeOf = degreesOf(history.dependencies ?? []);
  const intensityAt = intensityOf(history);
  let next = 0;
  planned.forEach((deploy, row) => {
    const at = instantOf(deploy.at, history.zone);
    for (; next < happenings.length && happenings[next]!.at < at; next += 1) {
      const { service, tell } = happenings[next]!;
      tell(platform);
      if (service !== undefined) tell(recordOf(service));
    }
    const { service } = deploy;
    const moment: Moment = {
      deploy,
      at,
      platform,
      service: service === undefined ? undefined : recordOf(service),
      degree: service === undefined ? undefined : degreeOf(service),
      intensity: intensityAt(deploy.at),
    };
    for (const { write } of writers) write(row, moment);
  });
  return writers.map(({ column }) => column);
}

function writerOf(feature: Feature, rows: number): { column: Column; write: (row: number, moment: Moment) => void } {
  const { name } = feature;
  if (feature.kind === "category") {
    const values = new Array<string | undefined>(rows);
    return {
      column: { name, kind: "category", values },
      write: (row, moment) => {
        values[row] = feature.of(moment);
      },
    };
  }
  const values = new Float64Array(rows);
  return {
    column: { name, kind: "number", values, ...(feature.period === undefined ? {} : { period: feature.period }) },
    write: (row, moment) => {
      values[row] = feature.of(moment);
    },
  };
}

function intensityOf({ matches = [] }: DeployHistory): (at: WallMs) => number {
  const traffic = trafficOf(matches);
  return (at) => nearbyIntensity((hour) => traffic.get(hour) ?? 0, hourOf(at));
}

/** How many other services each needs, and how many need it; 0 for one that the graph does not name. */
function degreesOf(graph: readonly Dependency[]): (service: string) => { dependencies: number; dependents: number } {
  const callees = new Map<string, Set<string>>();
  const callers = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, key: string, other: string) =>
    to.set(key, (to.get(key) ?? new Set()).add(other));
  for (const { caller, callee } of graph) {
    if (caller === callee) continue;
    add(callees, caller, callee);
    add(callers, callee, caller);
  }
  return (service) => ({
    dependencies: callees.get(service)?.size ?? 0,
    dependents: callers.get(service)?.size ?? 0,
  });
}
