import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averagePrecision, bestThreshold, scoresOf } from "../../src/change/change-scores.ts";
import { ChangeScores } from "../../src/change/evaluation-document.ts";
import reference from "./change-scores.golden.json" with { type: "json" };

const numbers = (values: readonly number[]) => Float64Array.from(values);
const outcomes = (values: readonly number[]) => Uint8Array.from(values);
const scored = (
  probabilities: readonly number[],
  failed: readonly number[],
  effort: readonly number[] = probabilities.map(() => 1),
  threshold: number | undefined = 0.5,
) => scoresOf({ probabilities: numbers(probabilities), failed: outcomes(failed), effort: numbers(effort), threshold });

/** Changes of few different probabilities, so that many are tied. */
const changes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 1 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((rows) => ({
    probabilities: rows.map(([p]) => p / 6),
    failed: rows.map(([, failed]) => failed),
    effort: rows.map(([, , effort]) => effort),
  }));

describe("scoresOf()", () => {
  it.each(reference.cases)("gives scikit-learn's scores: $name", ({ probabilities, failed, threshold, scores }) => {
    const got: Record<string, number | null> = scored(probabilities, failed, undefined, threshold);
    for (const [name, value] of Object.entries(scores))
      expect(Math.abs(got[name]! - value), `${name}: ${got[name]}, expected ${value}`).toBeLessThan(
        reference.tolerance,
      );
  });

  it("gives these scores, worked by hand", () => {
    // riskiest first: failed, succeeded, failed, succeeded
    const scores = scored([0.2, 0.9, 0.4, 0.6], [0, 1, 1, 0], [10, 30, 5, 5]);
    expect(scores).toEqual({
      rocAuc: 3 / 4,
      averagePrecision: expect.closeTo((1 / 1 + 2 / 3) / 2, 12),
      brier: expect.closeTo((0.04 + 0.01 + 0.36 + 0.36) / 4, 12),
      expectedCalibrationError: expect.closeTo((0.2 + 0.1 + 0.6 + 0.6) / 4, 12), // every change is a bin
      threshold: 0.5,
      precision: 1 / 2,
      recall: 1 / 2,
      f1: 1 / 2,
      recallTop5: expect.closeTo(0.1, 12), // a fifth of the first change, which holds half of the failures
      recallTop10: expect.closeTo(0.2, 12),
      recallTop20: expect.closeTo(0.4, 12),
      recallTop50: 1 / 2,
      // density .02, .03, .08, .12: ten of fifty lines are the fourth and the third change
      recallAt20Effort: 1 / 2,
    });
  });

  it("counts changes of one probability that straddle a limit in proportion", () => {
    const ten = [0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1];
    const failed = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    expect(scored(ten, failed).recallTop20).toBeCloseTo((1 + 1 / 4) / 2, 12);
    expect(scored(ten, failed).recallTop50).toBe(1);
  });

  it("finds what one expects who looks at tied changes in any order", () => {
    fc.assert(
      fc.property(changes, ({ probabilities, failed }) => {
        const failures = failed.filter((one) => one === 1).length;
        const places = probabilities.length / 2;
        let expected = 0;
        probabilities.forEach((p, i) => {
          const above = probabilities.filter((other) => other > p).length;
          const tied = probabilities.filter((other) => other === p).length;
          expected += failed[i]! * Math.min(1, Math.max(0, (places - above) / tied));
        });
        const { recallTop50 } = scored(probabilities, failed);
        if (failures === 0) expect(recallTop50).toBeNull();
        else expect(recallTop50).toBeCloseTo(expected / failures, 12);
      }),
    );
  });

  it("inspects by probability per effort until a fifth of the effort is spent", () => {
    fc.assert(
      fc.property(changes, ({ probabilities, failed, effort }) => {
        const failures = failed.filter((one) => one === 1).length;
        const density = probabilities.map((p, i) => p / effort[i]!);
        const spent = (some: readonly number[]) => some.reduce((sum, value) => sum + value, 0);
        const budget = spent(effort) / 5;
        let expected = 0;
        density.forEach((d, i) => {
          const above = spent(effort.filter((_, other) => density[other]! > d));
          const tied = spent(effort.filter((_, other) => density[other] === d));
          expected += failed[i]! * Math.min(1, Math.max(0, (budget - above) / tied));
        });
        const { recallAt20Effort } = scored(probabilities, failed, effort);
        if (failures === 0) expect(recallAt20Effort).toBeNull();
        else expect(recallAt20Effort).toBeCloseTo(expected / failures, 12);
      }),
    );
  });

  it("keeps to its schema, whatever the changes", () => {
    fc.assert(
      fc.property(
        changes,
        fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
        (rows, threshold) => {
          const scores = scoresOf({
            probabilities: numbers(rows.probabilities),
            failed: outcomes(rows.failed),
            effort: numbers(rows.effort),
            threshold,
          });
          expect(ChangeScores.parse(scores)).toEqual(scores);
        },
      ),
    );
  });

  it("gives all changes one rank where all have one probability", () => {
    const scores = scored(new Array<number>(40).fill(0.3), [
      ...new Array<number>(10).fill(1),
      ...new Array<number>(30).fill(0),
    ]);
    expect(scores.rocAuc).toBe(0.5);
    expect(scores.averagePrecision).toBeCloseTo(0.25, 12);
    expect(scores.expectedCalibrationError).toBeCloseTo(0.05, 12);
    expect([scores.recallTop5, scores.recallTop10, scores.recallTop20, scores.recallTop50]).toEqual(
      [0.05, 0.1, 0.2, 0.5].map((share) => expect.closeTo(share, 12)),
    );
    expect(scores.recallAt20Effort).toBeCloseTo(0.2, 12);
    expect([scores.precision, scores.recall, scores.f1]).toEqual([null, 0, 0]); // nothing reaches the threshold of .5
  });

  it("leaves undetermined what outcomes of one kind do not tell", () => {
    const none = scored([0.6, 0.2], [0, 0]);
    expect(none).toMatchObject({ rocAuc: null, averagePrecision: null, precision: 0, recall: null, f1: 0 });
    expect(none).toMatchObject({ recallTop5: null, recallTop50: null, recallAt20Effort: null });
    expect(none.brier).toBeCloseTo((0.36 + 0.04) / 2, 12);
    const all = scored([0.6, 0.2], [1, 1]);
    expect(all).toMatchObject({ rocAuc: null, averagePrecision: 1, precision: 1, recall: 0.5 });
    expect(scored([0.2], [0])).toMatchObject({ precision: null, recall: null, f1: null });
  });

  it("scores one change", () => {
    expect(scored([0.7], [1])).toMatchObject({ rocAuc: null, averagePrecision: 1, precision: 1, recall: 1, f1: 1 });
    expect(scored([0.7], [1]).expectedCalibrationError).toBeCloseTo(0.3, 12);
  });

  it("flags nothing without a threshold", () => {
    const { threshold, precision, recall, f1, rocAuc } = scoresOf({
      probabilities: numbers([0.9, 0.1]),
      failed: outcomes([1, 0]),
      effort: numbers([1, 1]),
      threshold: undefined,
    });
    expect([threshold, precision, recall, f1, rocAuc]).toEqual([null, null, null, null, 1]);
  });

  it("names what it cannot score", () => {
    expect(() => scored([], [])).toThrow("Cannot score changes: there are none, expected at least one");
    expect(() => scored([0.5, 0.5], [1])).toThrow("Cannot score 2 probabilities: there are 1 outcomes and 2 efforts");
    expect(() => scored([1.5], [1])).toThrow("Cannot score probability 1.5: expected 0 to 1");
    expect(() => scored([Number.NaN], [1])).toThrow("Cannot score probability NaN: expected 0 to 1");
    expect(() => scored([0.5], [1], [0])).toThrow("Cannot score a change of effort 0: expected above 0");
  });
});

describe("averagePrecision()", () => {
  it("is the precision at every failure's probability, meaned over failures", () => {
    fc.assert(
      fc.property(changes, ({ probabilities, failed }) => {
        const precisions = probabilities
          .filter((_, i) => failed[i] === 1)
          .map((cut) => {
            const flagged = failed.filter((_, i) => probabilities[i]! >= cut);
            return flagged.filter((one) => one === 1).length / flagged.length;
          });
        const got = averagePrecision(numbers(probabilities), outcomes(failed));
        if (precisions.length === 0) expect(got).toBeUndefined();
        else expect(got).toBeCloseTo(precisions.reduce((sum, one) => sum + one, 0) / precisions.length, 12);
      }),
    );
  });
});

describe("bestThreshold()", () => {
  it.each(reference.cases)(
    "is where scikit-learn's F1 is highest: $name",
    ({ probabilities, failed, bestThreshold: best }) => {
      expect(bestThreshold(numbers(probabilities), outcomes(failed))).toBe(best);
    },
  );

  it("is the higher one of two as good", () => {
    // from .8 on F1 is 2·1/(1 + 2) = 2/3, and from .2 on 2·2/(4 + 2) = 2/3
    expect(bestThreshold(numbers([0.8, 0.6, 0.4, 0.2]), outcomes([1, 0, 0, 1]))).toBe(0.8);
  });

  it("is not determined without a failure", () => {
    expect(bestThreshold(numbers([0.8, 0.6]), outcomes([0, 0]))).toBeUndefined();
  });
});
