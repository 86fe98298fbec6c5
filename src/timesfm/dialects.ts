/**
 * The operators of the model in three forms: as ONNX Runtime computes them fastest on the CPU, as it does on the GPUs it knows,
 * and as every ONNX tool knows them.
 * @module
 */

import { GraphBuilder, type Value } from "../onnx/graph-builder.ts";
import { ElementType } from "../onnx/model-proto.ts";

export type Dialect = "cpu" | "gpu" | "portable";

/** Source: google-research/timesfm@3dae50b src/timesfm/torch/normalization.py */
const EPSILON = 1e-6;

/** How tokens, which are rows, divide into series and patches. */
export type Grid = {
  /** [2] int64: batch, patches */
  sides: Value;
  /** name of the number of patches in shapes; that of the batch is "batch" */
  patches: string;
};

/** How tokens divide into heads. */
export type HeadShape = { heads: number; headWidth: number; grid: Grid };

export type Attending = {
  /** as `DialectBuilder.asHeads()` gives them */
  query: Value;
  key: Value;
  value: Value;
  /** [batch, 1, patches, past + patches] added to the scores */
  bias: Value;
  /** of earlier patches, where there are any */
  past?: Cache;
  /** whether later patches attend to these */
  kept: boolean;
};

/** The keys and values of all patches so far, each as `DialectBuilder.asHeads()` gives them. */
export type Cache = { key: Value; value: Value };

export type Attended = {
  /** [rows, heads · headWidth] */
  mixed: Value;
  /** where it is kept */
  cache?: Cache;
};

/** A graph builder that knows the operators whose form differs. */
export abstract class DialectBuilder extends GraphBuilder {
  /** version of ONNX's own operators */
  abstract readonly opset: number;
  /** versions of other domains */
  abstract readonly domains: Readonly<Record<string, number>>;

  /** which axis of heads the patches are */
  readonly patchAxis: number = 2;

  /** Sides of heads in shapes, as `asHeads()` gives them. */
  headSides(patches: string, { heads, headWidth }: Omit<HeadShape, "grid">): (string | number)[] {
    return ["batch", heads, patches, headWidth];
  }

  /** Is told what a linear layer takes in; does nothing unless a builder wants to know. x [rows, from] */
  takenIn(_layer: string, _x: Value): void {}

  /** SiLU, x · sigmoid(x). */
  silu(x: Value): Value {
    return this.op("Mul", [x, this.op("Sigmoid", [x])]);
  }

  /** RMSNorm over the last axis: x / sqrt(mean(x²) + 1e-6) · scale. */
  abstract rmsNorm(x: Value, scale: Value): Value;

  /** Patches as tokens. x [batch, patches, …], of `width` values a patch → [rows, width] */
  asTokens(x: Value, { patches }: Grid, width: number): Value {
    return this.shaped(this.op("Reshape", [x, this.ints([-1, width])]), "float", [`batch_of_${patches}`, width]);
  }

  /** Tokens as patches. x [rows, width] → [batch, patches, ...sides], whose product is the width */
  asPatches(x: Value, { sides: batchAndPatches, patches }: Grid, sides: readonly number[]): Value {
    const shape = this.once(`${batchAndPatches.name} × ${sides}`, () =>
      this.op("Concat", [batchAndPatches, this.ints(sides)], { axis: 0 }),
    );
    return this.shaped(this.op("Reshape", [x, shape]), "float", ["batch", patches, ...sides]);
  }

  /**
   * Tokens as heads, in the layout that the dialect computes attention in: heads one after the other, [batch, heads, patches,
   * headWidth], unless it says otherwise.
   *
   * @param x [rows, heads · headWidth]
   */
  asHeads(x: Value, { grid, heads, headWidth }: HeadShape): Value {
    return this.op("Transpose", [this.asPatches(x, grid, [heads, headWidth])], { perm: [0, 2, 1, 3] });
  }

  /**
   * Rotary positions over the halves of each head.
   *
   * @param x         as `asHeads()` gives it
   * @param cos       [positions, headWidth / 2]
   * @param sin       [positions, headWidth / 2]
   * @param positions [batch, patches] int64
   */
  abstract rotated(x: Value, cos: Value, sin: Value, positions: Value, shape: HeadShape): Value;

  /** `rmsNorm()` of each head. x as `asHeads()` gives it */
  headNorm(x: Value, scale: Value, _shape: HeadShape): Value {
    return this.rmsNorm(x, scale);
  }

  /**
   * softmax(query · keysᵀ + bias) · values, with the keys and values of earlier patches before the new ones.
   *
   * @param shape of the query
   */
  attended({ query, key, value, bias, past, kept }: Attending, shape: HeadShape): Attended {
    const joined = (before: Value | undefined, own: Value) =>
      before === undefined ? own : this.op("Concat", [before, own], { axis: this.patchAxis });
    const cache = { key: joined(past?.key, key), value: joined(past?.value, value) };
    const byPatch = this.mixedBy(query, cache, bias, shape);
    const mixed = this.asTokens(byPatch, shape.grid, shape.heads * shape.headWidth);
    return kept ? { mixed, cache } : { mixed };
  }

  /** softmax(query · keysᵀ + bias) · values. @returns [batch, patches, …] the heads of a patch one after the other */
  protected mixedBy(query: Value, { key, value }: Cache, bias: Value, _shape: HeadShape): Value {
    const scores = this.op("MatMul", [query, this.op("Transpose", [key], { perm: [0, 1, 3, 2] })]);
    const shares = this.op("Softmax", [this.op("Add", [scores, bias])], { axis: -1 }); // [batch, heads, patches, keys]
    return this.op("Transpose", [this.op("MatMul", [shares, value])], { perm: [0, 2, 1, 3] });
  }

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
  return new { cpu: CpuBuilder, gpu: RuntimeBuilder, portable: PortableBuilder }[dialect](location, tapped);
}

/** What ONNX Runtime has on CPU and GPUs: opset 23 with RMSNormalization and RotaryEmbedding, and MatMulIntegerToFloat of its own. */
class RuntimeBuilder extends DialectBuilder {
  readonly opset = 23;
  readonly domains = { "com.microsoft": 1 };

  rmsNorm(x: Value, scale: Value): Value {
    return this.op("RMSNormalization", [x, scale], { axis: -1, epsilon: { float: EPSILON } });
  }

  rotated(x: Value, cos: Value, sin: Value, positions: Value, _shape: HeadShape): Value {
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

/**
 * Heads stay where a token has them, [batch, patches, heads · headWidth]: opset 23's Attention reads them with a stride, and
 * nothing is transposed. WebGPU has no kernel of it.
 */
export class CpuBuilder extends RuntimeBuilder {
  override readonly patchAxis = 1;

  override headSides(patches: string, { heads, headWidth }: Omit<HeadShape, "grid">): (string | number)[] {
    return ["batch", patches, heads * headWidth];
  }

  /** ONNX Runtime's own QuickGelu is x · sigmoid(alpha · x) in one pass. */
  override silu(x: Value): Value {
    return this.op("QuickGelu", [x], { alpha: { float: 1 } }, "com.microsoft");
  }

  override asHeads(x: Value, { grid, heads, headWidth }: HeadShape): Value {
    return this.asPatches(x, grid, [heads * headWidth]);
  }

  override rotated(x: Value, cos: Value, sin: Value, positions: Value, { heads }: HeadShape): Value {
    return this.op("RotaryEmbedding", [x, cos, sin, positions], { interleaved: 0, num_heads: heads });
  }

  override headNorm(x: Value, scale: Value, { heads, headWidth }: HeadShape): Value {
    const byHead = this.op("Reshape", [x, this.ints([0, 0, heads, headWidth])]);
    return this.op("Reshape", [this.rmsNorm(byHead, scale), this.ints([0, 0, heads * headWidth])]);
  }

  /** Without the kernel's own past and present, which are a copy of all keys and values in another layout. */
  protected override mixedBy(query: Value, { key, value }: Cache, bias: Value, { heads }: HeadShape): Value {
    return this.op("Attention", [query, key, value, bias], {
      q_num_heads: heads,
      kv_num_heads: heads,
      scale: { float: 1 },
    });
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
