import { seededRandom } from "../chance/random.ts";
import type { BinnedInput } from "./bins.ts";
import { type GrowthSettings, growTree, type Tree } from "./tree.ts";

/** What the trees of a forest share; plain arrays, so that it can go to other threads. */
export type ForestData = {
  inputs: readonly BinnedInput[];
  failed: Uint8Array;
  /** running sums of the rows' weights [rows] */
  cumulativeWeights: Float64Array;
  /** rows that a tree draws, with replacement */
  draws: number;
  settings: GrowthSettings;
  /** 0 to 2³² − 1 */
  seed: number;
};

/** Tree `number` of a forest: the same on whichever thread it grows. */
export function growNumbered(data: ForestData, number: number): Tree {
  const random = seededRandom(data.seed, number);
  const sample = new Int32Array(data.draws);
  const total = data.cumulativeWeights.at(-1)!;
  for (let i = 0; i < sample.length; i += 1) sample[i] = indexOf(data.cumulativeWeights, random() * total);
  return growTree(data.inputs, data.failed, sample, data.settings, random);
}

/** The first running sum above a value. */
function indexOf(cumulative: Float64Array, value: number): number {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
