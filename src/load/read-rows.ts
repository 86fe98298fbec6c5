import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { inflated, isGzip } from "./inflated.ts";

/** A file that cannot be read as CSV at all; the message says what was found and what was expected. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

const CHUNK_BYTES = 1 << 18;

/** A byte order mark and spaces around cells are dropped, rows of any width are handed on. */
const SYNTAX = { bom: true, trim: true, relax_column_count: true } as const;

/**
 * Streams the rows of a CSV file, the header among them; blank lines are skipped. What begins as gzip does is inflated.
 *
 * @param source path of the file, or its bytes
 * @param onRow gets the cells and the line that the row begins on, from 1
 * @throws {UnreadableFile} if the source cannot be read, is no UTF-8 text, or its quotes do not add up; and whatever
 *   `onRow` throws
 */
export async function readRows(
  source: string | Readable,
  onRow: (cells: string[], line: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const parser = parse(SYNTAX);
  let line = 1;
  parser.on("data", (cells: string[]) => {
    try {
      if (cells.length > 1 || cells[0] !== "") onRow(cells, line);
    } catch (error) {
      parser.destroy(error instanceof Error ? error : new Error(String(error))); // ends the pipeline with it
    }
    line += 1;
    for (const cell of cells) if (cell.includes("\n")) line += cell.split("\n").length - 1;
  });
  try {
    const bytes = typeof source === "string" ? createReadStream(source, { highWaterMark: CHUNK_BYTES }) : source;
    await pipeline(bytes, inflated, utf8Check(), parser, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const state = stateOf(error);
    throw state === undefined ? error : new UnreadableFile(state, { cause: error });
  }
}

const STATES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder, expected a file",
  Z_BUF_ERROR: "it ends in the middle of what gzip compressed",
  Z_DATA_ERROR: "what gzip compressed in it is damaged",
};

/** What was found where reading failed; undefined for an error of another kind. */
function stateOf(error: unknown): string | undefined {
  return error instanceof CsvError ? csvState(error) : systemState(error);
}

/** What the system, or zlib, found where a file could not be read; undefined for an error of another kind. */
export function systemState(error: unknown): string | undefined {
  if (!(error instanceof Error && "errno" in error && "code" in error)) return undefined;
  return STATES[String(error.code)] ?? error.message;
}

function csvState(error: CsvError): string {
  const line = "lines" in error ? Number(error.lines) : undefined;
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return `a quote is opened at or before line ${line} and never closed`;
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
      return `line ${line} has a quote inside a cell: expected the whole cell in quotes, and quotes inside it doubled`;
    default:
      return error.message;
  }
}

/** Passes bytes on unchanged, as long as they are UTF-8 text. */
function utf8Check(): Transform {
  let carried: Buffer = Buffer.alloc(0);
  let lines = 1;
  let first = true;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (first) {
        first = false;
        const format = otherFormat(chunk);
        if (format !== undefined) return done(new UnreadableFile(`it is ${format}, expected CSV text in UTF-8`));
      }
      const bytes = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
      const whole = bytes.length - incompleteTail(bytes);
      const text = bytes.subarray(0, whole);
      if (text.includes(0) || !isUtf8(text)) {
        return done(new UnreadableFile(`it is not UTF-8 text after line ${lines}: expected CSV text in UTF-8`));
      }
      for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) lines += 1;
      carried = bytes.subarray(whole);
      done(null, text);
    },
    flush(done) {
      if (carried.length === 0) return done();
      done(new UnreadableFile("it ends in the middle of a UTF-8 character: expected CSV text in UTF-8"));
    },
  });
}

function otherFormat(bytes: Buffer): string | undefined {
  if (isGzip(bytes)) return "compressed with gzip twice";
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return "a zip archive (a spreadsheet?)";
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) return "UTF-16 text";
  return undefined;
}

/** Bytes at the end that begin a UTF-8 character without finishing it, 0–3. */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
