import { RangeAdditions, RangeSums } from "./running-sums.ts";
import type { Suspects } from "./suspects.ts";

/**
 * The deploys that incidents may be due to, as they count in a round: what each incident expects of its own, and what they are
 * blamed for. Deploys of one bin of delays count alike but for their f, so that sums over a bin do: a round takes a time in
 * proportion to deploys and incidents, however many deploys are in question for each incident.
 */
export class SuspectedDeploys {
  readonly #suspects: Suspects;
  #density: Float64Array = new Float64Array(0);
  /** [positions] f */
  readonly #sums: RangeSums;
  /** [positions] blame per unit of f */
  readonly #blames: RangeAdditions;

  constructor(suspects: Suspects) {
    const positions = suspects.deploys.length;
    this.#suspects = suspects;
    this.#sums = new RangeSums(positions);
    this.#blames = new RangeAdditions(positions);
  }

  /**
   * Begins a round, in which nothing is blamed yet.
   *
   * @param f       [deploys]
   * @param density [bins] g per hour
   */
  weigh(f: Float64Array, density: Float64Array): void {
    this.#density = density;
    this.#sums.set(f, this.#suspects.deploys);
    this.#blames.clear();
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

  /** What each of the first deploys was blamed for in the round, per unit of its f. @param out [deploys] is filled */
  blamesInto(out: Float64Array): void {
    out.fill(0);
    this.#blames.addTo(out, this.#suspects.deploys);
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
