import { Command, Option } from "commander";
import { METHODS } from "../../backtest/method-names.ts";
import type { ExitCode } from "../../errors.ts";
import { forecasting } from "../forecasting-options.ts";
import type { Io } from "../io.ts";
import { parseMethods, parseWeeks } from "../options.ts";
import type { BacktestOptions, runBacktest } from "../run-backtest.ts";

/** @param exit is told the exit code */
export function backtestCommand(
  io: Io,
  exit: (code: ExitCode) => void,
  run: typeof runBacktest = async (...asked) => (await import("../run-backtest.ts")).runBacktest(...asked),
): Command {
  return forecasting(new Command("backtest"))
    .option("--weeks <count>", "past weeks to forecast, each from what lay before it", parseWeeks, 12)
    .addOption(
      new Option("--methods <list>", `methods to compare, of ${METHODS.join(", ")}`)
        .argParser(parseMethods)
        .default(METHODS, "all"),
    )
    .addHelpText("after", "\nExample:\n  $ drp backtest --data data --weeks 26\n")
    .action(async (options: BacktestOptions) => exit(await run(options, io)));
}
