/**
 * risk_windows.json: what scripts read. The JSON Schema that ships with the package is made from the schema below.
 * @module
 */

import { z } from "zod";
import { ExitCode, UserError } from "../errors.ts";
import { DEPLOY_SIZES } from "../events/deploy-sizes.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import type { Assessment } from "./window.ts";

const SCHEMA_VERSION = 1;

const instant = z.iso.datetime({ offset: true }).describe("instant, ISO 8601 with the offset of the time zone");
const probability = z.number().min(0).max(1);
const rate = z.number().min(0);
const level = z.enum(["safe", "caution", "avoid"]);

const Hour = z.object({
  start: instant,
  durationHours: z.number().gt(0).describe("hours; 2 where clocks are set back"),
  level,
  expectedDeploys: rate.nullable().describe("deploys/hour; null without a deploy history"),
  deployFailureProbability: probability.nullable().describe("of one deploy; null without a deploy history"),
  failureParts: z
    .object({ base: rate, hour: rate, day: rate, traffic: rate, change: rate })
    .nullable()
    .describe(
      "what deployFailureProbability is the sum of: every deploy, the hour of the day, the day, matches nearby, the change; null without a deploy history",
    ),
  loadIncidents: rate.describe("incidents/hour caused by traffic"),
  otherIncidents: rate.describe("incidents/hour that neither deploys nor traffic explain"),
  followUpIncidents: rate
    .default(0) // of a document from before they were told apart
    .describe("incidents/hour that follow on others within hours, as what a failure took down with it"),
  expectedIncidents: rate.describe("incidents/hour"),
  expectedIncidentsP10: rate.describe("incidents/hour, lower end of the 80 % band"),
  expectedIncidentsP90: rate.describe("incidents/hour, upper end of the 80 % band"),
  probabilityOfIncident: probability.describe("chance of at least one incident in the hour, whatever its cause"),
  risk: probability.describe("chance that a deploy started then causes or meets an incident while it is watched"),
});

const Window = z.object({
  kind: z.enum(["avoid", "safe"]),
  start: instant,
  end: instant,
  hours: z.number().gt(0).describe("length in clock hours"),
  maxRisk: probability,
  meanRisk: probability,
  expectedIncidents: z.number().min(0).describe("incidents expected over the whole window"),
  reasons: z
    .array(
      z.object({
        part: z.enum(["deployFailureProbability", "loadIncidents", "otherIncidents"]),
        share: z.number().min(0).max(1).describe("of the window's risk; shares of a window sum to 1"),
        text: z.string(),
      }),
    )
    .describe("the parts that make the risk, largest first"),
});

export const RiskWindowsDocument = z
  .object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    origin: instant.describe("start of the first hour forecast"),
    timezone: z.string().describe("IANA time zone of the wall clock"),
    horizonHours: z.number().int().min(1).describe("wall-clock hours forecast"),
    watchHours: z.number().int().min(1).describe("how long a deploy is watched after it starts"),
    change: z
      .object({ size: z.enum(DEPLOY_SIZES).optional(), critical: z.boolean().optional() })
      .describe("whose failure probability and risk this is; empty for the average deploy"),
    service: z.string().nullable().describe("whose figures these are; null for the whole platform"),
    model: z.object({ name: z.string(), file: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    thresholds: z.object({
      avoidAtOrAbove: probability.nullable().describe("null where no hour stands out, or avoidAbove rules"),
      avoidAbove: probability.nullable().describe("the limit stated by the user; null without one"),
      safeAtOrBelow: probability,
      medianRisk: probability,
    }),
    windows: z.array(Window).describe("in order of time"),
    hours: z.array(Hour).min(1).describe("in order of time; hours that clocks skip are left out"),
  })
  .meta({ title: "drp risk windows", description: "When to deploy and when not to, hour by hour" });
export type RiskWindowsDocument = z.infer<typeof RiskWindowsDocument>;

/** Six significant digits: more than any forecast knows, and the same text on every machine. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

export function documentOf(
  forecast: RiskForecast,
  { levels, windows, thresholds }: Assessment,
  model: RiskWindowsDocument["model"],
): RiskWindowsDocument {
  const { zone } = forecast;
  const nullable = (value: number | null) => (value === null ? null : rounded(value));
  return {
    schemaVersion: SCHEMA_VERSION,
    origin: zone.format(forecast.hours[0]!.startMs),
    timezone: zone.id,
    horizonHours: forecast.horizonHours,
    watchHours: forecast.watchHours,
    change: forecast.change,
    service: forecast.service,
    model,
    thresholds: {
      avoidAtOrAbove: nullable(thresholds.avoidAtOrAbove),
      avoidAbove: thresholds.avoidAbove,
      safeAtOrBelow: rounded(thresholds.safeAtOrBelow),
      medianRisk: rounded(thresholds.medianRisk),
    },
    windows: windows.map(({ kind, startMs, endMs, hours, maxRisk, meanRisk, expectedIncidents, reasons }) => ({
      kind,
      start: zone.format(startMs),
      end: zone.format(endMs),
      hours,
      maxRisk: rounded(maxRisk),
      meanRisk: rounded(meanRisk),
      expectedIncidents: rounded(expectedIncidents),
      reasons: reasons.map(({ part, share, text }) => ({ part, share: rounded(share), text })),
    })),
    hours: forecast.hours.map((hour, i) => ({
      start: zone.format(hour.startMs),
      durationHours: hour.durationHours,
      level: levels[i]!,
      expectedDeploys: nullable(hour.expectedDeploys),
      deployFailureProbability: nullable(hour.deployFailureProbability),
      failureParts: hour.failureParts && {
        base: rounded(hour.failureParts.base),
        hour: rounded(hour.failureParts.hour),
        day: rounded(hour.failureParts.day),
        traffic: rounded(hour.failureParts.traffic),
        change: rounded(hour.failureParts.change),
      },
      loadIncidents: rounded(hour.loadIncidents),
      otherIncidents: rounded(hour.otherIncidents),
      followUpIncidents: rounded(hour.followUpIncidents),
      expectedIncidents: rounded(hour.expectedIncidents),
      expectedIncidentsP10: rounded(hour.expectedIncidentsP10),
      expectedIncidentsP90: rounded(hour.expectedIncidentsP90),
      probabilityOfIncident: rounded(hour.probabilityOfIncident),
      risk: rounded(hour.risk),
    })),
  };
}

/**
 * Reads a document that drp wrote.
 *
 * @param source where the text came from, for messages
 * @throws {UserError} exit 3, naming the field at fault
 */
export function parseDocument(text: string, source: string): RiskWindowsDocument {
  const cannot = (state: string) =>
    new UserError(`Cannot read risk windows from "${source}": ${state}`, ExitCode.data, 'run "drp forecast" again');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw cannot(`it is not JSON (${error instanceof Error ? error.message : error})`);
  }
  const version = z.object({ schemaVersion: z.unknown() }).safeParse(json).data?.schemaVersion;
  if (version !== SCHEMA_VERSION) {
    throw cannot(`schemaVersion is ${JSON.stringify(version)}, this drp reads ${SCHEMA_VERSION}`);
  }
  const parsed = RiskWindowsDocument.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw cannot(`${issue.path.join(".")}: ${issue.message}`);
}

/** The document's JSON Schema, draft 2020-12. */
export function jsonSchema(): unknown {
  return z.toJSONSchema(RiskWindowsDocument);
}
