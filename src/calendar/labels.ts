import type { WallMs } from "./timestamp.ts";
import { dayName } from "./week.ts";
import { HOUR_MS, type Zone } from "./zone.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** "Wed 1 Jan 09:00 – Thu 10 Jan 11:00" */
const USUAL_WIDTH = 34;

/** `Wed 1 Jan` */
export function dayLabel(wallMs: WallMs): string {
  const date = new Date(wallMs);
  return `${dayName(Math.floor(wallMs / HOUR_MS))} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** `Wed 1 Jan 2025` */
export function dateLabel(wallMs: WallMs): string {
  return `${dayLabel(wallMs)} ${new Date(wallMs).getUTCFullYear()}`;
}

/** `09:00` */
export function timeOfDay(wallMs: WallMs): string {
  return new Date(wallMs).toISOString().slice(11, 16);
}

/** `Wed 1 Jan 09:00` */
function dayAndHour(wallMs: WallMs): string {
  return `${dayLabel(wallMs)} ${timeOfDay(wallMs)}`;
}

/**
 * `Wed 1 Jan 09:00 – 11:00`, with the second day where it is another, and the length where clocks change: `Sun 3 Nov 01:00 – 01:00 (1 h)`
 *
 * @param startMs epoch milliseconds, and so is the end
 */
export function spanLabel(zone: Zone, startMs: number, endMs: number): string {
  const [from, to] = [zone.wallAt(startMs), zone.wallAt(endMs)];
  const length = to - from === endMs - startMs ? "" : ` (${Math.round((endMs - startMs) / 360_000) / 10} h)`;
  return `${dayAndHour(from)} – ${dayLabel(from) === dayLabel(to) ? timeOfDay(to) : dayAndHour(to)}${length}`;
}

/** Labels of one width, that of most spans or of the longest. */
export function padded(labels: readonly string[]): string[] {
  const width = Math.max(USUAL_WIDTH, ...labels.map(({ length }) => length));
  return labels.map((label) => label.padEnd(width));
}
