import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { drp, folderOf, scratch } from "./drp.ts";

const OPENSTACK = fileURLToPath(new URL("../fixtures/changes/openstack.csv", import.meta.url));
const HEADER = "at,failed,lines,team,note";

/** Changes an hour apart: long ones of team b fail most; every tenth lacks its lines. */
function tableOf(
  count: number,
  failed = (row: number) => Number(row % 7 === 0 || (row % 3 === 0 && row % 2 === 1)),
): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const at = new Date(Date.UTC(2024, 0, 1, row)).toISOString();
    const lines = row % 10 === 9 ? "" : String(failed(row) === 1 ? 100 + (row % 50) : 1 + (row % 80));
    return [at, failed(row), lines, row % 2 === 1 ? "b" : "a", "same"].join(",");
  });
  return `${[HEADER, ...rows].join("\n")}\n`;
}

const asked = ["--label", "failed", "--time", "at", "--trees", "20", "--quiet"];

function train(csv: string, ...more: string[]) {
  const folder = folderOf({ "changes.csv": csv });
  return drp(["train", "--table", join(folder, "changes.csv"), "--out", join(folder, "model"), ...asked, ...more]).then(
    (outcome) => ({ ...outcome, model: join(folder, "model"), folder }),
  );
}

describe("drp train", () => {
  let trained: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    trained = await train(tableOf(400));
  }, 60_000);

  it("writes a model with its schema, scores, card, training data and picture", () => {
    expect(trained.code).toBe(0);
    expect(readdirSync(trained.model).sort()).toEqual([
      "evaluation-metrics.json",
      "feature-importance.png",
      "feature-schema.json",
      "model-card.md",
      "model.onnx",
      "training-data.csv",
    ]);
    const schema = JSON.parse(readFileSync(join(trained.model, "feature-schema.json"), "utf8"));
    expect(schema.features.map(({ name }: { name: string }) => name)).toEqual([
      "lines",
      "team",
      "hourOfDay",
      "dayOfWeek",
    ]);
    expect(readFileSync(join(trained.model, "training-data.csv"), "utf8").trim().split("\n")).toHaveLength(401);
  });

  it("scores the latest fifth, beside baselines", () => {
    const { split, model, baselines } = JSON.parse(
      readFileSync(join(trained.model, "evaluation-metrics.json"), "utf8"),
    );
    expect([split.training.changes, split.test.changes]).toEqual([320, 80]);
    expect(split.test.from > split.training.to).toBe(true);
    expect(model.test.rocAuc).toBeGreaterThan(0.9);
    expect(baselines.baseRate.rocAuc).toBe(0.5);
    expect(model.test.brier).toBeLessThan(baselines.baseRate.brier);
    expect(baselines.linesAdded).toBeNull(); // "lines" is not known to be lines added
    expect(trained.stdout).toContain("latest 80 changes");
  });

  it("gives the same bytes again, and others for another seed", async () => {
    const bytesOf = (folder: string) => readFileSync(join(folder, "model.onnx"));
    expect(bytesOf((await train(tableOf(400))).model).equals(bytesOf(trained.model))).toBe(true);
    expect(bytesOf((await train(tableOf(400), "--seed", "2")).model).equals(bytesOf(trained.model))).toBe(false);
  }, 60_000);

  it("trains again on all changes where told to, and says so in the card", async () => {
    const refitted = await train(tableOf(400), "--refit");
    const schema = JSON.parse(readFileSync(join(refitted.model, "feature-schema.json"), "utf8"));
    expect(schema.training.changes).toBe(400);
    expect(readFileSync(join(refitted.model, "model-card.md"), "utf8")).toContain("trained again on all changes");
    expect(refitted.stdout).toBe(trained.stdout);
  }, 60_000);

  it("learns nothing from changes whose outcome was not known when the test began", async () => {
    const data = scratch();
    await drp(["generate", "--out", data, "--days", "150", "--services", "4"]);
    const out = join(data, "model");
    const { code, stdout } = await drp(["train", "--data", data, "--out", out, "--trees", "20", "--json"]);
    expect(code).toBe(0);
    const { split } = JSON.parse(stdout);
    const rows = readFileSync(join(out, "training-data.csv"), "utf8").trim().split("\n").length - 1;
    expect(split.training.changes).toBeLessThanOrEqual(Math.floor(0.8 * rows));
    expect(split.test.changes).toBe(rows - Math.floor(0.8 * rows));
  }, 60_000);

  it("keeps columns of any name apart from its own in the training data", async () => {
    const names = { lines: "change_failed", team: "__proto__", note: "change_time" };
    const csv = tableOf(80).replace(/^.*$/m, (head) =>
      head.replace(/lines|team|note/g, (name) => names[name as "lines"]),
    );
    const { code, model } = await train(csv);
    expect(code).toBe(0);
    const rows = readFileSync(join(model, "training-data.csv"), "utf8").split("\n");
    expect(rows[0]).toMatch(/^change_time_,change_failed_,change_part,change_failed,__proto__,change_time,/);
    expect(rows[1]).toMatch(/^2024-01-01T00:00:00.000Z,1,training,100,a,same,/);
    expect(rows[10]).toMatch(/^2024-01-01T09:00:00.000Z,1,training,,b,same,/);
  }, 60_000);

  it("says what makes no sense of a row in the future, without naming an option it lacks", async () => {
    const folder = folderOf({
      "deploy_events.csv": "timestamp,is_critical_fix,deploy_size\n2024-01-01 10:00,false,small\n",
      "incidents.csv": "timestamp,incident_type,severity\n2027-01-01 10:00,unknown,low\n",
    });
    const { code, stderr } = await drp(["train", "--data", folder, "--out", join(folder, "model")]);
    expect(code).toBe(3);
    expect(stderr).toContain('expected a time up to now (2026-01-01T00:00:00+00:00), got "2027-01-01 10:00"');
  });

  it("warns of scores that are too good to be true, and names the column that tells the outcome", async () => {
    const lines = tableOf(400).split("\n");
    const leaking = lines.map((line, i) => (i === 0 ? `${line},reverted_at` : line && `${line},${line.split(",")[1]}`));
    const { stderr } = await drp([
      "train",
      "--table",
      join(folderOf({ "changes.csv": leaking.join("\n") }), "changes.csv"),
      "--out",
      scratch(),
      "--ignore",
      "lines",
      ...asked.slice(0, -1),
    ]);
    expect(stderr).toMatch(/warning: an AUC of (1.000|0.99\d) is more than .* was "reverted_at" known by then\?/);
  }, 60_000);

  it("trains on real changes of a few dozen rows", async () => {
    const out = scratch();
    const argv = ["train", "--table", OPENSTACK, "--label", "bug", "--time", "date", "--out", out, "--trees", "10"];
    const { code, stderr } = await drp(argv);
    expect(stderr).toContain("sha");
    expect(code).toBe(0);
  }, 60_000);

  it.each([
    ["an unknown column", tableOf(400), ["--label", "faild"], 3, 'did you mean "failed"?'],
    ["one outcome only", tableOf(400, () => 0), [], 3, "all 400 rows"],
    ["ten rows", tableOf(10), [], 3, "at least 50 changes"],
    [
      "too few to learn from before those that score",
      tableOf(60),
      [],
      3,
      "of 48 changes to learn from, before the 12 that",
    ],
    ["a time that is none", tableOf(60).replace("2024-01-01T03", "someday"), [], 3, "line 5, at: expected"],
    ["an outcome that is none", tableOf(60).replace(",0,", ",maybe,"), [], 3, "failed: expected"],
    [
      "columns that all are the same",
      tableOf(80),
      ["--ignore", "lines,team,hourOfDay,dayOfWeek"],
      3,
      "no column varies",
    ],
    ["a share that leaves nothing to score", tableOf(60), ["--split", "1"], 2, "0.5 to 0.95"],
  ])("refuses %s, and writes nothing", async (_, csv, more, code, message) => {
    const refused = await train(csv, ...more);
    expect(refused.code).toBe(code);
    expect(refused.stderr).toContain(message);
    expect(existsSync(join(refused.model, "model.onnx"))).toBe(false);
  });

  it("refuses several sources, a table without a label, and folders without deploys or history", async () => {
    expect((await drp(["train", "--table", OPENSTACK, "--git", "."])).code).toBe(2);
    const unlabelled = await drp(["train", "--table", OPENSTACK, "--time", "date"]);
    expect([unlabelled.code, unlabelled.stderr]).toEqual([2, expect.stringContaining("--label is missing")]);
    const sourceless = await drp(["train", "--label", "failed"]);
    expect([sourceless.code, sourceless.stderr]).toEqual([2, "error: Cannot use --label without --table\n"]);
    const empty = folderOf({ "incidents.csv": "timestamp,incident_type,severity\n" });
    const without = await drp(["train", "--data", empty, "--out", join(empty, "model")]);
    expect([without.code, without.stderr]).toEqual([3, expect.stringContaining("it has no deploys")]);
    const unversioned = await drp(["train", "--git", empty, "--out", join(empty, "model")]);
    expect([unversioned.code, unversioned.stderr]).toEqual([3, expect.stringContaining("not a git repository")]);
  });

  it("writes nothing once it is interrupted", async () => {
    const folder = folderOf({ "changes.csv": tableOf(400) });
    const interruption = new AbortController();
    const argv = [
      "train",
      "--table",
      join(folder, "changes.csv"),
      "--out",
      join(folder, "model"),
      ...asked.slice(0, -1),
    ];
    const outcome = await drp(argv, {
      tty: true,
      signal: interruption.signal,
      onStderr: (text) => {
        if (text.includes("training")) interruption.abort();
      },
    });
    expect(outcome.code).toBe(130);
    expect(readdirSync(join(folder, "model"))).toEqual([]);
  }, 60_000);
});

describe("drp predict", () => {
  let model: string;
  let csv: string;
  beforeAll(async () => {
    csv = tableOf(400);
    model = (await train(csv)).model;
  }, 60_000);
  const predict = (...argv: string[]) => drp(["predict", "--model", model, "--windows", "none", ...argv]);

  it("answers with a probability, its percentile and reasons that add up", async () => {
    const { code, stdout, stderr } = await predict("--change", "lines=140,team=b,at=2024-02-01T09:00", "--json");
    expect(code).toBe(0);
    expect(stderr).toBe('note: there is no file "none": the next safe window is not told\n');
    const [{ probability, percentile, explanation, at }] = JSON.parse(stdout).changes;
    expect(at).toBe("2024-02-01T09:00:00+00:00");
    expect(probability).toBeGreaterThan(0.8);
    expect(percentile).toBeGreaterThan(50);
    const points = explanation.contributions.reduce(
      (sum: number, { contribution }: { contribution: number }) => sum + contribution,
      explanation.base,
    );
    expect(points).toBeCloseTo(probability, 5);
    expect(explanation.reasons[0]).toMatch(/^\+\d+\.\d points: lines = 140/);
  });

  it("prints one change for people", async () => {
    const { stdout } = await predict("--change", "lines=2,team=a,at=2024-02-01T09:00");
    expect(stdout).toMatch(
      /^This change at Thu 1 Feb 2024 09:00 UTC: \d+\.\d % to fail, riskier than \d+ % of changes/,
    );
    expect(stdout).toContain("points: lines = 2");
  });

  it("exits with 11 above the limit, 0 at or below it", async () => {
    const change = ["--change", "lines=140,team=b,at=2024-02-01T09:00"];
    expect((await predict(...change, "--max-risk", "0.3")).code).toBe(11);
    expect((await predict(...change, "--max-risk", "1")).code).toBe(0);
  });

  it("answers for a table from a file or standard input, as it scored in training", async () => {
    const folder = folderOf({ "new.csv": csv });
    const fromFile = await predict("--table", join(folder, "new.csv"), "--json");
    const fromInput = await drp(["predict", "--model", model, "--windows", "none", "--table", "-", "--json"], {
      stdin: csv,
    });
    expect(fromInput.stdout).toBe(fromFile.stdout);
    const { changes } = JSON.parse(fromFile.stdout);
    expect(changes).toHaveLength(400);
    expect(changes[0].name).toBe("line 2");
    expect(changes.filter(({ explanation }: { explanation: unknown }) => explanation !== null)).toHaveLength(20);
    const { stdout } = await predict("--table", join(folder, "new.csv"), "--explain", "3");
    expect(
      stdout.split("\n").filter((line) => /^[ \d]{2}\d\.\d % {2}above [ \d]{2}\d % {2}line /.test(line)),
    ).toHaveLength(3);
  });

  it("takes an unseen level, and a number that is not known", async () => {
    const { code, stdout } = await predict("--change", "lines=,team=zebra,at=2024-02-01T09:00", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).changes[0].probability).toBeGreaterThan(0);
  });

  it("tells of deploys that end before they start", async () => {
    const head = "timestamp,is_critical_fix,deploy_size,finished_at";
    const rows = ["09:00", "", "08:59"].map((end) => `2024-01-01 09:00,false,small,${end && `2024-01-01 ${end}`}`);
    const data = folderOf({
      "incidents.csv": "timestamp,incident_type,severity\n",
      "deploy_events.csv": [head, ...rows].join("\n"),
    });
    const { stderr } = await drp(["train", "--data", data, "--out", join(data, "model")]);
    expect(stderr).toContain("1 deploy with a finished_at before its timestamp");
  });

  it("takes an empty field of a deploy for one that is not known", async () => {
    const data = scratch();
    await drp(["generate", "--out", data, "--days", "150", "--services", "4"]);
    const folder = join(data, "model");
    await drp(["train", "--data", data, "--out", folder, "--trees", "20"]);
    const answer = async (change: string) =>
      (await drp(["predict", "--model", folder, "--data", data, "--windows", "none", "--json", "--change", change]))
        .stdout;
    const empty = "size=,critical=,service=,environment=,deployment_type=,at=2024-05-25T10:00";
    expect(JSON.parse(await answer("at=2024-05-25T10:00")).changes[0].name).toBe("A deploy");
    expect(await answer(empty)).toBe(await answer("at=2024-05-25T10:00"));
    expect(await answer("size=large,at=2024-05-25T10:00")).not.toBe(await answer(empty));
  }, 60_000);

  it("tells of the next safe window of a forecast", async () => {
    const data = scratch();
    await drp(["generate", "--out", data, "--days", "150"]);
    await drp(["forecast", "--data", data, "--out", data, "--quiet"]);
    const windows = join(data, "risk_windows.json");
    const { origin } = JSON.parse(readFileSync(windows, "utf8"));
    const change = `lines=140,team=b,at=${origin}`;
    const { stdout } = await drp(["predict", "--model", model, "--windows", windows, "--change", change]);
    expect(stdout).toMatch(/In the next safe window, .* UTC: \d+\.\d % to fail/);
    writeFileSync(windows, JSON.stringify({ ...JSON.parse(readFileSync(windows, "utf8")), service: "api" }));
    const ofService = await drp(["predict", "--model", model, "--windows", windows, "--change", change]);
    expect(ofService.stdout).toMatch(/In the next safe window of api, .* UTC: /);
  }, 60_000);

  it.each([
    [["--change", "lines=2,team=a,colour=red"], 2, 'Cannot use "colour"'],
    [["--change", "team=a"], 2, '"lines" not given'],
    [["--change", "lines=many,team=a"], 2, "expected a number, or nothing"],
    [["--change", "lines=1e300,team=a"], 2, "expected a number, or nothing"],
    [["--change", "lines"], 2, "Expected name=value"],
    [["--change", "lines=2,team=a,at=noon"], 2, 'Cannot use "at=noon"'],
    [[], 2, "expected one of --change, --table and --git"],
    [["--change", "lines=2,team=a", "--commit", "HEAD"], 2, "Cannot use --commit without --git"],
    [["--git", ".", "--commit", "HEAD"], 2, "the model was trained on table"],
  ])("refuses %j", async (argv, code, message) => {
    const refused = await predict(...argv);
    expect(refused.stderr).toContain(message);
    expect(refused.code).toBe(code);
    expect(refused.stdout).toBe("");
  });

  it("refuses a table without a feature of the model, or with text where numbers were", async () => {
    const folder = folderOf({
      "a.csv": "at,team\n2024-01-01T00:00,a\n",
      "b.csv": "at,team,lines\n2024-01-01T00:00,a,many\n",
    });
    const lacking = await predict("--table", join(folder, "a.csv"));
    expect([lacking.code, lacking.stderr]).toEqual([3, expect.stringContaining('"lines"')]);
    const text = await predict("--table", join(folder, "b.csv"));
    expect([text.code, text.stderr]).toEqual([
      3,
      expect.stringContaining("line 2, lines: expected a number or nothing"),
    ]);
  });

  it("refuses a folder without a model, of another version, or whose files do not belong together", async () => {
    const files = ["feature-schema.json", "model.onnx"];
    const copied = (changes: Record<string, string | Uint8Array>) => {
      const folder = scratch();
      mkdirSync(join(folder, "model"));
      for (const name of files) copyFileSync(join(model, name), join(folder, "model", name));
      for (const [name, content] of Object.entries(changes)) writeFileSync(join(folder, "model", name), content);
      return join(folder, "model");
    };
    const schema = JSON.parse(readFileSync(join(model, "feature-schema.json"), "utf8"));
    const question = ["--change", "lines=2,team=a"];
    const refusal = async (folder: string) => {
      const { code, stderr } = await drp(["predict", "--model", folder, ...question]);
      expect(code).toBe(4);
      return stderr;
    };
    expect(await refusal(scratch())).toContain("there is no such file");
    expect(await refusal(copied({ "feature-schema.json": "{" }))).toContain("it is not JSON");
    const other = JSON.stringify({ ...schema, schemaVersion: 7 });
    expect(await refusal(copied({ "feature-schema.json": other }))).toContain("schemaVersion is 7, expected 1");
    expect(await refusal(copied({ "model.onnx": "broken" }))).toContain("SHA-256");
    const bytes = readFileSync(join(model, "model.onnx"));
    bytes[bytes.length >> 1]! ^= 1;
    expect(await refusal(copied({ "model.onnx": bytes }))).toContain("SHA-256");
  });
});
