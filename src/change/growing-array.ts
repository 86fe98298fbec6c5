const CHUNK = 1 << 16;

type Numbers = Float64Array | Int32Array | Uint8Array;

/** Numbers whose count is not known before the last; grows by chunks, so that no half of it ever lies empty. */
class GrowingArray<A extends Numbers> {
  readonly #allocate: (length: number) => A;
  #chunks: Numbers[] = [];
  #used = CHUNK;

  constructor(allocate: (length: number) => A) {
    this.#allocate = allocate;
  }

  get length(): number {
    return (this.#chunks.length - 1) * CHUNK + this.#used;
  }

  push(value: number): void {
    if (this.#used === CHUNK) {
      this.#chunks.push(this.#allocate(CHUNK));
      this.#used = 0;
    }
    this.#chunks.at(-1)![this.#used] = value;
    this.#used += 1;
  }

  /** All numbers in one piece; nothing is left behind. */
  take(): A {
    const all = this.#allocate(this.length);
    this.#chunks.forEach((chunk, i) => {
      all.set(i === this.#chunks.length - 1 ? chunk.subarray(0, this.#used) : chunk, i * CHUNK);
    });
    this.#chunks = [];
    this.#used = CHUNK;
    return all;
  }
}

export function growingFloats(): GrowingArray<Float64Array> {
  return new GrowingArray((length) => new Float64Array(length));
}

export function growingBytes(): GrowingArray<Uint8Array> {
  return new GrowingArray((length) => new Uint8Array(length));
}

export function growingIntegers(): GrowingArray<Int32Array> {
  return new GrowingArray((length) => new Int32Array(length));
}
