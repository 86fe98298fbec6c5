import fc from "fast-check";
import { describe, it } from "vitest";
import { RangeAdditions, RangeSums } from "../../src/risk/running-sums.ts";

const size = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const range = fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
/** Where nothing is left of large numbers, they may leave the square of a rounding error. */
const isClose = (found: number, expected: number) => Math.abs(found - expected) <= 1e-13 * expected + 1e-17;

describe("RangeSums", () => {
  it("sums any range as adding it up does, beside numbers 1e15 times as large", () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 30, maxLength: 30 }), range, (values, [from, to]) => {
        const expected = values.slice(from, to).reduce((sum, value) => sum + value, 0);
        const sums = new RangeSums(values.length);
        const inOrder = Uint32Array.from(values.keys());
        sums.set([1], new Uint32Array(values.length));
        sums.set(values.toReversed(), inOrder.toReversed());
        return isClose(sums.of(from, to), expected);
      }),
    );
  });
});

describe("RangeAdditions", () => {
  it("adds to every number of a range, and to no other", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(range, size), { maxLength: 40 }), (additions) => {
        const ranges = new RangeAdditions(30);
        const expected = new Array<number>(30).fill(0);
        for (const [[from, to], value] of additions) {
          ranges.add(from, to, value);
          for (let i = from; i < to; i += 1) expected[i]! += value;
        }
        const [half, totals] = [new Float64Array(15), new Float64Array(30)];
        ranges.addTo(totals, Uint32Array.from(expected.keys()));
        ranges.addTo(
          half,
          Uint32Array.from(expected, (_, i) => i >> 1),
        );
        ranges.addTo(
          half,
          Uint32Array.from(expected, () => 15),
        ); // which there is not
        ranges.clear();
        ranges.addTo(totals, Uint32Array.from(expected.keys()));
        return (
          totals.every((total, i) => isClose(total, expected[i]!)) &&
          half.every((total, i) => isClose(total, expected[2 * i]! + expected[2 * i + 1]!))
        );
      }),
    );
  });
});
