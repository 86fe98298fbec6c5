import type { WallHour } from "../calendar/zone.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { checkWritable, writeAll } from "../emit/atomic-write.ts";
import { eventsCsv } from "../emit/events-csv.ts";
import { generatePlatform, type Platform } from "../synthetic/platform.ts";
import type { Io } from "./io.ts";

export type GenerateOptions = {
  out: string;
  seed: number;
  /** hour of the first day's midnight */
  start: WallHour;
  days: number;
  futureDays: number;
  truth: boolean;
};

/** Draws a platform and writes it as CSV files. */
export async function runGenerate(options: GenerateOptions, io: Io): Promise<void> {
  const { out, seed, start, days, futureDays, truth } = options;
  await checkWritable(out);
  const platform = generatePlatform({ seed, startHour: start, days, futureDays });
  const files: Record<string, string> = {
    "match_events.csv": eventsCsv(["tournament", "traffic_multiplier"], platform.matches),
    "deploy_events.csv": eventsCsv(["is_critical_fix", "deploy_size"], platform.deploys),
    "incidents.csv": eventsCsv(["incident_type", "severity"], platform.incidents),
    ...(truth ? { "truth.csv": truthCsv(platform) } : {}),
  };
  await writeAll(out, files, io.signal);
  const { matches, deploys, incidents } = platform;
  io.stderr.write(
    `Wrote ${matches.length} matches, ${deploys.length} deploys and ${incidents.length} incidents of ${days} days to ` +
      `${out}\nNext: drp forecast --data ${out}\n`,
  );
}

function truthCsv({ truth }: Platform): string {
  const rows = truth.map((hour) => ({
    timestamp: hour.hour * HOUR_MS,
    expected_deploys: round(hour.expectedDeploys),
    deploy_failure_probability: round(hour.deployFailureProbability),
    load_incidents: round(hour.loadIncidents),
    expected_incidents: round(hour.expectedIncidents),
    risk: round(hour.risk),
  }));
  const columns = [
    "expected_deploys",
    "deploy_failure_probability",
    "load_incidents",
    "expected_incidents",
    "risk",
  ] as const;
  return eventsCsv(columns, rows);
}

/** Nine decimals: far below any effect, far above the last bits in which machines may differ. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
