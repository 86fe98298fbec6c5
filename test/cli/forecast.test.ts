import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { RiskWindowsDocument } from "../../src/windows/document.ts";
import { drp, folderOf, type Outcome, type Surroundings, scratch } from "./drp.ts";

const OUTPUTS = [
  "forecast_timeseries.png",
  "hourly_risk_forecast.csv",
  "hourly_risk_series.csv",
  "risk_heatmap.png",
  "risk_windows.json",
  "safe_windows_heatmap.png",
];

let data: string;
beforeAll(async () => {
  data = scratch();
  await drp(["generate", "--out", data, "--days", "60"]);
});

/** Forecasts a folder into a new one. */
async function forecast(
  folder: string,
  options: readonly string[] = [],
  surroundings: Surroundings = {},
): Promise<Outcome & { out: string }> {
  const out = join(scratch(), "out");
  const outcome = await drp(["forecast", "--data", folder, "--out", out, ...options], surroundings);
  return { ...outcome, out };
}

/** A folder whose incidents.csv holds the given lines. */
function incidents(...lines: string[]): string {
  return folderOf({ "incidents.csv": ["timestamp,incident_type,severity", ...lines, ""].join("\n") });
}

const rows = (path: string) =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

describe("drp forecast", () => {
  it("writes every output and ends with a summary", async () => {
    const { code, stdout, stderr, out } = await forecast(data);
    expect(code).toBe(0);
    expect(stdout).toBe("");
    expect(readdirSync(out).sort()).toEqual(OUTPUTS);
    expect(stderr).toContain("Riskiest windows");
    expect(stderr).toContain("Safest windows");
    const document = RiskWindowsDocument.parse(JSON.parse(readFileSync(join(out, "risk_windows.json"), "utf8")));
    expect(document.hours).toHaveLength(168);
    expect(document.model.name).toBe("drp-mini");
    for (const hour of document.hours) {
      expect(hour.expectedIncidentsP10).toBeLessThanOrEqual(hour.expectedIncidents);
      expect(hour.expectedIncidentsP90).toBeGreaterThanOrEqual(hour.expectedIncidents);
    }
    const [header, ...body] = rows(join(out, "hourly_risk_forecast.csv"));
    expect(header).toEqual([
      "timestamp",
      "expected_deploys",
      "deploy_failure_probability",
      "load_incidents",
      "other_incidents",
      "follow_up_incidents",
      "expected_incidents",
      "expected_incidents_p10",
      "expected_incidents_p90",
      "probability_of_incident",
      "risk",
      "level",
    ]);
    expect(body.map(([timestamp]) => timestamp)).toEqual(document.hours.map(({ start }) => start));
    expect(body.map((row) => Number(row[10]))).toEqual(document.hours.map(({ risk }) => risk));
    const series = rows(join(out, "hourly_risk_series.csv"));
    expect(series[0]).toEqual(["timestamp", "risk_incidents"]);
    const counted = series.slice(1).reduce((sum, [, value]) => sum + Number(value), 0);
    expect(counted).toBe(rows(join(data, "incidents.csv")).length - 1);
    for (const [name, width] of [
      ["risk_heatmap.png", 2800],
      ["safe_windows_heatmap.png", 2800],
      ["forecast_timeseries.png", 3000],
    ] as const) {
      const { format, width: pixels, height } = await sharp(join(out, name)).metadata();
      expect([format, pixels, height]).toEqual(["png", width, 1000]);
    }
  });

  it("prints the document alone on standard output with --json --quiet", async () => {
    const { code, stdout, stderr, out } = await forecast(data, ["--json", "--quiet"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toBe(readFileSync(join(out, "risk_windows.json"), "utf8"));
  });

  it("shows progress on a terminal only", async () => {
    expect((await forecast(data, [], { tty: true })).stderr).toContain("forecasting …");
    expect((await forecast(data)).stderr).not.toContain("forecasting …");
  });

  it("uses nothing at or after --origin but fixtures", async () => {
    const early = scratch();
    cpSync(data, early, { recursive: true });
    for (const name of ["deploy_events.csv", "incidents.csv"]) {
      const lines = readFileSync(join(data, name), "utf8").split("\n");
      writeFileSync(
        join(early, name),
        `${lines.filter((line) => line < "2024-02-10" || line.startsWith("t")).join("\n")}\n`,
      );
    }
    const origin = ["--origin", "2024-02-10 00:00", "--json", "--quiet"];
    const whole = await forecast(data, origin);
    expect(whole.code).toBe(0);
    expect(whole.stdout).toBe((await forecast(early, origin)).stdout);
    expect(JSON.parse(whole.stdout).origin).toBe("2024-02-10T00:00:00+00:00");
  });

  it("takes the clock for --origin now, and quiet hours count as quiet", async () => {
    const { stdout } = await forecast(data, ["--origin", "now", "--json", "--quiet"], { now: "2024-03-05T10:20:00Z" });
    expect(JSON.parse(stdout).origin).toBe("2024-03-05T10:00:00+00:00");
  });

  it("warns where nothing was recorded for longer than ever before the origin", async () => {
    const warned = async (origin: string, ...lines: string[]) =>
      (await forecast(incidents(...lines), ["--origin", origin])).stderr.match(/no deploy or incident in .*/)?.[0];
    const [first, last] = ["2024-01-01 10:00,unknown,low", "2024-02-01 10:00,unknown,low"];
    expect(await warned("2024-02-15 11:00", last)).toContain("in the 14 days before the origin, longer than ever");
    expect(await warned("2024-02-15 10:00", last), "two weeks may be quiet").toBeUndefined();
    expect(await warned("2024-03-03 10:00", first, last), "it has been quiet for as long").toBeUndefined();
    expect(await warned("2024-03-03 11:00", first, last)).toContain("in the 31 days");
  });

  it("forecasts wall-clock hours through a change of clocks", async () => {
    const options = [
      "--timezone",
      "Europe/Berlin",
      "--origin",
      "2024-03-30 00:00",
      "--horizon",
      "48",
      "--json",
      "--quiet",
    ];
    const spring = JSON.parse((await forecast(data, options)).stdout);
    expect(spring.hours).toHaveLength(47);
    expect(spring.hours[26].start).toBe("2024-03-31T03:00:00+02:00");
    options[3] = "2024-10-26 12:00";
    const autumn = JSON.parse((await forecast(data, options)).stdout);
    expect(autumn.hours).toHaveLength(48);
    expect(autumn.hours[14]).toMatchObject({ start: "2024-10-27T02:00:00+02:00", durationHours: 2 });
    expect(autumn.hours[15].start).toBe("2024-10-27T03:00:00+01:00");
  });

  it("starts after an hour that clocks skip", async () => {
    const folder = incidents("2024-03-01 10:00,unknown,low", "2024-03-31 01:30,unknown,low");
    const { stdout } = await forecast(folder, ["--timezone", "Europe/Berlin", "--horizon", "1", "--json", "--quiet"]);
    expect(JSON.parse(stdout).origin).toBe("2024-03-31T03:00:00+02:00");
  });

  it.each(["1", "24", "1024"])("forecasts %s hours", async (horizon) => {
    const { code, stdout } = await forecast(data, ["--horizon", horizon, "--json", "--quiet"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).hours).toHaveLength(Number(horizon));
  });

  it("tells the risk of one change with --change", async () => {
    const deploys = ["timestamp,is_critical_fix,deploy_size"];
    const failures = ["timestamp,incident_type,severity"];
    for (let i = 0; i < 600; i += 1) {
      const at = new Date(Date.UTC(2024, 0, 1, 2 * i)).toISOString();
      deploys.push(`${at},false,${i % 2 === 0 ? "small" : "large"}`);
      if (i % 10 === 1) failures.push(`${at},deploy_incident,low`); // every fifth large one
    }
    const folder = folderOf({ "deploy_events.csv": deploys.join("\n"), "incidents.csv": failures.join("\n") });
    const meanRisk = async (...options: string[]) => {
      const { stdout, stderr, out } = await forecast(folder, ["--json", ...options]);
      const { hours, change } = RiskWindowsDocument.parse(JSON.parse(stdout));
      expect(readdirSync(out)).toHaveLength(6);
      return { risk: hours.reduce((sum, { risk }) => sum + risk, 0) / hours.length, change, stderr };
    };
    const large = await meanRisk("--change", "size=large,critical=false");
    const small = await meanRisk("--change", "size=small");
    const average = await meanRisk();
    expect(large.change).toEqual({ size: "large", critical: false });
    expect(large.stderr).toContain("Risk of a large deploy that is no critical fix");
    expect(large.risk).toBeGreaterThan(3 * small.risk);
    expect(average.risk).toBeGreaterThan(1.2 * small.risk);
    expect(average.risk).toBeLessThan(large.risk);
  });

  it.each(["size=huge", "critical=yes", "size", "team=a", "", "size=large,size=small"])(
    "refuses --change %j",
    async (change) => {
      const { code, stderr } = await drp(["forecast", "--change", change]);
      expect(code).toBe(2);
      expect(stderr).toContain(
        "Expected size=small|medium|large and critical=true|false, each at most once, separated by commas.",
      );
    },
  );

  it("forecasts one service with --service, drawn towards the platform", async () => {
    const deploys = ["timestamp,is_critical_fix,deploy_size,service"];
    const failures = ["timestamp,incident_type,severity,service"];
    for (let i = 0; i < 900; i += 1) {
      const at = new Date(Date.UTC(2024, 0, 1, i)).toISOString();
      const service = i === 500 ? "rare" : i % 3 === 0 ? "shaky" : i % 3 === 1 ? "steady" : "solid";
      deploys.push(`${at},false,small,${service}`);
      if (i % 12 === 0) failures.push(`${at},deploy_incident,low,${service}`); // every fourth of the shaky one
    }
    const folder = folderOf({ "deploy_events.csv": deploys.join("\n"), "incidents.csv": failures.join("\n") });
    const of = async (...options: string[]) => {
      const { stdout, stderr } = await forecast(folder, ["--json", ...options]);
      const { hours, service } = RiskWindowsDocument.parse(JSON.parse(stdout));
      const mean = (values: (number | null)[]) => values.reduce<number>((sum, v) => sum + (v ?? 0), 0) / values.length;
      const failure = mean(hours.map((hour) => hour.deployFailureProbability));
      return { failure, deploys: mean(hours.map((hour) => hour.expectedDeploys)), service, stderr };
    };
    const [platform, shaky, solid, rare] = [
      await of(),
      await of("--service", "shaky"),
      await of("--service", "solid"),
      await of("--service", "rare"),
    ];
    expect([platform.service, shaky.service]).toEqual([null, "shaky"]);
    expect(shaky.stderr).toContain("Risk of a deploy of shaky");
    expect(shaky.failure).toBeGreaterThan(2 * platform.failure);
    expect(solid.failure).toBeLessThan(0.3 * platform.failure);
    expect(Math.abs(rare.failure / platform.failure - 1)).toBeLessThan(0.25);
    expect(Math.abs(shaky.deploys / platform.deploys - 1 / 3)).toBeLessThan(0.1);
    expect(rare.deploys).toBeLessThan(0.05 * platform.deploys);
    const counted = async (...options: string[]) => {
      const { out } = await forecast(folder, options);
      const counts = rows(join(out, "hourly_risk_series.csv")).slice(1);
      return counts.reduce((sum, [, incidents]) => sum + Number(incidents), 0);
    };
    expect(await counted(), "incidents of the platform").toBe(75);
    expect(await counted("--service", "shaky"), "its own incidents alone").toBe(75);
    expect(await counted("--service", "solid"), "none").toBe(0);
    const { code, stderr } = await forecast(folder, ["--service", "nobody"]);
    expect(code).toBe(3);
    expect(stderr).toContain('Cannot find service "nobody"');
    expect(stderr).toContain('known are "shaky", "steady", "solid", "rare"');
    expect((await forecast(folder, ["--service", "shakey"])).stderr).toContain('did you mean "shaky"?');
  });

  it("puts load incidents down to measured traffic where there is a traffic.csv", async () => {
    const busyFrom = 8;
    const traffic = ["timestamp,value"];
    const failures = ["timestamp,incident_type,severity"];
    for (let hour = 0; hour < 60 * 24; hour += 1) {
      const busy = hour % 24 >= busyFrom && hour % 24 < 12;
      for (const minutes of [0, 30])
        traffic.push(`${new Date(Date.UTC(2024, 0, 1, hour, minutes)).toISOString()},${busy ? 900 + minutes : 10}`);
      if (hour % (24 * 3) === 9)
        failures.push(`${new Date(Date.UTC(2024, 0, 1, hour, 5)).toISOString()},load_incident,low`);
    }
    traffic.push("2024-03-09T00:00:00Z,1e9"); // after the origin: not known yet
    const folder = folderOf({ "traffic.csv": traffic.join("\n"), "incidents.csv": failures.join("\n") });
    const { code, stdout, stderr } = await forecast(folder, ["--json", "--origin", "2024-03-01 00:00"]);
    expect(code).toBe(0);
    expect(stderr).toContain("no match_events.csv: drp does not see known events ahead");
    const { hours } = RiskWindowsDocument.parse(JSON.parse(stdout));
    const loadOf = (from: number, to: number) =>
      hours.filter((_, i) => i % 24 >= from && i % 24 < to).reduce((sum, { loadIncidents }) => sum + loadIncidents, 0);
    const daily = loadOf(0, 24) / 7;
    expect(daily).toBeGreaterThan(0.2); // one in three days
    expect(daily).toBeLessThan(0.45);
    expect(loadOf(busyFrom, 12)).toBeGreaterThan(0.8 * loadOf(0, 24));
  });

  it("says once how many hours lack traffic and what it makes of them, nothing where none does", async () => {
    const folder = scratch();
    cpSync(data, folder, { recursive: true });
    const told = async (isMeasured: (hour: number) => boolean, options: readonly string[] = []) => {
      const rows = Array.from({ length: 60 * 24 }, (_, hour) => hour).filter(isMeasured);
      const start = Date.parse(
        `${readFileSync(join(data, "deploy_events.csv"), "utf8").split("\n")[1]!.slice(0, 10)}Z`,
      );
      const lines = rows.map((hour) => `${new Date(start + hour * 3_600_000).toISOString()},${100 + (hour % 24)}`);
      writeFileSync(join(folder, "traffic.csv"), ["timestamp,value", ...lines].join("\n"));
      return [...(await forecast(folder, options)).stderr.matchAll(/note: traffic\.csv.*\n/g)].map(([line]) => line);
    };
    expect(await told((hour) => hour < 200 || hour >= 230)).toEqual([
      expect.stringMatching(
        /has no value for 30 of 1\d{3} hours: they are taken from the same hour of the weeks around them/,
      ),
    ]);
    expect(await told(() => true)).toEqual([]);
    expect(await told((hour) => hour > 500, ["--quiet"])).toEqual([]);
  });

  it("chooses the context with --context auto, or says that history is too short", async () => {
    const { code, stderr } = await forecast(data, ["--context", "auto"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: context of \d+ hours, by the loss over \d+ weeks: 512 h 1\.000, 1024 h/);
    const short = await forecast(incidents("2024-01-01 10:00,error,low"), ["--context", "auto"]);
    expect(short.code).toBe(0);
    expect(short.stderr).toContain("note: history is too short to choose a context by; the model's own is used");
  });

  it("raises avoid above --max-risk and says so", async () => {
    const { stdout } = await forecast(data, ["--max-risk", "0.05", "--json", "--quiet"]);
    const { hours, thresholds } = JSON.parse(stdout);
    expect(thresholds).toMatchObject({ avoidAtOrAbove: null, avoidAbove: 0.05 });
    for (const { risk, level } of hours) expect(level === "avoid").toBe(risk > 0.05);
  });
});

describe("drp forecast on thin data", () => {
  it("goes on without deploys and matches, and says what it cannot tell", async () => {
    const only = scratch();
    cpSync(join(data, "incidents.csv"), join(only, "incidents.csv"));
    const { code, stderr, out } = await forecast(only);
    expect(code).toBe(0);
    expect(stderr).toContain("no deploy_events.csv");
    expect(stderr).toContain("no match_events.csv");
    const { hours } = JSON.parse(readFileSync(join(out, "risk_windows.json"), "utf8"));
    expect(hours[0]).toMatchObject({ expectedDeploys: null, deployFailureProbability: null, loadIncidents: 0 });
    expect(hours[0].otherIncidents).toBe(hours[0].expectedIncidents);
    expect(rows(join(out, "hourly_risk_forecast.csv"))[1]!.slice(1, 3)).toEqual(["", ""]);
  });

  it("forecasts the prior rate from a header alone, with a warning", async () => {
    const { code, stderr, out } = await forecast(incidents());
    expect(code).toBe(0);
    expect(stderr).toContain("rates are those of the prior alone");
    const { hours } = JSON.parse(readFileSync(join(out, "risk_windows.json"), "utf8"));
    expect(hours[0].otherIncidents).toBeCloseTo(0.5 / 672, 8);
    expect(readdirSync(out).sort()).toEqual(OUTPUTS);
  });

  it.each([
    ["rollbacks", ["2024-01-01 08:00,false,small,true"], "no deploy but rollbacks before the origin"],
    ["no deploys", [], "no deploy before the origin"],
  ])("warns that nothing is known of how often deploys fail, with %s alone", async (_, deploys, warning) => {
    const folder = incidents("2024-01-01 10:30,unknown,low", "2024-01-20 10:30,unknown,low");
    const header = "timestamp,is_critical_fix,deploy_size,is_rollback";
    writeFileSync(join(folder, "deploy_events.csv"), [header, ...deploys].join("\n"));
    const { code, stderr } = await forecast(folder);
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: ${warning}: how often deploys fail is that of the prior alone`);
  });

  it("forecasts from one incident, and warns of a short history", async () => {
    const { code, stderr, out } = await forecast(incidents("2024-01-01 10:30,unknown,low"));
    expect(code).toBe(0);
    expect(stderr).toContain("only 1 hour of history");
    expect(stderr).toContain("no hour stands out");
    expect(readdirSync(out).sort()).toEqual(OUTPUTS);
  });

  it("forecasts deploys without any incident", async () => {
    const folder = scratch();
    cpSync(join(data, "deploy_events.csv"), join(folder, "deploy_events.csv"));
    writeFileSync(join(folder, "incidents.csv"), "timestamp,incident_type,severity\n");
    const { code, out } = await forecast(folder);
    expect(code).toBe(0);
    const { hours } = JSON.parse(readFileSync(join(out, "risk_windows.json"), "utf8"));
    expect(hours[0].deployFailureProbability).toBeGreaterThan(0);
    expect(hours[0].deployFailureProbability).toBeLessThan(0.01);
  });

  it("forecasts ten years of data", async () => {
    const folder = scratch();
    await drp(["generate", "--out", folder, "--days", "3653", "--start", "2015-01-01"]);
    const { code, out } = await forecast(folder);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(OUTPUTS);
  });
});

describe("drp forecast refuses", () => {
  async function refused(folder: string, code: number, ...words: string[]): Promise<void> {
    const outcome = await forecast(folder);
    for (const word of words) expect(outcome.stderr).toContain(word);
    expect(outcome.stderr).toMatch(/^error: Cannot /m);
    expect(outcome.code).toBe(code);
    expect(existsSync(outcome.out), "nothing may be written").toBe(false);
  }

  it("a folder that is not there", () => refused("/no/such/folder", 3, '"/no/such/folder"', "there is no such folder"));
  it("a file in place of the folder", () => refused(join(data, "incidents.csv"), 3, "it is a file, expected a folder"));
  it("a folder without incidents.csv", () => refused(scratch(), 3, "incidents.csv", "there is no such file"));
  it("an empty file", () => refused(folderOf({ "incidents.csv": "" }), 3, "it is empty", '"severity"'));
  it("a folder named incidents.csv", () => {
    const folder = scratch();
    mkdirSync(join(folder, "incidents.csv"));
    return refused(folder, 3, "it is a folder, expected a file");
  });
  it("a wrong header", () =>
    refused(folderOf({ "incidents.csv": "time,type\n1,2\n" }), 3, 'lacks "timestamp"', 'found "time", "type"'));
  it("cells separated by semicolons", () =>
    refused(folderOf({ "incidents.csv": "timestamp;incident_type;severity\n" }), 3, 'separated by ";"'));
  it("a column named twice", () =>
    refused(folderOf({ "incidents.csv": "timestamp,incident_type,severity,severity\n" }), 3, 'two columns "severity"'));
  it("a quote that is never closed", () =>
    refused(incidents('2024-01-01 10:00,"unknown,low', "2024-01-01 11:00,unknown,low"), 3, "never closed"));
  it("a quote inside a cell", () => refused(incidents('2024-01-01 10:00,"a"b,low'), 3, "line 2 has a quote inside"));
  it("a binary file", () =>
    refused(
      folderOf({ "incidents.csv": Uint8Array.from({ length: 2000 }, (_, i) => (i * 37) % 256) }),
      3,
      "not UTF-8",
    ));
  it("a gzip file cut short", () =>
    refused(folderOf({ "incidents.csv": Uint8Array.from([0x1f, 0x8b, 8, 0]) }), 3, "in the middle of what gzip"));
  it("UTF-16", () => refused(folderOf({ "incidents.csv": Buffer.from("\ufefftimestamp", "utf16le") }), 3, "UTF-16"));
  it("incidents in the future", async () => {
    await refused(
      incidents("2024-01-01 10:00,unknown,low", "2026-05-01 10:00,unknown,low"),
      3,
      "line 3",
      "up to now",
      "--origin",
    );
    const folder = incidents("2024-01-01 10:00,unknown,low", "2026-05-01 10:00,unknown,low");
    const { code, stderr } = await forecast(folder, ["--origin", "2026-01-01 00:00"]);
    expect(code).toBe(0);
    expect(stderr).toContain("held back: 1 deploy or incident at or after the origin");
  });

  const badCells: [file: string, column: string, value: string][] = [
    ["incidents.csv", "timestamp", "2024-02-30 10:00"],
    ["incidents.csv", "timestamp", "2024-01-01 25:00"],
    ["incidents.csv", "timestamp", "2024-01-01 10:60"],
    ["incidents.csv", "timestamp", "2024-01-01"],
    ["incidents.csv", "timestamp", "01/02/2024 10:00"],
    ["incidents.csv", "timestamp", "1704103200"],
    ["incidents.csv", "timestamp", ""],
    ["incidents.csv", "timestamp", "yesterday"],
    ["incidents.csv", "timestamp", "2024-01-01T10:00+25:00"],
    ["incidents.csv", "timestamp", "0024-01-01 10:00"],
    ["incidents.csv", "severity", "critical"],
    ["incidents.csv", "severity", ""],
    ["deploy_events.csv", "is_critical_fix", "yes"],
    ["deploy_events.csv", "is_critical_fix", "1"],
    ["deploy_events.csv", "deploy_size", "huge"],
    ["deploy_events.csv", "is_rollback", "perhaps"],
    ["deploy_events.csv", "timestamp", "2024-1-1 10:00"],
    ["match_events.csv", "traffic_multiplier", "NaN"],
    ["match_events.csv", "traffic_multiplier", "Infinity"],
    ["match_events.csv", "traffic_multiplier", "1e999"],
    ["match_events.csv", "traffic_multiplier", "-1"],
    ["match_events.csv", "traffic_multiplier", "0"],
    ["match_events.csv", "traffic_multiplier", ""],
    ["match_events.csv", "traffic_multiplier", "0x10"],
    ["match_events.csv", "traffic_multiplier", "1,5"],
  ];
  const good: Record<string, Record<string, string>> = {
    "incidents.csv": { timestamp: "2024-01-01 10:00", incident_type: "unknown", severity: "low" },
    "deploy_events.csv": {
      timestamp: "2024-01-01 10:00",
      is_critical_fix: "false",
      deploy_size: "small",
      is_rollback: "",
    },
    "match_events.csv": { timestamp: "2024-01-01 10:00", tournament: "Cup", traffic_multiplier: "2" },
  };
  it.each(badCells)("%s with %s %j", (file, column, value) => {
    const table = (name: string, row: Record<string, string>) =>
      `${Object.keys(good[name]!).join(",")}\n${Object.values(good[name]!).join(",")}\n${Object.values(row)
        .map((cell) => `"${cell}"`)
        .join(",")}\n`;
    const folder = folderOf({
      "incidents.csv": table("incidents.csv", good["incidents.csv"]!),
      [file]: table(file, { ...good[file], [column]: value }),
    });
    return refused(
      folder,
      3,
      `${file}": 1 of 2 rows is invalid`,
      `line 3, ${column}: expected`,
      `got ${JSON.stringify(value)}`,
    );
  });

  it("bad rows of all files at once, all counted and the first 20 shown", async () => {
    const bad = Array.from({ length: 30 }, () => "2024-01-01 10:00,unknown,none");
    const folder = folderOf({
      "incidents.csv": ["timestamp,incident_type,severity", ...bad, ""].join("\n"),
      "deploy_events.csv":
        "timestamp,is_critical_fix,deploy_size\n2024-01-01 10:00,maybe,small\n2024-01-01 10:00,true\n",
    });
    const { stderr, code } = await forecast(folder);
    expect(code).toBe(3);
    expect(stderr).toContain('deploy_events.csv": 2 of 2 rows are invalid');
    expect(stderr).toContain('line 2, is_critical_fix: expected "true" or "false", got "maybe"');
    expect(stderr).toContain("line 3: expected 3 cells, got 2");
    expect(stderr).toContain('incidents.csv": 30 of 30 rows are invalid');
    expect(stderr.match(/^ {2}line /gm)).toHaveLength(20);
    expect(stderr).toContain("… and 12 more");
    expect(stderr).toContain("hint: see");
  });

  it("an origin of a year that is a slip", async () => {
    const { code, stderr, out } = await forecast(data, ["--origin", "2999-01-01 00:00"]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'Cannot forecast from "2999-01-01 00:00:00": the first deploy or incident is 975 years before',
    );
    expect(existsSync(out)).toBe(false);
  });
  it("a wall-clock time that the zone skips", async () => {
    const folder = incidents("2024-03-31 02:30,unknown,low");
    const { code, stderr } = await forecast(folder, ["--timezone", "Europe/Berlin"]);
    expect(code).toBe(3);
    expect(stderr).toContain("expected a time that clocks in Europe/Berlin show");
    expect((await forecast(folder)).code).toBe(0);
    const origin = ["--timezone", "Europe/Berlin", "--origin", "2025-03-30 02:30"];
    const skipped = await forecast(incidents("2024-03-31 03:30,unknown,low"), origin);
    expect(skipped).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot use "2025-03-30 02:30:00"') });
  });

  it.each([
    ["--horizon", "0"],
    ["--horizon", "10000"],
    ["--horizon", "1.5"],
    ["--timezone", "Mars/Base"],
    ["--watch-hours", "0"],
    ["--max-risk", "2"],
    ["--origin", "tomorrow"],
    ["--device", "abacus"],
    ["--context", "-5"],
  ])("%s %s with exit 2", async (option, value) => {
    const { code, stderr, out } = await forecast(data, [option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(value);
    expect(existsSync(out)).toBe(false);
  });

  it("an unknown model with exit 4, naming those there are", async () => {
    const { code, stderr } = await forecast(data, ["--model", "no-such-model"]);
    expect(code).toBe(4);
    expect(stderr).toContain('Cannot find model "no-such-model"');
    expect(stderr).toContain("drp-mini");
  });

  it("a corrupt or cut-off model with exit 4", async () => {
    const weights = readFileSync("models/drp-mini/model.safetensors");
    const models: [Buffer, string][] = [
      [weights.subarray(0, 5_000_000), "it is cut off"],
      [weights.subarray(0, 100), "it ends inside its header"],
      [Buffer.from("not a model at all"), "does not start like a safetensors file"],
      [Buffer.alloc(0), "expected at least 8"],
    ];
    for (const [content, words] of models) {
      const folder = folderOf({ "model.safetensors": content });
      const { code, stderr, out } = await forecast(data, ["--model", folder]);
      expect(stderr).toContain(words);
      expect(code).toBe(4);
      expect(readdirSync(out)).toEqual([]);
    }
  });

  it("a device that the runtime lacks with exit 4, saying how to get it", async () => {
    const { code, stderr } = await forecast(data, ["--device", process.platform === "win32" ? "coreml" : "dml"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/Cannot run on device "(dml|coreml)"/);
    expect(stderr).toContain("it exists on");
  });

  it("a context beyond the model's with exit 2", async () => {
    const { code, stderr } = await forecast(data, ["--context", "16384"]);
    expect(code).toBe(2);
    expect(stderr).toContain("expected at most");
  });

  it("an output folder that cannot be written, before it works", async () => {
    const file = folderOf({ out: "" });
    const blocked = await drp(["forecast", "--data", data, "--out", join(file, "out")]);
    expect(blocked.code).toBe(5);
    expect(blocked.stderr).toContain("there is a file of that name");
    if (process.getuid?.() === 0) return; // root may write anywhere
    const readOnly = scratch();
    chmodSync(readOnly, 0o500);
    const denied = await drp(["forecast", "--data", data, "--out", readOnly]);
    expect(denied.code).toBe(5);
    expect(denied.stderr).toContain("permission denied");
  });

  it.each(["reading", "opening", "forecasting", "drawing", "writing"])(
    "to go on after Ctrl-C while %s, and leaves nothing behind",
    async (step) => {
      const interruption = new AbortController();
      const out = scratch();
      const { code, stderr } = await drp(["forecast", "--data", data, "--out", out], {
        tty: true,
        signal: interruption.signal,
        onStderr: (text) => {
          if (text.includes(step)) interruption.abort();
        },
      });
      expect(code).toBe(130);
      expect(stderr).toContain("interrupted: nothing was written");
      expect(readdirSync(out)).toEqual([]);
    },
  );
});
