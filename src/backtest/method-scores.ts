import { weighted } from "./bootstrap.ts";
import { captured } from "./capture.ts";
import type { MethodId } from "./method-names.ts";
import type { BacktestWeek } from "./rolling-origins.ts";
import { aucInOrder, brierScore, calibrationSlopes, logLoss, poissonDeviance, ranked } from "./scores.ts";

/** Scores of a method over a mix of weeks; undefined where it does not determine one. */
export type Scores = {
  poissonDeviance: number;
  brier: number;
  logLoss: number;
  auc: number | undefined;
  shareInRiskiest10: number | undefined;
  shareInRiskiest25: number | undefined;
  shareInSafest25: number | undefined;
  calibrationSlope: number | undefined;
};

/**
 * The scores of a method over any mix of weeks. What no mix changes (sums of weeks, ranks, log odds) is made once: a bootstrap asks
 * for thousands.
 *
 * @returns the scores, given how often each week counts, not all 0, and whether the slope is wanted, which takes most of the time
 */
export function scoresIn(
  weeks: readonly BacktestWeek[],
  method: MethodId,
): (counts: ArrayLike<number>, sloped: boolean) => Scores {
  const observed = weeks.flatMap((week) => week.observed);
  const expected = weeks.flatMap((week) => week.expected[method]!);
  const order = ranked(expected);
  const lengths = weeks.map((week) => week.observed.length);
  const summed = (score: typeof logLoss) =>
    weeks.map((week, w) => lengths[w]! * score(week.observed, week.expected[method]!));
  const [deviances, squares, logLosses] = [poissonDeviance, squaredError, logLoss].map(summed);
  const incidents = weeks.map(incidentsOf);
  const [riskiest10, riskiest25, riskiest75] = [0.1, 0.25, 0.75].map((share) => foundIn(weeks, method, share));
  const slopeIn = variesWithinWeeks(weeks, method) ? calibrationSlopes(observed, expected) : () => undefined;
  const weights = new Uint16Array(observed.length);
  return (counts, sloped) => {
    let start = 0;
    lengths.forEach((length, w) => {
      weights.fill(counts[w]!, start, start + length);
      start += length;
    });
    const hours = weighted(lengths, counts);
    const all = weighted(incidents, counts);
    const shareOf = (found: readonly number[]) => (all === 0 ? undefined : weighted(found, counts) / all);
    const area = aucInOrder(observed, expected, order, weights);
    const separated = area === undefined || area === 0 || area === 1; // a search for the slope would not end
    const found75 = shareOf(riskiest75!);
    return {
      poissonDeviance: weighted(deviances!, counts) / hours,
      brier: weighted(squares!, counts) / hours,
      logLoss: weighted(logLosses!, counts) / hours,
      auc: area,
      shareInRiskiest10: shareOf(riskiest10!),
      shareInRiskiest25: shareOf(riskiest25!),
      shareInSafest25: found75 === undefined ? undefined : 1 - found75,
      calibrationSlope: separated || !sloped ? undefined : slopeIn(weights),
    };
  };
}

/**
 * Share of all incidents that lie in the riskiest `share` of the hours of their own week: a team chooses among the hours of
 * one week.
 *
 * @returns undefined without an incident
 */
export function capturedShare(weeks: readonly BacktestWeek[], method: MethodId, share: number): number | undefined {
  const [found, all] = [foundIn(weeks, method, share), weeks.map(incidentsOf)].map((counts) => sumOf(counts));
  return all === 0 ? undefined : found! / all!;
}

/** Incidents in the riskiest `share` of the hours of each week. [weeks] */
function foundIn(weeks: readonly BacktestWeek[], method: MethodId, share: number): number[] {
  return weeks.map((week) => {
    const incidents = incidentsOf(week);
    return incidents === 0 ? 0 : incidents * captured(week.observed, week.expected[method]!, share);
  });
}

function squaredError(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  return brierScore(observed, expected).brier;
}

/** Incidents of a week. */
export function incidentsOf({ observed }: BacktestWeek): number {
  return sumOf(observed);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
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
