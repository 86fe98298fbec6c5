import { beforeAll, describe, expect, it } from "vitest";
import { dayOfWeek, hourOfDay } from "../../src/calendar/week.ts";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { nearbyIntensity, trafficOf } from "../../src/series/traffic.ts";
import { generatePlatform, type Platform } from "../../src/synthetic/platform.ts";

const START = Date.UTC(2024, 0, 1) / HOUR_MS;
const DAYS = 364 * 30;

/** Thirty years: enough that a rate off by a few percent shows. Seeded, so that no run differs from another. */
let platform: Platform;
beforeAll(() => {
  platform = generatePlatform({ seed: 7, startHour: START, days: DAYS, futureDays: 7 });
});

const at = (event: { timestamp: number }) => Math.floor(event.timestamp / HOUR_MS);
const slot = (event: { timestamp: number }) => ({ day: dayOfWeek(at(event)), hour: hourOfDay(at(event)) });

/** Asserts that a count lies within `sigmas` of what it should be. */
function expectCount(count: number, expected: number, variance: number, sigmas = 4) {
  expect(Math.abs(count - expected) / Math.sqrt(variance), `${count}, expected ${expected}`).toBeLessThan(sigmas);
}

const weeks = DAYS / 7 + 1; // matches are drawn for the future week as well

describe("matches", () => {
  it.each([
    ["Brasileirao", [2, 3], [19, 22], 1.7, 0.8],
    ["Champions League", [2], [15, 22], 2.1, 0.65],
    ["Europa League", [3], [15, 22], 1.8, 0.6],
    ["Libertadores", [2, 3], [19, 22], 1.9, 0.75],
    ["Weekend matches", [5, 6], [16, 21], 2.0, 0.85],
  ] as const)(
    "%s are played in their hours with their chance and multiplier",
    (name, days, [from, to], mean, chance) => {
      const own = platform.matches.filter(({ tournament }) => tournament === name);
      for (const match of own) {
        expect(days).toContain(slot(match).day);
        expect(slot(match).hour).toBeGreaterThanOrEqual(from);
        expect(slot(match).hour).toBeLessThan(to);
        expect(match.timestamp % HOUR_MS).toBe(0);
      }
      for (let hour = from; hour < to; hour += 1) {
        const trials = days.length * weeks;
        const played = own.filter((match) => slot(match).hour === hour).length;
        expectCount(played, trials * chance, trials * chance * (1 - chance));
      }
      const multipliers = own.map(({ traffic_multiplier }) => traffic_multiplier);
      const average = multipliers.reduce((sum, value) => sum + value, 0) / multipliers.length;
      const deviation = Math.sqrt(multipliers.reduce((sum, value) => sum + (value - average) ** 2, 0) / own.length);
      expect(Math.abs(average - mean)).toBeLessThan((4 * 0.2) / Math.sqrt(own.length));
      expect(Math.abs(deviation / 0.2 - 1)).toBeLessThan(4 / Math.sqrt(2 * own.length));
      expect(Math.min(...multipliers)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...multipliers)).toBeLessThanOrEqual(3.2);
    },
  );

  it("reach into the future, deploys and incidents do not", () => {
    const end = (START + DAYS * 24) * HOUR_MS;
    expect(platform.matches.some(({ timestamp }) => timestamp >= end)).toBe(true);
    expect(platform.matches.every(({ timestamp }) => timestamp < end + 7 * 24 * HOUR_MS)).toBe(true);
    expect(platform.deploys.every(({ timestamp }) => timestamp < end)).toBe(true);
    expect(platform.incidents.every(({ timestamp }) => timestamp < end)).toBe(true);
  });
});

describe("deploys", () => {
  const rates: [days: number[], from: number, to: number, rate: number][] = [
    [[0, 1, 2, 3], 0, 9, 0.08],
    [[0, 1, 2, 3], 9, 12, 0.9],
    [[0, 1, 2, 3], 12, 16, 1.1],
    [[0, 1, 2, 3], 16, 18, 1.7],
    [[0, 1, 2, 3], 18, 22, 0.7],
    [[0, 1, 2, 3], 22, 24, 0.08],
    [[4], 0, 10, 0.06],
    [[4], 10, 15, 0.55],
    [[4], 15, 17, 1.0],
    [[4], 17, 20, 0.45],
    [[4], 20, 24, 0.06],
    [[5, 6], 0, 24, 0.03],
  ];

  it.each(rates)("on days %j from %i to %i come as a Poisson process of %f an hour", (days, from, to, rate) => {
    const inSlot = platform.deploys.filter((deploy) => {
      const { day, hour } = slot(deploy);
      return days.includes(day) && hour >= from && hour < to;
    });
    const hours = (DAYS / 7) * days.length * (to - from);
    expectCount(inSlot.length, hours * rate, hours * rate);
    const perHour = new Map<number, number>();
    for (const deploy of inSlot) perHour.set(at(deploy), (perHour.get(at(deploy)) ?? 0) + 1);
    const squares = [...perHour.values()].reduce((sum, count) => sum + (count - rate) ** 2, 0);
    const variance = (squares + (hours - perHour.size) * rate ** 2) / hours;
    // A Poisson count varies by its mean; the ratio itself by (2 + 1/rate)/hours.
    expect(Math.abs(variance / rate - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / rate) / hours));
  });

  it("start at any minute alike", () => {
    const counts = new Array<number>(60).fill(0);
    for (const { timestamp } of platform.deploys) counts[(timestamp / 60_000) % 60]! += 1;
    const expected = platform.deploys.length / 60;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(110); // 59 degrees of freedom: exceeded by chance once in 10,000
  });

  it.each([
    ["weekdays", (day: number, hour: number) => day < 5 && !(day === 4 && hour >= 15 && hour <= 18), 0.07],
    ["Friday evenings", (day: number, hour: number) => day === 4 && hour >= 15 && hour <= 18, 0.17],
    ["weekends", (day: number) => day > 4, 0.22],
  ])("are critical fixes as often as they should on %s", (_, inside, share) => {
    const own = platform.deploys.filter((deploy) => inside(slot(deploy).day, slot(deploy).hour));
    const critical = own.filter(({ is_critical_fix }) => is_critical_fix).length;
    expectCount(critical, own.length * share, own.length * share * (1 - share));
  });

  it.each([
    [true, { small: 0.7, medium: 0.3, large: 0 }],
    [false, { small: 0.45, medium: 0.4, large: 0.15 }],
  ])("have their sizes, critical %s", (critical, shares) => {
    const own = platform.deploys.filter(({ is_critical_fix }) => is_critical_fix === critical);
    for (const [size, share] of Object.entries(shares)) {
      const count = own.filter(({ deploy_size }) => deploy_size === size).length;
      if (share === 0) expect(count).toBe(0);
      else expectCount(count, own.length * share, own.length * share * (1 - share));
    }
  });
});

describe("incidents", () => {
  /** The chance of the scenario, written out once more from its text. */
  function chanceOf(deploy: Platform["deploys"][number], intensity: number): number {
    const { day, hour } = slot(deploy);
    let chance = 0.01 + Math.min(0.08, 0.02 * intensity);
    if (hour >= 16 && hour <= 18) chance += 0.04;
    if (day === 2 || day === 3) chance += 0.01;
    if (day === 4 && hour >= 15 && hour <= 18) chance += 0.025;
    if (deploy.is_critical_fix) chance += 0.02;
    if (deploy.deploy_size === "large") chance += 0.03;
    if (deploy.deploy_size === "medium") chance += 0.015;
    return chance;
  }

  it("of deploys come with the chance of each kind of deploy, at its time, with its severity", () => {
    const traffic = trafficOf(platform.matches);
    const multiplierAt = (hour: number) => traffic.get(hour) ?? 0;
    const failed = new Map<number, string[]>();
    for (const { timestamp, incident_type, severity } of platform.incidents) {
      if (incident_type === "deploy_incident") failed.set(timestamp, [...(failed.get(timestamp) ?? []), severity]);
    }
    const strata = new Map<string, { expected: number; variance: number; count: number }>();
    const minutes = new Map<number, number>();
    for (const { timestamp } of platform.deploys) minutes.set(timestamp, (minutes.get(timestamp) ?? 0) + 1);
    for (const deploy of platform.deploys) {
      if (minutes.get(deploy.timestamp) !== 1) continue; // which of two in one minute failed is not written
      const chance = chanceOf(deploy, nearbyIntensity(multiplierAt, at(deploy)));
      const severities = failed.get(deploy.timestamp) ?? [];
      for (const severity of severities) {
        expect(severity).toBe(chance >= 0.12 ? "high" : chance >= 0.07 ? "medium" : "low");
      }
      for (const name of [`chance ${chance.toFixed(2)}`, deploy.deploy_size, `critical ${deploy.is_critical_fix}`]) {
        const stratum = strata.get(name) ?? { expected: 0, variance: 0, count: 0 };
        stratum.expected += chance;
        stratum.variance += chance * (1 - chance);
        stratum.count += severities.length;
        strata.set(name, stratum);
      }
    }
    expect(strata.size).toBeGreaterThan(10);
    for (const { expected, variance, count } of strata.values()) {
      if (expected > 20) expectCount(count, expected, variance);
    }
  });

  it("of load come in proportion to the summed multiplier, with its severity", () => {
    const end = START + DAYS * 24;
    const traffic = trafficOf(platform.matches);
    const bands = new Map<string, { expected: number; count: number }>();
    const bandOf = (multiplier: number) => (multiplier >= 4.5 ? "high" : multiplier >= 3 ? "medium" : "low");
    for (const [hour, multiplier] of traffic) {
      if (hour >= end) continue;
      const band = bands.get(bandOf(multiplier)) ?? { expected: 0, count: 0 };
      band.expected += 0.03 * multiplier;
      bands.set(bandOf(multiplier), band);
    }
    for (const incident of platform.incidents) {
      if (incident.incident_type !== "load_incident") continue;
      const multiplier = traffic.get(at(incident)) ?? 0;
      expect(multiplier).toBeGreaterThan(0);
      expect(incident.severity).toBe(bandOf(multiplier));
      bands.get(incident.severity)!.count += 1;
    }
    expect([...bands.keys()].sort()).toEqual(["high", "low", "medium"]);
    for (const { expected, count } of bands.values()) expectCount(count, expected, expected);
  });

  it("are in order of time, like all events", () => {
    for (const events of [platform.incidents, platform.deploys, platform.matches]) {
      expect(events.every((event, i) => i === 0 || events[i - 1]!.timestamp <= event.timestamp)).toBe(true);
    }
  });
});

describe("truth", () => {
  it("has an entry for every hour of history and future", () => {
    expect(platform.truth).toHaveLength((DAYS + 7) * 24);
    expect(platform.truth[0]!.hour).toBe(START);
  });

  it("is what the scenario says of an hour without matches", () => {
    // Monday 09:00: small .45, medium .40, large .15 if not critical (.93); small .7, medium .3 if critical (.07).
    const failure = 0.01 + 0.93 * (0.4 * 0.015 + 0.15 * 0.03) + 0.07 * (0.02 + 0.3 * 0.015);
    const monday = platform.truth[9]!;
    expect(monday.expectedDeploys).toBe(0.9);
    expect(monday.deployFailureProbability).toBeCloseTo(failure, 12);
    expect(monday.loadIncidents).toBe(0);
    expect(monday.expectedIncidents).toBeCloseTo(0.9 * failure, 12);
    expect(monday.risk).toBeCloseTo(failure, 12);
  });

  it("adds matches to load, to the deploys near them, and to the watch", () => {
    const traffic = trafficOf(platform.matches);
    const multiplierAt = (hour: number) => traffic.get(hour) ?? 0;
    const wednesday = platform.truth.find(({ hour }) => dayOfWeek(hour) === 2 && hourOfDay(hour) === 14)!;
    const { hour } = wednesday;
    const intensity = nearbyIntensity(multiplierAt, hour);
    expect(intensity).toBeGreaterThan(0);
    const quiet = 0.02 + 0.93 * (0.4 * 0.015 + 0.15 * 0.03) + 0.07 * (0.02 + 0.3 * 0.015);
    expect(wednesday.deployFailureProbability).toBeCloseTo(quiet + Math.min(0.08, 0.02 * intensity), 12);
    const met = 0.03 * (multiplierAt(hour) + multiplierAt(hour + 1));
    expect(wednesday.risk).toBeCloseTo(1 - (1 - wednesday.deployFailureProbability) * Math.exp(-met), 12);
  });
});
