import { Command } from "commander";
import type { ExitCode } from "../../errors.ts";
import type { Io } from "../io.ts";
import { modelBenchCommand } from "./model-bench.ts";
import { modelConvertCommand } from "./model-convert.ts";
import { modelExportCommand } from "./model-export.ts";
import { modelListCommand } from "./model-list.ts";
import { modelPullCommand } from "./model-pull.ts";
import { modelVerifyCommand } from "./model-verify.ts";

/**
 * The commands about forecasting models.
 *
 * @param exit is told the exit code
 */
export function modelCommand(io: Io, exit: (code: ExitCode) => void): Command {
  return new Command("model")
    .addCommand(modelListCommand(io))
    .addCommand(modelPullCommand(io, exit))
    .addCommand(modelVerifyCommand(io, exit))
    .addCommand(modelConvertCommand(io))
    .addCommand(modelExportCommand(io))
    .addCommand(modelBenchCommand(io));
}
