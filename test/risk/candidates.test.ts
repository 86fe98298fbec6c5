import { describe, expect, it } from "vitest";
import { suspectsOf } from "../../src/risk/candidates.ts";
import { deploy, incident } from "./events.ts";

describe("suspectsOf()", () => {
  const deploys = [deploy("2024-01-01 09:30"), deploy("2024-01-01 10:10"), deploy("2024-01-02 09:00")];
  const blamed = (...incidents: Parameters<typeof suspectsOf>[1]) =>
    suspectsOf(deploys, incidents, 24).map(({ deploys: of }) => of.map((candidate) => candidate.deploy));

  it("are all deploys at or before the incident, within the attribution hours", () => {
    expect(blamed(incident("2024-01-01 10:10"), incident("2024-01-02 09:31"), incident("2024-01-02 10:05"))).toEqual([
      [0, 1],
      [1, 2],
      [1, 2],
    ]);
    expect(blamed(incident("2024-01-01 09:29"))).toEqual([[]]);
  });

  it("come with their delay, exact and in whole grid hours", () => {
    const [found] = suspectsOf(deploys, [incident("2024-01-01 11:05")], 1);
    expect(found!.deploys).toEqual([{ deploy: 1, delayMs: 55 * 60_000, delayHours: 1 }]);
  });

  it("keep to the incident's service, or to deploys that name none", () => {
    const mixed = [
      deploy("2024-01-01 09:00", { service: "api" }),
      deploy("2024-01-01 10:00", { service: "web" }),
      deploy("2024-01-01 11:00"),
    ];
    const of = (service?: string) =>
      suspectsOf(mixed, [incident("2024-01-01 11:30", service === undefined ? {} : { service })], 24)[0]!.deploys.map(
        (candidate) => candidate.deploy,
      );
    expect(of("api")).toEqual([0, 2]);
    expect(of("search")).toEqual([2]);
    expect(of()).toEqual([0, 1, 2]);
  });

  it("are one where the incident names its deploy, however long ago", () => {
    const named = [deploy("2024-01-01 09:00", { id: "a" }), deploy("2024-01-05 09:00", { id: "b" })];
    const of = (deploy_id: string) => suspectsOf(named, [incident("2024-01-05 10:00", { deploy_id })], 24)[0]!;
    expect(of("a")).toMatchObject({ deploys: [{ deploy: 0, delayHours: 97 }], load: false, other: false });
    expect(of("?").deploys).toMatchObject([{ deploy: 1 }]);
  });

  it("leave out what a stated cause rules out", () => {
    const of = (incident_type: string, at = "2024-01-01 10:30") => {
      const [found] = suspectsOf(deploys, [incident(at, { incident_type })], 24);
      return { deploys: found!.deploys.length, load: found!.load, other: found!.other };
    };
    expect(of("deploy_incident")).toEqual({ deploys: 2, load: false, other: false });
    expect(of("deploy_incident", "2023-12-01 00:00")).toEqual({ deploys: 0, load: false, other: false });
    expect(of("load_incident")).toEqual({ deploys: 0, load: true, other: false });
    expect(of("outage")).toEqual({ deploys: 2, load: true, other: true });
  });
});
