import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Zone } from "../../src/calendar/zone.ts";
import { loadEvents } from "../../src/load/load-events.ts";
import { drp, scratch } from "./drp.ts";

const FILES = ["deploy_events.csv", "incidents.csv", "match_events.csv"];

describe("drp generate", () => {
  it("writes three files, the same bytes for the same seed on every machine", async () => {
    const out = scratch();
    const { code, stderr } = await drp(["generate", "--out", out]);
    expect(code).toBe(0);
    expect(stderr).toContain(`Next: drp forecast --data ${out}\n`);
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

  it("quotes a folder in the command to copy where a shell asks for it", async () => {
    const out = join(scratch(), "my data");
    const { stderr } = await drp(["generate", "--out", out, "--days", "2"]);
    expect(stderr).toContain(`Next: drp forecast --data "${out}"\n`);
  });

  it("keeps the bytes of the truth without services", async () => {
    const out = scratch();
    await drp(["generate", "--out", out, "--truth"]);
    const hash = createHash("sha256").update(readFileSync(join(out, "truth.csv")));
    expect(hash.digest("hex")).toBe("77986d6668aff8e96e5c10ac3fc2643a39425288ffd87a2d2b2c220c90f75f63");
  });

  it("adds services on request, the same bytes for the same seed on every machine", async () => {
    const out = scratch();
    const { code, stderr } = await drp(["generate", "--out", out, "--services", "12", "--truth"]);
    expect(code).toBe(0);
    expect(stderr).toContain("3373 deploys and ");
    expect(stderr).toContain("(services: 12, dependencies: 25)");
    const truths = ["truth.csv", ...["dependencies", "deploys", "impact", "services"].map((of) => `truth_${of}.csv`)];
    const names = [...FILES, "dependencies.csv", ...truths].sort();
    expect(readdirSync(out).sort()).toEqual(names);
    const hash = createHash("sha256");
    for (const name of names) hash.update(readFileSync(join(out, name)));
    expect(hash.digest("hex")).toMatchInlineSnapshot(
      `"24143f68e509d27a26d76a0432432de03b6343b17198a2b497e4e69357f0c53d"`,
    );
    const headers = names.map((name) => readFileSync(join(out, name), "utf8").split("\n", 1)[0]);
    expect(headers).toMatchInlineSnapshot(`
      [
        "caller,callee",
        "timestamp,is_critical_fix,deploy_size,id,service,version,environment,deployment_type,finished_at,outcome,is_rollback",
        "timestamp,incident_type,severity,id,service,resolved_at,deploy_id",
        "timestamp,tournament,traffic_multiplier",
        "timestamp,expected_deploys,deploy_failure_probability,load_incidents,other_incidents,expected_incidents,risk",
        "caller,callee,propagation",
        "id,failure_probability,troubled",
        "service,reached,probability",
        "service,deploy_share,failure_factor",
      ]
    `);
  });

  it("writes services that the loader takes back, every column of them", async () => {
    const out = scratch();
    await drp(["generate", "--out", out, "--services", "3", "--days", "60"]);
    const { deploys, incidents, notices } = await loadEvents(out, new Zone("UTC"));
    expect(notices).toEqual([]);
    const services = new Set(deploys!.map(({ service }) => service));
    expect([...services].sort()).toEqual(["api-gateway", "auth", "playback"]);
    for (const deploy of deploys!) {
      expect(deploy.environment).toMatch(/^production-/);
      expect(deploy.deployment_type).toMatch(/^(?:rolling|canary|blue_green|recreate)$/);
      if (deploy.outcome !== undefined) expect(deploy.finished_at).toBeGreaterThan(deploy.timestamp);
    }
    expect(deploys!.some(({ is_rollback }) => is_rollback)).toBe(true);
    const ids = new Set(deploys!.map(({ id }) => id));
    const named = incidents.flatMap(({ deploy_id }) => (deploy_id === undefined ? [] : [deploy_id]));
    expect(named.length).toBeGreaterThan(5);
    expect(named.every((id) => ids.has(id))).toBe(true);
    const dependencies = readFileSync(join(out, "dependencies.csv"), "utf8").trimEnd().split("\n");
    expect(dependencies[0]).toBe("caller,callee");
    for (const row of dependencies.slice(1)) {
      const [caller, callee, ...rest] = row.split(",");
      expect([services.has(caller), services.has(callee), rest]).toEqual([true, true, []]);
    }
  });

  it.each([
    ["--services", "0"],
    ["--services", "201"],
    ["--services", "many"],
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

  it.each(["1969-12-31", "3000-01-01", "2024-02-30", "0099-01-01"])("refuses to start on %s", async (start) => {
    const { code, stderr } = await drp(["generate", "--out", scratch(), "--start", start]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Expected a date from 1970 to 2999, as "YYYY-MM-DD"')]);
  });

  it("exits 5 where the folder cannot be made", async () => {
    const file = join(scratch(), "file");
    writeFileSync(file, "");
    const { code, stderr } = await drp(["generate", "--out", join(file, "data")]);
    expect(code).toBe(5);
    expect(stderr).toContain("a part of the path is a file");
  });
});
