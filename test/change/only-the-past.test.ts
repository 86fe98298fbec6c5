import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { deployChanges, featuresOfChange } from "../../src/change/deploy-changes.ts";
import { canCause, type Deploy } from "../../src/events/deploy.ts";
import type { Incident } from "../../src/events/incident.ts";
import { ATTRIBUTION_HOURS, events, historyOf, rowOf } from "./histories.ts";

type Events = { deploys: readonly Deploy[]; incidents: readonly Incident[] };

/** A deploy as its row reads at a moment, with what comes to be known later as `later` has it. */
function asOf(row: Deploy, at: number, later: Pick<Deploy, "finished_at" | "outcome">): Deploy {
  const finishedAt = row.finished_at !== undefined && row.finished_at >= row.timestamp ? row.finished_at : undefined;
  const silentUntil = row.timestamp + ATTRIBUTION_HOURS * HOUR_MS;
  if ((finishedAt ?? silentUntil) < at) return row;
  if (finishedAt === undefined) return { ...row, outcome: later.outcome };
  const end = later.finished_at !== undefined && later.finished_at >= at ? later.finished_at : undefined;
  // Without an end an outcome would count from the end of silence on.
  return { ...row, finished_at: end, outcome: (end ?? silentUntil) >= at ? later.outcome : undefined };
}

const UNKNOWN = { finished_at: undefined, outcome: undefined };

/** The past of one history with the future of another: later rows, and how what still runs will end. */
function grafted(past: Events, future: Events, at: number): Events {
  return {
    deploys: [
      ...past.deploys
        .filter(({ timestamp }) => timestamp <= at)
        .map((row, i) => asOf(row, at, future.deploys[i] ?? UNKNOWN)),
      ...future.deploys.filter(({ timestamp }) => timestamp > at),
    ],
    incidents: [
      ...past.incidents.filter(({ timestamp }) => timestamp < at),
      ...future.incidents.filter(({ timestamp }) => timestamp >= at),
    ],
  };
}

describe("features of a deploy", () => {
  it("do not depend on what happens from its start on", () => {
    fc.assert(
      fc.property(events, events, fc.nat(), (past, future, pick) => {
        const history = historyOf(past);
        const at = history.deploys[pick % history.deploys.length]!.timestamp;
        const { table } = deployChanges(history);
        const { table: other } = deployChanges(historyOf(grafted(past, future, at)));
        const rows = table.times.filter((time) => time <= at).length;
        expect(rows).toBeGreaterThan(0);
        for (let row = 0; row < rows; row += 1) expect(rowOf(other.columns, row)).toEqual(rowOf(table.columns, row));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("are those of the same change planned, from a history cut at its start", () => {
    fc.assert(
      fc.property(events, (all) => {
        const history = historyOf(all);
        const { table } = deployChanges(history);
        const planned = history.deploys.filter(canCause);
        expect(table.times).toHaveLength(planned.length);
        planned.forEach((row, i) => {
          const at = row.timestamp;
          const change = {
            at,
            size: row.deploy_size,
            critical: row.is_critical_fix,
            service: row.service,
            environment: row.environment,
            deploymentType: row.deployment_type,
          };
          const cut = {
            ...history,
            deploys: history.deploys.filter(({ timestamp }) => timestamp < at).map((old) => asOf(old, at, UNKNOWN)),
            incidents: history.incidents.filter(({ timestamp }) => timestamp < at),
          };
          const expected = rowOf(table.columns, i);
          expect(rowOf(featuresOfChange(history, change), 0)).toEqual(expected);
          // A source that the cut has lost is no column of it.
          expect(expected).toMatchObject(rowOf(featuresOfChange(cut, change), 0));
        });
      }),
      { numRuns: 30, seed: 2 },
    );
  });
});
