import { join } from "node:path";
import { PassThrough } from "node:stream";
import { beforeAll, describe, expect, it } from "vitest";
import { assess } from "../../src/windows/assess.ts";
import { documentOf } from "../../src/windows/document.ts";
import { typicalWeek } from "../windows/forecasts.ts";
import { drp, folderOf, scratch } from "./drp.ts";

const week = typicalWeek({ zone: "Europe/Berlin" }); // from Wed 1 January 2025
const json = JSON.stringify(
  documentOf(week, assess(week), { name: "drp-mini", file: "drp-mini/model.safetensors", sha256: "0".repeat(64) }),
);
let file: string;
beforeAll(() => {
  file = join(folderOf({ "risk_windows.json": json }), "risk_windows.json");
});

const NOW = "2025-01-01T08:00:00+01:00";
const suggest = (...argv: string[]) => drp(["suggest", "--windows", file, ...argv], { now: NOW });
const check = (...argv: string[]) => drp(["check", "--windows", file, ...argv], { now: NOW });

describe("drp suggest", () => {
  it("prints the best windows from now on as a table", async () => {
    const { code, stdout, stderr } = await suggest("--hours", "Mon-Fri 09:00-17:00");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Window (Europe/Berlin)                risk  level    why
      Wed 1 Jan 09:00 – 11:00              4.2 %  caution  4.0 % of deploys started then fail (median hour 2.0 %): +2.0 points for the hour of the day
      Wed 1 Jan 11:00 – 13:00              4.2 %  caution  4.0 % of deploys started then fail (median hour 2.0 %): +2.0 points for the hour of the day
      Wed 1 Jan 13:00 – 15:00              4.2 %  caution  4.0 % of deploys started then fail (median hour 2.0 %): +2.0 points for the hour of the day
      Median hour of the forecast: 2.2 %
      "
    `);
  });

  it("keeps its columns in line where a zone has a long name", async () => {
    const stdin = json.replaceAll("Europe/Berlin", "America/Argentina/Buenos_Aires");
    const { stdout } = await drp(["suggest", "--windows", "-", "--from", "2025-01-02 08:00"], { stdin, now: NOW });
    const [head, ...rows] = stdout.split("\n").slice(0, 4);
    for (const row of rows) expect(row.search(/safe|caution|avoid/)).toBe(head!.indexOf("level"));
  });

  it("prints JSON, with times in the forecast's zone", async () => {
    const { stdout } = await suggest(
      "--from",
      "2025-01-02 17:30",
      "--duration",
      "1h",
      "--within",
      "5h",
      "--count",
      "1",
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      timezone: "Europe/Berlin",
      suggestions: [{ start: "2025-01-02T17:30:00+01:00", end: "2025-01-02T18:30:00+01:00", level: "avoid" }],
    });
  });

  it("refuses a forecast of another service than it is asked for", async () => {
    const { code, stderr } = await suggest("--service", "api");
    expect(code).toBe(3);
    expect(stderr).toContain('windows for service "api": the forecast is of the whole platform');
    const ofApi = JSON.stringify({ ...JSON.parse(json), service: "api" });
    const asked = ["suggest", "--windows", "-", "--service", "api"];
    expect((await drp(asked, { stdin: ofApi, now: NOW })).code).toBe(0);
    expect((await suggest("--service", "my api")).stderr).toContain('hint: first run: drp forecast --service "my api"');
  });

  it("reads standard input", async () => {
    const { code, stdout } = await drp(["suggest", "--windows", "-"], { stdin: json, now: NOW });
    expect(code).toBe(0);
    expect(stdout).toContain("Window (Europe/Berlin)");
    const fromWindows = await drp(["suggest", "--windows", "-"], { stdin: `\ufeff${json}`, now: NOW });
    expect(fromWindows.stdout).toBe(stdout);
  });

  it("stops at Ctrl-C while it waits for standard input", async () => {
    const surroundings = { stdin: new PassThrough(), signal: AbortSignal.timeout(20) };
    expect((await drp(["suggest", "--windows", "-"], surroundings)).code).toBe(130);
  });

  it.each([
    [["--duration", "soon"], 2, "soon"],
    [["--duration", "0h"], 2, "0h"],
    [["--within", "-3d"], 2, "-3d"],
    [["--hours", "9 to 5"], 2, "9 to 5"],
    [["--from", "yesterday"], 2, "yesterday"],
    [["--count", "0"], 2, "0"],
    [["--from", "2025-01-07 00:00"], 3, "the forecast covers 2025-01-01T00:00:00+01:00 to 2025-01-08T00:00:00+01:00"],
    [["--from", "2024-12-31 00:00"], 3, "Cannot tell the risk from 2024-12-31T00:00:00+01:00"],
    [["--hours", "Sun 09:00-10:00"], 3, "Cannot suggest a window"],
    [["--windows", "/no/such/file"], 3, "there is no such file"],
  ])("refuses %j with exit %i", async (argv, code, words) => {
    const outcome = await suggest(...argv);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(words);
    expect(outcome.stdout).toBe("");
  });

  it("refuses what is no forecast, and a zone that this machine does not know", async () => {
    const read = async (stdin: string) => drp(["suggest", "--windows", "-"], { stdin, now: NOW });
    expect(await read("{")).toMatchObject({ code: 3, stderr: expect.stringContaining("it is not JSON") });
    expect(await read('{"schemaVersion":9}')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("schemaVersion is 9"),
    });
    const folder = await drp(["suggest", "--windows", scratch()], { now: NOW });
    expect(folder).toMatchObject({ code: 3, stderr: expect.stringContaining("it is a folder, expected a file") });
    const elsewhere = await read(json.replace("Europe/Berlin", "Mars/Base"));
    expect(elsewhere).toMatchObject({ code: 3, stderr: expect.stringContaining('unknown time zone "Mars/Base"') });
  });
});

describe("drp check", () => {
  it.each([
    ["2025-01-02 03:00", 0, "safe: Thu 2 Jan 2025 03:00 Europe/Berlin: risk 2.2 % (median hour 2.2 %): "],
    ["2025-01-02 16:00", 10, "caution: Thu 2 Jan 2025 16:00 Europe/Berlin: risk"],
    ["2025-01-02T18:30:00Z", 11, "avoid: Thu 2 Jan 2025 19:30 Europe/Berlin: risk 29.3 %"],
  ])("--at %s exits %i with one line of why", async (at, code, line) => {
    const outcome = await check("--at", at);
    expect(outcome.stdout).toContain(line);
    expect(outcome.stdout.trimEnd()).not.toContain("\n");
    expect(outcome.code).toBe(code);
  });

  it("asks the clock without --at", async () => {
    expect((await check()).stdout).toContain("Wed 1 Jan 2025 08:00");
  });

  it("exits 11 above --max-risk and not at it", async () => {
    const risk = JSON.parse((await check("--json")).stdout).risk;
    expect(await check("--max-risk", "0.01")).toMatchObject({
      code: 11,
      stdout: expect.stringContaining("above the limit of 1.0 %"),
    });
    expect((await check("--max-risk", String(risk))).code).toBe(0);
    expect(JSON.parse((await check("--max-risk", "0.01", "--json")).stdout)).toMatchObject({
      schemaVersion: 1,
      level: "avoid",
      aboveMaxRisk: true,
    });
  });

  it.each([
    [["--at", "2026-01-01 00:00"], 3, "Cannot tell the risk at 2026-01-01T00:00:00+01:00"],
    [["--at", "2025-01-08 00:00"], 3, "Cannot tell the risk at"],
    [["--at", "noon"], 2, "noon"],
    [["--max-risk", "1.5"], 2, "1.5"],
    [["--windows", "/no/such/file"], 3, 'run "drp forecast" first'],
  ])("refuses %j with exit %i", async (argv, code, words) => {
    const outcome = await check(...argv);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(words);
  });
});

describe("drp", () => {
  it("shows its commands and exit codes", async () => {
    const { code, stdout } = await drp(["--help"]);
    expect(code).toBe(0);
    for (const word of ["generate", "forecast", "suggest", "check", "Exit codes"]) expect(stdout).toContain(word);
  });

  it("exits 2 at an unknown command or option", async () => {
    expect(await drp(["frobnicate"])).toMatchObject({ code: 2, stderr: expect.stringContaining("frobnicate") });
    expect(await drp(["check", "--frob"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--frob") });
  });
});
