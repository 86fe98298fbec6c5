/**
 * Incidents as a superposition of causes: deploys, each with a chance to fail and a delay, load, all else, and incidents before.
 *
 *     λ(t) = Σ_i f_i·g(t − t_i) + L(t) + B(t) + Σ_k n·a(t − t_k),   f_i = Σ_c θ_c·x_ic,   all θ ≥ 0
 *
 * Which cause an incident had is not observed (or is, where its type states it): expectation–maximisation splits it by how
 * likely each cause was. f is an additive risk model: its terms are failures per deploy that add up, and are the reasons
 * of a forecast; failure-terms.ts learns them in the same rounds.
 *
 * Sources: Veen & Schoenberg (2008), "Estimation of Space–Time Branching Process Models in Seismology Using an EM-Type
 * Algorithm", JASA 103(482); Marsan & Lengliné (2008), "Extending Earthquakes' Reach Through Cascading", Science 319(5866),
 * for the histogram g; Aalen (1980), "A Model for Nonparametric Regression Analysis of Counting Processes", for additive
 * risk.
 * @module
 */

import { HOURS_PER_WEEK, hourOfWeek } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import type { Deploy } from "../events/deploy.ts";
import { attribute, OTHER_PRIOR, type SuperpositionOptions } from "./attribution.ts";
import { type Causes, countBefore } from "./causes.ts";
import type { Change } from "./change.ts";
import { sharesOfHours } from "./delay.ts";
import { AverageChange, COLUMN, partOf, trouble } from "./deploy-features.ts";
import { type FollowUpEstimate, NO_FOLLOW_UPS } from "./follow-ups.ts";
import { product, type Rate } from "./rate.ts";
import type { FailureParts } from "./risk-forecast.ts";
import { isUnexplained } from "./suspects.ts";
import { fitTwoFactorRate } from "./two-factor-rate.ts";

/** f of one deploy. */
export type FailureEstimate = {
  /** 0..1 */
  probability: number;
  /** of the estimate */
  variance: number;
  parts: FailureParts;
};

/** Failures put down to a service's deploys, and how many were expected of as many average deploys. */
export type ServiceFailures = { failures: number; expected: number };

export type Superposition = {
  /** f of a deploy started in an hour, average in all that `change` does not say */
  failureAt: (hour: WallHour, change: Change) => FailureEstimate;
  /** [COLUMNS] failures per deploy and unit of a feature, over all of the history */
  terms: Float64Array;
  /** [attributionHours + 1] g: share of incidents that surface so many grid hours after their deploy */
  delay: Float64Array;
  /** [loadLags + 1] incidents per hour and unit of load, to its power, of the same hour, of the hour before it, … */
  load: readonly Rate[];
  loadPower: number;
  /** B */
  otherAt: (hour: WallHour) => Rate;
  /** of whatever cause the first was */
  followUps: FollowUpEstimate;
  /** by the service that deploys name */
  byService: ReadonlyMap<string, ServiceFailures>;
  /** of what happened in hours [from, to) of the causes, which the fit has not seen */
  logLikelihood: (from: WallHour, to: WallHour) => number;
};

const ROUNDS = 60; // of expectation–maximisation; f changes by 2 % of its mean after sixty, and errs as much

/** Fits what happened before `until`. @param rounds fewer are enough to tell settings apart */
export function fitSuperposition(
  causes: Causes,
  until: WallHour,
  options: SuperpositionOptions,
  rounds = ROUNDS,
): Superposition {
  const { startHour, deployHours, features, suspects, bins, intensityAt } = causes;
  const learned = attribute(causes, until, options, rounds);
  const { deployWeights, hourWeights, terms, load, follow, suspected, stated, other, weekly } = learned;
  const f = terms.estimates();
  const troubles = suspects.hours.filter(
    (hour, k) => hour >= until - HOURS_PER_WEEK && hour < until && (suspects.other[k] || !suspects.load[k]),
  );
  const troubleNow = trouble(troubles.length);
  let average: AverageChange | undefined; // not needed where settings are told apart
  const { rates, shapes } = fitTwoFactorRate(other, OTHER_PRIOR);
  deployWeights.forEach((_, i) => {
    weekly.expect("deploys", deployHours[i]!, f[i]!);
  });
  hourWeights.forEach((_, i) => {
    weekly.expect("load", startHour + i, causes.exposure[i]! * load.at(i));
    weekly.expect("other", startHour + i, causes.exposure[i]! * rates[hourOfWeek(startHour + i)]!);
  });
  const levels = weekly.levels(options.halfLifeWeeks);
  const fNow = f.map((probability) => levels.deploys.mean * probability);
  suspected.weigh(fNow, learned.density);
  const loadOf = (hour: WallHour) => levels.load.mean * load.at(hour - startHour);
  const otherOf = (hour: WallHour) => {
    const mean = rates[hourOfWeek(hour)]!;
    return product({ mean, variance: mean ** 2 / shapes[hourOfWeek(hour)]! }, levels.other);
  };
  return {
    terms: terms.means,
    failureAt: (hour, change) => {
      average ??= new AverageChange(features, deployWeights);
      const dense = average.at(hour, intensityAt(hour), change);
      const fresh = Math.min(1, Math.max(0, 1 - (hour - until) / HOURS_PER_WEEK)); // share of that week that is known
      dense[COLUMN.troubled] = fresh * troubleNow + (1 - fresh) * dense[COLUMN.troubled]!;
      const { mean, variance } = product(terms.at(dense), levels.deploys);
      const parts = { base: 0, hour: 0, day: 0, traffic: 0, change: 0 };
      terms.means.forEach((term, c) => {
        parts[partOf(c)] += levels.deploys.mean * dense[c]! * term;
      });
      return { probability: Math.min(1, mean), variance, parts };
    },
    delay: sharesOfHours(bins, learned.byDelay),
    load: load.estimates().map((rate) => product(rate, levels.load)),
    loadPower: options.loadPower,
    followUps: follow?.estimate() ?? NO_FOLLOW_UPS,
    byService: sharedOut(
      causes.deploys,
      learned.failures,
      deployWeights.map((weight, i) => weight * f[i]!),
    ),
    otherAt: otherOf,
    logLikelihood: (from, to) => {
      let sum = 0;
      const last = countBefore(deployHours, to);
      for (let i = countBefore(deployHours, from); i < last; i += 1) sum -= fNow[i]!;
      for (let hour = from; hour < to; hour += 1)
        sum -= causes.exposure[hour - startHour]! * (loadOf(hour) + otherOf(hour).mean);
      const end = countBefore(suspects.hours, to);
      for (let k = countBefore(suspects.hours, from); k < end; k += 1) {
        const hour = suspects.hours[k]!;
        const isSilent = suspects.other[k] === 1; // that one states its cause is as likely under all settings, nearly
        const byDeploys = stated.deploys.factor(isSilent) * suspected.rateOf(k);
        const byLoad = suspects.load[k] ? stated.load.factor(isSilent) * loadOf(hour) : 0;
        const byOther = suspects.other[k] || isUnexplained(suspects, k, byLoad) ? otherOf(hour).mean : 0;
        const rate = byDeploys + byLoad + byOther + (follow?.at(k) ?? 0);
        sum += Math.log(Math.max(rate, Number.MIN_VALUE)) - (follow?.perIncident ?? 0);
      }
      return sum;
    },
  };
}

/** What each service had. @param failures @param expected [deploys] of the first deploys */
function sharedOut(
  deploys: readonly Deploy[],
  failures: Float64Array,
  expected: Float64Array,
): Map<string, ServiceFailures> {
  const byService = new Map<string, ServiceFailures>();
  failures.forEach((failed, i) => {
    const { service } = deploys[i]!;
    if (service === undefined) return;
    const of = byService.get(service) ?? { failures: 0, expected: 0 };
    of.failures += failed;
    of.expected += expected[i]!;
    byService.set(service, of);
  });
  return byService;
}
