import { describe, expect, it } from "vitest";
import { solvePositive } from "../../src/algebra/solve-positive.ts";
import { logistic } from "../../src/backtest/logit.ts";
import { seededRandom, standardNormal } from "../../src/chance/random.ts";
import { bendWeights, fitLogistic, logisticShares, signedLog } from "../../src/change/logistic-regression.ts";
import { recalibrated, recalibrationOf } from "../../src/change/recalibration.ts";

const COUNT = 6000;

/** @param shares the true probability of a row [inputs] */
function drawn(inputs: number, draw: (random: () => number) => number[], truth: (row: readonly number[]) => number) {
  const random = seededRandom(11, 2);
  const rows = new Float32Array(COUNT * inputs);
  const shares = new Float64Array(COUNT);
  const failed = new Uint8Array(COUNT);
  for (let row = 0; row < COUNT; row += 1) {
    const values = draw(random);
    rows.set(values, row * inputs);
    shares[row] = truth(values);
    failed[row] = Number(random() < shares[row]!);
  }
  return { rows, shares, failed, weights: new Float64Array(COUNT).fill(1) };
}

function meanError(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

describe("fitLogistic()", () => {
  it("finds a line in log odds, its slope per deviation", () => {
    const { rows, shares, failed, weights } = drawn(
      1,
      (random) => [standardNormal(random)],
      ([x]) => logistic(-1 + 0.8 * x!),
    );
    const model = fitLogistic(rows, 1, failed, weights);
    expect(model.intercept).toBeCloseTo(-1, 0);
    expect(meanError(logisticShares(model, rows, 1), shares)).toBeLessThan(0.012);
  });

  it("bends where the truth does: a valley in the middle", () => {
    const { rows, shares, failed, weights } = drawn(
      1,
      (random) => [random() * 24],
      ([hour]) => logistic(-3 + ((hour! - 12) / 6) ** 2),
    );
    const base = shares.map(() => failed.reduce((sum, one) => sum + one, 0) / COUNT);
    expect(meanError(logisticShares(fitLogistic(rows, 1, failed, weights), rows, 1), shares)).toBeLessThan(0.03);
    expect(meanError(base, shares)).toBeGreaterThan(0.09); // which is all that a line could do
  });

  it("takes the logarithm of skew numbers, and stays within the range of training beyond it", () => {
    const { rows, failed, weights } = drawn(
      1,
      (random) => [Math.exp(3 * standardNormal(random))],
      ([lines]) => logistic(-2 + 0.5 * Math.log(lines!)),
    );
    const model = fitLogistic(rows, 1, failed, weights);
    expect(model.curves[0]!.log).toBe(true);
    const [highest, beyond] = logisticShares(model, Float32Array.of(Math.max(...rows), 1e30), 1);
    expect(beyond).toBe(highest);
  });

  it("knows what a missing value tells", () => {
    const { rows, failed, weights } = drawn(
      1,
      (random) => [random() < 0.3 ? Number.NaN : random()],
      ([x]) => (Number.isNaN(x) ? 0.7 : 0.1),
    );
    const [missing, known] = logisticShares(fitLogistic(rows, 1, failed, weights), Float32Array.of(Number.NaN, 0.5), 1);
    expect(missing).toBeCloseTo(0.7, 1);
    expect(known).toBeCloseTo(0.1, 1);
  });

  it("counts rows by their weight", () => {
    const { rows, failed } = drawn(
      1,
      (random) => [random()],
      () => 0.5,
    );
    const weights = Float64Array.from(failed, (one) => (one === 1 ? 1 : 0.25));
    const [share] = logisticShares(fitLogistic(rows, 1, failed, weights), Float32Array.of(0.5), 1);
    expect(share).toBeCloseTo(0.8, 1);
  });

  it("stays finite where an input tells failures from successes without exception", () => {
    const rows = Float32Array.from({ length: 100 }, (_, row) => row);
    const failed = Uint8Array.from({ length: 100 }, (_, row) => Number(row >= 50));
    const shares = logisticShares(fitLogistic(rows, 1, failed, new Float64Array(100).fill(1)), rows, 1);
    expect(shares.every((share) => share > 0 && share < 1)).toBe(true);
    expect(shares[99]).toBeGreaterThan(0.8);
    expect(shares[0]).toBeLessThan(0.2);
  });
});

describe("bendWeights()", () => {
  it("makes a curve that is straight outside of the outer knots (Harrell 2015, 2.4.5)", () => {
    const knots = [-1.2, 0.1, 1.5];
    const at = (z: number) =>
      bendWeights(knots).reduce((sum, weight, i) => sum + weight * Math.max(0, z - knots[i]!) ** 3, 0);
    expect([at(-5), at(-1.2)]).toEqual([0, 0]);
    expect(at(4) - at(3)).toBeCloseTo(at(3) - at(2), 9);
    expect(at(1) - at(0.5)).not.toBeCloseTo(at(0.5) - at(0), 2);
  });
});

describe("signedLog()", () => {
  it("is odd and 0 at 0", () => {
    expect([signedLog(0), signedLog(Math.E - 1), signedLog(1 - Math.E)]).toEqual([0, 1, -1]);
  });
});

describe("recalibrationOf()", () => {
  const random = seededRandom(5, 5);
  const truth = Float64Array.from({ length: 20_000 }, () => 0.02 + 0.5 * random());
  const failed = Uint8Array.from(truth, (p) => Number(random() < p));
  const spoilt = truth.map((p) => logistic(1 + 2 * Math.log(p / (1 - p))));

  it("undoes a shift and a stretch of log odds", () => {
    const map = recalibrationOf(spoilt, failed);
    expect(map.slope).toBeCloseTo(0.5, 1);
    expect(map.intercept).toBeCloseTo(-0.5, 1);
    expect(
      meanError(
        spoilt.map((p) => recalibrated(map, p)),
        truth,
      ),
    ).toBeLessThan(0.01);
  });

  it("changes little on the word of a few", () => {
    const map = recalibrationOf(truth.subarray(0, 5), failed.subarray(0, 5));
    expect(Math.abs(map.slope - 1)).toBeLessThan(0.5);
  });

  it("never turns the ranking round", () => {
    const map = recalibrationOf(
      truth.map((p) => 1 - p),
      failed,
    );
    expect(map.slope).toBeGreaterThan(0);
  });

  it("takes certainties", () => {
    const map = recalibrationOf(Float64Array.of(0, 1, 0, 1), Uint8Array.of(0, 1, 1, 1));
    expect([map.intercept, map.slope].every(Number.isFinite)).toBe(true);
  });
});

describe("solvePositive()", () => {
  it("solves", () => {
    // [[4, 2], [2, 3]] x = [2, 5]: x = [−0.5, 2]
    const [first, second] = solvePositive(Float64Array.of(4, 2, 2, 3), Float64Array.of(2, 5), 2);
    expect(first).toBeCloseTo(-0.5, 12);
    expect(second).toBeCloseTo(2, 12);
  });

  it("refuses what is not positive definite", () => {
    expect(() => solvePositive(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1), 2)).toThrow(RangeError);
  });
});
