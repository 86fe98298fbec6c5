import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drp, scratch } from "./drp.ts";

const DAY_S = 86_400;
const STEERING = " \u001b]0;title\u0007";

/** A commit every six hours; of two kinds, the long ones are reverted an hour later. */
function history(changes: number): string {
  const parts: string[] = [];
  const commit = (second: number, subject: string, file: string, content: string) =>
    parts.push(
      `commit refs/heads/main\ncommitter A <a@example.org> ${second} +0000\ndata ${subject.length}\n${subject}\n` +
        `M 100644 inline ${file}\ndata ${content.length}\n${content}\n`,
    );
  for (let i = 0; i < changes; i += 1) {
    const second = 1_700_000_000 + i * (DAY_S / 4);
    const long = i % 4 === 0;
    const [file, subject] = [`src/file${i}.txt`, `add number ${i}${i === changes - 1 ? STEERING : ""}`];
    commit(second, subject, file, "line\n".repeat(long ? 200 + (i % 7) : 3 + (i % 5)));
    if (long) commit(second + 3600, `Revert "${subject}"`, file, "\n");
  }
  return parts.join("");
}

describe("drp train --git", () => {
  let repository: string;
  let model: string;
  let outcome: Awaited<ReturnType<typeof drp>>;
  beforeAll(async () => {
    repository = scratch();
    const git = (args: string[], input = "") =>
      execFileSync("git", ["-C", repository, ...args], { input, stdio: "pipe" });
    git(["init", "--quiet", "--initial-branch=main"]);
    git(["fast-import", "--quiet"], history(240));
    model = join(scratch(), "model");
    outcome = await drp(["train", "--git", repository, "--out", model, "--trees", "20"]);
  }, 60_000);

  it("learns which commits are reverted", () => {
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain("changes of the last 14 days");
    expect(outcome.stdout).toMatch(/^drp +1\.000/m); // long ones fail, short ones do not
    expect(outcome.stdout).toMatch(/^lines added alone +1\.000/m);
  });

  it("does not let the subject of a commit steer the terminal", async () => {
    const argv = ["predict", "--model", model, "--git", repository, "--max-risk", "0", "--windows", "none"];
    const shown = "add number 239 \\u001b]0;title\\u0007";
    for (const revision of ["main", "main~2..main"]) {
      const { stdout, stderr } = await drp([...argv, "--commit", revision]);
      expect(stdout).toContain(shown);
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u);
    }
    const { stdout } = await drp([...argv, "--commit", "main", "--json"]);
    expect(JSON.parse(stdout).changes[0].name).toContain(STEERING);
  });

  it("predicts commits and ranges", async () => {
    const predict = (revision: string) =>
      drp(["predict", "--model", model, "--windows", "none", "--git", repository, "--commit", revision, "--json"]);
    const { changes } = JSON.parse((await predict("main~10..main")).stdout);
    expect(changes).toHaveLength(10);
    const risk = (subject: RegExp) =>
      changes
        .filter(({ name }: { name: string }) => subject.test(name))
        .map((c: { probability: number }) => c.probability);
    const short = risk(/ add number 23[789]/);
    expect(short).toHaveLength(3);
    const [long] = risk(/ add number 236$/);
    expect(long).toBeGreaterThan(0.5);
    expect(Math.max(...short)).toBeLessThan(long! - 0.1);
    const unknown = await predict("nowhere");
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('Cannot find commit "nowhere"')]);
  });

  it("starts at a date as at its midnight", async () => {
    const trained = async (since: string) =>
      (await drp(["train", "--git", repository, "--since", since, "--out", scratch(), "--trees", "10"])).stdout;
    const scores = await trained("2023-11-25");
    expect(scores).not.toBe("");
    expect(await trained("2023-11-25 00:00")).toBe(scores);
    const wrong = await drp(["train", "--git", repository, "--since", "2023-13-25"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('Expected a date as "YYYY-MM-DD", or')]);
  });

  it("asks for the commit", async () => {
    const { code, stderr } = await drp(["predict", "--model", model, "--git", repository]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("without --commit")]);
  });
});
