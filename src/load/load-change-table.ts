import type { Readable } from "node:stream";
import { checkEnough } from "../change/check-enough.ts";
import { ExitCode, UserError } from "../errors.ts";
import { BadRows, loadError, quoted } from "./bad-rows.ts";
import { checkChoice, layoutOf } from "./change-table-layout.ts";
import { GrowingTable, type LoadedChanges, type Reading } from "./growing-table.ts";
import { readRows, UnreadableFile } from "./read-rows.ts";

export type TableRequest = Reading & { signal?: AbortSignal };

export type LabelledChanges = LoadedChanges & { failed: Uint8Array };

/**
 * Loads a table of changes, one a row: CSV, plain or compressed with gzip. Its text is never held whole.
 *
 * @param source path of the file, or its bytes
 * @param name what the table is called in messages
 * @returns at least one change; with a label enough to learn from, all with a known outcome
 * @throws {UserError} exit 3 if the table cannot be read, lacks a column, has bad rows (the first are shown by line, column
 *   and value), or too few changes; exit 2 if one column is asked to be two things
 */
export async function loadChangeTable(
  source: string | Readable,
  name: string,
  request: TableRequest & { label: string },
): Promise<LabelledChanges>;
export async function loadChangeTable(
  source: string | Readable,
  name: string,
  request: TableRequest,
): Promise<LoadedChanges>;
export async function loadChangeTable(
  source: string | Readable,
  name: string,
  request: TableRequest,
): Promise<LoadedChanges> {
  checkChoice(request);
  const bad = new BadRows();
  let rows = 0;
  let table: GrowingTable | undefined;
  const onRow = (cells: string[], line: number) => {
    if (table === undefined) {
      table = new GrowingTable(layoutOf(cells, request, name), request);
      return;
    }
    rows += 1;
    const wrong = table.add(cells, line);
    if (wrong !== undefined) bad.add({ line, ...wrong });
  };
  const fault = (whole?: string) =>
    loadError(
      [{ path: name, rows, badRows: bad.count, shown: bad.shown(), ...(whole === undefined ? {} : { whole }) }],
      'see "drp train" in README.md for what a table holds',
    );
  try {
    await readRows(source, onRow, request.signal);
  } catch (error) {
    throw error instanceof UnreadableFile ? fault(error.message) : error;
  }
  if (bad.count > 0) throw fault();
  if (table === undefined) throw fault("it is empty, expected a header with the names of the columns");
  if (rows === 0) throw fault("it has a header and no rows");
  const changes = table.finish();
  if (request.label !== undefined && changes.failed !== undefined) checkOutcomes(changes.failed, request.label, name);
  return { ...changes, notices: changes.notices.map((notice) => `${name}: ${notice}`) };
}

function checkOutcomes(failed: Uint8Array, label: string, source: string): void {
  const only = failed[0];
  if (failed.length > 0 && failed.every((one) => one === only)) {
    throw new UserError(
      `Cannot train on "${source}": all ${failed.length} rows of ${quoted(label)} say that the change ${only === 1 ? "failed" : "did not fail"}`,
      ExitCode.data,
      "expected a column with both outcomes; name it with --label",
    );
  }
  checkEnough(failed, source);
}
