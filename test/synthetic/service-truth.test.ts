import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import type { Activity } from "../../src/synthetic/activity.ts";
import { trueHours } from "../../src/synthetic/service-truth.ts";

const MONDAY = Date.UTC(2024, 0, 1) / HOUR_MS;

/** A Monday with a match of multiplier 2 from 12:00 to 13:00. */
const activity: Activity = {
  startHour: MONDAY,
  endHour: MONDAY + 24,
  futureEnd: MONDAY + 24,
  matches: [],
  attempts: [],
  loadIncidents: [],
  multiplierAt: (hour) => (hour === MONDAY + 12 ? 2 : 0),
  intensityAt: (hour) => (Math.abs(hour - MONDAY - 12) <= 2 ? 2 : 0),
};
const service = (name: string, deployShare: number, failureFactor: number) => ({
  name,
  deployShare,
  failureFactor,
  durationFactor: 1,
});
const reach = (hits: number, minutes: number) => ({ probabilities: new Float64Array(), hits, minutes });

// Small .45, medium .40, large .15 if not critical (.93); small .7, medium .3 if critical (.07).
const QUIET = 0.01 + 0.93 * (0.4 * 0.015 + 0.15 * 0.03) + 0.07 * (0.02 + 0.3 * 0.015);
const NEAR_MATCH = QUIET + 0.04;

describe("trueHours()", () => {
  // Of failed deploys .25·2.2 = .55 and .75·.6 = .45 are of either service; load fails both alike.
  const services = [service("a", 0.25, 2.2), service("b", 0.75, 0.6)];
  const hours = trueHours(activity, services, [reach(0.4, 2), reach(0.1, 0.6)]);
  // A failed deploy reaches .55·.4 + .45·.1 services, .55·2 + .45·.6 minutes after it surfaced, which takes 5.5 minutes.
  const hits = 0.265;
  const minutes = 1.37 + 0.265 * 5.5;

  it("lets incidents surface after their deploys, nothing before the first hour", () => {
    expect(hours).toHaveLength(24);
    const [first, nine] = [hours[0]!, hours[9]!];
    expect(first.deployFailureProbability).toBeCloseTo(QUIET, 12);
    expect(first.expectedIncidents - first.otherIncidents).toBeCloseTo((0.08 * QUIET * 54.5) / 60, 12);
    expect(first.otherIncidents).toBeCloseTo(0.08 * QUIET * (hits - minutes / 60), 12);
    const ofDeploys = (0.9 * QUIET * 54.5 + 0.08 * QUIET * 5.5) / 60;
    expect(nine.expectedIncidents - nine.otherIncidents).toBeCloseTo(ofDeploys, 12);
  });

  it("spreads failures of deploys by where they are, failures of load alike", () => {
    const ofDeploys = (1.1 * (hits - minutes / 60) + (1.1 * minutes) / 60) * NEAR_MATCH;
    // Half of load's failures reach .4 services, half .1: .25, in 1.3 minutes in all.
    const ofLoad = 0.06 * (0.25 - 1.3 / 60);
    const before = 0.9 * NEAR_MATCH;
    const noon = 1.1 * NEAR_MATCH * (hits - minutes / 60) + (before * minutes) / 60 + ofLoad;
    expect(hours[12]!.loadIncidents).toBeCloseTo(0.06, 12);
    expect(hours[12]!.otherIncidents).toBeCloseTo(noon, 12);
    expect(hours[13]!.otherIncidents).toBeCloseTo(ofDeploys + (0.06 * 1.3) / 60, 12);
  });

  it("counts what spreads among what a deploy meets in its watch", () => {
    const met = 0.06 + hours[12]!.otherIncidents + hours[13]!.otherIncidents;
    expect(hours[12]!.risk).toBeCloseTo(1 - (1 - NEAR_MATCH) * Math.exp(-met), 12);
  });
});
