/**
 * A platform like a sports streaming service, in numbers: when matches are played, when people deploy, and how both
 * cause incidents. Days: Monday = 0. Hours are those of the wall clock; a range [from, to) leaves out its end.
 * @module
 */

import type { Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";

export type Tournament = {
  name: string;
  days: readonly number[];
  hours: readonly [from: number, to: number];
  meanMultiplier: number;
  /** chance of a match in each of its hours */
  chance: number;
};

export const TOURNAMENTS: readonly Tournament[] = [
  { name: "Brasileirao", days: [2, 3], hours: [19, 22], meanMultiplier: 1.7, chance: 0.8 },
  { name: "Champions League", days: [2], hours: [15, 22], meanMultiplier: 2.1, chance: 0.65 },
  { name: "Europa League", days: [3], hours: [15, 22], meanMultiplier: 1.8, chance: 0.6 },
  { name: "Libertadores", days: [2, 3], hours: [19, 22], meanMultiplier: 1.9, chance: 0.75 },
  { name: "Weekend matches", days: [5, 6], hours: [16, 21], meanMultiplier: 2.0, chance: 0.85 },
];

export const MULTIPLIER = { deviation: 0.2, min: 1, max: 3.2 };

/** Load incidents per hour and unit of summed multiplier. */
export const LOAD_RATE = 0.03;

const FRIDAY = 4;

/** D: deploys started per hour. */
export function deployRate(day: number, hour: number): number {
  if (day > FRIDAY) return 0.03;
  if (day === FRIDAY)
    return within(hour, 10, 15) ? 0.55 : within(hour, 15, 17) ? 1 : within(hour, 17, 20) ? 0.45 : 0.06;
  if (within(hour, 9, 12)) return 0.9;
  if (within(hour, 12, 16)) return 1.1;
  if (within(hour, 16, 18)) return 1.7;
  return within(hour, 18, 22) ? 0.7 : 0.08;
}

/** Chance that a deploy is a critical fix. */
export function criticalShare(day: number, hour: number): number {
  return (day > FRIDAY ? 0.22 : 0.07) + (fridayEvening(day, hour) ? 0.1 : 0);
}

/** Shares of sizes, in order; they sum to 1. */
export function sizeShares(critical: boolean): readonly (readonly [Deploy["deploy_size"], number])[] {
  return critical
    ? [
        ["small", 0.7],
        ["medium", 0.3],
      ]
    : [
        ["small", 0.45],
        ["medium", 0.4],
        ["large", 0.15],
      ];
}

/** What a deploy's chance to fail depends on. */
export type DeployTraits = {
  day: number;
  hour: number;
  critical: boolean;
  size: Deploy["deploy_size"];
  /** highest summed multiplier within two hours */
  intensity: number;
};

/** Chance that a deploy causes an incident. */
export function failureChance({ day, hour, critical, size, intensity }: DeployTraits): number {
  const chance =
    0.01 +
    (hour >= 16 && hour <= 18 ? 0.04 : 0) +
    (day === 2 || day === 3 ? 0.01 : 0) +
    (fridayEvening(day, hour) ? 0.025 : 0) +
    (critical ? 0.02 : 0) +
    (size === "large" ? 0.03 : size === "medium" ? 0.015 : 0) +
    Math.min(0.08, 0.02 * intensity);
  return Math.min(0.95, Math.max(0, chance));
}

/** failureChance averaged over the sizes and the criticality of an hour's deploys. */
export function meanFailureChance(day: number, hour: number, intensity: number): number {
  const criticals = criticalShare(day, hour);
  let mean = 0;
  for (const critical of [false, true]) {
    for (const [size, share] of sizeShares(critical)) {
      mean += (critical ? criticals : 1 - criticals) * share * failureChance({ day, hour, critical, size, intensity });
    }
  }
  return mean;
}

export function deploySeverity(chance: number): Incident["severity"] {
  return chance >= 0.12 ? "high" : chance >= 0.07 ? "medium" : "low";
}

export function loadSeverity(multiplier: number): Incident["severity"] {
  return multiplier >= 4.5 ? "high" : multiplier >= 3 ? "medium" : "low";
}

function fridayEvening(day: number, hour: number): boolean {
  return day === FRIDAY && hour >= 15 && hour <= 18;
}

function within(hour: number, from: number, to: number): boolean {
  return hour >= from && hour < to;
}
