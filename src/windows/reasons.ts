/**
 * Why a window is as risky as it is: risk is 1 − (1 − f)·exp(−Σ(L + B)), so −log(1 − risk) is the sum of −log(1 − f), ΣL
 * and ΣB, and each part has a share of it.
 * @module
 */

import type { RiskForecast, RiskHour } from "../risk/risk-forecast.ts";
import { percent } from "./percent.ts";
import type { Reason } from "./window.ts";

/** As much of a forecast as its reasons follow from. */
export type Risks = Pick<RiskForecast, "watchHours"> & {
  hours: readonly Pick<
    RiskHour,
    "risk" | "deployFailureProbability" | "failureParts" | "loadIncidents" | "otherIncidents"
  >[];
};

/** The parts of one hour's −log(1 − risk). */
type Hazard = { deploy: number; load: number; other: number };

/** @returns the parts of the mean hazard of hours [from, to), largest first; those of no share are left out */
export function reasonsOf(forecast: Risks, from: number, to: number): Reason[] {
  const { hours, watchHours } = forecast;
  const hazards = Array.from({ length: to - from }, (_, i) => hazardOf(forecast, from + i));
  const mean = (of: (hazard: Hazard) => number) =>
    hazards.reduce((sum, hazard) => sum + of(hazard), 0) / hazards.length;
  const deploy = mean(({ deploy: part }) => part);
  const load = mean(({ load: part }) => part);
  const other = mean(({ other: part }) => part);
  const failures = hours.map(({ deployFailureProbability }) => deployFailureProbability ?? 0).sort((a, b) => a - b);
  const typical = failures[Math.floor(failures.length / 2)] ?? 0;
  const watch = `in the ${watchHours} h watch`;
  const parts = [
    {
      part: "deployFailureProbability" as const,
      hazard: deploy,
      text: `${percent(1 - Math.exp(-deploy))} of deploys started then fail (median hour ${percent(typical)})${becauseOf(hours, from, to)}`,
    },
    { part: "loadIncidents" as const, hazard: load, text: `${incidents(load)} from traffic expected ${watch}` },
    { part: "otherIncidents" as const, hazard: other, text: `${incidents(other)} of other cause expected ${watch}` },
  ];
  const total = deploy + load + other;
  return parts
    .filter(({ hazard }) => hazard > 0)
    .sort((a, b) => b.hazard - a.hazard)
    .map(({ part, hazard, text }) => ({ part, share: hazard / total, text }));
}

const FAILURE_WORDS = {
  base: "",
  hour: "the hour of the day",
  day: "the day",
  traffic: "matches nearby",
  change: "what is deployed then",
} as const;
/** Of a window's failures; a part that explains less is not worth a word. */
const TOLD_SHARE = 0.25;

/** The part of f that sets hours [from, to) apart from the median hour most, in words; empty where none does much. */
function becauseOf(hours: Risks["hours"], from: number, to: number): string {
  const parts = hours.flatMap(({ failureParts }) => (failureParts === null ? [] : [failureParts]));
  const within = parts.slice(from, to);
  if (parts.length < hours.length) return "";
  const total = within.reduce(
    (sum, { base, hour, day, traffic, change }) => sum + base + hour + day + traffic + change,
    0,
  );
  const excesses = (["hour", "day", "traffic", "change"] as const).map((part) => {
    const ordered = parts.map((one) => one[part]).sort((a, b) => a - b);
    const typical = ordered[Math.floor(ordered.length / 2)]!;
    return { part, excess: within.reduce((sum, one) => sum + one[part] - typical, 0) };
  });
  const { part, excess } = excesses.reduce((most, one) => (one.excess > most.excess ? one : most));
  const points = (100 * excess) / within.length;
  return excess < TOLD_SHARE * total ? "" : `: +${points.toFixed(1)} points for ${FAILURE_WORDS[part]}`;
}

function hazardOf({ hours, watchHours }: Risks, index: number): Hazard {
  const { risk, deployFailureProbability } = hours[index]!;
  const deploy = hazardOfChance(deployFailureProbability ?? 0);
  // The watch of the last hours reads beyond the forecast; its whole is known from the risk, its split from these hours.
  const met = Math.max(0, hazardOfChance(risk) - deploy);
  const watched = hours.slice(index, index + watchHours);
  const load = watched.reduce((sum, { loadIncidents }) => sum + loadIncidents, 0);
  const other = watched.reduce((sum, { otherIncidents }) => sum + otherIncidents, 0);
  const share = load + other > 0 ? load / (load + other) : 0;
  return { deploy, load: met * share, other: met * (1 - share) };
}

/** −log(1 − p), kept finite. */
function hazardOfChance(probability: number): number {
  return -Math.log1p(-Math.min(probability, 1 - Number.EPSILON));
}

function incidents(count: number): string {
  return `${count.toPrecision(2)} incidents`;
}
