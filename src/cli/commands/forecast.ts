import { Command } from "commander";
import { forecasting } from "../forecasting-options.ts";
import type { Io } from "../io.ts";
import { parseChange, parseOrigin, parseProbability } from "../options.ts";
import type { ForecastOptions, runForecast } from "../run-forecast.ts";

export function forecastCommand(
  io: Io,
  run: typeof runForecast = async (...asked) => (await import("../run-forecast.ts")).runForecast(...asked),
): Command {
  return forecasting(new Command("forecast"))
    .option("--origin <time>", 'first hour to forecast, or "now" (default: the hour after the last event)', parseOrigin)
    .option("--change <traits>", 'risk of one change instead of the average: "size=large,critical=true"', parseChange)
    .option("--max-risk <probability>", "avoid every hour above this risk, 0 to 1", parseProbability)
    .option("--avoid-share <share>", "riskiest share of hours that can be avoid, 0 to 1", parseProbability)
    .option("--safe-share <share>", "least risky share of hours that can be safe, 0 to 1", parseProbability)
    .addHelpText("after", "\nExample:\n  $ drp forecast --data data --timezone Europe/Berlin --json | jq .windows\n")
    .action((options: ForecastOptions) => run(options, io));
}
