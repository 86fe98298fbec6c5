/**
 * A random forest of classification trees that average the share of failures in their leaves.
 * Sources: Breiman (2001), "Random Forests", Machine Learning 45(1); probabilities by averaging shares: Malley et al. (2012),
 * "Probability Machines", Methods of Information in Medicine 51(1).
 * @module
 */

import { onThreads } from "../threads/on-threads.ts";
import { moduleBeside } from "../threads/open-worker.ts";
import type { BinnedInput } from "./bins.ts";
import { type ForestData, growNumbered } from "./grow-numbered.ts";
import { leafOf, type Tree } from "./tree.ts";

export type ForestSettings = {
  trees: number;
  /** 0 to 2³² − 1: the same seed gives the same forest on any number of threads */
  seed: number;
  threads: number;
  signal?: AbortSignal;
  onTree?: (grown: number) => void;
};

/** Rows of a leaf: single rows are noise, probabilities want more (Malley et al. 2012). */
const MIN_LEAF = 5;
/** A tree of a large table learns from as many rows as this (subagging: Bühlmann & Yu 2002, Annals of Statistics 30(4)). */
const MOST_DRAWS = 32_768;

/**
 * Grows a forest on threads of its own.
 *
 * @param weights [rows] how likely a row is drawn, relative to the others
 * @throws the signal's reason once it is aborted
 */
export async function growForest(
  inputs: readonly BinnedInput[],
  failed: Uint8Array,
  weights: Float64Array,
  settings: ForestSettings,
): Promise<Tree[]> {
  let sum = 0;
  const data: ForestData = {
    inputs,
    failed,
    cumulativeWeights: weights.map((weight) => {
      sum += weight;
      return sum;
    }),
    draws: Math.min(failed.length, MOST_DRAWS),
    settings: { inputsPerSplit: Math.max(1, Math.floor(Math.sqrt(inputs.length))), minLeaf: MIN_LEAF },
    seed: settings.seed,
  };
  return settings.threads === 1 ? growHere(data, settings) : growOnThreads(data, settings);
}

async function growHere(data: ForestData, { trees, signal, onTree }: ForestSettings): Promise<Tree[]> {
  const forest: Tree[] = [];
  for (let number = 0; number < trees; number += 1) {
    await new Promise(setImmediate); // lets an interruption through
    signal?.throwIfAborted();
    forest.push(growNumbered(data, number));
    onTree?.(forest.length);
  }
  return forest;
}

/** A thread's heap for what is short-lived: 13 MB a thread instead of 19, and trees grow no slower. */
const limits = { maxYoungGenerationSizeMb: 4 };

async function growOnThreads(data: ForestData, { trees, threads, signal, onTree }: ForestSettings): Promise<Tree[]> {
  const module = moduleBeside(import.meta.url, "forest-worker");
  const forest = new Array<Tree>(trees);
  let grown = 0;
  const onResult = (tree: Tree, number: number) => {
    forest[number] = tree;
    onTree?.(++grown);
  };
  await onThreads({ module, data, count: trees, threads, limits, signal, onResult });
  return forest;
}

/** Mean share of failures of each row's leaves. @param rows [rows, inputs] @returns [rows] */
export function forestShares(forest: readonly Tree[], rows: Float32Array, inputs: number): Float64Array {
  const shares = new Float64Array(inputs === 0 ? 0 : rows.length / inputs);
  for (const tree of forest) {
    for (let row = 0; row < shares.length; row += 1) shares[row]! += tree.share[leafOf(tree, rows, inputs, row)]!;
  }
  return shares.map((sum) => sum / forest.length);
}
