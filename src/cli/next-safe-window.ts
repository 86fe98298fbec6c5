import type { Zone } from "../calendar/zone.ts";
import { isThere } from "../files/is-there.ts";
import type { Io } from "./io.ts";
import { readDocument } from "./read-document.ts";

export type SafeWindow = {
  startMs: number;
  endMs: number;
  zone: Zone;
  /** whose window it is; null for the whole platform's */
  service: string | null;
};

/**
 * The part of the first safe window of a forecast that lies after a moment.
 *
 * @param file risk_windows.json
 * @param from epoch milliseconds
 * @returns undefined where there is no such file, or no safe window after the moment
 */
export async function nextSafeWindow(file: string, from: number, io: Io): Promise<SafeWindow | undefined> {
  if (!(await isThere(file))) return undefined;
  const { document, zone } = await readDocument(file, io);
  if (from < Date.parse(document.origin)) return undefined;
  const next = document.windows.find(({ kind, end }) => kind === "safe" && Date.parse(end) > from);
  if (next === undefined) return undefined;
  return {
    startMs: Math.max(from, Date.parse(next.start)),
    endMs: Date.parse(next.end),
    zone,
    service: document.service,
  };
}
