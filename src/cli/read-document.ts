import { readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import { quoted } from "../load/bad-rows.ts";
import { systemState } from "../load/read-rows.ts";
import { parseDocument, type RiskWindowsDocument } from "../windows/document.ts";
import type { Io } from "./io.ts";

/**
 * Reads risk windows from a file, or from standard input where the name is `-`; shells of Windows begin a file with a byte order
 * mark.
 *
 * @throws {UserError} exit 3 if the file cannot be read or holds no risk windows
 */
export async function readDocument(source: string, io: Io): Promise<{ document: RiskWindowsDocument; zone: Zone }> {
  const json =
    source === "-"
      ? await text(addAbortSignal(io.signal, io.stdin))
      : await readFile(source, "utf8").catch((error: unknown) => {
          const state = systemState(error);
          if (state === undefined) throw error;
          const hint = 'run "drp forecast" first, or name its risk_windows.json with --windows';
          throw new UserError(`Cannot read risk windows from "${source}": ${state}`, ExitCode.data, hint);
        });
  const document = parseDocument(json.replace(/^\ufeff/, ""), source === "-" ? "standard input" : source);
  return { document, zone: zoneOf(document, source) };
}

function zoneOf({ timezone }: RiskWindowsDocument, source: string): Zone {
  const zone = Zone.known(timezone);
  if (zone !== undefined) return zone;
  throw new UserError(
    `Cannot read risk windows from "${source}": unknown time zone ${quoted(timezone)}`,
    ExitCode.data,
  );
}
