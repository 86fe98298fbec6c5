import { Command, Option } from "commander";
import type { ExitCode } from "../../errors.ts";
import { DEVICES } from "../../forecast/choices.ts";
import { precisionOption } from "../forecasting-options.ts";
import type { Io } from "../io.ts";
import type { ModelVerifyOptions, runModelVerify } from "../run-model-verify.ts";

/** @param exit is told the exit code */
export function modelVerifyCommand(
  io: Io,
  exit: (code: ExitCode) => void,
  run: typeof runModelVerify = async (...asked) => (await import("../run-model-verify.ts")).runModelVerify(...asked),
): Command {
  return new Command("verify")
    .description("Check a model's bytes, its tensors and its answers on this machine")
    .argument(
      "[name]",
      "a name that drp model list shows, a folder, or a .safetensors file (default: all installed, in that precision)",
    )
    .addOption(new Option("--device <device>", "where the model runs").choices(DEVICES).default("cpu"))
    .addOption(precisionOption())
    .option("--json", "print JSON", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText("after", "\nExample:\n  $ drp model verify drp-mini\n")
    .action(async (name: string | undefined, options: ModelVerifyOptions) => exit(await run(name, options, io)));
}
