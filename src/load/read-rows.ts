import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { getHeapStatistics } from "node:v8";
import { CsvError, parse } from "csv-parse";
import { inflated, isGzip } from "./inflated.ts";

/** A file that cannot be read as CSV at all; the message says what was found and what was expected. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

const CHUNK_BYTES = 1 << 18;

/** Characters of a row. More are what follows a quote that is never closed, or no CSV: memory stays bounded. */
const LONGEST_ROW = 1 << 24;

/**
 * A byte order mark and spaces around cells are dropped, rows of any width are handed on. Files that several programs wrote end
 * their lines in several ways.
 */
const SYNTAX = {
  bom: true,
  trim: true,
  relax_column_count: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  max_record_size: LONGEST_ROW,
};

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
  let rows = 0;
  let line = 1; // that the next row begins on; the parser counts the line ends of Windows twice inside of quotes
  const parser = parse({
    ...SYNTAX,
    on_record: (cells: string[]) => {
      if (cells.length > 1 || cells[0] !== "") onRow(cells, line);
      rows += 1;
      if (rows % ROWS_PER_HEAP_CHECK === 0) checkHeap(line);
      line += 1;
      for (const cell of cells) if (cell.includes("\n")) line += cell.split("\n").length - 1;
      return null; // nothing is left to read from the parser
    },
  });
  parser.resume();
  try {
    const bytes = typeof source === "string" ? createReadStream(source, { highWaterMark: CHUNK_BYTES }) : source;
    await pipeline(bytes, inflated, utf8Check(), parser, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const state = error instanceof CsvError ? csvState(error, line) : systemState(error);
    throw state === undefined ? error : new UnreadableFile(state, { cause: error });
  }
}

const ROWS_PER_HEAP_CHECK = 4096;
/** Of the heap that Node.js may use. Beyond it time goes into collecting garbage, until the process dies of an array that grows. */
const FULL_HEAP = 0.75;

/** @throws {UnreadableFile} if the rows up to a line leave no room for more */
function checkHeap(line: number): void {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  if (used < FULL_HEAP * limit) return;
  const megabytes = Math.round(limit / 2 ** 20);
  throw new UnreadableFile(
    `its rows up to line ${line} fill the ${megabytes} MB that Node.js may use: expected a shorter history, or ` +
      "NODE_OPTIONS=--max-old-space-size=MB with more of them",
  );
}

const STATES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a folder, expected a file",
  Z_BUF_ERROR: "it ends in the middle of what gzip compressed",
  Z_DATA_ERROR: "what gzip compressed in it is damaged",
};

/** What the system, or zlib, found where a file could not be read; undefined for an error of another kind. */
export function systemState(error: unknown): string | undefined {
  if (!(error instanceof Error && "errno" in error && "code" in error)) return undefined;
  return STATES[String(error.code)] ?? error.message;
}

/** @param line that the row at fault begins on */
function csvState(error: CsvError, line: number): string {
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return `the row that begins on line ${line} opens a quote that is never closed`;
    case "CSV_MAX_RECORD_SIZE":
      return `the row that begins on line ${line} is longer than ${LONGEST_ROW} characters: is a quote in it never closed?`;
    case "INVALID_OPENING_QUOTE":
    case "CSV_INVALID_CLOSING_QUOTE":
      return `the row that begins on line ${line} has a quote inside a cell: expected the whole cell in quotes, and quotes inside it doubled`;
    default:
      return error.message;
  }
}

/** Passes bytes on unchanged, as long as they are UTF-8 text. */
function utf8Check(): Transform {
  let carried: Buffer = Buffer.alloc(0);
  let line = 1; // that what comes next is on
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
      const isWhole = isText(text);
      for (let start = 0, end = 0; start < text.length; start = end) {
        end = text.indexOf(10, start) + 1 || text.length;
        if (!isWhole && !isText(text.subarray(start, end)))
          return done(new UnreadableFile(`line ${line} is not UTF-8 text: expected CSV text in UTF-8`));
        if (text[end - 1] === 10) line += 1;
      }
      carried = bytes.subarray(whole);
      done(null, text);
    },
    flush(done) {
      if (carried.length === 0) return done();
      done(new UnreadableFile("it ends in the middle of a UTF-8 character: expected CSV text in UTF-8"));
    },
  });
}

function isText(bytes: Uint8Array): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
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
