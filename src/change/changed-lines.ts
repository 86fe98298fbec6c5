import type { Column } from "./change-table.ts";

/** Names of columns, in small letters and digits alone: Kamei et al. (2013), git, and the interfaces of code hosts. */
const ADDED = ["la", "linesadded", "addedlines", "additions", "insertions", "locadded", "addedloc"];
const DELETED = [
  "ld",
  "linesdeleted",
  "deletedlines",
  "linesremoved",
  "removedlines",
  "deletions",
  "locdeleted",
  "deletedloc",
];

/** Lines that each change adds [rows], NaN is missing; undefined where no column of numbers has a usual name of them. */
export function linesAddedOf(columns: readonly Column[]): Float64Array | undefined {
  return numbersNamed(ADDED, columns);
}

/**
 * What it takes to inspect each change: lines added + deleted + 1, which is Kamei et al.'s (2013) measure of effort where no
 * change is free; 1 for every change where no column tells of lines.
 *
 * @returns [rows] at least 1
 */
export function effortOf(columns: readonly Column[], rows: number): Float64Array {
  const lines = [linesAddedOf(columns), numbersNamed(DELETED, columns)].filter((values) => values !== undefined);
  return Float64Array.from({ length: rows }, (_, row) =>
    lines.reduce((sum, values) => sum + Math.max(0, values[row]! || 0), 1),
  );
}

function numbersNamed(names: readonly string[], columns: readonly Column[]): Float64Array | undefined {
  for (const wanted of names) {
    for (const column of columns) {
      const name = column.name.toLowerCase().replace(/[^a-z0-9]/g, "");
      if (column.kind === "number" && name === wanted) return column.values;
    }
  }
  return undefined;
}
