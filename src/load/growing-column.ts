/**
 * The cells of a column, kept as what they may turn out to be: numbers or texts.
 * @module
 */

import type { Column } from "../change/change-table.ts";
import { growingFloats } from "../change/growing-array.ts";
import { readNumber } from "./change-cells.ts";
import { CodedCells, type Stray } from "./coded-cells.ts";

/** A column that is whole. */
export type GrownColumn = {
  /** undefined where it is left out */
  column: Column | undefined;
  leftOut?: "empty" | "unrepeated" | "tooMany";
  /** the first text in a column of little else than numbers, and the share of numbers */
  stray?: Stray & { numberShare: number };
};

export type GrowingColumn = {
  readonly name: string;
  /** @returns false for a text where only a number may be; the column is of no use then */
  add(cell: string, line: number): boolean;
  finish(): GrownColumn;
};

/** Different cells that are looked up; what has more is no category. */
export const MOST_DIFFERENT = 50_000;
/** Above it a column was meant to hold numbers alone. */
const MOSTLY_NUMBERS = 0.95;

/** A column of numbers. */
export class NumberColumn implements GrowingColumn {
  readonly name: string;
  readonly #values = growingFloats();

  constructor(name: string) {
    this.name = name;
  }

  add(cell: string): boolean {
    const value = readNumber(cell);
    this.#values.push(value ?? Number.NaN);
    return value !== undefined;
  }

  finish(): GrownColumn {
    return { column: { name: this.name, kind: "number", values: this.#values.take() } };
  }
}

/** A column of texts, however many are different. */
export class CategoryColumn implements GrowingColumn {
  readonly name: string;
  readonly #cells = new CodedCells();

  constructor(name: string) {
    this.name = name;
  }

  add(cell: string, line: number): boolean {
    this.#cells.add(cell, line);
    return true;
  }

  finish(): GrownColumn {
    return { column: { name: this.name, kind: "category", values: this.#cells.texts() } };
  }
}

/** A column of which only its cells tell what it is. */
export class UnknownColumn implements GrowingColumn {
  readonly name: string;
  /** as long as few cells are different: 4 bytes a row */
  #coded: CodedCells | undefined = new CodedCells();
  /** afterwards, as long as all are numbers: 8 bytes a row */
  #values = growingFloats();
  /** cells of each kind, counted once they are coded no more */
  #numbers = 0;
  #texts = 0;
  #stray: Stray | undefined;

  constructor(name: string) {
    this.name = name;
  }

  add(cell: string, line: number): boolean {
    if (this.#coded?.add(cell, line, MOST_DIFFERENT)) return true;
    if (this.#coded !== undefined) this.#decode(this.#coded);
    const value = readNumber(cell);
    if (value === undefined) {
      this.#texts += 1;
      this.#stray ??= { line, text: cell };
      this.#values = growingFloats(); // of no use any more
    } else if (!Number.isNaN(value)) this.#numbers += 1;
    if (this.#texts === 0) this.#values.push(value ?? Number.NaN);
    return true;
  }

  finish(): GrownColumn {
    const { name } = this;
    const coded = this.#coded;
    const { numbers, texts, stray } = coded?.kinds() ?? {
      numbers: this.#numbers,
      texts: this.#texts,
      stray: this.#stray,
    };
    if (numbers + texts === 0) return { column: undefined, leftOut: "empty" };
    if (texts === 0) return { column: { name, kind: "number", values: coded?.numbers() ?? this.#values.take() } };
    const numberShare = numbers / (numbers + texts);
    const slip = stray !== undefined && numberShare > MOSTLY_NUMBERS ? { stray: { ...stray, numberShare } } : {};
    if (coded === undefined) return { column: undefined, leftOut: "tooMany", ...slip };
    if (coded.hardlyRepeats()) return { column: undefined, leftOut: "unrepeated", ...slip };
    return { column: { name, kind: "category", values: coded.texts() }, ...slip };
  }

  #decode(coded: CodedCells): void {
    this.#coded = undefined;
    const { numbers, texts, stray } = coded.kinds();
    this.#numbers = numbers;
    this.#texts = texts;
    this.#stray = stray;
    if (texts === 0) for (const value of coded.numbers()) this.#values.push(value);
  }
}
