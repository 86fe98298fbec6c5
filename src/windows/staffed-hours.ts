import type { WallMs } from "../calendar/timestamp.ts";
import { DAY_NAMES, dayOfWeek } from "../calendar/week.ts";
import { HOUR_MS } from "../calendar/zone.ts";

const DAYS = DAY_NAMES.map((name) => name.toLowerCase());
const MINUTES_PER_DAY = 24 * 60;
const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;
const MINUTE_MS = 60_000;
const SPAN = /^([a-z]{3})(?:-([a-z]{3}))? (\d{2}):(\d{2})-(\d{2}):(\d{2})$/i;

/** The minutes of the week in which people are there. */
export class StaffedHours {
  readonly #staffed: Uint8Array;

  private constructor(staffed: Uint8Array) {
    this.#staffed = staffed;
  }

  static always(): StaffedHours {
    return new StaffedHours(new Uint8Array(MINUTES_PER_WEEK).fill(1));
  }

  /**
   * Reads spans such as `Mon-Fri 09:00-17:00, Sat 10:00-12:00`. Days may run over the weekend (`Fri-Mon`), hours over
   * midnight (`22:00-06:00`, beginning on the days named).
   *
   * @returns undefined where the text has another form or names no such day or time
   */
  static parse(text: string): StaffedHours | undefined {
    const staffed = new Uint8Array(MINUTES_PER_WEEK);
    for (const span of text.split(",")) {
      const match = SPAN.exec(span.trim());
      if (match === null) return undefined;
      const [, first, last = first, fromHour, fromMinute, toHour, toMinute] = match;
      const from = minutes(fromHour!, fromMinute!);
      const to = minutes(toHour!, toMinute!);
      const days = daysBetween(first!, last!);
      if (from === undefined || to === undefined || from === to || days === undefined) return undefined;
      const length = (to - from + MINUTES_PER_DAY) % MINUTES_PER_DAY || MINUTES_PER_DAY;
      for (const day of days) {
        for (let i = 0; i < length; i += 1) staffed[(day * MINUTES_PER_DAY + from + i) % MINUTES_PER_WEEK] = 1;
      }
    }
    return new StaffedHours(staffed);
  }

  includes(wallMs: WallMs): boolean {
    return this.#staffed[minuteOfWeek(wallMs)] === 1;
  }

  /** Whether people arrive at this minute. */
  startsAt(wallMs: WallMs): boolean {
    return this.includes(wallMs) && !this.includes(wallMs - MINUTE_MS);
  }
}

function minuteOfWeek(wallMs: WallMs): number {
  const day = dayOfWeek(Math.floor(wallMs / HOUR_MS));
  return (
    day * MINUTES_PER_DAY + Math.floor((((wallMs / MINUTE_MS) % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY)
  );
}

function minutes(hour: string, minute: string): number | undefined {
  const total = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && total <= MINUTES_PER_DAY ? total : undefined;
}

function daysBetween(first: string, last: string): number[] | undefined {
  const from = DAYS.indexOf(first.toLowerCase());
  const to = DAYS.indexOf(last.toLowerCase());
  if (from < 0 || to < 0) return undefined;
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, i) => (from + i) % 7);
}
