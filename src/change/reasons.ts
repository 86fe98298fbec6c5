/**
 * What moves the probability of a change most, in words.
 * @module
 */

import type { Contribution, Explanation } from "./explain.ts";
import { type Feature, placesOf } from "./feature-schema.ts";

/** A feature that moves the probability, with the words for it. */
export type Reason = Contribution & {
  /** `+6.2 points: la = 418 (median 12)` */
  text: string;
};

/**
 * The largest contributions, largest first, whichever their sign; none that rounds to 0.0 points.
 *
 * @param features those that were explained, in their order
 * @param row      [inputs] that was explained
 * @param most     how many at most
 */
export function reasonsOf(
  { contributions }: Explanation,
  features: readonly Feature[],
  row: Float32Array,
  most: number,
): Reason[] {
  const places = placesOf(features);
  return contributions
    .map(({ name, contribution }, f) => ({
      name,
      contribution,
      text: `${points(contribution)}: ${valueIn(features[f]!, row, places[f]!.start)}`,
    }))
    .filter(({ contribution }) => Math.abs(contribution) >= LEAST_TOLD)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
    .slice(0, most);
}

const LEAST_TOLD = 0.0005;

function points(contribution: number): string {
  return `${contribution < 0 ? "−" : "+"}${Math.abs(100 * contribution).toFixed(1)} points`;
}

function valueIn(feature: Feature, row: Float32Array, start: number): string {
  if (feature.kind === "number") {
    const value = row[start]!;
    const text = Number.isNaN(value) ? `${feature.name} not known` : `${feature.name} = ${shown(value)}`;
    return `${text} (median ${shown(feature.fill)})`;
  }
  const level = feature.levels.find((_, i) => row[start + i] === 1);
  // A level without an input of its own and a missing one are encoded alike.
  return level === undefined ? `${feature.name} is another or not known` : `${feature.name} = ${level}`;
}

/** Whole numbers in full; others rounded to three digits, but never above the point. */
function shown(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
