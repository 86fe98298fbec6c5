import { Temporal } from "temporal-polyfill";
import type { Timestamp, WallMs } from "./timestamp.ts";

/** An hour of the wall clock: `floor(WallMs / HOUR_MS)`. Consecutive integers, also across a change of clocks. */
export type WallHour = number;

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS; // no zone's offset is further than this from UTC

/** A stretch of time in which the zone keeps one offset: [from, to) in epoch milliseconds. */
type OffsetSpan = { from: number; to: number; offsetMs: number };

/**
 * The wall clock of an IANA time zone.
 *
 * The grid of drp is wall-clock hours. Where clocks go forward an hour of the grid never happens (exposure 0), where
 * they go back one happens twice (exposure 2).
 */
export class Zone {
  readonly id: string;
  readonly #spans: OffsetSpan[] = [];
  #last: OffsetSpan | undefined;

  /** @throws {RangeError} if `id` is no IANA zone that this machine knows */
  constructor(id: string) {
    this.id = new Temporal.ZonedDateTime(0n, id).timeZoneId;
  }

  /** The zone of that id; undefined if it is no IANA zone that this machine knows. */
  static known(id: string): Zone | undefined {
    try {
      return new Zone(id);
    } catch {
      return undefined;
    }
  }

  /** What the wall clock shows at an instant. */
  wallAt(epochMs: number): WallMs {
    return epochMs + this.#spanAt(epochMs).offsetMs;
  }

  /** The first instant at which the wall clock shows `wallMs`; undefined for a time that clocks skip. */
  instantAt(wallMs: WallMs): number | undefined {
    for (const { from, to, offsetMs } of this.#spansNear(wallMs)) {
      const epochMs = wallMs - offsetMs;
      if (epochMs >= from && epochMs < to) return epochMs;
    }
    return undefined;
  }

  /** The wall clock's reading for a timestamp; undefined for a wall-clock time that clocks skip. */
  resolve(timestamp: Timestamp): WallMs | undefined {
    if (timestamp.kind === "instant") return this.wallAt(timestamp.epochMs);
    return this.instantAt(timestamp.wallMs) === undefined ? undefined : timestamp.wallMs;
  }

  /** How often a wall-clock hour happens: 1, but 0 for one that clocks skip and 2 for one they repeat (or a part). */
  exposure(hour: WallHour): number {
    return this.#stretchesOf(hour).reduce((sum, { from, to }) => sum + (to - from), 0) / HOUR_MS;
  }

  /** The instant at which a wall-clock hour starts, the first time it happens; undefined for one that clocks skip. */
  startOf(hour: WallHour): number | undefined {
    return this.#stretchesOf(hour)[0]?.from;
  }

  /** ISO 8601 with the offset in force, whole seconds: `2024-07-01T09:00:00+02:00`. */
  format(epochMs: number): string {
    const { offsetMs } = this.#spanAt(epochMs);
    const wall = new Date(epochMs + offsetMs).toISOString().replace(/\.\d+Z$/, "");
    const minutes = Math.round(Math.abs(offsetMs) / 60_000);
    const two = (value: number) => String(value).padStart(2, "0");
    return `${wall}${offsetMs < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  }

  /** The stretches of real time in which the wall clock shows `hour`, in order. */
  #stretchesOf(hour: WallHour): { from: number; to: number }[] {
    const wallMs = hour * HOUR_MS;
    return this.#spansNear(wallMs)
      .map((span) => ({
        from: Math.max(wallMs - span.offsetMs, span.from),
        to: Math.min(wallMs + HOUR_MS - span.offsetMs, span.to),
      }))
      .filter(({ from, to }) => to > from);
  }

  /** Every span that could hold a moment at which the clock shows `wallMs` or the hour after it. */
  #spansNear(wallMs: WallMs): OffsetSpan[] {
    const spans = [this.#spanAt(wallMs - DAY_MS)];
    while (spans.at(-1)!.to <= wallMs + DAY_MS) spans.push(this.#spanAt(spans.at(-1)!.to));
    return spans;
  }

  // Temporal takes tens of microseconds a question; a million rows need an answer in nanoseconds.
  #spanAt(epochMs: number): OffsetSpan {
    const last = this.#last;
    if (last !== undefined && epochMs >= last.from && epochMs < last.to) return last;
    let span = this.#spans.find(({ from, to }) => epochMs >= from && epochMs < to);
    if (span === undefined) {
      span = this.#lookUp(epochMs);
      this.#spans.push(span);
    }
    this.#last = span;
    return span;
  }

  #lookUp(epochMs: number): OffsetSpan {
    const at = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(this.id);
    // "previous" lies strictly before its instant; asking a nanosecond later keeps a change of clocks that is now.
    const previous = at.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
    const next = at.getTimeZoneTransition("next");
    return {
      from: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
      to: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      offsetMs: at.offsetNanoseconds / 1e6,
    };
  }
}
