import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deploy } from "../../src/events/deploy.ts";
import { causeOf, type Incident } from "../../src/events/incident.ts";
import { binOf, delayBins } from "../../src/risk/delay.ts";
import { type Suspects, suspectsOf } from "../../src/risk/suspects.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { deploy, incident, wall } from "./events.ts";

type Pair = { deploy: number; bin: number; hourBin: number };

/** Every deploy in question for an incident with its bins, in order of deploys. */
function pairsOf({ deploys, firstRun, bounds, hourBounds }: Suspects, incident: number, hours: number): Pair[] {
  const bins = delayBins(hours);
  const binAt = (position: number, run: number, edges: readonly number[], of: Uint32Array) =>
    edges.findIndex((_, j) => position >= of[run * edges.length + j + 1]!);
  const pairs: Pair[] = [];
  for (let run = firstRun[incident]!; run < firstRun[incident + 1]!; run += 1) {
    const at = run * bins.edgesMs.length;
    for (let position = bounds[at + bins.edgesMs.length - 1]!; position < bounds[at]!; position += 1)
      pairs.push({
        deploy: deploys[position]!,
        bin: binAt(position, run, bins.edgesMs, bounds),
        hourBin: binAt(position, run, bins.edgesHours, hourBounds),
      });
  }
  return pairs.sort((a, b) => a.deploy - b.deploy);
}

/** The same by looking at every deploy. */
function pairsByDefinition(deploys: readonly Deploy[], one: Incident, hours: number): Pair[] {
  const bins = delayBins(hours);
  const named = one.deploy_id === undefined ? -1 : deploys.findIndex(({ id }) => id === one.deploy_id);
  if (causeOf(one) === "load") return [];
  return deploys.flatMap(({ timestamp, service }, i) => {
    const delayMs = one.timestamp - timestamp;
    const isOfService = service === undefined || one.service === undefined || service === one.service;
    if (named < 0 ? !isOfService || delayMs < 0 || delayMs > hours * 3_600_000 : named !== i) return [];
    const delayHours = hourOf(one.timestamp) - hourOf(timestamp);
    return [{ deploy: i, bin: binOf(delayMs, bins.edgesMs), hourBin: binOf(delayHours, bins.edgesHours) }];
  });
}

describe("suspectsOf()", () => {
  const deploys = [deploy("2024-01-01 09:30"), deploy("2024-01-01 10:10"), deploy("2024-01-02 09:00")];
  const blamed = (...incidents: Incident[]) => {
    const suspects = suspectsOf(deploys, incidents, delayBins(24));
    return incidents.map((_, k) => pairsOf(suspects, k, 24).map((pair) => pair.deploy));
  };

  it("are all deploys at or before the incident, within the attribution hours", () => {
    expect(blamed(incident("2024-01-01 10:10"), incident("2024-01-02 09:31"), incident("2024-01-02 10:05"))).toEqual([
      [0, 1],
      [1, 2],
      [1, 2],
    ]);
    expect(blamed(incident("2024-01-01 09:29"))).toEqual([[]]);
    expect(blamed(incident("2024-01-02 09:30"))).toEqual([[0, 1, 2]]);
  });

  it("come with their delay, exact and in whole grid hours", () => {
    const suspects = suspectsOf(deploys, [incident("2024-01-01 11:05")], delayBins(1));
    expect(pairsOf(suspects, 0, 1)).toEqual([{ deploy: 1, bin: 3, hourBin: 1 }]); // 30 to 60 minutes, the hour before
  });

  it("keep to the incident's service, or to deploys that name none", () => {
    const mixed = [
      deploy("2024-01-01 09:00", { service: "api" }),
      deploy("2024-01-01 10:00", { service: "web" }),
      deploy("2024-01-01 11:00"),
    ];
    const of = (more: Partial<Incident>) =>
      pairsOf(suspectsOf(mixed, [incident("2024-01-01 11:30", more)], delayBins(24)), 0, 24).map((pair) => pair.deploy);
    expect(of({ service: "api" })).toEqual([0, 2]);
    expect(of({ service: "search" })).toEqual([2]);
    expect(of({})).toEqual([0, 1, 2]);
  });

  it("are one where the incident names its deploy, however long ago", () => {
    const named = [deploy("2024-01-01 09:00", { id: "a" }), deploy("2024-01-05 09:00", { id: "b" })];
    const of = (deploy_id: string) => suspectsOf(named, [incident("2024-01-05 10:00", { deploy_id })], delayBins(24));
    expect(pairsOf(of("a"), 0, 24)).toEqual([{ deploy: 0, bin: 8, hourBin: 6 }]);
    expect([of("a").load[0], of("a").other[0]]).toEqual([0, 0]);
    expect(pairsOf(of("?"), 0, 24)).toMatchObject([{ deploy: 1 }]);
  });

  it("leave out what a stated cause rules out", () => {
    const of = (incident_type: string, at = "2024-01-01 10:30") => {
      const suspects = suspectsOf(deploys, [incident(at, { incident_type })], delayBins(24));
      return { deploys: pairsOf(suspects, 0, 24).length, load: suspects.load[0], other: suspects.other[0] };
    };
    expect(of("deploy_incident")).toEqual({ deploys: 2, load: 0, other: 0 });
    expect(of("deploy_incident", "2023-12-01 00:00")).toEqual({ deploys: 0, load: 0, other: 0 });
    expect(of("load_incident")).toEqual({ deploys: 0, load: 1, other: 0 });
    expect(of("outage")).toEqual({ deploys: 2, load: 1, other: 1 });
  });

  it("are those that looking at every deploy finds", () => {
    const minute = fc.integer({ min: 0, max: 60 * 60 });
    const service = fc.constantFrom(undefined, "api", "web");
    const inOrder = (a: { timestamp: number }, b: { timestamp: number }) => a.timestamp - b.timestamp;
    const timed = (minutes: number) => wall("2024-01-01 00:00") + minutes * 60_000;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(minute, service)),
        fc.array(fc.tuple(minute, service, fc.constantFrom("outage", "deploy_incident", "load_incident"), fc.nat(60))),
        fc.integer({ min: 1, max: 40 }),
        (deployRows, incidentRows, hours) => {
          const some = deployRows
            .map(([at, of], i) => ({ ...deploy("2024-01-01 00:00"), timestamp: timed(at), service: of, id: `${i}` }))
            .sort(inOrder);
          const incidents = incidentRows
            .map(([at, of, incident_type, id]) => ({
              ...incident("2024-01-01 00:00", { incident_type }),
              timestamp: timed(at),
              service: of,
              deploy_id: id < 10 ? `${id}` : undefined,
            }))
            .sort(inOrder);
          const suspects = suspectsOf(some, incidents, delayBins(hours));
          incidents.forEach((one, k) => {
            expect(pairsOf(suspects, k, hours)).toEqual(pairsByDefinition(some, one, hours));
          });
        },
      ),
    );
  });

  it("take no more room the more deploys are in question", () => {
    const sizeOf = (count: number) => {
      const many = Array.from({ length: count }, () => deploy("2024-01-01 09:30"));
      const incidents = Array.from({ length: 50 }, () => incident("2024-01-01 11:05"));
      const { bounds, hourBounds, deploys: positions } = suspectsOf(many, incidents, delayBins(24));
      return { perIncident: bounds.length + hourBounds.length, positions: positions.length };
    };
    expect(sizeOf(2000)).toEqual({ perIncident: sizeOf(2).perIncident, positions: 2000 });
  });
});
