import type { Io } from "./io.ts";

/** Tells which step is under way, on a terminal only; each step replaces the one before it. */
export type Progress = { step(name: string): void; done(): void };

const CLEAR_LINE = "\r\u001b[2K";

export function progressOn(io: Io, quiet: boolean): Progress {
  if (quiet || io.stderr.isTTY !== true) return { step: () => {}, done: () => {} };
  return {
    step: (name) => io.stderr.write(`${CLEAR_LINE}${name} …`),
    done: () => io.stderr.write(CLEAR_LINE),
  };
}
