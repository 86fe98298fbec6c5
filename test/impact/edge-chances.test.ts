import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { edgeChances } from "../../src/impact/edge-chances.ts";
import { type Failures, failuresOf } from "../../src/impact/failures.ts";
import { dependenciesOf, graphOf } from "./graphs.ts";
import { cascadesOf } from "./histories.ts";

/** A history so long that nothing happens by chance; hours of the failures of each service. */
function failuresAt(hours: Readonly<Record<string, number[]>>, spanHours = 1e12): Failures {
  const onsets = new Map(Object.entries(hours).map(([name, of]) => [name, of.map((hour) => hour * HOUR_MS)]));
  return {
    spanHours,
    incidents: new Map(Object.entries(hours).map(([name, of]) => [name, of.length])),
    onsets,
    ends: onsets,
    clock: new Float64Array(168).fill(1),
  };
}

describe("edgeChances()", () => {
  it("gives even odds without a history, and without failures of a callee", () => {
    const graph = graphOf("db>api api>web");
    for (const failures of [undefined, failuresAt({ web: [1, 100] })]) {
      const { chance, trials, pooled } = edgeChances(graph, failures);
      expect([...chance]).toEqual([0.5, 0.5]);
      expect([...trials]).toEqual([0, 0]);
      expect(pooled).toBe(0.5);
    }
  });

  it("counts what followed, under a prior that weighs one trial", () => {
    // All of 4 followed: pooled (4 + 1)/(4 + 2); a single dependency is likeliest under the weakest prior, so (4 + 5/6)/5.
    const all = edgeChances(graphOf("db>api"), failuresAt({ db: [0, 10, 20, 30], api: [1, 11, 21, 31] }));
    expect(all.chance[0]).toBeCloseTo((4 + 5 / 6) / 5, 6);
    expect(all).toMatchObject({ trials: Int32Array.of(4), followed: Int32Array.of(4) });
    const half = edgeChances(graphOf("db>api"), failuresAt({ db: [0, 10, 20, 30], api: [1, 11] }));
    expect(half.chance[0]).toBeCloseTo(0.5, 6);
  });

  it("lends a dependency of few failures the chance of the others", () => {
    const often = Array.from({ length: 40 }, (_, i) => 10 * i);
    const { chance } = edgeChances(graphOf("a>x b>x c>x d>x"), {
      ...failuresAt({ a: often, b: often.map((hour) => hour + 1000), c: often.map((hour) => hour + 2000), d: [5000] }),
    });
    expect(Math.max(...chance)).toBeLessThan(0.03);
    expect(chance[3]).toBeLessThan(chance[0]! + 0.02);
  });

  it("shares a failure between the callees that failed before it", () => {
    // db fails alone and api never follows; whenever both db and mq fail, api follows: it was mq.
    const alone = Array.from({ length: 30 }, (_, i) => 100 * i);
    const both = Array.from({ length: 30 }, (_, i) => 5000 + 100 * i);
    const { chance, followed } = edgeChances(
      graphOf("db>api mq>api"),
      failuresAt({ db: [...alone, ...both], mq: both, api: both.map((hour) => hour + 1) }),
    );
    expect([...followed]).toEqual([30, 30]);
    expect(chance[0]).toBeLessThan(0.1);
    expect(chance[1]).toBeGreaterThan(0.9);
  });

  it("takes off what chance explains", () => {
    // Both fail three times a day, whatever the other does: a fifth of db's failures are followed, none because of it.
    const truth = { "db>api": 0 };
    const failures = failuresOf(cascadesOf(dependenciesOf("db>api"), { truth, days: 400, perDay: 3, seed: 2 }));
    const { chance, followed, trials } = edgeChances(graphOf("db>api"), failures);
    expect(followed[0]! / trials[0]!).toBeGreaterThan(0.15);
    expect(chance[0]).toBeLessThan(0.05);
  });

  it("finds the chances that a history was drawn from", () => {
    const truth = { "db>api": 0.8, "api>web": 0.6, "mq>api": 0.2, "mq>worker": 0.9, "web>db": 0.05, "api>worker": 0.1 };
    const dependencies = dependenciesOf(Object.keys(truth).join(" "));
    const graph = graphOf(Object.keys(truth).join(" "));
    const failures = failuresOf(cascadesOf(dependencies, { truth, days: 1500, perDay: 0.2, seed: 5 }));
    const { chance, trials } = edgeChances(graph, failures);
    graph.caller.forEach((caller, edge) => {
      const name = `${graph.services[graph.callee[edge]!]}>${graph.services[caller]}`;
      const error = Math.sqrt(0.25 / trials[edge]!);
      expect(Math.abs(chance[edge]! - truth[name as keyof typeof truth]), name).toBeLessThan(0.04 + 2 * error);
    });
  });
});
