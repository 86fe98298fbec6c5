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

import { COLUMN, COLUMNS } from "./deploy-features.ts";
import { digamma } from "./gamma.ts";
import type { RatePrior } from "./two-factor-rate.ts";

/** A row of features without its zeros. */
export type Sparse = { columns: Uint8Array; values: Float64Array };

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

export class FailureTerms {
  /** [COLUMNS] posterior means; 0 of what is not used */
  readonly means = new Float64Array(COLUMNS);
  /** [COLUMNS] exp E ln θ */
  readonly #geometric = new Float64Array(COLUMNS);
  /** [COLUMNS] weighted sums over deploys */
  readonly #exposure = new Float64Array(COLUMNS);
  /** [COLUMNS] root mean squares over the deploys that have a feature */
  readonly #scales = new Float64Array(COLUMNS);
  /** [COLUMNS] failures put down to each since the last time */
  readonly #failures = new Float64Array(COLUMNS);
  /** all that are used, base left out */
  readonly #optional: readonly number[];
  #typical: number;

  /**
   * @param rows     [deploys]
   * @param weights  [deploys] how much each counts
   * @param failures put down to deploys, at most
   * @param isUsed   whether f may depend on a column
   */
  constructor(
    rows: readonly Sparse[],
    weights: readonly number[],
    failures: number,
    isUsed: (column: number) => boolean,
  ) {
    const present = new Float64Array(COLUMNS);
    weights.forEach((weight, i) => {
      const { columns, values } = rows[i]!;
      for (let j = 0; j < columns.length; j += 1) {
        this.#exposure[columns[j]!]! += weight * values[j]!;
        this.#scales[columns[j]!]! += weight * values[j]! ** 2;
        present[columns[j]!]! += weight;
      }
    });
    for (let c = 0; c < COLUMNS; c += 1) this.#scales[c] = Math.sqrt(this.#scales[c]! / (present[c]! || 1));
    this.#optional = [...this.means.keys()].filter((c) => c !== COLUMN.base && this.#exposure[c]! > 0 && isUsed(c));
    const base = (failures + FAILURE_PRIOR.events) / (this.#exposure[COLUMN.base]! + FAILURE_PRIOR.exposure);
    this.#typical = TYPICAL_SHARE * base;
    // Half of all failures to the base, the others to all terms alike.
    this.#geometric[COLUMN.base] = base / 2;
    const each = (base * this.#exposure[COLUMN.base]!) / (2 * COLUMNS);
    for (const c of this.#optional) this.#geometric[c] = each / this.#exposure[c]!;
  }

  /** f of a deploy as it counts against other causes of an incident. */
  weightOf({ columns, values }: Sparse): number {
    let sum = 0;
    for (let j = 0; j < columns.length; j += 1) sum += this.#geometric[columns[j]!]! * values[j]!;
    return sum;
  }

  /** Puts an incident down to a deploy by `weight` times what it weighs. */
  blame({ columns, values }: Sparse, weight: number): void {
    for (let j = 0; j < columns.length; j += 1)
      this.#failures[columns[j]!]! += weight * this.#geometric[columns[j]!]! * values[j]!;
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
    this.#failures.fill(0);
  }

  /** f of a deploy, and the variance of the estimate. */
  at({ columns, values }: Sparse): { mean: number; variance: number } {
    let [mean, variance] = [0, 0];
    for (let j = 0; j < columns.length; j += 1) {
      const term = this.means[columns[j]!]!;
      mean += values[j]! * term;
      if (term > 0) variance += (values[j]! ** 2 * term) / this.#seen(columns[j]!);
    }
    return { mean, variance };
  }

  #set(column: number, shape: number): void {
    const events = shape + this.#failures[column]!;
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
