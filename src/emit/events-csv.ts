import type { WallMs } from "../calendar/timestamp.ts";
import { type Cell, tableCsv } from "./table-csv.ts";

/** `YYYY-MM-DD HH:MM:SS`, the wall clock as it is. */
export function wallText(wallMs: WallMs): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace("T", " ");
}

/**
 * Events as CSV text with a header.
 *
 * @param columns after `timestamp`, which is written as the wall clock shows it
 */
export function eventsCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<{ timestamp: WallMs } & Record<Column, Cell>>[],
): string {
  return tableCsv(
    ["timestamp", ...columns],
    rows.map((row) => ({ ...row, timestamp: wallText(row.timestamp) })),
  );
}
