import { ExitCode, UserError } from "../errors.ts";

/** Bad rows shown, over all files; the rest is counted. */
const SHOWN = 20;
const LONGEST_VALUE = 60;

/** What is wrong with a file: rows, or the whole of it. */
export type FileFault = {
  path: string;
  rows: number;
  badRows: number;
  /** the first bad rows, as lines of the message */
  shown: readonly string[];
  whole?: string;
};

/** A file that has to be there and is not. */
export function absent(path: string): FileFault {
  return { path, rows: 0, badRows: 0, shown: [], whole: "there is no such file" };
}

export type BadRow = {
  /** that the row begins on, from 1 */
  line: number;
  /** undefined where the row as a whole is at fault */
  column: string | undefined;
  /** what was expected, and what was found */
  message: string;
};

/** Counts the bad rows of one file and keeps the first; memory stays bounded however many are bad. */
export class BadRows {
  count = 0;
  readonly #first: BadRow[] = [];

  add(row: BadRow): void {
    this.count += 1;
    if (this.#first.length < SHOWN) this.#first.push(row);
  }

  /** The first bad rows, as lines of the message. */
  shown(): string[] {
    return this.#first.map(({ line, column, message }) => {
      const place = column === undefined ? `line ${line}` : `line ${line}, ${column}`;
      return `${place}: ${message}`;
    });
  }
}

/** A value as it may stand in a message: in quotes, control characters escaped, cut where it is long. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value);
}

/** Names as they may stand in a message. */
export function listed(names: readonly string[]): string {
  return names.map(quoted).join(", ");
}

/** Where the files of a folder are described. */
const FOLDER_HINT = 'see "Using your own data" in README.md for the expected files and columns';

/** One error for all files, a block each. @param hint where the user can read on */
export function loadError(faults: readonly FileFault[], hint = FOLDER_HINT): UserError {
  let left = SHOWN;
  const blocks = faults.map(({ path, rows, badRows, shown, whole }) => {
    const head = `Cannot load "${path}": `;
    if (badRows === 0) return head + (whole ?? "");
    const lines = shown.slice(0, left);
    left -= lines.length;
    const more = badRows - lines.length;
    return [
      `${head}${badRows} of ${rows} rows ${badRows === 1 ? "is" : "are"} invalid`,
      ...lines.map((line) => `  ${line}`),
      ...(more > 0 ? [`  … and ${more} more`] : []),
      ...(whole === undefined ? [] : [`  and then: ${whole}`]),
    ].join("\n");
  });
  return new UserError(blocks.join("\n"), ExitCode.data, hint);
}
