import { stringify } from "csv-stringify/sync";

/** A value of a table; undefined is an empty cell. */
export type Cell = string | number | boolean | undefined;

/** Rows as CSV text with a header of `columns`, in their order. */
export function tableCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, Cell>>[],
): string {
  return cellsCsv([columns, ...rows.map((row) => columns.map((column) => row[column]))]);
}

/** Cells as CSV text, for tables that are written in parts. */
export function cellsCsv(rows: readonly (readonly Cell[])[]): string {
  return stringify(rows.map((row) => row.map((cell) => String(cell ?? ""))));
}
