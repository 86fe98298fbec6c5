import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { binOf, delayBins, densityPerHour, sharesAtAnyMinute, sharesOfHours } from "../../src/risk/delay.ts";
import { chanceOfAny, digamma, gammaBand, logGamma, logNegativeBinomial } from "../../src/risk/gamma.ts";
import { mixed, power, product, total } from "../../src/risk/rate.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe("logGamma()", () => {
  it("knows factorials and the half", () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n += 1) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 12);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
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

describe("total(), product() and mixed()", () => {
  const [a, b] = [
    { mean: 3, variance: 0.25 },
    { mean: 2, variance: 0.16 },
  ];

  it("have the moments of what independent values come to", () => {
    expect(total([a, b])).toEqual({ mean: 5, variance: expect.closeTo(0.41, 12) });
    expect(mixed(a, b, 0.75)).toEqual({ mean: 2.75, variance: 0.75 ** 2 * 0.25 + 0.25 ** 2 * 0.16 });
    // Of values that are as likely, m ± s each.
    const products = [2.5, 3.5].flatMap((x) => [1.6, 2.4].map((y) => x * y));
    const variance = sum(products.map((value) => (value - 6) ** 2)) / 4;
    expect(product(a, b)).toEqual({ mean: 6, variance: expect.closeTo(variance, 12) });
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
    expect(p10).toBeCloseTo(low, 3);
    expect(p90).toBeCloseTo(high, 3);
  });

  it.each([
    // Shape and quantiles of scale 1 by mpmath 1.3.0: the root of gammainc(shape, 0, x, regularized=True) with 60 digits.
    [0.01, 5.6607381470619e-101, undefined],
    [0.04, 5.7987583408576e-26, 0.043384135329113],
    [0.1, 6.0730483627432e-11, 0.26615455373884],
    [0.3, 0.00032372462182343, 0.88481077336024],
    [0.9, 0.077196721093799, 2.1266600892875],
    [1.7, 0.38305828462573, 3.4366463944527],
    [10, 6.221304605225, 14.205990292153],
    [300, 278.02799715256, 322.40022284954],
    [9999, 9871.0672830631, 10127.360965661],
    [10_000, 9872.0608750497, 10128.367373674],
    [100_000, 99594.952539276, 100405.47571025],
  ])("is exact for a shape of %d", (shape, low, high) => {
    const scale = 0.037;
    const { p10, p90 } = gammaBand(shape * scale, shape * scale ** 2);
    expect(p10 / (low * scale)).toBeCloseTo(1, 10);
    if (high !== undefined) expect(p90 / (high * scale)).toBeCloseTo(1, 10);
  });

  it("reaches up to the mean where the distribution is so skewed that nine tenths of it lie below", () => {
    expect(gammaBand(0.03, 0.03).p90).toBe(0.03); // the quantile is 0.0175
    expect(gammaBand(1e-9, 1e3)).toEqual({ p10: 0, p90: 1e-9 });
  });

  it("closes in on the mean where the variance vanishes", () => {
    for (const variance of [1e-12, 1e-30, Number.MIN_VALUE]) {
      const { p10, p90 } = gammaBand(0.2, variance);
      expect(p10 / 0.2).toBeCloseTo(1, 4);
      expect(p90 / 0.2).toBeCloseTo(1, 4);
    }
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

describe("delayBins()", () => {
  it("double up to the longest delay, which has an hour of its own where it is short", () => {
    expect(delayBins(1)).toEqual({ edgesMs: [0, 5, 15, 30, 60].map((m) => m * 60_000), edgesHours: [0, 1, 2] });
    expect(
      delayBins(24)
        .edgesMs.map((edge) => edge / HOUR_MS)
        .slice(4),
    ).toEqual([1, 2, 4, 8, 16, 24]);
    expect(delayBins(24).edgesHours).toEqual([0, 1, 2, 3, 5, 9, 17, 25]);
  });
});

describe("sharesOfHours()", () => {
  const learned = (hours: readonly number[], max: number) => {
    const bins = delayBins(max);
    const counts = new Float64Array(bins.edgesHours.length - 1);
    for (const one of hours) counts[binOf(one, bins.edgesHours)]! += 1;
    return sharesOfHours(bins, counts);
  };

  it("sum to one, whatever was seen", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), fc.integer({ min: 1, max: 48 }), (hours, max) => {
        const shares = learned(hours, max);
        return shares.length === max + 1 && Math.abs(sum(shares) - 1) < 1e-12 && shares.every((share) => share >= 0);
      }),
    );
  });

  it("keep the first hours as they were seen and spread the tail", () => {
    const shares = learned([...Array(900).fill(0), ...Array(100).fill(12)], 24);
    expect(shares[0]).toBeCloseTo(0.9, 2);
    expect(shares[9]).toBe(shares[12]!);
    expect(shares[12]).toBeCloseTo(0.1 / 8, 3);
  });
});

describe("densityPerHour()", () => {
  it("has an integral over all delays of one", () => {
    for (const max of [1, 3, 24, 30]) {
      const bins = delayBins(max);
      const counts = new Float64Array(bins.edgesMs.length - 1);
      for (const hours of [0, 0, 1, 5]) counts[binOf(hours * HOUR_MS, bins.edgesMs)]! += 1;
      const density = densityPerHour(bins, counts);
      const masses = density.map((value, bin) => (value * (bins.edgesMs[bin + 1]! - bins.edgesMs[bin]!)) / HOUR_MS);
      expect(sum(masses)).toBeCloseTo(1, 12);
    }
  });
});

describe("sharesAtAnyMinute()", () => {
  const bins = delayBins(6);

  it("gives half of the delays that are even over an hour to the next one", () => {
    const shares = sharesAtAnyMinute(bins, Float64Array.of(1, 1, 1, 1, 0, 0, 0));
    for (const [lag, share] of [0.5, 0.5, 0, 0, 0, 0, 0].entries()) expect(shares[lag]).toBeCloseTo(share, 12);
  });

  it("shares all of them out, those of 4 to 6 hours to lags of 4 to 6", () => {
    const shares = sharesAtAnyMinute(bins, Float64Array.of(0, 0, 0, 0, 0, 0, 0.5));
    for (const [lag, share] of [0, 0, 0, 0, 0.25, 0.5, 0.25].entries()) expect(shares[lag]).toBeCloseTo(share, 12);
  });
});
