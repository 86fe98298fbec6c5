import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { hopsFrom, reversed, serviceGraph } from "../../src/impact/graph.ts";
import { likeliestBefore, pathTo } from "../../src/impact/likeliest-paths.ts";
import { reachFrom, standardError } from "../../src/impact/reach.ts";
import { exactReach, graphOf } from "./graphs.ts";

/** Up to 6 services and 9 dependencies, cycles among them, with chances. */
const smallGraph = fc
  .uniqueArray(
    fc.record({ from: fc.nat(5), to: fc.nat(5), chance: fc.double({ min: 0.05, max: 0.95, noNaN: true }) }),
    { minLength: 1, maxLength: 9, selector: ({ from, to }) => 6 * from + to },
  )
  .map((edges) => edges.filter(({ from, to }) => from !== to))
  .filter((edges) => edges.length > 0)
  .map((edges) => {
    const graph = serviceGraph(edges.map(({ from, to }) => ({ callee: `s${from}`, caller: `s${to}` })));
    const chance = Float64Array.from(graph.caller, (caller, edge) => {
      const [from, to] = [graph.services[graph.callee[edge]!], graph.services[caller]];
      return edges.find((of) => `s${of.from}` === from && `s${of.to}` === to)!.chance;
    });
    return { graph, chance };
  });

describe("reachFrom()", () => {
  it("agrees with the sum over all sets of dependencies, cycles or not", () => {
    fc.assert(
      fc.property(smallGraph, fc.nat(1000), ({ graph, chance }, seed) => {
        const exact = exactReach(graph, chance, 0);
        const reach = reachFrom(graph, chance, 0, seededRandom(seed, 0));
        exact.forEach((expected, service) => {
          const error = standardError(expected, reach.draws);
          expect(Math.abs(reach.chance[service]! - expected)).toBeLessThan(5 * error);
        });
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it("multiplies along a chain and joins two ways by noisy-or", () => {
    const graph = graphOf("db>a db>b a>web b>web web>db");
    const { chance } = reachFrom(graph, new Float64Array(5).fill(0.6), graph.indexOf.get("db")!, seededRandom(1, 0));
    expect(chance[graph.indexOf.get("a")!]).toBeCloseTo(0.6, 2);
    expect(chance[graph.indexOf.get("web")!]).toBeCloseTo(1 - (1 - 0.36) ** 2, 2);
    expect(chance[graph.indexOf.get("db")!]).toBe(1);
  });

  it("gives the same draws for the same seed, and the bounds for chances of 0 and 1", () => {
    const graph = graphOf("db>a a>b b>c");
    const at = (chances: number[], seed: number) =>
      [...reachFrom(graph, Float64Array.from(chances), 3, seededRandom(seed, 0)).chance].slice(0, 3);
    expect(graph.services[3]).toBe("db");
    expect(at([0.5, 0.5, 0.5], 7)).toEqual(at([0.5, 0.5, 0.5], 7));
    expect(at([0.5, 0.5, 0.5], 7)).not.toEqual(at([0.5, 0.5, 0.5], 8));
    expect(at([1, 0, 1], 7)).toEqual([1, 1, 0]);
  });

  it("draws less often where the graph is large", () => {
    const star = Array.from({ length: 20_000 }, (_, i) => `db>s${i}`).join(" ");
    const graph = graphOf(star);
    const { draws } = reachFrom(
      graph,
      new Float64Array(20_000).fill(0.01),
      graph.indexOf.get("db")!,
      seededRandom(1, 0),
    );
    expect(draws).toBe(1000);
  });
});

describe("standardError()", () => {
  it("is the binomial's, and not 0 where all draws agree", () => {
    expect(standardError(0.5, 9996)).toBeCloseTo(0.005, 6);
    expect(standardError(0, 100)).toBeCloseTo(Math.sqrt(((2 / 104) * (102 / 104)) / 104), 12);
  });
});

describe("hopsFrom()", () => {
  it("counts the fewest dependencies, around cycles, -1 where none leads", () => {
    const graph = graphOf("db>a a>b b>a b>c db>c x>db");
    const hops = hopsFrom(graph, graph.indexOf.get("db")!);
    expect(Object.fromEntries(graph.services.map((name, i) => [name, hops[i]]))).toEqual({
      a: 1,
      b: 2,
      c: 1,
      db: 0,
      x: -1,
    });
    const needed = hopsFrom(reversed(graph), graph.indexOf.get("db")!);
    expect(needed[graph.indexOf.get("x")!]).toBe(1);
    expect(needed[graph.indexOf.get("a")!]).toBe(-1);
  });
});

describe("likeliestBefore()", () => {
  it("finds the path of the largest product, by trying all of them", () => {
    fc.assert(
      fc.property(smallGraph, ({ graph, chance }) => {
        const best = graph.services.map(() => 0);
        const walk = (service: number, product: number, path: number[]) => {
          best[service] = Math.max(best[service]!, product);
          graph.caller.forEach((next, edge) => {
            if (graph.callee[edge] === service && !path.includes(next))
              walk(next, product * chance[edge]!, [...path, next]);
          });
        };
        walk(0, 1, [0]);
        const before = likeliestBefore(graph, chance, 0);
        best.forEach((product, service) => {
          if (product === 0 || service === 0) {
            expect(before[service]).toBe(-1);
            return;
          }
          const path = pathTo(before, service);
          expect(path[0]).toBe(0);
          const along = path.slice(1).reduce((sum, to, i) => {
            const edge = graph.caller.findIndex((caller, e) => caller === to && graph.callee[e] === path[i]);
            return sum * chance[edge]!;
          }, 1);
          expect(along).toBeCloseTo(product, 12);
        });
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("does not lose a service at the end of two thousand dependencies", () => {
    const chain = Array.from({ length: 2000 }, (_, i) => `s${i}>s${i + 1}`).join(" ");
    const graph = graphOf(chain);
    const before = likeliestBefore(graph, new Float64Array(2000).fill(0.5), graph.indexOf.get("s0")!);
    expect(pathTo(before, graph.indexOf.get("s2000")!)).toHaveLength(2001);
  });
});
