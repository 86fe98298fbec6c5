import { dateLabel, timeOfDay } from "../calendar/labels.ts";
import type { Timestamp } from "../calendar/timestamp.ts";
import { ExitCode } from "../errors.ts";
import { rounded } from "../windows/document.ts";
import { percent } from "../windows/percent.ts";
import { reasonsOf } from "../windows/reasons.ts";
import { hourAt } from "../windows/suggest.ts";
import type { Level } from "../windows/window.ts";
import { instantOf } from "./instant-of.ts";
import type { Io } from "./io.ts";
import { readDocument } from "./read-document.ts";

export type CheckOptions = { at?: Timestamp; maxRisk?: number; windows: string; json: boolean };

const EXIT: Readonly<Record<Level, ExitCode>> = {
  safe: ExitCode.ok,
  caution: ExitCode.caution,
  avoid: ExitCode.avoid,
};

/** Prints one line on a deploy started at a moment. @returns the exit code that answers the question */
export async function runCheck({ at, maxRisk, windows, json }: CheckOptions, io: Io): Promise<ExitCode> {
  const { document, zone } = await readDocument(windows, io);
  const instant = instantOf(at, zone, io);
  const hour = hourAt(document, zone, instant);
  const index = document.hours.indexOf(hour);
  const reasons = reasonsOf(document, index, index + 1);
  const above = maxRisk !== undefined && hour.risk > maxRisk;
  const level = above ? "avoid" : hour.level;
  const { medianRisk } = document.thresholds;
  if (json) {
    const body = {
      schemaVersion: 1,
      at: zone.format(instant),
      level,
      risk: hour.risk,
      medianRisk,
      aboveMaxRisk: above,
      reasons: reasons.map(({ part, share, text }) => ({ part, share: rounded(share), text })),
    };
    io.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
  } else {
    const wall = zone.wallAt(instant);
    const limit = above ? `, above the limit of ${percent(maxRisk)}` : "";
    io.stdout.write(
      `${level}: ${dateLabel(wall)} ${timeOfDay(wall)} ${zone.id}: risk ${percent(hour.risk)} ` +
        `(median hour ${percent(medianRisk)})${limit}: ${reasons[0]?.text ?? "no risk known"}\n`,
    );
  }
  return EXIT[level];
}
