import { Command } from "commander";
import type { Io } from "../io.ts";
import type { ModelExportOptions, runModelExport } from "../run-model-export.ts";

export function modelExportCommand(
  io: Io,
  run: typeof runModelExport = async (...asked) => (await import("../run-model-export.ts")).runModelExport(...asked),
): Command {
  return new Command("export")
    .description("Write a model as an ONNX file for other runtimes")
    .argument("<name>", "the name of an installed model, a folder, or a .safetensors file")
    .requiredOption("--out <file>", "the ONNX file to write")
    .option("--self-contained", "put the weights into the file instead of referring to theirs", false)
    .option("--json", "print its inputs and outputs as JSON", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText(
      "after",
      `
Runtimes look for weights in the folder of the ONNX file alone: without --self-contained it must lie beside them.
docs/onnx.md tells what the inputs and outputs mean.

Example:
  $ drp model export drp-mini --out drp-mini.onnx --self-contained
`,
    )
    .action((name: string, options: ModelExportOptions) => run(name, options, io));
}
