import type { Readable } from "node:stream";

/** All that a command may know of the process around it, so that tests can stand in for it. */
export type Io = {
  /** data */
  stdout: { write(text: string): unknown };
  /** words for people */
  stderr: { write(text: string): unknown };
  /** where words go to a terminal: that terminal, for lines that replace each other, and how wide it is if that is known */
  terminal?: { write(text: string): unknown; readonly columns?: number | undefined };
  stdin: Readable;
  /** the clock, epoch milliseconds */
  now(): number;
  /** the environment variables, for programs that drp starts */
  env: Readonly<Record<string, string | undefined>>;
  /** aborted by Ctrl-C */
  signal: AbortSignal;
};
