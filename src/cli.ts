#!/usr/bin/env node
import { main } from "./cli/main.ts";
import { ExitCode } from "./errors.ts";

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());
process.once("SIGTERM", () => interruption.abort());
let unwritten: Error | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE" || unwritten !== undefined) return; // who closes the pipe (`| head`) has what they wanted
  unwritten = error;
  process.stderr.write(`error: Cannot write to standard output: ${error.message}\n`);
  process.exitCode = ExitCode.output;
});
process.stderr.on("error", () => {}); // nobody is left to be told

const code = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  ...(process.stderr.isTTY ? { terminal: process.stderr } : {}),
  stdin: process.stdin,
  now: Date.now,
  env: process.env,
  signal: interruption.signal,
});
if (unwritten === undefined) process.exitCode = code;
