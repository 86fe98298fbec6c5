import { type WallMs, wallText } from "../calendar/timestamp.ts";
import { type Cell, tableCsv } from "./table-csv.ts";

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
