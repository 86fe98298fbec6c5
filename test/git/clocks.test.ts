import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latestTimes } from "../../src/git/clocks.ts";

const NEVER = Number.POSITIVE_INFINITY;
const latest = (...timesS: number[]) => [...latestTimes(Float64Array.from(timesS))];

describe("latestTimes()", () => {
  it("holds a clock that ran ahead to the commit after it, and no other", () => {
    expect(latest(1, 2, 900, 3, 4)).toEqual([NEVER, NEVER, 3, NEVER, NEVER]);
    expect(latest(1, 2, 2, 3)).toEqual([NEVER, NEVER, NEVER, NEVER]);
  });

  it("is not taken in by a clock that was behind, nor by a commit without a date", () => {
    expect(latest(10, 11, 0, 12, Number.NaN, 13)).toEqual([NEVER, NEVER, 12, NEVER, 13, NEVER]);
  });

  it("takes the earlier of two contradicting clocks to be behind", () => {
    expect(latest(900, 3, 1000)).toEqual([NEVER, 1000, NEVER]);
  });

  it("knows nothing of the last commits, and of no commits", () => {
    expect(latest(1, 2, 900)).toEqual([NEVER, NEVER, NEVER]);
    expect(latest()).toEqual([]);
    expect(latest(Number.NaN)).toEqual([NEVER]);
  });

  it("leaves as many alone as any choice of times that never fall could", () => {
    const longest = (timesS: readonly number[]) => {
      const best = timesS.map(() => 1);
      timesS.forEach((time, i) => {
        for (let j = 0; j < i; j += 1) if (timesS[j]! <= time) best[i] = Math.max(best[i]!, best[j]! + 1);
      });
      return Math.max(0, ...best);
    };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 }), (timesS) => {
        const bounds = latest(...timesS, 100); // the last one tells of all others
        expect(bounds.filter((bound) => bound === NEVER)).toHaveLength(longest(timesS) + 1);
      }),
    );
  });
});
