import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capturedShare, scoresIn } from "../../src/backtest/method-scores.ts";
import { auc, brierScore, calibrationSlope, logLoss, poissonDeviance } from "../../src/backtest/scores.ts";

const HOURS = 12;
const weekOf = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.double({ min: 0.01, max: 3, noNaN: true })), {
    minLength: HOURS,
    maxLength: HOURS,
  })
  .map((hours) => ({
    originHour: 0,
    observed: hours.map(([count]) => count),
    exposure: hours.map(() => 1),
    expected: { drp: hours.map(([, mean]) => mean) },
    deploys: undefined,
  }));
type Week = typeof weekOf extends fc.Arbitrary<infer T> ? T : never;

describe("scoresIn()", () => {
  it("is the scores of a history that has every week as often as it counts", () => {
    const mixes = fc.array(fc.tuple(weekOf, fc.nat(3)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(mixes, (mix) => {
        fc.pre(mix.some(([, count]) => count > 0));
        const weeks = mix.map(([week]) => week);
        const got = scoresIn(weeks, "drp")(
          mix.map(([, count]) => count),
          true,
        );
        const repeated = mix.flatMap(([week, count]) => new Array<Week>(count).fill(week));
        const observed = repeated.flatMap((week) => week.observed);
        const expected = repeated.flatMap((week) => week.expected.drp);
        expect(got.poissonDeviance).toBeCloseTo(poissonDeviance(observed, expected), 10);
        expect(got.brier).toBeCloseTo(brierScore(observed, expected).brier, 10);
        expect(got.logLoss).toBeCloseTo(logLoss(observed, expected), 10);
        expect(got.auc).toBe(auc(observed, expected));
        const close = (value: number | undefined) => (value === undefined ? undefined : expect.closeTo(value, 6));
        expect(got.shareInRiskiest10).toEqual(close(capturedShare(repeated, "drp", 0.1)));
        expect(got.shareInRiskiest25).toEqual(close(capturedShare(repeated, "drp", 0.25)));
        const rest = capturedShare(repeated, "drp", 0.75);
        expect(got.shareInSafest25).toEqual(close(rest === undefined ? undefined : 1 - rest));
        if (got.calibrationSlope !== undefined)
          expect(got.calibrationSlope).toBeCloseTo(calibrationSlope(observed, expected)!, 5);
      }),
    );
  });

  it("leaves undetermined what weeks without an incident do not determine", () => {
    const week = (observed: number[]) => ({
      originHour: 0,
      observed,
      exposure: [1, 1, 1, 1],
      expected: { drp: [0.1, 0.3, 0.2, 0.4] },
      deploys: undefined,
    });
    const scores = scoresIn([week([0, 1, 0, 0]), week([0, 0, 0, 0])], "drp");
    expect(scores([1, 1], true)).toMatchObject({
      auc: expect.closeTo(4.5 / 7, 12),
      shareInRiskiest25: 0,
      calibrationSlope: expect.any(Number),
    });
    expect(scores([0, 2], true)).toEqual({
      poissonDeviance: expect.closeTo(0.5, 12),
      brier: expect.any(Number),
      logLoss: expect.closeTo(0.25, 12),
      auc: undefined,
      shareInRiskiest10: undefined,
      shareInRiskiest25: undefined,
      shareInSafest25: undefined,
      calibrationSlope: undefined,
    });
  });
});
