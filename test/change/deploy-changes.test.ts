import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { beliefsOf } from "../../src/change/beliefs.ts";
import { deployChanges, featuresOfChange } from "../../src/change/deploy-changes.ts";
import { type DeployHistory, timelineOf } from "../../src/change/timeline.ts";
import type { Deploy } from "../../src/events/deploy.ts";
import { deploy, incident, match, wall } from "../risk/events.ts";
import { events, historyOf, rowOf } from "./histories.ts";

const DAY_MS = 24 * HOUR_MS;

function history(some: Partial<DeployHistory>): DeployHistory {
  const none = { deploys: [], incidents: [], matches: undefined, dependencies: undefined };
  return { ...none, zone: new Zone("UTC"), attributionHours: 24, ...some };
}

function columnOf(some: Partial<DeployHistory>, name: string): unknown[] {
  return [...deployChanges(history(some)).table.columns.find((column) => column.name === name)!.values];
}

describe("deployChanges()", () => {
  it("counts a failure once it is known, not before", () => {
    const deploys = [
      deploy("2024-01-01 09:00", { id: "a" }),
      deploy("2024-01-01 11:59"),
      deploy("2024-01-01 12:00"),
      deploy("2024-01-01 12:01"),
      deploy("2024-01-05 09:00", { outcome: "success" }),
    ];
    const some = { deploys, incidents: [incident("2024-01-01 12:00", { deploy_id: "a" })] };
    expect(columnOf(some, "recentFailures")).toEqual([Number.NaN, Number.NaN, Number.NaN, 1, 1 / 4]);
    expect(columnOf(some, "successRate")).toEqual([0.95, 0.95, 0.95, 1 - 1.5 / 11, 1 - 1.5 / 14]);
    const { table } = deployChanges(history(some));
    expect([...table.failed]).toEqual([1, 0, 0, 0, 0]);
    expect(table.knownAt![0]).toBe(wall("2024-01-01 12:00"));
    expect(table.knownAt![1]).toBe(wall("2024-01-02 11:59"));
    expect(table.settledAt![0]).toBe(wall("2024-01-02 09:00")); // silence would have told of a success no sooner
    expect(table.settledAt![1]).toBe(wall("2024-01-02 11:59"));
  });

  it("is certain of a stated outcome when it is stated, unless failures alone are", () => {
    const failed = deploy("2024-01-01 09:00", { outcome: "failure", finished_at: wall("2024-01-01 09:10") });
    const good = deploy("2024-01-03 09:00", { outcome: "success", finished_at: wall("2024-01-03 09:10") });
    const silent = deploy("2024-01-05 09:00", { outcome: undefined });
    const settled = (deploys: Deploy[]) => [...deployChanges(history({ deploys })).table.settledAt!];
    expect(settled([failed, good])).toEqual([wall("2024-01-01 09:10"), wall("2024-01-03 09:10")]);
    expect(settled([failed, silent])[0]).toBe(wall("2024-01-02 09:00"));
  });

  it("leaves out repairs, and what is not decided when history ends", () => {
    const deploys = [
      deploy("2024-01-01 09:00"),
      deploy("2024-01-01 10:00", { is_rollback: true }),
      deploy("2024-01-02 09:00", { outcome: "success" }),
      deploy("2024-01-02 09:30"),
      deploy("2024-01-02 09:40", { id: "failed" }),
    ];
    const incidents = [
      incident("2024-01-02 09:50", { deploy_id: "failed" }),
      incident("2024-01-02 10:00", { incident_type: "load_incident" }),
    ];
    const { table, undecided } = deployChanges(history({ deploys, incidents }));
    expect([...table.times]).toEqual([wall("2024-01-01 09:00"), wall("2024-01-02 09:00")]);
    expect([...table.failed]).toEqual([0, 0]);
    expect([...table.knownAt!]).toEqual([wall("2024-01-02 09:00"), wall("2024-01-03 09:00")]);
    expect([...table.settledAt!]).toEqual([...table.knownAt!]);
    expect(undecided).toBe(2);
  });

  it("has no column without its source", () => {
    const { table } = deployChanges(history({ deploys: [deploy("2024-01-01 09:00")] }));
    const names =
      "hourOfDay dayOfWeek size criticalFix successRate recentFailures daysSinceDeploy " +
      "deploysLast24h velocityTrend concurrentDeploys";
    expect(table.columns.map(({ name }) => name)).toEqual(names.split(" "));
    expect(deployChanges(history({})).table.times).toHaveLength(0);
    const all = deployChanges(historyOf({ deploys: [], incidents: [] })).table.columns.map(({ name }) => name);
    expect(all).toHaveLength(27);
    expect(new Set(all).size).toBe(27);
  });

  it("tells the clock of the zone, and time that has passed where clocks change", () => {
    const zone = new Zone("Europe/Berlin");
    const deploys = [
      deploy("2024-03-31 01:30", { outcome: "success", finished_at: wall("2024-03-31 03:15") }),
      deploy("2024-03-31 03:30", { outcome: "success" }),
    ];
    const some = { deploys, zone };
    expect(columnOf(some, "hourOfDay")).toEqual([1.5, 3.5]);
    expect(columnOf(some, "dayOfWeek")).toEqual(["Sun", "Sun"]);
    expect(columnOf(some, "daysSinceDeploy")).toEqual([Number.NaN, 1 / 24]);
    expect(columnOf(some, "averageDurationMinutes")).toEqual([Number.NaN, 45]);
    expect(deployChanges(history(some)).table.times[0]).toBe(Date.parse("2024-03-31T00:30:00Z"));
    expect(() => deployChanges(history({ deploys: [deploy("2024-03-31 02:30")], zone }))).toThrow(
      'Cannot place an event at "2024-03-31 02:30:00": expected a time that clocks in Europe/Berlin show',
    );
  });

  it("counts other services on both ends of a dependency, each once", () => {
    const deploys = ["api", "web", "db", "alone", undefined].map((service, i) =>
      deploy(`2024-01-01 09:0${i}`, { service, outcome: "success" }),
    );
    const dependencies = ["web api", "web api", "web db", "api db", "db db"].map((edge) => {
      const [caller, callee] = edge.split(" ");
      return { caller: caller!, callee: callee! };
    });
    expect(columnOf({ deploys, dependencies }, "dependencies")).toEqual([1, 2, 0, 0, Number.NaN]);
    expect(columnOf({ deploys, dependencies }, "dependents")).toEqual([1, 0, 2, 0, Number.NaN]);
  });

  it("takes a deploy without an end for running an hour, or twice the average known when it started", () => {
    const deploys = [
      deploy("2024-01-01 09:00"),
      deploy("2024-01-01 10:00"), // an hour after the first, which may just have ended
      deploy("2024-01-01 10:01", { finished_at: wall("2024-01-01 13:01") }),
      deploy("2024-01-01 10:30"), // two run
      deploy("2024-01-01 11:30"), // the last, and no more the long one
      deploy("2024-01-01 14:00"), // with an average of three hours known
      deploy("2024-01-01 19:59"),
      deploy("2024-01-01 20:01"),
      deploy("2024-01-09 00:00"),
      deploy("2024-01-19 00:00"),
    ];
    expect(columnOf({ deploys }, "concurrentDeploys")).toEqual([0, 1, 1, 2, 1, 0, 1, 1, 0]);
  });

  it("averages the durations of what has ended, in whichever order it started", () => {
    const deploys = [
      deploy("2024-01-01 00:00", { finished_at: wall("2024-01-01 20:00") }),
      deploy("2024-01-01 01:00", { finished_at: wall("2024-01-01 03:00") }),
      deploy("2024-01-01 05:00"), // taken for running until 9:00, by the second
      deploy("2024-01-01 07:00"),
      deploy("2024-01-09 00:00"),
    ];
    expect(columnOf({ deploys }, "concurrentDeploys")).toEqual([0, 1, 0, 1]);
  });

  it("knows matches ahead, and the kind of service that a name ends with", () => {
    const deploys = ["content-data-api", "web", "web.proxy", "node-12"].map((service, i) =>
      deploy(`2024-01-0${1 + i} 09:00`, { service, outcome: "success" }),
    );
    const matches = [match("2024-01-01 11:00", 2), match("2024-01-01 11:00", 1), match("2024-01-02 12:00", 5)];
    expect(columnOf({ deploys, matches }, "nearbyMatchIntensity")).toEqual([3, 0, 0, 0]);
    expect(columnOf({ deploys }, "serviceType")).toEqual(["api", undefined, "proxy", undefined]);
  });

  it("agrees with a count over the whole history for every row", () => {
    fc.assert(
      fc.property(events, (all) => {
        const some = historyOf(all);
        const { table } = deployChanges(some);
        table.times.forEach((at, i) => {
          const row = rowOf(table.columns, i);
          expect(row).toMatchObject(counted(some, at, row.service as string | undefined));
        });
      }),
      { numRuns: 50, seed: 3 },
    );
  });
});

/** Features of a deploy at a moment, each by its definition. */
function counted(some: DeployHistory, at: number, service: string | undefined): Record<string, unknown> {
  const timeline = timelineOf(some);
  const rows = timeline.deploys
    .map((timed, i) => ({ ...timed, i, beliefs: beliefsOf(timeline)[i]! }))
    .filter((timed) => timed.at < at);
  const of = (deploys: typeof rows, incidents: readonly { at: number }[]) => {
    const held = deploys.flatMap(({ beliefs, i }) => {
      const known = beliefs.filter((belief) => belief.at < at);
      return known.length === 0 ? [] : [{ i, firstAt: known[0]!.at, failed: known.at(-1)!.failed }];
    });
    const failures = held.filter(({ failed }) => failed).length;
    const within = (days: number) => deploys.filter((timed) => timed.at >= at - days * DAY_MS).length;
    const days = Math.min(28, (at - (deploys[0]?.at ?? at)) / DAY_MS);
    const durations = deploys.flatMap(({ finishedAt, at: from }) =>
      finishedAt !== undefined && finishedAt < at ? [(finishedAt - from) / 60_000] : [],
    );
    const lastIncident = incidents.filter((one) => one.at < at).at(-1)?.at ?? Number.NaN;
    return {
      held,
      failures,
      daysSinceDeploy: (at - (deploys.at(-1)?.at ?? Number.NaN)) / DAY_MS,
      deploysLast24h: within(1),
      velocityTrend:
        days >= 7 && within(28) > 0 ? expect.closeTo(within(7) / (within(28) / (days / 7)), 9) : Number.NaN,
      averageDurationMinutes:
        durations.length === 0 ? Number.NaN : expect.closeTo(durations.reduce((a, b) => a + b) / durations.length, 6),
      daysSinceIncident: (at - lastIncident) / DAY_MS,
    };
  };
  const { held, failures, ...platform } = of(rows, timeline.incidents);
  const rate = (failures + 0.5) / (held.length + 10);
  if (service === undefined)
    return { ...platform, successRate: expect.closeTo(1 - rate, 9), serviceDeploysLast24h: Number.NaN };
  const own = of(
    rows.filter(({ deploy }) => deploy.service === service),
    timeline.incidents.filter((one) => one.incident.service === service),
  );
  return {
    ...platform,
    successRate: expect.closeTo(1 - rate, 9),
    serviceSuccessRate: expect.closeTo(1 - (own.failures + 20 * rate) / (own.held.length + 20), 9),
    serviceDaysSinceDeploy: own.daysSinceDeploy,
    serviceDeploysLast24h: own.deploysLast24h,
    serviceVelocityTrend: own.velocityTrend,
    serviceAverageDurationMinutes: own.averageDurationMinutes,
    serviceDaysSinceIncident: own.daysSinceIncident,
  };
}

describe("featuresOfChange()", () => {
  it("has the columns of deployChanges(), missing where the change does not say", () => {
    const some = historyOf({ deploys: [deploy("2024-01-03 08:59", { service: "web" })], incidents: [] });
    const columns = featuresOfChange(some, { at: wall("2024-01-03 10:00") });
    expect(columns.map(({ name, kind }) => [name, kind])).toEqual(
      deployChanges(some).table.columns.map(({ name, kind }) => [name, kind]),
    );
    expect(rowOf(columns, 0)).toMatchObject({
      hourOfDay: 10,
      dayOfWeek: "Wed",
      size: undefined,
      criticalFix: Number.NaN,
      service: undefined,
      serviceSuccessRate: Number.NaN,
      dependents: Number.NaN,
      deploysLast24h: 1,
      concurrentDeploys: 0,
    });
  });

  it("knows nothing of a service that has never been deployed but the platform's rate", () => {
    const some = historyOf({ deploys: [], incidents: [] });
    expect(
      rowOf(featuresOfChange(some, { at: wall("2024-01-03 10:00"), service: "new", critical: true }), 0),
    ).toMatchObject({
      service: "new",
      criticalFix: 1,
      successRate: 1 - 0.5 / 11,
      serviceSuccessRate: 1 - 0.5 / 11,
      serviceDaysSinceDeploy: Number.NaN,
      serviceDeploysLast24h: 0,
    });
  });
});
