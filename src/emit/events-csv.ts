import { stringify } from "csv-stringify/sync";
import type { WallMs } from "../calendar/timestamp.ts";

/** `YYYY-MM-DD HH:MM:SS`, the wall clock as it is. */
export function wallText(wallMs: WallMs): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace("T", " ");
}

/**
 * Rows as CSV text with a header of their keys.
 *
 * @param columns in order; `timestamp` is written as the wall clock shows it
 */
export function eventsCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column | "timestamp", string | number | boolean>>[],
): string {
  return stringify([
    ["timestamp", ...columns],
    ...rows.map((row) => [wallText(Number(row.timestamp)), ...columns.map((column) => String(row[column]))]),
  ]);
}
