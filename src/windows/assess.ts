import { HOUR_MS } from "../calendar/zone.ts";
import type { RiskForecast, RiskHour } from "../risk/risk-forecast.ts";
import { reasonsOf } from "./reasons.ts";
import type { Assessment, Level, RiskWindow, Thresholds } from "./window.ts";

export type AssessOptions = {
  /** avoid every hour above this risk, 0..1, in place of the relative rule */
  maxRisk?: number;
  /** the riskiest share of hours that can be avoid; .1 unless given */
  avoidShare?: number;
  /** the least risky share of hours that can be safe; .5 unless given */
  safeShare?: number;
};

/** An hour that is not this much riskier than the median hour does not stand out. */
const STANDS_OUT = 1.5;

/**
 * Puts every hour into a level and merges adjacent hours of one level into windows.
 *
 * - avoid: risk in the top `avoidShare` of the hours and at least 1.5 × the median; or above `maxRisk` where given
 * - safe: risk in the lowest `safeShare`, not avoid, and no avoid hour begins within `watchHours` of it
 * - caution: all others
 */
export function assess(forecast: RiskForecast, options: AssessOptions = {}): Assessment {
  const { hours } = forecast;
  const thresholds = thresholdsOf(hours, options);
  const { avoidAtOrAbove, avoidAbove, safeAtOrBelow } = thresholds;
  const avoid = hours.map(
    ({ risk }) => (avoidAtOrAbove !== null && risk >= avoidAtOrAbove) || (avoidAbove !== null && risk > avoidAbove),
  );
  let nextAvoidMs = Infinity;
  const levels: Level[] = new Array(hours.length);
  for (let i = hours.length - 1; i >= 0; i -= 1) {
    const { risk, startMs } = hours[i]!;
    if (avoid[i]) nextAvoidMs = startMs;
    const clear = nextAvoidMs - startMs > forecast.watchHours * HOUR_MS;
    levels[i] = avoid[i] ? "avoid" : risk <= safeAtOrBelow && clear ? "safe" : "caution";
  }
  return { levels, windows: windowsOf(forecast, levels), thresholds };
}

/** Whether any hour is so much riskier than the median hour that it could be avoid. */
export function standsOut(hours: readonly Pick<RiskHour, "risk">[], medianRisk: number): boolean {
  return hours.some(({ risk }) => risk > medianRisk && risk >= STANDS_OUT * medianRisk);
}

function thresholdsOf(
  hours: readonly RiskHour[],
  { maxRisk, avoidShare = 0.1, safeShare = 0.5 }: AssessOptions,
): Thresholds {
  const risks = hours.map(({ risk }) => risk).sort((a, b) => a - b);
  const medianRisk = quantile(risks, 0.5);
  const avoidAtOrAbove = Math.max(topOf(risks, avoidShare), STANDS_OUT * medianRisk);
  const relative = maxRisk === undefined && standsOut(hours, medianRisk) && (risks.at(-1) ?? 0) >= avoidAtOrAbove;
  return {
    avoidAtOrAbove: relative ? avoidAtOrAbove : null,
    avoidAbove: maxRisk ?? null,
    safeAtOrBelow: quantile(risks, safeShare),
    medianRisk,
  };
}

/**
 * The lowest risk that no more than `share` of the hours reach, or one hour where that is none; hours of equal risk are in
 * together or not at all.
 *
 * @returns Infinity for a share of 0
 */
function topOf(ascending: readonly number[], share: number): number {
  if (share === 0) return Infinity;
  const most = Math.max(1, Math.floor(share * ascending.length + 1e-9));
  const outside = ascending[ascending.length - most - 1];
  return ascending.find((risk) => outside === undefined || risk > outside) ?? Infinity;
}

/**
 * Quantile of ascending values, interpolated; 0 where there are none.
 * Source: Hyndman & Fan (1996), "Sample Quantiles in Statistical Packages", The American Statistician 50(4), type 7.
 */
function quantile(ascending: readonly number[], level: number): number {
  const at = level * (ascending.length - 1);
  const low = ascending[Math.floor(at)] ?? 0;
  const high = ascending[Math.ceil(at)] ?? low;
  return low + (at - Math.floor(at)) * (high - low);
}

function windowsOf(forecast: RiskForecast, levels: readonly Level[]): RiskWindow[] {
  const windows: RiskWindow[] = [];
  for (let from = 0, to = 0; from < levels.length; from = to) {
    const kind = levels[from]!;
    while (to < levels.length && levels[to] === kind) to += 1;
    if (kind === "caution") continue;
    const hours = forecast.hours.slice(from, to);
    const lengthHours = hours.reduce((sum, { durationHours }) => sum + durationHours, 0);
    const sumOver = (of: (hour: RiskHour) => number) =>
      hours.reduce((sum, hour) => sum + of(hour) * hour.durationHours, 0);
    windows.push({
      kind,
      from,
      to,
      startMs: hours[0]!.startMs,
      endMs: hours[0]!.startMs + lengthHours * HOUR_MS,
      hours: lengthHours,
      maxRisk: Math.max(...hours.map(({ risk }) => risk)),
      meanRisk: sumOver(({ risk }) => risk) / lengthHours,
      expectedIncidents: sumOver(({ expectedIncidents }) => expectedIncidents),
      reasons: reasonsOf(forecast, from, to),
    });
  }
  return windows;
}
