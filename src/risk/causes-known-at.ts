import type { WallHour } from "../calendar/zone.ts";
import { hourOf } from "../series/hourly-series.ts";
import { COLUMN, concurrentStarts, howConcurrent } from "./deploy-features.ts";
import type { Sparse } from "./failure-terms.ts";
import type { Causes } from "./superposition.ts";

/**
 * A history as it was known at an hour within it: which deploys would follow within an hour of the last ones was not. What came
 * later stays, to score a fit by.
 */
export function causesKnownAt(causes: Causes, hour: WallHour): Causes {
  const { deploys, features } = causes;
  const end = deploys.findIndex(({ timestamp }) => hourOf(timestamp) >= hour);
  if (end === -1) return causes;
  const starts = concurrentStarts(deploys.slice(0, end));
  return { ...causes, features: features.map((row, i) => (i < end ? withConcurrent(row, starts[i]!) : row)) };
}

/** A row whose deploy starts with no more others than it has had; zeros are left out. */
function withConcurrent(row: Sparse, starts: number): Sparse {
  const at = row.columns.indexOf(COLUMN.concurrent);
  const value = howConcurrent(starts);
  if (at === -1 || row.values[at] === value) return row;
  const kept = row.columns.filter((_, j) => j !== at || value > 0);
  return {
    columns: kept,
    values: Float64Array.from(kept, (c) => (c === COLUMN.concurrent ? value : row.values[row.columns.indexOf(c)]!)),
  };
}
