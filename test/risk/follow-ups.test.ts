import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { seededRandom } from "../../src/chance/random.ts";
import { causeOf, type Incident } from "../../src/events/incident.ts";
import { earlierOf, followedUp, NO_FOLLOW_UPS } from "../../src/risk/follow-ups.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { incident, wall } from "./events.ts";

const UTC = new Zone("UTC");
const START = wall("2024-01-01 00:00");
const ORIGIN = hourOf(START) + 52 * 168;

describe("earlierOf()", () => {
  /** By delays of 0–5, 5–15, 15–30, 30–60 minutes, 1–2, 2–4, 4–6 hours. */
  const countsOf = (incidents: readonly Incident[]) => {
    const counts = [...earlierOf(incidents)];
    return incidents.map((_, k) => counts.slice(7 * k, 7 * (k + 1)));
  };

  it("counts the incidents of the six hours before", () => {
    const at = ["00:10", "05:50", "06:10", "06:20", "06:20", "12:21"];
    expect(countsOf(at.map((time) => incident(`2024-01-01 ${time}`)))).toEqual([
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 1],
      [0, 0, 1, 0, 0, 0, 1],
      [0, 1, 0, 1, 0, 0, 0],
      [1, 1, 0, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  it("counts as looking at each pair does", () => {
    const random = seededRandom(7, 0);
    const types = ["deploy_incident", "load_incident", "outage"];
    const incidents = Array.from({ length: 300 }, () => ({
      ...incident("2024-01-01 00:00", { incident_type: types[Math.floor(3 * random())]! }),
      ...(random() < 0.5 ? {} : { deploy_id: String(Math.floor(3 * random())) }),
      timestamp: START + Math.floor(72 * 12 * random()) * 300_000,
    })).sort((a, b) => a.timestamp - b.timestamp);
    const edges = [5, 15, 30, 60, 120, 240, 360];
    const pairs = incidents.map((one, k) => {
      const counts = Array.from({ length: 7 }, () => 0);
      for (const before of incidents.slice(0, k)) {
        const minutes = (one.timestamp - before.timestamp) / 60_000;
        const causes = new Set([causeOf(one), causeOf(before)]);
        const ids = new Set([one.deploy_id, before.deploy_id]);
        causes.delete("unknown");
        ids.delete(undefined);
        if (minutes > 360 || causes.size > 1 || ids.size > 1) continue;
        counts[minutes === 360 ? 6 : edges.findIndex((edge) => minutes < edge)]! += 1;
      }
      return counts;
    });
    expect(countsOf(incidents)).toEqual(pairs);
  });

  it("lets none follow on one that states another cause or names another deploy", () => {
    const followsOn = (before: Partial<Incident>, after: Partial<Incident>) =>
      countsOf([incident("2024-01-01 10:00", before), incident("2024-01-01 10:30", after)])[1]![3] === 1;
    expect(followsOn({ incident_type: "deploy_incident" }, { incident_type: "load_incident" })).toBe(false);
    expect(followsOn({ incident_type: "deploy_incident" }, { incident_type: "outage" })).toBe(true);
    expect(followsOn({ deploy_id: "7" }, { deploy_id: "8" })).toBe(false);
    expect(followsOn({ deploy_id: "7" }, { deploy_id: "7" })).toBe(true);
    expect(followsOn({ deploy_id: "7" }, {})).toBe(true);
  });
});

describe("followedUp()", () => {
  const halfAnHourLater = {
    perIncident: { mean: 0.5, variance: 0.01 },
    delay: Float64Array.of(0.5, 0.5),
  };

  it("adds up to 1 / (1 − n) incidents for each that something set off", () => {
    const of = followedUp(halfAnHourLater, [], UTC);
    let sum = 0;
    for (let i = 0; i < 40; i += 1) sum += of(ORIGIN + i, { mean: i === 0 ? 1 : 0, variance: 0 }).incidents.mean;
    expect(sum).toBeCloseTo(2, 6);
  });

  it("knows the incidents just before the first hour", () => {
    const before = [{ ...incident("2024-01-01 00:00"), timestamp: (ORIGIN - 1) * HOUR_MS }];
    const { started, incidents } = followedUp(halfAnHourLater, before, UTC)(ORIGIN, { mean: 0.1, variance: 0 });
    expect(started.mean).toBeCloseTo(0.1 + 0.25, 12);
    expect(incidents.mean).toBeCloseTo(0.35 / 0.75, 12);
  });

  it("errs by what is set off, and by how the incidents of an hour grow with follow-ups per incident", () => {
    const before = Array.from({ length: 100 }, () => ({
      ...incident("2024-01-01 00:00"),
      timestamp: (ORIGIN - 1) * HOUR_MS,
    }));
    const fifthHour = (n: number, variance: number, roots: { mean: number; variance: number }) => {
      const of = followedUp({ ...halfAnHourLater, perIncident: { mean: n, variance } }, before, UTC);
      return Array.from({ length: 5 }, (_, i) => of(ORIGIN + i, roots)).at(-1)!;
    };
    for (const of of ["incidents", "started"] as const) {
      const roots = { mean: 0.3, variance: 0 };
      const slope = (fifthHour(0.5 + 1e-6, 0, roots)[of].mean - fifthHour(0.5 - 1e-6, 0, roots)[of].mean) / 2e-6;
      expect(fifthHour(0.5, 0.01, roots)[of].variance).toBeCloseTo(0.01 * slope ** 2, 4);
      const known = fifthHour(0.5, 0, { mean: 0, variance: 0 })[of].mean;
      const { mean, variance } = fifthHour(0.5, 0, { mean: 0.3, variance: 0.09 })[of];
      expect(Math.sqrt(variance)).toBeCloseTo(mean - known, 10);
    }
  });

  it("leaves rates as they are where nothing follows", () => {
    const roots = { mean: 0.1, variance: 0.02 };
    const { started, incidents } = followedUp(NO_FOLLOW_UPS, [], UTC)(ORIGIN, roots);
    expect(incidents.mean).toBe(0.1);
    expect(incidents.variance).toBeCloseTo(0.02, 15);
    expect(started).toEqual(incidents);
  });
});
