import { stringify } from "csv-stringify/sync";

/** A value of a table; undefined is an empty cell. */
export type Cell = string | number | boolean | undefined;

/** Rows as CSV text with a header of `columns`, in their order. */
export function tableCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, Cell>>[],
): string {
  return stringify([[...columns]]) + rowsCsv(columns, rows);
}

/** The same without the header, for tables that are written in parts. */
export function rowsCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, Cell>>[],
): string {
  return stringify(rows.map((row) => columns.map((column) => String(row[column] ?? ""))));
}
