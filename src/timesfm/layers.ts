/**
 * The layers of TimesFM 2.5 as ONNX nodes. Tokens are rows: [rows, width] with rows = batch × patches, so that every
 * linear layer is one Gemm.
 *
 * Source: google-research/timesfm@3dae50b src/timesfm/torch/{dense,normalization,transformer}.py
 * @module
 */

import type { Value } from "../onnx/graph-builder.ts";
import { ElementType } from "../onnx/model-proto.ts";
import type { Weights, WeightTensor } from "../onnx/weights.ts";
import type { Attending, Cache, DialectBuilder, Grid } from "./dialects.ts";
import type { Dimensions } from "./dimensions.ts";
import { INT8, INT8_SCALE, LARGEST_ACTIVATION, ZERO_ACTIVATION } from "./precision.ts";

/** x · Wᵀ (+ b), whatever the weights are kept in. x [rows, from] → [rows, to] */
export function linear(g: DialectBuilder, x: Value, weights: Weights, from: number, to: number, bias = false): Value {
  g.takenIn(weights.path, x);
  if (weights.has(INT8)) return g.tap(weights.path, int8Linear(g, x, weights, from, to));
  const weight = widened(g, weights.tensor("weight", [to, from], FLOATS));
  const inputs = bias ? [x, weight, g.weight(weights.tensor("bias", [to]))] : [x, weight];
  return g.tap(weights.path, g.op("Gemm", inputs, { transB: 1 }));
}

/**
 * The three parts of x · Wᵀ, each a product of its own where their weights lie apart: to split a product costs a copy of it.
 *
 * @param x [rows, from]
 * @returns [rows, to] each
 */
function linearThirds(g: DialectBuilder, x: Value, weights: Weights, from: number, to: number): Value[] {
  if (weights.has(INT8)) return g.thirds(linear(g, x, weights, from, 3 * to));
  g.takenIn(weights.path, x);
  const parts = [0, 1, 2].map((part) => {
    const weight = widened(g, weights.rows("weight", [3 * to, from], FLOATS, part * to, to));
    return g.op("Gemm", [x, weight], { transB: 1 });
  });
  g.tapParts(weights.path, parts);
  return parts;
}

const FLOATS = ["F32", "F16"] as const;

function widened(g: DialectBuilder, stored: WeightTensor): Value {
  const weight = g.weight(stored);
  if (stored.dtype === "F32") return weight;
  return g.once(`float32 of ${weight.name}`, () => g.op("Cast", [weight], { to: ElementType.float }));
}

/**
 * x · Wᵀ in integers: every row of x is scaled to whole numbers, and what they leave of it to smaller ones, of a byte each.
 * Source: Yao et al. (2022), "ZeroQuant", NeurIPS 35 (token-wise activations, dynamic); one byte alone leaves too much.
 */
function int8Linear(g: DialectBuilder, x: Value, weights: Weights, from: number, to: number): Value {
  const weight = g.weight(weights.tensor(INT8, [from, to], ["I8"]));
  const weightScale = g.weight(weights.tensor(INT8_SCALE, [to]));
  const largest = g.op("Max", [g.largest(g.op("Abs", [x])), g.scalar(SMALLEST_SCALE)]);
  const coarse = g.op("Div", [largest, g.scalar(LARGEST_ACTIVATION)]); // [rows]
  const fine = g.op("Div", [coarse, g.scalar(2 * LARGEST_ACTIVATION)]); // [rows]
  const rows = g.op("Shape", [coarse]);
  const zero = g.op("Expand", [g.byte(ZERO_ACTIVATION), rows]);
  const high = g.op("QuantizeLinear", [x, coarse, zero], { axis: 0 });
  const rest = g.op("Sub", [x, g.op("DequantizeLinear", [high, coarse, zero], { axis: 0 })]);
  const low = g.op("QuantizeLinear", [rest, fine, zero], { axis: 0 });
  // One product for both: small batches wait for the weights to be read.
  const bytes = g.op("Concat", [high, low], { axis: 0 }); // [2 · rows, from]
  const product = g.integerProduct(bytes, ZERO_ACTIVATION, weight, weightScale); // [2 · rows, to]
  const part = (start: Value, end: Value, scale: Value) => {
    const whole = g.op("Slice", [product, start, end, g.ints([0])]);
    return g.op("Mul", [whole, g.op("Unsqueeze", [scale, g.ints([1])])]);
  };
  const both = g.op("Add", [rows, rows]);
  return g.op("Add", [part(g.ints([0]), rows, coarse), part(rows, both, fine)]);
}

/** A row of zeros must not be divided by 0. */
const SMALLEST_SCALE = 1e-30;

/** output(silu(hidden(x))) + residual(x). x [rows, from] → [rows, to] */
export function residualBlock(
  g: DialectBuilder,
  x: Value,
  weights: Weights,
  sides: { from: number; hidden: number; to: number; bias: boolean },
): Value {
  const { from, hidden, to, bias } = sides;
  const inner = g.silu(linear(g, x, weights.scope("hidden_layer"), from, hidden, bias));
  const output = linear(g, inner, weights.scope("output_layer"), hidden, to, bias);
  const residual = linear(g, x, weights.scope("residual_layer"), from, to, bias);
  return g.tap(weights.path, g.op("Add", [output, residual]));
}

/** What attention needs beside the tokens. */
export type AttentionInputs = Pick<Attending, "past" | "kept"> & {
  grid: Grid;
  /** [batch, patches] int64 position of each patch */
  positions: Value;
  /** [positions, headWidth / 2] */
  cos: Value;
  sin: Value;
  /** [batch, 1, patches, keys] 0 where a key may be seen, hugely negative where not */
  bias: Value;
};

/** The patches whose output is wanted, where not all are. */
export type Asked = {
  /** [rows] int64 */
  rows: Value;
  /** as those of `AttentionInputs`, for these patches */
  grid: Grid;
  positions: Value;
  bias: Value;
};

/** Tokens of some patches. x [batch × patches, width] → [batch × rows, width] */
export function tokensOf(
  g: DialectBuilder,
  x: Value,
  grid: Grid,
  { rows, grid: chosen }: Pick<Asked, "rows" | "grid">,
  width: number,
): Value {
  return g.asTokens(g.op("Gather", [g.asPatches(x, grid, [width]), rows], { axis: 1 }), chosen, width);
}

/**
 * Causal self-attention: rotary positions, then RMS norm of query and key, then a learned scale per head dimension on
 * the query in place of 1/√headWidth.
 *
 * @param x     [batch × patches, width]
 * @param asked the patches that attend; all unless given
 * @returns output [batch × asked patches, width], and what is kept
 */
export function attention(
  g: DialectBuilder,
  x: Value,
  weights: Weights,
  { width, heads, headWidth }: Dimensions,
  { grid, positions, cos, sin, bias, past, kept }: AttentionInputs,
  asked?: Asked,
): { output: Value; cache?: Cache } {
  const inner = heads * headWidth;
  const shape = { heads, headWidth, grid };
  const [query, key, value] = linearThirds(g, x, weights.scope("qkv_proj"), width, inner); // [batch × patches, inner] each
  const asking = asked === undefined ? query! : tokensOf(g, query!, grid, asked, inner);
  const queried = asked ?? { grid, positions, bias };
  const queryShape = { ...shape, grid: queried.grid };
  const scaleOf = (name: string) => g.weight(weights.scope(name).tensor("scale", [headWidth]));
  const tapped = (name: string, part: Value) => g.tap(weights.scope(name).path, part);
  const perDim = g.weight(weights.scope("per_dim_scale").tensor("per_dim_scale", [headWidth]));
  const rotatedQuery = g.rotated(g.asHeads(asking, queryShape), cos, sin, queried.positions, queryShape);
  const turned = tapped("rotary_position_embedding", rotatedQuery);
  // The norm's scale and the scale per dimension are one factor.
  const factor = g.once(`factor of ${perDim.name}`, () => {
    const dimScale = g.op("Mul", [g.op("Softplus", [perDim]), g.scalar(Math.LOG2E / Math.sqrt(headWidth))]);
    return g.op("Mul", [scaleOf("query_ln"), dimScale]);
  });
  const queries = tapped("per_dim_scale", g.headNorm(turned, factor, queryShape));
  const rotatedKey = g.rotated(g.asHeads(key!, shape), cos, sin, positions, shape);
  const newKeys = tapped("key_ln", g.headNorm(rotatedKey, scaleOf("key_ln"), shape));
  const attending = {
    query: queries,
    key: newKeys,
    value: g.asHeads(value!, shape),
    bias: queried.bias,
    kept,
    ...(past === undefined ? {} : { past }),
  };
  const { mixed, ...rest } = g.attended(attending, queryShape);
  return { output: linear(g, mixed, weights.scope("out"), inner, width), ...rest };
}

/**
 * One transformer layer, each branch normed on both sides before it is added.
 *
 * @param x     [batch × patches, width]
 * @param asked the patches whose output is wanted; all unless given
 * @returns output [batch × asked patches, width], and what is kept
 */
export function transformerLayer(
  g: DialectBuilder,
  x: Value,
  weights: Weights,
  dimensions: Dimensions,
  inputs: AttentionInputs,
  asked?: Asked,
): { output: Value; cache?: Cache } {
  const { width, hiddenWidth } = dimensions;
  const norm = (value: Value, name: string) => {
    const scope = weights.scope(name);
    return g.tap(scope.path, g.rmsNorm(value, g.weight(scope.tensor("scale", [width]))));
  };
  const { output: attended, ...rest } = attention(
    g,
    norm(x, "pre_attn_ln"),
    weights.scope("attn"),
    dimensions,
    inputs,
    asked,
  );
  const kept = asked === undefined ? x : tokensOf(g, x, inputs.grid, asked, width);
  const middle = g.op("Add", [kept, norm(attended, "post_attn_ln")]);
  const inner = g.silu(linear(g, norm(middle, "pre_ff_ln"), weights.scope("ff0"), width, hiddenWidth));
  const outer = linear(g, inner, weights.scope("ff1"), hiddenWidth, width);
  const output = g.tap(weights.path, g.op("Add", [middle, norm(outer, "post_ff_ln")]));
  return { output, ...rest };
}
