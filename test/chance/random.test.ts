import { describe, expect, it } from "vitest";
import {
  exp,
  integerBelow,
  integerBetween,
  ln,
  pick,
  poisson,
  seededRandom,
  standardNormal,
} from "../../src/chance/random.ts";

describe("seededRandom()", () => {
  it("repeats itself for a seed and stream, and differs for another", () => {
    const draw = (seed: number, stream: number) => {
      const random = seededRandom(seed, stream);
      return Array.from({ length: 5 }, random);
    };
    expect(draw(42, 1)).toEqual(draw(42, 1));
    expect(draw(42, 1)).not.toEqual(draw(42, 2));
    expect(draw(42, 1)).not.toEqual(draw(43, 1));
    expect(draw(42, 1)).toMatchInlineSnapshot(`
      [
        0.892300529172644,
        0.39217342366464436,
        0.6222461189609021,
        0.5468849595636129,
        0.030483186477795243,
      ]
    `);
  });

  it("fills [0, 1) evenly", () => {
    const random = seededRandom(1, 1);
    const counts = new Array<number>(100).fill(0);
    for (let i = 0; i < 100_000; i += 1) counts[Math.floor(random() * 100)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(160); // 99 degrees of freedom: exceeded by chance once in 10,000
  });
});

describe("exp() and ln()", () => {
  it("agree with Math to the last bits", () => {
    for (let x = -5; x <= 5; x += 0.01) expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-13);
    for (let x = 1e-9; x < 100; x *= 1.1) expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-13);
  });
});

describe("poisson() and standardNormal()", () => {
  it("have the mean and variance of their law", () => {
    const random = seededRandom(3, 1);
    const moments = (draw: () => number, n = 200_000) => {
      const values = Array.from({ length: n }, draw);
      const mean = values.reduce((sum, value) => sum + value, 0) / n;
      return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n };
    };
    for (const rate of [0.03, 0.9, 4]) {
      const { mean, variance } = moments(() => poisson(random, rate));
      expect(Math.abs(mean / rate - 1)).toBeLessThan(4 / Math.sqrt(200_000 * rate));
      expect(Math.abs(variance / rate - 1)).toBeLessThan(0.05);
    }
    expect(poisson(random, 0)).toBe(0);
    const normal = moments(() => standardNormal(random));
    expect(Math.abs(normal.mean)).toBeLessThan(0.01);
    expect(Math.abs(normal.variance - 1)).toBeLessThan(0.015);
  });
});

describe("integerBelow(), integerBetween() and pick()", () => {
  const counted = (draw: () => number | string) => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 60_000; i += 1) {
      const value = draw();
      counts[value] = (counts[value] ?? 0) + 1;
    }
    return counts;
  };

  it("take every number alike, both ends of a range included", () => {
    const random = seededRandom(4, 1);
    for (const [draw, numbers] of [
      [() => integerBelow(random, 3), [0, 1, 2]],
      [() => integerBetween(random, { from: 4, to: 6 }), [4, 5, 6]],
    ] as const) {
      const counts = counted(draw);
      expect(Object.keys(counts).map(Number)).toEqual(numbers);
      for (const number of numbers) expect(Math.abs(counts[number]! - 20_000)).toBeLessThan(4 * 116); // √(np(1 − p))
    }
  });

  it("take a value as often as its share says, and the last where rounding leaves some over", () => {
    const random = seededRandom(4, 2);
    const counts = counted(() =>
      pick(random, [
        ["often", 0.75],
        ["never", 0],
        ["seldom", 0.25],
      ]),
    );
    expect(Object.keys(counts).sort()).toEqual(["often", "seldom"]);
    expect(Math.abs(counts.often! - 45_000)).toBeLessThan(4 * 106);
    expect(
      pick(
        () => 1 - 2 ** -53,
        [
          ["first", 0.5],
          ["last", 0.5 - 1e-9],
        ],
      ),
    ).toBe("last");
  });
});
