import type { Io } from "./io.ts";
import { oneLine } from "./printable.ts";

/** Tells which step is under way, on a terminal only; each step replaces the one before it. */
export type Progress = {
  step(name: string): void;
  /** how much of something is done, "done of total" unless said in other words */
  bar(name: string, done: number, total: number, words?: string): void;
  done(): void;
};

const BAR_WIDTH = 24;

const CLEAR_LINE = "\r\u001b[2K";

function progressOn({ terminal }: Io, quiet: boolean): Progress {
  if (quiet || terminal === undefined) return { step: () => {}, bar: () => {}, done: () => {} };
  return {
    step: (name) => terminal.write(`${CLEAR_LINE}${oneLine(name)} …`),
    bar: (name, done, total, words = `${done} of ${total}`) => {
      const filled = Math.floor((BAR_WIDTH * done) / total);
      terminal.write(`${CLEAR_LINE}${oneLine(name)} ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${words}`);
    },
    done: () => terminal.write(CLEAR_LINE),
  };
}

/** Progress on a terminal, and lines for people that it does not run into. */
export function told(io: Io, quiet: boolean): { progress: Progress; tell: (text: string) => void } {
  const progress = progressOn(io, quiet);
  return {
    progress,
    tell: (text) => {
      progress.done();
      if (!quiet) io.stderr.write(`${text}\n`);
    },
  };
}
