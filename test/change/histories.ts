import fc from "fast-check";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import type { Column } from "../../src/change/change-table.ts";
import type { DeployHistory } from "../../src/change/timeline.ts";
import type { Deploy } from "../../src/events/deploy.ts";
import type { Incident } from "../../src/events/incident.ts";
import { deploy, incident, match, wall } from "../risk/events.ts";

export const ATTRIBUTION_HOURS = 24;
export const START = wall("2024-01-01 00:00");
const HOURS = 24 * 42;

const service = fc.constantFrom("shop-api", "web", undefined);
const hour = fc.integer({ min: 1, max: HOURS }).map((hours) => START + hours * HOUR_MS); // ties are wanted

const deploys: fc.Arbitrary<Deploy[]> = fc
  .array(
    fc.record({
      timestamp: hour,
      is_critical_fix: fc.boolean(),
      deploy_size: fc.constantFrom("small", "medium", "large"),
      id: fc.constantFrom("a", "b", "c", undefined),
      service,
      is_rollback: fc.constantFrom(true, false, false, false),
      environment: fc.constantFrom("production", undefined),
      deployment_type: fc.constantFrom("canary", undefined),
      runsHours: fc.option(fc.integer({ min: -1, max: 40 }), { nil: undefined }),
      outcome: fc.constantFrom("success", "failure", undefined, undefined),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows.map(({ runsHours, ...row }) => ({
      ...row,
      finished_at: runsHours === undefined ? undefined : row.timestamp + runsHours * HOUR_MS,
    })),
  );

const incidents: fc.Arbitrary<Incident[]> = fc.array(
  fc.record({
    timestamp: hour,
    incident_type: fc.constantFrom("deploy_incident", "load_incident", "outage"),
    severity: fc.constant("low" as const),
    service,
    deploy_id: fc.constantFrom("a", "b", "?", undefined, undefined),
  }),
  { maxLength: 25 },
);

/** Events in any order; `historyOf` makes a history of them. */
export const events = fc.record({ deploys, incidents });

/** A history that has every source of a feature from its start on, and goes on until all is decided. */
export function historyOf(events: { deploys: readonly Deploy[]; incidents: readonly Incident[] }): DeployHistory {
  const first = deploy("2024-01-01 00:00", {
    service: "shop-api",
    finished_at: START + HOUR_MS / 2,
    environment: "production",
    deployment_type: "canary",
  });
  return {
    deploys: inOrder([first, ...events.deploys]),
    incidents: inOrder([
      incident("2024-01-01 00:00", { incident_type: "load_incident", service: "web" }),
      ...events.incidents,
      incident("2024-06-01 00:00", { incident_type: "load_incident" }),
    ]),
    matches: [match("2024-01-05 19:00", 2), match("2024-01-19 19:00", 1.5)],
    dependencies: [{ caller: "web", callee: "shop-api" }],
    zone: new Zone("UTC"),
    attributionHours: ATTRIBUTION_HOURS,
  };
}

function inOrder<T extends { timestamp: number }>(rows: T[]): T[] {
  return rows.sort((a, b) => a.timestamp - b.timestamp);
}

/** One row of columns, by name. */
export function rowOf(columns: readonly Column[], row: number): Record<string, number | string | undefined> {
  return Object.fromEntries(columns.map(({ name, values }) => [name, values[row]]));
}
