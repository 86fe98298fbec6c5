import type { Sparse } from "./failure-terms.ts";
import { RangeAdditions, RangeSums } from "./running-sums.ts";
import type { Suspects } from "./suspects.ts";

/**
 * The deploys that incidents may be due to, as they count in one round: what each incident expects of its own, and what they are
 * blamed for. Deploys of one bin of delays count alike but for their f, so that sums over a bin do: a round takes a time in
 * proportion to deploys and incidents, however many deploys are in question for each incident.
 */
export class SuspectedDeploys {
  readonly #suspects: Suspects;
  readonly #density: Float64Array;
  /** [positions] */
  readonly #failing: Float64Array;
  readonly #sums: RangeSums;
  /** [positions] blame per unit of f */
  readonly #blames: RangeAdditions;

  /**
   * @param rows    [deploys] features
   * @param f       of a deploy
   * @param density [bins] g per hour
   */
  constructor(suspects: Suspects, rows: readonly Sparse[], f: (row: Sparse) => number, density: Float64Array) {
    this.#suspects = suspects;
    this.#density = density;
    this.#failing = new Float64Array(suspects.deploys.length);
    for (let i = 0; i < this.#failing.length; i += 1) this.#failing[i] = f(rows[suspects.deploys[i]!]!);
    this.#sums = new RangeSums(this.#failing);
    this.#blames = new RangeAdditions(this.#failing.length);
  }

  /** Σ f·g over the deploys in question for an incident: incidents per hour. */
  rateOf(incident: number): number {
    const { bounds, firstRun } = this.#suspects;
    const bins = this.#density.length;
    let sum = 0;
    for (let run = firstRun[incident]!; run < firstRun[incident + 1]!; run += 1) {
      const at = run * (bins + 1);
      for (let bin = 0; bin < bins; bin += 1) {
        const [from, to] = [bounds[at + bin + 1]!, bounds[at + bin]!];
        if (from < to) sum += this.#density[bin]! * this.#sums.of(from, to);
      }
    }
    return sum;
  }

  /**
   * Puts an incident down to the deploys in question, each by `weight` times what is expected of it.
   *
   * @param inBins [bins] is added what each bin was blamed for
   */
  blame(incident: number, weight: number, inBins: Float64Array): void {
    const { bounds, firstRun } = this.#suspects;
    const bins = this.#density.length;
    for (let run = firstRun[incident]!; run < firstRun[incident + 1]!; run += 1) {
      const at = run * (bins + 1);
      for (let bin = 0; bin < bins; bin += 1) {
        const [from, to] = [bounds[at + bin + 1]!, bounds[at + bin]!];
        if (from === to) continue;
        const perUnit = weight * this.#density[bin]!;
        this.#blames.add(from, to, perUnit);
        inBins[bin]! += perUnit * this.#sums.of(from, to);
      }
    }
  }

  /** Hands out what deploys were blamed for, per unit of f and in all; a deploy may get it in parts. */
  handOut(receive: (deploy: number, perUnit: number, blame: number) => void): void {
    this.#blames.totals().forEach((perUnit, position) => {
      if (perUnit > 0) receive(this.#suspects.deploys[position]!, perUnit, perUnit * this.#failing[position]!);
    });
  }

  /**
   * What hours of delay are blamed for where incidents are put down to deploys by `weights`.
   *
   * @param weights [incidents]
   * @param inHours [hour bins] is added to
   */
  blameHours(weights: Float64Array, inHours: Float64Array): void {
    const { bounds, hourBounds, firstRun } = this.#suspects;
    const bins = this.#density.length;
    weights.forEach((weight, incident) => {
      for (let run = firstRun[incident]!; run < firstRun[incident + 1]!; run += 1) {
        const at = run * (bins + 1);
        const hoursAt = run * (inHours.length + 1);
        for (let hours = 0, bin = 0; hours < inHours.length && bin < bins; ) {
          const from = Math.max(bounds[at + bin + 1]!, hourBounds[hoursAt + hours + 1]!);
          const to = Math.min(bounds[at + bin]!, hourBounds[hoursAt + hours]!);
          if (from < to) inHours[hours]! += weight * this.#density[bin]! * this.#sums.of(from, to);
          if (bounds[at + bin + 1]! > hourBounds[hoursAt + hours + 1]!) bin += 1;
          else hours += 1;
        }
      }
    });
  }
}
