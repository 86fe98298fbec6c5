import type { Dependency } from "../events/dependency.ts";

/** Services and the ways a failure can travel between them: from the callee to the caller that needs it. */
export type ServiceGraph = {
  /** [services] names, in order of the alphabet */
  services: readonly string[];
  /** place of a service among `services` */
  indexOf: ReadonlyMap<string, number>;
  /** [edges] service that fails first, ascending */
  callee: Int32Array;
  /** [edges] service that needs it */
  caller: Int32Array;
  /** [services + 1] edges of callee s are firstEdge[s] to firstEdge[s + 1] */
  firstEdge: Int32Array;
};

/** @param dependencies each pair once, as they are loaded */
export function serviceGraph(dependencies: readonly Dependency[]): ServiceGraph {
  const services = [...new Set(dependencies.flatMap(({ caller, callee }) => [caller, callee]))].sort();
  const indexOf = new Map(services.map((name, i) => [name, i]));
  const ends = dependencies
    .map(({ caller, callee }) => ({ callee: indexOf.get(callee)!, caller: indexOf.get(caller)! }))
    .sort((a, b) => a.callee - b.callee || a.caller - b.caller);
  const firstEdge = new Int32Array(services.length + 1);
  for (const { callee } of ends) firstEdge[callee + 1]! += 1;
  for (let s = 0; s < services.length; s += 1) firstEdge[s + 1]! += firstEdge[s]!;
  return {
    services,
    indexOf,
    callee: Int32Array.from(ends, ({ callee }) => callee),
    caller: Int32Array.from(ends, ({ caller }) => caller),
    firstEdge,
  };
}

/**
 * Fewest dependencies that a failure of `source` has to travel to each service.
 *
 * @returns [services] -1 where it cannot arrive
 */
export function hopsFrom({ services, caller, firstEdge }: ServiceGraph, source: number): Int32Array {
  const hops = new Int32Array(services.length).fill(-1);
  hops[source] = 0;
  const queue = [source];
  for (const service of queue) {
    for (let edge = firstEdge[service]!; edge < firstEdge[service + 1]!; edge += 1) {
      const next = caller[edge]!;
      if (hops[next] !== -1) continue;
      hops[next] = hops[service]! + 1;
      queue.push(next);
    }
  }
  return hops;
}

/** The same services with every dependency turned round. */
export function reversed({ services, callee, caller }: ServiceGraph): ServiceGraph {
  return serviceGraph(
    Array.from(callee, (from, edge) => ({ caller: services[from]!, callee: services[caller[edge]!]! })),
  );
}
