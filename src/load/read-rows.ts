import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CsvError, type Parser, parse } from "csv-parse";

/** A file that cannot be read as CSV at all; the message says what was found and what was expected. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
}

const CHUNK_BYTES = 1 << 18;

/** Blank lines are skipped, a byte order mark and spaces around cells are dropped, rows of any width are handed on. */
const SYNTAX = { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true } as const;

/**
 * Streams the rows of a CSV file, the header among them.
 *
 * @param onRow gets the cells and the row's place among the rows, from 0
 * @throws {UnreadableFile} if the file is no UTF-8 text, or its quotes do not add up; and whatever `onRow` throws
 */
export async function readRows(
  path: string,
  onRow: (cells: string[], index: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const parser = parse(SYNTAX);
  let index = 0;
  parser.on("data", (cells: string[]) => {
    try {
      onRow(cells, index);
    } catch (error) {
      parser.destroy(error instanceof Error ? error : new Error(String(error))); // ends the pipeline with it
    }
    index += 1;
  });
  await stream(path, parser, signal);
}

/**
 * The lines on which rows start. A pass of its own: to keep count of lines costs as much as all the rest of reading,
 * and only bad rows need it.
 *
 * @param indexes places of the rows, ascending
 */
export async function linesOf(path: string, indexes: readonly number[], signal?: AbortSignal): Promise<number[]> {
  const lines: number[] = [];
  const stop = new AbortController();
  let index = 0;
  const parser = parse({
    ...SYNTAX,
    on_record: (cells: string[], context) => {
      if (index === indexes[lines.length]) {
        // The context counts the lines up to the end of the row; quoted cells may hold some of them.
        const inside = cells.reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
        lines.push(context.lines - inside);
      }
      index += 1;
      if (lines.length === indexes.length) stop.abort();
      return null;
    },
  });
  parser.resume();
  await stream(path, parser, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted && !(error instanceof UnreadableFile)) throw error;
  });
  signal?.throwIfAborted();
  return lines;
}

async function stream(path: string, parser: Parser, signal: AbortSignal | undefined): Promise<void> {
  try {
    const bytes = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    await pipeline(bytes, utf8Check(), parser, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof CsvError ? new UnreadableFile(csvState(error), { cause: error }) : error;
  }
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
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "compressed with gzip";
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
