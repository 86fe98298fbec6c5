/**
 * Which services a failure reaches, by the independent cascade model: each dependency carries it or not, with a chance of
 * its own. Whether a failure arrives is then whether a path of carrying dependencies leads there, so that cycles need no
 * care. To compute that chance exactly is #P-hard; it is estimated by drawing which dependencies carry.
 *
 * Sources: Kempe, Kleinberg & Tardos (2003), "Maximizing the Spread of Influence through a Social Network", KDD, claim 2.3
 * for the equivalence; Valiant (1979), "The Complexity of Enumeration and Reliability Problems", SIAM J. Comput. 8(3).
 * @module
 */

import { hopsFrom, type ServiceGraph } from "./graph.ts";

export type Reach = {
  /** [services] share of the draws in which the failure arrives; 1 for its source */
  chance: Float64Array;
  draws: number;
};

/** Standard error of .16 points at most. */
const MOST_DRAWS = 100_000;
/** Of 1.6 points at most. */
const LEAST_DRAWS = 1000;
/** Dependencies looked at in all draws together: about half a second. */
const LARGEST_EFFORT = 2e7;

/**
 * @param chance [edges] that a failure travels along a dependency
 * @param source service that fails
 * @param random uniform on [0, 1)
 */
export function reachFrom(graph: ServiceGraph, chance: Float64Array, source: number, random: () => number): Reach {
  const { services, caller, firstEdge } = graph;
  const draws = drawsFor(graph, source);
  const arrivals = new Int32Array(services.length);
  const lastDraw = new Int32Array(services.length).fill(-1);
  const queue = new Int32Array(services.length);
  for (let draw = 0; draw < draws; draw += 1) {
    let [head, tail] = [0, 1];
    queue[0] = source;
    lastDraw[source] = draw;
    while (head < tail) {
      const service = queue[head]!;
      head += 1;
      arrivals[service]! += 1;
      for (let edge = firstEdge[service]!; edge < firstEdge[service + 1]!; edge += 1) {
        const next = caller[edge]!;
        if (lastDraw[next] === draw || random() >= chance[edge]!) continue;
        lastDraw[next] = draw;
        queue[tail] = next;
        tail += 1;
      }
    }
  }
  return { chance: Float64Array.from(arrivals, (count) => count / draws), draws };
}

function drawsFor(graph: ServiceGraph, source: number): number {
  const edges = hopsFrom(graph, source).reduce(
    (sum, hops, service) => (hops === -1 ? sum : sum + graph.firstEdge[service + 1]! - graph.firstEdge[service]!),
    0,
  );
  return Math.min(MOST_DRAWS, Math.max(LEAST_DRAWS, Math.floor(LARGEST_EFFORT / Math.max(1, edges))));
}

/**
 * Standard error of a chance estimated from draws, kept above 0 where all of them agree.
 * Source: Agresti & Coull (1998), "Approximate Is Better than Exact", The American Statistician 52(2).
 */
export function standardError(chance: number, draws: number): number {
  const adjusted = (chance * draws + 2) / (draws + 4);
  return Math.sqrt((adjusted * (1 - adjusted)) / (draws + 4));
}
