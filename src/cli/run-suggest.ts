import { padded, spanLabel } from "../calendar/labels.ts";
import type { Timestamp } from "../calendar/timestamp.ts";
import type { Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import { quoted } from "../load/bad-rows.ts";
import { shellWord } from "../naming/shell-word.ts";
import { type RiskWindowsDocument, rounded } from "../windows/document.ts";
import { percent } from "../windows/percent.ts";
import { StaffedHours } from "../windows/staffed-hours.ts";
import { type Suggestion, suggest } from "../windows/suggest.ts";
import { instantOf } from "./instant-of.ts";
import type { Io } from "./io.ts";
import { readDocument } from "./read-document.ts";

export type SuggestOptions = {
  from?: Timestamp;
  /** milliseconds */
  duration: number;
  /** milliseconds */
  within: number;
  hours?: StaffedHours;
  count: number;
  windows: string;
  service?: string;
  json: boolean;
};

/** Prints the windows with the least risk. */
export async function runSuggest(options: SuggestOptions, io: Io): Promise<void> {
  const { document, zone } = await readDocument(options.windows, io);
  if (options.service !== undefined && options.service !== document.service) {
    throw new UserError(
      `Cannot suggest windows for service "${options.service}": the forecast is of ${document.service === null ? "the whole platform" : `service ${quoted(document.service)}`}`,
      ExitCode.data,
      `first run: drp forecast --service ${shellWord(options.service)}`,
    );
  }
  const from = instantOf(options.from, zone, io);
  const suggestions = suggest(document, zone, {
    from,
    withinMs: options.within,
    durationMs: options.duration,
    staffed: options.hours ?? StaffedHours.always(),
    count: options.count,
  });
  if (suggestions.length === 0) {
    throw new UserError(
      "Cannot suggest a window: none of that length lies within the asked time and hours",
      ExitCode.data,
      "shorten --duration, or widen --within or --hours",
    );
  }
  io.stdout.write(options.json ? jsonOf(suggestions, zone) : tableOf(suggestions, document, zone));
}

function jsonOf(suggestions: readonly Suggestion[], zone: Zone): string {
  const body = {
    schemaVersion: 1,
    timezone: zone.id,
    suggestions: suggestions.map(({ startMs, endMs, level, meanRisk, maxRisk, reasons }) => ({
      start: zone.format(startMs),
      end: zone.format(endMs),
      level,
      meanRisk: rounded(meanRisk),
      maxRisk: rounded(maxRisk),
      reasons: reasons.map(({ part, share, text }) => ({ part, share: rounded(share), text })),
    })),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

function tableOf(suggestions: readonly Suggestion[], { thresholds }: RiskWindowsDocument, zone: Zone): string {
  const spans = suggestions.map(({ startMs, endMs }) => spanLabel(zone, startMs, endMs));
  const [window, ...labels] = padded([`Window (${zone.id})`, ...spans]);
  const lines = suggestions.map(
    ({ level, meanRisk, reasons }, i) =>
      `${labels[i]} ${percent(meanRisk).padStart(7)}  ${level.padEnd(8)} ${reasons[0]?.text ?? ""}`,
  );
  const head = `${window} ${"risk".padStart(7)}  ${"level".padEnd(8)} why`;
  return `${[head, ...lines].join("\n")}\nMedian hour of the forecast: ${percent(thresholds.medianRisk)}\n`;
}
