import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { binned, MISSING_BIN } from "../../src/change/bins.ts";
import { forestShares, growForest } from "../../src/change/forest.ts";
import { growTree, leafOf, type Tree } from "../../src/change/tree.ts";

const everyRow = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

/** Every threshold between two values of every input; the least weighted Gini index. */
function bruteForceBest(rows: Float32Array, inputs: number, failed: Uint8Array, minLeaf: number): number {
  const gini = (members: readonly number[]) => {
    const share = members.reduce((sum, row) => sum + failed[row]!, 0) / members.length;
    return members.length * 2 * share * (1 - share);
  };
  let least = Infinity;
  for (let input = 0; input < inputs; input += 1) {
    for (let cut = 0; cut < failed.length; cut += 1) {
      const at = rows[cut * inputs + input]!;
      const left = [...failed.keys()].filter((row) => rows[row * inputs + input]! <= at);
      const right = [...failed.keys()].filter((row) => rows[row * inputs + input]! > at);
      if (left.length < minLeaf || right.length < minLeaf) continue;
      least = Math.min(least, gini(left) + gini(right));
    }
  }
  return least;
}

function drawn(seed: number, count: number, inputs: number): { rows: Float32Array; failed: Uint8Array } {
  const random = seededRandom(seed, 7);
  const rows = Float32Array.from({ length: count * inputs }, () => Math.round(random() * 12));
  const failed = Uint8Array.from({ length: count }, (_, row) =>
    Number(random() < 0.15 + 0.6 * Number(rows[row * inputs]! > 6)),
  );
  return { rows, failed };
}

describe("binned()", () => {
  it("gives a value a bin of its own where there are few, with edges half-way", () => {
    const [input] = binned(Float32Array.from([3, 1, 3, 7, Number.NaN]), 1);
    expect([...input!.edges]).toEqual([2, 5]);
    expect([...input!.bins]).toEqual([1, 0, 1, 2, MISSING_BIN]);
  });

  it("puts about as many rows into each bin where there are many values, none across an edge", () => {
    const random = seededRandom(3, 1);
    const values = Float32Array.from({ length: 20_000 }, () => random() ** 4 * 1e6);
    const [{ bins, edges }] = binned(values, 1) as [ReturnType<typeof binned>[0]];
    const counts = new Array<number>(MISSING_BIN).fill(0);
    bins.forEach((bin, row) => {
      counts[bin]! += 1;
      if (bin > 0) expect(values[row]!).toBeGreaterThan(edges[bin - 1]!);
      if (bin < edges.length) expect(values[row]!).toBeLessThanOrEqual(edges[bin]!);
    });
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(100);
  });

  it("keeps neighbours of float32 apart", () => {
    const [input] = binned(Float32Array.from([1, 1.0000001192092896]), 1);
    expect([...input!.bins]).toEqual([0, 1]);
  });
});

describe("growTree()", () => {
  it.each([1, 2, 3, 4, 5])("splits the root where a search of all thresholds does (seed %i)", (seed) => {
    const [inputs, minLeaf] = [3, 4];
    const { rows, failed } = drawn(seed, 60, inputs);
    const tree = growTree(
      binned(rows, inputs),
      failed,
      everyRow(60),
      { inputsPerSplit: inputs, minLeaf },
      seededRandom(seed, 1),
    );
    const [left, right] = [tree.left[0]!, tree.right[0]!];
    const gini = (node: number) => tree.cover[node]! * 2 * tree.share[node]! * (1 - tree.share[node]!);
    expect(gini(left) + gini(right)).toBeCloseTo(bruteForceBest(rows, inputs, failed, minLeaf), 4);
  });

  it("describes every leaf by the training rows that come to it", () => {
    const inputs = 4;
    const { rows, failed } = drawn(9, 300, inputs);
    for (let i = 0; i < rows.length; i += 7) rows[i] = Number.NaN;
    const tree = growTree(
      binned(rows, inputs),
      failed,
      everyRow(300),
      { inputsPerSplit: 2, minLeaf: 5 },
      seededRandom(1, 1),
    );
    const members = new Map<number, number[]>();
    for (let row = 0; row < 300; row += 1) {
      const leaf = leafOf(tree, rows, inputs, row);
      members.set(leaf, [...(members.get(leaf) ?? []), row]);
    }
    for (const [leaf, ones] of members) {
      expect(tree.cover[leaf]).toBe(ones.length);
      expect(ones.length).toBeGreaterThanOrEqual(5);
      expect(tree.share[leaf]).toBeCloseTo(ones.reduce((sum, row) => sum + failed[row]!, 0) / ones.length, 6);
    }
    expect([...members.values()].flat()).toHaveLength(300);
  });

  it("learns which way missing values go", () => {
    // missing means failed; the values say nothing
    const rows = Float32Array.from({ length: 40 }, (_, row) => (row % 2 === 0 ? Number.NaN : row));
    const failed = Uint8Array.from({ length: 40 }, (_, row) => Number(row % 2 === 0));
    const tree = growTree(binned(rows, 1), failed, everyRow(40), { inputsPerSplit: 1, minLeaf: 5 }, seededRandom(1, 1));
    const shareOf = (value: number) => tree.share[leafOf(tree, Float32Array.of(value), 1, 0)];
    expect(shareOf(Number.NaN)).toBe(1);
    expect([shareOf(-100), shareOf(7), shareOf(1e9)]).toEqual([0, 0, 0]);
  });

  it("does not split what cannot be told apart", () => {
    const tree = growTree(
      binned(new Float32Array(50).fill(2), 1),
      Uint8Array.from({ length: 50 }, (_, row) => row % 2),
      everyRow(50),
      { inputsPerSplit: 1, minLeaf: 1 },
      seededRandom(1, 1),
    );
    expect(tree.input).toEqual(Int32Array.of(-1));
    expect(tree.share[0]).toBe(0.5);
  });
});

describe("growForest()", () => {
  const { rows, failed } = drawn(4, 400, 3);
  const alike = new Float64Array(400).fill(1);
  const grow = (seed: number, threads: number, weights = alike) =>
    growForest(binned(rows, 3), failed, weights, { trees: 12, seed, threads });
  const flat = (forest: readonly Tree[]) => forest.map((tree) => [...tree.input, ...tree.threshold, ...tree.share]);

  it("is the same for a seed on any number of threads, another for another", async () => {
    const one = flat(await grow(5, 1));
    expect(flat(await grow(5, 3))).toEqual(one);
    expect(flat(await grow(6, 1))).not.toEqual(one);
  });

  it("averages the shares of its trees", async () => {
    const forest = await grow(5, 1);
    const shares = forestShares(forest, rows, 3);
    const row = 17;
    const mean = forest.reduce((sum, tree) => sum + tree.share[leafOf(tree, rows, 3, row)]!, 0) / forest.length;
    expect(shares[row]).toBeCloseTo(mean, 12);
    expect(forestShares(forest, new Float32Array(0), 3)).toHaveLength(0);
  });

  it("draws rows by their weight", async () => {
    const weights = alike.map((_, row) => Number(failed[row] === 1));
    const shares = forestShares(await grow(5, 1, weights), rows, 3);
    expect(Math.min(...shares)).toBe(1); // it has seen nothing but failures
  });

  it.each([1, 2])("stops where it is told to, on %i threads", async (threads) => {
    const interruption = new AbortController();
    const growing = growForest(binned(rows, 3), failed, alike, {
      trees: 500,
      seed: 1,
      threads,
      signal: interruption.signal,
      onTree: () => interruption.abort(new Error("enough")),
    });
    await expect(growing).rejects.toThrow("enough");
  });
});
