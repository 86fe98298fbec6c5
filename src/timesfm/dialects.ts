/**
 * The operators of the model in two forms: as ONNX Runtime computes them fastest, and as every ONNX tool knows them.
 * @module
 */

import { GraphBuilder, type Value } from "../onnx/graph-builder.ts";
import { ElementType } from "../onnx/model-proto.ts";

export type Dialect = "runtime" | "portable";

/** Source: google-research/timesfm@3dae50b src/timesfm/torch/normalization.py */
const EPSILON = 1e-6;

/** A graph builder that knows the operators whose form differs. */
export abstract class DialectBuilder extends GraphBuilder {
  /** version of ONNX's own operators */
  abstract readonly opset: number;
  /** versions of other domains */
  abstract readonly domains: Readonly<Record<string, number>>;

  /** Is told what a linear layer takes in; does nothing unless a builder wants to know. x [rows, from] */
  takenIn(_layer: string, _x: Value): void {}

  /** RMSNorm over the last axis: x / sqrt(mean(x²) + 1e-6) · scale. */
  abstract rmsNorm(x: Value, scale: Value): Value;

  /**
   * Rotary positions over the halves of each head.
   *
   * @param x         [batch, heads, patches, headWidth]
   * @param cos       [positions, headWidth / 2]
   * @param sin       [positions, headWidth / 2]
   * @param positions [batch, patches] int64
   */
  abstract rotated(x: Value, cos: Value, sin: Value, positions: Value): Value;

  /** Three equal parts along axis 1. */
  abstract thirds(x: Value): Value[];

  /** The largest value along the last axis. x [rows, width] → [rows] */
  abstract largest(x: Value): Value;

  /**
   * (a − zero) · b · scale, summed in integers.
   *
   * @param a     [rows, from] uint8
   * @param b     [from, to] int8
   * @param scale [to]
   * @returns [rows, to] float32
   */
  abstract integerProduct(a: Value, zero: number, b: Value, scale: Value): Value;
}

export function dialectBuilder(dialect: Dialect, location: string, tapped = false): DialectBuilder {
  return dialect === "runtime" ? new RuntimeBuilder(location, tapped) : new PortableBuilder(location, tapped);
}

/** RMSNormalization and RotaryEmbedding came with opset 23; MatMulIntegerToFloat is ONNX Runtime's own. */
export class RuntimeBuilder extends DialectBuilder {
  readonly opset = 23;
  readonly domains = { "com.microsoft": 1 };

  rmsNorm(x: Value, scale: Value): Value {
    return this.op("RMSNormalization", [x, scale], { axis: -1, epsilon: { float: EPSILON } });
  }

  rotated(x: Value, cos: Value, sin: Value, positions: Value): Value {
    return this.op("RotaryEmbedding", [x, cos, sin, positions], { interleaved: 0 });
  }

  thirds(x: Value): Value[] {
    return this.ops("Split", [x], 3, { axis: 1, num_outputs: 3 });
  }

  largest(x: Value): Value {
    return this.op("ReduceMax", [x, this.ints([1])], { keepdims: 0 });
  }

  integerProduct(a: Value, zero: number, b: Value, scale: Value): Value {
    const inputs = [a, b, this.scalar(1), scale, this.byte(zero)];
    return this.op("MatMulIntegerToFloat", inputs, {}, "com.microsoft");
  }
}

/** Opset 17, which ONNX 1.12 of 2022 has and every runtime since. */
class PortableBuilder extends DialectBuilder {
  readonly opset = 17;
  readonly domains = {};

  rmsNorm(x: Value, scale: Value): Value {
    const squares = this.op("ReduceMean", [this.#product(x, x)], { axes: [-1], keepdims: 1 });
    const root = this.op("Sqrt", [this.op("Add", [squares, this.scalar(EPSILON)])]);
    return this.#product(this.op("Div", [x, root]), scale);
  }

  rotated(x: Value, cos: Value, sin: Value, positions: Value): Value {
    const [first, second] = this.ops("Split", [x], 2, { axis: -1 });
    const at = (table: Value) =>
      this.op("Unsqueeze", [this.op("Gather", [table, positions], { axis: 0 }), this.ints([1])]);
    const [c, s] = [at(cos), at(sin)];
    const left = this.op("Sub", [this.#product(first!, c), this.#product(second!, s)]);
    const right = this.op("Add", [this.#product(second!, c), this.#product(first!, s)]);
    return this.op("Concat", [left, right], { axis: -1 });
  }

  thirds(x: Value): Value[] {
    return this.ops("Split", [x], 3, { axis: 1 });
  }

  largest(x: Value): Value {
    return this.op("ReduceMax", [x], { axes: [1], keepdims: 0 });
  }

  integerProduct(a: Value, zero: number, b: Value, scale: Value): Value {
    const sums = this.op("MatMulInteger", [a, b, this.byte(zero)]);
    return this.#product(this.op("Cast", [sums], { to: ElementType.float }), scale);
  }

  #product(a: Value, b: Value): Value {
    return this.op("Mul", [a, b]);
  }
}
