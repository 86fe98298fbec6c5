/**
 * A forest as ONNX operators, and back.
 * Source: onnx/onnx v1.18 `docs/Operators-ml.md`, TreeEnsembleRegressor 3.
 * @module
 */

import type { GraphBuilder, Value } from "../onnx/graph-builder.ts";
import { type Attribute, ElementType, type Node, type TypedList } from "../onnx/model-proto.ts";
import type { Tree } from "./tree.ts";

const OPERATOR = "TreeEnsembleRegressor";
export const TREE_DOMAIN = "ai.onnx.ml";
export const TREE_OPSET = 3;

/**
 * @param features float32 [rows, inputs]
 * @param forest   at least one tree
 * @returns float64 [rows] mean share of failures of each row's leaves
 */
export function addForest(g: GraphBuilder, features: Value, forest: readonly Tree[]): Value {
  const trees = g.doubles("trees", Float64Array.of(forest.length), []);
  return g.op("Squeeze", [g.op("Div", [addTrees(g, features, forest), trees]), g.ints([1])]);
}

/**
 * One operator a tree: it splits the rows between the threads once. One of more trees than threads splits its trees anew for every
 * 128 rows, and leaves a tree before the processor has learned to guess its branches (microsoft/onnxruntime,
 * `core/providers/cpu/ml/tree_ensemble_common.h`, `ComputeAgg()`). 10,000 rows through 300 trees of 3,079 nodes took 137 ms on two
 * threads, by operators of 8 trees 182 ms. Halves are added up on their own, so that the shares of few trees are in memory at once.
 *
 * @returns float64 [rows, 1]
 */
function addTrees(g: GraphBuilder, features: Value, trees: readonly Tree[]): Value {
  const [only] = trees;
  if (only !== undefined && trees.length === 1) {
    const share = g.op(OPERATOR, [features], attributesOf(only), TREE_DOMAIN);
    return g.op("Cast", [share], { to: ElementType.double });
  }
  const half = trees.length >> 1;
  return g.op("Add", [addTrees(g, features, trees.slice(0, half)), addTrees(g, features, trees.slice(half))]);
}

function attributesOf({ input, threshold, missingLeft, left, right, share, cover }: Tree): Record<string, Attribute> {
  const nodes = input.length;
  const leaves = [...input.keys()].filter((node) => input[node]! < 0);
  return {
    nodes_treeids: new Int32Array(nodes),
    nodes_nodeids: Int32Array.from(input.keys()),
    nodes_featureids: input.map((at) => Math.max(0, at)),
    nodes_values: threshold,
    nodes_hitrates: cover,
    nodes_modes: Array.from(input, (at) => (at < 0 ? "LEAF" : "BRANCH_LEQ")),
    nodes_truenodeids: left,
    nodes_falsenodeids: right,
    nodes_missing_value_tracks_true: Int32Array.from(missingLeft),
    target_treeids: new Int32Array(leaves.length),
    target_nodeids: Int32Array.from(leaves),
    target_ids: new Int32Array(leaves.length),
    target_weights: Float32Array.from(leaves, (leaf) => share[leaf]!),
    n_targets: 1,
    aggregate_function: "SUM",
    post_transform: "NONE",
  };
}

/**
 * The forest of a graph that `addForest()` made. The share of an inner node is not in it: it becomes the mean of those below.
 *
 * @param inputs that a tree may test
 * @throws {RangeError} if a row could come to no leaf, or to no share; other contradictions are left to the caller
 */
export function forestOf(nodes: readonly Node[], inputs: number): Tree[] {
  return nodes.filter(({ opType }) => opType === OPERATOR).flatMap((node) => treesOf(node, inputs));
}

function treesOf({ name, attributes }: Node, inputs: number): Tree[] {
  const numbers = listOf(attributes, "nodes_treeids", Int32Array);
  const features = listOf(attributes, "nodes_featureids", Int32Array);
  const thresholds = listOf(attributes, "nodes_values", Float32Array);
  const covers = listOf(attributes, "nodes_hitrates", Float32Array);
  const lefts = listOf(attributes, "nodes_truenodeids", Int32Array);
  const rights = listOf(attributes, "nodes_falsenodeids", Int32Array);
  const missing = listOf(attributes, "nodes_missing_value_tracks_true", Int32Array);
  const shares = listOf(attributes, "target_weights", Float32Array);
  for (const list of [features, thresholds, covers, lefts, rights, missing]) {
    if (list.length !== numbers.length) throw new RangeError(`the lists of "${name}" are of different lengths`);
  }
  const trees: Tree[] = [];
  let leaves = 0;
  for (let from = 0, to = 0; from < numbers.length; from = to) {
    while (to < numbers.length && numbers[to] === numbers[from]) to += 1;
    const tree: Tree = {
      // a leaf has nothing below it, any other node what comes later
      input: features.slice(from, to).map((feature, node) => (lefts[from + node] === 0 ? -1 : feature)),
      threshold: thresholds.slice(from, to),
      missingLeft: Uint8Array.from(missing.subarray(from, to)),
      left: lefts.slice(from, to),
      right: rights.slice(from, to),
      share: new Float32Array(to - from),
      cover: covers.slice(from, to),
    };
    for (let node = 0; node < to - from; node += 1) {
      if (tree.input[node]! < 0) tree.share[node] = shares[leaves++] ?? Number.NaN;
    }
    fillInnerShares(tree);
    if (!isSound(tree, inputs)) throw new RangeError(`tree ${trees.length} of "${name}" is broken`);
    trees.push(tree);
  }
  return trees;
}

function listOf<T extends TypedList>(attributes: Node["attributes"], key: string, kind: new () => T): T {
  const list = attributes[key];
  if (list instanceof kind) return list;
  throw new RangeError(`"${key}" is missing`);
}

function fillInnerShares({ input, left, right, share, cover }: Tree): void {
  for (let node = input.length - 1; node >= 0; node -= 1) {
    if (input[node]! < 0) continue;
    const [l, r] = [left[node]!, right[node]!];
    share[node] = (share[l]! * cover[l]! + share[r]! * cover[r]!) / (cover[l]! + cover[r]!);
  }
}

/** Whether every row comes to a leaf that has a share. */
function isSound({ input, threshold, left, right, share, cover }: Tree, inputs: number): boolean {
  const nodes = input.length;
  return input.every((at, node) => {
    const [l, r] = [left[node]!, right[node]!];
    const isLeaf = at < 0;
    if (!isLeaf && !(at < inputs && l > node && l < nodes && r > node && r < nodes)) return false;
    return !Number.isNaN(threshold[node]!) && share[node]! >= 0 && share[node]! <= 1 && cover[node]! > 0;
  });
}
