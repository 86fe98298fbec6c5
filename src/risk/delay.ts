/**
 * How long an incident takes to surface after the deploy that caused it, or another after the incident that it follows on: a density
 * over bins that double, and the shares of whole grid hours, each learned from how many incidents were put down to its bins.
 * @module
 */

import { HOUR_MS } from "../calendar/zone.ts";

/** Pseudo-incidents of the prior, spread over the bins so that each holds half of what the one before it holds. */
const PRIOR_INCIDENTS = 1;

/** Lower edges of the bins up to an hour, minutes; from there on they double. */
const FIRST_EDGES = [0, 5, 15, 30, 60] as const;

export type DelayBins = {
  /** [bins + 1] ascending, from 0; the longest delay belongs to the last bin */
  edgesMs: readonly number[];
  /** [hour bins + 1] whole hours of the grid, ascending, from 0: of an hour each, then 3–4, 5–8, … */
  edgesHours: readonly number[];
};

/** @param maxHours the longest delay, at least 1 */
export function delayBins(maxHours: number): DelayBins {
  const edges: number[] = FIRST_EDGES.map((minutes) => minutes * 60_000);
  for (let hours = 2; hours < maxHours; hours *= 2) edges.push(hours * HOUR_MS);
  const end = maxHours * HOUR_MS;
  const edgesHours = [0, 1, 2];
  for (let from = 3, width = 2; from <= maxHours; from += width, width *= 2) edgesHours.push(from);
  return {
    edgesMs: [...edges.filter((edge) => edge < end), end],
    edgesHours: [...edgesHours.filter((edge) => edge <= maxHours), maxHours + 1],
  };
}

/** The bin of a value; what lies outside all of them is of the first or the last. */
export function binOf(value: number, edges: readonly number[]): number {
  let bin = edges.length - 2;
  while (bin > 0 && value < edges[bin]!) bin -= 1;
  return bin;
}

/**
 * @param counts [bins] incidents put down to deploys so long before
 * @returns      [bins] g per hour of delay
 */
export function densityPerHour({ edgesMs }: DelayBins, counts: Float64Array): Float64Array {
  return masses(counts).map((mass, i) => (HOUR_MS * mass) / (edgesMs[i + 1]! - edgesMs[i]!));
}

/**
 * @param counts [hour bins] incidents put down to deploys so many hours before
 * @returns      [maxHours + 1] shares of grid hours, which sum to 1; the tail is smooth, the first hours are as they were seen
 */
export function sharesOfHours({ edgesHours }: DelayBins, counts: Float64Array): Float64Array {
  const shares = new Float64Array(edgesHours.at(-1)!);
  masses(counts).forEach((mass, i) => {
    const [from, to] = [edgesHours[i]!, edgesHours[i + 1]!];
    shares.fill(mass / (to - from), from, to);
  });
  return shares;
}

/**
 * @param density [bins] per hour of delay
 * @returns       [hours] shares of grid hours where what comes first is as likely at one minute of its hour as at another
 */
export function sharesAtAnyMinute({ edgesMs }: DelayBins, density: Float64Array): Float64Array {
  const hours = edgesMs.map((edge) => edge / HOUR_MS);
  return Float64Array.from({ length: Math.ceil(hours.at(-1)!) + 1 }, (_, lag) =>
    density.reduce((sum, one, i) => sum + one * (passed(hours[i + 1]! - lag) - passed(hours[i]! - lag)), 0),
  );
}

/** The integral of max(0, 1 − |t|) up to x: a delay of h + t hours ends in hour h for such a share of minutes. */
function passed(x: number): number {
  if (x <= 0) return Math.max(0, x + 1) ** 2 / 2;
  return 1 - Math.max(0, 1 - x) ** 2 / 2;
}

/** Shares of bins, drawn towards the prior's. */
function masses(counts: Float64Array): Float64Array {
  const seen = counts.reduce((sum, count) => sum + count, 0);
  const priorTotal = counts.reduce((sum, _, i) => sum + 2 ** -i, 0);
  return counts.map((count, i) => (count + (PRIOR_INCIDENTS * 2 ** -i) / priorTotal) / (seen + PRIOR_INCIDENTS));
}
