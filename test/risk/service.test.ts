import { describe, expect, it } from "vitest";
import { Zone } from "../../src/calendar/zone.ts";
import { NO_FOLLOW_UPS } from "../../src/risk/follow-ups.ts";
import { failureFactor, narrowed, ownWeight, shareOfDeploys, shareOfIncidents } from "../../src/risk/service.ts";
import type { Superposition } from "../../src/risk/superposition.ts";
import { historyBefore } from "../../src/series/history.ts";
import { deploy, incident } from "./events.ts";

const many = (failures: number, expected: number) => ({ failures, expected });

describe("failureFactor()", () => {
  const differing = new Map<string, ReturnType<typeof many>>(
    Array.from({ length: 20 }, (_, i) => [`s${i}`, many(i % 2 === 0 ? 60 : 6, 30)] as const),
  ).set("small", many(0, 0.15));

  it("believes services that differ and have many deploys", () => {
    expect(failureFactor(differing, "s0").mean).toBeGreaterThan(1.7);
    expect(failureFactor(differing, "s1").mean).toBeLessThan(0.4);
  });

  it("gives a service with three deploys nearly the platform's", () => {
    expect(Math.abs(failureFactor(differing, "small").mean - 1)).toBeLessThan(0.15);
    expect(failureFactor(differing, "unheard of").mean).toBe(1);
    expect(failureFactor(differing, "small").variance).toBeGreaterThan(failureFactor(differing, "s0").variance / 4);
  });

  it("gives all nearly the same where chance explains how they differ", () => {
    const alike = new Map([8, 11, 9, 12, 10, 10, 9, 11].map((failures, i) => [`s${i}`, many(failures, 10)] as const));
    for (const name of alike.keys()) expect(Math.abs(failureFactor(alike, name).mean - 1)).toBeLessThan(0.02);
  });
});

describe("narrowed()", () => {
  const parts = { base: 1.5, hour: 0.1, day: 0, traffic: 0.2, change: 0 };
  const platform: Superposition = {
    failureAt: () => ({ probability: 1, variance: 0.01, parts }),
    byService: new Map(Array.from({ length: 20 }, (_, i) => [`s${i}`, many(i % 2 === 0 ? 60 : 6, 30)] as const)),
    terms: new Float64Array(),
    delay: new Float64Array(),
    load: [{ mean: 0.4, variance: 0.09 }],
    loadPower: 1,
    followUps: NO_FOLLOW_UPS,
    otherAt: () => ({ mean: 0.02, variance: 0.0001 }),
    logLikelihood: () => 0,
  };
  const deploys = ["s0", "s1", "s1", "s2"].map((service) => deploy("2024-01-01 09:00", { service }));
  const incidents = ["s1", "s2", "s2"].map((service) => incident("2024-01-01 10:00", { service }));
  const history = historyBefore({ deploys, incidents, matches: undefined }, 1e6, new Zone("UTC"));

  it("takes the parts of f times the service's factor before it limits their sum to 1", () => {
    const failureOf = (name: string) => narrowed(platform, history, name).failureAt(0, {});
    const factor = failureFactor(platform.byService, "s1");
    expect(1.8 * factor.mean).toBeLessThan(1);
    expect(failureOf("s1").probability).toBeCloseTo(1.8 * factor.mean, 12);
    expect(failureOf("s1").parts.base).toBeCloseTo(1.5 * factor.mean, 12);
    expect(failureOf("s1").variance).toBeCloseTo(0.01 * factor.mean ** 2 + 1.8 ** 2 * factor.variance, 12);
    expect(failureOf("s0").probability).toBe(1);
  });

  it("takes the service's share of the incidents of load and of other causes", () => {
    const { load, otherAt } = narrowed(platform, history, "s1");
    const share = shareOfIncidents(incidents, 0.5, "s1");
    expect(load).toEqual([{ mean: 0.4 * share, variance: 0.09 * share ** 2 }]);
    expect(otherAt(0)).toEqual({ mean: 0.02 * share, variance: 0.0001 * share ** 2 });
  });
});

describe("shares", () => {
  const deploys = [
    deploy("2024-01-01 10:00", { service: "api" }),
    deploy("2024-01-01 11:00", { service: "web" }),
    deploy("2024-01-01 12:00", { service: "web", is_rollback: true }),
    deploy("2024-01-01 13:00"),
  ];

  it("count what names a service, repairs left out, and are the whole where nothing does", () => {
    expect(shareOfDeploys(deploys, "api")).toBe(0.5);
    expect(shareOfDeploys([deploys[3]!], "api")).toBe(1);
    expect(shareOfIncidents([incident("2024-01-01 10:00")], 0.5, "api")).toBe(1);
  });

  it("draw a share of few incidents towards that of deploys", () => {
    const one = [incident("2024-01-01 10:00", { service: "api" })];
    expect(shareOfIncidents(one, 0.1, "api")).toBeCloseTo(1.5 / 6, 12);
    expect(shareOfIncidents(one, 0.1, "web")).toBeCloseTo(0.5 / 6, 12);
  });

  it("of a service that nothing names is small, but not nothing", () => {
    const others = [incident("2024-01-01 10:00", { service: "api" })];
    expect(shareOfDeploys(deploys, "new")).toBe(0);
    const share = shareOfIncidents(others, shareOfDeploys(deploys, "new", 0.5), "new");
    expect(share).toBeCloseTo((5 * 0.25) / 6, 12);
  });

  it("of all services sum to one", () => {
    const incidents = ["api", "web", "api"].map((service) => incident("2024-01-01 10:00", { service }));
    const sum = ["api", "web"].reduce(
      (all, name) => all + shareOfIncidents(incidents, shareOfDeploys(deploys, name), name),
      0,
    );
    expect(sum).toBeCloseTo(1, 12);
  });
});

describe("ownWeight()", () => {
  it("grows from nothing to nearly all", () => {
    expect(ownWeight(0)).toBe(0);
    expect(ownWeight(3)).toBeLessThan(0.06);
    expect(ownWeight(5000)).toBeGreaterThan(0.98);
  });
});
