/**
 * What a model loses without a feature: permutation importance on changes that it has not seen.
 * Sources: Breiman (2001), "Random Forests", Machine Learning 45(1), 10; for any model: Fisher, Rudin & Dominici (2019), "All
 * Models are Wrong, but Many are Useful", JMLR 20(177).
 * @module
 */

import { percentileInterval } from "../backtest/bootstrap.ts";
import { auc, aucInOrder, ranked } from "../backtest/scores.ts";
import { integerBelow, type Random, seededRandom } from "../chance/random.ts";
import { type Feature, placesOf } from "./feature-schema.ts";

export type Importance = {
  name: string;
  /** of the area under the ROC curve when the feature is shuffled among the changes; below 0 by chance alone */
  drop: number;
  /** where the drop lies with a chance of 95 %, by which changes there were and how they were shuffled */
  low: number;
  high: number;
};

export type ImportanceSettings = {
  /** 0 to 2³² − 1 */
  seed: number;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
};

/** At most so many rows, drawn without replacement: 60 features then cost 360,000 predictions. */
const MOST_ROWS = 2000;
const SHUFFLES = 3;
const RESAMPLES = 500;
/** Apart from those that trees are numbered with. */
const STREAM = 0x7e57;

/**
 * Drop of the area under the ROC curve when all inputs of a feature are shuffled together. Every repeat of the interval draws a
 * bootstrap sample of the changes and one of the shuffles; a shuffle serves many repeats, so that no repeat predicts anew.
 *
 * @param features what the inputs of a row are
 * @param rows     [rows, inputs]
 * @param failed   [rows] 0 or 1
 * @param predict  [n, inputs] → [n] probabilities
 * @returns one a feature, largest drop first; undefined where the changes drawn all failed or all succeeded
 * @throws the signal's reason once it is aborted
 */
export async function permutationImportance(
  features: readonly Feature[],
  rows: Float32Array,
  failed: Uint8Array,
  predict: (rows: Float32Array) => Promise<Float64Array>,
  { seed, signal, onProgress }: ImportanceSettings,
): Promise<Importance[] | undefined> {
  const random = seededRandom(seed, STREAM);
  const inputs = rows.length / failed.length;
  const drawn = shuffled(failed.length, random).slice(0, MOST_ROWS);
  const count = drawn.length;
  const outcomes = Uint8Array.from(drawn, (row) => failed[row]!);
  const sample = new Float32Array(count * inputs);
  drawn.forEach((row, i) => {
    sample.set(rows.subarray(row * inputs, (row + 1) * inputs), i * inputs);
  });
  signal?.throwIfAborted();
  const intact = await predict(sample);
  const whole = auc(outcomes, intact);
  if (whole === undefined) return undefined;
  const resamples = resamplesOf(outcomes, intact, random);
  const importances: Importance[] = [];
  for (const [f, { start, width }] of placesOf(features).entries()) {
    onProgress?.(f, features.length);
    signal?.throwIfAborted();
    const orders = Array.from({ length: SHUFFLES }, () => shuffled(count, random));
    const predicted = await predict(withShuffled(sample, inputs, { start, width }, orders));
    const shuffles = orders.map((_, s) => {
      const probabilities = predicted.subarray(s * count, (s + 1) * count);
      return { probabilities, order: ranked(probabilities) };
    });
    const drops = resamples.map(({ weights, whole }) => {
      const { probabilities, order } = shuffles[integerBelow(random, SHUFFLES)]!;
      return whole - aucInOrder(outcomes, probabilities, order, weights)!;
    });
    const drop = shuffles.reduce((sum, { probabilities }) => sum + whole - auc(outcomes, probabilities)!, 0) / SHUFFLES;
    importances.push({ name: features[f]!.name, drop, ...percentileInterval(Float64Array.from(drops)) });
  }
  onProgress?.(features.length, features.length);
  return importances.sort((a, b) => b.drop - a.drop);
}

/** How often each row is in every bootstrap sample, and the area that the intact rows have there; those of one outcome left out. */
function resamplesOf(outcomes: Uint8Array, intact: Float64Array, random: Random) {
  const order = ranked(intact);
  return Array.from({ length: RESAMPLES }, () => {
    const weights = new Uint16Array(outcomes.length);
    for (let draw = 0; draw < weights.length; draw += 1) weights[integerBelow(random, weights.length)]! += 1;
    return { weights, whole: aucInOrder(outcomes, intact, order, weights) };
  }).flatMap(({ weights, whole }) => (whole === undefined ? [] : [{ weights, whole }]));
}

/** The rows once for each order, with the inputs of a feature taken from the row that the order names. */
function withShuffled(
  rows: Float32Array,
  inputs: number,
  { start, width }: { start: number; width: number },
  orders: readonly Uint32Array[],
): Float32Array {
  const all = new Float32Array(rows.length * orders.length);
  orders.forEach((order, s) => {
    all.set(rows, s * rows.length);
    order.forEach((from, row) => {
      const at = from * inputs + start;
      all.set(rows.subarray(at, at + width), s * rows.length + row * inputs + start);
    });
  });
  return all;
}

/** 0 to `count` − 1 in any order, each alike. Source: Durstenfeld (1964), Algorithm 235, CACM 7(7). */
function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last -= 1) {
    const at = integerBelow(random, last + 1);
    [order[last], order[at]] = [order[at]!, order[last]!];
  }
  return order;
}
