/** The metrics of a random history, recomputed from its definition in the plainest way. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { type GitChanges, gitChanges } from "../../src/git/git-changes.ts";
import { TemporaryRepository } from "./temporary-repository.ts";

const DAY_S = 86_400;

/** `identity` stays with a file through renames and deletions. */
type Touch = { identity: number; path: string; before: number; added: number; deleted: number };
type Change = { timeS: number; developer: string; subject: string; touches: Touch[]; reverts: number | undefined };

const random = seededRandom(7, 1);
const below = (limit: number) => Math.floor(random() * limit);

/** A history for git fast-import, and what was done in it. */
function randomHistory(count: number): { stream: string; changes: Change[] } {
  const paths = Array.from({ length: 24 }, (_, i) => `sub${i % 3}/dir${i % 5}/f${i}`).concat("root1", "root2");
  const files = new Map<string, { identity: number; lines: string[] }>();
  const changes: Change[] = [];
  let stream = "";
  let timeS = Date.UTC(2018, 0, 1) / 1000;
  let serial = 0;
  const fresh = (number: number) => Array.from({ length: number }, () => `unique ${serial++} ${below(1e9)}`);
  for (let i = 0; i < count; i += 1) {
    timeS += below(3) === 0 ? below(60 * DAY_S) : below(2 * DAY_S);
    const reverts = i > 0 && below(6) === 0 ? below(Math.min(i, 4)) + 1 : undefined;
    const target = reverts === undefined ? undefined : changes[i - reverts]!;
    const subject =
      target === undefined ? `Change ${i}${below(4) === 0 ? " of a bug" : ""}` : `Revert "${target.subject}"`;
    const developer = `dev${below(4)}`;
    const person = `${developer} <${developer}@example.org> ${timeS} +0000`;
    stream += `commit refs/heads/main\nauthor ${person}\ncommitter ${person}\ndata ${subject.length}\n${subject}\n`;
    const touches: Touch[] = [];
    for (const path of new Set(Array.from({ length: 1 + below(5) }, () => paths[below(paths.length)]!))) {
      const file = files.get(path) ?? { identity: serial++, lines: [] };
      const before = file.lines.length;
      const deleted = before > 0 && below(12) === 0 ? before : below(Math.min(before, 4));
      const added = deleted === before && before > 0 ? 0 : 5 + below(9);
      file.lines = [...file.lines.slice(deleted), ...fresh(added)];
      files.set(path, file);
      let now = path;
      if (before > 40 && added > 0 && below(2) === 0) {
        now = `sub${below(3)}/moved/f${serial++}`;
        stream += `R ${path} ${now}\n`;
        files.delete(path);
        files.set(now, file);
        paths.push(now);
      }
      const text = file.lines.map((line) => `${line}\n`).join("");
      stream += text === "" ? `D ${now}\n` : `M 644 inline ${now}\ndata ${text.length}\n${text}\n`;
      touches.push({ identity: file.identity, path: now, before, added, deleted });
    }
    changes.push({ timeS, developer, subject, touches, reverts: reverts === undefined ? undefined : i - reverts });
  }
  return { stream, changes };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const folder = (path: string) => path.split("/").slice(0, -1).join("/");
const subsystem = (path: string) => (path.includes("/") ? path.split("/")[0]! : "");
const intersects = <T>(one: readonly T[], other: readonly T[]) => one.some((value) => other.includes(value));

/** Of each change that failed, the change that reverts it first. */
function revertedBy(changes: readonly Change[], change: number): number | undefined {
  if (changes[change]!.subject.split("Revert").length % 2 === 0) return undefined; // takes a change back
  const at = changes.findIndex(
    ({ reverts, timeS }) => reverts === change && timeS - changes[change]!.timeS <= 14 * DAY_S,
  );
  return at < 0 ? undefined : at;
}

function expected(changes: readonly Change[], i: number): Record<string, number> {
  const { timeS, developer, touches, subject } = changes[i]!;
  const past = changes.slice(0, i);
  const touching = (identity: number) => past.filter((one) => one.touches.some((touch) => touch.identity === identity));
  const known = touches.filter(({ identity }) => touching(identity).length > 0);
  const onFiles = past.filter((one) =>
    intersects(
      one.touches.map(({ identity }) => identity),
      touches.map(({ identity }) => identity),
    ),
  );
  const own = past.filter((one) => one.developer === developer);
  const subsystems = touches.map(({ path }) => subsystem(path));
  const total = sum(touches.map(({ added, deleted }) => added + deleted));
  const shares = touches.map(({ added, deleted }) => (added + deleted) / total);
  const failures = past.filter((_, j) => (revertedBy(changes, j) ?? i) < i);
  return {
    ns: new Set(subsystems).size,
    nd: new Set(touches.map(({ path }) => folder(path))).size,
    nf: touches.length,
    entropy: -sum(shares.map((share) => share * Math.log2(share))),
    la: sum(touches.map(({ added }) => added)),
    ld: sum(touches.map(({ deleted }) => deleted)),
    lt: sum(touches.map(({ before }) => before)) / touches.length,
    fix: Number(subject.includes("bug")),
    ndev: new Set(onFiles.map((one) => one.developer)).size,
    age:
      sum(known.map(({ identity }) => (timeS - touching(identity).at(-1)!.timeS) / DAY_S)) / Math.max(1, known.length),
    nuc: onFiles.length,
    exp: own.length,
    rexp: sum(own.map((one) => 1 / (Math.floor((timeS - one.timeS) / DAY_S / 365.25) + 1))),
    sexp: own.filter((one) =>
      intersects(
        one.touches.map(({ path }) => subsystem(path)),
        subsystems,
      ),
    ).length,
    revert: Number(subject.startsWith("Revert")),
    hours_since_change: (timeS - changes[Math.max(0, i - 1)]!.timeS) / 3600,
    author_failures: failures.filter((one) => one.developer === developer).length,
    file_failures: Math.max(
      ...touches.map(({ identity }) => failures.filter((one) => touching(identity).includes(one)).length),
    ),
    failed: Number(revertedBy(changes, i) !== undefined),
  };
}

const repo = new TemporaryRepository();
const { stream, changes } = randomHistory(250);
let measured: GitChanges;
beforeAll(async () => {
  repo.git(["fast-import", "--quiet"], { input: stream });
  measured = await gitChanges(repo.repository);
});
afterAll(() => repo.remove());

it("has renames, failures and years to recompute", () => {
  expect(changes.filter(({ touches }) => touches.some(({ path }) => path.includes("moved"))).length).toBeGreaterThan(
    10,
  );
  expect(changes.filter((_, i) => revertedBy(changes, i) !== undefined).length).toBeGreaterThan(10);
  expect(changes.at(-1)!.timeS - changes[0]!.timeS).toBeGreaterThan(5 * 365 * DAY_S);
});

it("agrees with the plain recomputation of every metric of every change", () => {
  const { table, commits } = measured;
  expect(commits.map(({ subject }) => subject)).toEqual(changes.slice(0, commits.length).map(({ subject }) => subject));
  commits.forEach((_, i) => {
    const row = Object.fromEntries(table.columns.map(({ name, values }) => [name, values[i]]));
    const { failed, ...metrics } = expected(changes, i);
    for (const [name, value] of Object.entries(metrics)) {
      if (i > 0 || name !== "hours_since_change") expect(row[name], `${name} of change ${i}`).toBeCloseTo(value, 9);
    }
    expect(table.failed[i], `outcome of change ${i}`).toBe(failed);
  });
});
