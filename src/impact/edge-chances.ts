/**
 * How likely a failure is to travel along each dependency, learned from the history of failures.
 *
 * Every failure of a callee is one trial of each of its callers. A caller's failure has as possible causes all its callees
 * that failed in the hours before it, and chance: a noisy-or. What share each of them has in it is found by
 * expectation-maximisation, under a beta prior that all dependencies choose together.
 *
 * Sources: Pearl (1988), "Probabilistic Reasoning in Intelligent Systems", 4.3.2 for the noisy-or; Saito, Nakano & Kimura
 * (2008), "Prediction of Information Diffusion Probabilities for Independent Cascade Model", KES 2008, for the EM; Robbins
 * (1956) and Griffiths (1973), Biometrika 60(3), for the empirical Bayes estimate under a beta-binomial.
 * @module
 */

import { logGamma } from "../risk/gamma.ts";
import { chanceAround, type Failures, FOLLOW_HOURS, type Following, following } from "./failures.ts";
import type { ServiceGraph } from "./graph.ts";

export type EdgeChances = {
  /** [edges] chance that a failure of the callee makes the caller fail */
  chance: Float64Array;
  /** [edges] failures of the callee that found the caller working */
  trials: Int32Array;
  /** [edges] those that a failure of the caller followed within FOLLOW_HOURS, by whatever cause */
  followed: Int32Array;
  /** chance along a dependency of which nothing is known */
  pooled: number;
};

/**
 * What is believed of a dependency before any failure. It is critical (the caller's failure follows) or not (the caller does
 * without); nothing tells which, so the odds are even, with the weight of a uniform prior.
 * Source: Treynor, Dahlin, Rau & Beyer (2017), "The Calculus of Service Availability", ACM Queue 15(2).
 */
const PRIOR_CHANCE = 0.5;
const PRIOR_TRIALS = 2;

/** How many trials the pooled chance may be worth to a single dependency. */
const STRENGTHS = [1, 2, 4, 8, 16, 32, 64, 128];
/** The strength is chosen anew after each stage. */
const STAGES = 4;
const ROUNDS = 25; // a stage; chances settle to 1e-3 within all of them

/** @param failures undefined without a history, for the prior alone */
export function edgeChances(graph: ServiceGraph, failures: Failures | undefined): EdgeChances {
  const edges = graph.caller.length;
  const onsetsOf = (service: number) => failures?.onsets.get(graph.services[service]!) ?? [];
  const endsOf = (service: number) => failures?.ends.get(graph.services[service]!) ?? [];
  const seen: Following[] = Array.from({ length: edges }, (_, edge) =>
    following(onsetsOf(graph.callee[edge]!), onsetsOf(graph.caller[edge]!), endsOf(graph.caller[edge]!)),
  );
  const trials = Int32Array.from(seen, (of) => of.trials);
  const chance = new Float64Array(edges).fill(PRIOR_CHANCE);
  const causes = failures === undefined ? [] : causesOf(graph, seen, failures);
  const trialsOfAll = sum(trials);
  let strength = PRIOR_TRIALS;
  let pooled = PRIOR_CHANCE;
  for (let stage = 0; stage < STAGES; stage += 1) {
    for (let round = 0; round < ROUNDS; round += 1) {
      const carried = carriedBy(chance, causes);
      pooled = (sum(carried) + PRIOR_CHANCE * PRIOR_TRIALS) / (trialsOfAll + PRIOR_TRIALS);
      for (let edge = 0; edge < edges; edge += 1)
        chance[edge] = (carried[edge]! + pooled * strength) / (trials[edge]! + strength);
    }
    strength = likeliestStrength(carriedBy(chance, causes), trials, pooled);
  }
  return { chance, trials, followed: Int32Array.from(seen, ({ followers }) => followers.length), pooled };
}

/** The failures of one service that may have come along a dependency. */
type Caller = {
  /** failures that came by chance, in the current estimate */
  byChance: number;
  /** failures that no callee preceded */
  alone: number;
  /** [failures] that callees preceded: by which edges they may have come, and how likely chance alone is for each expected failure */
  onsets: readonly { edges: number[]; chanceOf: (byChance: number) => number }[];
};

function causesOf(graph: ServiceGraph, seen: readonly Following[], failures: Failures): Caller[] {
  const edgesOf = new Map<number, Map<number, number[]>>();
  seen.forEach(({ followers }, edge) => {
    const caller = graph.caller[edge]!;
    const byOnset = edgesOf.get(caller) ?? new Map<number, number[]>();
    edgesOf.set(caller, byOnset);
    for (const onset of followers) {
      const edges = byOnset.get(onset);
      if (edges === undefined) byOnset.set(onset, [edge]);
      else edges.push(edge);
    }
  });
  return [...edgesOf].map(([caller, byOnset]) => {
    const own = failures.onsets.get(graph.services[caller]!) ?? [];
    return {
      byChance: own.length,
      alone: own.length - byOnset.size,
      onsets: [...byOnset].map(([onset, edges]) => ({
        edges,
        chanceOf: (byChance) => chanceAround(failures, byChance, own[onset]!, FOLLOW_HOURS),
      })),
    };
  });
}

/**
 * How many failures each dependency is expected to have carried.
 *
 * @param causes out: each caller's failures by chance are estimated anew
 * @returns [edges]
 */
function carriedBy(chance: Float64Array, causes: readonly Caller[]): Float64Array {
  const carried = new Float64Array(chance.length);
  for (const caller of causes) {
    let byChance = caller.alone;
    for (const { edges, chanceOf } of caller.onsets) {
      const alone = chanceOf(caller.byChance);
      const any = 1 - edges.reduce((none, edge) => none * (1 - chance[edge]!), 1 - alone);
      for (const edge of edges) carried[edge]! += chance[edge]! / any;
      byChance += alone / any;
    }
    caller.byChance = byChance;
  }
  return carried;
}

/** The prior strength κ under which what the dependencies carried, of their trials, is most likely: beta-binomial. */
function likeliestStrength(carried: Float64Array, trials: Int32Array, pooled: number): number {
  let best = STRENGTHS.at(-1)!;
  let bestLogLikelihood = -Infinity;
  for (const strength of STRENGTHS) {
    const [a, b] = [pooled * strength, (1 - pooled) * strength];
    const ofNone = logGamma(a) + logGamma(b) - logGamma(strength);
    let logLikelihood = 0;
    for (let edge = 0; edge < trials.length; edge += 1) {
      const [of, yes] = [trials[edge]!, carried[edge]!];
      if (of > 0) logLikelihood += logGamma(a + yes) + logGamma(b + of - yes) - logGamma(strength + of) - ofNone;
    }
    if (logLikelihood >= bestLogLikelihood) {
      bestLogLikelihood = logLikelihood;
      best = strength;
    }
  }
  return best;
}

function sum(values: Float64Array | Int32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
