import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { type Causes, countBefore } from "./causes.ts";
import { densityPerHour } from "./delay.ts";
import { COLUMN, isClock } from "./deploy-features.ts";
import { FailureTerms } from "./failure-terms.ts";
import { FollowUps } from "./follow-ups.ts";
import { WeeklyCauses } from "./level.ts";
import { LoadRates } from "./load-rates.ts";
import { StatedShare } from "./stated-share.ts";
import { SuspectedDeploys } from "./suspected-deploys.ts";
import { isDeployInQuestion, isUnexplained, type Suspects } from "./suspects.ts";
import { type HourlyCounts, type RatePrior, sumOf } from "./two-factor-rate.ts";

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

/** Half an incident in four weeks: what to expect of a platform about which nothing is known. */
export const OTHER_PRIOR: RatePrior = { events: 0.5, exposure: 672 };

/** What was learned of each cause from incidents that were put down to all of them in part. */
export type Attribution = {
  /** [deploys before the end] how much each counts */
  deployWeights: Float64Array;
  /** [hours before the end] the same */
  hourWeights: Float64Array;
  terms: FailureTerms;
  /** [bins] g per hour */
  density: Float64Array;
  load: LoadRates;
  follow: FollowUps | undefined;
  suspected: SuspectedDeploys;
  /** how many incidents of deploys, and of load, state their cause */
  stated: { deploys: StatedShare; load: StatedShare };
  /** incidents of neither deploys nor load, and the hours that they came from */
  other: HourlyCounts;
  /** [deploys before the end] failures put down to each */
  failures: Float64Array;
  /** [hour bins] failures by their delay */
  byDelay: Float64Array;
  /** incidents put down to each cause, each as one however old it is; nothing is expected yet */
  weekly: WeeklyCauses;
};

/**
 * Puts incidents before `until` down to their causes, by how likely each cause was, and learns the causes from that, in turns.
 * Sources: as of superposition.ts.
 */
export function attribute(causes: Causes, until: WallHour, options: SuperpositionOptions, rounds: number): Attribution {
  const { startHour, suspects, bins } = causes;
  const { hourWeights, deployWeights, incidentWeights } = weightsOf(causes, until, options.halfLifeWeeks);
  const total = sumOf(incidentWeights);
  const inQuestion = incidentWeights.filter((_, k) => isDeployInQuestion(suspects, k));
  const terms = new FailureTerms(
    causes.features,
    deployWeights,
    sumOf(inQuestion),
    (c) => (options.clock || !isClock(c)) && (options.recent || c !== COLUMN.troubled),
  );
  const exposure = hourWeights.map((weight, i) => weight * causes.exposure[i]!);
  const load = new LoadRates(
    causes.load.map((value) => value ** options.loadPower),
    exposure,
    options.loadLags,
    0.5 * total,
  );
  const follow = options.followUps ? new FollowUps(causes.earlier, total) : undefined;
  const suspected = new SuspectedDeploys(suspects);
  const stated = statedSharesOf(suspects, incidentWeights);
  const other: HourlyCounts = { startHour, events: new Float64Array(hourWeights.length), exposure };
  const otherExposure = sumOf(other.exposure) + OTHER_PRIOR.exposure;
  let otherRate = (0.5 * total + OTHER_PRIOR.events) / otherExposure;
  let density = densityPerHour(bins, new Float64Array(bins.edgesMs.length - 1));

  const weekly = new WeeklyCauses(startHour, until);
  const deployRates = new Float64Array(causes.deploys.length); // 0 of those that come later
  const perUnit = new Float64Array(deployWeights.length); // failures put down to each deploy, per unit of its f
  const perRate = new Float64Array(incidentWeights.length); // how much each incident counts, to all that was expected of it
  const byDelay = new Float64Array(bins.edgesHours.length - 1);
  for (let round = 0; round < rounds; round += 1) {
    const isLast = round === rounds - 1;
    let others = 0;
    const inBins = new Float64Array(density.length);
    terms.weightsInto(deployRates.subarray(0, deployWeights.length));
    suspected.weigh(deployRates, density);
    let [index, loadThen] = [-1, 0]; // of the hour, which incidents that follow each other share
    incidentWeights.forEach((counts, k) => {
      const hour = suspects.hours[k]!;
      if (hour - startHour !== index) {
        index = hour - startHour;
        loadThen = load.at(index);
      }
      const isSilent = suspects.other[k] === 1;
      const ofDeploys = stated.deploys.factor(isSilent);
      const ofLoad = stated.load.factor(isSilent);
      const byDeploys = ofDeploys * suspected.rateOf(k);
      const byLoad = suspects.load[k] ? ofLoad * loadThen : 0;
      const byOther = suspects.other[k] || isUnexplained(suspects, k, byLoad) ? otherRate : 0;
      const all = byDeploys + byLoad + byOther + (follow?.weightOf(k) ?? 0);
      const weight = all > 0 ? counts / all : 0;
      perRate[k] = weight * ofDeploys;
      if (weight === 0) return;
      if (isLast) {
        weekly.see("deploys", hour, byDeploys / all);
        weekly.see("load", hour, byLoad / all);
        weekly.see("other", hour, byOther / all);
        other.events[index]! += weight * byOther;
      }
      suspected.blame(k, weight * ofDeploys, inBins);
      if (byLoad > 0) load.blame(index, weight * ofLoad);
      stated.deploys.blame(weight * byDeploys, !isSilent);
      stated.load.blame(weight * byLoad, !isSilent);
      follow?.blame(k, weight);
      others += weight * byOther;
    });
    suspected.blamesInto(perUnit);
    terms.blame(perUnit);
    if (isLast) suspected.blameHours(perRate, byDelay);
    terms.learn();
    density = densityPerHour(bins, inBins);
    load.learn();
    follow?.learn();
    stated.deploys.learn();
    stated.load.learn();
    otherRate = (others + OTHER_PRIOR.events) / otherExposure;
  }
  const failures = perUnit.map((blame, i) => blame * deployRates[i]!);
  return {
    deployWeights,
    hourWeights,
    terms,
    density,
    load,
    follow,
    suspected,
    stated,
    other,
    failures,
    byDelay,
    weekly,
  };
}

/** How much what happened before `until` counts: the older, the less. */
function weightsOf({ startHour, deployHours, suspects }: Causes, until: WallHour, halfLifeWeeks: number) {
  const hourWeights = Float64Array.from(
    { length: Math.max(0, until - startHour) },
    (_, i) => 2 ** ((startHour + i - until) / (halfLifeWeeks * HOURS_PER_WEEK)),
  );
  const weightsAt = (hours: Int32Array) =>
    Float64Array.from(hours.subarray(0, countBefore(hours, until)), (hour) => hourWeights[hour - startHour]!);
  return { hourWeights, deployWeights: weightsAt(deployHours), incidentWeights: weightsAt(suspects.hours) };
}

/** @param weights [incidents] how much each of the first counts */
function statedSharesOf({ load, other }: Suspects, weights: Float64Array): Attribution["stated"] {
  const silent = sumOf(weights.filter((_, k) => other[k] === 1));
  const stating = (isLoad: 0 | 1) => sumOf(weights.filter((_, k) => other[k] === 0 && load[k] === isLoad));
  return { deploys: new StatedShare(stating(0), silent), load: new StatedShare(stating(1), silent) };
}
