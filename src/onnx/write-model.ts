import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { encodeModel, inlinedModel, type Model } from "./model-proto.ts";

/** The most bytes of a protobuf message. Source: protobuf.dev, "Proto Limits". */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Writes a model as an ONNX file: with its weights in it, copied piece by piece, or with references to them.
 *
 * @param folder where the files lie that hold its weights, if they go into it; else it is for the reader to find them
 * @throws {RangeError} if it would be larger than an ONNX file may be
 */
export async function writeModel(path: string, model: Model, folder?: string): Promise<void> {
  const pieces = folder === undefined ? [encodeModel(model)] : inlinedModel(model);
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (bytes > MOST_BYTES)
    throw new RangeError(`Cannot write ${bytes} bytes into one ONNX file: expected at most ${MOST_BYTES}`);
  const file = await open(path, "w");
  try {
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) await file.writeFile(piece);
      else await copy(join(folder!, piece.location), piece.offset, piece.length, file);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function copy(path: string, offset: number, length: number, out: FileHandle): Promise<void> {
  const range = createReadStream(path, { start: offset, end: offset + length - 1, highWaterMark: 1 << 20 });
  for await (const chunk of range) await out.writeFile(chunk);
}
