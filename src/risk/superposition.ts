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
import { canCause, type Deploy } from "../events/deploy.ts";
import { type History, pastLoad } from "../series/history.ts";
import { hourOf } from "../series/hourly-series.ts";
import type { Change } from "./change.ts";
import { type DelayBins, delayBins, densityPerHour, sharesOfHours } from "./delay.ts";
import { AverageChange, COLUMN, type DeployFeatures, featuresOf, isClock, partOf, trouble } from "./deploy-features.ts";
import { FailureTerms } from "./failure-terms.ts";
import { earlierOf, type FollowUpEstimate, FollowUps, NO_FOLLOW_UPS } from "./follow-ups.ts";
import { WeeklyCauses } from "./level.ts";
import { LoadRates } from "./load-rates.ts";
import { product, type Rate } from "./rate.ts";
import type { FailureParts } from "./risk-forecast.ts";
import { SuspectedDeploys } from "./suspected-deploys.ts";
import { isDeployInQuestion, isUnexplained, type Suspects, suspectsOf } from "./suspects.ts";
import { emptyWeeklyCounts, fitTwoFactorRate, type RatePrior } from "./two-factor-rate.ts";

/** A history made ready, so that it can be fitted many times. */
export type Causes = {
  startHour: WallHour;
  /** deploys that can cause incidents: all but repairs */
  deploys: readonly Deploy[];
  /** [deploys] in which each started */
  deployHours: Int32Array;
  features: DeployFeatures;
  suspects: Suspects;
  /** up to the longest time from a deploy to an incident that it is blamed for */
  bins: DelayBins;
  /** [incidents, bins] on how many each may follow, by how long before it they were */
  earlier: Uint32Array;
  /** [hours of history] */
  exposure: Float64Array;
  /** [hours of history] what load incidents are in proportion to */
  load: Float64Array;
  /** highest summed multiplier near an hour */
  intensityAt: (hour: WallHour) => number;
};

export function causesOf(history: History, attributionHours: number, intensityAt: (hour: WallHour) => number): Causes {
  const { startHour, originHour, zone, deploys = [], incidents } = history;
  const causing = deploys.filter(canCause);
  const bins = delayBins(attributionHours);
  const hours = Math.max(0, originHour - startHour);
  const load = Float64Array.from({ length: hours }, (_, i) => pastLoad(history, startHour + i));
  return {
    startHour,
    deploys: causing,
    deployHours: Int32Array.from(causing, ({ timestamp }) => hourOf(timestamp)),
    features: featuresOf(causing, incidents, intensityAt),
    suspects: suspectsOf(causing, incidents, bins),
    bins,
    earlier: earlierOf(incidents),
    exposure: Float64Array.from({ length: hours }, (_, i) => zone.exposure(startHour + i)),
    load,
    intensityAt,
  };
}

export type SuperpositionOptions = {
  /** whether incidents may follow on others */
  followUps: boolean;
  /** whether f may depend on the hour and the day */
  clock: boolean;
  /** whether f may depend on how many incidents the week before had */
  recent: boolean;
  /** age at which history counts half, weeks */
  halfLifeWeeks: number;
  /** hours after it for which load may still cause incidents */
  loadLags: number;
  /** incidents of load are in proportion to this power of it */
  loadPower: number;
};

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

/** Half an incident in four weeks: what to expect of a platform about which nothing is known. */
const OTHER_PRIOR: RatePrior = { events: 0.5, exposure: 672 };

const ROUNDS = 60; // of expectation–maximisation; f changes by 2 % of its mean after sixty, and errs as much

/** Fits what happened before `until`. @param rounds fewer are enough to tell settings apart */
export function fitSuperposition(
  causes: Causes,
  until: WallHour,
  options: SuperpositionOptions,
  rounds = ROUNDS,
): Superposition {
  const { startHour, deployHours, features, suspects, bins, intensityAt } = causes;
  const decay = (hour: WallHour) => 2 ** ((hour - until) / (options.halfLifeWeeks * HOURS_PER_WEEK));

  let otherExposure = OTHER_PRIOR.exposure;
  const other = emptyWeeklyCounts();
  const hourWeights = Float64Array.from({ length: Math.max(0, until - startHour) }, (_, i) => decay(startHour + i));
  hourWeights.forEach((weight, i) => {
    otherExposure += weight * causes.exposure[i]!;
    other.exposure[hourOfWeek(startHour + i)]! += weight * causes.exposure[i]!;
  });
  const deploys = causes.deploys.slice(0, countBefore(deployHours, until));
  const deployWeights = Float64Array.from(deploys, (_, i) => hourWeights[deployHours[i]! - startHour]!);
  const count = countBefore(suspects.hours, until);
  const weights = new Float64Array(count);
  for (let k = 0; k < count; k += 1) weights[k] = hourWeights[suspects.hours[k]! - startHour]!;

  const failures = weights.reduce((sum, weight, k) => sum + (isDeployInQuestion(suspects, k) ? weight : 0), 0);
  const terms = new FailureTerms(
    features,
    deployWeights,
    failures,
    (c) => (options.clock || !isClock(c)) && (options.recent || c !== COLUMN.troubled),
  );

  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let density = densityPerHour(bins, new Float64Array(bins.edgesMs.length - 1));
  const load = new LoadRates(
    causes.load.map((value) => value ** options.loadPower),
    hourWeights,
    options.loadLags,
    0.5 * total,
  );
  const follow = options.followUps ? new FollowUps(causes.earlier, total) : undefined;
  let otherRate = (0.5 * total + OTHER_PRIOR.events) / otherExposure;
  const suspected = new SuspectedDeploys(suspects);
  const deployRates = new Float64Array(causes.deploys.length); // 0 of those that come later
  const blames = new Float64Array(deploys.length); // failures put down to each deploy per unit of its f
  const perRate = new Float64Array(count); // how much each incident counts, to all that was expected of it
  const inHours = new Float64Array(bins.edgesHours.length - 1);
  const weekly = new WeeklyCauses(startHour, until);
  for (let round = 0; round < rounds; round += 1) {
    other.events.fill(0);
    let otherEvents = OTHER_PRIOR.events;
    const inBins = new Float64Array(density.length);
    terms.weightsInto(deployRates.subarray(0, deploys.length));
    suspected.weigh(deployRates, density);
    let [index, loadThen, cell] = [-1, 0, 0]; // of the hour, which incidents that follow each other share
    for (let k = 0; k < count; k += 1) {
      if (suspects.hours[k]! - startHour !== index) {
        index = suspects.hours[k]! - startHour;
        loadThen = load.at(index);
        cell = hourOfWeek(suspects.hours[k]!);
      }
      const byDeploys = suspected.rateOf(k);
      const byLoad = suspects.load[k] ? loadThen : 0;
      const byOther = suspects.other[k] || isUnexplained(suspects, k, byLoad) ? otherRate : 0;
      const all = byDeploys + byLoad + byOther + (follow?.weightOf(k) ?? 0);
      const weight = all > 0 ? weights[k]! / all : 0;
      perRate[k] = weight;
      if (weight === 0) continue;
      if (round === rounds - 1) {
        weekly.see("deploys", suspects.hours[k]!, byDeploys / all);
        weekly.see("load", suspects.hours[k]!, byLoad / all);
        weekly.see("other", suspects.hours[k]!, byOther / all);
      }
      suspected.blame(k, weight, inBins);
      if (byLoad > 0) load.blame(index, weight);
      follow?.blame(k, weight);
      otherEvents += weight * byOther;
      other.events[cell]! += weight * byOther;
    }
    suspected.blamesInto(blames);
    terms.blame(blames);
    if (round === rounds - 1) suspected.blameHours(perRate, inHours);
    terms.learn();
    density = densityPerHour(bins, inBins);
    load.learn();
    follow?.learn();
    otherRate = otherEvents / otherExposure;
  }

  const f = terms.estimates();
  const byService = new Map<string, ServiceFailures>();
  deploys.forEach(({ service }, i) => {
    if (service === undefined) return;
    const of = byService.get(service) ?? { failures: 0, expected: 0 };
    of.failures += blames[i]! * deployRates[i]!;
    of.expected += deployWeights[i]! * f[i]!;
    byService.set(service, of);
  });
  const troubles = suspects.hours
    .subarray(0, count)
    .filter((hour, k) => hour >= until - HOURS_PER_WEEK && (suspects.other[k] || !suspects.load[k]));
  const troubleNow = trouble(troubles.length);
  let average: AverageChange | undefined; // not needed where settings are told apart
  const { rates, shapes } = fitTwoFactorRate(other, OTHER_PRIOR);
  deploys.forEach((_, i) => {
    weekly.expect("deploys", deployHours[i]!, f[i]!);
  });
  hourWeights.forEach((_, i) => {
    weekly.expect("load", startHour + i, causes.exposure[i]! * load.at(i));
    weekly.expect("other", startHour + i, causes.exposure[i]! * rates[hourOfWeek(startHour + i)]!);
  });
  const levels = weekly.levels(options.halfLifeWeeks);
  const fNow = f.map((probability) => levels.deploys.mean * probability);
  suspected.weigh(fNow, density);
  const loadOf = (hour: WallHour) => levels.load.mean * load.at(hour - startHour);
  const otherOf = (hour: WallHour) => {
    const mean = rates[hourOfWeek(hour)]!;
    return product({ mean, variance: mean ** 2 / shapes[hourOfWeek(hour)]! }, levels.other);
  };
  return {
    terms: terms.means,
    failureAt: (hour, change) => {
      average ??= new AverageChange(deploys, features, deployWeights);
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
    delay: sharesOfHours(bins, inHours),
    load: load.estimates().map((rate) => product(rate, levels.load)),
    loadPower: options.loadPower,
    followUps: follow?.estimate() ?? NO_FOLLOW_UPS,
    byService,
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
        const byLoad = suspects.load[k] ? loadOf(hour) : 0;
        const byOther = suspects.other[k] || isUnexplained(suspects, k, byLoad) ? otherOf(hour).mean : 0;
        const rate = suspected.rateOf(k) + byLoad + byOther + (follow?.at(k) ?? 0);
        sum += Math.log(Math.max(rate, Number.MIN_VALUE)) - (follow?.perIncident ?? 0);
      }
      return sum;
    },
  };
}

/** How many of ascending hours lie before one. */
function countBefore(hours: Int32Array, until: WallHour): number {
  let [low, high] = [0, hours.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hours[middle]! < until) low = middle + 1;
    else high = middle;
  }
  return low;
}
