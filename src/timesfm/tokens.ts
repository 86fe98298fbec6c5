import { float, int64, type Tensor } from "../onnx/session.ts";
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

  /** [batch, patches, 2 · patch] */
  tensor(): Tensor {
    return float(this.#values, [this.#batch, this.#patches, 2 * this.#patch]);
  }
}

/**
 * Where patches stand, and which of them each may see: those not after it, and not of padding alone.
 *
 * @param masked [batch] leading patches of padding alone; positions count from the patch after them
 * @returns positions [batch, patches]; attention_bias [batch, 1, patches, patches]
 */
export function placesOf(patches: number, masked: readonly number[]): { positions: Tensor; attention_bias: Tensor } {
  const positions = masked.flatMap((hidden) => Array.from({ length: patches }, (_, i) => Math.max(0, i - hidden)));
  const bias = new Float32Array(masked.length * patches * patches).fill(SHUT_OUT);
  masked.forEach((hidden, b) => {
    for (let patch = hidden; patch < patches; patch += 1) {
      const row = (b * patches + patch) * patches;
      bias.fill(0, row + hidden, row + patch + 1);
    }
  });
  return {
    positions: int64(positions, [masked.length, patches]),
    attention_bias: float(bias, [masked.length, 1, patches, patches]),
  };
}
