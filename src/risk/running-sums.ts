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

/** Sums over ranges of fixed numbers. */
export class RangeSums {
  /** [values + 1] of all values before a position */
  readonly #sums: Float64Array;
  /** [values + 1] what the sums lack */
  readonly #lost: Float64Array;

  /** @param values [positions] */
  constructor(values: ArrayLike<number>) {
    const sums = new Float64Array(values.length + 1);
    const lost = new Float64Array(values.length + 1);
    for (let i = 0; i < values.length; i += 1) {
      sums[i + 1] = sums[i]! + values[i]!;
      lost[i + 1] = lost[i]! + roundingOf(sums[i]!, values[i]!, sums[i + 1]!);
    }
    this.#sums = sums;
    this.#lost = lost;
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

  /** [positions] */
  totals(): Float64Array {
    const totals = new Float64Array(this.#steps.length - 1);
    let [sum, lost] = [0, 0];
    for (let i = 0; i < totals.length; i += 1) {
      const next = sum + this.#steps[i]!;
      lost += roundingOf(sum, this.#steps[i]!, next) + this.#lost[i]!;
      sum = next;
      totals[i] = Math.max(0, sum + lost);
    }
    return totals;
  }

  #step(position: number, value: number): void {
    const before = this.#steps[position]!;
    this.#steps[position] = before + value;
    this.#lost[position]! += roundingOf(before, value, before + value);
  }
}
