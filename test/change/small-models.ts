/** Models trained on a small seeded history, and rows to try them on. */
import { integerBelow, type Random, seededRandom, standardNormal } from "../../src/chance/random.ts";
import { binned } from "../../src/change/bins.ts";
import type { ChangeModel } from "../../src/change/change-model.ts";
import { growForest } from "../../src/change/forest.ts";
import { fitLogistic } from "../../src/change/logistic-regression.ts";

export const INPUTS = 6;
const ROWS = 600;
const TREES = 45;

/** A skew size, a count, a number that is often missing, one in millions, two levels; failures follow the first and third. */
function history(random: Random): { rows: Float32Array; failed: Uint8Array } {
  const rows = new Float32Array(ROWS * INPUTS);
  const failed = new Uint8Array(ROWS);
  for (let row = 0; row < ROWS; row += 1) {
    const size = Math.exp(2 * standardNormal(random));
    const level = integerBelow(random, 3);
    const ratio = random() < 0.3 ? Number.NaN : random();
    rows.set(
      [
        size,
        integerBelow(random, 9),
        ratio,
        1e6 + 10 * standardNormal(random),
        level === 0 ? 1 : 0,
        level === 1 ? 1 : 0,
      ],
      row * INPUTS,
    );
    const odds = (size > 3 ? 1 : -1) + (Number.isNaN(ratio) ? 1 : ratio - 1);
    failed[row] = random() < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
  }
  return { rows, failed };
}

const { rows: training, failed } = history(seededRandom(1, 0));

export { training };

const alike = new Float64Array(ROWS).fill(1);
export const forest = await growForest(binned(training, INPUTS), failed, alike, { trees: TREES, seed: 1, threads: 1 });
export const mixed: ChangeModel = {
  inputs: INPUTS,
  forest,
  logistic: fitLogistic(training, INPUTS, failed, alike),
  forestShare: 0.5,
  recalibration: { intercept: -0.3, slope: 1.4 },
};
export const models = {
  "both parts": mixed,
  "the forest alone": { ...mixed, forestShare: 1 },
  "the regression alone": { ...mixed, forestShare: 0 },
};

/** Values that decide: on and beside thresholds, at and beyond both ends, missing. */
function hostileRows(random: Random): Float32Array {
  const { rows } = history(seededRandom(2, 0));
  const beside = new Float32Array(1);
  for (let i = 0; i < rows.length; i += 1) {
    const tree = forest[integerBelow(random, TREES)]!;
    const tests = [...tree.input.keys()].filter((node) => tree.input[node] === i % INPUTS);
    const at = tests.length === 0 ? 0 : tree.threshold[tests[integerBelow(random, tests.length)]!]!;
    beside[0] = at;
    new Int32Array(beside.buffer)[0]! += 1;
    const choices = [at, at, beside[0]!, Infinity, -Infinity, 1e30, -1e30, Number.NaN, 0, -0, rows[i]!];
    rows[i] = choices[integerBelow(random, choices.length)]!;
  }
  return rows;
}

export const inputsTried = {
  "rows of training": training,
  "other rows": history(seededRandom(3, 0)).rows,
  "thresholds, ends and missing values": hostileRows(seededRandom(4, 0)),
  "rows without a value": new Float32Array(2 * INPUTS).fill(Number.NaN),
  "one row": training.subarray(7 * INPUTS, 8 * INPUTS),
};
