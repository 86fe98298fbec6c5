import { dayName, HOURS_PER_DAY, hourOfDay } from "../calendar/week.ts";
import { HOUR_MS, type Zone } from "../calendar/zone.ts";
import type { Column } from "../change/change-table.ts";

/** Features made from the time of a change, on the wall clock. */
export const CLOCK_COLUMNS = [
  { name: "hourOfDay", kind: "number" },
  { name: "dayOfWeek", kind: "category" },
] as const;

/** @param times epoch milliseconds [rows] */
export function clockColumns(times: Float64Array, zone: Zone): Column[] {
  const hours = times.map((time) => Math.floor(zone.wallAt(time) / HOUR_MS));
  return CLOCK_COLUMNS.map(({ name, kind }) =>
    kind === "number"
      ? { name, kind, values: hours.map(hourOfDay), period: HOURS_PER_DAY }
      : { name, kind, values: Array.from(hours, dayName) },
  );
}
