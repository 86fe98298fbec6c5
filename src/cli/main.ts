import { Command, CommanderError, Help, type Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { ExitCode, UserError } from "../errors.ts";
import type { Io } from "./io.ts";
import { printable } from "./printable.ts";

const EXIT_CODES = `
Exit codes: 0 done (check: safe), 1 bug, 2 usage, 3 data, 4 model, 5 output, 10 caution, 11 avoid, 130 interrupted
`;

type Exit = (code: ExitCode) => void;

/** Commands load when they are named: what `--help` shows of the others is here. */
const COMMANDS: readonly {
  name: string;
  description: string;
  load: (io: Io, exit: Exit) => Promise<Command>;
}[] = [
  {
    name: "generate",
    description: "Write the events of a synthetic platform: matches, deploys and incidents",
    load: async (io) => (await import("./commands/generate.ts")).generateCommand(io),
  },
  {
    name: "forecast",
    description: "Forecast the risk of every hour and draw when not to deploy",
    load: async (io) => (await import("./commands/forecast.ts")).forecastCommand(io),
  },
  {
    name: "suggest",
    description: "Suggest the best windows to deploy in, from a forecast",
    load: async (io) => (await import("./commands/suggest.ts")).suggestCommand(io),
  },
  {
    name: "check",
    description: "Tell whether to deploy now: exit 0 safe, 10 caution, 11 avoid",
    load: async (io, exit) => (await import("./commands/check.ts")).checkCommand(io, exit),
  },
  {
    name: "backtest",
    description: "Score the forecast on past weeks, beside naive baselines",
    load: async (io, exit) => (await import("./commands/backtest.ts")).backtestCommand(io, exit),
  },
  {
    name: "impact",
    description: "Tell which services a failure of one would reach, and how likely",
    load: async (io) => (await import("./commands/impact.ts")).impactCommand(io),
  },
  {
    name: "train",
    description: "Train a model of which changes fail, and score it on the latest ones",
    load: async (io) => (await import("./commands/train.ts")).trainCommand(io),
  },
  {
    name: "predict",
    description: "Tell how likely a change fails, and why",
    load: async (io, exit) => (await import("./commands/predict.ts")).predictCommand(io, exit),
  },
  {
    name: "model",
    description: "List, fetch, check, convert, export and measure forecasting models",
    load: async (io, exit) => (await import("./commands/model.ts")).modelCommand(io, exit),
  },
];

/**
 * Runs `drp` with the arguments after its name.
 *
 * @returns the exit code; every failure is told on standard error, never thrown
 */
export async function main(argv: readonly string[], around: Io): Promise<ExitCode> {
  const io = { ...around, stdout: printing(around.stdout), stderr: printing(around.stderr) };
  let answer: ExitCode = ExitCode.ok;
  const exit = (code: ExitCode) => {
    answer = code;
  };
  const program = new Command("drp")
    .description("When to deploy next week, how risky it is and why, from your own history")
    .version(packageJson.version)
    .addHelpText("after", EXIT_CODES);
  try {
    for (const { name, description, load } of COMMANDS) {
      const command = argv.includes(name) ? await load(io, exit) : new Command(name);
      program.addCommand(command.description(description));
    }
    speakThrough(io, program);
    await program.parseAsync(understood(argv, program), { from: "user" });
    return answer;
  } catch (error) {
    return report(error, io);
  }
}

/** Whatever is written, no name in it steers the terminal; JSON means the same before and after. */
function printing(stream: Io["stdout"]): Io["stdout"] {
  return { write: (text) => stream.write(printable(text)) };
}

/**
 * Arguments as commander understands them: where help is asked for it answers a name that is none with the help of all, and reads
 * one name after `help`.
 */
function understood(argv: readonly string[], program: Command): readonly string[] {
  const names: string[] = [];
  let help = false;
  let command: Command | undefined = program;
  for (const word of argv) {
    if (command.commands.length === 0 || word.startsWith("-")) break;
    if (word === "help") {
      help = true;
      continue;
    }
    names.push(word);
    command = command.commands.find((below) => below.name() === word);
    if (command === undefined) return names; // which commander refuses, naming the closest
  }
  return help ? [...names, "--help"] : argv;
}

/** Lets a command and all below it throw instead of exiting, and write to `io`. */
function speakThrough(io: Io, command: Command): void {
  command
    .exitOverride()
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  for (const below of command.commands) speakThrough(io, below);
}

/** Flags are off unless given: help need not say so. */
function optionDescription(option: Option): string {
  return Help.prototype.optionDescription(option).replace(/ \(default: false\)$/, "");
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
