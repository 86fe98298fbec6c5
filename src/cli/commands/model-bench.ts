import { Command, Option } from "commander";
import { DEVICES } from "../../forecast/choices.ts";
import { precisionOption } from "../forecasting-options.ts";
import type { Io } from "../io.ts";
import { parseBatches, parseContexts, parseRuns, parseThreads } from "../options.ts";
import type { ModelBenchOptions, runModelBench } from "../run-model-bench.ts";

export function modelBenchCommand(
  io: Io,
  run: typeof runModelBench = async (...asked) => (await import("../run-model-bench.ts")).runModelBench(...asked),
): Command {
  return new Command("bench")
    .description(
      "Measure a model on this machine: time to open and to forecast a week, memory, share of matrix products",
    )
    .argument("[name]", "the name of an installed model, a folder, or a .safetensors file", "drp-mini")
    .addOption(new Option("--device <device>", "where the model runs").choices(DEVICES).default("cpu"))
    .addOption(precisionOption())
    .addOption(listOption("--context <list>", "points of history", parseContexts, [512, 1024, 2048]))
    .addOption(listOption("--batch <list>", "series that run together", parseBatches, [1, 8]))
    .option("--threads <n>", "threads of one forecast (default: one per core)", parseThreads)
    .option("--runs <n>", "measurements of each; the median is shown", parseRuns, 5)
    .option("--json", "print JSON", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText(
      "after",
      `
The share is the time of the model's matrix products alone, on the same weights, to the time of its forecasts; both are
measured in turns.

Example:
  $ drp model bench drp-mini --context 1024,2048 --batch 1,8
`,
    )
    .action((name: string, options: ModelBenchOptions) => run(name, options, io));
}

function listOption(flags: string, of: string, parse: (text: string) => number[], usual: readonly number[]): Option {
  return new Option(flags, `${of}, separated by commas`).argParser(parse).default(usual, usual.join(","));
}
