import { Command } from "commander";
import type { ExitCode } from "../../errors.ts";
import type { Io } from "../io.ts";
import type { ModelPullOptions, runModelPull } from "../run-model-pull.ts";

/** @param exit is told the exit code */
export function modelPullCommand(
  io: Io,
  exit: (code: ExitCode) => void,
  run: typeof runModelPull = async (...asked) => (await import("../run-model-pull.ts")).runModelPull(...asked),
): Command {
  return new Command("pull")
    .description("Fetch a model from the Hugging Face Hub, or install one brought by hand")
    .argument("<name>", "the model, as drp model list shows it")
    .option("--from <file>", "its weights, brought by hand: nothing is fetched")
    .option("--json", "print JSON", false)
    .option("--quiet", "say nothing but errors", false)
    .addHelpText(
      "after",
      `
It goes to $DRP_MODELS, else to drp/models in your cache folder, and obeys HTTPS_PROXY, HTTP_PROXY, NO_PROXY,
HF_ENDPOINT and HF_TOKEN. A copy in Hugging Face's cache (HF_HUB_CACHE, HF_HOME) is used instead of fetching it.

Examples:
  $ drp model pull timesfm-2.5
  $ drp model pull timesfm-2.5 --from ./model.safetensors
`,
    )
    .action(async (name: string, options: ModelPullOptions) => exit(await run(name, options, io)));
}
