import { Command } from "commander";
import { DEFAULT_CHANGE_MODEL, DEFAULT_DATA } from "../defaults.ts";
import type { Io } from "../io.ts";
import {
  parseAttributionHours,
  parseColumns,
  parseSeed,
  parseSplit,
  parseTimeOrDate,
  parseTrees,
  timezoneOption,
} from "../options.ts";
import type { runTrain, TrainOptions } from "../run-train.ts";

export function trainCommand(
  io: Io,
  run: typeof runTrain = async (...asked) => (await import("../run-train.ts")).runTrain(...asked),
): Command {
  return new Command("train")
    .option("--data <dir>", `folder with deploy_events.csv and incidents.csv (default: "${DEFAULT_DATA}")`)
    .option("--table <file>", "any table of changes instead, CSV or .csv.gz, a change a row")
    .option("--label <column>", "for --table: the column that tells which changes failed")
    .option("--time <column>", "for --table: the column of their time, ISO 8601, or seconds or milliseconds since 1970")
    .option("--ignore <columns>", "for --table: columns to leave out, separated by commas", parseColumns)
    .option("--git <repository>", "the history of a git repository instead")
    .option("--since <date>", "for --git: learn from changes since then, YYYY-MM-DD or a time", parseTimeOrDate)
    .option("--out <dir>", "folder for the model", DEFAULT_CHANGE_MODEL)
    .option(
      "--split <share>",
      "share of the changes, the earliest, that is trained on; the rest scores it",
      parseSplit,
      0.8,
    )
    .option("--refit", "save a model trained on all changes, once the scores are known", false)
    .option("--trees <number>", "trees of the forest", parseTrees, 300)
    .option("--seed <number>", "the same seed gives the same model", parseSeed, 1)
    .addOption(timezoneOption())
    .option(
      "--attribution-hours <hours>",
      "for --data: longest time from a deploy to an incident it caused",
      parseAttributionHours,
      24,
    )
    .option("--json", "print evaluation-metrics.json to standard output", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText(
      "after",
      "\nExamples:\n  $ drp train --data data\n  $ drp train --table changes.csv.gz --label failed --time timestamp_utc --ignore reverted,sha\n  $ drp train --git . --since 2024-01-01\n",
    )
    .action((options: TrainOptions) => run(options, io));
}
