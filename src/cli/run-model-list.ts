import { stat } from "node:fs/promises";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { CATALOG, type CatalogEntry, EMBEDDED_LICENCE } from "../checkpoint/catalog.ts";
import { findModel, type InstalledModel, installedModels, isFile, sha256Of } from "../checkpoint/find-model.ts";
import { UserError } from "../errors.ts";
import { CONVERTED, type Converted } from "../forecast/choices.ts";
import { convertedFile, inPrecision } from "../forecast/converted-weights.ts";
import { describeModel } from "../forecast/describe-model.ts";
import { aligned } from "./aligned.ts";
import { megabytes } from "./byte-labels.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";

export type ModelListOptions = { json: boolean; quiet: boolean };

/** A row of the table; what its files do not tell is null. */
type Row = {
  name: string;
  origin: "embedded" | "pulled" | "available";
  parameters: number | null;
  bytes: number;
  licence: string | null;
  contextLimit: number | null;
  /** of the weights as they lie there, or, of a model that is not installed, as they must be */
  sha256: string;
  /** folder, or null where it is not installed */
  folder: string | null;
  /** its weights in other precisions, as drp model convert wrote them */
  converted: { precision: Converted; bytes: number; file: string }[];
};

/** Prints the installed models, read and hashed anew each time, and those that can be pulled. */
export async function runModelList(options: ModelListOptions, io: Io): Promise<void> {
  const { progress, tell } = told(io, options.quiet);
  const pulled = modelsFolder(io.env);
  const rows: Row[] = [];
  for (const installed of await installedModels({ pulled })) {
    io.signal.throwIfAborted();
    progress.step(`reading ${installed.name}`);
    rows.push(await installedRow(installed, tell, io.signal));
  }
  progress.done();
  const available = CATALOG.filter(({ name }) => rows.every((row) => row.name !== name));
  rows.push(...available.map(availableRow));
  io.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows));
  if (!options.json) for (const { name } of available) tell(`\nFetch ${name} with: drp model pull ${name}`);
}

async function installedRow(
  { name, folder, origin }: InstalledModel,
  tell: (text: string) => void,
  signal: AbortSignal,
): Promise<Row> {
  const found = await findModel(folder);
  const { size } = await stat(found.weightsFile);
  const described = await describeModel(found).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    tell(`warning: ${error.message}`);
    return { parameters: null, contextLimit: null };
  });
  const sha256 = await sha256Of(found.weightsFile, signal);
  const pinned = CATALOG.find((entry) => entry.name === name);
  if (pinned !== undefined && pinned.weights.sha256 !== sha256)
    tell(`warning: ${name} is not what drp model pull installs: its SHA-256 should be ${pinned.weights.sha256}`);
  const converted: Row["converted"] = [];
  for (const precision of CONVERTED) {
    const file = convertedFile(found, precision);
    if (!(await isFile(file))) continue;
    converted.push({ precision, bytes: (await stat(file)).size, file });
    await inPrecision(found, precision, name).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      tell(`warning: ${error.message}`);
    });
  }
  return {
    name,
    origin,
    parameters: described.parameters,
    bytes: size,
    licence: origin === "embedded" ? EMBEDDED_LICENCE : (pinned?.licence ?? null),
    contextLimit: described.contextLimit,
    sha256,
    folder,
    converted,
  };
}

function availableRow({ name, parameters, licence, contextLimit, weights }: CatalogEntry): Row {
  const { bytes, sha256 } = weights;
  return { name, origin: "available", parameters, bytes, licence, contextLimit, sha256, folder: null, converted: [] };
}

const HEAD = ["model", "parameters", "size", "licence", "context limit", "SHA-256", "where"];
const WORDS = new Set([0, 3, 5, 6]);

function tableOf(rows: readonly Row[]): string {
  const cells = rows.flatMap((row) => [ownCells(row), ...row.converted.map(convertedCells)]);
  return `${aligned([HEAD, ...cells], WORDS).join("\n")}\n`;
}

function convertedCells({ precision, bytes, file }: Row["converted"][number]): string[] {
  return [`  ${precision}`, "", megabytes(bytes), "", "", "", file];
}

function ownCells(row: Row): string[] {
  return [
    row.name,
    grouped(row.parameters),
    megabytes(row.bytes),
    row.licence ?? "–",
    grouped(row.contextLimit),
    `${row.sha256.slice(0, 12)}…`,
    row.origin === "pulled" ? row.folder! : row.origin === "embedded" ? "in the package" : "not installed",
  ];
}

function grouped(value: number | null): string {
  return value === null ? "–" : value.toLocaleString("en");
}
