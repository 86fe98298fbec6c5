/**
 * The terms of f: failures per deploy and unit of each feature, θ ≥ 0, of which most do nothing and few do much.
 *
 * Each has a gamma prior of one small shape, and the mean of the priors is learned from all terms together: where history
 * gives no reason for terms, their prior closes in on zero, and where some stand out, others may. No strength of a penalty is
 * left to choose. Where the causes of incidents are shared out, a term counts by its geometric mean, which is far below its
 * mean as long as little speaks for it: that leaves terms out that the data do not ask for.
 *
 * Sources: Cemgil (2009), "Bayesian Inference for Nonnegative Matrix Factorisation Models", Computational Intelligence and
 * Neuroscience 2009, for variational Bayes of sums of Poisson rates; MacKay (1992), "Bayesian Interpolation", Neural
 * Computation 4(3), for learning the prior by the evidence.
 * @module
 */

import { CLOCK_ROWS, COLUMN, COLUMNS, type DeployFeatures, FIRST_OWN } from "./deploy-features.ts";
import { digamma } from "./gamma.ts";
import type { RatePrior } from "./two-factor-rate.ts";

/**
 * One failure in twenty deploys, believed as firmly as ten deploys would teach it. Change-failure rates of 5 % to 15 %
 * are typical (Google Cloud, "Accelerate State of DevOps 2023").
 */
const FAILURE_PRIOR: RatePrior = { events: 0.5, exposure: 10 };

/**
 * Shape of the prior of a term, base apart: as if a tenth of a failure had been put down to it. All terms together then weigh
 * as four failures. On simulated years shapes from .03 to .1 do alike, .2 a little worse.
 */
const TERM_SHAPE = 0.1;
/** What terms come to where their features are as large as they are when present, in units of f: to start with. */
const TYPICAL_SHARE = 0.1;

/**
 * [FIRST_OWN] root mean squares of the clock's features over the hours of the week that have them, whenever people deploy: an hour
 * next to those with deploys is hardly seen in them, and is as present as any for a deploy of its own.
 */
const CLOCK_SCALES = Float64Array.from({ length: FIRST_OWN }, (_, c) => {
  const present = CLOCK_ROWS.map((row) => row[c]!).filter((value) => value > 0);
  return Math.sqrt(present.reduce((sum, value) => sum + value ** 2, 0) / present.length);
});

export class FailureTerms {
  /** [COLUMNS] posterior means; 0 of what is not used */
  readonly means = new Float64Array(COLUMNS);
  /** [COLUMNS] exp E ln θ */
  readonly #geometric = new Float64Array(COLUMNS);
  /** [COLUMNS] weighted sums over deploys */
  readonly #exposure = new Float64Array(COLUMNS);
  /** [COLUMNS] root mean squares over the deploys that have a feature; of the clock's, over the hours that have it */
  readonly #scales = new Float64Array(COLUMNS);
  /** [COLUMNS] failures put down to each since the last time, per unit of its geometric mean */
  readonly #blames = new Float64Array(COLUMNS);
  readonly #features: DeployFeatures;
  /** all that are used, base left out */
  readonly #optional: readonly number[];
  /** those of them in which deploys of one hour of the week differ */
  readonly #own: readonly number[];
  #typical: number;

  /**
   * @param weights  [deploys] how much each of the first counts; the others do not
   * @param failures put down to deploys, at most
   * @param isUsed   whether f may depend on a column
   */
  constructor(
    features: DeployFeatures,
    weights: ArrayLike<number>,
    failures: number,
    isUsed: (column: number) => boolean,
  ) {
    const inCells = summedByCell(features.cells, weights);
    CLOCK_ROWS.forEach((row, cell) => {
      for (let c = 0; c < FIRST_OWN; c += 1) this.#exposure[c]! += inCells[cell]! * row[c]!;
    });
    features.own.forEach((values, j) => {
      let [exposure, squares, present] = [0, 0, 0];
      for (let i = 0; i < weights.length; i += 1) {
        if (values[i] === 0) continue;
        exposure += weights[i]! * values[i]!;
        squares += weights[i]! * values[i]! ** 2;
        present += weights[i]!;
      }
      this.#exposure[FIRST_OWN + j] = exposure;
      this.#scales[FIRST_OWN + j] = Math.sqrt(squares / (present || 1));
    });
    this.#scales.set(CLOCK_SCALES);
    this.#optional = [...this.means.keys()].filter((c) => c !== COLUMN.base && this.#exposure[c]! > 0 && isUsed(c));
    this.#features = features;
    this.#own = this.#optional.filter((c) => c >= FIRST_OWN);
    const base = (failures + FAILURE_PRIOR.events) / (this.#exposure[COLUMN.base]! + FAILURE_PRIOR.exposure);
    this.#typical = TYPICAL_SHARE * base;
    // Half of all failures to the base, the others to all terms alike.
    this.#geometric[COLUMN.base] = base / 2;
    const each = (base * this.#exposure[COLUMN.base]!) / (2 * COLUMNS);
    for (const c of this.#optional) this.#geometric[c] = each / this.#exposure[c]!;
  }

  /** f of the first deploys as it counts against other causes of an incident. @param out [deploys] is filled */
  weightsInto(out: Float64Array): void {
    this.#sumInto(out, this.#geometric);
  }

  /** [deploys] f of each. */
  estimates(): Float64Array {
    const estimates = new Float64Array(this.#features.cells.length);
    this.#sumInto(estimates, this.means);
    return estimates;
  }

  /** Puts incidents down to deploys. @param perUnit [deploys] of the first deploys, times what each weighs */
  blame(perUnit: Float64Array): void {
    const { cells, own } = this.#features;
    const inCells = summedByCell(cells, perUnit);
    CLOCK_ROWS.forEach((row, cell) => {
      for (let c = 0; c < FIRST_OWN; c += 1) this.#blames[c]! += inCells[cell]! * row[c]!;
    });
    for (const column of this.#own) {
      const values = own[column - FIRST_OWN]!;
      let sum = 0;
      for (let i = 0; i < perUnit.length; i += 1) sum += perUnit[i]! * values[i]!;
      this.#blames[column]! += sum;
    }
  }

  /** Takes the terms from what was put down to them since the last time. */
  learn(): void {
    this.#set(COLUMN.base, FAILURE_PRIOR.events);
    let sum = 0;
    for (const c of this.#optional) {
      this.#set(c, TERM_SHAPE);
      sum += this.#scales[c]! * this.means[c]!;
    }
    if (sum > 0) this.#typical = sum / this.#optional.length; // where the evidence is greatest, the shape given
    this.#blames.fill(0);
  }

  /** f of a deploy, and the variance of the estimate. @param row [COLUMNS] features */
  at(row: Float64Array): { mean: number; variance: number } {
    let [mean, variance] = [0, 0];
    this.means.forEach((term, c) => {
      mean += row[c]! * term;
      if (term > 0) variance += (row[c]! ** 2 * term) / this.#seen(c);
    });
    return { mean, variance };
  }

  /** Σ of the features, each times its term. @param out [deploys] is filled @param terms [COLUMNS] */
  #sumInto(out: Float64Array, terms: Float64Array): void {
    const { cells, own } = this.#features;
    const byClock = Float64Array.from(CLOCK_ROWS, (row) => row.reduce((sum, value, c) => sum + value * terms[c]!, 0));
    for (let i = 0; i < out.length; i += 1) out[i] = byClock[cells[i]!]!;
    for (const column of this.#own) {
      const [term, values] = [terms[column]!, own[column - FIRST_OWN]!];
      for (let i = 0; i < out.length; i += 1) out[i]! += term * values[i]!;
    }
  }

  #set(column: number, shape: number): void {
    const events = shape + this.#geometric[column]! * this.#blames[column]!;
    this.means[column] = events / this.#seen(column);
    this.#geometric[column] = Math.exp(digamma(events)) / this.#seen(column);
  }

  /** Exposure with that of the prior. */
  #seen(column: number): number {
    const prior =
      column === COLUMN.base ? FAILURE_PRIOR.exposure : (TERM_SHAPE * this.#scales[column]!) / this.#typical;
    return this.#exposure[column]! + prior;
  }
}

/** [168] @param values [deploys] of the first deploys */
function summedByCell(cells: Uint8Array, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(CLOCK_ROWS.length);
  for (let i = 0; i < values.length; i += 1) sums[cells[i]!]! += values[i]!;
  return sums;
}
