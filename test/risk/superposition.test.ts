import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { poisson, seededRandom } from "../../src/chance/random.ts";
import type { Deploy } from "../../src/events/deploy.ts";
import { causesOf } from "../../src/risk/causes.ts";
import { chooseSuperposition } from "../../src/risk/choose-superposition.ts";
import { COLUMN } from "../../src/risk/deploy-features.ts";
import { fitSuperposition } from "../../src/risk/superposition.ts";
import { type Events, historyBefore } from "../../src/series/history.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { nearbyIntensity } from "../../src/series/traffic.ts";
import { generatePlatform } from "../../src/synthetic/platform.ts";
import { deploy, incident, match, wall } from "./events.ts";

const UTC = new Zone("UTC");
const START = wall("2024-01-01 00:00");
const USUAL = { followUps: false, clock: true, recent: false, halfLifeWeeks: Infinity, loadLags: 0, loadPower: 1 };

function fitOf(events: Events, options = USUAL, intensityAt = (_: number) => 0) {
  const history = historyBefore(events, hourOf(START) + 52 * 168, UTC);
  return fitSuperposition(causesOf(history, 24, intensityAt), history.originHour, options);
}

/** A deploy every two hours on average, each with a chance to cause an incident some time after it. */
function simulated(chanceOf: (deploy: Deploy) => number, delayHours: (random: () => number) => number, type: string) {
  const random = seededRandom(5, 0);
  const events: Events & { deploys: Deploy[]; incidents: ReturnType<typeof incident>[] } = {
    deploys: [],
    incidents: [],
    matches: undefined,
  };
  for (let hour = 0; hour < 52 * 168; hour += 1) {
    for (let left = poisson(random, 0.5); left > 0; left -= 1) {
      const one = { ...deploy("2024-01-01 00:00"), timestamp: START + (hour + random()) * HOUR_MS };
      one.deploy_size = random() < 0.3 ? "large" : "small";
      events.deploys.push(one);
      if (random() < chanceOf(one))
        events.incidents.push({
          ...incident("2024-01-01 00:00", { incident_type: type }),
          timestamp: one.timestamp + delayHours(random) * HOUR_MS,
        });
    }
  }
  const inOrder = (a: { timestamp: number }, b: { timestamp: number }) => a.timestamp - b.timestamp;
  events.deploys.sort(inOrder);
  events.incidents.sort(inOrder);
  return events;
}

describe("fitSuperposition()", () => {
  it("finds what large deploys fail more often, and that the clock tells nothing", () => {
    const events = simulated(
      ({ deploy_size }) => (deploy_size === "large" ? 0.15 : 0.03),
      () => 0.02,
      "deploy_incident",
    );
    const { terms, failureAt } = fitOf(events);
    expect(terms[COLUMN.base]! + terms[COLUMN.large]!).toBeGreaterThan(0.1);
    expect(terms[COLUMN.large]).toBeGreaterThan(0.08);
    const noon = hourOf(wall("2025-01-01 12:00"));
    expect(failureAt(noon, { size: "large" }).probability).toBeGreaterThan(
      2.5 * failureAt(noon, { size: "small" }).probability,
    );
    const average = failureAt(noon, {}).probability;
    expect(Math.abs(average - 0.066)).toBeLessThan(0.015);
    const hours = Array.from({ length: 168 }, (_, i) => failureAt(noon + i, {}).probability);
    expect(Math.max(...hours) - Math.min(...hours)).toBeLessThan(0.03);
  });

  it("puts few incidents that state no cause down to deploys where those of deploys state theirs", () => {
    const events = simulated(
      () => 0.05,
      (random) => -Math.log(1 - random()),
      "deploy_incident",
    );
    const random = seededRandom(6, 0);
    const rate = 0.004;
    const others = Array.from({ length: 52 * 168 }, (_, hour) => START + (hour + random()) * HOUR_MS)
      .filter(() => random() < rate)
      .map((timestamp) => ({ ...incident("2024-01-01 00:00", { incident_type: "network" }), timestamp }));
    const incidents = [...events.incidents, ...others].sort((a, b) => a.timestamp - b.timestamp);
    const { failureAt, otherAt } = fitOf({ ...events, incidents });
    const noon = hourOf(wall("2025-01-01 12:00"));
    expect(Math.abs(failureAt(noon, {}).probability / 0.05 - 1)).toBeLessThan(0.15);
    expect(otherAt(noon).mean / rate).toBeGreaterThan(0.4);
    expect(otherAt(noon).mean / rate).toBeLessThan(1.4);
  });

  it("takes the average change of the hour, so that a pipeline's deploys at night tell nothing of those by day", () => {
    const random = seededRandom(6, 0);
    const deploys: Deploy[] = [];
    const incidents: ReturnType<typeof incident>[] = [];
    const start = (hour: number, deploy_size: Deploy["deploy_size"]) => {
      const timestamp = START + (hour + random()) * HOUR_MS;
      deploys.push({ ...deploy("2024-01-01 00:00", { deploy_size }), timestamp });
      if (random() < (deploy_size === "large" ? 0.2 : 0.01))
        incidents.push({ ...incident("2024-01-01 00:00"), timestamp: timestamp + 60_000 });
    };
    for (let day = 0; day < 364; day += 1) {
      for (let i = 0; i < 10; i += 1) start(day * 24 + 2, "small");
      for (let hour = 9; hour < 17; hour += 1)
        if (random() < 0.3) start(day * 24 + hour, random() < 0.5 ? "large" : "small");
    }
    const inOrder = (a: { timestamp: number }, b: { timestamp: number }) => a.timestamp - b.timestamp;
    const { failureAt } = fitOf({
      deploys: deploys.sort(inOrder),
      incidents: incidents.sort(inOrder),
      matches: undefined,
    });
    const newYear = hourOf(wall("2025-01-01 00:00"));
    const at = (hour: number) => failureAt(newYear + hour, {}).probability;
    expect(at(2)).toBeLessThan(0.015);
    const byDay = [9, 10, 11, 12, 13, 14, 15, 16].reduce((sum, hour) => sum + at(hour) / 8, 0);
    expect(byDay).toBeGreaterThan(0.08);
    expect(byDay).toBeLessThan(0.12);
  });

  it("learns the delay, although which deploy it was is not stated", () => {
    const events = simulated(
      () => 0.1,
      (random) => 3 + random(),
      "unknown",
    );
    const { delay, otherAt } = fitOf(events);
    expect(delay[3]! + delay[4]!).toBeGreaterThan(0.7);
    expect(otherAt(hourOf(START)).mean).toBeLessThan(0.3 * (events.incidents.length / (52 * 168)));
  });

  it("puts incidents that come whether or not people deploy down to other causes", () => {
    const events = simulated(
      () => 0,
      () => 0,
      "",
    );
    const random = seededRandom(9, 0);
    const rare = { ...events, deploys: events.deploys.filter((_, i) => i % 100 === 0) };
    for (let hour = 0; hour < 52 * 168; hour += 1)
      if (random() < 0.03)
        rare.incidents.push({
          ...incident("2024-01-01 00:00", { incident_type: "outage" }),
          timestamp: START + hour * HOUR_MS,
        });
    const { otherAt, failureAt } = fitOf(rare);
    expect(otherAt(hourOf(START)).mean).toBeGreaterThan(0.02);
    expect(failureAt(hourOf(START), {}).probability).toBeLessThan(0.2);
  });

  it("explains load incidents by traffic, those without any by other causes", () => {
    const matches = Array.from({ length: 50 }, (_, i) =>
      match(`2024-02-${String(1 + (i % 28)).padStart(2, "0")} 20:00`, 2),
    );
    const load = (at: string) => incident(at, { incident_type: "load_incident" });
    const events = {
      deploys: undefined,
      incidents: [load("2024-02-03 20:30"), load("2024-02-04 20:10"), load("2024-02-05 09:00")],
      matches,
    };
    const { load: rates, otherAt } = fitOf(events);
    // From the first incident on: 46 matches; half an incident and 50 of the prior. The level is drawn a little by when they came.
    expect(Math.abs((rates[0]!.mean * (92 + 50)) / 2.5 - 1)).toBeLessThan(0.005);
    const hours = Array.from({ length: 168 }, (_, i) => otherAt(hourOf(START) + i).mean);
    expect(hours.reduce((sum, value) => sum + value, 0) / 168).toBeCloseTo(
      1.5 / (hourOf(START) + 52 * 168 - hourOf(wall("2024-02-03 20:00")) + 672),
      4,
    );
  });

  it("counts the load of an hour that clocks repeat twice", () => {
    const at = "2024-10-27 02:";
    const incidents = Array.from({ length: 6 }, (_, i) => incident(`${at}${i}5`, { incident_type: "load_incident" }));
    const events = { deploys: undefined, incidents, matches: [match(`${at}00`, 1000)] };
    const history = historyBefore(events, hourOf(wall("2024-11-03 00:00")), new Zone("Europe/Berlin"));
    const { load } = fitSuperposition(
      causesOf(history, 24, () => 0),
      history.originHour,
      USUAL,
    );
    expect(load[0]!.mean).toBeCloseTo(6.5 / (2 * 1000 + 50), 4);
  });

  it("finds the same load and the same other causes where a third of the traffic was not measured", () => {
    const random = seededRandom(12, 0);
    const loads = Array.from({ length: 52 * 168 }, (_, hour) => 1 + Math.sin(((hour % 24) / 24) * 2 * Math.PI));
    const incidents = loads.flatMap((load, hour) =>
      random() < 0.05 * load
        ? [{ ...incident("2024-01-01 00:00", { incident_type: "load_incident" }), timestamp: START + hour * HOUR_MS }]
        : [],
    );
    const measurements = loads.map((value, hour) => ({ timestamp: START + hour * HOUR_MS, value }));
    const fitted = (isMeasured: (hour: number) => boolean) =>
      fitOf({
        deploys: undefined,
        incidents,
        matches: undefined,
        measurements: measurements.filter((_, i) => isMeasured(i)),
      });
    const whole = fitted(() => true);
    for (const isMeasured of [
      (hour: number) => Math.floor(hour / 50) % 3 > 0,
      (hour: number) => hour > 17 * 168,
      (hour: number) => hour < 35 * 168,
    ]) {
      const { load, otherAt } = fitted(isMeasured);
      expect(Math.abs(load[0]!.mean / whole.load[0]!.mean - 1)).toBeLessThan(0.02);
      expect(otherAt(hourOf(START)).mean).toBeLessThan(1.1 * whole.otherAt(hourOf(START)).mean);
    }
  });

  it("believes five percent where it has seen nothing", () => {
    const { failureAt } = fitOf({ deploys: [], incidents: [], matches: undefined });
    expect(failureAt(hourOf(START), {}).probability).toBeCloseTo(0.05, 12);
  });

  it("follows how often deploys fail, although it forgets nothing", () => {
    const half = START + 26 * 168 * HOUR_MS;
    const events = simulated(
      ({ timestamp }) => (timestamp < half ? 0.2 : 0.02),
      () => 0.02,
      "deploy_incident",
    );
    const at = hourOf(START) + 52 * 168;
    const { probability, variance, parts } = fitOf(events).failureAt(at, {});
    expect(probability).toBeGreaterThan(0.015); // 0.11 over the whole year
    expect(probability).toBeLessThan(0.045);
    expect(variance).toBeGreaterThan(0);
    expect(parts.base + parts.hour + parts.day + parts.traffic + parts.change).toBeCloseTo(probability, 12);
  });

  it("follows what other causes and load come to, although it forgets nothing", () => {
    const random = seededRandom(14, 0);
    const start = hourOf(START);
    const isLately = (hour: number) => hour >= 44 * 168;
    const matches = Array.from({ length: 52 * 7 }, (_, day) => ({
      ...match("2024-01-01 20:00", 4),
      timestamp: (start + 24 * day + 20) * HOUR_MS,
    }));
    const incidents = Array.from({ length: 52 * 168 }, (_, hour) => {
      const happened = (incident_type: string, rate: number) =>
        Array.from({ length: poisson(random, rate) }, () => ({
          ...incident("2024-01-01 00:00", { incident_type }),
          timestamp: (start + hour + random()) * HOUR_MS,
        }));
      return [
        ...(hour % 24 === 20 ? happened("load_incident", isLately(hour) ? 0.9 : 0.3) : []),
        ...happened("outage", isLately(hour) ? 0.005 : 0.02),
      ];
    }).flat();
    const { load, otherAt } = fitOf({
      deploys: undefined,
      incidents: incidents.sort((a, b) => a.timestamp - b.timestamp),
      matches,
    });
    expect(load[0]!.mean * 4).toBeGreaterThan(0.65);
    expect(load[0]!.mean * 4).toBeLessThan(1.1);
    expect(otherAt(start + 52 * 168).mean).toBeLessThan(0.013);
  });

  it("lets old history count less where it tells of another time when deploys fail", async () => {
    const half = START + 26 * 168 * HOUR_MS;
    const isMorning = (timestamp: number) => (timestamp / HOUR_MS) % 24 < 12;
    const events = simulated(
      ({ timestamp }) => (isMorning(timestamp) === timestamp < half ? 0.2 : 0.02),
      () => 0.02,
      "deploy_incident",
    );
    const at = hourOf(START) + 52 * 168;
    const eveningToMorning = (fit: ReturnType<typeof fitOf>) =>
      fit.failureAt(at + 18, {}).probability / fit.failureAt(at + 6, {}).probability;
    expect(eveningToMorning(fitOf(events))).toBeLessThan(2);
    expect(eveningToMorning(fitOf(events, { ...USUAL, halfLifeWeeks: 6 }))).toBeGreaterThan(3);
    const history = historyBefore(events, at, UTC);
    expect((await chooseSuperposition(history, 24, () => 0)).choice.halfLifeWeeks).toBeLessThan(53);
  });

  it("tells troubled weeks where it may, and lets them fade over the week ahead", () => {
    const spell = (timestamp: number) => Math.floor((timestamp - START) / HOUR_MS / 168) % 4 < 2;
    const events = simulated(
      ({ timestamp }) => (spell(timestamp) ? 0.3 : 0.02),
      () => 0.02,
      "deploy_incident",
    );
    const history = historyBefore(events, hourOf(START) + 50 * 168, UTC); // two weeks into a spell
    const { terms, failureAt } = fitSuperposition(
      causesOf(history, 24, () => 0),
      history.originHour,
      { ...USUAL, recent: true },
    );
    expect(terms[COLUMN.troubled]).toBeGreaterThan(0.01);
    const mean = (day: number) => failureAt(history.originHour + 24 * day, {}).probability;
    expect(mean(0)).toBeGreaterThan(1.2 * mean(7));
    expect(
      fitSuperposition(
        causesOf(history, 24, () => 0),
        history.originHour,
        USUAL,
      ).terms[COLUMN.troubled],
    ).toBe(0);
  });

  it("fits a storm in which every deploy may have caused every incident", () => {
    const random = seededRandom(8, 0);
    const moments = (count: number) =>
      Array.from({ length: count }, () => START + random() * 24 * HOUR_MS).sort((a, b) => a - b);
    const events = {
      deploys: moments(30_000).map((timestamp) => ({ ...deploy("2024-01-01 00:00"), timestamp })),
      incidents: moments(10_000).map((timestamp) => ({ ...incident("2024-01-01 00:00"), timestamp })),
      matches: undefined,
    };
    const { failureAt, delay } = fitOf(events);
    const hours = Array.from({ length: 24 }, (_, i) => failureAt(hourOf(START) + i, {}).probability);
    expect(hours.reduce((sum, value) => sum + value, 0) / 24).toBeCloseTo(1 / 3, 2);
    expect(delay.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });

  it("recovers the rates of a simulated platform", () => {
    const startHour = hourOf(START);
    for (const seed of [1, 2, 3]) {
      const platform = generatePlatform({ seed, startHour, days: 364, futureDays: 7 });
      const history = historyBefore(platform, startHour + 52 * 168, UTC);
      const intensityAt = (hour: number) => nearbyIntensity((h) => history.traffic!.get(h) ?? 0, hour);
      const { load, failureAt } = fitSuperposition(causesOf(history, 24, intensityAt), history.originHour, USUAL);
      expect(Math.abs(load[0]!.mean / 0.03 - 1)).toBeLessThan(0.35);
      const week = platform.truth.filter(({ hour }) => hour >= history.originHour);
      const truth = week.map(({ deployFailureProbability }) => deployFailureProbability);
      const errors = week.map(({ hour }, i) => Math.abs(failureAt(hour, {}).probability - truth[i]!));
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      expect(sum(errors) / sum(truth)).toBeLessThan(0.3);
    }
  });
});
