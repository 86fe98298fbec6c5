import { describe, expect, it } from "vitest";
import { attribute } from "../../src/risk/attribution.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { deploy, incident, wall } from "./events.ts";

describe("attribute()", () => {
  const deploys = [deploy("2024-01-01 09:30"), deploy("2024-01-01 10:10"), deploy("2024-01-02 09:00")];

  it("takes the last deploy at or before the incident and counts whole grid hours", () => {
    const { failures, other } = attribute(deploys, [incident("2024-01-01 10:10"), incident("2024-01-02 10:05")], 24);
    expect(failures).toEqual([
      { deploy: 1, delayHours: 0 },
      { deploy: 2, delayHours: 1 },
    ]);
    expect(other).toEqual([]);
  });

  it("never takes a later deploy, nor one further back than the attribution hours", () => {
    const incidents = [incident("2024-01-01 09:29"), incident("2024-01-02 08:59")];
    expect(attribute(deploys, incidents, 22).failures).toEqual([]);
    expect(attribute(deploys, incidents, 22).other).toEqual(incidents.map(({ timestamp }) => hourOf(timestamp)));
    expect(attribute(deploys, incidents, 23).failures).toEqual([{ deploy: 1, delayHours: 22 }]);
  });

  it("fails a deploy once: the next incident on it is other", () => {
    const { failures, other } = attribute(deploys, [incident("2024-01-01 11:00"), incident("2024-01-01 12:00")], 24);
    expect(failures).toEqual([{ deploy: 1, delayHours: 1 }]);
    expect(other).toEqual([hourOf(wall("2024-01-01 12:00"))]);
  });

  it("never blames a repair, and numbers deploys without repairs", () => {
    const withRepair = [deploys[0]!, deploy("2024-01-01 10:00", { is_rollback: true }), deploys[1]!];
    const found = attribute(withRepair, [incident("2024-01-01 10:05"), incident("2024-01-01 10:15")], 24);
    expect(found.deploys).toHaveLength(2);
    expect(found.failures.map((failure) => failure.deploy)).toEqual([0, 1]);
  });

  it("keeps to the incident's service, or to deploys that name none", () => {
    const mixed = [
      deploy("2024-01-01 09:00", { service: "api" }),
      deploy("2024-01-01 10:00", { service: "web" }),
      deploy("2024-01-01 11:00"),
    ];
    const of = (at: string, service?: string) =>
      attribute(mixed, [incident(at, service === undefined ? {} : { service })], 24).failures[0]?.deploy;
    expect(of("2024-01-01 10:30", "api")).toBe(0);
    expect(of("2024-01-01 10:30", "web")).toBe(1);
    expect(of("2024-01-01 10:30")).toBe(1);
    expect(of("2024-01-01 11:30", "api")).toBe(2);
    expect(of("2024-01-01 10:30", "search")).toBeUndefined();
  });

  it("believes deploy_id over the clock", () => {
    const named = [deploy("2024-01-01 09:00", { id: "a" }), deploy("2024-01-05 09:00", { id: "b" })];
    expect(attribute(named, [incident("2024-01-05 10:00", { deploy_id: "a" })], 24).failures).toEqual([
      { deploy: 0, delayHours: 97 },
    ]);
    expect(attribute(named, [incident("2024-01-05 10:00", { deploy_id: "?" })], 24).failures[0]?.deploy).toBe(1);
  });

  it("leaves load incidents to load", () => {
    const { failures, load } = attribute(
      deploys,
      [incident("2024-01-01 10:30", { incident_type: "load_incident" })],
      24,
    );
    expect(failures).toEqual([]);
    expect(load).toEqual([hourOf(wall("2024-01-01 10:00"))]);
  });
});
