/**
 * backtest.json: how every method did, and in one sentence what that is worth.
 * @module
 */

import { counted } from "../naming/counted.ts";
import { rounded } from "../windows/document.ts";
import { type Interval, pairedRatio, percentileInterval, type RatioInterval, weekResamples } from "./bootstrap.ts";
import { METHOD_NAMES, type MethodId } from "./method-names.ts";
import { incidentsOf, type Scores, scoresIn } from "./method-scores.ts";
import type { BacktestWeek } from "./rolling-origins.ts";
import { brierScore, devianceOf } from "./scores.ts";
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
  /**
   * 95 % intervals of the scores, of a bootstrap over weeks; null over fewer than six weeks, and of a score that is null. Samples
   * of weeks that do not determine a score, as without an incident, are left out of its interval. AUC, shares and slope, which
   * tell of the weeks with incidents alone, need six of those: samples of one such week are all alike. The parts of Brier's have none:
   * bins of few hours look unreliable by chance, and in samples more so, so that it would deny what is calibrated (Ferro & Fricker
   * 2012, "A Bias-Corrected Decomposition of the Brier Score", QJRMS 138)
   */
  intervals: Record<keyof Scores, Interval | null> | null;
};

type Resamples = readonly ArrayLike<number>[];

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

/** Of the samples that ratios are taken over; slopes of them all would take a second of a backtest of 12 weeks more. */
const SCORE_SAMPLES = 1000;

/** @param random uniform on [0, 1), for the bootstrap */
export function reportOf(
  weeks: readonly BacktestWeek[],
  methods: readonly MethodId[],
  horizonHours: number,
  random: () => number,
): BacktestReport {
  const resamples = weekResamples(weeks.length, random);
  const observed = weeks.flatMap((week) => week.observed);
  const scores: BacktestReport["methods"] = {};
  for (const method of methods) {
    const scoresOf = scoresIn(weeks, method);
    const compared = method !== "drp" && methods.includes("drp");
    const once = new Uint8Array(weeks.length).fill(1);
    const { reliability, resolution } = brierScore(
      observed,
      weeks.flatMap(({ expected }) => expected[method]!),
    );
    scores[method] = {
      ...roundedScores(scoresOf(once, true)),
      brierReliability: rounded(reliability),
      brierResolution: rounded(resolution),
      devianceToDrp: compared ? roundedRatio(devianceRatio(weeks, method, "drp", resamples)) : null,
      intervals: intervalsOf(weeks, resamples.slice(0, SCORE_SAMPLES), scoresOf),
    };
  }
  return {
    schemaVersion: SCHEMA_VERSION,
    weeks: weeks.length,
    horizonHours,
    incidents: incidentsIn(weeks),
    methods: scores,
    deploys: deployScores(weeks),
    verdict: verdictOn(weeks, scores, resamples),
  };
}

function incidentsIn(weeks: readonly BacktestWeek[]): number {
  return weeks.reduce((sum, week) => sum + incidentsOf(week), 0);
}

function roundedScores(scores: Scores): Pick<MethodScores, keyof Scores> {
  return {
    poissonDeviance: rounded(scores.poissonDeviance),
    brier: rounded(scores.brier),
    logLoss: rounded(scores.logLoss),
    auc: nullable(scores.auc),
    shareInRiskiest10: nullable(scores.shareInRiskiest10),
    shareInRiskiest25: nullable(scores.shareInRiskiest25),
    shareInSafest25: nullable(scores.shareInSafest25),
    calibrationSlope: nullable(scores.calibrationSlope),
  };
}

function intervalsOf(
  weeks: readonly BacktestWeek[],
  resamples: Resamples,
  scoresOf: ReturnType<typeof scoresIn>,
): MethodScores["intervals"] {
  if (weeks.length < FEWEST_WEEKS) return null;
  const eventful = weeks.filter((week) => incidentsOf(week) > 0).length;
  const resampled = resamples.map((counts) => scoresOf(counts, eventful >= FEWEST_WEEKS));
  const of = (name: keyof Scores): Interval | null => {
    const values = resampled.map((scores) => scores[name]).filter((value) => value !== undefined);
    if (values.length === 0) return null;
    const { low, high } = percentileInterval(Float64Array.from(values));
    return { low: rounded(low), high: rounded(high) };
  };
  const ofIncidents = (name: keyof Scores) => (eventful < FEWEST_WEEKS ? null : of(name));
  return {
    poissonDeviance: of("poissonDeviance"),
    brier: of("brier"),
    logLoss: of("logLoss"),
    auc: ofIncidents("auc"),
    shareInRiskiest10: ofIncidents("shareInRiskiest10"),
    shareInRiskiest25: ofIncidents("shareInRiskiest25"),
    shareInSafest25: ofIncidents("shareInSafest25"),
    calibrationSlope: ofIncidents("calibrationSlope"),
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

function devianceRatio(
  weeks: readonly BacktestWeek[],
  method: MethodId,
  other: MethodId,
  resamples: Resamples,
): RatioInterval {
  const summed = (id: MethodId) =>
    weeks.map(({ observed, expected }) =>
      observed.reduce((sum, count, i) => sum + devianceOf(count, expected[id]![i]!), 0),
    );
  return pairedRatio(summed(method), summed(other), resamples);
}

/** Were drp no better nor worse, five weeks would all be for or all against it with a chance of 1/16: more than 5 %. */
const FEWEST_WEEKS = 6;

/** Whether the model is better than the best of the others, which the same weeks chose: a hard test, and an honest one. */
function verdictOn(weeks: readonly BacktestWeek[], scores: BacktestReport["methods"], resamples: Resamples): string {
  const incidents = incidentsIn(weeks);
  const tested = `${counted(weeks.length, "week")} with ${counted(incidents, "incident")}`;
  if (incidents === 0)
    return `No incident fell into the ${tested.replace(" with 0 incidents", "")} tested: nothing can be told`;
  const rivals = (Object.entries(scores) as [MethodId, MethodScores][])
    .filter(([id]) => id !== "drp")
    .sort(([, a], [, b]) => a.poissonDeviance - b.poissonDeviance);
  const best = rivals[0]?.[0];
  if (best === undefined || scores.drp === undefined)
    return `Over ${tested}; compare "drp" with another method for a verdict`;
  const { ratio, low, high } = devianceRatio(weeks, "drp", best, resamples);
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
