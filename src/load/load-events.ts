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
import { isThere } from "../files/is-there.ts";
import { counted } from "../naming/counted.ts";
import { absent, type FileFault, loadError } from "./bad-rows.ts";
import { type EventSpec, type Identity, loadEventTable, noticesOf } from "./load-table.ts";

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
  /** what would let them pass, for the message */
  unless?: string;
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

const DEPLOY_IDENTITY: Identity<Deploy> = {
  of: ({ id }) => id,
  repeats: "with an id that a row before has: each counts as a deploy of its own",
};

/** Without an id all cells, those of columns that are not used too: two incidents of one minute may differ in nothing else. */
const INCIDENT_IDENTITY: Identity<Incident> = {
  of: ({ id }, cells) => id ?? cells.join("\0"), // text holds no such character, see `readRows`
  repeats:
    "with the id of a row before, or without one and the same in every cell: each counts as an incident of its own",
};

/**
 * Loads and validates deploy_events.csv, incidents.csv, match_events.csv and traffic.csv of a folder.
 *
 * @throws {UserError} exit 3, naming every file at fault with its first bad rows, by line, column and value
 */
export async function loadEvents(folder: string, zone: Zone, options: LoadOptions = {}): Promise<LoadedEvents> {
  const source = await EventFolder.open(folder, zone, options);
  const deploys = await source.read<Deploy>(
    "deploy_events.csv",
    COLUMNS.deploys,
    { schema: deploySchema(source.timestamp), identity: DEPLOY_IDENTITY, ...source.past },
    "drp cannot tell how often deploys fail, and risk is the chance of any incident while a deploy is watched",
  );
  const incidents = await readIncidents(source);
  const unmatched = deploys === undefined ? 0 : unmatchedIds(incidents ?? [], deploys);
  if (unmatched > 0)
    source.notices.push(
      `incidents.csv: ${counted(unmatched, "row")} with a deploy_id that no row of deploy_events.csv has as its id: which deploy was to blame is told from times and services`,
    );
  const matches = await source.read<Match>(
    "match_events.csv",
    COLUMNS.matches,
    { schema: matchSchema(source.timestamp) },
    (await isThere(join(folder, "traffic.csv")))
      ? "drp does not see known events ahead"
      : "drp cannot tell load from other causes, nor see known events ahead",
  );
  const measurements = await source.read<Measurement>("traffic.csv", COLUMNS.measurements, {
    schema: measurementSchema(source.timestamp),
    ...source.past,
  });
  if (incidents === undefined) source.lacks("incidents.csv");
  source.throwFaults();
  return { deploys, incidents: incidents ?? [], matches, measurements, notices: source.notices };
}

/**
 * Loads and validates the incidents.csv of a folder, if it has one.
 *
 * @throws {UserError} exit 3, as `loadEvents`
 */
export async function loadIncidents(
  folder: string,
  zone: Zone,
  options: LoadOptions = {},
): Promise<{ incidents: Incident[] | undefined; notices: string[] }> {
  const source = await EventFolder.open(folder, zone, options);
  const incidents = await readIncidents(source);
  source.throwFaults();
  return { incidents, notices: source.notices };
}

function unmatchedIds(incidents: readonly Incident[], deploys: readonly Deploy[]): number {
  const ids = new Set(deploys.map(({ id }) => id));
  return incidents.filter(({ deploy_id }) => deploy_id !== undefined && !ids.has(deploy_id)).length;
}

function readIncidents(source: EventFolder): Promise<Incident[] | undefined> {
  return source.read("incidents.csv", COLUMNS.incidents, {
    schema: incidentSchema(source.timestamp),
    identity: INCIDENT_IDENTITY,
    ...source.past,
  });
}

/** Reads the files of a folder one by one; what is wrong with any is told together, at the end. */
class EventFolder {
  readonly notices: string[] = [];
  readonly timestamp: z.ZodType<WallMs, string>;
  /** what refuses rows of things that cannot have happened yet */
  readonly past: Pick<EventSpec<unknown>, "notAfter">;
  readonly #faults: FileFault[] = [];
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(folder: string, zone: Zone, { notAfter, unless, signal }: LoadOptions) {
    this.#folder = folder;
    this.#signal = signal;
    this.timestamp = timestampIn(zone);
    this.past =
      notAfter === undefined
        ? {}
        : {
            notAfter: {
              wallMs: zone.wallAt(notAfter),
              name: `now (${zone.format(notAfter)})${unless === undefined ? "" : ` unless ${unless}`}`,
            },
          };
  }

  /** @throws {UserError} exit 3 if there is no such folder */
  static async open(folder: string, zone: Zone, options: LoadOptions): Promise<EventFolder> {
    await checkFolder(folder);
    return new EventFolder(folder, zone, options);
  }

  /** @param without what drp cannot tell where the file is absent */
  async read<Row extends { timestamp: WallMs }>(
    name: string,
    { required, optional }: { required: readonly string[]; optional: readonly string[] },
    spec: Pick<EventSpec<Row>, "schema" | "notAfter" | "identity">,
    without?: string,
  ): Promise<Row[] | undefined> {
    const path = join(this.#folder, name);
    if (!(await isThere(path))) {
      if (without !== undefined) this.notices.push(`no ${name}: ${without}`);
      return undefined;
    }
    const table = await loadEventTable(path, { ...spec, required, known: [...required, ...optional] }, this.#signal);
    if (table.fault !== undefined) this.#faults.push(table.fault);
    this.notices.push(...noticesOf(name, table));
    if (table.repeated > 0) this.notices.push(`${name}: ${counted(table.repeated, "row")} ${spec.identity?.repeats}`);
    return table.rows;
  }

  /** Notes that a file is absent without which there is nothing to tell. */
  lacks(name: string): void {
    this.#faults.push(absent(join(this.#folder, name)));
  }

  throwFaults(): void {
    if (this.#faults.length > 0) throw loadError(this.#faults);
  }
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
