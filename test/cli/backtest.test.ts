import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { drp, folderOf, scratch } from "./drp.ts";

const TINY = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const MINI = fileURLToPath(new URL("../../models/drp-mini", import.meta.url));

let data: string;
beforeAll(async () => {
  data = scratch();
  await drp(["generate", "--out", data, "--days", "70", "--future-days", "0"]);
});

/** Runs it on `data`, into a folder of its own. */
async function backtest(...options: string[]) {
  const out = scratch();
  return { out, ...(await drp(["backtest", "--data", data, "--out", out, ...options])) };
}

describe("drp backtest", () => {
  it("prints a table, writes the report and two pictures", async () => {
    const { out, code, stdout, stderr } = await backtest("--weeks", "3", "--threads", "1");
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
    expect(stdout.split("\n")[0]).toMatch(
      /^3 weeks of 168 h, \d+ incidents +deviance +to drp +95 % +Brier +log loss +AUC/,
    );
    expect(stdout).toContain("two-factor climatology, 52 weeks");
    expect(stderr).toContain(report.verdict);
  });

  it("prints the report alone with --json, the same on any number of threads, which heed every option", async () => {
    const argv = ["backtest", "--data", data, "--weeks", "4", "--methods", "drp,constant", "--json", "--quiet"];
    argv.push("--model", TINY, "--context", "64", "--horizon", "72", "--timezone", "Europe/Berlin");
    const one = await drp([...argv, "--out", scratch(), "--threads", "1"]);
    const two = await drp([...argv, "--out", scratch(), "--threads", "2"]);
    expect(Object.keys(JSON.parse(one.stdout).methods)).toEqual(["drp", "constant"]);
    expect(two.stdout).toBe(one.stdout);
    expect(one.stderr + two.stderr).toBe("");
  });

  it("shows the interval of a ratio to drp where the weeks are six or more, and of every score in the report", async () => {
    const compared = async (weeks: string) => {
      const { out, stdout } = await backtest("--weeks", weeks, "--methods", "drp,constant", "--model", TINY);
      const row = stdout.split("\n").find((line) => line.startsWith("constant rate"))!;
      return { row, methods: JSON.parse(readFileSync(join(out, "backtest.json"), "utf8")).methods };
    };
    const { row, methods } = await compared("6");
    const { ratio, low, high } = methods.constant.devianceToDrp;
    expect(row.split(/ {2,}/).slice(2, 4)).toEqual([ratio.toFixed(2), `${low.toFixed(2)}–${high.toFixed(2)}`]);
    for (const method of ["drp", "constant"]) {
      const { intervals, devianceToDrp, brierReliability, brierResolution, ...scores } = methods[method];
      expect(Object.keys(intervals)).toEqual(Object.keys(scores));
      expect(intervals.poissonDeviance.low).toBeLessThan(scores.poissonDeviance);
      expect(intervals.poissonDeviance.high).toBeGreaterThan(scores.poissonDeviance);
    }
    expect((await compared("5")).row.split(/ {2,}/)[3]).toBe("–");
  });

  it("says once how many hours lack traffic", async () => {
    const folder = scratch();
    cpSync(data, folder, { recursive: true });
    const [first] = readFileSync(join(data, "deploy_events.csv"), "utf8").split("\n")[1]!.split(" ");
    const hours = Array.from({ length: 70 * 24 }, (_, hour) => hour).filter((hour) => hour < 300 || hour >= 310);
    const lines = hours.map((hour) => `${new Date(Date.parse(`${first}Z`) + hour * 3_600_000).toISOString()},9`);
    writeFileSync(join(folder, "traffic.csv"), ["timestamp,value", ...lines].join("\n"));
    const { stderr } = await drp([
      "backtest",
      "--data",
      folder,
      "--out",
      scratch(),
      "--weeks",
      "3",
      "--methods",
      "constant",
    ]);
    expect(stderr.match(/note: traffic\.csv has no value for 10 of \d+ hours/g)).toHaveLength(1);
  });

  it("counts the weeks it has finished on a terminal", async () => {
    const argv = ["backtest", "--data", data, "--out", scratch(), "--weeks", "3", "--threads", "2"];
    const { stderr } = await drp([...argv, "--methods", "constant"], { tty: true });
    expect([...stderr.matchAll(/(\d) of 3/g)].map(([, finished]) => finished)).toEqual(["0", "1", "2", "3"]);
  });

  it("fails with the error of a thread that fails", async () => {
    const model = folderOf({
      "model.safetensors": readFileSync(join(MINI, "model.safetensors")),
      "config.json": readFileSync(join(MINI, "config.json")),
    });
    const out = join(scratch(), "out");
    const argv = ["backtest", "--data", data, "--out", out, "--model", model, "--threads", "2"];
    const { code, stderr } = await drp(argv, {
      tty: true,
      onStderr: (text) => {
        if (text.includes("0 of")) rmSync(model, { recursive: true }); // this thread has opened it, the others have not
      },
    });
    expect(code).toBe(4);
    expect(stderr).toContain(`error: Cannot find model "${model}": there is no file`);
    expect(stderr).toContain("hint: installed models: drp-mini");
    expect(existsSync(join(out, "backtest.json"))).toBe(false);
  });

  it.each(["1", "2"])("interrupted, reports on the weeks it has finished, on %s threads", async (threads) => {
    const interruption = new AbortController();
    const out = scratch();
    const argv = ["backtest", "--data", data, "--out", out, "--weeks", "5", "--threads", threads];
    const { code, stderr } = await drp(argv, {
      tty: true,
      signal: interruption.signal,
      onStderr: (text) => {
        if (text.includes("2 of 5")) interruption.abort();
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted: reporting on 2 weeks, all that are finished");
    expect(JSON.parse(readFileSync(join(out, "backtest.json"), "utf8"))).toMatchObject({ weeks: 2 });
  });

  it.each(["1", "2"])("interrupted before the first week ends, writes nothing, on %s threads", async (threads) => {
    const interruption = new AbortController();
    const out = join(scratch(), "out");
    const { code, stderr } = await drp(["backtest", "--data", data, "--out", out, "--threads", threads], {
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
    const { stderr } = await drp([
      "backtest",
      "--data",
      data,
      "--out",
      scratch(),
      "--methods",
      "constant",
      "--threads",
      "1",
    ]);
    expect(stderr).toMatch(/warning: the history has room for [67] of the 12 weeks asked for/);
  });

  it("tests one service alone, and refuses one that no row names", async () => {
    const deploys = ["timestamp,is_critical_fix,deploy_size,service"];
    const failures = ["timestamp,incident_type,severity,service"];
    for (let i = 0; i < 1000; i += 1) {
      const at = new Date(Date.UTC(2024, 0, 1, i)).toISOString();
      if (i % 5 !== 3) deploys.push(`${at},false,small,${i % 2 === 0 ? "api" : "web"}`);
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
    expect(all.stderr).toContain("Deploys per hour: WQL");
    expect(api.stderr).toContain("Deploys per hour of the whole platform: WQL");
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
