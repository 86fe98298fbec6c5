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
 * Trees of one operator: it adds up in float32, which few terms do not harm, and the nodes of few trees stay in the processor's
 * cache while all rows pass through. 10,000 rows through 200 trees of 3,300 nodes took 172 ms of one core; by one operator 412.
 */
const TREES_PER_OPERATOR = 8;

/** @param features float32 [rows, inputs] @returns float64 [rows] mean share of failures of each row's leaves */
export function addForest(g: GraphBuilder, features: Value, forest: readonly Tree[]): Value {
  const sums: Value[] = [];
  for (let from = 0; from < forest.length; from += TREES_PER_OPERATOR) {
    const sum = g.op(OPERATOR, [features], attributesOf(forest.slice(from, from + TREES_PER_OPERATOR)), TREE_DOMAIN);
    sums.push(g.op("Cast", [sum], { to: ElementType.double }));
  }
  const sum = g.op("Squeeze", [g.op("Sum", sums), g.ints([1])]);
  return g.op("Div", [sum, g.doubles("trees", Float64Array.of(forest.length), [])]);
}

function attributesOf(trees: readonly Tree[]): Record<string, Attribute> {
  const nodes = trees.reduce((sum, { input }) => sum + input.length, 0);
  const leaves = (nodes + trees.length) / 2; // of trees that split in two
  const ints = (length: number) => new Int32Array(length);
  const list = {
    nodes_treeids: ints(nodes),
    nodes_nodeids: ints(nodes),
    nodes_featureids: ints(nodes),
    nodes_values: new Float32Array(nodes),
    nodes_hitrates: new Float32Array(nodes),
    nodes_modes: new Array<string>(nodes),
    nodes_truenodeids: ints(nodes),
    nodes_falsenodeids: ints(nodes),
    nodes_missing_value_tracks_true: ints(nodes),
    target_treeids: ints(leaves),
    target_nodeids: ints(leaves),
    target_ids: ints(leaves),
    target_weights: new Float32Array(leaves),
  };
  let at = 0;
  let leaf = 0;
  trees.forEach((tree, number) => {
    for (let node = 0; node < tree.input.length; node += 1) {
      const isLeaf = tree.input[node]! < 0;
      list.nodes_treeids[at] = number;
      list.nodes_nodeids[at] = node;
      list.nodes_featureids[at] = Math.max(0, tree.input[node]!);
      list.nodes_values[at] = tree.threshold[node]!;
      list.nodes_hitrates[at] = tree.cover[node]!;
      list.nodes_modes[at] = isLeaf ? "LEAF" : "BRANCH_LEQ";
      list.nodes_truenodeids[at] = tree.left[node]!;
      list.nodes_falsenodeids[at] = tree.right[node]!;
      list.nodes_missing_value_tracks_true[at] = tree.missingLeft[node]!;
      at += 1;
      if (!isLeaf) continue;
      list.target_treeids[leaf] = number;
      list.target_nodeids[leaf] = node;
      list.target_weights[leaf] = tree.share[node]!;
      leaf += 1;
    }
  });
  return { ...list, n_targets: 1, aggregate_function: "SUM", post_transform: "NONE" };
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
