import type { ChangeTable } from "../change/change-table.ts";
import { rowsCsv, tableCsv } from "../emit/table-csv.ts";

const ROWS_PER_PART = 1024;

/**
 * The changes as a model saw them, in order of time, part by part: whole, the text of 100,000 needs more memory than the table.
 *
 * @param cut the first row of the test
 */
export function* trainingCsv({ columns, failed, times }: ChangeTable, cut: number): Generator<Uint8Array> {
  const names = ["change_time", "change_failed", "change_part", ...columns.map(({ name }) => name)];
  const rowOf = (row: number) => {
    const cells: Record<string, string | number> = {
      change_time: new Date(times[row]!).toISOString(),
      change_failed: failed[row]!,
      change_part: row < cut ? "training" : "test",
    };
    for (const { name, values } of columns) {
      const value = values[row];
      cells[name] = value === undefined || Number.isNaN(value) ? "" : value;
    }
    return cells;
  };
  yield Buffer.from(tableCsv(names, []));
  for (let from = 0; from < times.length; from += ROWS_PER_PART) {
    const count = Math.min(ROWS_PER_PART, times.length - from);
    const rows = Array.from({ length: count }, (_, i) => rowOf(from + i));
    yield Buffer.from(rowsCsv(names, rows));
  }
}
