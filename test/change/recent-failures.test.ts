import { describe, expect, it } from "vitest";
import { recentFailures } from "../../src/change/recent-failures.ts";

const table = (times: number[], failed: number[], knownAt?: number[]) => ({
  times: Float64Array.from(times),
  failed: Uint8Array.from(failed),
  columns: [],
  ...(knownAt && { knownAt: Float64Array.from(knownAt) }),
});

describe("recentFailures()", () => {
  it("is the share of failures among the five changes before, where outcomes are known at once", () => {
    const shares = recentFailures(table([1, 2, 3, 4, 5, 6, 7, 8], [1, 0, 0, 1, 0, 0, 0, 0]));
    expect([...shares]).toEqual([Number.NaN, 1, 1 / 2, 1 / 3, 2 / 4, 2 / 5, 1 / 5, 1 / 5]);
  });

  it("counts an outcome only after it is known, in the order in which they come to be known", () => {
    const times = [0, 10, 20, 30, 40];
    const knownAt = [35, 20, 25, Infinity, Infinity];
    expect([...recentFailures(table(times, [1, 1, 0, 1, 1], knownAt))]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN, // the second is known at this very moment
      1 / 2,
      2 / 3,
    ]);
  });

  it("does not count changes of the same moment", () => {
    expect([...recentFailures(table([1, 1, 2], [1, 0, 0]))]).toEqual([Number.NaN, Number.NaN, 1 / 2]);
  });
});
