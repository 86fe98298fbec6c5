/**
 * Sums over ranges of numbers, and additions to ranges, in a time that does not grow with the range: by differences of running
 * sums. A few small numbers after many large ones would drown in the rounding of those, so that running sums carry their
 * rounding errors along.
 *
 * Source: Knuth (1997), "The Art of Computer Programming" 2, 4.2.2, theorem B, for the exact rounding error of a sum.
 * @module
 */

/** What rounding took off `a + b`, given the rounded sum. */
function roundingOf(a: number, b: number, sum: number): number {
  const ofB = sum - a;
  return a - (sum - ofB) + (b - ofB);
}

/** Sums over ranges of numbers. */
export class RangeSums {
  /** [values + 1] of all values before a position */
  readonly #sums: Float64Array;
  /** [values + 1] what the sums lack */
  readonly #lost: Float64Array;

  constructor(positions: number) {
    this.#sums = new Float64Array(positions + 1);
    this.#lost = new Float64Array(positions + 1);
  }

  /** Takes other numbers: of `values` the one that `indices` has for each position. @param indices [positions] */
  set(values: ArrayLike<number>, indices: Uint32Array): void {
    const [sums, lost] = [this.#sums, this.#lost];
    for (let i = 0; i < indices.length; i += 1) {
      const value = values[indices[i]!]!;
      sums[i + 1] = sums[i]! + value;
      lost[i + 1] = lost[i]! + roundingOf(sums[i]!, value, sums[i + 1]!);
    }
  }

  /** The sum over positions [from, to). */
  of(from: number, to: number): number {
    return this.#sums[to]! - this.#sums[from]! + (this.#lost[to]! - this.#lost[from]!);
  }
}

/** Numbers that grow by ranges. */
export class RangeAdditions {
  /** [positions + 1] by how much the number at a position exceeds the one before it */
  readonly #steps: Float64Array;
  /** [positions + 1] what the steps lack */
  readonly #lost: Float64Array;

  constructor(positions: number) {
    this.#steps = new Float64Array(positions + 1);
    this.#lost = new Float64Array(positions + 1);
  }

  /** Adds `value`, at least 0, to each number of positions [from, to). */
  add(from: number, to: number, value: number): void {
    this.#step(from, value);
    this.#step(to, -value);
  }

  /** All are 0 again. */
  clear(): void {
    this.#steps.fill(0);
    this.#lost.fill(0);
  }

  /** Adds each number to that of `out` which `indices` has for its position, where there is one. @param indices [positions] */
  addTo(out: Float64Array, indices: Uint32Array): void {
    let [sum, lost] = [0, 0];
    for (let i = 0; i < indices.length; i += 1) {
      const next = sum + this.#steps[i]!;
      lost += roundingOf(sum, this.#steps[i]!, next) + this.#lost[i]!;
      sum = next;
      if (indices[i]! < out.length) out[indices[i]!]! += Math.max(0, sum + lost);
    }
  }

  #step(position: number, value: number): void {
    const before = this.#steps[position]!;
    this.#steps[position] = before + value;
    this.#lost[position]! += roundingOf(before, value, before + value);
  }
}
