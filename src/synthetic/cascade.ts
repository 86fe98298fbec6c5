/**
 * How a failure spreads from a service to those that call it: every failed service fails each of its callers once, with
 * the chance of that call and no matter what else happens.
 *
 * Source: the independent cascade model of Goldenberg, Libai & Muller (2001), "Talk of the Network", Marketing Letters
 * 12(3), as in Kempe, Kleinberg & Tardos (2003), "Maximizing the Spread of Influence through a Social Network".
 * @module
 */

import { integerBetween, type Random } from "../chance/random.ts";
import { PROPAGATION_MINUTES } from "./service-scenario.ts";
import type { Call } from "./services.ts";

/** A service that a failure has reached, and how long after the first one failed. */
export type Hit = { service: number; minutes: number };

/** The calls of each service, by the one that is called [services]. */
export type CallsInto = readonly (readonly Call[])[];

export function callsInto(services: number, calls: readonly Call[]): CallsInto {
  const into = Array.from({ length: services }, (): Call[] => []);
  for (const call of calls) into[call.callee]!.push(call);
  return into;
}

/** Draws one cascade. @returns the services reached, each once, without the first */
export function drawCascade(random: Random, first: number, into: CallsInto): Hit[] {
  const failed: Hit[] = [{ service: first, minutes: 0 }];
  const seen = new Set([first]);
  // The list grows while it is walked.
  for (const { service, minutes } of failed) {
    for (const { caller, propagation } of into[service]!) {
      if (seen.has(caller) || random() >= propagation) continue;
      seen.add(caller);
      failed.push({ service: caller, minutes: minutes + integerBetween(random, PROPAGATION_MINUTES) });
    }
  }
  return failed.slice(1);
}

/** What cascades from one service come to. */
export type Reach = {
  /** [services] chance that a failure reaches each; 0 for the service itself */
  probabilities: Float64Array;
  /** services reached, on average */
  hits: number;
  /** sum over the services reached of the minutes until then, on average */
  minutes: number;
};

/** Cascades drawn of each service: a chance is off by at most 0.007, as one standard deviation. */
const CASCADES = 5000;

/**
 * Counts what is reached in many cascades: to compute the chances exactly is #P-hard.
 * Source: Provan (1986), "The Complexity of Reliability Computations in Planar and Acyclic Graphs", SIAM J. Comput. 15(3).
 */
export function reachOf(random: Random, first: number, into: CallsInto): Reach {
  const probabilities = new Float64Array(into.length);
  let minutes = 0;
  if (into[first]!.length > 0) {
    for (let left = CASCADES; left > 0; left -= 1) {
      for (const hit of drawCascade(random, first, into)) {
        probabilities[hit.service]! += 1 / CASCADES;
        minutes += hit.minutes / CASCADES;
      }
    }
  }
  return { probabilities, hits: probabilities.reduce((sum, chance) => sum + chance, 0), minutes };
}
