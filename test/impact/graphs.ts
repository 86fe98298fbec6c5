import type { Dependency } from "../../src/events/dependency.ts";
import { type ServiceGraph, serviceGraph } from "../../src/impact/graph.ts";

/** Dependencies from the ways a failure travels, as `"db>api api>web"`: web needs api, which needs db. */
export function dependenciesOf(ways: string): Dependency[] {
  return ways
    .split(" ")
    .filter((way) => way !== "")
    .map((way) => {
      const [callee, caller] = way.split(">");
      return { caller: caller!, callee: callee! };
    });
}

export function graphOf(ways: string): ServiceGraph {
  return serviceGraph(dependenciesOf(ways));
}

/**
 * The chance that a failure arrives, by adding up the probability of every set of dependencies that could carry it.
 *
 * @returns [services]
 */
export function exactReach({ services, callee, caller }: ServiceGraph, chance: Float64Array, source: number): number[] {
  const total = services.map(() => 0);
  for (let set = 0; set < 2 ** caller.length; set += 1) {
    const open = [...caller.keys()].filter((edge) => (set >> edge) % 2 === 1);
    const probability = [...caller.keys()].reduce(
      (product, edge) => product * (open.includes(edge) ? chance[edge]! : 1 - chance[edge]!),
      1,
    );
    const reached = new Set([source]);
    for (let size = -1; size !== reached.size; ) {
      size = reached.size;
      for (const edge of open) if (reached.has(callee[edge]!)) reached.add(caller[edge]!);
    }
    for (const service of reached) total[service]! += probability;
  }
  return total;
}
