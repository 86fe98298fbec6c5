import { describe, expect, it } from "vitest";
import { Zone } from "../../src/calendar/zone.ts";
import { beliefsOf } from "../../src/change/beliefs.ts";
import { timelineOf } from "../../src/change/timeline.ts";
import type { Deploy } from "../../src/events/deploy.ts";
import type { Incident } from "../../src/events/incident.ts";
import { deploy, incident, wall } from "../risk/events.ts";

/** `failed@time` and `fine@time` of each deploy, as "DD HH:MM" in January 2024. */
function told(deploys: Deploy[], incidents: Incident[] = []): string[] {
  const history = { deploys, incidents, matches: undefined, dependencies: undefined, zone: new Zone("UTC") };
  return beliefsOf(timelineOf({ ...history, attributionHours: 24 })).map((held) =>
    held
      .map(({ at, failed }) => {
        const shown = new Date(at).toISOString();
        return `${failed ? "failed" : "fine"}@${shown.slice(8, 10)} ${shown.slice(11, 16)}`;
      })
      .join(", "),
  );
}

const api = { service: "api" };
const web = { service: "web" };

describe("beliefsOf()", () => {
  it("puts an incident down to the latest deploy before it, of the same service where both name one", () => {
    const deploys = [
      deploy("2024-01-01 09:00", api),
      deploy("2024-01-01 10:00", web),
      deploy("2024-01-01 11:00"),
      deploy("2024-01-01 12:00", web),
    ];
    const blamed = (more: Partial<Incident>, at = "2024-01-01 11:30") =>
      told(deploys, [incident(at, more)]).findIndex((held) => held.startsWith("failed"));
    expect(blamed({})).toBe(2);
    expect(blamed(api)).toBe(2);
    expect(blamed(api, "2024-01-01 10:30")).toBe(0);
    expect(blamed({}, "2024-01-01 10:00")).toBe(1);
    expect(blamed(web, "2024-01-01 13:00")).toBe(3);
    expect(blamed({ incident_type: "outage" })).toBe(2);
    expect(blamed({ incident_type: "load_incident" })).toBe(-1);
    expect(blamed({}, "2024-01-01 08:59")).toBe(-1);
  });

  it("is a success when the attribution hours have passed in silence", () => {
    const deploys = [deploy("2024-01-01 09:00"), deploy("2024-01-03 09:00")];
    expect(told(deploys, [incident("2024-01-02 09:01")])).toEqual(["fine@02 09:00", "fine@04 09:00"]);
    expect(told(deploys, [incident("2024-01-02 09:00")])).toEqual(["failed@02 09:00", "fine@04 09:00"]);
  });

  it("believes deploy_id however late, and what was held before was held", () => {
    const deploys = [deploy("2024-01-01 09:00", { id: "a" }), deploy("2024-01-03 09:00", { id: "b" })];
    expect(told(deploys, [incident("2024-01-03 10:00", { deploy_id: "a" })])).toEqual([
      "fine@02 09:00, failed@03 10:00",
      "fine@04 09:00",
    ]);
  });

  it("looks for the deploy by time where deploy_id names none that has started", () => {
    const deploys = [deploy("2024-01-01 09:00", { id: "a" }), deploy("2024-01-01 11:00", { id: "b" })];
    const named = (deploy_id: string) => told(deploys, [incident("2024-01-01 10:00", { deploy_id })]);
    expect(named("b")).toEqual(["failed@01 10:00", "fine@02 11:00"]);
    expect(named("?")).toEqual(named("b"));
  });

  it("lets a stated outcome have the last word, from the end of the deploy on", () => {
    const at = "2024-01-01 09:00";
    const finished = { finished_at: wall("2024-01-01 12:00") };
    const incidents = [incident("2024-01-01 10:00")];
    expect(told([deploy(at, { outcome: "failure", ...finished })])).toEqual(["failed@01 12:00"]);
    expect(told([deploy(at, { outcome: "failure", ...finished })], incidents)).toEqual(["failed@01 10:00"]);
    expect(told([deploy(at, { outcome: "success", ...finished })], incidents)).toEqual([
      "failed@01 10:00, fine@01 12:00",
    ]);
    expect(told([deploy(at, { outcome: "success", ...finished })], [incident("2024-01-01 13:00")])).toEqual([
      "fine@01 12:00",
    ]);
    expect(told([deploy(at, { outcome: "failure" })])).toEqual(["failed@02 09:00"]);
    expect(told([deploy(at, { outcome: "failure", finished_at: wall("2024-01-01 08:00") })])).toEqual([
      "failed@02 09:00",
    ]);
    expect(told([deploy(at, { outcome: "failure", finished_at: wall("2024-01-03 09:00") })])).toEqual([
      "fine@02 09:00, failed@03 09:00",
    ]);
  });

  it("takes a repair for a failure of the service's latest deploy, unless an incident explains it", () => {
    const repair = (at: string, more: Partial<Deploy> = api) => deploy(at, { ...more, is_rollback: true });
    const [first, second] = [deploy("2024-01-01 09:00", { ...api, id: "a" }), deploy("2024-01-01 11:00", api)];
    const both = (...rest: [Deploy[], Incident[]?]) => told([first, second, ...rest[0]], rest[1]);

    expect(both([repair("2024-01-01 12:00")])).toEqual(["fine@02 09:00", "failed@01 12:00"]);
    expect(both([repair("2024-01-02 11:01")])).toEqual(["fine@02 09:00", "fine@02 11:00"]);
    expect(both([repair("2024-01-01 12:00", web)])).toEqual(["fine@02 09:00", "fine@02 11:00"]);
    expect(both([repair("2024-01-01 12:00", {})])).toEqual(["fine@02 09:00", "fine@02 11:00"]);

    const unnamed = [deploy("2024-01-01 09:00", api), deploy("2024-01-01 10:00")];
    expect(told([...unnamed, repair("2024-01-01 12:00")], [incident("2024-01-01 11:00", api)])).toEqual([
      "fine@02 09:00",
      "failed@01 11:00",
    ]);

    const explains = [incident("2024-01-01 12:00", { deploy_id: "a" })];
    expect(both([repair("2024-01-01 12:00")], explains)).toEqual(["failed@01 12:00", "fine@02 11:00"]);
    expect(both([repair("2024-01-01 12:00"), repair("2024-01-01 13:00")], explains)).toEqual([
      "failed@01 12:00",
      "failed@01 13:00",
    ]);
  });

  it("never blames a repair, nor a deploy across services that are named", () => {
    const deploys = [deploy("2024-01-01 09:00", web), deploy("2024-01-01 10:00", { is_rollback: true, id: "r" })];
    expect(told(deploys, [incident("2024-01-01 10:30", api)])).toEqual(["fine@02 09:00"]);
    expect(told(deploys, [incident("2024-01-01 10:30", { deploy_id: "r" })])).toEqual(["failed@01 10:30"]);
  });
});
