import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type GitChanges, gitChanges, gitCommits } from "../../src/git/git-changes.ts";
import { lines, TemporaryRepository } from "./temporary-repository.ts";

let made: TemporaryRepository[] = [];
afterEach(() => {
  for (const repo of made) repo.remove();
  made = [];
});

function newRepository(): TemporaryRepository {
  const repo = new TemporaryRepository();
  made.push(repo);
  return repo;
}

/** The commit that ends the time in which all before it may fail. */
function conclude(repo: TemporaryRepository, at = "2030-01-01T00:00:00Z"): void {
  repo.commit({ files: { end: "end\n" }, message: "The end", at });
}

function rowOf({ table }: GitChanges, row: number): Record<string, unknown> {
  const cells = table.columns.map(({ name, values }) => [name, values[row]]);
  return { ...Object.fromEntries(cells), failed: table.failed[row], time: new Date(table.times[row]!).toISOString() };
}

function subjects({ commits }: GitChanges): string[] {
  return commits.map(({ subject }) => subject);
}

describe("gitChanges", () => {
  it("measures every change of a history, oldest first", async () => {
    const repo = newRepository();
    const first = repo.commit({
      files: { "src/a.ts": lines(10), "src/lib/b.ts": lines(30), "naïve name.txt": "x\n" },
      message: "Add a and b\n\nAs asked.",
      at: "2024-03-01T23:30:00+05:30", // a Friday
      by: "ann",
    });
    repo.commit({
      files: { "src/a.ts": `${lines(7)}new\n`, "docs/c.md": lines(4) },
      message: "Fix a crash of a",
      at: "2024-03-05T12:00:00Z",
      by: "bob",
    });
    repo.commit({ files: { "src/lib/b.ts": lines(40) }, message: "Grow b", at: "2024-03-11T18:00:00Z", by: "ann" });
    conclude(repo);
    const changes = await gitChanges(repo.repository);
    expect(subjects(changes)).toEqual(["Add a and b", "Fix a crash of a", "Grow b"]);
    expect(changes.commits[0]!.sha).toBe(first);
    expect(rowOf(changes, 0)).toEqual({
      ...{ ns: 2, nd: 3, nf: 3, la: 41, ld: 0, lt: 0, fix: 0, ndev: 0, age: 0, nuc: 0, exp: 0, rexp: 0, sexp: 0 },
      entropy: expect.closeTo(-(10 * Math.log2(10 / 41) + 30 * Math.log2(30 / 41) + Math.log2(1 / 41)) / 41, 12),
      ...{ revert: 0, hour: 23, weekday: 4, hours_since_change: Number.NaN, author_failures: 0, file_failures: 0 },
      ...{ message_length: "Add a and b\n\nAs asked.".length, failed: 0, time: "2024-03-01T18:00:00.000Z" },
    });
    expect(rowOf(changes, 1)).toMatchObject({
      ...{ ns: 2, nd: 2, nf: 2, la: 5, ld: 3, lt: 5, fix: 1, ndev: 1, age: 3.75, nuc: 1, exp: 0, sexp: 0 },
      ...{ hours_since_change: 90, failed: 0 },
    });
    expect(rowOf(changes, 2)).toMatchObject({ lt: 30, la: 10, ndev: 1, age: 10, nuc: 1, exp: 1, rexp: 1, sexp: 1 });
    expect(changes.notices).toEqual([
      "1 change of the last 14 days of the history left out: they may still turn out to fail",
    ]);
  });

  it("labels what git revert takes back, and knows when that was known", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(3) }, message: "Start", at: "2024-01-01T00:00:00Z" });
    const bad = repo.commit({ files: { a: lines(5) }, message: "Break it", at: "2024-02-01T00:00:00Z" });
    repo.git(["revert", "--no-edit", bad], { at: "2024-02-03T00:00:00Z", by: "ann" });
    repo.git(["revert", "--no-edit", "HEAD"], { at: "2024-02-04T00:00:00Z", by: "ann" });
    conclude(repo);
    const { table } = await gitChanges(repo.repository);
    expect([...table.failed]).toEqual([0, 1, 0, 0]);
    expect([...table.knownAt!].map((at) => new Date(at).toISOString().slice(0, 10))).toEqual([
      ...["2024-01-15", "2024-02-03", "2024-02-17", "2024-02-18"],
    ]);
    // The failure could be told early, a success could not: a model may learn of neither before the 14 days are over.
    expect([...table.settledAt!]).toEqual([...table.times].map((at) => at + 14 * 86_400_000));
    const column = (name: string) => [...(table.columns.find((one) => one.name === name)!.values as Float64Array)];
    expect(column("revert")).toEqual([0, 0, 1, 1]);
    expect(column("author_failures")).toEqual([0, 0, 0, 1]); // the revert itself does not know of it yet
    expect(column("file_failures")).toEqual([0, 0, 0, 1]);
  });

  it("labels what a quick fix of the same files repairs", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(3), b: lines(3) }, message: "Start", at: "2024-01-01T00:00:00Z" });
    repo.commit({ files: { a: lines(5), b: lines(4) }, message: "Extend", at: "2024-02-01T00:00:00Z" });
    repo.commit({ files: { a: lines(6), test: lines(1) }, message: "Hotfix a", at: "2024-02-02T00:00:00Z" });
    conclude(repo);
    expect([...(await gitChanges(repo.repository)).table.failed]).toEqual([0, 1, 0]);
  });

  it("counts binary files, renames and deletions as git does", async () => {
    const repo = newRepository();
    repo.commit({ files: { "a.txt": lines(20), logo: Buffer.from([0, 1, 2]) }, at: "2024-01-01T00:00:00Z", by: "ann" });
    repo.git(["mv", "a.txt", "b.txt"]);
    repo.commit({
      files: { "b.txt": `${lines(20)}more\n`, logo: Buffer.from([0, 3]) },
      at: "2024-01-02T00:00:00Z",
      by: "bob",
    });
    repo.commit({ files: { "b.txt": null }, at: "2024-01-03T00:00:00Z", by: "cem" });
    repo.commit({ files: { "b.txt": lines(2) }, at: "2024-01-04T00:00:00Z", by: "cem" });
    conclude(repo);
    const changes = await gitChanges(repo.repository);
    expect(rowOf(changes, 0)).toMatchObject({ nf: 2, la: 20, entropy: 0 });
    expect(rowOf(changes, 1)).toMatchObject({ nf: 2, la: 1, ld: 0, lt: 10, ndev: 1, nuc: 1 });
    expect(rowOf(changes, 2)).toMatchObject({ nf: 1, la: 0, ld: 21, lt: 21, ndev: 2, nuc: 2 });
    expect(rowOf(changes, 3)).toMatchObject({ la: 2, lt: 0, ndev: 3, nuc: 3 });
  });

  it("counts a submodule as a file of one line, and a change of mode as one of no line", async () => {
    const repo = newRepository();
    const sha = repo.commit({ files: { a: lines(1) }, at: "2024-01-01T00:00:00Z" });
    for (const pinned of [sha, sha.replace(/^./, "0")]) {
      repo.git(["update-index", "--add", "--cacheinfo", `160000,${pinned},vendor/sub`]);
      repo.git(["update-index", "--chmod=+x", "a"]);
      repo.git(["commit", "--quiet", "--message=Pin"], { at: "2024-01-02T00:00:00Z" });
    }
    repo.git(["commit", "--quiet", "--allow-empty", "--message=The end"], { at: "2030-01-01T00:00:00Z" });
    const changes = await gitChanges(repo.repository);
    expect(rowOf(changes, 1)).toMatchObject({ nf: 2, ns: 2, la: 1, ld: 0 });
    expect(rowOf(changes, 2)).toMatchObject({ nf: 1, ns: 1, la: 1, ld: 1, lt: 1 });
  });

  it("leaves out merges and commits of no file, and says so", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(3) }, message: "Start", at: "2024-01-01T00:00:00Z" });
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.commit({ files: { b: lines(3) }, message: "Aside", at: "2024-01-02T00:00:00Z" });
    repo.git(["checkout", "--quiet", "main"]);
    repo.commit({ files: { a: lines(4) }, message: "Ahead", at: "2024-01-03T00:00:00Z" });
    repo.git(["merge", "--quiet", "--no-ff", "--no-edit", "side"], { at: "2024-01-04T00:00:00Z" });
    repo.commit({ message: "Nothing", at: "2024-01-05T00:00:00Z" });
    repo.git(["revert", "--no-edit", "-m", "1", "HEAD^"], { at: "2024-01-06T00:00:00Z" });
    conclude(repo);
    const changes = await gitChanges(repo.repository);
    expect(subjects(changes)).toEqual(["Start", "Aside", "Ahead", `Revert "Merge branch 'side'"`]);
    expect([...changes.table.failed]).toEqual([0, 1, 0, 0]);
    expect(changes.notices).toContain("1 merge left out: a merge is no change of its own");
    expect(changes.notices).toContain("1 commit without a modified file left out");
  });

  it("keeps times ascending where clocks were wrong, and says so", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(1) }, at: "2024-01-05T00:00:00Z" });
    repo.commit({ files: { a: lines(2) }, at: "2024-01-04T12:00:00Z" });
    repo.commit({ files: { a: lines(3) }, at: "1971-01-01T00:00:00Z" });
    repo.commit({ files: { a: lines(4) }, at: "2099-01-01T00:00:00Z" });
    repo.commit({ files: { a: lines(5) }, at: "2024-01-06T00:00:00Z" });
    conclude(repo);
    const { table, notices } = await gitChanges(repo.repository, { notAfter: Date.UTC(2031, 0, 1) });
    const days = [...table.times].map((time) => new Date(time).toISOString().slice(0, 10));
    expect(days).toEqual(["2024-01-05", "2024-01-05", "2024-01-05", "2024-01-05", "2024-01-06"]);
    expect(notices).toContain(
      "2 commits with a clock more than a day behind, or ahead: taken as made right after the commit before",
    );
  });

  it("does not move a history to the time of one clock that ran ahead", async () => {
    const repo = newRepository();
    const days = ["2024-01-01", "2024-01-20", "2026-01-01", "2024-02-20", "2024-03-20"];
    days.forEach((day, i) => {
      repo.commit({ files: { a: lines(1 + i) }, at: `${day}T00:00:00Z` });
    });
    conclude(repo);
    const { table, notices } = await gitChanges(repo.repository);
    expect([...table.times].map((at) => new Date(at).toISOString().slice(0, 10))).toEqual([
      ...["2024-01-01", "2024-01-20", "2024-01-20", "2024-02-20", "2024-03-20"],
    ]);
    expect(notices.at(-1)).toContain("1 commit with a clock more than a day behind, or ahead");
  });

  it("knows a developer of several addresses by .mailmap", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(1) }, at: "2024-01-01T00:00:00Z", by: "ann" });
    const mailmap = "Ann <ann@example.org> <ANN.LEE@example.org>\n";
    repo.commit({ files: { a: lines(2), ".mailmap": mailmap }, at: "2024-01-02T00:00:00Z", by: "Ann.Lee" });
    conclude(repo);
    expect(rowOf(await gitChanges(repo.repository), 1)).toMatchObject({ exp: 1, ndev: 1 });
  });

  it("knows developers without an address by their names", async () => {
    const repo = newRepository();
    const stream = ["Ann", "Bob", "Ann", "Bob"].map((name, i) => {
      const person = `${name} <> ${Date.UTC(2024, i, 1) / 1000} +0000`;
      return `commit refs/heads/main\nauthor ${person}\ncommitter ${person}\ndata 0\nM 644 inline a\ndata 1\n${i}\n`;
    });
    repo.git(["fast-import", "--quiet"], { input: stream.join("") });
    expect(rowOf(await gitChanges(repo.repository), 2)).toMatchObject({ exp: 1, ndev: 2 });
  });

  it("starts with --since, by metrics of the whole history", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(3) }, message: "Old", at: "2024-01-01T00:00:00Z" });
    repo.commit({ files: { a: lines(4) }, message: "New", at: "2024-02-01T00:00:00Z" });
    conclude(repo);
    const changes = await gitChanges(repo.repository, { since: Date.UTC(2024, 1, 1) });
    expect(subjects(changes)).toEqual(["New"]);
    expect(rowOf(changes, 0)).toMatchObject({ lt: 3, exp: 1, nuc: 1 });
  });

  it("changes no row when commits follow, its outcome apart", async () => {
    const repo = newRepository();
    for (let day = 1; day <= 9; day += 1) {
      repo.commit({ files: { [`f${day % 3}`]: lines(day) }, message: `Step ${day}`, at: `2024-01-0${day}T00:00:00Z` });
    }
    repo.commit({ files: { end: "1\n" }, message: "Later", at: "2024-01-23T00:00:00Z" });
    const before = await gitChanges(repo.repository);
    const bad = before.commits[8]!.sha;
    repo.git(["revert", "--no-edit", bad], { at: "2024-01-23T00:00:00Z", by: "bob" });
    conclude(repo);
    const after = await gitChanges(repo.repository);
    expect(before.commits).toHaveLength(9);
    expect(after.commits.slice(0, 9)).toEqual(before.commits);
    for (const [i, { name, values }] of before.table.columns.entries()) {
      expect([name, ...after.table.columns[i]!.values.slice(0, 9)]).toEqual([name, ...values]);
    }
    expect([...after.table.times.slice(0, 9)]).toEqual([...before.table.times]);
    expect([...after.table.failed.slice(0, 9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("reads a repository whose settings, drivers and hooks would change or hide what is counted", async () => {
    const repo = newRepository();
    repo.commit({ files: { "a.txt": lines(3), ".gitattributes": "*.txt diff=loud\n" }, at: "2024-01-01T00:00:00Z" });
    repo.commit({ files: { "sub/b.txt": lines(3) }, at: "2024-01-02T00:00:00Z" });
    conclude(repo);
    const plain = await gitChanges(repo.repository);
    for (const [name, value] of [
      ...[
        ["log.showRoot", "false"],
        ["log.showSignature", "true"],
        ["diff.relative", "true"],
        ["color.ui", "always"],
      ],
      ...[
        ["diff.renames", "false"],
        ["log.date", "iso"],
        ["diff.external", "false"],
        ["diff.loud.textconv", "false"],
      ],
    ] as const) {
      repo.git(["config", name!, value!]);
    }
    const other = { path: join(repo.path, "sub"), env: { ...repo.env, GIT_DIR: "/nowhere", GIT_INDEX_FILE: "index" } };
    expect(await gitChanges(other)).toEqual(plain);
  });

  it("tells how far it is, and stops where it is asked to", async () => {
    const repo = newRepository();
    const commits = Array.from({ length: 1001 }, (_, i) => {
      const message = `Step ${i}`;
      return `commit refs/heads/main\ncommitter A <a@b> ${1_700_000_000 + i * 3600} +0000\ndata ${message.length}\n${message}\nM 644 inline f\ndata 5\n${String(i).padStart(4, "0")}\n`;
    });
    repo.git(["fast-import", "--quiet"], { input: commits.join("\n") });
    const seen: number[] = [];
    expect((await gitChanges(repo.repository, { onProgress: (count) => seen.push(count) })).commits).toHaveLength(665);
    expect(seen).toEqual([1000]);
    const stop = new AbortController();
    const reading = gitChanges(
      { ...repo.repository, signal: stop.signal },
      { onProgress: () => stop.abort(new Error("stopped")) },
    );
    await expect(reading).rejects.toThrow("stopped");
  });
});

describe("gitCommits", () => {
  const repo = new TemporaryRepository();
  afterAll(() => repo.remove());
  beforeAll(() => {
    repo.commit({ files: { a: lines(3) }, message: "Start", at: "2024-01-01T00:00:00Z" });
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.commit({ files: { b: lines(3) }, message: "Aside", at: "2024-01-02T00:00:00Z" });
    repo.commit({ files: { b: lines(5) }, message: "Aside again", at: "2024-01-03T00:00:00Z" });
    repo.git(["checkout", "--quiet", "main"]);
    repo.commit({ files: { a: lines(4) }, message: "Ahead", at: "2024-01-04T00:00:00Z" });
    repo.git(["merge", "--quiet", "--no-ff", "--no-edit", "side"], { at: "2024-01-05T00:00:00Z" });
  });

  it("measures one commit by the history before it", async () => {
    const changes = await gitCommits(repo.repository, "side");
    expect(subjects(changes)).toEqual(["Aside again"]);
    expect(rowOf(changes, 0)).toMatchObject({ lt: 3, exp: 2, nuc: 1, failed: 0 });
    expect([...changes.table.knownAt!]).toEqual([Number.POSITIVE_INFINITY]);
    expect(subjects(await gitCommits(repo.repository, changes.commits[0]!.sha.slice(0, 9)))).toEqual(["Aside again"]);
  });

  it("measures the commits of a range", async () => {
    expect(subjects(await gitCommits(repo.repository, "main^..main"))).toEqual(["Aside", "Aside again"]);
    expect(subjects(await gitCommits(repo.repository, "main^1...side"))).toEqual(["Aside", "Aside again", "Ahead"]);
    expect(subjects(await gitCommits(repo.repository, "side^!"))).toEqual(["Aside again"]);
  });

  it.each([
    ["main", 'Cannot measure commit "main": it is a merge'],
    ["main..main", 'Cannot find commit "main..main" in "PATH": the range has no commits'],
    ["nowhere", 'Cannot find commit "nowhere" in "PATH": git knows no such revision'],
    ["0123456789abcdef0123456789abcdef01234567", "git knows no such revision"],
    ["main..nowhere", "git knows no such revision"],
    ["main:a", "it names no commit"],
    ["--all", 'Cannot use "--all" as a commit: a revision has a name and does not start with "-"'],
    ["", 'Cannot use "" as a commit'],
  ])("refuses %s", async (revision, message) => {
    const failing = gitCommits(repo.repository, revision);
    await expect(failing).rejects.toMatchObject({ name: "UserError", exitCode: /^-|^$/.test(revision) ? 2 : 3 });
    await expect(failing).rejects.toThrow(message.replace("PATH", repo.path));
  });
});

describe("a history that cannot be read", () => {
  it("is told apart: no repository, no folder, no git, no commits", async () => {
    const repo = newRepository();
    const empty = gitChanges(repo.repository);
    await expect(empty).rejects.toThrow(`Cannot read the git history of "${repo.path}": it has no commits`);
    const bare = mkdtempSync(join(tmpdir(), "drp-no-git-"));
    try {
      const none = gitChanges({ path: bare, env: { ...repo.env, GIT_CEILING_DIRECTORIES: tmpdir() } });
      await expect(none).rejects.toThrow(
        `Cannot read the git history of "${bare}": not a git repository (or any of the parent directories): .git`,
      );
      await expect(gitChanges({ path: bare, env: { PATH: bare } })).rejects.toMatchObject({
        message: `Cannot read the git history of "${bare}": there is no program "git" on the PATH`,
        exitCode: 3,
      });
    } finally {
      rmSync(bare, { recursive: true });
    }
    await expect(gitChanges({ path: "/nowhere", env: repo.env })).rejects.toThrow("No such file or directory");
  });

  it("is told apart: too young, nothing since", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(1) }, at: "2024-01-01T00:00:00Z" });
    await expect(gitChanges(repo.repository)).rejects.toThrow("it has no change that is 14 days old");
    await expect(gitChanges(repo.repository, { since: Date.UTC(2025, 0, 1) })).rejects.toThrow(
      `Cannot learn from the git history of "${repo.path}": it has no change since 2025-01-01`,
    );
  });

  it("passes on why git refuses the folder of somebody else, and what to do", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(1) }, at: "2024-01-01T00:00:00Z" });
    const foreign = gitChanges({ path: repo.path, env: { ...repo.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" } });
    await expect(foreign).rejects.toMatchObject({
      message: expect.stringContaining("detected dubious ownership in repository"),
      hint: expect.stringContaining("git config --global --add safe.directory"),
    });
  });

  it("is damaged: the error is git's own", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(1) }, at: "2024-01-01T00:00:00Z" });
    const blob = repo.git(["rev-parse", "HEAD:a"]);
    rmSync(join(repo.path, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    await expect(gitChanges(repo.repository)).rejects.toThrow(`unable to read ${blob}`);
  });

  it("is a shallow clone: a notice; a partial clone: an error", async () => {
    const repo = newRepository();
    repo.commit({ files: { a: lines(1) }, at: "2024-01-01T00:00:00Z" });
    repo.commit({ files: { a: lines(5) }, at: "2024-02-01T00:00:00Z" });
    repo.commit({ files: { a: lines(6) }, message: "Known", at: "2024-03-01T00:00:00Z" });
    conclude(repo);
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    const clone = (option: string) => {
      const path = join(repo.path, option);
      execFileSync("git", ["clone", "--quiet", `--${option}`, `file://${repo.path}`, path], { env: repo.env });
      return { path, env: repo.env };
    };
    const three = clone("depth=3");
    const shallow = await gitChanges(three);
    expect(subjects(shallow)).toEqual(["Known"]); // git shows all files of the commit before as new
    expect(rowOf(shallow, 0)).toMatchObject({ la: 1, lt: 5 });
    expect(shallow.notices[0]).toContain("the repository is a shallow clone");
    await expect(gitCommits(three, "HEAD~2")).rejects.toMatchObject({
      message: `Cannot measure commit "HEAD~2": the repository is a shallow clone that begins with it`,
      hint: 'expected a full clone: "git fetch --unshallow" makes it one',
    });
    await expect(gitChanges(clone("depth=1"))).rejects.toThrow("it has no change, and is a shallow clone");
    await expect(gitChanges(clone("filter=blob:none"))).rejects.toThrow("it is a partial clone");
  });
});
