import { Command } from "commander";
import type { Io } from "../io.ts";
import type { ModelListOptions, runModelList } from "../run-model-list.ts";

export function modelListCommand(
  io: Io,
  run: typeof runModelList = async (...asked) => (await import("../run-model-list.ts")).runModelList(...asked),
): Command {
  return new Command("list")
    .description("Tell which models are installed and which can be pulled")
    .option("--json", "print JSON", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText("after", "\nExample:\n  $ drp model list\n")
    .action((options: ModelListOptions) => run(options, io));
}
