import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { drp, scratch } from "./drp.ts";

const FILES = ["deploy_events.csv", "incidents.csv", "match_events.csv"];

describe("drp generate", () => {
  it("writes three files, the same bytes for the same seed on every machine", async () => {
    const out = scratch();
    const { code, stderr } = await drp(["generate", "--out", out]);
    expect(code).toBe(0);
    expect(stderr).toContain("Next: drp forecast --data");
    expect(readdirSync(out).sort()).toEqual(FILES);
    const hash = createHash("sha256");
    for (const name of FILES) hash.update(readFileSync(join(out, name)));
    expect(hash.digest("hex")).toMatchInlineSnapshot(
      `"feb9b4a0e4ff5fd21ee60a078ded322a7a8b4c072c714343225775812ccbe9f9"`,
    );
  });

  it("writes another platform for another seed, and the truth on request", async () => {
    const [one, two] = [scratch(), scratch()];
    await drp(["generate", "--out", one, "--seed", "1", "--days", "20"]);
    await drp(["generate", "--out", two, "--seed", "2", "--days", "20", "--truth"]);
    expect(readdirSync(two).sort()).toEqual([...FILES, "truth.csv"]);
    const deploys = (out: string) => readFileSync(join(out, "deploy_events.csv"), "utf8");
    expect(deploys(one)).not.toBe(deploys(two));
    const truth = readFileSync(join(two, "truth.csv"), "utf8").trimEnd().split("\n");
    expect(truth[0]).toBe(
      "timestamp,expected_deploys,deploy_failure_probability,load_incidents,expected_incidents,risk",
    );
    expect(truth).toHaveLength(1 + 27 * 24);
    expect(truth[1]).toMatch(/^2024-01-01 00:00:00,0\.08,/);
  });

  it.each([
    ["--seed", "-1"],
    ["--seed", "4294967296"],
    ["--seed", "1.5"],
    ["--days", "0"],
    ["--days", "x"],
    ["--start", "2024-02-30"],
    ["--start", "01/02/2024"],
    ["--future-days", "-3"],
  ])("refuses %s %s with exit 2", async (option, value) => {
    const { code, stderr } = await drp(["generate", "--out", scratch(), option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(value);
    expect(stderr).toContain("Expected");
  });

  it("exits 5 where the folder cannot be made", async () => {
    const file = join(scratch(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await drp(["generate", "--out", join(file, "data")]);
    expect(code).toBe(5);
    expect(stderr).toContain("a part of the path is a file");
  });
});
