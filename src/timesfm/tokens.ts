import { float, int64 } from "../onnx/session.ts";
import type { RunningStats } from "./running-stats.ts";

/** Large enough to shut a key out, small enough that no sum overflows to infinity: a NaN would spread. */
const SHUT_OUT = -1e9;

/** The patches of one call: normalised values, then the mask of padding. */
export class Tokens {
  readonly #values: Float32Array;
  readonly #batch: number;
  readonly #patches: number;
  readonly #patch: number;

  constructor(batch: number, patches: number, patch: number) {
    this.#values = new Float32Array(batch * patches * 2 * patch);
    this.#batch = batch;
    this.#patches = patches;
    this.#patch = patch;
  }

  /** @param points the valid points of the patch, which are its last */
  set(b: number, patch: number, points: Float32Array | Float64Array, stats: RunningStats): void {
    const start = (b * this.#patches + patch) * 2 * this.#patch;
    const padding = this.#patch - points.length;
    for (let i = 0; i < points.length; i += 1) this.#values[start + padding + i] = stats.normalize(points[i]!);
    this.#values.fill(1, start + this.#patch, start + this.#patch + padding);
  }

  /**
   * @param firstIndex patches before these, in the cache
   * @param masked     [batch] leading patches of padding alone; positions count from the patch after them
   */
  feeds(firstIndex: number, masked: readonly number[]) {
    const keys = firstIndex + this.#patches;
    const positions: number[] = [];
    const bias = new Float32Array(this.#batch * this.#patches * keys).fill(SHUT_OUT);
    masked.forEach((hidden, b) => {
      for (let patch = 0; patch < this.#patches; patch += 1) {
        const index = firstIndex + patch;
        positions.push(Math.max(0, index - hidden));
        const row = (b * this.#patches + patch) * keys;
        if (index >= hidden) bias.fill(0, row + hidden, row + index + 1);
      }
    });
    return {
      patches: float(this.#values, [this.#batch, this.#patches, 2 * this.#patch]),
      positions: int64(positions, [this.#batch, this.#patches]),
      attention_bias: float(bias, [this.#batch, 1, this.#patches, keys]),
    };
  }
}
