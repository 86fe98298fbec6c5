import type { ChangeTable } from "../change/change-table.ts";
import { type Cell, cellsCsv } from "../emit/table-csv.ts";

const ROWS_PER_PART = 1024;
const OWN_COLUMNS = ["change_time", "change_failed", "change_part"];

/**
 * The changes as a model saw them, in order of time, part by part: whole, the text of 100,000 needs more memory than the table.
 *
 * @param cut the first row of the test
 */
export function* trainingCsv({ columns, failed, times }: ChangeTable, cut: number): Generator<Uint8Array> {
  const features = columns.map(({ name }) => name);
  const rowOf = (row: number): Cell[] => [
    new Date(times[row]!).toISOString(),
    failed[row]!,
    row < cut ? "training" : "test",
    ...columns.map(({ values }) => (Number.isNaN(values[row]) ? undefined : values[row])),
  ];
  yield Buffer.from(cellsCsv([[...OWN_COLUMNS.map((name) => unlike(name, features)), ...features]]));
  for (let from = 0; from < times.length; from += ROWS_PER_PART) {
    const count = Math.min(ROWS_PER_PART, times.length - from);
    yield Buffer.from(cellsCsv(Array.from({ length: count }, (_, i) => rowOf(from + i))));
  }
}

/** A name that none of the others is: one that a feature has gets underscores. */
function unlike(name: string, others: readonly string[]): string {
  return others.includes(name) ? unlike(`${name}_`, others) : name;
}
