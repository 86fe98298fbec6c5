/**
 * How much each input adds to the answer of a forest for one row: Shapley values, which add up to the answer.
 *
 * The game is that of path-dependent TreeSHAP: where an input is not known, a row goes both ways, in the proportions of the
 * training rows (Lundberg et al. 2020, "From Local Explanations to Global Understanding with Explainable AI for Trees",
 * Nature Machine Intelligence 2, Algorithm 2). So a leaf counts with its share of failures times a factor for each input on its
 * path: o where the input is known, 1 if its tests send the row there and else 0; z where it is not, the part of the training
 * rows that they sent there.
 *
 * Such a sum of products needs no counting of subsets: a Shapley value is the integral over t of what its input adds where
 * every other one is known with chance t, factor z + (o − z)·t (Owen 1972, "Multilinear Extensions of Games", Management Science
 * 18(5)). That is a polynomial, and Gauss's rule integrates it exactly, from factors between 0 and 1 that cannot cancel. One
 * walk over the nodes does for all inputs, as in Yu et al. (2022), "Linear TreeShap", NeurIPS 35: its cost is
 * leaves · inputs on a path, where Algorithm 2 has that of leaves · their square.
 * @module
 */

import { gaussLegendre } from "./gauss-legendre.ts";
import type { Tree } from "./tree.ts";

export type ShapValues = {
  /** the mean share over the training rows that the trees drew */
  base: number;
  /** base + Σ contributions = the forest's share [inputs] */
  contributions: Float64Array;
};

/**
 * Explains one row; an input that no node tests contributes exactly 0. Of nodes above the leaves neither share nor cover is
 * read.
 *
 * @param forest at least one tree, covers above 0
 * @param row    [inputs], NaN is missing
 */
export function treeShap(forest: readonly Tree[], row: Float32Array): ShapValues {
  const sums = new Float64Array(row.length);
  let base = 0;
  for (const tree of forest) base += addTree(tree, row, sums);
  return { base: base / forest.length, contributions: sums.map((sum) => sum / forest.length) };
}

/** Adds the contributions of one tree to `out` [inputs]. @returns its base */
function addTree(tree: Tree, row: Float32Array, out: Float64Array): number {
  const { cover, depth, inputsOnPath } = outlineOf(tree, row.length);
  const { points, weights } = gaussLegendre(Math.ceil(inputsOnPath / 2));
  const count = points.length;
  // Level 0 is that of the root, and stands in for an input that no node above tests.
  const unknown = new Float64Array(depth + 1).fill(1); // z of the input tested above a level
  const known = new Uint8Array(depth + 1).fill(1); // o of that input
  const inverses = new Float64Array((depth + 1) * count).fill(1); // 1 / (z + (o − z)·t) [levels, points]
  const products = new Float64Array((depth + 1) * count); // weight · Π over inputs above of z + (o − z)·t [levels, points]
  const leafSums = new Float64Array((depth + 1) * count); // Σ over leaves below of share · product [levels, points]
  const levelOf = new Int32Array(row.length); // at which an input was tested last
  products.set(weights);
  let base = 0;
  visit(0, 0);
  return base / cover[0]!;

  function visit(node: number, level: number): void {
    const from = level * count;
    const input = tree.input[node]!;
    if (input < 0) {
      const share = tree.share[node]!;
      base += share * cover[node]!;
      for (let i = from; i < from + count; i += 1) leafSums[i] = share * products[i]!;
      return;
    }
    leafSums.fill(0, from, from + count);
    const value = row[input]!;
    const goesLeft = value <= tree.threshold[node]! || (tree.missingLeft[node] === 1 && Number.isNaN(value));
    const earlier = levelOf[input]!;
    levelOf[input] = level + 1;
    follow(node, tree.left[node]!, level, earlier, goesLeft);
    follow(node, tree.right[node]!, level, earlier, !goesLeft);
    levelOf[input] = earlier;
  }

  function follow(node: number, child: number, level: number, earlier: number, isWayOfRow: boolean): void {
    const z = (unknown[earlier]! * cover[child]!) / cover[node]!;
    const o = isWayOfRow ? known[earlier]! : 0;
    unknown[level + 1] = z;
    known[level + 1] = o;
    const gap = o - z;
    const above = level * count;
    const below = above + count;
    const before = earlier * count;
    for (let i = 0; i < count; i += 1) {
      const factor = z + gap * points[i]!;
      inverses[below + i] = 1 / factor;
      products[below + i] = products[above + i]! * inverses[before + i]! * factor;
    }
    visit(child, level + 1);
    // What the input adds below here, in place of what it added before it was tested again.
    const gapBefore = known[earlier]! - unknown[earlier]!;
    let added = 0;
    for (let i = 0; i < count; i += 1) {
      const sum = leafSums[below + i]!;
      leafSums[above + i]! += sum;
      added += sum * (gap * inverses[below + i]! - gapBefore * inverses[before + i]!);
    }
    out[tree.input[node]!]! += added;
  }
}

type Outline = {
  /** [nodes] */
  cover: Float64Array;
  /** edges on the longest path */
  depth: number;
  /** different inputs on the path that tests most */
  inputsOnPath: number;
};

/** What a walk must know beforehand; the cover of a node is the sum over its leaves. */
function outlineOf(tree: Tree, inputs: number): Outline {
  const cover = new Float64Array(tree.input.length);
  const tests = new Int32Array(inputs); // on the path to a node
  let [depth, inputsOnPath] = [0, 0];
  visit(0, 0, 0);
  return { cover, depth, inputsOnPath };

  function visit(node: number, level: number, different: number): number {
    const input = tree.input[node]!;
    if (input < 0) {
      depth = Math.max(depth, level);
      inputsOnPath = Math.max(inputsOnPath, different);
      cover[node] = tree.cover[node]!;
    } else {
      const met = tests[input] === 0 ? different + 1 : different;
      tests[input]! += 1;
      cover[node] = visit(tree.left[node]!, level + 1, met) + visit(tree.right[node]!, level + 1, met);
      tests[input]! -= 1;
    }
    return cover[node]!;
  }
}
