import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { binned } from "../../src/change/bins.ts";
import { forestShares, growForest } from "../../src/change/forest.ts";
import { treeShap } from "../../src/change/tree-shap.ts";
import { type Drawn, leaf, randomRow, randomTree, split, treeOf } from "./trees.ts";

function coverOf(node: Drawn): number {
  return "input" in node ? coverOf(node.left) + coverOf(node.right) : node.cover;
}

/** What a tree answers where only the inputs of a bit set are known. */
function answer(node: Drawn, row: Float32Array, known: number): number {
  if (!("input" in node)) return node.share;
  const { input, threshold, missingLeft, left, right } = node;
  const value = row[input]!;
  if ((known >> input) & 1) {
    return answer((Number.isNaN(value) ? missingLeft : value <= threshold) ? left : right, row, known);
  }
  const [toLeft, toRight] = [coverOf(left), coverOf(right)];
  return (toLeft * answer(left, row, known) + toRight * answer(right, row, known)) / (toLeft + toRight);
}

/** Shapley (1953): what an input adds, over all orders in which inputs become known. */
function shapley(node: Drawn, row: Float32Array): number[] {
  const count = row.length;
  const answers = Array.from({ length: 2 ** count }, (_, known) => answer(node, row, known));
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  return Array.from(row, (_, input) => {
    let sum = 0;
    for (let known = 0; known < 2 ** count; known += 1) {
      if ((known >> input) & 1) continue;
      const size = known.toString(2).replaceAll("0", "").length;
      const orders = (factorial(size) * factorial(count - size - 1)) / factorial(count);
      sum += orders * (answers[known | (1 << input)]! - answers[known]!);
    }
    return sum;
  });
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  const worst = Array.from(expected, (value, i) => Math.abs(found[i]! - value));
  expect(found.length).toBe(expected.length);
  expect(Math.max(...worst)).toBeLessThan(1e-12);
}

describe("treeShap()", () => {
  it("shares what two inputs do only together", () => {
    const both = split(0, leaf(0, 2), split(1, leaf(0, 1), leaf(1, 1)));
    // known: none ¼, one ½, both 1
    const { base, contributions } = treeShap([treeOf(both)], Float32Array.of(1, 1));
    expect(base).toBe(0.25);
    expectClose(contributions, [3 / 8, 3 / 8]);
  });

  it("equals the sum over all subsets of known inputs, inputs tested again and missing values among them", () => {
    const random = seededRandom(1, 0);
    for (let round = 0; round < 60; round += 1) {
      const inputs = 1 + (round % 7);
      const tree = randomTree(random, inputs, 1 + (round % 6));
      const row = randomRow(random, inputs);
      const { base, contributions } = treeShap([treeOf(tree)], row);
      expectClose(contributions, shapley(tree, row));
      expect(base).toBeCloseTo(answer(tree, row, 0), 12);
    }
  });

  it("is exact on paths of many inputs", () => {
    const count = 41;
    let all = leaf(1, 1);
    for (let input = count - 1; input >= 0; input -= 1) all = split(input, leaf(0, 2 ** (count - 1 - input)), all);
    const { base, contributions } = treeShap([treeOf(all)], new Float32Array(count).fill(1));
    // each halves the rest, and all are alike
    expect(base).toBe(2 ** -count);
    expectClose(contributions, new Float64Array(count).fill((1 - 2 ** -count) / count));
  });

  it("gives exactly nothing to an input that no node tests, and the same to inputs that do the same", () => {
    const alike = (first: number, second: number) =>
      split(first, split(second, leaf(0.1, 4), leaf(0.3, 4)), split(second, leaf(0.3, 4), leaf(0.9, 4)));
    const { contributions } = treeShap([treeOf(alike(0, 2)), treeOf(alike(2, 0))], Float32Array.of(1, 1, 1));
    expect(contributions[1]).toBe(0);
    expect(contributions[0]).toBeCloseTo(contributions[2]!, 14);
    expect(contributions[0]).toBeGreaterThan(0);
  });

  it("explains nothing of a tree that is one leaf", () => {
    expect(treeShap([treeOf(leaf(0.25, 8))], Float32Array.of(1, 2))).toEqual({
      base: 0.25,
      contributions: new Float64Array(2),
    });
  });

  it("adds up to the share of a grown forest", async () => {
    const random = seededRandom(2, 0);
    const [count, inputs] = [400, 9];
    const rows = randomRow(random, count * inputs);
    const failed = Uint8Array.from({ length: count }, (_, row) => Number(rows[row * inputs]! + random() > 1));
    const weights = new Float64Array(count).fill(1);
    const forest = await growForest(binned(rows, inputs), failed, weights, { trees: 10, seed: 1, threads: 1 });
    const shares = forestShares(forest, rows, inputs);
    for (let row = 0; row < 20; row += 1) {
      const { base, contributions } = treeShap(forest, rows.slice(row * inputs, (row + 1) * inputs));
      expect(base + contributions.reduce((sum, value) => sum + value, 0)).toBeCloseTo(shares[row]!, 12);
    }
  });
});
