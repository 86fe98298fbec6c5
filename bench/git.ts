/**
 * Time and peak memory of reading a git history as a table of changes, and of all of `drp train` on it: a synthetic history, or
 * a repository of yours.
 *
 *     npm run bench:git [-- COMMITS | REPOSITORY]
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gitChanges } from "../src/git/git-changes.ts";
import { writeGitRepository } from "./git-repository.ts";

const [, , argument = "100000", child] = process.argv;

const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
/** A peak of memory lasts longer. */
const SAMPLE_EVERY_MS = 25;

if (child !== undefined) await report(argument);
else {
  const scratch = mkdtempSync(join(tmpdir(), "drp-bench-git-"));
  try {
    const isCount = /^\d+$/.test(argument);
    const repository = isCount ? join(scratch, "repository") : argument;
    if (isCount) await writeGitRepository(repository, Number(argument));
    measureInProcess(repository);
    await measureTraining(repository, join(scratch, "model"));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** In a process of its own, so that its peak is that of reading alone. */
function measureInProcess(repository: string): void {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), repository, "child"];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}

async function report(repository: string): Promise<void> {
  const start = performance.now();
  const { table, notices } = await gitChanges({ path: repository, env: process.env });
  const seconds = (performance.now() - start) / 1000;
  const failed = table.failed.reduce((sum, one) => sum + one, 0);
  const peak = megabytes("self", "VmHWM");
  console.log(
    `reading: ${table.times.length} changes, ${failed} failed, ${seconds.toFixed(1)} s, peak ${peak.toFixed(0)} MB`,
  );
  for (const notice of notices) console.log(`  ${notice}`);
}

/** The built program with its defaults, as a user runs it, and the git that it starts. */
async function measureTraining(repository: string, out: string): Promise<void> {
  const start = performance.now();
  const program = spawn(process.execPath, [CLI, "train", "--git", repository, "--out", out, "--quiet"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const peak = { drp: 0, git: 0, together: 0 };
  const sample = setInterval(() => {
    const drp = String(program.pid);
    const children = read(`/proc/${drp}/task/${drp}/children`).split(" ").filter(Boolean);
    const sum = (pids: readonly string[], key: "VmHWM" | "VmRSS") =>
      pids.reduce((total, pid) => total + megabytes(pid, key), 0);
    peak.drp = Math.max(peak.drp, megabytes(drp, "VmHWM"));
    peak.git = Math.max(peak.git, sum(children, "VmHWM"));
    peak.together = Math.max(peak.together, sum([drp, ...children], "VmRSS"));
  }, SAMPLE_EVERY_MS);
  const [code] = (await once(program, "close")) as [number | null];
  clearInterval(sample);
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) process.exitCode = 1;
  const [drp, git, together] = [peak.drp, peak.git, peak.together].map((value) => value.toFixed(0));
  console.log(`training: ${seconds.toFixed(1)} s, peak ${drp} MB, of git ${git} MB, of both at once ${together} MB`);
}

/** @param pid of a process, or "self"; 0 once it has ended */
function megabytes(pid: string, key: "VmHWM" | "VmRSS"): number {
  return Number(new RegExp(`${key}:\\s+(\\d+)`).exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process has ended
  }
}
