import { megabytes } from "./byte-labels.ts";

/** The rate is that of the last seconds, so that it follows the network. */
const WINDOW_MS = 10_000;
const DRAW_EVERY_MS = 100;

/** How a transfer goes, in words. */
export class Transfer {
  readonly #now: () => number;
  /** when how much was there, oldest first */
  #marks: { ms: number; done: number }[] = [];

  /** @param now the clock, milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param done  bytes that are there
   * @param total bytes that will be
   * @returns such as `312 of 925 MB, 12 MB/s, 50 s left`; undefined where less than a tenth of a second has passed
   */
  words(done: number, total: number): string | undefined {
    const ms = this.#now();
    const last = this.#marks.at(-1);
    if (last !== undefined && done >= last.done && ms - last.ms < DRAW_EVERY_MS && done < total) return undefined;
    if (last !== undefined && done < last.done) this.#marks = []; // it started over
    this.#marks.push({ ms, done });
    this.#marks = this.#marks.filter((mark) => ms - mark.ms <= WINDOW_MS);
    const amount = `${(done / 1e6).toFixed(0)} of ${megabytes(total)}`;
    const first = this.#marks[0]!;
    const perSecond = (1000 * (done - first.done)) / (ms - first.ms);
    if (!(perSecond > 0) || perSecond === Infinity) return amount;
    return `${amount}, ${megabytes(perSecond)}/s, ${timeLabel((total - done) / perSecond)} left`;
  }
}

function timeLabel(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}
