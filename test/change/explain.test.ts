import { describe, expect, it } from "vitest";
import { logistic } from "../../src/backtest/logit.ts";
import { seededRandom } from "../../src/chance/random.ts";
import { binned } from "../../src/change/bins.ts";
import { type ChangeModel, probabilitiesOf } from "../../src/change/change-model.ts";
import { type Explanation, explain } from "../../src/change/explain.ts";
import type { Feature } from "../../src/change/feature-schema.ts";
import { growForest } from "../../src/change/forest.ts";
import { fitLogistic, type LogisticModel } from "../../src/change/logistic-regression.ts";
import { leaf, randomRow, split, treeOf } from "./trees.ts";

const SIZE: Feature = { name: "size", kind: "number", fill: 0.5, min: 0, max: 1 };
const SERVICE: Feature = { name: "service", kind: "category", levels: ["api", "web", "db"] };
const AGE: Feature = { name: "age", kind: "number", fill: 1, min: 0, max: 2 };
const FEATURES = [SIZE, SERVICE, AGE];
const INPUTS = 5;
const UNCHANGED = { intercept: 0, slope: 1 };

/** size drives failures, api fails a little more, age does nothing. */
async function trainedModel(): Promise<{ model: ChangeModel; rows: Float32Array[] }> {
  const random = seededRandom(3, 0);
  const rows = Array.from({ length: 600 }, () => {
    const [size, age] = randomRow(random, 2);
    const level = Math.floor(4 * random()); // one of them has no input of its own
    return Float32Array.of(size!, Number(level === 0), Number(level === 1), Number(level === 2), age! ** 4);
  });
  const failed = Uint8Array.from(rows, ([size, api]) => Number((size || 0.5) + 0.1 * api! + 0.2 * random() > 0.7));
  const flat = Float32Array.from(rows.flatMap((row) => [...row]));
  const weights = new Float64Array(rows.length).fill(1);
  return {
    model: {
      inputs: INPUTS,
      forest: await growForest(binned(flat, INPUTS), failed, weights, { trees: 20, seed: 1, threads: 1 }),
      logistic: fitLogistic(flat, INPUTS, failed, weights),
      forestShare: 0.5,
      recalibration: { intercept: 0.3, slope: 0.8 },
    },
    rows: rows.slice(0, 40),
  };
}

function straight(intercept: number, slopes: number[]): LogisticModel {
  const curve = { fill: 0, log: false, min: -9, max: 9, mean: 0, deviation: 1, knots: [] };
  const nothing = new Float64Array(slopes.length);
  return {
    intercept,
    curves: slopes.map(() => curve),
    slopes: Float64Array.from(slopes),
    bends: nothing,
    missing: nothing,
  };
}

/** One tree or a straight regression of the five inputs. */
function modelOf(part: Partial<ChangeModel>): ChangeModel {
  return {
    inputs: INPUTS,
    forest: [treeOf(leaf(0.5, 10))],
    logistic: straight(0, [0, 0, 0, 0, 0]),
    forestShare: 1,
    recalibration: UNCHANGED,
    ...part,
  };
}

function contributionsOf({ contributions }: Explanation): number[] {
  return contributions.map(({ contribution }) => contribution);
}

function total(explanation: Explanation): number {
  return contributionsOf(explanation).reduce((sum, value) => sum + value, explanation.base);
}

describe("explain()", () => {
  const recalibrations = [
    UNCHANGED,
    { intercept: 0.3, slope: 0.8 },
    { intercept: -14, slope: 0.05 },
    { intercept: 14, slope: 0.05 },
    { intercept: -14, slope: 5 },
    { intercept: 14, slope: 5 },
  ];

  it.each([1, 0, 0.5, 0.2])("adds up where the forest counts %d, however it is recalibrated", async (forestShare) => {
    const { model, rows } = await trainedModel();
    for (const recalibration of recalibrations) {
      for (const row of rows) {
        const one = { ...model, forestShare, recalibration };
        const explanation = explain(one, FEATURES, row);
        expect(explanation.probability).toBe(probabilitiesOf(one, row)[0]);
        expect(Math.abs(total(explanation) - explanation.probability)).toBeLessThan(1e-9);
      }
    }
  });

  it("adds up where the forest is certain, so that log odds are cut off", () => {
    for (const recalibration of recalibrations) {
      for (const [left, right] of [
        [0, 1],
        [0, 1e-7],
        [1e-6, 0],
        [1, 1 - 1e-7],
        [0, 0],
      ] as const) {
        const model = modelOf({ forest: [treeOf(split(0, leaf(left, 5), leaf(right, 5)))], recalibration });
        for (const size of [0, 1]) {
          const explanation = explain(model, FEATURES, Float32Array.of(size, 1, 0, 0, 0));
          expect(Math.abs(total(explanation) - explanation.probability)).toBeLessThan(1e-9);
        }
      }
    }
  });

  it("takes a feature's levels together, in the order of the features", () => {
    // 0.35 where neither level is known, 0.6 where both are: api, no web
    const tree = split(1, split(2, leaf(0.2, 4), leaf(0, 4)), leaf(0.6, 8));
    const explanation = explain(modelOf({ forest: [treeOf(tree)] }), FEATURES, Float32Array.of(0, 1, 0, 0, 0));
    expect(explanation.contributions.map(({ name }) => name)).toEqual(["size", "service", "age"]);
    expect(explanation.base).toBeCloseTo(0.35, 7);
    expect(contributionsOf(explanation)[1]).toBeCloseTo(0.25, 7);
    expect([contributionsOf(explanation)[0], contributionsOf(explanation)[2]]).toEqual([0, 0]);
  });

  it("keeps the proportions of a regression's terms", () => {
    const model = modelOf({ forestShare: 0, logistic: straight(-1, [2, 0, 0, 0, -1]) });
    const { base, contributions } = explain(model, FEATURES, Float32Array.of(1, 0, 0, 0, 0.5));
    const factor = (logistic(0.5) - logistic(-1)) / 1.5;
    expect(base).toBeCloseTo(logistic(-1), 12);
    expect(contributions[0]!.contribution).toBeCloseTo(2 * factor, 12);
    expect(contributions[2]!.contribution).toBeCloseTo(-0.5 * factor, 12);
  });

  it("still tells parts that cancel each other, but for rounding", () => {
    // 0.1 + 0.2 − 0.3 is 2⁻⁵⁴, too little for the logistic curve
    const regression = modelOf({
      forestShare: 0,
      logistic: straight(0, [0.1, 0.2, 0, 0, -0.3]),
      recalibration: { intercept: 0, slope: 3 },
    });
    const contributions = contributionsOf(explain(regression, FEATURES, Float32Array.of(1, 1, 0, 0, 1)));
    // 3 times the log odds, of slope ¼ around even odds
    [0.075, 0.15, -0.225].forEach((expected, f) => {
      expect(contributions[f]).toBeCloseTo(expected, 12);
    });
  });

  it("adds up across small differences of log odds", () => {
    for (const difference of [1e-12, 1e-6, 0.9e-4, 1.1e-4, 0.009]) {
      const regression = modelOf({ forestShare: 0, logistic: straight(0, [2 + difference, 0, 0, 0, -2]) });
      const explanation = explain(regression, FEATURES, Float32Array.of(1, 0, 0, 0, 1));
      expect(Math.abs(total(explanation) - explanation.probability)).toBeLessThan(1e-12);
      expect(contributionsOf(explanation)[0]).toBeCloseTo(0.5, 2);
    }
  });

  it("names the feature that decides, with the sign it has", async () => {
    const { model } = await trainedModel();
    for (const forestShare of [1, 0, 0.5]) {
      const of = (size: number) =>
        contributionsOf(explain({ ...model, forestShare }, FEATURES, Float32Array.of(size, 0, 1, 0, 0.1)));
      const [small, large] = [of(0.1), of(0.95)];
      expect(small[0]).toBeLessThan(-0.1);
      expect(large[0]).toBeGreaterThan(0.3);
      for (const one of [small, large]) {
        expect(Math.abs(one[0]!)).toBeGreaterThan(2 * Math.max(Math.abs(one[1]!), Math.abs(one[2]!)));
      }
    }
  });

  it("refuses a row of another width", () => {
    expect(() => explain(modelOf({}), FEATURES, new Float32Array(4))).toThrow(
      "Cannot explain a row of 4 inputs: the features have 5, the model 5",
    );
  });
});
