/**
 * f: the chance that one average deploy causes an incident, from the clock and the matches nearby.
 * @module
 */

import { HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { hourOf } from "../series/hourly-series.ts";
import type { Attribution } from "./attribution.ts";
import { fitTwoFactorRate, type RatePrior, type TwoFactorRate } from "./two-factor-rate.ts";

export type DeployFailure = {
  /** failures per deploy that the clock explains */
  clock: TwoFactorRate;
  /** failures per deploy and unit of nearby match intensity, on top of the clock's */
  perIntensity: number;
  /** failures (fractional) that `perIntensity` was learned from */
  intensityFailures: number;
};

/**
 * One failure in twenty deploys, believed as firmly as ten deploys would teach it. Change-failure rates of 5 % to 15 %
 * are typical (Google Cloud, "Accelerate State of DevOps 2023").
 */
const FAILURE_PRIOR: RatePrior = { events: 0.5, exposure: 10 };
const ROUNDS = 40; // of expectation–maximisation; the split changes by under 1e-3 after thirty

/**
 * Fits f(h) = clock(h) + c · intensity(h) to the deploys of a history: a superposition of two Poisson causes, split by
 * expectation–maximisation.
 * Source: Dempster, Laird & Rubin (1977), "Maximum Likelihood from Incomplete Data via the EM Algorithm", JRSS B 39(1).
 *
 * @param intensityAt highest summed multiplier near an hour
 */
export function fitDeployFailure(
  { deploys, failures }: Pick<Attribution, "deploys" | "failures">,
  intensityAt: (hour: WallHour) => number,
): DeployFailure {
  const hours = deploys.map(({ timestamp }) => hourOf(timestamp));
  const exposure = new Float64Array(HOURS_PER_WEEK);
  for (const hour of hours) exposure[hourOfWeek(hour)]! += 1;
  const intensities = hours.map((hour) => intensityAt(hour));
  const intensityExposure = intensities.reduce((sum, value) => sum + value, 0);
  const failed = failures.map(({ deploy }) => ({ cell: hourOfWeek(hours[deploy]!), intensity: intensities[deploy]! }));

  const clockOf = (shareOfClock: readonly number[]) => {
    const events = new Float64Array(exposure.length);
    failed.forEach(({ cell }, i) => {
      events[cell]! += shareOfClock[i]!;
    });
    return fitTwoFactorRate({ events, exposure }, FAILURE_PRIOR);
  };
  if (intensityExposure === 0) {
    return { clock: clockOf(failed.map(() => 1)), perIntensity: 0, intensityFailures: 0 };
  }
  let shareOfClock: number[] = failed.map(({ intensity }) => (intensity > 0 ? 0.5 : 1));
  for (let round = 0; ; round += 1) {
    const clock = clockOf(shareOfClock);
    const intensityFailures = shareOfClock.reduce((sum, share) => sum + (1 - share), 0);
    const perIntensity = intensityFailures / intensityExposure;
    if (round === ROUNDS) return { clock, perIntensity, intensityFailures };
    shareOfClock = failed.map(({ cell, intensity }) => {
      const byClock = clock.rates[cell]!;
      return byClock / (byClock + perIntensity * intensity);
    });
  }
}

/** f at one hour. */
export type FailureEstimate = {
  /** 0..1 */
  probability: number;
  /** of the estimate, from the gamma posteriors of its two terms */
  variance: number;
};

/** @param intensity highest summed multiplier near the hour */
export function failureAt(model: DeployFailure, hour: WallHour, intensity: number): FailureEstimate {
  const cell = hourOfWeek(hour);
  const byClock = model.clock.rates[cell]!;
  const byIntensity = model.perIntensity * intensity;
  return {
    probability: Math.min(1, byClock + byIntensity),
    variance: byClock ** 2 / model.clock.shapes[cell]! + byIntensity ** 2 / (model.intensityFailures + 1),
  };
}
