import type { z } from "zod";
import type { WallMs } from "../calendar/timestamp.ts";
import { BadRows, type FileFault, listed, quoted } from "./bad-rows.ts";
import { readRows, UnreadableFile } from "./read-rows.ts";

export type Table<Row> = {
  /** in the order of the file */
  rows: Row[];
  /** columns that drp does not know */
  extraColumns: string[];
  /** valid rows that say what a row before says, by their identity */
  repeated: number;
  fault: FileFault | undefined;
};

/** How to read one file. */
export type TableSpec<Row> = {
  schema: z.ZodObject & z.ZodType<Row>;
  /** columns without which the file says nothing */
  required: readonly string[];
  /** columns that are documented, used or not */
  known: readonly string[];
  identity?: Identity<Row>;
};

/** How rows that were exported twice are known. */
export type Identity<Row> = {
  /** what a row shares with no other; undefined where nothing can tell */
  of: (row: Row, cells: readonly string[]) => string | undefined;
  /** for people, what rows are that share it with one before, and what becomes of them */
  repeats: string;
};

/** How to read one file of events. */
export type EventSpec<Row> = TableSpec<Row> & {
  /** refuses rows after this moment */
  notAfter?: { wallMs: WallMs; name: string };
};

/** What a valid row must hold besides, for which a schema has no words: undefined where it does. */
type Check<Row> = (row: Row) => { column: string; expected: string } | undefined;

/** Cells that repeat are kept once; ids do not repeat, and stop being looked up after this many. */
const INTERNED = 10_000;

/**
 * Loads a table of events, in order of time; rows of one time keep the file's order.
 *
 * @returns every valid row, or what is wrong with the file
 */
export async function loadEventTable<Row extends { timestamp: WallMs }>(
  path: string,
  { notAfter, ...spec }: EventSpec<Row>,
  signal: AbortSignal | undefined,
): Promise<Table<Row>> {
  const check: Check<Row> = ({ timestamp }) =>
    notAfter !== undefined && timestamp > notAfter.wallMs
      ? { column: "timestamp", expected: `a time up to ${notAfter.name}` }
      : undefined;
  const table = await loadTable(path, spec, signal, check);
  if (!inOrder(table.rows)) table.rows.sort((a, b) => a.timestamp - b.timestamp);
  return table;
}

/**
 * Loads a table row by row; its text is never held whole.
 *
 * @returns every valid row, or what is wrong with the file
 */
export async function loadTable<Row>(
  path: string,
  spec: TableSpec<Row>,
  signal: AbortSignal | undefined,
  check: Check<Row> = () => undefined,
): Promise<Table<Row>> {
  const rows: Row[] = [];
  const bad = new BadRows();
  let header: Header | undefined;
  let count = 0;
  const interned = new Map<string, string>();
  const identities = new Set<string>();
  let repeated = 0;
  const intern = (cell: string) => {
    const kept = interned.get(cell);
    if (kept !== undefined) return kept;
    if (interned.size < INTERNED) interned.set(cell, cell);
    return cell;
  };
  const onRow = (cells: string[], line: number) => {
    if (header === undefined) {
      header = readHeader(cells, spec);
      return;
    }
    count += 1;
    if (cells.length !== header.width) {
      bad.add({ line, column: undefined, message: `expected ${header.width} cells, got ${cells.length}` });
      return;
    }
    const raw: Record<string, string> = {};
    for (const { name, cell } of header.columns) raw[name] = name === "timestamp" ? cells[cell]! : intern(cells[cell]!);
    const parsed = spec.schema.safeParse(raw);
    if (!parsed.success) {
      const { path: at, message } = parsed.error.issues[0]!;
      const column = String(at[0]);
      bad.add({ line, column, message: `${message}, got ${quoted(raw[column] ?? "")}` });
      return;
    }
    const breach = check(parsed.data);
    if (breach === undefined) {
      rows.push(parsed.data);
      const identity = spec.identity?.of(parsed.data, cells);
      if (identity === undefined) return;
      if (identities.has(identity)) repeated += 1;
      else identities.add(identity);
    } else {
      const { column, expected } = breach;
      bad.add({ line, column, message: `expected ${expected}, got ${quoted(raw[column] ?? "")}` });
    }
  };
  let whole: string | undefined;
  try {
    await readRows(path, onRow, signal);
    if (header === undefined) throw new UnreadableFile(`it is empty, expected a header with ${listed(spec.required)}`);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof UnreadableFile)) throw error;
    whole = error.message;
  }
  let fault: FileFault | undefined;
  if (whole !== undefined || bad.count > 0) {
    fault = { path, rows: count, badRows: bad.count, shown: bad.shown(), ...(whole === undefined ? {} : { whole }) };
  }
  return { rows, extraColumns: header?.extra ?? [], repeated, fault };
}

type Header = { width: number; columns: { name: string; cell: number }[]; extra: string[] };

function readHeader(cells: readonly string[], spec: Pick<TableSpec<unknown>, "schema" | "required" | "known">): Header {
  const missing = spec.required.filter((name) => !cells.includes(name));
  if (missing.length > 0) {
    throw new UnreadableFile(`its header lacks ${listed(missing)}, found ${cellsFound(cells)}`);
  }
  const used = cells.filter((name) => Object.hasOwn(spec.schema.shape, name));
  const twice = used.find((name, i) => used.indexOf(name) !== i);
  if (twice !== undefined) throw new UnreadableFile(`its header has two columns ${quoted(twice)}`);
  return {
    width: cells.length,
    columns: used.map((name) => ({ name, cell: cells.indexOf(name) })),
    extra: cells.filter((name) => !spec.known.includes(name)),
  };
}

function inOrder(rows: readonly { timestamp: WallMs }[]): boolean {
  return rows.every((row, i) => i === 0 || rows[i - 1]!.timestamp <= row.timestamp);
}

/** The cells of a header, or what else than commas separates them. */
export function cellsFound(header: readonly string[]): string {
  const separator = header.length === 1 ? /[;\t|]/.exec(header[0]!)?.[0] : undefined;
  return separator === undefined ? listed(header) : `cells separated by ${quoted(separator)} instead of commas`;
}

/** Sentences for people on what a table has too much of, or none of. */
export function noticesOf(name: string, { rows, extraColumns, fault }: Table<unknown>): string[] {
  const notices: string[] = [];
  const extra = listed(extraColumns);
  if (extraColumns.length > 0)
    notices.push(`${name}: ${extraColumns.length === 1 ? `column ${extra} is` : `columns ${extra} are`} not used`);
  if (fault === undefined && rows.length === 0) notices.push(`${name} has a header and no rows`);
  return notices;
}
