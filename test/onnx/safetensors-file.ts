import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../cli/drp.ts";

/** Writes a file with the given header (a value to be JSON, or text as it is) and data. */
export function safetensorsFile(header: unknown, data: Uint8Array): string {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  const path = join(scratch(), "model.safetensors");
  writeFileSync(path, Buffer.concat([prefix, Buffer.from(text), data]));
  return path;
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** Header and data of a file, to be changed and written again. */
export function partsOf(path: string): { header: Header; data: Buffer } {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  return { header: JSON.parse(bytes.toString("utf8", 8, 8 + length)), data: bytes.subarray(8 + length) };
}

/** A float32 tensor of a file. */
export function floatsOf(path: string, name: string): { shape: number[]; values: Float32Array } {
  const { header, data } = partsOf(path);
  const { shape, data_offsets } = header[name]!;
  return { shape, values: new Float32Array(Uint8Array.from(data.subarray(...data_offsets)).buffer) };
}
