import { type FileHandle, open } from "node:fs/promises";
import type { Safetensors, TensorRange } from "../onnx/safetensors.ts";
import { SafetensorsWriter, type TensorToWrite } from "../onnx/write-safetensors.ts";
import type { Dimensions } from "./dimensions.ts";
import { halfOf } from "./float16.ts";
import { inputGrams } from "./input-grams.ts";
import { NearestPlane } from "./nearest-plane.ts";
import { type Converted, int8NameOf, scaleNameOf } from "./precision.ts";

export type Conversion = {
  precision: Converted;
  /** of the whole file */
  metadata?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  /** @param done weights of `total` that are converted */
  progress?(done: number, total: number): void;
};

/** What is done to a tensor. */
type Form = "kept" | "halved" | "rounded";

/**
 * Writes the weights of a float32 model anew in another precision. As fp16, matrices are float16; as int8 they are int8,
 * rounded so that the outputs of their layers change least, but for the layers that have the most say in the answer; those
 * are float16. Norms, scales and biases stay float32.
 *
 * @param path of the file to be written; on an error it is left as far as it came
 * @throws {RangeError} if a matrix is not float32
 */
export async function convertWeights(
  source: Safetensors,
  dimensions: Dimensions,
  path: string,
  { precision, metadata = {}, signal, progress = () => {} }: Conversion,
): Promise<void> {
  const tensors = formed(source, dimensions, precision);
  const total = tensors.reduce((sum, { range }) => sum + sizeOf(range), 0);
  let done = 0;
  const count = (range: TensorRange) => {
    signal?.throwIfAborted();
    done += sizeOf(range);
    progress(done, total);
  };
  const file = await open(source.path);
  try {
    const writer = await SafetensorsWriter.create(path, tensors.flatMap(toWrite), metadata);
    try {
      for (const { name, range, form } of tensors) {
        if (form === "rounded") continue;
        const bytes = await bytesOf(file, range);
        await writer.write(name, form === "kept" ? bytes : halves(bytes));
        count(range);
      }
      const rounded = new Map(
        tensors.filter(({ form }) => form === "rounded").map(({ name, range }) => [name, range] as const),
      );
      if (rounded.size > 0) await writeRounded(rounded, { source, dimensions, file, writer, count, signal });
      await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Bytes of the tensors that `convertWeights()` writes. */
export function convertedBytes(source: Safetensors, dimensions: Dimensions, precision: Converted): number {
  const written = formed(source, dimensions, precision).flatMap(toWrite);
  return written.reduce((sum, { length }) => sum + length, 0);
}

type FormedTensor = { name: string; range: TensorRange; form: Form };

function formed(source: Safetensors, dimensions: Dimensions, precision: Converted): FormedTensor[] {
  return [...source.tensors].map(([name, range]) => ({
    name,
    range,
    form: formOf(name, range, precision, dimensions),
  }));
}

/**
 * int8 leaves alone what goes in, the last layer, and the head of every forecast: their error reaches the answer as it is,
 * that of other layers is averaged and normed away by later ones.
 */
function formOf(name: string, { shape, dtype }: TensorRange, precision: Converted, { layers }: Dimensions): Form {
  if (shape.length !== 2) return "kept";
  if (dtype !== "F32") throw new RangeError(`Cannot convert tensor "${name}": expected dtype F32, got ${dtype}`);
  const sensitive = ["tokenizer", `stacked_xf.${layers - 1}`, "output_projection_point"];
  return precision === "fp16" || sensitive.some((scope) => name.startsWith(`${scope}.`)) ? "halved" : "rounded";
}

function toWrite({ name, range, form }: FormedTensor): TensorToWrite[] {
  const { shape, length } = range;
  if (form === "kept") return [{ name, ...range }];
  if (form === "halved") return [{ name, dtype: "F16", shape, length: length / 2 }];
  const [to, from] = sidesOf(range);
  return [
    { name: int8NameOf(name), dtype: "I8", shape: [from, to], length: length / 4 },
    { name: scaleNameOf(name), dtype: "F32", shape: [to], length: 4 * to },
  ];
}

async function writeRounded(
  matrices: ReadonlyMap<string, TensorRange>,
  work: {
    source: Safetensors;
    dimensions: Dimensions;
    file: FileHandle;
    writer: SafetensorsWriter;
    count(range: TensorRange): void;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const plane = await NearestPlane.open();
  try {
    const layers = new Set([...matrices.keys()].map((name) => name.replace(/\.weight$/, "")));
    for await (const grams of inputGrams(work.source, work.dimensions, layers, work.signal)) {
      for (const [layer, gram] of grams) {
        const name = `${layer}.weight`;
        const range = matrices.get(name)!;
        const weights = floatsOf(await bytesOf(work.file, range));
        const { bytes, scales } = await plane.round(weights, gram, sidesOf(range), work.signal);
        await work.writer.write(int8NameOf(name), new Uint8Array(bytes.buffer));
        await work.writer.write(scaleNameOf(name), new Uint8Array(scales.buffer));
        work.count(range);
      }
    }
  } finally {
    await plane.close();
  }
}

/** Outputs and inputs of a linear layer. */
function sidesOf({ shape }: TensorRange): [number, number] {
  return [shape[0]!, shape[1]!];
}

/** Numbers in a tensor. */
function sizeOf({ shape }: TensorRange): number {
  return shape.reduce((product, side) => product * side, 1);
}

async function bytesOf(file: FileHandle, { offset, length }: TensorRange): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, offset);
  return bytes;
}

/** Weights are little-endian, and so are all machines that ONNX Runtime runs on. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer);
}

function halves(floats: Uint8Array): Uint8Array {
  return new Uint8Array(Uint16Array.from(new Uint32Array(floats.buffer), halfOf).buffer);
}
