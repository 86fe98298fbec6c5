import { HOURS_PER_DAY } from "../calendar/week.ts";
import type { Column } from "../change/change-table.ts";
import { growingFloats, growingIntegers } from "../change/growing-array.ts";
import type { Metrics } from "./change-history.ts";

export type MeasuredColumn = Column & { kind: "number" };

/** The metrics of changes in order of time, a typed array a metric: 8 bytes each. */
export class MeasuredChanges {
  readonly #numbers = growingIntegers();
  readonly #timesS = growingFloats();
  /** by metric, as `Metrics` has them; none before the first change */
  readonly #metrics = new Map<keyof Metrics, ReturnType<typeof growingFloats>>();

  /**
   * @param change its number among all commits
   * @param timeS  epoch seconds
   */
  add(change: number, timeS: number, metrics: Metrics): void {
    this.#numbers.push(change);
    this.#timesS.push(timeS);
    for (const name of Object.keys(metrics) as (keyof Metrics)[]) {
      if (!this.#metrics.has(name)) this.#metrics.set(name, growingFloats());
      this.#metrics.get(name)!.push(metrics[name]);
    }
  }

  /** All of them; nothing is left behind. */
  take(): { numbers: Int32Array; timesS: Float64Array; columns: MeasuredColumn[] } {
    const columns = [...this.#metrics].map(([name, values]): MeasuredColumn => {
      return { name, kind: "number", values: values.take(), ...(name === "hour" ? { period: HOURS_PER_DAY } : {}) };
    });
    return { numbers: this.#numbers.take(), timesS: this.#timesS.take(), columns };
  }
}
