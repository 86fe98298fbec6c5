/**
 * One classification tree, grown on bins.
 * Source: Breiman, Friedman, Olshen & Stone (1984), "Classification and Regression Trees".
 * @module
 */

import { type BinnedInput, MISSING_BIN } from "./bins.ts";

/** Nodes in one array each; node 0 is the root. */
export type Tree = {
  /** the input that a node tests, −1 in a leaf [nodes] */
  input: Int32Array;
  /** a value up to this goes left [nodes] */
  threshold: Float32Array;
  /** 1 where a missing value goes left [nodes] */
  missingLeft: Uint8Array;
  left: Int32Array;
  right: Int32Array;
  /** share of failures among the training rows that came here [nodes] */
  share: Float32Array;
  /** how many came here, repeats counted [nodes] */
  cover: Float32Array;
};

export type GrowthSettings = {
  /** inputs tried at each split, drawn without replacement among those that vary there */
  inputsPerSplit: number;
  /** rows that a leaf must hold */
  minLeaf: number;
};

type Split = { gain: number; input: number; bin: number; missingLeft: boolean };

/**
 * Grows a tree by the Gini index until leaves are pure or small.
 *
 * @param inputs [inputs] of all rows
 * @param failed [rows]
 * @param sample indices of the rows to learn from, repeats allowed; reordered
 * @param random uniform on [0, 1)
 */
export function growTree(
  inputs: readonly BinnedInput[],
  failed: Uint8Array,
  sample: Int32Array,
  settings: GrowthSettings,
  random: () => number,
): Tree {
  const grown = new GrowingTree();
  const order = Int32Array.from(inputs, (_, input) => input);
  const scratch = new Int32Array(sample.length);
  const histogram = { rows: new Int32Array(MISSING_BIN + 1), failures: new Int32Array(MISSING_BIN + 1) };
  const open = [{ node: grown.add(), from: 0, to: sample.length }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, from, to } = next;
    let failures = 0;
    for (let i = from; i < to; i += 1) failures += failed[sample[i]!]!;
    grown.describe(node, failures / (to - from), to - from);
    if (failures === 0 || failures === to - from || to - from < 2 * settings.minLeaf) continue;
    const split = bestSplit(from, to, failures);
    if (split === undefined) continue;
    const middle = partition(inputs[split.input]!.bins, sample, from, to, split, scratch);
    const [left, right] = grown.split(node, split, inputs[split.input]!.edges[split.bin] ?? Infinity);
    open.push({ node: right, from: middle, to }, { node: left, from, to: middle });
  }
  return grown.finish();

  function bestSplit(from: number, to: number, failures: number): Split | undefined {
    let best: Split | undefined;
    let tried = 0;
    for (let drawn = 0; drawn < order.length && tried < settings.inputsPerSplit; drawn += 1) {
      const at = drawn + Math.floor(random() * (order.length - drawn));
      const input = order[at]!;
      order[at] = order[drawn]!;
      order[drawn] = input;
      const split = splitOn(inputs[input]!, input, from, to, failures);
      if (split === "constant") continue;
      tried += 1;
      if (split !== undefined && (best === undefined || split.gain > best.gain)) best = split;
    }
    return best;
  }

  function splitOn(
    { bins }: BinnedInput,
    input: number,
    from: number,
    to: number,
    failures: number,
  ): Split | undefined | "constant" {
    const { rows, failures: failuresIn } = histogram;
    let [lowest, highest] = [MISSING_BIN, 0];
    for (let i = from; i < to; i += 1) {
      const row = sample[i]!;
      const bin = bins[row]!;
      rows[bin]! += 1;
      failuresIn[bin]! += failed[row]!;
      if (bin < lowest) lowest = bin;
      if (bin > highest) highest = bin;
    }
    const best = lowest === highest ? "constant" : scan(input, lowest, highest, to - from, failures);
    rows.fill(0, lowest, highest + 1);
    failuresIn.fill(0, lowest, highest + 1);
    return best;
  }

  function scan(input: number, lowest: number, highest: number, count: number, failures: number): Split | undefined {
    const { rows, failures: failuresIn } = histogram;
    const missing = highest === MISSING_BIN ? rows[MISSING_BIN]! : 0;
    const missingFailures = missing === 0 ? 0 : failuresIn[MISSING_BIN]!;
    const none = (failures * failures) / count;
    let best: Split | undefined;
    for (const missingLeft of missing > 0 ? [false, true] : [false]) {
      let rowsLeft = missingLeft ? missing : 0;
      let failuresLeft = missingLeft ? missingFailures : 0;
      for (let bin = lowest; bin < MISSING_BIN && bin <= highest; bin += 1) {
        if (rows[bin] === 0) continue;
        rowsLeft += rows[bin]!;
        failuresLeft += failuresIn[bin]!;
        const rowsRight = count - rowsLeft;
        if (rowsRight < settings.minLeaf) break;
        if (rowsLeft < settings.minLeaf) continue;
        const failuresRight = failures - failuresLeft;
        // The weighted Gini index falls as this rises.
        const gain = (failuresLeft * failuresLeft) / rowsLeft + (failuresRight * failuresRight) / rowsRight - none;
        if (gain > (best?.gain ?? 1e-9)) best = { gain, input, bin: middleOfGap(bin, highest), missingLeft };
      }
    }
    return best;
  }

  /** The rows say nothing of the empty bins after `bin`: the threshold goes half-way. */
  function middleOfGap(bin: number, highest: number): number {
    let next = bin + 1;
    while (next < Math.min(highest, MISSING_BIN) && histogram.rows[next] === 0) next += 1;
    return next >= MISSING_BIN ? bin : (bin + next - 1) >> 1;
  }
}

/** Rows that go left come first. @returns where the others begin */
function partition(
  bins: Uint8Array,
  sample: Int32Array,
  from: number,
  to: number,
  { bin, missingLeft }: Split,
  scratch: Int32Array,
): number {
  let [left, right] = [from, 0];
  for (let i = from; i < to; i += 1) {
    const row = sample[i]!;
    const at = bins[row]!;
    if (at === MISSING_BIN ? missingLeft : at <= bin) sample[left++] = row;
    else scratch[right++] = row;
  }
  sample.set(scratch.subarray(0, right), left);
  return left;
}

class GrowingTree {
  readonly #input: number[] = [];
  readonly #threshold: number[] = [];
  readonly #missingLeft: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #share: number[] = [];
  readonly #cover: number[] = [];

  add(): number {
    this.#threshold.push(0);
    this.#missingLeft.push(0);
    this.#left.push(0);
    this.#right.push(0);
    this.#share.push(0);
    this.#cover.push(0);
    return this.#input.push(-1) - 1;
  }

  describe(node: number, share: number, cover: number): void {
    this.#share[node] = share;
    this.#cover[node] = cover;
  }

  /** @returns the nodes below it */
  split(node: number, { input, missingLeft }: Split, threshold: number): [left: number, right: number] {
    this.#input[node] = input;
    this.#threshold[node] = threshold;
    this.#missingLeft[node] = missingLeft ? 1 : 0;
    this.#left[node] = this.add();
    this.#right[node] = this.add();
    return [this.#left[node], this.#right[node]];
  }

  finish(): Tree {
    return {
      input: Int32Array.from(this.#input),
      threshold: Float32Array.from(this.#threshold),
      missingLeft: Uint8Array.from(this.#missingLeft),
      left: Int32Array.from(this.#left),
      right: Int32Array.from(this.#right),
      share: Float32Array.from(this.#share),
      cover: Float32Array.from(this.#cover),
    };
  }
}

/** The leaf that row `row` of `rows` [rows, inputs] comes to. */
export function leafOf(tree: Tree, rows: Float32Array, inputs: number, row: number): number {
  let node = 0;
  for (;;) {
    const input = tree.input[node]!;
    if (input < 0) return node;
    const value = rows[row * inputs + input]!;
    const goesLeft = value <= tree.threshold[node]! || (tree.missingLeft[node] === 1 && Number.isNaN(value));
    node = goesLeft ? tree.left[node]! : tree.right[node]!;
  }
}
