import { integerBelow, type Random } from "../../src/chance/random.ts";
import type { Tree } from "../../src/change/tree.ts";

/** A tree as one draws it. */
export type Drawn = { share: number; cover: number } | Split;
type Split = { input: number; threshold: number; missingLeft: boolean; left: Drawn; right: Drawn };

export function leaf(share: number, cover: number): Drawn {
  return { share, cover };
}

export function split(input: number, left: Drawn, right: Drawn, missingLeft = false): Drawn {
  return { input, threshold: 0.5, missingLeft, left, right };
}

/** As `Tree`; share and cover of what is no leaf are NaN, which spoils the answer of whoever reads them. */
export function treeOf(root: Drawn): Tree {
  const nodes: Drawn[] = [];
  const list = (node: Drawn): void => {
    nodes.push(node);
    if ("input" in node) for (const child of [node.left, node.right]) list(child);
  };
  list(root);
  const inSplits = <T>(of: (node: Split) => T, otherwise: T) =>
    nodes.map((node) => ("input" in node ? of(node) : otherwise));
  return {
    input: Int32Array.from(inSplits(({ input }) => input, -1)),
    threshold: Float32Array.from(inSplits(({ threshold }) => threshold, 0)),
    missingLeft: Uint8Array.from(inSplits(({ missingLeft }) => Number(missingLeft), 0)),
    left: Int32Array.from(inSplits(({ left }) => nodes.indexOf(left), 0)),
    right: Int32Array.from(inSplits(({ right }) => nodes.indexOf(right), 0)),
    share: Float32Array.from(nodes, (node) => ("input" in node ? Number.NaN : node.share)),
    cover: Float32Array.from(nodes, (node) => ("input" in node ? Number.NaN : node.cover)),
  };
}

/** Of `inputs` inputs, which a path may test again; leaves of share 0 and 1 among them. */
export function randomTree(random: Random, inputs: number, depth: number): Drawn {
  if (depth === 0 || random() < 0.1) {
    return { share: Math.fround(Math.min(1, Math.max(0, 1.6 * random() - 0.3))), cover: 1 + integerBelow(random, 20) };
  }
  return {
    input: integerBelow(random, inputs),
    threshold: Math.fround(random()),
    missingLeft: random() < 0.5,
    left: randomTree(random, inputs, depth - 1),
    right: randomTree(random, inputs, depth - 1),
  };
}

/** Values in [0, 1), one in five missing. */
export function randomRow(random: Random, inputs: number): Float32Array {
  return Float32Array.from({ length: inputs }, () => (random() < 0.2 ? Number.NaN : random()));
}
