/**
 * One service out of a platform: its own figures where they are many, the platform's where they are few.
 * @module
 */

import { canCause, type Deploy } from "../events/deploy.ts";
import type { Incident } from "../events/incident.ts";
import type { History } from "../series/history.ts";
import { type Rate, scaled } from "./rate.ts";
import type { ServiceFailures, Superposition } from "./superposition.ts";
import { strongestEvidence } from "./two-factor-rate.ts";

/**
 * How many times as often a service's deploys fail as the platform's: (κ + failures) / (κ + expected), the posterior mean
 * under a gamma prior of mean 1 whose strength κ all services choose together by marginal likelihood. A service with few
 * deploys, or one of services that do not differ, gets nearly 1.
 * Source: Clayton & Kaldor (1987), "Empirical Bayes Estimates of Age-Standardized Relative Risks", Biometrics 43(3).
 */
export function failureFactor(services: ReadonlyMap<string, ServiceFailures>, name: string): Rate {
  const all = [...services.values()];
  const strength = strongestEvidence(
    Float64Array.from(all, ({ failures }) => failures),
    Float64Array.from(all, ({ expected }) => expected),
  );
  const { failures, expected } = services.get(name) ?? { failures: 0, expected: 0 };
  const mean = (strength + failures) / (strength + expected);
  return { mean, variance: mean / (strength + expected) };
}

/** The causes of a platform's incidents, narrowed to one service. */
export function narrowed(causes: Superposition, { deploys = [], incidents }: History, name: string): Superposition {
  const factor = failureFactor(causes.byService, name);
  const share = shareOfIncidents(incidents, shareOfDeploys(deploys, name, UNSEEN), name);
  return {
    ...causes,
    failureAt: (hour, change) => {
      const { variance, parts } = causes.failureAt(hour, change);
      const { base, hour: ofHour, day, traffic, change: ofChange } = parts;
      const sum = base + ofHour + day + traffic + ofChange; // not limited to 1 yet, which is for the product
      const by = (part: number) => part * factor.mean;
      return {
        probability: Math.min(1, by(sum)),
        variance: variance * factor.mean ** 2 + sum ** 2 * factor.variance,
        parts: { base: by(base), hour: by(ofHour), day: by(day), traffic: by(traffic), change: by(ofChange) },
      };
    },
    load: causes.load.map((rate) => scaled(rate, share)),
    otherAt: (hour) => scaled(causes.otherAt(hour), share),
  };
}

/** Rows of other services that a service's share is drawn towards what is expected of it by. */
const SHARE_PRIOR = 5;

/** Deploys that a service without any counts as having had, so that none is not taken for never. */
const UNSEEN = 0.5;

/**
 * A service's share of the deploys that name one, repairs left out; the whole where none does.
 *
 * @param unseen deploys that a service without any counts as having had
 */
export function shareOfDeploys(deploys: readonly Deploy[], name: string, unseen = 0): number {
  const naming = deploys.filter((deploy) => deploy.service !== undefined && canCause(deploy));
  const own = naming.filter(({ service }) => service === name).length;
  return naming.length === 0 ? 1 : (own || unseen) / naming.length;
}

/** A service's share of the incidents, drawn towards its share of deploys; the whole where no incident names a service. */
export function shareOfIncidents(incidents: readonly Incident[], deployShare: number, name: string): number {
  const naming = incidents.filter(({ service }) => service !== undefined);
  const own = naming.filter(({ service }) => service === name).length;
  return naming.length === 0 ? 1 : (own + SHARE_PRIOR * deployShare) / (naming.length + SHARE_PRIOR);
}

/** Deploys of its own by which a service's own rhythm counts half. */
const OWN_HALF = 50;

/** How much of a service's deploy forecast is its own rather than its share of the platform's, 0..1. */
export function ownWeight(deploysOfService: number): number {
  return deploysOfService / (deploysOfService + OWN_HALF);
}
