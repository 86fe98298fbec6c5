/**
 * What the weights are kept in. Matrices of float16 are widened when the model opens; those of int8 stay so.
 * @module
 */

export const PRECISIONS = ["fp32", "fp16", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

/** The name of a linear layer's int8 matrix, [in, out], in place of `weight`, [out, in]. */
export const INT8 = "weight_int8";

/** The name of its scales, [out]: weight[o][i] = weight_int8[i][o] · weight_scale[o]. */
export const INT8_SCALE = "weight_scale";

/** The name of a matrix as int8 by its name as float32. */
export function int8NameOf(weight: string): string {
  return weight.replace(/weight$/, INT8);
}

/** Activations of a row are whole numbers from −127 to 127 of its scale. */
export const LARGEST_ACTIVATION = 127;

/**
 * Weights are whole numbers from −63 to 63 of their scale: processors without VNNI sum two products of a byte in 16 bits,
 * 2 · 255 · 63 of which do not overflow.
 * Source: ONNX Runtime, "Quantize ONNX Models", "reduce_range"; Intel SDM, VPMADDUBSW.
 */
export const LARGEST_WEIGHT = 127;
