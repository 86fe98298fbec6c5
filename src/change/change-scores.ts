/**
 * Scores of the probability that a change fails.
 * @module
 */

import { captured } from "../backtest/capture.ts";
import { auc, equalCountBins, ranked } from "../backtest/scores.ts";
import type { ChangeScores } from "./evaluation-document.ts";

export type ScoredChanges = {
  /** [changes] */
  probabilities: Float64Array;
  /** 1 where the change failed [changes] */
  failed: Uint8Array;
  /** what it takes to inspect each change, above 0, as lines [changes] */
  effort: Float64Array;
  /** changes of this probability or a higher one are flagged; undefined: nothing tells which */
  threshold: number | undefined;
};

const EFFORT_SHARE = 0.2;

/**
 * Sources: Hanley & McNeil (1982), Radiology 143(1), for the area under the ROC curve; Brier (1950), Monthly Weather Review
 * 78(1); Naeini, Cooper & Hauskrecht (2015), "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI, for the
 * calibration error; Van Rijsbergen (1979), "Information Retrieval", ch. 7, for F1; Kamei et al. (2013), IEEE TSE 39(6), for
 * recall at 20 % of the effort, with the ranking of Pornprasit & Tantithamthavorn (2021), "JITLine", MSR.
 *
 * @throws {RangeError} if there is no change, lengths differ, a probability lies outside of 0..1, or an effort is not above 0
 */
export function scoresOf({ probabilities, failed, effort, threshold }: ScoredChanges): ChangeScores {
  check(probabilities, failed, effort);
  const failures = countOf(failed);
  const recallTop = (share: number) => determined(captured(failed, probabilities, share));
  const density = probabilities.map((probability, i) => probability / effort[i]!);
  return {
    rocAuc: auc(failed, probabilities) ?? null,
    averagePrecision: averagePrecision(probabilities, failed) ?? null,
    brier: probabilities.reduce((sum, p, i) => sum + (p - failed[i]!) ** 2, 0) / failed.length,
    expectedCalibrationError: calibrationError(probabilities, failed),
    threshold: threshold ?? null,
    ...flagging(probabilities, failed, failures, threshold),
    recallTop5: recallTop(0.05),
    recallTop10: recallTop(0.1),
    recallTop20: recallTop(0.2),
    recallTop50: recallTop(0.5),
    recallAt20Effort: determined(captured(failed, density, EFFORT_SHARE, effort)),
  };
}

function flagging(probabilities: Float64Array, failed: Uint8Array, failures: number, threshold: number | undefined) {
  if (threshold === undefined) return { precision: null, recall: null, f1: null };
  let [flagged, found] = [0, 0];
  probabilities.forEach((probability, i) => {
    if (probability < threshold) return;
    flagged += 1;
    found += failed[i]!;
  });
  return {
    precision: determined(found / flagged),
    recall: determined(found / failures),
    f1: determined((2 * found) / (flagged + failures)),
  };
}

/**
 * Area under precision over recall as a sum of steps, without interpolation, which would flatter (Davis & Goadrich 2006, ICML);
 * changes of one probability are one step.
 *
 * @returns undefined without a failure
 */
export function averagePrecision(probabilities: Float64Array, failed: Uint8Array): number | undefined {
  const failures = countOf(failed);
  if (failures === 0) return undefined;
  let [sum, before] = [0, 0];
  for (const { flagged, found } of cutsOf(probabilities, failed)) {
    sum += ((found - before) * found) / flagged;
    before = found;
  }
  return sum / failures;
}

/**
 * The probability from which on changes are to be flagged for the highest F1; of two as good the higher one. To be chosen on
 * changes that neither trained nor test the model.
 * Source: Lipton, Elkan & Naryanaswamy (2014), "Optimal Thresholding of Classifiers to Maximize F1 Measure", ECML PKDD.
 *
 * @returns undefined without a failure
 */
export function bestThreshold(probabilities: Float64Array, failed: Uint8Array): number | undefined {
  const failures = countOf(failed);
  let best: { threshold: number; f1: number } | undefined;
  for (const { probability, flagged, found } of cutsOf(probabilities, failed)) {
    const f1 = (2 * found) / (flagged + failures);
    if (f1 > (best?.f1 ?? 0)) best = { threshold: probability, f1 };
  }
  return best?.threshold;
}

/** For every different probability, highest first: how many changes have it or a higher one, and how many of them failed. */
function* cutsOf(probabilities: Float64Array, failed: Uint8Array) {
  const order = ranked(probabilities);
  let found = 0;
  for (let i = 0; i < order.length; i += 1) {
    found += failed[order[i]!]!;
    const probability = probabilities[order[i]!]!;
    const next = order[i + 1];
    if (next === undefined || probabilities[next] !== probability) yield { probability, flagged: i + 1, found };
  }
}

function calibrationError(probabilities: Float64Array, failed: Uint8Array): number {
  const bins = equalCountBins(failed, probabilities);
  return (
    bins.reduce((sum, { count, forecast, frequency }) => sum + count * Math.abs(forecast - frequency), 0) /
    failed.length
  );
}

function countOf(failed: Uint8Array): number {
  return failed.reduce((sum, one) => sum + one, 0);
}

/** A share of nothing is not determined. */
function determined(share: number): number | null {
  return Number.isNaN(share) ? null : share;
}

function check(probabilities: Float64Array, failed: Uint8Array, effort: Float64Array): void {
  if (probabilities.length === 0) throw new RangeError("Cannot score changes: there are none, expected at least one");
  if (failed.length !== probabilities.length || effort.length !== probabilities.length) {
    throw new RangeError(
      `Cannot score ${probabilities.length} probabilities: there are ${failed.length} outcomes and ${effort.length} efforts, expected as many`,
    );
  }
  const wrong = probabilities.find((probability) => !(probability >= 0 && probability <= 1));
  if (wrong !== undefined) throw new RangeError(`Cannot score probability ${wrong}: expected 0 to 1`);
  const free = effort.find((value) => !(value > 0 && value < Infinity));
  if (free !== undefined) throw new RangeError(`Cannot score a change of effort ${free}: expected above 0`);
}
