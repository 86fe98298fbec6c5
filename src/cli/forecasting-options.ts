/**
 * The options that the commands that forecast share.
 * @module
 */

import { type Command, Option } from "commander";
import type { Zone } from "../calendar/zone.ts";
import { DEVICES, PRECISIONS, type Precision } from "../forecast/choices.ts";
import type { DeviceChoice } from "../forecast/open-model.ts";
import { DEFAULT_DATA } from "./defaults.ts";
import {
  parseAttributionHours,
  parseContextChoice,
  parseHorizon,
  parseThreads,
  parseWatchHours,
  timezoneOption,
} from "./options.ts";

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
    .option("--data <dir>", "folder with the event CSVs", DEFAULT_DATA)
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
function deviceOption(): Option {
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
