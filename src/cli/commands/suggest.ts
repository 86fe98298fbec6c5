import { Command, Option } from "commander";
import { DEFAULT_WINDOWS } from "../defaults.ts";
import type { Io } from "../io.ts";
import { parseCount, parseDuration, parseStaffedHours, parseTime } from "../options.ts";
import type { runSuggest, SuggestOptions } from "../run-suggest.ts";

export function suggestCommand(
  io: Io,
  run: typeof runSuggest = async (...asked) => (await import("../run-suggest.ts")).runSuggest(...asked),
): Command {
  return new Command("suggest")
    .option("--from <time>", "earliest start (default: now)", parseTime)
    .addOption(duration("--duration <duration>", 'how long the window is, such as "2h" or "90m"', "2h"))
    .addOption(duration("--within <duration>", "how far ahead to look", "3d"))
    .option(
      "--hours <spans>",
      'when people are there, such as "Mon-Fri 09:00-17:00,Sat 10:00-12:00"',
      parseStaffedHours,
    )
    .option("--count <number>", "most windows to suggest", parseCount, 3)
    .option("--windows <file>", "risk_windows.json of a forecast, - for standard input", DEFAULT_WINDOWS)
    .option("--service <name>", "refuse a forecast that is not of this service")
    .option("--json", "print JSON", false)
    .addHelpText("after", '\nExample:\n  $ drp suggest --duration 1h --within 2d --hours "Mon-Fri 09:00-17:00"\n')
    .action((options: SuggestOptions) => run(options, io));
}

function duration(flags: string, description: string, preset: string): Option {
  return new Option(flags, description).argParser(parseDuration).default(parseDuration(preset), preset);
}
