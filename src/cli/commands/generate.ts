import { Command, Option } from "commander";
import { DEFAULT_DATA } from "../defaults.ts";
import type { Io } from "../io.ts";
import { parseDate, parseDays, parseFutureDays, parseSeed, parseServices } from "../options.ts";
import type { GenerateOptions, runGenerate } from "../run-generate.ts";

export function generateCommand(
  io: Io,
  run: typeof runGenerate = async (...asked) => (await import("../run-generate.ts")).runGenerate(...asked),
): Command {
  return new Command("generate")
    .option("--out <dir>", "folder for the CSV files", DEFAULT_DATA)
    .option("--seed <number>", "0 to 4294967295; the same seed gives the same bytes on every machine", parseSeed, 42)
    .addOption(
      new Option("--start <date>", "first day, YYYY-MM-DD")
        .argParser(parseDate)
        .default(parseDate("2024-01-01"), "2024-01-01"),
    )
    .option("--days <count>", "days of history", parseDays, 366)
    .option("--future-days <count>", "days after the history whose matches are known", parseFutureDays, 7)
    .option(
      "--services <count>",
      "services that deploy and call each other, 1 to 200; adds their columns and dependencies.csv",
      parseServices,
    )
    .option("--truth", "also write truth.csv, the rates behind every hour, and truth_*.csv of services", false)
    .addHelpText("after", "\nExample:\n  $ drp generate --out data --seed 7 --days 180 --services 12 --truth\n")
    .action((options: GenerateOptions) => run(options, io));
}
