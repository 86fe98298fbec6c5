import { cholesky } from "../algebra/cholesky.ts";
import { GraphBuilder } from "../onnx/graph-builder.ts";
import { encodeModel } from "../onnx/model-proto.ts";
import { float, openSession, type Session } from "../onnx/session.ts";
import { LARGEST_WEIGHT } from "./precision.ts";

/** Share of the mean diagonal that is added to it: inputs that were hardly seen must not count for nothing. */
const DAMPING = 0.01;

/** Inputs that are rounded before their errors move the others. */
const BLOCK = 32;

const OPSET = 17;

/** Whole multiples of a scale per output. */
export type Rounded = { /** [from, to] */ bytes: Int8Array /** [to] */; scales: Float32Array };

/**
 * Rounds the weights of linear layers to whole multiples of a scale per output, one input after the other: each takes up
 * the error that those before it leave in the outputs, as far as inputs go together.
 * Sources: Frantar et al. (2023), "GPTQ", ICLR; in the form of Babai (1986), "On Lovász' lattice reduction and the nearest
 * lattice point problem", Combinatorica 6(1), which is the same (Chen et al. 2025, arXiv:2507.18553).
 */
export class NearestPlane {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  static async open(): Promise<NearestPlane> {
    const g = new GraphBuilder();
    const product = g.op("MatMul", [g.input("a", "float", ["m", "k"]), g.input("b", "float", ["k", "n"])]);
    g.output("product", product, ["m", "n"]);
    return new NearestPlane(
      await openSession(encodeModel(g.model("product", OPSET)), undefined, { device: "cpu", runs: "many" }),
    );
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  /**
   * @param weights [to, from]
   * @param gram    [from, from] sum of x·xᵀ over inputs x that the layer has seen
   */
  async round(
    weights: Float32Array,
    gram: Float64Array,
    [to, from]: readonly [number, number],
    signal?: AbortSignal,
  ): Promise<Rounded> {
    const scales = scalesOf(weights, to, from);
    const { order, factors } = planOf(gram, from);
    const bytes = new Int8Array(from * to);
    const errors = new Float32Array(from * to); // [from, to] in that order
    for (let end = from; end > 0; end -= BLOCK) {
      signal?.throwIfAborted();
      const start = Math.max(0, end - BLOCK);
      const moved = await this.#movedBy(errors, factors, [start, end, from], to); // [end − start, to]
      for (let i = end - 1; i >= start; i -= 1) {
        const at = (i - start) * to;
        const input = order[i]!;
        for (let output = 0; output < to; output += 1) {
          const weight = weights[output * from + input]!;
          const scale = scales[output]!;
          const whole = Math.round((weight + moved[at + output]!) / scale);
          const kept = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, whole));
          bytes[input * to + output] = kept;
          errors[i * to + output] = weight - kept * scale;
        }
        for (let j = start; j < i; j += 1) {
          const factor = factors[j * from + i]!;
          const row = (j - start) * to;
          for (let output = 0; output < to; output += 1) moved[row + output]! += factor * errors[i * to + output]!;
        }
      }
    }
    return { bytes, scales };
  }

  /** What the errors of the inputs from `end` on make of the best values of those from `start` to `end`. */
  async #movedBy(
    errors: Float32Array,
    factors: Float32Array,
    [start, end, from]: readonly [number, number, number],
    to: number,
  ): Promise<Float32Array> {
    if (end === from) return new Float32Array((end - start) * to);
    const block = new Float32Array((end - start) * (from - end));
    for (let i = start; i < end; i += 1)
      block.set(factors.subarray(i * from + end, (i + 1) * from), (i - start) * (from - end));
    const feeds = {
      a: float(block, [end - start, from - end]),
      b: float(errors.subarray(end * to), [from - end, to]),
    };
    const { product } = await this.#session.run(feeds, ["product"]);
    return product.data as Float32Array; // the graph's output is float32
  }
}

/** The largest |weight| of each output is the largest whole number; 1 where all are 0. */
function scalesOf(weights: Float32Array, to: number, from: number): Float32Array {
  return Float32Array.from({ length: to }, (_, output) => {
    let largest = 0;
    for (let i = output * from; i < (output + 1) * from; i += 1) largest = Math.max(largest, Math.abs(weights[i]!));
    return largest / LARGEST_WEIGHT || 1;
  });
}

/**
 * @returns order of the inputs, the one that is rounded first at the end: it has the largest squares; and, in that order,
 * [from, from] above the diagonal, by how much an error of the second input moves the best value of the first
 */
function planOf(gram: Float64Array, from: number): { order: Uint32Array; factors: Float32Array } {
  const square = (i: number) => gram[i * from + i]!;
  const order = Uint32Array.from({ length: from }, (_, i) => i).sort((a, b) => square(a) - square(b));
  const mean = order.reduce((sum, i) => sum + square(i), 0) / from;
  const ordered = new Float64Array(from * from);
  for (let i = 0; i < from; i += 1) {
    for (let j = 0; j <= i; j += 1) ordered[i * from + j] = gram[order[i]! * from + order[j]!]!;
    ordered[i * from + i]! += DAMPING * mean || 1;
  }
  const lower = cholesky(ordered, from);
  const factors = new Float32Array(from * from);
  for (let i = 0; i < from; i += 1)
    for (let j = i + 1; j < from; j += 1) factors[i * from + j] = lower[j * from + i]! / lower[i * from + i]!;
  return { order, factors };
}
