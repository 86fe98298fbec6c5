/**
 * How the features of a change become the inputs of a model: numbers as they are, those that come round also as a place on a
 * circle (Cox 2006, "In Praise of Trigonometric Predictors", The Stata Journal 6(4)), a category as one input a level.
 * @module
 */

import { z } from "zod";
import { ExitCode, UserError } from "../errors.ts";
import type { Column } from "./change-table.ts";

const numberFeature = z.object({
  name: z.string(),
  kind: z.literal("number"),
  /** median in training: what a missing value counts as where a model cannot tell it apart */
  fill: z.number(),
  /** range in training */
  min: z.number(),
  max: z.number(),
  /** after how much it comes round, as hours of the day do after 24 */
  period: z.number().optional(),
});
const categoryFeature = z.object({
  name: z.string(),
  kind: z.literal("category"),
  /** texts with an input of their own, most frequent first; every other text has none */
  levels: z.array(z.string()).min(1),
});
export const featureSchema = z.discriminatedUnion("kind", [numberFeature, categoryFeature]);
export type Feature = z.infer<typeof featureSchema>;

/** Rarer levels teach nothing: they count as "another" together. */
const RAREST_LEVEL = 10;
const MOST_LEVELS = 32;

/** Features of columns; those that never vary are left out. @param rows how many of the first rows to look at */
export function featuresOf(columns: readonly Column[], rows: number): { features: Feature[]; constant: string[] } {
  const features: Feature[] = [];
  const constant: string[] = [];
  for (const column of columns) {
    const feature = column.kind === "number" ? numberOf(column, rows) : categoryOf(column, rows);
    if (feature === undefined) constant.push(column.name);
    else features.push(feature);
  }
  return { features, constant };
}

function numberOf(column: Column & { kind: "number" }, rows: number): Feature | undefined {
  const { name, values, period } = column;
  const ascending = values
    .subarray(0, rows)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const [min, max] = [ascending[0], ascending.at(-1)];
  if (min === undefined || max === undefined || (min === max && ascending.length === rows)) return undefined;
  const fill = ascending[ascending.length >> 1]!;
  return { name, kind: "number", fill, min, max, ...(period === undefined ? {} : { period }) };
}

function categoryOf({ name, values }: Column & { kind: "category" }, rows: number): Feature | undefined {
  const counts = new Map<string, number>();
  for (const value of values.slice(0, rows)) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  const levels = [...counts]
    .filter(([, count]) => count >= RAREST_LEVEL && count < rows)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, MOST_LEVELS)
    .map(([level]) => level);
  return levels.length === 0 ? undefined : { name, kind: "category", levels };
}

/** Inputs that a feature becomes. */
function widthOf(feature: Feature): number {
  if (feature.kind === "category") return feature.levels.length;
  return feature.period === undefined ? 1 : 3;
}

/** How many inputs features become together. */
export function inputsOf(features: readonly Feature[]): number {
  return features.reduce((sum, feature) => sum + widthOf(feature), 0);
}

/** The place of every feature among the inputs: where it begins and how many it has. */
export function placesOf(features: readonly Feature[]): { start: number; width: number }[] {
  let next = 0;
  return features.map((feature) => {
    const width = widthOf(feature);
    next += width;
    return { start: next - width, width };
  });
}

/**
 * Encodes columns by name.
 *
 * @returns rows [rows, inputs], NaN where a number is missing; levels never seen in training have all inputs 0
 * @throws {UserError} exit 3, naming a feature that no column has
 */
export function encoded(features: readonly Feature[], columns: readonly Column[], count: number): Float32Array {
  const inputs = inputsOf(features);
  const rows = new Float32Array(count * inputs);
  const places = placesOf(features);
  features.forEach((feature, f) => {
    const column = columns.find(({ name }) => name === feature.name);
    if (column === undefined) throw missingFeature(feature.name, columns);
    const { start } = places[f]!;
    if (feature.kind === "number") {
      if (column.kind !== "number") throw wrongKind(feature.name);
      for (let row = 0; row < count; row += 1) {
        const value = column.values[row]!;
        rows[row * inputs + start] = value;
        if (feature.period === undefined) continue;
        const angle = (2 * Math.PI * value) / feature.period;
        rows[row * inputs + start + 1] = Math.sin(angle);
        rows[row * inputs + start + 2] = Math.cos(angle);
      }
      return;
    }
    const indices = new Map(feature.levels.map((level, i) => [level, i]));
    for (let row = 0; row < count; row += 1) {
      const value = column.values[row];
      const text = typeof value === "number" ? (Number.isNaN(value) ? undefined : String(value)) : value;
      const level = text === undefined ? undefined : indices.get(text);
      if (level !== undefined) rows[row * inputs + start + level] = 1;
    }
  });
  return rows;
}

function missingFeature(name: string, columns: readonly Column[]): UserError {
  return new UserError(
    `Cannot predict: there is no column "${name}", which the model was trained with`,
    ExitCode.data,
    `the columns found are ${columns.map((column) => column.name).join(", ")}`,
  );
}

function wrongKind(name: string): UserError {
  return new UserError(
    `Cannot predict: column "${name}" holds text, and was of numbers in training`,
    ExitCode.data,
    "an empty cell is a missing number",
  );
}
