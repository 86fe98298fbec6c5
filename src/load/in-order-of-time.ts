import type { ChangeTable, Column } from "../change/change-table.ts";
import type { LabelledChanges } from "./load-change-table.ts";

/** Loaded changes in order of time, those of one time in the order of the file; and the line of each [rows]. */
export function inOrderOfTime({ times, failed, columns, lines }: LabelledChanges): {
  table: ChangeTable;
  lines: Int32Array;
} {
  if (times.every((time, row) => row === 0 || times[row - 1]! <= time)) {
    return { table: { times, failed, columns }, lines };
  }
  const order = Int32Array.from(times, (_, row) => row).sort((a, b) => times[a]! - times[b]!);
  return {
    table: {
      times: times.map((_, i) => times[order[i]!]!),
      failed: failed.map((_, i) => failed[order[i]!]!),
      columns: columns.map((column) => reordered(column, order)),
    },
    lines: lines.map((_, i) => lines[order[i]!]!),
  };
}

function reordered(column: Column, order: Int32Array): Column {
  if (column.kind === "number") return { ...column, values: column.values.map((_, i) => column.values[order[i]!]!) };
  return { ...column, values: Array.from(order, (row) => column.values[row]) };
}
