import type { Zone } from "../calendar/zone.ts";
import type { Column } from "../change/change-table.ts";
import { growingBytes, growingFloats, growingIntegers } from "../change/growing-array.ts";
import { counted } from "../naming/counted.ts";
import { type BadRow, listed, quoted } from "./bad-rows.ts";
import { namesSuccess, OUTCOME_EXPECTED, readOutcome, readTime } from "./change-cells.ts";
import type { ColumnChoice, Layout } from "./change-table-layout.ts";
import { clockColumns } from "./clock-columns.ts";
import {
  CategoryColumn,
  type GrowingColumn,
  type GrownColumn,
  MOST_DIFFERENT,
  NumberColumn,
  UnknownColumn,
} from "./growing-column.ts";

/** How to read a table. */
export type Reading = ColumnChoice & {
  /** of the times that have no offset, and of the features made from the time */
  zone: Zone;
};

/** Changes in the order of the file. */
export type LoadedChanges = {
  /** epoch milliseconds [rows] */
  times: Float64Array;
  /** 1 where the change failed [rows]; undefined without a label */
  failed: Uint8Array | undefined;
  columns: Column[];
  /** the line that each row begins on [rows] */
  lines: Int32Array;
  /** sentences for people: what was left out, and what looks like a slip */
  notices: string[];
};

/** Grows row by row, a typed array a column; rows are never held as objects. */
export class GrowingTable {
  readonly #layout: Layout;
  readonly #reading: Reading;
  readonly #columns: GrowingColumn[];
  readonly #times = growingFloats();
  readonly #failed = growingBytes();
  readonly #lines = growingIntegers();
  readonly #ofSuccess: boolean;
  #withoutOutcome = 0;

  constructor(layout: Layout, reading: Reading) {
    this.#ofSuccess = reading.label !== undefined && namesSuccess(reading.label);
    this.#layout = layout;
    this.#reading = reading;
    this.#columns = layout.features.map(({ name }) => growingColumn(name, reading.kinds?.get(name)));
  }

  /** Takes a row, or says what is wrong with it; after that the table is of no use but to find more that is wrong. */
  add(cells: readonly string[], line: number): Omit<BadRow, "line"> | undefined {
    const { width, time, label, features } = this.#layout;
    if (cells.length !== width) return { column: undefined, message: `expected ${width} cells, got ${cells.length}` };
    const at = readTime(cells[time]!, this.#reading.zone);
    if (typeof at !== "number") return refused(this.#reading.time, at.expected, cells[time]!);
    if (label !== undefined) {
      const outcome = readOutcome(cells[label]!, this.#ofSuccess);
      if (outcome === undefined) return refused(this.#reading.label!, OUTCOME_EXPECTED, cells[label]!);
      if (Number.isNaN(outcome)) {
        this.#withoutOutcome += 1;
        return undefined;
      }
      this.#failed.push(outcome);
    }
    for (let i = 0; i < features.length; i += 1) {
      const cell = cells[features[i]!.place]!;
      if (!this.#columns[i]!.add(cell, line)) return refused(features[i]!.name, "a number or nothing", cell);
    }
    this.#times.push(at);
    this.#lines.push(line);
    return undefined;
  }

  finish(): LoadedChanges {
    const { label, zone } = this.#reading;
    const times = this.#times.take();
    const grown = this.#columns.map((column) => ({ name: column.name, ...column.finish() }));
    const clock = clockColumns(times, zone).filter((column) => this.#layout.clock.includes(column.name));
    return {
      times,
      failed: label === undefined ? undefined : this.#failed.take(),
      columns: [...grown.flatMap(({ column }) => column ?? []), ...clock],
      lines: this.#lines.take(),
      notices: this.#notices(grown),
    };
  }

  #notices(grown: readonly (GrownColumn & { name: string })[]): string[] {
    const notices: string[] = [];
    if (this.#ofSuccess)
      notices.push(
        `${quoted(this.#reading.label!)} says what succeeded: "1", "true" and "yes" are changes that did not fail`,
      );
    if (this.#withoutOutcome > 0) {
      notices.push(
        `${counted(this.#withoutOutcome, "row")} without an outcome in ${quoted(this.#reading.label!)} left out`,
      );
    }
    const { nameless } = this.#layout;
    if (nameless > 0) notices.push(`${counted(nameless, "column")} without a name left out`);
    for (const reason of ["empty", "unrepeated", "tooMany"] as const) {
      const names = grown
        .filter(({ leftOut, stray }) => leftOut === reason && stray === undefined)
        .map((column) => column.name);
      if (names.length === 0) continue;
      notices.push(`${names.length === 1 ? "column" : "columns"} ${listed(names)} left out: ${REASONS[reason]}`);
    }
    for (const { name, column, stray } of grown) {
      if (stray === undefined) continue;
      const share = (Math.floor(stray.numberShare * 1000) / 10).toFixed(1);
      const fate = column === undefined ? "left out" : "taken as text";
      notices.push(
        `column ${quoted(name)} ${fate}, though ${share} % of its cells are numbers: line ${stray.line} has ${quoted(stray.text)}`,
      );
    }
    return notices;
  }
}

const REASONS = {
  empty: "no row has a value",
  unrepeated: "texts that hardly ever repeat, such as ids, teach nothing",
  tooMany: `more than ${MOST_DIFFERENT} different values that are not all numbers`,
} as const;

function growingColumn(name: string, kind: Column["kind"] | undefined): GrowingColumn {
  if (kind === undefined) return new UnknownColumn(name);
  return kind === "number" ? new NumberColumn(name) : new CategoryColumn(name);
}

function refused(column: string, expected: string, cell: string): Omit<BadRow, "line"> {
  return { column, message: `expected ${expected}, got ${quoted(cell)}` };
}
