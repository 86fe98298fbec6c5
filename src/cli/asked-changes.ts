/**
 * The changes that `drp predict` is asked about, with the features that its model reads.
 * @module
 */

import { parseTimestamp, TIMESTAMP_FORMAT } from "../calendar/timestamp.ts";
import { Zone } from "../calendar/zone.ts";
import type { Column } from "../change/change-table.ts";
import { featuresOfChange } from "../change/deploy-changes.ts";
import type { PlannedDeploy } from "../change/deploy-features.ts";
import type { Feature } from "../change/feature-schema.ts";
import type { ModelDocument } from "../change/model-document.ts";
import { ExitCode, UserError } from "../errors.ts";
import { DEPLOY_SIZES } from "../events/deploy-sizes.ts";
import { gitCommits } from "../git/git-changes.ts";
import { listed } from "../load/bad-rows.ts";
import { readNumber } from "../load/change-cells.ts";
import { clockColumns } from "../load/clock-columns.ts";
import { loadChangeTable } from "../load/load-change-table.ts";
import { closestNames } from "../naming/closest-names.ts";
import { instantOf } from "./instant-of.ts";
import type { Io } from "./io.ts";
import type { Progress } from "./progress.ts";
import { deployHistory } from "./training-source.ts";

export type QuestionOptions = {
  change?: ReadonlyMap<string, string>;
  table?: string;
  git?: string;
  commit?: string;
  data: string;
};

export type AskedChanges = {
  columns: readonly Column[];
  /** [changes] what people call each */
  names: readonly string[];
  /** when each starts, epoch milliseconds [changes] */
  times: ArrayLike<number>;
  notices: string[];
  /** the columns of a single change at another time; undefined where its features would not change with the clock */
  at?: (instant: number) => readonly Column[];
};

/** @throws {UserError} exit 2 if not exactly one question is asked, exit 3 if its data cannot be used */
export async function askedChanges(
  options: QuestionOptions,
  schema: ModelDocument,
  io: Io,
  progress: Progress,
): Promise<AskedChanges> {
  const { change, table, git, commit } = options;
  if ([change, table, git].filter((asked) => asked !== undefined).length !== 1) {
    throw new UserError(
      "Cannot tell which change is meant: expected one of --change, --table and --git",
      ExitCode.usage,
    );
  }
  if (commit !== undefined && git === undefined)
    throw new UserError("Cannot use --commit without --git", ExitCode.usage);
  if (change !== undefined) {
    return schema.source === "deployments" ? plannedDeploy(change, options, schema, io) : fieldsOf(change, schema, io);
  }
  if (table !== undefined && schema.time !== null) return fromTable(table, schema.time, schema, io);
  if (git === undefined || schema.source !== "git") throw wrongSource(schema);
  if (commit === undefined) {
    throw new UserError("Cannot predict without --commit: expected a commit or a range", ExitCode.usage);
  }
  const {
    table: changes,
    commits,
    notices,
  } = await gitCommits({ path: git, env: io.env, signal: io.signal }, commit, {
    notAfter: io.now(),
    onProgress: (count) => progress.step(`reading the git history: ${count} commits`),
  });
  return {
    columns: changes.columns,
    names: commits.map(({ sha, subject }) => `${sha.slice(0, 10)} ${subject}`),
    times: changes.times,
    notices,
  };
}

const QUESTIONS: Readonly<Record<ModelDocument["source"], string>> = {
  deployments: "--change, with --data for the history",
  table: "--table or --change",
  git: "--git with --commit, or --change",
};

function wrongSource({ source }: ModelDocument): UserError {
  return new UserError(
    `Cannot predict from there: the model was trained on ${source}`,
    ExitCode.usage,
    `expected ${QUESTIONS[source]}`,
  );
}

async function fromTable(
  source: string,
  time: string,
  { features, timezone }: ModelDocument,
  io: Io,
): Promise<AskedChanges> {
  const standardInput = source === "-";
  const name = standardInput ? "standard input" : source;
  const { columns, times, lines, notices } = await loadChangeTable(standardInput ? io.stdin : source, name, {
    time,
    zone: new Zone(timezone),
    kinds: new Map(features.map((feature) => [feature.name, feature.kind])),
    signal: io.signal,
  });
  return { columns, names: Array.from(lines, (line) => `line ${line}`), times, notices };
}

/** Features by name, for a model of a table or of a git history; a number that is not given is missing. */
function fieldsOf(fields: ReadonlyMap<string, string>, schema: ModelDocument, io: Io): AskedChanges {
  const zone = new Zone(schema.timezone);
  const at = timeOf(fields, zone, io);
  const known = new Map(schema.features.map((feature) => [feature.name, feature]));
  for (const name of fields.keys()) if (name !== "at" && !known.has(name)) throw unknownField(name, [...known.keys()]);
  const clock = (instant: number) => clockColumns(Float64Array.of(instant), zone);
  const missing = schema.features.filter(
    ({ name }) => !fields.has(name) && !clock(at).some((column) => column.name === name),
  );
  if (missing.length > 0) {
    throw new UserError(
      `Cannot predict: ${missing.map(({ name }) => `"${name}"`).join(", ")} not given`,
      ExitCode.usage,
      'name every feature of the model; "name=" says that it is not known',
    );
  }
  const given = schema.features
    .filter(({ name }) => fields.has(name))
    .map((feature) => columnOf(feature, fields.get(feature.name)!));
  const columns = (instant: number) => [...given, ...clock(instant).filter(({ name }) => !fields.has(name))];
  return { columns: columns(at), names: ["This change"], times: [at], notices: [], at: columns };
}

function columnOf({ name, kind }: Feature, text: string): Column {
  if (kind === "category") return { name, kind, values: [text === "" ? undefined : text] };
  const value = readNumber(text);
  if (value === undefined) {
    throw new UserError(`Cannot use "${name}=${text}": expected a number, or nothing`, ExitCode.usage);
  }
  return { name, kind, values: Float64Array.of(value) };
}

const FIELDS = ["at", "size", "critical", "service", "environment", "deployment_type"];

/** A deploy that is planned, with what the history tells before it. */
async function plannedDeploy(
  fields: ReadonlyMap<string, string>,
  { data }: QuestionOptions,
  schema: ModelDocument,
  io: Io,
): Promise<AskedChanges> {
  for (const name of fields.keys()) if (!FIELDS.includes(name)) throw unknownField(name, FIELDS);
  const given = (name: string) => fields.get(name) || undefined; // "name=" says that it is not known
  const zone = new Zone(schema.timezone);
  const { history, notices } = await deployHistory(
    data,
    { timezone: zone, attributionHours: schema.attributionHours ?? 24 },
    io,
  );
  const at = timeOf(fields, zone, io);
  const size = given("size");
  const critical = given("critical");
  const service = given("service");
  const known = DEPLOY_SIZES.find((one) => one === size);
  if (size !== undefined && known === undefined) {
    throw new UserError(`Cannot use "size=${size}": expected ${DEPLOY_SIZES.join(", ")}`, ExitCode.usage);
  }
  if (critical !== undefined && critical !== "true" && critical !== "false") {
    throw new UserError(`Cannot use "critical=${critical}": expected true or false`, ExitCode.usage);
  }
  const planned = (instant: number): PlannedDeploy => ({
    at: zone.wallAt(instant),
    size: known,
    critical: critical === undefined ? undefined : critical === "true",
    service,
    environment: given("environment"),
    deploymentType: given("deployment_type"),
  });
  if (service !== undefined && !history.deploys.some((deploy) => deploy.service === service)) {
    const close = closestNames(service, [...new Set(history.deploys.flatMap((deploy) => deploy.service ?? []))]);
    notices.push(
      `no deploy of "${service}" is known: it counts as a new service${close.length === 0 ? "" : ` (did you mean ${listed(close)}?)`}`,
    );
  }
  const columns = (instant: number) => featuresOfChange(history, planned(instant));
  return { columns: columns(at), names: [nameOf(fields)], times: [at], notices, at: columns };
}

function nameOf(fields: ReadonlyMap<string, string>): string {
  const traits = [...fields]
    .filter(([name, value]) => name !== "at" && value !== "")
    .map(([name, value]) => `${name}=${value}`);
  return traits.length === 0 ? "A deploy" : `A deploy with ${traits.join(", ")}`;
}

function timeOf(fields: ReadonlyMap<string, string>, zone: Zone, io: Io): number {
  const text = fields.get("at");
  if (text === undefined) return io.now();
  const time = parseTimestamp(text);
  if (time === undefined) throw new UserError(`Cannot use "at=${text}": expected ${TIMESTAMP_FORMAT}`, ExitCode.usage);
  return instantOf(time, zone, io);
}

function unknownField(name: string, known: readonly string[]): UserError {
  const close = closestNames(name, known);
  return new UserError(
    `Cannot use "${name}": the model knows no such field`,
    ExitCode.usage,
    close.length > 0 ? `did you mean ${listed(close)}?` : `expected ${listed(known)}`,
  );
}
