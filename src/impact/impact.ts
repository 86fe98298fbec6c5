import type { Dependency } from "../events/dependency.ts";
import { type CoFailure, coFailures } from "./co-failures.ts";
import { edgeChances } from "./edge-chances.ts";
import type { Failures } from "./failures.ts";
import { hopsFrom, reversed, type ServiceGraph, serviceGraph } from "./graph.ts";
import { likeliestBefore, pathTo } from "./likeliest-paths.ts";
import { reachFrom, standardError } from "./reach.ts";

export type ReachedService = {
  name: string;
  /** that the failure arrives, 0..1 */
  chance: number;
  /** of `chance`, by the draws it was estimated from */
  standardError: number;
  /** fewest dependencies on the way */
  hops: number;
  /** likeliest way, from the failed service to this one, both among them */
  path: readonly string[];
  /** in the history; undefined without one */
  incidents: number | undefined;
};

/** A dependency along which the failure may travel. */
export type ReachedEdge = {
  callee: string;
  caller: string;
  /** that it carries the failure of the callee on, 0..1 */
  chance: number;
  /** failures of the callee in the history that found the caller working */
  trials: number;
  /** those that a failure of the caller followed */
  followed: number;
};

export type Impact = {
  service: string;
  /** services of the graph besides the one that fails */
  others: number;
  /** likeliest first; without those that no draw reached */
  services: readonly ReachedService[];
  /** between services of the list and the failed one, none back into it */
  edges: readonly ReachedEdge[];
  /** how many services the failure reaches, on average */
  expectedServices: number;
  /** services that dependencies lead to, though no draw reached them */
  unlikely: number;
  draws: number;
  /** chance along a dependency of which nothing is known */
  pooledChance: number;
  /** whether any failure of the history tells of a dependency */
  learned: boolean;
  /** the failed service's own incidents; undefined without a history */
  incidents: number | undefined;
  /** services that fail together with this one though no chain of dependencies leads from one to the other */
  coFailures: readonly CoFailure[];
};

/**
 * What a failure of a service would take down with it.
 *
 * @param service  named by a dependency or in the history
 * @param failures undefined without a history
 * @param random   uniform on [0, 1)
 */
export function impactOf(
  dependencies: readonly Dependency[],
  failures: Failures | undefined,
  service: string,
  random: () => number,
): Impact {
  const graph = serviceGraph(dependencies);
  const source = graph.indexOf.get(service);
  const { chance, trials, followed, pooled } = edgeChances(graph, failures);
  const common = {
    service,
    pooledChance: pooled,
    learned: trials.some((count) => count > 0),
    incidents: failures && (failures.incidents.get(service) ?? 0),
  };
  if (source === undefined) {
    const alone = {
      others: graph.services.length,
      services: [],
      edges: [],
      expectedServices: 0,
      unlikely: 0,
      draws: 0,
    };
    return { ...common, ...alone, coFailures: unexplained(service, failures, () => false) };
  }
  const hops = hopsFrom(graph, source);
  const needed = hopsFrom(reversed(graph), source);
  const reach = reachFrom(graph, chance, source, random);
  const before = likeliestBefore(graph, chance, source);
  const reached = (index: number) => index !== source && reach.chance[index]! > 0;
  const services = graph.services
    .flatMap((name, index) => (reached(index) ? [{ name, index }] : []))
    .map(({ name, index }) => ({
      name,
      chance: reach.chance[index]!,
      standardError: standardError(reach.chance[index]!, reach.draws),
      hops: hops[index]!,
      path: pathTo(before, index).map((i) => graph.services[i]!),
      incidents: failures && (failures.incidents.get(name) ?? 0),
    }))
    .sort((a, b) => b.chance - a.chance || a.hops - b.hops || (a.name < b.name ? -1 : 1));
  return {
    ...common,
    others: graph.services.length - 1,
    services,
    edges: edgesAmong(graph, (callee, caller) => reach.chance[callee]! > 0 && reached(caller)).map((edge) => ({
      callee: graph.services[graph.callee[edge]!]!,
      caller: graph.services[graph.caller[edge]!]!,
      chance: chance[edge]!,
      trials: trials[edge]!,
      followed: followed[edge]!,
    })),
    expectedServices: services.reduce((sum, of) => sum + of.chance, 0),
    unlikely: hops.filter((count) => count > 0).length - services.length,
    draws: reach.draws,
    coFailures: unexplained(service, failures, (name) => {
      const index = graph.indexOf.get(name);
      return index !== undefined && (hops[index]! >= 0 || needed[index]! >= 0);
    }),
  };
}

function edgesAmong(graph: ServiceGraph, kept: (callee: number, caller: number) => boolean): number[] {
  return [...graph.caller.keys()].filter((edge) => kept(graph.callee[edge]!, graph.caller[edge]!));
}

function unexplained(
  service: string,
  failures: Failures | undefined,
  connected: (name: string) => boolean,
): CoFailure[] {
  if (failures === undefined) return [];
  const candidates = [...failures.onsets.keys()].filter((name) => name !== service && !connected(name));
  return coFailures(failures, service, candidates);
}
