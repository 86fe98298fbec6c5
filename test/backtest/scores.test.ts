import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairedRatio, percentileInterval, weekResamples, weighted } from "../../src/backtest/bootstrap.ts";
import { captured } from "../../src/backtest/capture.ts";
import { logit } from "../../src/backtest/logit.ts";
import {
  auc,
  aucInOrder,
  brierScore,
  calibrationSlope,
  calibrationSlopes,
  equalCountBins,
  logLoss,
  poissonDeviance,
  probabilityOf,
  ranked,
  reliabilityBins,
} from "../../src/backtest/scores.ts";
import { seededRandom } from "../../src/chance/random.ts";

const counts = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.double({ min: 1e-4, max: 3, noNaN: true })), {
  minLength: 2,
  maxLength: 60,
});
const apart = (pairs: [number, number][]) =>
  [pairs.map(([observed]) => observed), pairs.map(([, expected]) => expected)] as const;
const chanceOf = (p: number) => -Math.log1p(-p); // the Poisson mean whose chance of an event is p

describe("poissonDeviance()", () => {
  it("is 2·(y·ln(y/μ) − (y − μ)), meaned over hours", () => {
    expect(poissonDeviance([2, 0], [1, 0.5])).toBeCloseTo((2 * (2 * Math.log(2) - 1) + 2 * 0.5) / 2, 12);
  });

  it("is least at the mean of the counts, among constant forecasts", () => {
    const observed = [0, 0, 1, 0, 3, 0];
    const at = (rate: number) => poissonDeviance(observed, new Array<number>(6).fill(rate));
    expect(at(4 / 6)).toBeLessThan(at(4 / 6 + 0.01));
    expect(at(4 / 6)).toBeLessThan(at(4 / 6 - 0.01));
  });

  it("names an incident that was held impossible", () => {
    expect(() => poissonDeviance([1], [0])).toThrow("Cannot score 1 incidents: expected 0, a rate above 0");
  });
});

describe("brierScore()", () => {
  it("is the mean squared error of the chance", () => {
    const { brier } = brierScore([1, 0], [chanceOf(0.7), chanceOf(0.4)]);
    expect(brier).toBeCloseTo((0.3 ** 2 + 0.4 ** 2) / 2, 12);
  });

  it("is reliability − resolution + uncertainty where the forecasts of a bin are equal", () => {
    const expected = Array.from({ length: 300 }, (_, i) => chanceOf([0.05, 0.2, 0.6][i % 3]!));
    const observed = expected.map((_, i) => ((i * 7) % 10 < [1, 2, 5][i % 3]! ? 1 : 0));
    const { brier, reliability, resolution, uncertainty } = brierScore(observed, expected);
    expect(brier).toBeCloseTo(reliability - resolution + uncertainty, 12);
    expect(resolution).toBeGreaterThan(0.01);
  });
});

describe("reliabilityBins()", () => {
  it("loses no hour and no event, lowest chance first", () => {
    fc.assert(
      fc.property(counts, (pairs) => {
        const [observed, expected] = apart(pairs);
        const bins = reliabilityBins(observed, expected);
        expect(bins.reduce((sum, { hours }) => sum + hours, 0)).toBe(observed.length);
        expect(bins.reduce((sum, { events }) => sum + events, 0)).toBe(observed.filter((y) => y > 0).length);
        for (let i = 1; i < bins.length; i += 1)
          expect(bins[i]!.forecast).toBeGreaterThanOrEqual(bins[i - 1]!.forecast);
      }),
    );
  });

  it("keeps a constant forecast in one bin", () => {
    expect(reliabilityBins([0, 1, 0, 0], [0.1, 0.1, 0.1, 0.1])).toMatchObject([
      { hours: 4, events: 1, frequency: 0.25 },
    ]);
  });
});

describe("equalCountBins()", () => {
  it("splits into tenths, and a large tie takes up no more than its place", () => {
    const probabilities = [...new Array<number>(72).fill(0.1), ...Array.from({ length: 28 }, (_, i) => 0.2 + i / 100)];
    const bins = equalCountBins(new Array<number>(100).fill(0), probabilities);
    expect(bins.map(({ count }) => count)).toEqual([72, 8, 10, 10]);
    expect(equalCountBins([0, 0, 1], [0.1, 0.2, 0.3]).map(({ count }) => count)).toEqual([1, 1, 1]);
  });
});

describe("logLoss()", () => {
  it("is the negative log-likelihood of whether an hour had an incident", () => {
    expect(logLoss([2, 0], [chanceOf(0.7), chanceOf(0.4)])).toBeCloseTo(-(Math.log(0.7) + Math.log(0.6)) / 2, 12);
  });
});

describe("auc()", () => {
  it("is the share of pairs that are ranked right, ties half", () => {
    fc.assert(
      fc.property(counts, (pairs) => {
        const [observed, expected] = apart(pairs.map(([y, mu]) => [y, Math.ceil(mu * 4)]));
        let [right, all] = [0, 0];
        observed.forEach((event, i) => {
          observed.forEach((other, j) => {
            if (!(event > 0 && other === 0)) return;
            all += 1;
            right += expected[i]! > expected[j]! ? 1 : expected[i] === expected[j] ? 0.5 : 0;
          });
        });
        if (all === 0) expect(auc(observed, expected)).toBeUndefined();
        else expect(auc(observed, expected)).toBeCloseTo(right / all, 12);
      }),
    );
  });
});

describe("aucInOrder()", () => {
  it("is the area with every row as often as it counts", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(4), fc.nat(3)), { minLength: 1, maxLength: 30 }), (rows) => {
        const repeated = rows.flatMap(([observed, expected, weight]) =>
          new Array<[number, number]>(weight).fill([observed, expected]),
        );
        const expected = rows.map(([, value]) => value);
        const got = aucInOrder(
          rows.map(([observed]) => observed),
          expected,
          ranked(expected),
          rows.map(([, , weight]) => weight),
        );
        expect(got).toBe(auc(...apart(repeated)));
      }),
    );
  });
});

describe("calibrationSlope()", () => {
  it("finds by how much the log odds are too extreme", () => {
    const random = seededRandom(7, 0);
    const truth = Array.from({ length: 20_000 }, () => 0.02 + 0.5 * random());
    const observed = truth.map((p) => (random() < p ? 1 : 0));
    const stretched = truth.map((p) => chanceOf(1 / (1 + Math.exp(-2 * logit(p)))));
    expect(calibrationSlope(observed, truth.map(chanceOf))).toBeCloseTo(1, 1);
    expect(calibrationSlope(observed, stretched)).toBeCloseTo(0.5, 1);
  });

  it("takes hours in which an incident is all but certain", () => {
    const random = seededRandom(8, 0);
    const expected = Array.from({ length: 2000 }, (_, i) => (i % 100 === 0 ? 50 : 0.1 + random()));
    const observed = expected.map((mean) => (random() < probabilityOf(mean) ? 1 : 0));
    expect(Math.abs(calibrationSlope(observed, expected)! - 1)).toBeLessThan(0.2);
  });

  it("is not determined by a constant forecast, nor without an incident", () => {
    expect(calibrationSlope([0, 1, 0], [0.1, 0.1, 0.1])).toBeUndefined();
    expect(calibrationSlope([0, 0, 0], [0.1, 0.2, 0.3])).toBeUndefined();
  });
});

describe("calibrationSlopes()", () => {
  it("is the slope of a sample that has every hour as often as it counts", () => {
    const random = seededRandom(9, 0);
    const expected = Array.from({ length: 400 }, () => 0.02 + 0.5 * random());
    const observed = expected.map((mean) => (random() < probabilityOf(mean) ? 1 : 0));
    const slopeIn = calibrationSlopes(observed, expected);
    for (let sample = 0; sample < 20; sample += 1) {
      const weights = expected.map(() => Math.floor(4 * random()));
      const repeat = (values: number[]) => values.flatMap((value, i) => new Array<number>(weights[i]!).fill(value));
      expect(slopeIn(weights)).toBeCloseTo(calibrationSlope(repeat(observed), repeat(expected))!, 8);
    }
  });
});

describe("captured()", () => {
  it("finds what lies in the riskiest hours, and a flat ranking finds its share", () => {
    expect(captured([3, 0, 1, 0], [9, 1, 2, 3], 0.25)).toBe(0.75);
    expect(captured([3, 0, 1, 0], [1, 1, 1, 1], 0.25)).toBe(0.25);
  });
});

describe("captured() at a cost", () => {
  it("stops when its share of the cost is spent, the last one in proportion", () => {
    // a fifth of 50 is 10: the third for 4, and 6 of the 12 that the first costs
    expect(captured([1, 1, 1, 1], [2, 1, 3, 0], 0.2, [12, 20, 4, 14])).toBe((1 + 6 / 12) / 4);
    expect(captured([1, 0, 0], [2, 2, 1], 0.5, [3, 1, 4])).toBe(1);
    expect(captured([1, 0, 1], [2, 2, 1], 0.25, [3, 1, 4])).toBe(0.25);
  });
});

describe("percentileInterval()", () => {
  it("holds the middle 95 of 100", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
    expect(percentileInterval(values)).toEqual({ low: 2, high: 97 });
    expect(percentileInterval(Float64Array.from([4]))).toEqual({ low: 4, high: 4 });
  });
});

describe("weekResamples()", () => {
  it("draws as many weeks as there are, each as often as any other, and differs from sample to sample", () => {
    const samples = weekResamples(8, seededRandom(2, 0));
    for (const counts of samples) expect(weighted([1, 1, 1, 1, 1, 1, 1, 1], counts)).toBe(8);
    const means = Array.from({ length: 8 }, (_, w) => samples.reduce((sum, c) => sum + c[w]!, 0) / samples.length);
    for (const mean of means) expect(Math.abs(mean - 1)).toBeLessThan(0.1); // four standard errors
    const left = samples.filter((counts) => counts[0] === 0).length / samples.length;
    expect(left).toBeCloseTo((7 / 8) ** 8, 1);
  });
});

describe("pairedRatio()", () => {
  it("is certain where every week has the same ratio, and wide where weeks disagree", () => {
    const same = pairedRatio([1, 2, 3], [2, 4, 6], weekResamples(3, seededRandom(1, 0)));
    expect(same.low).toBeCloseTo(0.5, 12);
    expect(same.high).toBeCloseTo(0.5, 12);
    const mixed = pairedRatio([1, 3, 1, 3, 1, 3], [2, 2, 2, 2, 2, 2], weekResamples(6, seededRandom(1, 0)));
    expect(mixed.ratio).toBeCloseTo(1, 12);
    expect(mixed.low).toBeLessThan(0.75);
    expect(mixed.high).toBeGreaterThan(1.25);
  });
});

describe("probabilityOf()", () => {
  it("is the chance of a Poisson count above 0, exact for tiny rates", () => {
    expect(probabilityOf(1e-12) / 1e-12).toBeCloseTo(1, 11);
    expect(probabilityOf(Math.LN2)).toBeCloseTo(0.5, 12);
  });
});
