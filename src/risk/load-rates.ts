import type { Rate } from "./rate.ts";

/** Half an incident in fifty units of multiplier, which any real history outweighs. */
const PRIOR = { events: 0.5, exposure: 50 };
/** Load that is over is first taken to do nothing. */
const PRIOR_OF_LAGS = { events: 0.05, exposure: 50 };

/**
 * Incidents per hour and unit of load: of the load of the same hour, and of that of each hour before it for as long as load
 * may still be felt. Learned, as the delay is, from incidents that are put down to load in part.
 */
export class LoadRates {
  readonly #load: Float64Array;
  readonly #exposure: Float64Array;
  readonly #events: Float64Array;
  readonly #rates: Float64Array;

  /**
   * @param load   [hours]
   * @param hours  [hours of the fit] clock hours that each of the first counts as
   * @param lags   hours for which load may still be felt
   * @param events how many incidents load is taken to have caused, to start with
   */
  constructor(load: Float64Array, hours: Float64Array, lags: number, events: number) {
    this.#load = load;
    this.#exposure = Float64Array.from({ length: lags + 1 }, (_, lag) =>
      hours.reduce((sum, count, hour) => sum + count * this.#loadOf(hour - lag), priorOf(lag).exposure),
    );
    this.#events = Float64Array.from(this.#exposure, (_, lag) => priorOf(lag).events);
    this.#rates = this.#exposure.map((exposure) => events / (lags + 1) / exposure);
  }

  /** Expected incidents of an hour, counted from the first. */
  at(hour: number): number {
    let sum = 0;
    for (let lag = 0; lag < this.#rates.length; lag += 1) sum += this.#rates[lag]! * this.#loadOf(hour - lag);
    return sum;
  }

  /** Puts an incident down to load by `weight` times what is expected of its hour. */
  blame(hour: number, weight: number): void {
    for (let lag = 0; lag < this.#rates.length; lag += 1)
      this.#events[lag]! += weight * this.#rates[lag]! * this.#loadOf(hour - lag);
  }

  /** Takes the rates from what was put down to load since the last time. */
  learn(): void {
    for (let lag = 0; lag < this.#rates.length; lag += 1) {
      this.#rates[lag] = this.#events[lag]! / this.#exposure[lag]!;
      this.#events[lag] = priorOf(lag).events;
    }
  }

  /** [lags + 1] */
  estimates(): Rate[] {
    return Array.from(this.#rates, (mean, lag) => ({ mean, variance: mean / this.#exposure[lag]! }));
  }

  #loadOf(hour: number): number {
    return this.#load[hour] ?? 0;
  }
}

function priorOf(lag: number): typeof PRIOR {
  return lag === 0 ? PRIOR : PRIOR_OF_LAGS;
}
