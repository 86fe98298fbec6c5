import { type FileHandle, open } from "node:fs/promises";

/** A tensor that a file will hold. */
export type TensorToWrite = { name: string; dtype: string; shape: readonly number[] /** bytes */; length: number };

/**
 * A `.safetensors` file that is written tensor by tensor, in any order. They lie there by name; compact JSON, its header
 * padded to 8 bytes.
 * Source: huggingface/safetensors README, "Format".
 */
export class SafetensorsWriter {
  readonly #file: FileHandle;
  readonly #places: Map<string, { offset: number; length: number }>;

  private constructor(file: FileHandle, places: Map<string, { offset: number; length: number }>) {
    this.#file = file;
    this.#places = places;
  }

  /** @param metadata of the whole file */
  static async create(
    path: string,
    tensors: readonly TensorToWrite[],
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<SafetensorsWriter> {
    const sorted = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    let at = 0;
    const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
    for (const { name, dtype, shape, length } of sorted) {
      header[name] = { dtype, shape, data_offsets: [at, at + length] };
      at += length;
    }
    const json = JSON.stringify(header);
    const text = Buffer.from(json + " ".repeat(-Buffer.byteLength(json) & 7));
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(text.length));
    let offset = prefix.length + text.length;
    const places = new Map<string, { offset: number; length: number }>();
    for (const { name, length } of sorted) {
      places.set(name, { offset, length });
      offset += length;
    }
    const file = await open(path, "w");
    const writer = new SafetensorsWriter(file, places);
    await writer.#write(Buffer.concat([prefix, text]), 0).catch(async (error: unknown) => {
      await file.close();
      throw error;
    });
    return writer;
  }

  /**
   * @throws {RangeError} if the file will hold no such tensor, it is there already, or has another number of bytes
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const place = this.#places.get(name);
    if (place?.length !== bytes.length)
      throw new RangeError(`Cannot write tensor "${name}": it has ${bytes.length} bytes, expected ${place?.length}`);
    this.#places.delete(name);
    await this.#write(bytes, place.offset);
  }

  /**
   * The file reaches the disk and is closed.
   *
   * @throws {RangeError} if a tensor was not written
   */
  async finish(): Promise<void> {
    const [missing] = this.#places.keys();
    if (missing !== undefined) throw new RangeError(`Cannot finish the file: tensor "${missing}" was not written`);
    await this.#file.sync();
    await this.#file.close();
  }

  /** Closes the file and leaves it as far as it came. */
  async abandon(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Uint8Array, offset: number): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, offset + at);
      at += bytesWritten;
    }
  }
}
