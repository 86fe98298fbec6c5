import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { seededRandom } from "../src/chance/random.ts";

const START_S = Date.UTC(2015, 0, 1) / 1000;
const SECONDS_PER_COMMIT = 3000;
const DEVELOPERS = 400;
/** of five, one fails thrice as often */
const CARELESS_OF = 5;
/** chance per modified file that the next commit takes a change back */
const REVERTED_PER_FILE = 0.004;
const PATHS = 30_000;
const VENDORED_FILES = 20_000;
/** lines; a longer one loses half of them */
const LONGEST_FILE = 800;

/**
 * Writes a history by git fast-import: most changes touch one to five files, a few of which are touched again and again, one in
 * a fifth of all; one in 50 renames, one commit imports a vendor's files; one in 50 is a fix. About one in 50 is reverted, large
 * ones and those of some developers more often: a model has something to learn, and so trees to grow.
 *
 * @param folder empty
 */
export async function writeGitRepository(folder: string, commits: number): Promise<void> {
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
  let chanceOfRevert = 0;
  let subject = "";
  for (let i = 0; i < commits; i += 1) {
    const at = START_S + i * SECONDS_PER_COMMIT + below(SECONDS_PER_COMMIT);
    const developer = below(1 + below(DEVELOPERS));
    const reverts = random() < chanceOfRevert;
    subject = reverts ? `Revert "${subject}"` : random() < 0.02 ? `Fix step ${below(i + 1)}` : `Step ${i}`;
    const body = `${subject}\n\n${"Why this is done, in a few words. ".repeat(below(8))}\n`;
    const person = `Dev ${developer} <dev${developer}@example.org> ${at} +0200`;
    let text = `commit refs/heads/master\nauthor ${person}\ncommitter ${person}\ndata ${Buffer.byteLength(body)}\n${body}`;
    if (i === Math.floor(commits / 2)) {
      for (let file = 0; file < VENDORED_FILES; file += 1)
        text += blob(`vendor/${file % 300}/${file}.c`, [`int v${file};`]);
    }
    const touched = new Set(Array.from({ length: 1 + below(1 + below(10)) }, () => pathOf(below(1 + below(PATHS)))));
    if (random() < 0.2) touched.add("CHANGELOG.md");
    chanceOfRevert = reverts ? 0 : REVERTED_PER_FILE * touched.size * (developer % CARELESS_OF === 0 ? 3 : 1);
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
