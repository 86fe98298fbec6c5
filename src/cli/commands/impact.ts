import { Command, Option } from "commander";
import { DEFAULT_DATA, IMPACT_FORMATS } from "../defaults.ts";
import type { Io } from "../io.ts";
import { timezoneOption } from "../options.ts";
import type { ImpactOptions, runImpact } from "../run-impact.ts";

export function impactCommand(
  io: Io,
  run: typeof runImpact = async (...asked) => (await import("../run-impact.ts")).runImpact(...asked),
): Command {
  return new Command("impact")
    .requiredOption("--service <name>", "the service that fails")
    .option("--data <dir>", `folder with incidents.csv and dependencies.csv (default: "${DEFAULT_DATA}")`)
    .option("--dependencies <file>", "CSV of caller,callee (default: dependencies.csv of the folder)")
    .option("--system <name>", "which system, where the file tells several apart")
    .addOption(new Option("--format <format>", "what to print").choices(IMPACT_FORMATS).default("table"))
    .addOption(timezoneOption())
    .option("--out <dir>", "folder for impact.png", "output")
    .option("--quiet", "say nothing but errors", false)
    .addHelpText("after", "\nExample:\n  $ drp impact --data data --service payments --format mermaid\n")
    .action((options: ImpactOptions) => run(options, io));
}
