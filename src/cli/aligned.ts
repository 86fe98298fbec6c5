import { oneLine } from "./printable.ts";
import { shownWidth } from "./shown-width.ts";

/**
 * Rows of text in columns, two spaces apart.
 *
 * @param rows of the same number of cells
 * @param left columns that are aligned to the left; the others are numbers
 */
export function aligned(rows: readonly (readonly string[])[], left: ReadonlySet<number> = new Set([0])): string[] {
  const table = rows.map((row) => row.map(oneLine));
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => shownWidth(row[column]!))));
  return table.map((row) =>
    row
      .map((cell, i) => {
        const space = " ".repeat(widths[i]! - shownWidth(cell));
        return left.has(i) ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}
