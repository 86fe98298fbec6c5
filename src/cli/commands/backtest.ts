import { Command, Option } from "commander";
import { METHODS } from "../../backtest/methods.ts";
import type { ExitCode } from "../../errors.ts";
import { DEVICES } from "../../forecast/open-model.ts";
import type { Io } from "../io.ts";
import {
  parseAttributionHours,
  parseContext,
  parseHorizon,
  parseMethods,
  parseWatchHours,
  parseWeeks,
  parseZone,
} from "../options.ts";
import { type BacktestOptions, runBacktest } from "../run-backtest.ts";

/** @param exit is told the exit code */
export function backtestCommand(io: Io, exit: (code: ExitCode) => void, run = runBacktest): Command {
  return new Command("backtest")
    .description("Score the forecast on past weeks, beside naive baselines")
    .option("--data <dir>", "folder with the event CSVs", "data")
    .option("--out <dir>", "folder for backtest.json and its pictures", "output")
    .option("--weeks <count>", "past weeks to forecast, each from what lay before it", parseWeeks, 12)
    .option("--horizon <hours>", "hours to forecast at each, 1 to 1024", parseHorizon, 168)
    .addOption(
      new Option("--methods <list>", `methods to compare, of ${METHODS.join(", ")}`)
        .argParser(parseMethods)
        .default(METHODS, "all"),
    )
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
    .option("--service <name>", "one service instead of the whole platform, as its rows name it")
    .option("--json", "print backtest.json to standard output", false)
    .option("--quiet", "print the table and errors only", false)
    .addHelpText("after", "\nExample:\n  $ drp backtest --data data --weeks 26\n")
    .action(async (options: BacktestOptions) => exit(await run(options, io)));
}
