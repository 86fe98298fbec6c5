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
  readonly #sums: RangeSums;
  /** [positions] blame per unit of f */
  readonly #blames: RangeAdditions;

  /**
   * @param f       [deploys]
   * @param density [bins] g per hour
   */
  constructor(suspects: Suspects, f: Float64Array, density: Float64Array) {
    this.#suspects = suspects;
    this.#density = density;
    const failing = new Float64Array(suspects.deploys.length);
    for (let i = 0; i < failing.length; i += 1) failing[i] = f[suspects.deploys[i]!]!;
    this.#sums = new RangeSums(failing);
    this.#blames = new RangeAdditions(failing.length);
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

  /** [count] what each of the first deploys was blamed for per unit of its f. */
  blames(count: number): Float64Array {
    const { deploys } = this.#suspects;
    const totals = this.#blames.totals();
    const blames = new Float64Array(count);
    for (let i = 0; i < totals.length; i += 1) if (deploys[i]! < count) blames[deploys[i]!]! += totals[i]!;
    return blames;
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
