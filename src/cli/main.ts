import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { ExitCode, UserError } from "../errors.ts";
import { backtestCommand } from "./commands/backtest.ts";
import { checkCommand } from "./commands/check.ts";
import { forecastCommand } from "./commands/forecast.ts";
import { generateCommand } from "./commands/generate.ts";
import { impactCommand } from "./commands/impact.ts";
import { modelCommand } from "./commands/model.ts";
import { predictCommand } from "./commands/predict.ts";
import { suggestCommand } from "./commands/suggest.ts";
import { trainCommand } from "./commands/train.ts";
import type { Io } from "./io.ts";

const EXIT_CODES = `
Exit codes: 0 done (check: safe), 1 bug, 2 usage, 3 data, 4 model, 5 output, 10 caution, 11 avoid, 130 interrupted
`;

/**
 * Runs `drp` with the arguments after its name.
 *
 * @returns the exit code; every failure is told on `io.stderr`, never thrown
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let answer: ExitCode = ExitCode.ok;
  const exit = (code: ExitCode) => {
    answer = code;
  };
  const program = new Command("drp")
    .description("When to deploy next week, how risky it is and why, from your own history")
    .version(packageJson.version)
    .addCommand(generateCommand(io))
    .addCommand(forecastCommand(io))
    .addCommand(suggestCommand(io))
    .addCommand(checkCommand(io, exit))
    .addCommand(backtestCommand(io, exit))
    .addCommand(impactCommand(io))
    .addCommand(trainCommand(io))
    .addCommand(predictCommand(io, exit))
    .addCommand(modelCommand(io, exit))
    .addHelpText("after", EXIT_CODES);
  speakThrough(io, program);
  try {
    await program.parseAsync(argv, { from: "user" });
    return answer;
  } catch (error) {
    return report(error, io);
  }
}

/** Lets a command and all below it throw instead of exiting, and write to `io`. */
function speakThrough(io: Io, command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
  });
  for (const below of command.commands) speakThrough(io, below);
}

function report(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage; // already told
  if (io.signal.aborted) {
    io.stderr.write("interrupted: nothing was written\n");
    return ExitCode.interrupted;
  }
  if (error instanceof UserError) {
    io.stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) io.stderr.write(`\nhint: ${error.hint}\n`);
    return error.exitCode;
  }
  io.stderr.write(`error: this is a bug in drp, please report it\n${error instanceof Error ? error.stack : error}\n`);
  return ExitCode.bug;
}
