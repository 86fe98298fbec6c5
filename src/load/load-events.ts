import { stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parseTimestamp, TIMESTAMP_FORMAT, type WallMs } from "../calendar/timestamp.ts";
import type { Zone } from "../calendar/zone.ts";
import { ExitCode, UserError } from "../errors.ts";
import { type Deploy, deploySchema } from "../events/deploy.ts";
import { type Incident, incidentSchema } from "../events/incident.ts";
import { type Match, matchSchema } from "../events/match.ts";
import { type Measurement, measurementSchema } from "../events/measurement.ts";
import { loadError, quoted } from "./bad-rows.ts";
import { loadTable, type Table, type TableSpec } from "./load-table.ts";

/** The events of a folder, each list in order of time. */
export type LoadedEvents = {
  /** undefined where the folder has no such file */
  deploys: Deploy[] | undefined;
  incidents: Incident[];
  /** undefined where the folder has no such file */
  matches: Match[] | undefined;
  /** undefined where the folder has no such file */
  measurements: Measurement[] | undefined;
  /** sentences for people: what is absent, and what drp cannot tell without it */
  notices: string[];
};

export type LoadOptions = {
  /** refuse deploys and incidents after this moment, epoch milliseconds */
  notAfter?: number;
  signal?: AbortSignal;
};

/** No history of deploys is older; a year 0024 is a slip, and would make a history of two thousand years. */
const EARLIEST: WallMs = 0;

const COLUMNS = {
  deploys: {
    required: ["timestamp", "is_critical_fix", "deploy_size"],
    optional: ["id", "service", "version", "environment", "deployment_type", "finished_at", "outcome", "is_rollback"],
  },
  incidents: {
    required: ["timestamp", "incident_type", "severity"],
    optional: ["id", "service", "resolved_at", "deploy_id"],
  },
  matches: { required: ["timestamp", "tournament", "traffic_multiplier"], optional: [] },
  measurements: { required: ["timestamp", "value"], optional: [] },
};

/**
 * Loads and validates deploy_events.csv, incidents.csv, match_events.csv and traffic.csv of a folder.
 *
 * @throws {UserError} exit 3, naming every file at fault with its first bad rows, by line, column and value
 */
export async function loadEvents(folder: string, zone: Zone, options: LoadOptions = {}): Promise<LoadedEvents> {
  await checkFolder(folder);
  const timestamp = timestampIn(zone);
  const notAfter =
    options.notAfter === undefined
      ? {}
      : {
          notAfter: {
            wallMs: zone.wallAt(options.notAfter),
            name: `now (${zone.format(options.notAfter)}) unless --origin is given`,
          },
        };
  const notices: string[] = [];
  const tables: Table<unknown>[] = [];
  const load = async <Row extends { timestamp: WallMs }>(
    name: string,
    { required, optional }: { required: readonly string[]; optional: readonly string[] },
    spec: Pick<TableSpec<Row>, "schema" | "notAfter">,
    without?: string,
  ): Promise<Row[] | undefined> => {
    const path = join(folder, name);
    if (!(await exists(path))) {
      if (without !== undefined) notices.push(`no ${name}: ${without}`);
      return undefined;
    }
    const table = await loadTable(path, { ...spec, required, known: [...required, ...optional] }, options.signal);
    tables.push(table);
    if (table.extraColumns.length > 0) {
      notices.push(`${name}: columns ${table.extraColumns.map(quoted).join(", ")} are not used`);
    }
    if (table.fault === undefined && table.rows.length === 0) notices.push(`${name} has a header and no rows`);
    return table.rows;
  };
  const deploys = await load<Deploy>(
    "deploy_events.csv",
    COLUMNS.deploys,
    { schema: deploySchema(timestamp), ...notAfter },
    "drp cannot tell how often deploys fail, and risk is the chance of any incident while a deploy is watched",
  );
  const incidents = await load<Incident>("incidents.csv", COLUMNS.incidents, {
    schema: incidentSchema(timestamp),
    ...notAfter,
  });
  const matches = await load<Match>(
    "match_events.csv",
    COLUMNS.matches,
    { schema: matchSchema(timestamp) },
    (await exists(join(folder, "traffic.csv")))
      ? "drp does not see known events ahead"
      : "drp cannot tell load from other causes, nor see known events ahead",
  );
  const measurements = await load<Measurement>("traffic.csv", COLUMNS.measurements, {
    schema: measurementSchema(timestamp),
    ...notAfter,
  });
  const faults = tables.flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  if (incidents === undefined) {
    faults.push({
      path: join(folder, "incidents.csv"),
      rows: 0,
      badRows: 0,
      shown: [],
      whole: "there is no such file",
    });
  }
  if (faults.length > 0) throw loadError(faults);
  return { deploys, incidents: incidents ?? [], matches, measurements, notices };
}

function timestampIn(zone: Zone): z.ZodType<WallMs, string> {
  return z.string().transform((text, context) => {
    const read = parseTimestamp(text);
    const wallMs = read && zone.resolve(read);
    if (wallMs !== undefined && wallMs >= EARLIEST) return wallMs;
    const expected =
      read === undefined
        ? TIMESTAMP_FORMAT
        : wallMs === undefined
          ? `a time that clocks in ${zone.id} show`
          : "a time from 1970 on";
    context.addIssue({ code: "custom", message: `expected ${expected}` });
    return z.NEVER;
  });
}

async function checkFolder(folder: string): Promise<void> {
  const state = await stat(folder).then(
    (entry) => (entry.isDirectory() ? undefined : "it is a file, expected a folder"),
    (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? "there is no such folder" : error.message),
  );
  if (state === undefined) return;
  throw new UserError(
    `Cannot load "${folder}": ${state}`,
    ExitCode.data,
    'name the folder of your CSV files with --data, or run "drp generate" for a synthetic platform',
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== "ENOENT",
  );
}
