import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { DelayDensity } from "../../src/risk/delay.ts";
import { chanceOfAny, digamma, gammaBand, logGamma, logNegativeBinomial } from "../../src/risk/gamma.ts";
import { power } from "../../src/risk/rate.ts";
import { emptyWeeklyCounts, fitTwoFactorRate } from "../../src/risk/two-factor-rate.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe("logGamma()", () => {
  it("knows factorials and the half", () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n += 1) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 9);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9);
  });
});

describe("digamma()", () => {
  it("is minus Euler's constant at 1, and falls by 2 ln 2 more at the half", () => {
    const euler = 0.5772156649015329;
    expect(digamma(1)).toBeCloseTo(-euler, 9);
    expect(digamma(0.5)).toBeCloseTo(-euler - 2 * Math.LN2, 9);
  });

  it("is the slope of logGamma()", () => {
    for (const x of [0.1, 0.7, 3, 20, 1e4]) {
      const step = 1e-4 * x;
      expect(digamma(x)).toBeCloseTo((logGamma(x + step) - logGamma(x - step)) / (2 * step), 5);
    }
  });
});

describe("power()", () => {
  it("has the mean of a power of what is uncertain", () => {
    const unsure = { mean: 3, variance: 0.25 };
    expect(power(unsure, 1)).toEqual(unsure);
    expect(power(unsure, 2).mean).toBe(9.25); // E x² = m² + v
    // Of two values that are as likely, m ± s: E x⁴ = m⁴ + 6 m² v + v².
    expect(power(unsure, 4).mean).toBeCloseTo((2.5 ** 4 + 3.5 ** 4) / 2 - 0.25 ** 2, 12);
    expect(Math.sqrt(power(unsure, 2).variance)).toBeCloseTo((3.5 ** 2 - 2.5 ** 2) / 2, 12);
    expect(power({ mean: 0, variance: 0 }, 4)).toEqual({ mean: 0, variance: 0 });
  });
});

describe("logNegativeBinomial()", () => {
  it("sums to one over all counts", () => {
    for (const [mean, shape] of [
      [0.3, 1],
      [4, 2],
      [2, 500],
    ] as const) {
      const total = sum(Array.from({ length: 200 }, (_, count) => Math.exp(logNegativeBinomial(count, mean, shape))));
      expect(total).toBeCloseTo(1, 9);
    }
  });
});

describe("gammaBand()", () => {
  it.each([
    // Quantiles of the chi-square distribution (NIST handbook, table 1.3.6.7.4): mean ν, variance 2ν.
    [2, 0.211, 4.605],
    [10, 4.865, 15.987],
    [100, 82.358, 118.498],
  ])("matches the chi-square table at %i degrees of freedom", (degrees, low, high) => {
    const { p10, p90 } = gammaBand(degrees, 2 * degrees);
    expect(Math.abs(p10 - low) / degrees).toBeLessThan(0.03);
    expect(Math.abs(p90 - high) / degrees).toBeLessThan(0.03);
  });

  it("holds the mean and stays at or above 0", () => {
    const positive = fc.double({ min: 1e-9, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (mean, variance) => {
        const { p10, p90 } = gammaBand(mean, variance);
        return p10 >= 0 && p10 <= mean && p90 >= mean && Number.isFinite(p90);
      }),
    );
    expect(gammaBand(0, 0)).toEqual({ p10: 0, p90: 0 });
  });
});

describe("chanceOfAny()", () => {
  it("is that of a Poisson count where the mean is certain, and less where it is not", () => {
    expect(chanceOfAny(0.3, 0)).toBeCloseTo(1 - Math.exp(-0.3), 12);
    expect(chanceOfAny(0.3, 1e-7)).toBeCloseTo(1 - Math.exp(-0.3), 6);
    expect(chanceOfAny(0.3, 0.09)).toBeCloseTo(1 - 1 / 1.3, 12); // a geometric count
    expect(chanceOfAny(0, 0)).toBe(0);
  });

  it("agrees with the negative binomial", () => {
    for (const [mean, shape] of [
      [0.02, 3],
      [1, 0.5],
      [4, 20],
    ] as const)
      expect(chanceOfAny(mean, mean ** 2 / shape)).toBeCloseTo(1 - Math.exp(logNegativeBinomial(0, mean, shape)), 9);
  });
});

describe("DelayDensity", () => {
  const learned = (hours: readonly number[], max: number) => {
    const delay = new DelayDensity(max);
    const delays = delay.collect();
    for (const one of hours) delays.add(one * HOUR_MS, one, 1);
    delay.learn(delays);
    return delay;
  };

  it("has shares of hours that sum to one, whatever was seen", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), fc.integer({ min: 1, max: 48 }), (hours, max) => {
        const shares = learned(hours, max).perHour();
        return shares.length === max + 1 && Math.abs(sum(shares) - 1) < 1e-12 && shares.every((share) => share >= 0);
      }),
    );
  });

  it("is a density: its integral over all delays is one", () => {
    for (const max of [1, 3, 24, 30]) {
      const delay = learned([0, 0, 1, 5], max);
      const step = 60_000;
      let integral = 0;
      for (let at = 0; at < max * HOUR_MS; at += step) integral += delay.at(at) * step;
      expect(integral).toBeCloseTo(1, 3);
    }
  });

  it("keeps the first hours as they were seen and spreads the tail", () => {
    const shares = learned([...Array(900).fill(0), ...Array(100).fill(12)], 24).perHour();
    expect(shares[0]).toBeCloseTo(0.9, 2);
    expect(shares[9]).toBe(shares[12]!);
    expect(shares[12]).toBeCloseTo(0.1 / 8, 3);
  });
});

describe("fitTwoFactorRate()", () => {
  const prior = { events: 0.5, exposure: 672 };
  const weeks = (count: number, rateOf: (cell: number) => number) => {
    const counts = emptyWeeklyCounts();
    for (let cell = 0; cell < 168; cell += 1) {
      counts.exposure[cell] = count;
      counts.events[cell] = count * rateOf(cell);
    }
    return counts;
  };

  it("gives the prior rate without data", () => {
    const { rates } = fitTwoFactorRate(emptyWeeklyCounts(), prior);
    for (const rate of rates) expect(rate).toBeCloseTo(0.5 / 672, 12);
  });

  it("finds factors of hour and day when the data are many", () => {
    const truth = (cell: number) => 0.5 * (1 + 0.5 * Math.sin(((cell % 24) / 24) * 2 * Math.PI)) * (cell < 24 ? 2 : 1);
    const { rates } = fitTwoFactorRate(weeks(500, truth), prior);
    for (let cell = 0; cell < 168; cell += 1) expect(Math.abs(rates[cell]! / truth(cell) - 1)).toBeLessThan(0.08);
  });

  it("stays flat where a handful of events tells nothing", () => {
    const counts = weeks(52, () => 0);
    for (const cell of [3, 40, 77, 120, 150]) counts.events[cell] = 1;
    const { rates } = fitTwoFactorRate(counts, prior);
    const mean = 5.5 / (52 * 168 + 672);
    for (const rate of rates) expect(Math.abs(rate / mean - 1)).toBeLessThan(0.5);
  });

  it("keeps the total: expected events are those seen and the prior's", () => {
    const counts = weeks(200, (cell) => (cell % 24 > 8 && cell % 24 < 18 ? 0.3 : 0.02));
    const { rates } = fitTwoFactorRate(counts, prior);
    const expected = sum(rates.map((rate, cell) => rate * counts.exposure[cell]!));
    expect(expected / sum(counts.events)).toBeCloseTo(1, 1);
  });
});
