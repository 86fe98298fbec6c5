import type { Io } from "./io.ts";
import { oneLine } from "./printable.ts";
import { shownWidth } from "./shown-width.ts";

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
  const room = () => (terminal.columns || Infinity) - 1; // in the last column some terminals begin the next line
  const show = (text: string) => terminal.write(`${CLEAR_LINE}${shownWithin(text, room())}`);
  return {
    step: (name) => show(`${oneLine(name)} …`),
    bar: (name, done, total, words = `${done} of ${total}`) => {
      const label = oneLine(name);
      const width = Math.max(0, Math.min(BAR_WIDTH, room() - shownWidth(`${label}  ${words}`)));
      const filled = Math.floor((width * done) / total);
      show(`${label} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${words}`);
    },
    done: () => terminal.write(CLEAR_LINE),
  };
}

/** What fits of a line: of one that is wrapped only the last row would be replaced. */
function shownWithin(text: string, columns: number): string {
  const signs = [...text];
  while (shownWidth(signs.join("")) > columns) signs.pop();
  return signs.join("");
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
