import { describe, expect, it } from "vitest";
import { gaussLegendre } from "../../src/change/gauss-legendre.ts";

describe("gaussLegendre()", () => {
  it("has the two points that are known in closed form", () => {
    const { points, weights } = gaussLegendre(2);
    const ascending = points.slice().sort();
    expect(ascending[0]).toBeCloseTo(0.5 - 0.5 / Math.sqrt(3), 15);
    expect(ascending[1]).toBeCloseTo(0.5 + 0.5 / Math.sqrt(3), 15);
    expect([...weights].map((weight) => weight.toFixed(15))).toEqual(["0.500000000000000", "0.500000000000000"]);
  });

  it.each([1, 2, 3, 8, 32])("integrates powers up to 2·%i − 1 over [0, 1]", (count) => {
    const { points, weights } = gaussLegendre(count);
    for (let power = 0; power < 2 * count; power += 1) {
      const integral = points.reduce((sum, point, i) => sum + weights[i]! * point ** power, 0);
      expect(integral).toBeCloseTo(1 / (power + 1), 14);
    }
    expect(points.every((point) => point > 0 && point < 1)).toBe(true);
  });

  it("is empty without points", () => {
    expect(gaussLegendre(0)).toEqual({ points: new Float64Array(0), weights: new Float64Array(0) });
  });
});
