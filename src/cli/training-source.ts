/**
 * Where the changes to train on come from: a folder of events, a table, or a git history.
 * @module
 */

import { join } from "node:path";
import type { Timestamp } from "../calendar/timestamp.ts";
import type { Zone } from "../calendar/zone.ts";
import type { ChangeTable } from "../change/change-table.ts";
import { deployChanges } from "../change/deploy-changes.ts";
import type { ModelDocument } from "../change/model-document.ts";
import type { DeployHistory } from "../change/timeline.ts";
import { ExitCode, UserError } from "../errors.ts";
import { isThere } from "../files/is-there.ts";
import { gitChanges } from "../git/git-changes.ts";
import { inOrderOfTime } from "../load/in-order-of-time.ts";
import { loadChangeTable } from "../load/load-change-table.ts";
import { loadDependencies } from "../load/load-dependencies.ts";
import { loadEvents } from "../load/load-events.ts";
import { counted } from "../naming/counted.ts";
import { DEFAULT_DATA } from "./defaults.ts";
import { instantOf } from "./instant-of.ts";
import type { Io } from "./io.ts";
import type { Progress } from "./progress.ts";

export type SourceOptions = {
  data?: string;
  table?: string;
  git?: string;
  label?: string;
  time?: string;
  ignore?: readonly string[];
  since?: Timestamp;
  timezone: Zone;
  attributionHours: number;
};

export type TrainingSource = Pick<ModelDocument, "source" | "label" | "time" | "attributionHours"> & {
  /** for people */
  name: string;
  table: ChangeTable;
  notices: string[];
};

/** Options that tell of one source alone. */
const OF_SOURCE = { label: "table", time: "table", ignore: "table", since: "git" } as const;

/** @throws {UserError} exit 2 if several sources are named, or an option of another one, exit 3 if it cannot be used */
export async function trainingSource(options: SourceOptions, io: Io, progress: Progress): Promise<TrainingSource> {
  const named = [options.data, options.table, options.git].filter((name) => name !== undefined);
  if (named.length > 1) {
    throw new UserError("Cannot train on several sources: expected one of --data, --table and --git", ExitCode.usage);
  }
  for (const [option, source] of Object.entries(OF_SOURCE) as [keyof typeof OF_SOURCE, "table" | "git"][]) {
    if (options[option] !== undefined && options[source] === undefined)
      throw new UserError(`Cannot use --${option} without --${source}`, ExitCode.usage);
  }
  progress.step("reading changes");
  if (options.table !== undefined) return fromTable(options.table, options, io);
  if (options.git !== undefined) return fromGit(options.git, options, io, progress);
  return fromDeployments(options.data ?? DEFAULT_DATA, options, io);
}

async function fromTable(path: string, { label, time, ignore = [], timezone: zone }: SourceOptions, io: Io) {
  if (label === undefined || time === undefined) {
    throw new UserError(
      `Cannot train on "${path}": ${label === undefined ? "--label" : "--time"} is missing`,
      ExitCode.usage,
      "name the column that tells which changes failed with --label, and the one of their time with --time",
    );
  }
  const loaded = await loadChangeTable(path, path, { time, label, ignore, zone, signal: io.signal });
  const { table } = inOrderOfTime(loaded);
  return { source: "table", label, time, attributionHours: null, name: path, table, notices: loaded.notices } as const;
}

async function fromGit(path: string, { since, timezone }: SourceOptions, io: Io, progress: Progress) {
  const { table, notices } = await gitChanges(
    { path, env: io.env, signal: io.signal },
    {
      ...(since === undefined ? {} : { since: instantOf(since, timezone, io) }),
      notAfter: io.now(),
      onProgress: (commits) => progress.step(`reading the git history: ${commits} commits`),
    },
  );
  return { source: "git", label: "failed", time: null, attributionHours: null, name: path, table, notices } as const;
}

async function fromDeployments(folder: string, options: SourceOptions, io: Io) {
  const { history, notices } = await deployHistory(folder, options, io);
  const { table, undecided } = deployChanges(history);
  if (undecided > 0) {
    notices.push(
      `${counted(undecided, "deploy")} without an outcome left out: the ${options.attributionHours} hours after are not over`,
    );
  }
  return {
    source: "deployments",
    label: "failed",
    time: null,
    attributionHours: options.attributionHours,
    name: folder,
    table,
    notices,
  } as const;
}

/** @throws {UserError} exit 3 if the folder cannot be used, or has no deploys */
export async function deployHistory(
  folder: string,
  { timezone: zone, attributionHours }: Pick<SourceOptions, "timezone" | "attributionHours">,
  io: Io,
): Promise<{ history: DeployHistory; notices: string[] }> {
  const events = await loadEvents(folder, zone, { signal: io.signal, notAfter: io.now() });
  const { deploys, incidents, matches } = events;
  if (deploys === undefined || deploys.length === 0) {
    throw new UserError(
      `Cannot learn from "${folder}": it has no deploys`,
      ExitCode.data,
      "expected deploy_events.csv with rows; --table and --git take changes from elsewhere",
    );
  }
  const notices = [...events.notices];
  const backwards = deploys.filter(({ timestamp, finished_at = timestamp }) => finished_at < timestamp).length;
  if (backwards > 0)
    notices.push(
      `deploy_events.csv: ${counted(backwards, "deploy")} with a finished_at before its timestamp: its end counts as not known`,
    );
  const path = join(folder, "dependencies.csv");
  const graph = (await isThere(path)) ? await loadDependencies(path, io.signal) : undefined;
  return {
    history: { deploys, incidents, matches, dependencies: graph?.dependencies, zone, attributionHours },
    notices: [...notices, ...(graph?.notices ?? [])],
  };
}
