import { createHash, type Hash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { cannotWrite } from "../files/cannot-write.ts";

const READ_BYTES = 1 << 20;

/**
 * What is written at once, at multiples of itself. Linux caches a file in pages of up to 2 MiB, by the size and the place of what
 * is written: so large, the weights are mapped 20 times as quickly as from pieces of what a network brings.
 */
const BLOCK_BYTES = 1 << 23;

/** A file that is still on its way, with the hash of what came; what an earlier attempt left counts. */
export class PartFile {
  readonly path: string;
  /** how much came; all of it is in the file once that is closed or moved */
  bytes = 0;
  /** strong validator of the content on its server, where one was told */
  etag: string | undefined;
  readonly #handle: FileHandle;
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES);
  /** how much of what came waits in the block */
  #waiting = 0;
  #hash: Hash = createHash("sha256");

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Opens a file, or creates it, and hashes what it holds. */
  static async open(path: string, signal: AbortSignal): Promise<PartFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT).catch((error: unknown) => {
      throw cannotWrite(path, error, ANOTHER_FOLDER);
    });
    const part = new PartFile(path, handle);
    try {
      const buffer = Buffer.alloc(READ_BYTES);
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, part.bytes);
        if (bytesRead === 0) break;
        part.#hash.update(buffer.subarray(0, bytesRead));
        part.bytes += bytesRead;
      }
      part.etag = await readFile(etagFile(path), "utf8").catch(() => undefined);
      return part;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Empties the file: what comes next is the start of the content with this validator. */
  async restart(etag?: string): Promise<void> {
    await this.#writing(async () => {
      await this.#handle.truncate(0);
      if (etag === undefined) await rm(etagFile(this.path), { force: true });
      else await writeFile(etagFile(this.path), etag);
    });
    this.#hash = createHash("sha256");
    this.bytes = 0;
    this.#waiting = 0;
    this.etag = etag;
  }

  /** @throws {UserError} exit 5, naming the file and what stands in the way */
  async append(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const room = BLOCK_BYTES - (this.bytes % BLOCK_BYTES);
      const piece = chunk.subarray(at, at + room);
      this.#block.set(piece, this.#waiting);
      this.#waiting += piece.length;
      this.bytes += piece.length;
      at += piece.length;
      if (piece.length === room) await this.#flush();
    }
  }

  /** SHA-256 of what came, in hexadecimal. */
  sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  /** What came, as text. */
  async text(): Promise<string> {
    await this.#flush();
    return readFile(this.path, "utf8");
  }

  /** Puts the file in its place once it has reached the disk. The part is closed after it. */
  async moveTo(path: string): Promise<void> {
    await this.#flush();
    await this.#writing(async () => {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.path, path);
      await rm(etagFile(this.path), { force: true });
    });
  }

  /** Closes the file and leaves it for another attempt; one that holds nothing is removed. */
  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#handle.close();
      if (this.bytes === 0) await this.#remove();
    }
  }

  /** Closes the file and removes it. */
  async discard(): Promise<void> {
    this.#waiting = 0;
    await this.#handle.close();
    await this.#remove();
  }

  async #flush(): Promise<void> {
    const start = this.bytes - this.#waiting;
    await this.#writing(async () => {
      for (let at = 0; at < this.#waiting; ) {
        const { bytesWritten } = await this.#handle.write(this.#block, at, this.#waiting - at, start + at);
        at += bytesWritten;
      }
    });
    this.#waiting = 0;
  }

  async #remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(etagFile(this.path), { force: true });
  }

  async #writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw cannotWrite(this.path, error, ANOTHER_FOLDER);
    }
  }
}

function etagFile(path: string): string {
  return `${path}.etag`;
}

/** What to do where the folder of models cannot take one. */
export const ANOTHER_FOLDER = "DRP_MODELS names another folder";
