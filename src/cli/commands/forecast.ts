import { Command, Option } from "commander";
import { DEVICES } from "../../forecast/open-model.ts";
import type { Io } from "../io.ts";
import {
  parseAttributionHours,
  parseChange,
  parseContext,
  parseHorizon,
  parseOrigin,
  parseProbability,
  parseWatchHours,
  parseZone,
} from "../options.ts";
import { type ForecastOptions, runForecast } from "../run-forecast.ts";

export function forecastCommand(io: Io, run = runForecast): Command {
  return new Command("forecast")
    .description("Forecast the risk of every hour and draw when not to deploy")
    .option("--data <dir>", "folder with the event CSVs", "data")
    .option("--out <dir>", "folder for the pictures, CSV and JSON", "output")
    .option("--horizon <hours>", "hours to forecast, 1 to 1024", parseHorizon, 168)
    .option("--origin <time>", 'first hour to forecast, or "now" (default: the hour after the last event)', parseOrigin)
    .addOption(
      new Option("--timezone <zone>", "IANA time zone of the wall clock")
        .argParser(parseZone)
        .default(parseZone("UTC"), "UTC"),
    )
    .option("--model <name>", "a name under models/, a folder, or a .safetensors file", "drp-mini")
    .addOption(new Option("--device <device>", "where the model runs").choices(DEVICES).default("cpu"))
    .option("--context <hours>", "hours of history the model reads (default: what the model recommends)", parseContext)
    .option("--watch-hours <hours>", "how long a deploy is watched after it starts", parseWatchHours, 2)
    .option(
      "--attribution-hours <hours>",
      "longest time from a deploy to an incident it caused",
      parseAttributionHours,
      24,
    )
    .option("--change <traits>", 'risk of one change instead of the average: "size=large,critical=true"', parseChange)
    .option("--max-risk <probability>", "avoid every hour above this risk, 0 to 1", parseProbability)
    .option("--avoid-share <share>", "riskiest share of hours that can be avoid, 0 to 1", parseProbability)
    .option("--safe-share <share>", "least risky share of hours that can be safe, 0 to 1", parseProbability)
    .option("--service <name>", "one service instead of the whole platform, as its rows name it")
    .option("--json", "print risk_windows.json to standard output", false)
    .option("--quiet", "print errors only", false)
    .addHelpText("after", "\nExample:\n  $ drp forecast --data data --timezone Europe/Berlin --json | jq .windows\n")
    .action((options: ForecastOptions) => run(options, io));
}
