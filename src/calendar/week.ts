import type { WallHour } from "./zone.ts";

export const HOURS_PER_DAY = 24;
export const HOURS_PER_WEEK = 168;

/** Hour of the day, 0–23. */
export function hourOfDay(hour: WallHour): number {
  return modulo(hour, HOURS_PER_DAY);
}

/** Day of the week, Monday = 0. */
export function dayOfWeek(hour: WallHour): number {
  return modulo(Math.floor(hour / HOURS_PER_DAY) + 3, 7); // 1970-01-01 was a Thursday
}

/** Hour of the week, 0–167, Monday 00:00 = 0. */
export function hourOfWeek(hour: WallHour): number {
  return dayOfWeek(hour) * HOURS_PER_DAY + hourOfDay(hour);
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

export const DAY_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** `Mon`, the day of a wall-clock hour. */
export function dayName(hour: WallHour): string {
  return DAY_NAMES[dayOfWeek(hour)]!;
}
