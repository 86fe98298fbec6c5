import { type FileHandle, open } from "node:fs/promises";
import { ExitCode, UserError } from "../errors.ts";
import { isNatural, isObject } from "./json-kinds.ts";

/** Where a tensor lies in its file. */
export type TensorRange = {
  dtype: string;
  shape: readonly number[];
  /** byte offset from the start of the file */
  offset: number;
  /** bytes */
  length: number;
};

export type Safetensors = {
  path: string;
  tensors: ReadonlyMap<string, TensorRange>;
  /** what its writer says of it; empty where that is nothing, or no texts by name */
  metadata: Readonly<Record<string, string>>;
};

/** Bytes per element. Source: huggingface/safetensors README, "Format". */
const ITEM_BYTES: Readonly<Record<string, number>> = {
  ...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2 },
  ...{ I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
};

/** The limit of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;

/** A tensor in the header. */
type Entry = { dtype: string; shape: readonly number[]; data_offsets: readonly [number, number] };

/**
 * Reads the header of a `.safetensors` file and checks it against the file: every range inside the data, of the size its
 * shape needs, no two overlapping, no byte left over.
 *
 * @throws {UserError} exit 4, naming the file and the tensor
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const fail = (state: string, options?: ErrorOptions): UserError =>
    new UserError(
      `Cannot read model weights "${path}": ${state}`,
      ExitCode.model,
      "the file may be incomplete: fetch it again",
      options,
    );
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), { cause: error });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw fail("it is not a file");
    const { text, dataOffset } = await readHeader(file, stat.size, fail);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw fail("its header is not JSON", { cause: error });
    }
    if (!isObject(json)) throw fail("its header is not a JSON object");
    const { __metadata__: metadata, ...entries } = json;
    const tensors = checkedTensors(entries, dataOffset, stat.size, fail);
    return { path, tensors, metadata: isTexts(metadata) ? metadata : {} };
  } finally {
    await file.close();
  }
}

type Fail = (state: string, options?: ErrorOptions) => UserError;

async function readHeader(file: FileHandle, size: number, fail: Fail): Promise<{ text: string; dataOffset: number }> {
  const prefix = Buffer.alloc(8);
  const { bytesRead } = await file.read(prefix, 0, 8, 0);
  if (bytesRead < 8) throw fail(`it holds ${size} bytes, expected at least 8`);
  const length = Number(prefix.readBigUInt64LE());
  if (length > MAX_HEADER_BYTES) throw fail("it does not start like a safetensors file");
  if (8 + length > size) throw fail(`it ends inside its header: ${size} bytes, expected more than ${8 + length}`);
  const header = Buffer.alloc(length);
  await file.read(header, 0, length, 8);
  return { text: header.toString("utf8"), dataOffset: 8 + length };
}

function isTexts(json: unknown): json is Record<string, string> {
  return isObject(json) && Object.values(json).every((value) => typeof value === "string");
}

function isEntry(json: unknown): json is Entry {
  if (!isObject(json)) return false;
  const { dtype, shape, data_offsets } = json;
  return typeof dtype === "string" && isNaturals(shape) && isNaturals(data_offsets) && data_offsets.length === 2;
}

function isNaturals(json: unknown): json is number[] {
  return Array.isArray(json) && json.every(isNatural);
}

function checkedTensors(
  entries: Readonly<Record<string, unknown>>,
  dataOffset: number,
  size: number,
  fail: Fail,
): Map<string, TensorRange> {
  const tensors = new Map<string, TensorRange>();
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) throw fail(`tensor "${name}" has no valid dtype, shape and data_offsets`);
    const { dtype, shape, data_offsets } = entry;
    const itemBytes = ITEM_BYTES[dtype];
    if (itemBytes === undefined) throw fail(`tensor "${name}" has unknown dtype "${dtype}"`);
    const length = data_offsets[1] - data_offsets[0];
    const needed = shape.reduce((product, side) => product * side, itemBytes);
    if (length !== needed) {
      throw fail(`tensor "${name}" of shape [${shape.join(", ")}] holds ${length} bytes, expected ${needed}`);
    }
    tensors.set(name, { dtype, shape, offset: dataOffset + data_offsets[0], length });
  }
  let end = dataOffset;
  for (const [name, { offset, length }] of [...tensors].sort(
    ([, a], [, b]) => a.offset - b.offset || a.length - b.length,
  )) {
    if (offset < end) throw fail(`tensor "${name}" overlaps the one before it`);
    if (offset > end) throw fail(`${offset - end} bytes before tensor "${name}" belong to no tensor`);
    end = offset + length;
  }
  if (end > size) throw fail(`it is cut off: ${size} bytes, expected ${end}`);
  if (end < size) throw fail(`${size - end} bytes at its end belong to no tensor`);
  return tensors;
}
