/**
 * backtest.json: how every method did, and in one sentence what that is worth.
 * @module
 */

import { counted } from "../naming/counted.ts";
import { rounded } from "../windows/document.ts";
import { pairedRatio, type RatioInterval } from "./bootstrap.ts";
import { captured } from "./capture.ts";
import { METHOD_NAMES, type MethodId } from "./method-names.ts";
import type { BacktestWeek } from "./rolling-origins.ts";
import { auc, brierScore, calibrationSlope, devianceOf, logLoss, poissonDeviance } from "./scores.ts";
import { type SeriesScores, seriesScores } from "./series-scores.ts";

const SCHEMA_VERSION = 1;

/** Null where a score is not determined, as without an incident. */
export type MethodScores = {
  /** mean per hour */
  poissonDeviance: number;
  brier: number;
  brierReliability: number;
  brierResolution: number;
  /** nats per hour */
  logLoss: number;
  auc: number | null;
  /** of a week's incidents, in the share of its hours that the method ranks highest (lowest) */
  shareInRiskiest10: number | null;
  shareInRiskiest25: number | null;
  shareInSafest25: number | null;
  /** also null for a method that expects as much of every hour of a week, as a constant rate does */
  calibrationSlope: number | null;
  /** its Poisson deviance over drp's, with the 95 % interval of a bootstrap over weeks, too narrow where they are few; null for drp */
  devianceToDrp: RatioInterval | null;
};

export type BacktestReport = {
  schemaVersion: typeof SCHEMA_VERSION;
  /** weeks tested */
  weeks: number;
  horizonHours: number;
  /** in the hours tested */
  incidents: number;
  methods: Partial<Record<MethodId, MethodScores>>;
  /** drp's forecast of deploys per hour; null without it, or where there are fewer than one in twenty hours */
  deploys: SeriesScores | null;
  verdict: string;
};

/** @param random uniform on [0, 1), for the bootstrap */
export function reportOf(
  weeks: readonly BacktestWeek[],
  methods: readonly MethodId[],
  horizonHours: number,
  random: () => number,
): BacktestReport {
  const observed = weeks.flatMap((week) => week.observed);
  const scores: BacktestReport["methods"] = {};
  for (const method of methods) {
    const expected = weeks.flatMap((week) => week.expected[method]!);
    const { brier, reliability, resolution } = brierScore(observed, expected);
    const share = (of: number) => nullable(capturedShare(weeks, method, of));
    const safest = capturedShare(weeks, method, 0.75);
    scores[method] = {
      poissonDeviance: rounded(poissonDeviance(observed, expected)),
      brier: rounded(brier),
      brierReliability: rounded(reliability),
      brierResolution: rounded(resolution),
      logLoss: rounded(logLoss(observed, expected)),
      auc: nullable(auc(observed, expected)),
      shareInRiskiest10: share(0.1),
      shareInRiskiest25: share(0.25),
      shareInSafest25: nullable(safest === undefined ? undefined : 1 - safest),
      calibrationSlope: nullable(variesWithinWeeks(weeks, method) ? calibrationSlope(observed, expected) : undefined),
      devianceToDrp:
        method === "drp" || !methods.includes("drp") ? null : roundedRatio(devianceRatio(weeks, method, "drp", random)),
    };
  }
  return {
    schemaVersion: SCHEMA_VERSION,
    weeks: weeks.length,
    horizonHours,
    incidents: observed.reduce((sum, count) => sum + count, 0),
    methods: scores,
    deploys: deployScores(weeks),
    verdict: verdictOn(weeks, scores, random),
  };
}

/** Where nearly every hour is 0 an all-zero forecast scores as well: such a series says nothing of skill. */
const DENSE = 0.05;

function deployScores(weeks: readonly BacktestWeek[]): SeriesScores | null {
  const outcomes = weeks.flatMap(({ deploys }) => (deploys === undefined ? [] : [deploys]));
  const counts = outcomes.flatMap(({ actual }) => [...actual].filter((value) => !Number.isNaN(value)));
  const scores = seriesScores(outcomes);
  if (scores === undefined || counts.reduce((sum, count) => sum + count, 0) < DENSE * counts.length) return null;
  const { wql, wqlSeasonalNaive, mase, coverage80 } = scores;
  return {
    wql: rounded(wql),
    wqlSeasonalNaive: rounded(wqlSeasonalNaive),
    mase: rounded(mase),
    coverage80: rounded(coverage80),
  };
}

/**
 * Share of all incidents that lie in the riskiest `share` of the hours of their own week: a team chooses among the hours of
 * one week.
 *
 * @returns undefined without an incident
 */
export function capturedShare(weeks: readonly BacktestWeek[], method: MethodId, share: number): number | undefined {
  let found = 0;
  let total = 0;
  for (const { observed, expected } of weeks) {
    const incidents = observed.reduce((sum, count) => sum + count, 0);
    if (incidents === 0) continue;
    found += incidents * captured(observed, expected[method]!, share);
    total += incidents;
  }
  return total === 0 ? undefined : found / total;
}

/** Beyond what rounding makes of one rate. */
const SAME_RATE = 1e-9;

/**
 * Whether a method tells the hours of any week apart, other than by how long they are. Where it does not, its slope of calibration
 * says nothing of them: only a rate that drifts from week to week is left to regress on, by a few per cent, and one that is
 * the mean of the weeks before tends to lie high after bad weeks and before good ones. Slopes of −2 to −46 came of that.
 */
function variesWithinWeeks(weeks: readonly BacktestWeek[], method: MethodId): boolean {
  return weeks.some(({ expected, exposure }) => {
    const rates = expected[method]!.map((mean, i) => mean / exposure[i]!);
    return rates.some((rate) => Math.abs(rate / rates[0]! - 1) > SAME_RATE);
  });
}

function devianceRatio(
  weeks: readonly BacktestWeek[],
  method: MethodId,
  other: MethodId,
  random: () => number,
): RatioInterval {
  const summed = (id: MethodId) =>
    weeks.map(({ observed, expected }) =>
      observed.reduce((sum, count, i) => sum + devianceOf(count, expected[id]![i]!), 0),
    );
  return pairedRatio(summed(method), summed(other), random);
}

/** Were drp no better nor worse, five weeks would all be for or all against it with a chance of 1/16: more than 5 %. */
const FEWEST_WEEKS = 6;

/** Whether the model is better than the best of the others, which the same weeks chose: a hard test, and an honest one. */
function verdictOn(weeks: readonly BacktestWeek[], scores: BacktestReport["methods"], random: () => number): string {
  const incidents = weeks.reduce((sum, { observed }) => sum + observed.reduce((a, b) => a + b, 0), 0);
  const tested = `${counted(weeks.length, "week")} with ${counted(incidents, "incident")}`;
  if (incidents === 0)
    return `No incident fell into the ${tested.replace(" with 0 incidents", "")} tested: nothing can be told`;
  const rivals = (Object.entries(scores) as [MethodId, MethodScores][])
    .filter(([id]) => id !== "drp")
    .sort(([, a], [, b]) => a.poissonDeviance - b.poissonDeviance);
  const best = rivals[0]?.[0];
  if (best === undefined || scores.drp === undefined)
    return `Over ${tested}; compare "drp" with another method for a verdict`;
  const { ratio, low, high } = devianceRatio(weeks, "drp", best, random);
  const percent = (value: number) => `${value < 1 ? "−" : "+"}${Math.abs(100 * (value - 1)).toFixed(1)} %`;
  const deviance = `Poisson deviance ${percent(ratio)}`;
  if (weeks.length < FEWEST_WEEKS)
    return `Fewer than ${FEWEST_WEEKS} weeks cannot tell drp from the best baseline, ${METHOD_NAMES[best]}: ${deviance}, over ${tested}`;
  const figures = `${deviance}, 95 % interval ${percent(low)} to ${percent(high)}, over ${tested}`;
  if (high < 1) return `drp beats the best baseline, ${METHOD_NAMES[best]}: ${figures}`;
  if (low > 1) return `drp is worse than the best baseline, ${METHOD_NAMES[best]}: ${figures}`;
  return `The weeks tested are too few to tell drp from the best baseline, ${METHOD_NAMES[best]}: ${figures}`;
}

function nullable(value: number | undefined): number | null {
  return value === undefined ? null : rounded(value);
}

function roundedRatio({ ratio, low, high }: RatioInterval): RatioInterval {
  return { ratio: rounded(ratio), low: rounded(low), high: rounded(high) };
}
