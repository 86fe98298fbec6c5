/**
 * How long an incident takes to surface after the deploy that caused it, or another after the incident that it follows on.
 * @module
 */

import { HOUR_MS } from "../calendar/zone.ts";

/** Pseudo-incidents of the prior, spread over the bins so that each holds half of what the one before it holds. */
const PRIOR_INCIDENTS = 1;

/** Lower edges of the bins up to an hour, minutes; from there on they double. */
const FIRST_EDGES = [0, 5, 15, 30, 60] as const;

/**
 * The delay g, learned from incidents that are put down to deploys in part: a density over bins that double, and the
 * shares of whole grid hours.
 */
export class DelayDensity {
  readonly #maxHours: number;
  /** lower edges of the bins, and the end of the last, milliseconds */
  readonly #edges: readonly number[];
  #density: Float64Array;
  #collected: Delays;

  /** @param maxHours the longest delay, at least 1; longer ones count as the longest */
  constructor(maxHours: number) {
    this.#maxHours = maxHours;
    const edges: number[] = FIRST_EDGES.map((minutes) => minutes * 60_000);
    for (let hours = 2; hours < maxHours; hours *= 2) edges.push(hours * HOUR_MS);
    const end = maxHours * HOUR_MS;
    this.#edges = [...edges.filter((edge) => edge < end), end];
    this.#collected = this.collect();
    this.#density = this.#densityOf(this.#collected);
  }

  /** Density per millisecond at a delay of at least 0. */
  at(delayMs: number): number {
    return this.#density[this.#binOf(delayMs)]!;
  }

  /** An empty collection of delays, to learn from. */
  collect(): Delays {
    const inBins = new Float64Array(this.#edges.length - 1);
    const inHours = new Float64Array(this.#maxHours + 1);
    return {
      inBins,
      inHours,
      add: (delayMs, hours, weight) => {
        inBins[this.#binOf(delayMs)]! += weight;
        inHours[Math.min(hours, this.#maxHours)]! += weight;
      },
    };
  }

  /** Replaces what was learned before. */
  learn(delays: Delays): void {
    this.#collected = delays;
    this.#density = this.#densityOf(delays);
  }

  /** [maxHours + 1] shares of grid hours, which sum to 1; the tail is smooth, the first hours are as they were seen. */
  perHour(): Float64Array {
    const { inHours } = this.#collected;
    const shares = new Float64Array(inHours.length);
    const seen = inHours.reduce((sum, value) => sum + value, 0);
    const bins = doublingBins(this.#maxHours);
    const priorTotal = bins.reduce((sum, _, i) => sum + 2 ** -i, 0);
    bins.forEach(({ from, to }, i) => {
      const count = inHours.subarray(from, to).reduce((sum, value) => sum + value, 0);
      const mass = (count + (PRIOR_INCIDENTS * 2 ** -i) / priorTotal) / (seen + PRIOR_INCIDENTS);
      shares.fill(mass / (to - from), from, to);
    });
    return shares;
  }

  #binOf(delayMs: number): number {
    let bin = this.#edges.length - 2;
    while (bin > 0 && delayMs < this.#edges[bin]!) bin -= 1;
    return bin;
  }

  #densityOf({ inBins }: Delays): Float64Array {
    const seen = inBins.reduce((sum, value) => sum + value, 0);
    const priorTotal = inBins.reduce((sum, _, i) => sum + 2 ** -i, 0);
    return inBins.map((count, i) => {
      const mass = (count + (PRIOR_INCIDENTS * 2 ** -i) / priorTotal) / (seen + PRIOR_INCIDENTS);
      return mass / (this.#edges[i + 1]! - this.#edges[i]!);
    });
  }
}

/** Delays of incidents that are put down to deploys, each by a weight. */
export type Delays = {
  inBins: Float64Array;
  /** by whole hours of the grid */
  inHours: Float64Array;
  add: (delayMs: number, hours: number, weight: number) => void;
};

/** 0, 1, 2, 3–4, 5–8, … hours. */
function doublingBins(maxHours: number): { from: number; to: number }[] {
  const bins: { from: number; to: number }[] = [];
  for (let from = 0, width = 1; from <= maxHours; from += width, width = from < 3 ? 1 : width * 2) {
    bins.push({ from, to: Math.min(from + width, maxHours + 1) });
  }
  return bins;
}
