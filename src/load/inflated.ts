import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const MAGIC_BYTES = 2;

/** Whether bytes begin as those of gzip do. Source: RFC 1952, 2.3.1. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Bytes as they are, or inflated where they begin as those of gzip do, whatever the file is called. */
export async function* inflated(source: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  const chunks = buffers(source);
  let start: Buffer = Buffer.alloc(0);
  while (start.length < MAGIC_BYTES) {
    const { value, done } = await chunks.next();
    if (done) break;
    start = Buffer.concat([start, value]);
  }
  const all = startingWith(start, chunks);
  if (!isGzip(start)) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  const fed = pipeline(all, gunzip).catch(() => undefined); // its error destroys gunzip, and comes out there
  yield* gunzip;
  await fed;
}

async function* buffers(source: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  for await (const chunk of source) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function* startingWith(start: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  yield* rest;
}
