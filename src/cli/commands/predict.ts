import { Command } from "commander";
import type { ExitCode } from "../../errors.ts";
import { DEFAULT_CHANGE_MODEL, DEFAULT_DATA, DEFAULT_WINDOWS } from "../defaults.ts";
import type { Io } from "../io.ts";
import { parseCount, parseFields, parseProbability } from "../options.ts";
import type { PredictOptions, runPredict } from "../run-predict.ts";

/** @param exit is told the exit code */
export function predictCommand(
  io: Io,
  exit: (code: ExitCode) => void,
  run: typeof runPredict = async (...asked) => (await import("../run-predict.ts")).runPredict(...asked),
): Command {
  return new Command("predict")
    .option("--model <dir>", "folder of a model that drp train wrote", DEFAULT_CHANGE_MODEL)
    .option(
      "--change <fields>",
      "one change, such as size=large,critical=true,service=api,at=2026-01-09T17:00",
      parseFields,
    )
    .option("--table <file>", "a table of changes, CSV or .csv.gz, - for standard input")
    .option("--git <repository>", "a git repository, with --commit")
    .option("--commit <revision>", "for --git: a commit or a range")
    .option("--data <dir>", "for --change: the history that tells what came before", DEFAULT_DATA)
    .option("--windows <file>", "risk_windows.json of a forecast, for the next safe window", DEFAULT_WINDOWS)
    .option("--explain <number>", "of a table, the riskiest changes to show with reasons", parseCount, 20)
    .option("--max-risk <probability>", "exit with 11 if a change is riskier", parseProbability)
    .option("--json", "print JSON with every change", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ drp predict --change size=large,service=api,at=2026-01-09T17:00 --max-risk 0.1\n  $ drp predict --git . --commit main..HEAD\n",
    )
    .action(async (options: PredictOptions) => exit(await run(options, io)));
}
