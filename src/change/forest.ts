/**
 * A random forest of classification trees that average the share of failures in their leaves.
 * Sources: Breiman (2001), "Random Forests", Machine Learning 45(1); probabilities by averaging shares: Malley et al. (2012),
 * "Probability Machines", Methods of Information in Medicine 51(1).
 * @module
 */

import { Worker } from "node:worker_threads";
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

async function growOnThreads(data: ForestData, settings: ForestSettings): Promise<Tree[]> {
  const { trees, threads, signal, onTree } = settings;
  const forest = new Array<Tree>(trees);
  let next = 0;
  let grown = 0;
  const workers = Array.from({ length: Math.min(threads, trees) }, () => openWorker(data));
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      let number = -1;
      const ask = () => {
        if (next === trees) return resolve();
        number = next++;
        worker.postMessage(number);
      };
      worker.on("message", (tree: Tree) => {
        forest[number] = tree;
        onTree?.(++grown);
        ask();
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`a thread of the forest ended with code ${code}`)));
      ask();
    });
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
  });
  signal?.addEventListener("abort", stop);
  try {
    signal?.throwIfAborted();
    await Promise.race([Promise.all(workers.map(work)), stopped]);
    return forest;
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** A thread's heap for what is short-lived: 13 MB a thread instead of 19, and trees grow no slower. */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/** From source, where there is no build, a thread needs the loader of TypeScript first. */
function openWorker(workerData: ForestData): Worker {
  const built = new URL("./forest-worker.js", import.meta.url);
  if (import.meta.url.endsWith(".js")) return new Worker(built, { workerData, resourceLimits });
  const source = new URL("./forest-worker.ts", import.meta.url);
  const load = `import("${import.meta.resolve("tsx/esm/api")}").then(({ register }) => (register(), import("${source}")))`;
  return new Worker(load, { workerData, resourceLimits, eval: true });
}

/** Mean share of failures of each row's leaves. @param rows [rows, inputs] @returns [rows] */
export function forestShares(forest: readonly Tree[], rows: Float32Array, inputs: number): Float64Array {
  const shares = new Float64Array(inputs === 0 ? 0 : rows.length / inputs);
  for (const tree of forest) {
    for (let row = 0; row < shares.length; row += 1) shares[row]! += tree.share[leafOf(tree, rows, inputs, row)]!;
  }
  return shares.map((sum) => sum / forest.length);
}
