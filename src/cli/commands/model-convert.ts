import { Command, Option } from "commander";
import { CONVERTED } from "../../forecast/choices.ts";
import type { Io } from "../io.ts";
import type { ModelConvertOptions, runModelConvert } from "../run-model-convert.ts";

export function modelConvertCommand(
  io: Io,
  run: typeof runModelConvert = async (...asked) => (await import("../run-model-convert.ts")).runModelConvert(...asked),
): Command {
  return new Command("convert")
    .description("Write a model's weights anew in another precision, beside the original")
    .argument("<name>", "the name of an installed model, a folder, or a .safetensors file")
    .addOption(
      new Option("--precision <precision>", "of the converted weights").choices(CONVERTED).makeOptionMandatory(),
    )
    .option("--json", "print JSON", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText(
      "after",
      `
fp16 is half the size; int8 is about a quarter for large models, and faster on the CPU. How far the answers deviate from the
original's is measured after the conversion.

Example:
  $ drp model convert drp-mini --precision int8
`,
    )
    .action((name: string, options: ModelConvertOptions) => run(name, options, io));
}
