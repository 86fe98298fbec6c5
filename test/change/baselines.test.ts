import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auc } from "../../src/backtest/scores.ts";
import { seededRandom } from "../../src/chance/random.ts";
import { baselinesOf } from "../../src/change/baselines.ts";
import type { ChangeTable } from "../../src/change/change-table.ts";
import { effortOf, linesAddedOf } from "../../src/change/changed-lines.ts";

const column = (name: string, values: readonly number[]) => ({
  name,
  kind: "number" as const,
  values: Float64Array.from(values),
});

/** @param settledAt when each outcome was known, and certain to be */
function tableOf(failed: readonly number[], lines?: readonly number[], settledAt?: readonly number[]): ChangeTable {
  return {
    times: Float64Array.from(failed, (_, i) => i),
    failed: Uint8Array.from(failed),
    columns: lines === undefined ? [] : [column("la", lines)],
    ...(settledAt && { knownAt: Float64Array.from(settledAt), settledAt: Float64Array.from(settledAt) }),
  };
}

/** Changes of which the larger fail more often: odds e^−3 · (lines + 1). */
function drawn(rows: number, seed: number) {
  const random = seededRandom(seed, 0);
  const lines = Array.from({ length: rows }, () => Math.floor(Math.exp(6 * random())));
  const failed = lines.map((count) => {
    const odds = Math.exp(-3) * (count + 1);
    return random() < odds / (1 + odds) ? 1 : 0;
  });
  return { lines, failed };
}

describe("baselinesOf()", () => {
  it("says the share of failures before the test of every change of it", () => {
    const { baseRate } = baselinesOf(tableOf([1, 0, 0, 0, 1, 1, 1]), 4);
    expect([...baseRate.probabilities]).toEqual([0.25, 0.25, 0.25]);
    expect(baseRate.threshold).toBe(0.25);
    expect(baselinesOf(tableOf([0, 0, 1]), 2).baseRate.threshold).toBeUndefined();
  });

  it("learns from no outcome that was not known when the test started", () => {
    const settledAt = [1, 2, 9, 9, 9, 9];
    const { baseRate } = baselinesOf(tableOf([1, 0, 1, 1, 0, 0], undefined, settledAt), 4);
    expect([...baseRate.probabilities]).toEqual([0.5, 0.5]);
    const early = {
      ...tableOf([1, 0, 1, 1, 0, 0], undefined, settledAt),
      knownAt: Float64Array.from([1, 2, 3, 4, 9, 9]),
    };
    expect([...baselinesOf(early, 4).baseRate.probabilities]).toEqual([0.5, 0.5]); // failures that were told early alike
    expect(() => baselinesOf(tableOf([1, 0], undefined, [9, 9]), 1)).toThrow(
      "Cannot fit baselines: no outcome was known at row 1",
    );
  });

  it("learns nothing from the outcomes of the test", () => {
    const { lines, failed } = drawn(60, 3);
    const turned = failed.map((one, i) => (i < 40 ? one : 1 - one));
    expect(baselinesOf(tableOf(turned, lines), 40).linesAdded).toEqual(
      baselinesOf(tableOf(failed, lines), 40).linesAdded,
    );
    expect(baselinesOf(tableOf(turned), 40).recentFailures!.probabilities[0]).toBe(
      baselinesOf(tableOf(failed), 40).recentFailures!.probabilities[0],
    );
  });

  it("ranks by lines added, whatever the outcomes", () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 1 }));
    const trained = Array.from({ length: 30 }, (_, i) => Math.round(Math.expm1(i * 0.4)));
    fc.assert(
      fc.property(fc.array(change, { minLength: 30, maxLength: 60 }), (changes) => {
        const lines = [...trained, ...changes.slice(30).map(([count]) => count)];
        const failed = changes.map(([, one]) => one);
        const { probabilities } = baselinesOf(tableOf(failed, lines), 30).linesAdded!;
        const signs = (values: ArrayLike<number>) =>
          Array.from(values, (a) => Array.from(values, (b) => Math.sign(a - b)));
        expect(signs(probabilities)).toEqual(signs(lines.slice(30)));
      }),
    );
  });

  it("finds the probabilities behind changes that fail by their lines", () => {
    const { lines, failed } = drawn(6000, 1);
    const { probabilities } = baselinesOf(tableOf(failed, lines), 5000).linesAdded!;
    const truth = lines.slice(5000).map((count) => 1 / (1 + Math.exp(3) / (count + 1)));
    truth.forEach((p, i) => {
      expect(Math.abs(probabilities[i]! - p)).toBeLessThan(0.04);
    });
    expect(auc(failed.slice(5000), probabilities)).toBe(auc(failed.slice(5000), lines.slice(5000)));
  });

  it("gives a change of unknown size the risk of a middling one", () => {
    const { lines, failed } = drawn(300, 2);
    lines[298] = Math.expm1(lines.slice(0, 200).reduce((sum, count) => sum + Math.log1p(count), 0) / 200);
    lines[299] = Number.NaN;
    const { probabilities } = baselinesOf(tableOf(failed, lines), 200).linesAdded!;
    expect(probabilities[99]).toBeCloseTo(probabilities[98]!, 6);
  });

  it("holds changes after failures riskier", () => {
    const failed = Array.from({ length: 200 }, (_, i) => (i % 20 < 8 ? 1 : 0));
    const { probabilities } = baselinesOf(tableOf(failed), 120).recentFailures!;
    expect(probabilities[7]).toBeGreaterThan(probabilities[15]! + 0.3); // after five failures, after five successes
  });

  it("has no baseline of what a table does not tell", () => {
    const { linesAdded, recentFailures } = baselinesOf(tableOf([1, 0, 1], undefined, [2, 2, 2]), 2);
    expect(linesAdded).toBeNull();
    expect(recentFailures).toBeNull(); // the two changes to learn from knew no outcome yet
  });
});

describe("linesAddedOf()", () => {
  it.each(["la", "LA", "lines_added", "linesAdded", "Lines added", "additions", "insertions"])("finds %s", (name) => {
    expect([...linesAddedOf([column("ld", [1]), column(name, [7])])!]).toEqual([7]);
  });

  it("takes no other column, nor one of text", () => {
    expect(
      linesAddedOf([column("lag", [1]), column("late", [1]), { name: "la", kind: "category", values: ["many"] }]),
    ).toBe(undefined);
  });
});

describe("effortOf()", () => {
  it("is lines added + deleted + 1", () => {
    expect([...effortOf([column("la", [3, 0]), column("ld", [4, 0])], 2)]).toEqual([8, 1]);
    expect([...effortOf([column("additions", [3, Number.NaN]), column("deletions", [-4, 2])], 2)]).toEqual([4, 3]);
  });

  it("is 1 where no column tells of lines", () => {
    expect([...effortOf([column("nf", [3, 5])], 2)]).toEqual([1, 1]);
  });
});
