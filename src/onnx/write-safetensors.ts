import { open } from "node:fs/promises";

/** A tensor to be written; `bytes` is called when its turn comes. */
export type TensorToWrite = {
  name: string;
  dtype: string;
  shape: readonly number[];
  /** bytes it will have */
  length: number;
  bytes: () => Promise<Uint8Array>;
};

/**
 * Writes a `.safetensors` file tensor by tensor: names sorted, compact JSON, its header padded to 8 bytes. On an error the
 * file is left as far as it came.
 * Source: huggingface/safetensors README, "Format".
 *
 * @throws {RangeError} if a tensor has another number of bytes than stated
 */
export async function writeSafetensors(path: string, tensors: readonly TensorToWrite[]): Promise<void> {
  const sorted = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const { name, dtype, shape, length } of sorted) {
    header[name] = { dtype, shape, data_offsets: [at, at + length] };
    at += length;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json + " ".repeat(-Buffer.byteLength(json) & 7));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([prefix, text]));
    for (const { name, length, bytes } of sorted) {
      const values = await bytes();
      if (values.length !== length)
        throw new RangeError(`Cannot write tensor "${name}": it has ${values.length} bytes, expected ${length}`);
      await file.writeFile(values);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
