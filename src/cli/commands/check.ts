import { Command } from "commander";
import type { ExitCode } from "../../errors.ts";
import { DEFAULT_WINDOWS } from "../defaults.ts";
import type { Io } from "../io.ts";
import { parseProbability, parseTime } from "../options.ts";
import type { CheckOptions, runCheck } from "../run-check.ts";

/** @param exit is told the exit code that answers the question */
export function checkCommand(
  io: Io,
  exit: (code: ExitCode) => void,
  run: typeof runCheck = async (...asked) => (await import("../run-check.ts")).runCheck(...asked),
): Command {
  return new Command("check")
    .option("--at <time>", "start of the deploy (default: now)", parseTime)
    .option("--max-risk <probability>", "exit 11 above this risk, 0 to 1", parseProbability)
    .option("--windows <file>", "risk_windows.json of a forecast, - for standard input", DEFAULT_WINDOWS)
    .option("--json", "print JSON", false)
    .addHelpText("after", '\nExample:\n  $ drp check --at "2025-01-08 10:00" && ./deploy.sh\n')
    .action(async (options: CheckOptions) => exit(await run(options, io)));
}
