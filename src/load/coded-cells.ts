import { growingIntegers } from "../change/growing-array.ts";
import { readNumber } from "./change-cells.ts";

/** Where to find a text that is out of place. */
export type Stray = { line: number; text: string };

/** Texts that repeat less are names of their rows: a level of a category needs as many in training. */
const LEAST_REPEATS = 10;

/** Cells by number, each different one kept once. */
export class CodedCells {
  readonly #codes = growingIntegers();
  readonly #codeOf = new Map<string, number>();
  /** where each different cell came first, and how often it came [codes] */
  readonly #lines: number[] = [];
  readonly #counts: number[] = [];

  /** @returns false where the cell would be one too many; it isn't taken then */
  add(cell: string, line: number, mostDifferent = Infinity): boolean {
    let code = this.#codeOf.get(cell);
    if (code === undefined) {
      code = this.#codeOf.size;
      if (code >= mostDifferent) return false;
      this.#codeOf.set(cell, code);
      this.#lines.push(line);
      this.#counts.push(0);
    }
    this.#codes.push(code);
    this.#counts[code]! += 1;
    return true;
  }

  /** How many cells are numbers and how many are other texts, missing ones aside; the first of these. */
  kinds(): { numbers: number; texts: number; stray: Stray | undefined } {
    let [numbers, texts] = [0, 0];
    let stray: Stray | undefined;
    for (const [cell, code] of this.#codeOf) {
      const value = readNumber(cell);
      if (value === undefined) {
        texts += this.#counts[code]!;
        stray ??= { line: this.#lines[code]!, text: cell };
      } else if (!Number.isNaN(value)) numbers += this.#counts[code]!;
    }
    return { numbers, texts, stray };
  }

  /** Whether more than half of the cells are different, empty ones aside, and none is common. */
  hardlyRepeats(): boolean {
    let [cells, different, most] = [0, 0, 0];
    for (const [cell, code] of this.#codeOf) {
      if (cell === "") continue;
      cells += this.#counts[code]!;
      different += 1;
      most = Math.max(most, this.#counts[code]!);
    }
    return different > cells / 2 && most < LEAST_REPEATS;
  }

  /** The number of each cell [rows]; ends the growth. */
  numbers(): Float64Array {
    const numberOf = Float64Array.from(this.#codeOf.keys(), (cell) => readNumber(cell) ?? Number.NaN);
    return Float64Array.from(this.#codes.take(), (code) => numberOf[code]!);
  }

  /** The text of each cell, undefined for an empty one [rows]; ends the growth. */
  texts(): (string | undefined)[] {
    const textOf = Array.from(this.#codeOf.keys(), (cell) => (cell === "" ? undefined : cell));
    return Array.from(this.#codes.take(), (code) => textOf[code]);
  }
}
