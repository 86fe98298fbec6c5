import { beforeAll, describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { type Activity, drawActivity } from "../../src/synthetic/activity.ts";
import { generatePlatform } from "../../src/synthetic/platform.ts";
import { generateServicePlatform, type ServicePlatform } from "../../src/synthetic/service-platform.ts";

const START = Date.UTC(2024, 0, 1) / HOUR_MS;
const DAYS = 364 * 10;
const MINUTE_MS = 60_000;
const REQUEST = { seed: 7, startHour: START, days: DAYS, futureDays: 7, services: 12 };

let platform: ServicePlatform;
let activity: Activity;
let deployOf: Map<string, ServicePlatform["deploys"][number]>;
beforeAll(() => {
  platform = generateServicePlatform(REQUEST);
  activity = drawActivity(REQUEST);
  deployOf = new Map(platform.deploys.map((deploy) => [deploy.id, deploy]));
});

/** Asserts that a count lies within `sigmas` of what it should be. */
function expectCount(count: number, expected: number, variance: number, sigmas = 4) {
  expect(Math.abs(count - expected) / Math.sqrt(variance), `${count}, expected ${expected}`).toBeLessThan(sigmas);
}

describe("a platform of services", () => {
  it("has the matches, deploys and load incidents of the one without", () => {
    const request = { seed: 3, startHour: START, days: 60, futureDays: 2 };
    const plain = generatePlatform(request);
    const services = generateServicePlatform({ ...request, services: 5 });
    expect(services.matches).toEqual(plain.matches);
    const attempts = services.deploys.filter(({ is_rollback }) => !is_rollback);
    expect(
      attempts.map(({ timestamp, is_critical_fix, deploy_size }) => ({ timestamp, is_critical_fix, deploy_size })),
    ).toEqual(plain.deploys);
    const loadTimes = ({ incidents }: Pick<typeof plain, "incidents">) =>
      incidents.filter((one) => one.incident_type === "load_incident").map(({ timestamp }) => timestamp);
    expect(loadTimes(services)).toEqual(loadTimes(plain));
  });

  it("repeats itself for a seed, and differs for another", () => {
    const request = { ...REQUEST, days: 20 };
    expect(generateServicePlatform(request)).toEqual(generateServicePlatform(request));
    expect(generateServicePlatform({ ...request, seed: 8 }).services).not.toEqual(
      generateServicePlatform(request).services,
    );
  });

  it("tells nothing of what comes after the history", () => {
    let unknown = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const startHour = START + 18; // so that it ends among the deploys of an afternoon
      const { deploys, incidents } = generateServicePlatform({ seed, startHour, days: 2, futureDays: 1, services: 3 });
      const end = (startHour + 48) * HOUR_MS;
      for (const { timestamp, finished_at, outcome } of deploys) {
        expect(timestamp).toBeLessThan(end);
        if (finished_at !== undefined) expect(finished_at).toBeLessThan(end);
        expect(outcome === undefined).toBe(finished_at === undefined);
        if (outcome === undefined) unknown += 1;
      }
      for (const { timestamp, resolved_at } of incidents) {
        expect(timestamp).toBeLessThan(end);
        if (resolved_at !== undefined) expect(resolved_at).toBeLessThan(end);
      }
    }
    expect(unknown).toBeGreaterThan(10);
  });
});

describe("deploys", () => {
  it("are of services, types and environments by their shares", () => {
    const attempts = platform.deploys.filter(({ is_rollback }) => !is_rollback);
    const shares = {
      service: Object.fromEntries(platform.services.map(({ name, deployShare }) => [name, deployShare])),
      deployment_type: { rolling: 0.5, canary: 0.25, blue_green: 0.15, recreate: 0.1 },
      environment: { "production-br": 0.5, "production-eu": 0.3, "production-us": 0.2 },
    };
    for (const column of ["service", "deployment_type", "environment"] as const) {
      for (const [name, share] of Object.entries<number>(shares[column])) {
        const count = attempts.filter((deploy) => deploy[column] === name).length;
        expectCount(count, attempts.length * share, attempts.length * share * (1 - share));
      }
    }
  });

  it("fail with the chance of their hour times every factor", () => {
    const factorOf = new Map(platform.services.map(({ name, failureFactor }) => [name, failureFactor]));
    const factors: Record<string, number> = {
      rolling: 1,
      canary: 0.6,
      blue_green: 1,
      recreate: 2,
      "production-br": 1.2,
      "production-eu": 0.9,
      "production-us": 0.65,
    };
    const strata = new Map<string, { expected: number; variance: number; count: number }>();
    let capped = 0;
    platform.trueDeploys.forEach(({ id, failureProbability, troubled }, i) => {
      const { service, deployment_type, environment, outcome } = deployOf.get(id)!;
      const chance =
        activity.attempts[i]!.chance *
        factorOf.get(service)! *
        factors[deployment_type]! *
        factors[environment]! *
        (troubled ? 2.5 : 0.7);
      expect(failureProbability).toBeCloseTo(Math.min(0.95, chance), 12);
      if (chance > 0.95) capped += 1;
      for (const name of [service, deployment_type, environment, `troubled ${troubled}`, "all"]) {
        const stratum = strata.get(name) ?? { expected: 0, variance: 0, count: 0 };
        stratum.expected += failureProbability;
        stratum.variance += failureProbability * (1 - failureProbability);
        if (outcome === "failure") stratum.count += 1;
        strata.set(name, stratum);
      }
    });
    expect(strata.size).toBe(12 + 4 + 3 + 2 + 1);
    for (const { expected, variance, count } of strata.values()) expectCount(count, expected, variance);
    expect(capped / platform.trueDeploys.length).toBeLessThan(0.001);
  });

  it("fail in clusters, because their service is troubled for a while", () => {
    const last = new Map<string, { timestamp: number; troubled: boolean }>();
    const after = new Map([true, false].map((troubled) => [troubled, { expected: 0, variance: 0, count: 0 }]));
    let all = 0;
    for (const { id, troubled } of platform.trueDeploys) {
      const { service, timestamp } = deployOf.get(id)!;
      const before = last.get(service);
      if (before !== undefined) {
        const memory = Math.exp(-(timestamp - before.timestamp) / (120 * HOUR_MS));
        const chance = 1 / 6 + ((before.troubled ? 1 : 0) - 1 / 6) * memory;
        const sums = after.get(before.troubled)!;
        sums.expected += chance;
        sums.variance += chance * (1 - chance);
        if (troubled) sums.count += 1;
      }
      if (troubled) all += 1;
      last.set(service, { timestamp, troubled });
    }
    for (const { expected, variance, count } of after.values()) expectCount(count, expected, variance);
    // A mean over T of a process that forgets within τ varies by 2τ/T of its variance; by shares squared over services.
    const squares = platform.services.reduce((sum, { deployShare }) => sum + deployShare ** 2, 0);
    const deviation = Math.sqrt((squares * (1 / 6) * (5 / 6) * 2 * 5) / DAYS);
    expect(Math.abs(all / platform.trueDeploys.length - 1 / 6)).toBeLessThan(4 * deviation);
  });

  it("take longer than an incident takes to surface, and longer as a canary", () => {
    const minutesOf = (type: string) => {
      const minutes = platform.deploys.flatMap(({ deployment_type, timestamp, finished_at, outcome, is_rollback }) =>
        deployment_type === type && outcome === "success" && !is_rollback && finished_at !== undefined
          ? [(finished_at - timestamp) / MINUTE_MS]
          : [],
      );
      expect(Math.min(...minutes)).toBeGreaterThanOrEqual(11);
      return minutes.reduce((sum, value) => sum + value, 0) / minutes.length;
    };
    expect(minutesOf("canary")).toBeGreaterThan(1.8 * minutesOf("rolling"));
    expect(minutesOf("rolling")).toBeGreaterThan(minutesOf("blue_green"));
  });

  it("are rolled back as often as they should, soon after their incident, to the version before", () => {
    const failed = platform.incidents.filter(({ deploy_id }) => deploy_id !== undefined);
    let rolledBack = 0;
    for (const { deploy_id, timestamp, resolved_at, service } of failed) {
      const deploy = deployOf.get(deploy_id!)!;
      const rollback = deployOf.get(`${deploy_id}-rollback`);
      if (rollback === undefined) continue;
      rolledBack += 1;
      expect(rollback).toMatchObject({ is_rollback: true, outcome: "success", service });
      expect(rollback.version).not.toBe(deploy.version);
      const minutes = (rollback.timestamp - timestamp) / MINUTE_MS;
      expect(minutes).toBeGreaterThanOrEqual(3);
      expect(minutes).toBeLessThanOrEqual(30);
      expect(deploy.finished_at).toBeLessThanOrEqual(rollback.timestamp);
      expect(resolved_at).toBe(rollback.finished_at);
    }
    expectCount(rolledBack, failed.length * 0.7, failed.length * 0.21);
    expect(platform.deploys.filter(({ is_rollback }) => is_rollback)).toHaveLength(rolledBack);
  });
});

describe("incidents", () => {
  it("of deploys name the deploy that failed, one to ten minutes after it started", () => {
    const named = platform.incidents.filter(({ incident_type }) => incident_type === "deploy_incident");
    for (const { deploy_id, timestamp, service } of named) {
      const deploy = deployOf.get(deploy_id!)!;
      expect(deploy).toMatchObject({ service, outcome: "failure" });
      const minutes = (timestamp - deploy.timestamp) / MINUTE_MS;
      expect(minutes).toBeGreaterThanOrEqual(1);
      expect(minutes).toBeLessThanOrEqual(10);
    }
    expect(new Set(named.map(({ deploy_id }) => deploy_id)).size).toBe(named.length);
    expect(platform.deploys.filter(({ outcome }) => outcome === "failure")).toHaveLength(named.length);
  });

  it("of load hit all services alike, and name no deploy", () => {
    const load = platform.incidents.filter(({ incident_type }) => incident_type === "load_incident");
    expect(load.every(({ deploy_id }) => deploy_id === undefined)).toBe(true);
    for (const { name } of platform.services) {
      const count = load.filter(({ service }) => service === name).length;
      expectCount(count, load.length / 12, (load.length * 11) / 144);
    }
  });

  it("reach every service as often as the truth says, from those that failed first", () => {
    const first = new Map<string, number>();
    const reached = new Map<string, number>();
    for (const { incident_type, service } of platform.incidents) {
      const counts = incident_type === "dependency_failure" ? reached : first;
      counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    let hit = 0;
    for (const { name } of platform.services) {
      let [expected, variance] = [0, 0];
      for (const { service, reached: to, probability } of platform.impacts) {
        if (to !== name) continue;
        const failures = first.get(service) ?? 0;
        expected += failures * probability;
        // of the count, and of the chance, which was counted in 5,000 cascades
        variance += probability * (1 - probability) * (failures + failures ** 2 / 5000);
      }
      if (expected === 0) expect(reached.get(name) ?? 0).toBe(0);
      else expectCount(reached.get(name) ?? 0, expected, variance);
      if (expected > 20) hit += 1;
    }
    expect(hit).toBeGreaterThan(3);
  });

  it("are in order of time, with ids in that order, and end after they start", () => {
    platform.incidents.forEach(({ id, timestamp, resolved_at }, i) => {
      expect(id).toBe(`incident-${i + 1}`);
      if (i > 0) expect(timestamp).toBeGreaterThanOrEqual(platform.incidents[i - 1]!.timestamp);
      if (resolved_at !== undefined) expect(resolved_at).toBeGreaterThanOrEqual(timestamp);
    });
    for (let i = 1; i < platform.deploys.length; i += 1)
      expect(platform.deploys[i]!.timestamp).toBeGreaterThanOrEqual(platform.deploys[i - 1]!.timestamp);
  });
});

describe("truth of hours", () => {
  it("adds up to the incidents that come, by type and for quiet, busy and match hours", () => {
    const bands = new Map<string, { expected: number; count: number }>();
    const note = (band: string, expected: number, count: number) => {
      const sum = bands.get(band) ?? { expected: 0, count: 0 };
      bands.set(band, { expected: sum.expected + expected, count: sum.count + count });
    };
    const counts = new Map<number, Map<string, number>>();
    for (const { timestamp, incident_type } of platform.incidents) {
      const hour = Math.floor(timestamp / HOUR_MS);
      const types = counts.get(hour) ?? new Map<string, number>();
      counts.set(hour, types.set(incident_type, (types.get(incident_type) ?? 0) + 1));
    }
    for (const { hour, loadIncidents, otherIncidents, expectedIncidents, expectedDeploys } of platform.truth) {
      if (hour >= START + DAYS * 24) continue;
      const band = loadIncidents > 0 ? "match" : expectedDeploys > 0.5 ? "busy" : "quiet";
      const countOf = (type: string) => counts.get(hour)?.get(type) ?? 0;
      note(`load, ${band}`, loadIncidents, countOf("load_incident"));
      note(`other, ${band}`, otherIncidents, countOf("dependency_failure"));
      const ofDeploys = expectedIncidents - loadIncidents - otherIncidents;
      note(`deploys, ${band}`, ofDeploys, countOf("deploy_incident"));
    }
    expect(bands.size).toBe(9);
    for (const [band, { expected, count }] of bands) {
      if (band === "load, quiet" || band === "load, busy") expect([expected, count]).toEqual([0, 0]);
      // Spells and cascades make counts vary by more than their mean, by less than twice it.
      else expectCount(count, expected, 2 * expected);
    }
  });
});
