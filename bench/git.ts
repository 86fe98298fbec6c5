/**
 * Time and peak memory of reading a git history as a table of changes: a synthetic one, or a repository of yours.
 *
 *     npm run bench:git [-- COMMITS | REPOSITORY]
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { seededRandom } from "../src/chance/random.ts";
import { gitChanges } from "../src/git/git-changes.ts";

const [, , argument = "100000", child] = process.argv;

const START_S = Date.UTC(2015, 0, 1) / 1000;
const SECONDS_PER_COMMIT = 3000;
const DEVELOPERS = 400;
const PATHS = 30_000;
const VENDORED_FILES = 20_000;
/** lines; a longer one loses half of them */
const LONGEST_FILE = 800;

if (child !== undefined) await report(argument);
else if (!/^\d+$/.test(argument)) measureInProcess(argument);
else {
  const scratch = mkdtempSync(join(tmpdir(), "drp-bench-git-"));
  try {
    await writeRepository(scratch, Number(argument));
    measureInProcess(scratch);
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
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  const failed = table.failed.reduce((sum, one) => sum + one, 0);
  console.log(`${table.times.length} changes, ${failed} failed, ${seconds.toFixed(1)} s, peak ${peakMb.toFixed(0)} MB`);
  for (const notice of notices) console.log(`  ${notice}`);
}

/**
 * A history by git fast-import: most changes touch one to five files, a few of which are touched again and again, one in a fifth of all; one in
 * 50 renames, one commit imports a vendor's files; one in 50 is a fix, one in 50 a revert.
 */
async function writeRepository(folder: string, commits: number): Promise<void> {
  spawnSync("git", ["init", "--quiet", folder]);
  const importer = spawn("git", ["-C", folder, "fast-import", "--quiet", "--depth=20"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const random = seededRandom(1, 1);
  const below = (limit: number) => Math.floor(random() * limit);
  const write = async (text: string) => {
    if (!importer.stdin.write(text)) await once(importer.stdin, "drain");
  };
  const linesOf = new Map<string, string[]>();
  for (let i = 0; i < commits; i += 1) {
    const at = START_S + i * SECONDS_PER_COMMIT + below(SECONDS_PER_COMMIT);
    const developer = below(1 + below(DEVELOPERS));
    const kind = random();
    const subject = kind < 0.02 ? `Fix step ${below(i + 1)}` : kind < 0.04 ? `Revert "Step ${i - 1}"` : `Step ${i}`;
    const body = `${subject}\n\n${"Why this is done, in a few words. ".repeat(below(8))}\n`;
    const person = `Dev ${developer} <dev${developer}@example.org> ${at} +0200`;
    let text = `commit refs/heads/master\nauthor ${person}\ncommitter ${person}\ndata ${Buffer.byteLength(body)}\n${body}`;
    if (i === Math.floor(commits / 2)) {
      for (let file = 0; file < VENDORED_FILES; file += 1)
        text += blob(`vendor/${file % 300}/${file}.c`, [`int v${file};`]);
    }
    const touched = new Set(Array.from({ length: 1 + below(1 + below(10)) }, () => pathOf(below(1 + below(PATHS)))));
    if (random() < 0.2) touched.add("CHANGELOG.md");
    for (const path of touched) {
      const lines = linesOf.get(path) ?? Array.from({ length: below(200) }, () => `line ${below(1e9)}`);
      if (lines.length > LONGEST_FILE) lines.length = LONGEST_FILE / 2;
      lines.splice(below(lines.length + 1), below(6), ...Array.from({ length: below(12) }, () => `line ${below(1e9)}`));
      linesOf.set(path, lines);
      text += blob(path, lines);
    }
    if (random() < 0.02) {
      const [from, lines] = [...linesOf][below(linesOf.size)]!;
      text += `R ${from} ${from}.moved\n`;
      linesOf.delete(from);
      linesOf.set(`${from}.moved`, lines);
    }
    await write(`${text}\n`);
  }
  importer.stdin.end();
  await once(importer, "close");
  spawnSync("git", ["-C", folder, "symbolic-ref", "HEAD", "refs/heads/master"]);
}

function pathOf(number: number): string {
  return `subsystem${number % 20}/module${number % 500}/file${number}.ts`;
}

function blob(path: string, lines: readonly string[]): string {
  const text = `${lines.join("\n")}\n`;
  return `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
}
