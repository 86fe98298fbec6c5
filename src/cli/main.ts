import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { ExitCode, UserError } from "../errors.ts";
import type { Io } from "./io.ts";

/**
 * Runs `drp` with the arguments after its name.
 *
 * @returns the exit code; every failure is told on `io.stderr`, never thrown
 */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  const outcome: { exitCode: ExitCode } = { exitCode: ExitCode.ok };
  const program = new Command("drp")
    .description("When to deploy next week, how risky it is and why, from your own history")
    .version(packageJson.version);
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return outcome.exitCode;
  } catch (error) {
    return report(error, io);
  }
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
