/**
 * What the commands that forecast share: options, the model they open, and telling people.
 * @module
 */

import { type Command, Option } from "commander";
import type { Zone } from "../calendar/zone.ts";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { ExitCode, UserError } from "../errors.ts";
import {
  DEVICES,
  type DeviceChoice,
  type ForecastModel,
  openModel,
  PRECISIONS,
  type Precision,
} from "../forecast/open-model.ts";
import { hoursAhead } from "../risk/forecast-risk.ts";
import type { Events } from "../series/history.ts";
import { suggestion } from "./find-service.ts";
import type { Io } from "./io.ts";
import {
  parseAttributionHours,
  parseContextChoice,
  parseHorizon,
  parseThreads,
  parseWatchHours,
  timezoneOption,
} from "./options.ts";
import { type Progress, progressOn } from "./progress.ts";

export type ForecastingOptions = {
  data: string;
  out: string;
  horizon: number;
  timezone: Zone;
  model: string;
  device: DeviceChoice;
  precision: Precision;
  threads?: number;
  context?: number | "auto";
  watchHours: number;
  attributionHours: number;
  service?: string;
  json: boolean;
  quiet: boolean;
};

/** Adds the options to a command that forecasts. */
export function forecasting(command: Command): Command {
  return command
    .option("--data <dir>", "folder with the event CSVs", "data")
    .option("--out <dir>", "folder for what is written", "output")
    .option("--horizon <hours>", "hours to forecast, 1 to 1024", parseHorizon, 168)
    .addOption(timezoneOption())
    .option("--service <name>", "one service instead of the whole platform, as its rows name it")
    .option("--model <name>", "a name that drp model list shows, a folder, or a .safetensors file", "drp-mini")
    .addOption(deviceOption())
    .addOption(precisionOption())
    .option("--threads <n>", "threads to use at most (default: one per core)", parseThreads)
    .option(
      "--context <hours>",
      'hours of history the model reads (default: what the model recommends); "auto" chooses by the last weeks',
      parseContextChoice,
    )
    .option("--watch-hours <hours>", "how long a deploy is watched after it starts", parseWatchHours, 2)
    .option(
      "--attribution-hours <hours>",
      "longest time from a deploy to an incident it caused",
      parseAttributionHours,
      24,
    )
    .option("--json", "print the JSON document to standard output", false)
    .option("--quiet", "say nothing but errors", false);
}

/** `--device`, the CPU unless given. */
export function deviceOption(): Option {
  return new Option("--device <device>", 'where the model runs; "auto" tries all and takes the fastest')
    .choices([...DEVICES, "auto"])
    .default("cpu");
}

/** `--precision`, as the model came unless given. */
export function precisionOption(): Option {
  return new Option("--precision <precision>", "of the model's weights; drp model convert makes fp16 and int8")
    .choices(PRECISIONS)
    .default("fp32");
}

/**
 * Opens the model asked for, and tells which device "auto" has taken.
 *
 * @throws {UserError} as `openModel()`
 */
export async function openAsked(
  options: Pick<ForecastingOptions, "model" | "device" | "precision" | "threads" | "horizon" | "watchHours">,
  io: Io,
  tell: (text: string) => void,
): Promise<ForecastModel> {
  const { device, precision, threads, horizon: horizonHours, watchHours } = options;
  const model = await openModel(options.model, {
    device,
    precision,
    horizon: hoursAhead({ horizonHours, watchHours }),
    modelsFolder: modelsFolder(io.env),
    ...(threads === undefined ? {} : { threads }),
  });
  for (const { device: tried, found } of model.trials) tell(`note: ${tried}: ${found}`);
  if (device === "auto") tell(`note: the model runs on ${model.device}`);
  return model;
}

/** @throws {UserError} exit 3 if a service is asked for that no row names */
export function checkService(
  { service: name }: Pick<ForecastingOptions, "service">,
  { deploys = [], incidents }: Pick<Events, "deploys" | "incidents">,
): void {
  if (name === undefined) return;
  const counts = new Map<string, number>();
  for (const { service } of [...deploys, ...incidents])
    if (service !== undefined) counts.set(service, (counts.get(service) ?? 0) + 1);
  if (counts.has(name)) return;
  const known = [...counts].sort(([, a], [, b]) => b - a).map(([service]) => service);
  throw new UserError(
    `Cannot find service "${name}": no deploy or incident names it`,
    ExitCode.data,
    known.length === 0 ? 'give the rows of your files a "service" column' : suggestion(name, known),
  );
}

/** Progress on a terminal, and lines for people that it does not run into. */
export function told(io: Io, quiet: boolean): { progress: Progress; tell: (text: string) => void } {
  const progress = progressOn(io, quiet);
  return {
    progress,
    tell: (text) => {
      progress.done();
      if (!quiet) io.stderr.write(`${text}\n`);
    },
  };
}
