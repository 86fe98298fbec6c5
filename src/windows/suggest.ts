import { HOUR_MS, type Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import { type RiskWindowsDocument, rounded } from "./document.ts";
import { reasonsOf } from "./reasons.ts";
import type { StaffedHours } from "./staffed-hours.ts";
import type { Level, Reason } from "./window.ts";

export type SuggestRequest = {
  /** epoch milliseconds */
  from: number;
  withinMs: number;
  durationMs: number;
  staffed: StaffedHours;
  /** most suggestions */
  count: number;
};

export type Suggestion = {
  /** epoch milliseconds, the end exclusive */
  startMs: number;
  endMs: number;
  /** mean risk of a deploy started in it, each moment alike */
  meanRisk: number;
  maxRisk: number;
  /** the worst level in it */
  level: Level;
  reasons: readonly Reason[];
};

const MINUTE_MS = 60_000;
const WORSE: readonly Level[] = ["safe", "caution", "avoid"];

/**
 * The windows of the wanted length with the least mean risk, none overlapping, inside the hours people are there. They
 * start on a full hour, at `from`, or when people arrive; the earlier one wins a tie.
 *
 * @throws {UserError} exit 3 if the document does not cover the asked time
 */
export function suggest(document: RiskWindowsDocument, zone: Zone, request: SuggestRequest): Suggestion[] {
  const { from, withinMs, durationMs, staffed, count } = request;
  const end = from + withinMs;
  const spans = coveredSpans(document);
  requireCover(document, zone, spans, from, end);
  const candidates: Suggestion[] = [];
  for (let start = from; start + durationMs <= end; start = nextMinute(start)) {
    const wallMs = zone.wallAt(start);
    if (start !== from && wallMs % HOUR_MS !== 0 && !staffed.startsAt(wallMs)) continue;
    if (!isStaffed(zone, staffed, start, start + durationMs)) continue;
    candidates.push(rated(document, spans, start, start + durationMs));
  }
  candidates.sort((a, b) => rounded(a.meanRisk) - rounded(b.meanRisk) || a.startMs - b.startMs);
  const chosen: Suggestion[] = [];
  for (const candidate of candidates) {
    if (chosen.length === count) break;
    if (chosen.every(({ startMs, endMs }) => candidate.endMs <= startMs || candidate.startMs >= endMs)) {
      chosen.push(candidate);
    }
  }
  return chosen;
}

/** The hour of a document that holds a moment. @throws {UserError} exit 3 if none does */
export function hourAt(document: RiskWindowsDocument, zone: Zone, at: number): RiskWindowsDocument["hours"][number] {
  const spans = coveredSpans(document);
  requireCover(document, zone, spans, at, at);
  return document.hours[spans.findIndex(({ from, to }) => at >= from && at < to)]!;
}

type Span = { from: number; to: number };

function coveredSpans({ hours }: RiskWindowsDocument): Span[] {
  return hours.map(({ start, durationHours }) => {
    const from = Date.parse(start);
    return { from, to: from + durationHours * HOUR_MS };
  });
}

function requireCover(
  { hours }: RiskWindowsDocument,
  zone: Zone,
  spans: readonly Span[],
  from: number,
  end: number,
): void {
  const last = spans.at(-1)!.to;
  if (from >= spans[0]!.from && from < last && end <= last) return;
  const asked = end === from ? `at ${zone.format(from)}` : `from ${zone.format(from)} to ${zone.format(end)}`;
  throw new UserError(
    `Cannot tell the risk ${asked}: the forecast covers ${hours[0]!.start} to ${zone.format(last)}`,
    ExitCode.data,
    'run "drp forecast" again with newer data or a longer --horizon, or ask for a time it covers',
  );
}

function nextMinute(at: number): number {
  return (Math.floor(at / MINUTE_MS) + 1) * MINUTE_MS;
}

function isStaffed(zone: Zone, staffed: StaffedHours, from: number, to: number): boolean {
  for (let at = from; at < to; at = nextMinute(at)) if (!staffed.includes(zone.wallAt(at))) return false;
  return true;
}

function rated(document: RiskWindowsDocument, spans: readonly Span[], startMs: number, endMs: number): Suggestion {
  const first = spans.findIndex(({ to }) => to > startMs);
  let last = first;
  let weighted = 0;
  let maxRisk = 0;
  let level: Level = "safe";
  for (; last < spans.length && spans[last]!.from < endMs; last += 1) {
    const { from, to } = spans[last]!;
    const hour = document.hours[last]!;
    weighted += hour.risk * (Math.min(to, endMs) - Math.max(from, startMs));
    maxRisk = Math.max(maxRisk, hour.risk);
    if (WORSE.indexOf(hour.level) > WORSE.indexOf(level)) level = hour.level;
  }
  const meanRisk = weighted / (endMs - startMs);
  return { startMs, endMs, meanRisk, maxRisk, level, reasons: reasonsOf(document, first, last) };
}
