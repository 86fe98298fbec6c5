/**
 * What the weights are kept in. Matrices of float16 are widened when the model opens; those of int8 stay so.
 * @module
 */

/** What float32 weights can be converted to. */
export const CONVERTED = ["fp16", "int8"] as const;
export type Converted = (typeof CONVERTED)[number];

export const PRECISIONS = ["fp32", ...CONVERTED] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The name of a linear layer's int8 matrix, [in, out], in place of `weight`, [out, in]. */
export const INT8 = "weight_int8";

/** The name of its scales, [out]: weight[o][i] = weight_int8[i][o] · weight_scale[o]. */
export const INT8_SCALE = "weight_scale";

/** The name of a matrix as int8 by its name as float32. */
export function int8NameOf(weight: string): string {
  return weight.replace(/weight$/, INT8);
}

/** The name of its scales by its name as float32. */
export function scaleNameOf(weight: string): string {
  return weight.replace(/weight$/, INT8_SCALE);
}

/** Activations are bytes around this zero, from 1 to 127, twice: whole numbers from −63 to 63 of a row's scale, and of 1/126 of it. */
export const ZERO_ACTIVATION = 64;
export const LARGEST_ACTIVATION = 63;

/**
 * Weights are whole numbers from −127 to 127 of their scale. Processors without VNNI sum two products of a byte in 16 bits:
 * with activations of up to 127, those sums stay within 2 · 127 · 127 = 32,258 and do not overflow.
 * Source: Intel SDM, VPMADDUBSW; ONNX Runtime, "Quantize ONNX Models", which halves the weights' range for it instead.
 */
export const LARGEST_WEIGHT = 127;
