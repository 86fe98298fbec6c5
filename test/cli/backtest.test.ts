import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { drp, folderOf, scratch } from "./drp.ts";

let data: string;
beforeAll(async () => {
  data = scratch();
  await drp(["generate", "--out", data, "--days", "70", "--future-days", "0"]);
});

describe("drp backtest", () => {
  it("prints a table, writes the report and two pictures", async () => {
    const out = scratch();
    const { code, stdout, stderr } = await drp(["backtest", "--data", data, "--out", out, "--weeks", "3"]);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(["backtest.json", "backtest_capture.png", "backtest_reliability.png"]);
    const report = JSON.parse(readFileSync(join(out, "backtest.json"), "utf8"));
    expect(report).toMatchObject({ schemaVersion: 1, weeks: 3, horizonHours: 168 });
    expect(Object.keys(report.methods)).toEqual([
      "drp",
      "timesfmIncidents",
      "timesfmParts",
      "hourOfWeek",
      "twoFactor",
      "constant",
      "lastWeek",
    ]);
    expect(stdout.split("\n")[0]).toMatch(/^3 weeks of 168 h, \d+ incidents +deviance +to drp +Brier +log loss +AUC/);
    expect(stdout).toContain("two-factor climatology, 52 weeks");
    expect(stderr).toContain(report.verdict);
  });

  it("prints the report alone with --json, the same each time", async () => {
    const argv = ["backtest", "--data", data, "--weeks", "2", "--methods", "drp,constant", "--json", "--quiet"];
    const first = await drp([...argv, "--out", scratch()]);
    const second = await drp([...argv, "--out", scratch()]);
    expect(Object.keys(JSON.parse(first.stdout).methods)).toEqual(["drp", "constant"]);
    expect(second.stdout).toBe(first.stdout);
    expect(first.stderr).toBe("");
  });

  it("interrupted, reports on the weeks it has finished", async () => {
    const interruption = new AbortController();
    const out = scratch();
    const { code, stderr } = await drp(["backtest", "--data", data, "--out", out, "--weeks", "5"], {
      tty: true,
      signal: interruption.signal,
      onStderr: (text) => {
        if (text.includes("2 of 5")) interruption.abort();
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted: reporting on the 2 weeks that are finished");
    expect(JSON.parse(readFileSync(join(out, "backtest.json"), "utf8"))).toMatchObject({ weeks: 2 });
  });

  it("interrupted before the first week ends, writes nothing", async () => {
    const interruption = new AbortController();
    const out = join(scratch(), "out");
    const { code, stderr } = await drp(["backtest", "--data", data, "--out", out], {
      tty: true,
      signal: interruption.signal,
      onStderr: (text) => {
        if (text.includes("0 of")) interruption.abort();
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted: nothing was written");
    expect(existsSync(join(out, "backtest.json"))).toBe(false);
  });

  it("tests what weeks there are, and says so", async () => {
    const { stderr } = await drp(["backtest", "--data", data, "--out", scratch(), "--methods", "drp,constant"]);
    expect(stderr).toMatch(/warning: the history has room for [67] of the 12 weeks asked for/);
  });

  it("tests one service alone, and refuses one that no row names", async () => {
    const deploys = ["timestamp,is_critical_fix,deploy_size,service"];
    const failures = ["timestamp,incident_type,severity,service"];
    for (let i = 0; i < 1000; i += 1) {
      const at = new Date(Date.UTC(2024, 0, 1, i)).toISOString();
      deploys.push(`${at},false,small,${i % 2 === 0 ? "api" : "web"}`);
      if (i % 20 === 0) failures.push(`${at},deploy_incident,low,api`);
      if (i % 60 === 1) failures.push(`${at},deploy_incident,low,web`);
    }
    const folder = folderOf({ "deploy_events.csv": deploys.join("\n"), "incidents.csv": failures.join("\n") });
    const incidentsOf = async (...options: string[]) => {
      const argv = [
        "backtest",
        "--data",
        folder,
        "--out",
        scratch(),
        "--weeks",
        "1",
        "--methods",
        "drp,constant",
        "--json",
      ];
      const { code, stdout, stderr } = await drp([...argv, ...options]);
      return { code, stderr, incidents: code === 0 ? JSON.parse(stdout).incidents : undefined };
    };
    const [all, api, web] = [
      await incidentsOf(),
      await incidentsOf("--service", "api"),
      await incidentsOf("--service", "web"),
    ];
    expect(api.incidents + web.incidents).toBe(all.incidents);
    expect(api.incidents).toBeGreaterThan(web.incidents);
    expect((await incidentsOf("--service", "db")).code).toBe(3);
  });

  it("refuses a history too short to test", async () => {
    const short = folderOf({
      "incidents.csv": "timestamp,incident_type,severity\n2024-01-01 00:00,unknown,low\n2024-01-20 00:00,unknown,low\n",
    });
    const { code, stderr } = await drp(["backtest", "--data", short, "--out", scratch()]);
    expect(code).toBe(3);
    expect(stderr).toContain("shorter than the two weeks to learn from and the 168 hours to forecast");
  });

  it.each([
    ["--methods", "drp,oracle"],
    ["--weeks", "0"],
    ["--horizon", "2000"],
  ])("refuses %s %s", async (option, value) => {
    const { code, stderr } = await drp(["backtest", option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(value);
  });
});
