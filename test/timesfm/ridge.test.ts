import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom, standardNormal } from "../../src/chance/random.ts";
import { ridgeFit } from "../../src/timesfm/ridge.ts";
import { symmetricEigen } from "../../src/timesfm/symmetric-eigen.ts";
import { expectClose } from "./expect-close.ts";

const normals = (length: number, seed: number) => {
  const random = seededRandom(seed, 0);
  return Float64Array.from({ length }, () => standardNormal(random));
};

describe("ridgeFit()", () => {
  it("finds the line through points on a line", () => {
    const x = Float64Array.from([0, 1, 2, 5]);
    const fit = ridgeFit(
      [x.map(() => 1), x],
      x.map((value) => 3 - 2 * value),
      0,
    );
    expect(fit[0]).toBeCloseTo(3, 10);
    expect(fit[1]).toBeCloseTo(-2, 10);
  });

  it("halves the coefficient of a column of norm 1 at ridge 1", () => {
    expect(ridgeFit([Float64Array.from([0.6, 0.8])], Float64Array.from([3, 4]), 1)[0]).toBeCloseTo(2.5, 12);
  });

  it("takes the fit of least norm where columns imply each other", () => {
    // 1 = a + b: the means 10 and 20 of the halves, as intercept 10, a 0, b 10, or of least norm.
    const columns = [
      [1, 1, 1, 1],
      [1, 1, 0, 0],
      [0, 0, 1, 1],
    ].map((column) => Float64Array.from(column));
    const fit = ridgeFit(columns, Float64Array.from([9, 11, 19, 21]), 0);
    expectClose(fit, [10, 0, 10], 1e-9);
  });

  it("gives no weight to a column of zeros", () => {
    expect([...ridgeFit([new Float64Array(2), Float64Array.from([1, 1])], Float64Array.from([2, 2]), 0)]).toEqual([
      0, 2,
    ]);
  });
});

describe("symmetricEigen()", () => {
  it("takes a symmetric matrix apart into what makes it up again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1000 }), (n, seed) => {
        const noise = normals(n * n, seed);
        const matrix = noise.map((value, i) => value + noise[(i % n) * n + Math.floor(i / n)]!);
        const { values, vectors } = symmetricEigen(matrix, n);
        for (let i = 0; i < n; i += 1) {
          for (let j = 0; j < n; j += 1) {
            let made = 0;
            let product = 0;
            for (let k = 0; k < n; k += 1) {
              made += values[k]! * vectors[i * n + k]! * vectors[j * n + k]!;
              product += vectors[k * n + i]! * vectors[k * n + j]!;
            }
            expect(made).toBeCloseTo(matrix[i * n + j]!, 10);
            expect(product).toBeCloseTo(i === j ? 1 : 0, 10);
          }
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
