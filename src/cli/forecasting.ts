/**
 * What the commands that forecast share: options, the request made of them, and telling people.
 * @module
 */

import { type Command, Option } from "commander";
import type { Zone } from "../calendar/zone.ts";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { ExitCode, UserError } from "../errors.ts";
import { DEVICES, type DeviceChoice, type ForecastModel, openModel } from "../forecast/open-model.ts";
import { hoursAhead, type RiskRequest } from "../risk/forecast-risk.ts";
import type { Events } from "../series/history.ts";
import type { Io } from "./io.ts";
import {
  parseAttributionHours,
  parseContext,
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
  threads?: number;
  context?: number;
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
    .option("--threads <n>", "threads of one forecast (default: one per core)", parseThreads)
    .option("--context <hours>", "hours of history the model reads (default: what the model recommends)", parseContext)
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

/**
 * Opens the model asked for, and tells which device "auto" has taken.
 *
 * @throws {UserError} as `openModel()`
 */
export async function openAsked(
  { model: name, device, threads }: Pick<ForecastingOptions, "model" | "device" | "threads">,
  runs: "once" | "many",
  io: Io,
  tell: (text: string) => void,
): Promise<ForecastModel> {
  const model = await openModel(name, {
    device,
    runs,
    modelsFolder: modelsFolder(io.env),
    ...(threads === undefined ? {} : { threads }),
  });
  for (const { device: tried, found } of model.trials) tell(`note: ${tried}: ${found}`);
  if (device === "auto") tell(`note: the model runs on ${model.device}`);
  return model;
}

/** @throws {UserError} exit 2 if the model cannot read the context asked for */
export function requestOf(options: ForecastingOptions, model: ForecastModel, io: Io): RiskRequest {
  const { horizon, watchHours, attributionHours, context, service } = options;
  const request = {
    horizonHours: horizon,
    watchHours,
    attributionHours,
    ...(context === undefined ? {} : { context }),
    ...(service === undefined ? {} : { service }),
    signal: io.signal,
  };
  const longest = model.longestContext(hoursAhead(request));
  if (context === undefined || context <= longest) return request;
  throw new UserError(
    `Cannot read ${context} hours of context: expected at most ${longest} with this model and horizon`,
    ExitCode.usage,
  );
}

const SERVICES_SHOWN = 10;

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
  const more = known.length > SERVICES_SHOWN ? ` and ${known.length - SERVICES_SHOWN} more` : "";
  throw new UserError(
    `Cannot find service "${name}": no deploy or incident names it`,
    ExitCode.data,
    known.length === 0
      ? 'give the rows of your files a "service" column'
      : `they name ${known.slice(0, SERVICES_SHOWN).join(", ")}${more}`,
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
