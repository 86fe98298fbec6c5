import { open } from "node:fs/promises";
import type { Safetensors, TensorRange } from "../onnx/safetensors.ts";
import { type TensorToWrite, writeSafetensors } from "../onnx/write-safetensors.ts";
import { INT8_SCALE, int8NameOf, LARGEST_WEIGHT, type Precision } from "./precision.ts";

/**
 * The layers that int8 leaves alone: what goes in and what comes out pass through few weights, and their error is not
 * averaged by later layers.
 */
const KEPT = /^(?:tokenizer|output_projection_point)\./;

/**
 * Writes the weights of a float32 model anew in another precision: matrices change, norms, scales and biases stay float32.
 *
 * @param path of the file to be written
 * @throws {RangeError} if a matrix is not float32
 */
export async function convertWeights(
  source: Safetensors,
  path: string,
  precision: Exclude<Precision, "fp32">,
): Promise<void> {
  const file = await open(source.path);
  try {
    const converted = [...source.tensors].flatMap(([name, range]) => {
      const bytes = async () => {
        const values = Buffer.alloc(range.length);
        await file.read(values, 0, range.length, range.offset);
        return values;
      };
      if (range.shape.length !== 2 || (precision === "int8" && KEPT.test(name))) return [{ name, ...range, bytes }];
      if (range.dtype !== "F32")
        throw new RangeError(`Cannot convert tensor "${name}": expected dtype F32, got ${range.dtype}`);
      const floats = async () => floatsOf(await bytes());
      return precision === "fp16" ? [asHalf(name, range, floats)] : asBytes(name, range, floats);
    });
    await writeSafetensors(path, converted);
  } finally {
    await file.close();
  }
}

/** Weights are little-endian, and so are all machines that ONNX Runtime runs on. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function asHalf(name: string, { shape, length }: TensorRange, floats: () => Promise<Float32Array>): TensorToWrite {
  const bytes = async () => new Uint8Array(Uint16Array.from(new Uint32Array((await floats()).buffer), halfOf).buffer);
  return { name, dtype: "F16", shape, length: length / 2, bytes };
}

/**
 * The nearest float16, ties to even; beyond its range infinite. Source: IEEE 754-2019, section 4.3.1.
 *
 * @param word bits of a float32
 * @returns bits of a float16
 */
export function halfOf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 127;
  if (exponent === 128) return sign | 0x7c00 | (word & 0x7fffff ? 0x200 : 0);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent < -25) return sign;
  const mantissa = (word & 0x7fffff) | 0x800000;
  const dropped = exponent < -14 ? -1 - exponent : 13; // subnormal halves keep fewer bits
  const kept = mantissa >>> dropped;
  const rest = mantissa - kept * 2 ** dropped;
  const tie = 2 ** (dropped - 1);
  const rounded = kept + (rest > tie || (rest === tie && kept % 2 === 1) ? 1 : 0);
  return sign + (exponent < -14 ? rounded : rounded + ((exponent + 14) << 10)); // a carry moves on to the exponent
}

/** Every row of a matrix in whole numbers of its own scale, the matrix transposed as integer products want it. */
function asBytes(weight: string, { shape, length }: TensorRange, floats: () => Promise<Float32Array>): TensorToWrite[] {
  const [to, from] = [shape[0]!, shape[1]!];
  const scalesOf = (values: Float32Array) =>
    Float32Array.from({ length: to }, (_, row) => {
      let largest = 0;
      for (let i = row * from; i < (row + 1) * from; i += 1) largest = Math.max(largest, Math.abs(values[i]!));
      return largest / LARGEST_WEIGHT;
    });
  return [
    {
      name: int8NameOf(weight),
      dtype: "I8",
      shape: [from, to],
      length: length / 4,
      bytes: async () => {
        const values = await floats();
        const scales = scalesOf(values);
        const bytes = new Int8Array(values.length);
        for (let row = 0; row < to; row += 1) {
          const scale = scales[row]! || 1;
          for (let i = 0; i < from; i += 1) bytes[i * to + row] = Math.round(values[row * from + i]! / scale);
        }
        return new Uint8Array(bytes.buffer);
      },
    },
    {
      name: weight.replace(/weight$/, INT8_SCALE),
      dtype: "F32",
      shape: [to],
      length: 4 * to,
      bytes: async () => new Uint8Array(scalesOf(await floats()).buffer),
    },
  ];
}
