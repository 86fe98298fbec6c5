/** Milliseconds that the wall clock of a zone shows, counted as if the zone were UTC. */
export type WallMs = number;

/** A timestamp as written: a wall-clock reading, or an instant (it had `Z` or an offset). */
export type Timestamp = { kind: "wall"; wallMs: WallMs } | { kind: "instant"; epochMs: number };

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;

/** What a timestamp must look like, for error messages. */
export const TIMESTAMP_FORMAT = '"YYYY-MM-DD HH:MM[:SS]", with or without an offset';

const MINUTE_MS = 60_000;

/**
 * Reads `YYYY-MM-DD[ T]HH:MM[:SS[.fff]]`, optionally followed by `Z` or an offset.
 *
 * @returns undefined where the text has another form or names a day or time that no calendar has (2024-02-30, 25:00)
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "0", fraction = "", offset] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day)); // Date.UTC would read years 0–99 as 19xx
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  const milliseconds = Math.floor(Number(`0.${fraction || "0"}`) * 1000);
  const wallMs =
    date.getTime() + (Number(hour) * 60 + Number(minute)) * MINUTE_MS + Number(second) * 1000 + milliseconds;
  if (offset === undefined) return { kind: "wall", wallMs };
  const offsetMs = parseOffset(offset);
  return offsetMs === undefined ? undefined : { kind: "instant", epochMs: wallMs - offsetMs };
}

/** `YYYY-MM-DD HH:MM:SS`, the wall clock as it is. */
export function wallText(wallMs: WallMs): string {
  return new Date(wallMs).toISOString().slice(0, 19).replace("T", " ");
}

function parseOffset(text: string): number | undefined {
  if (text === "Z" || text === "z") return 0;
  const digits = text.slice(1).replace(":", "").padEnd(4, "0");
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}
