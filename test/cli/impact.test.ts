import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { wallText } from "../../src/calendar/timestamp.ts";
import { ImpactDocument } from "../../src/impact/document.ts";
import { dependenciesOf } from "../impact/graphs.ts";
import { cascadesOf } from "../impact/histories.ts";
import { drp, folderOf, scratch } from "./drp.ts";

const BOUTIQUE = fileURLToPath(new URL("../fixtures/dependencies/online-boutique.csv", import.meta.url));
const TRUTH = { "db>api": 0.9, "api>web": 0.3, "db>batch": 0.1 };
const SHOP = "caller,callee\napi,db\nweb,api\nbatch,db\n";

let out: string;
let shop: string;
beforeAll(() => {
  out = scratch();
  const cascades = { truth: TRUTH, days: 400, perDay: 0.1, seed: 9 };
  const incidents = cascadesOf(dependenciesOf(Object.keys(TRUTH).join(" ")), cascades);
  const rows = incidents.map(({ timestamp, service }) => `${wallText(timestamp)},unknown,low,${service}`);
  shop = folderOf({
    "dependencies.csv": SHOP,
    "incidents.csv": ["timestamp,incident_type,severity,service", ...rows, ""].join("\n"),
  });
});
const impact = (...argv: string[]) => drp(["impact", "--out", out, ...argv]);
const empty = () => folderOf({ "dependencies.csv": SHOP });

describe("drp impact, given bad input", () => {
  it("needs a service, and a format that it knows", async () => {
    expect(await impact()).toMatchObject({ code: 2, stderr: expect.stringContaining("--service") });
    const svg = await impact("--service", "db", "--format", "svg");
    expect(svg).toMatchObject({ code: 2, stderr: expect.stringContaining("table, json, dot, mermaid") });
    expect((await impact("--service", "db", "--timezone", "Mars/Base")).code).toBe(2);
  });

  it.each([
    ["no folder", () => ["--data", "/no/such/folder"], 'Cannot load "/no/such/folder/dependencies.csv": there is no'],
    ["a folder without dependencies", () => ["--data", scratch()], 'dependencies.csv": there is no such file'],
    ["no such file", () => ["--dependencies", "/no/such/file.csv"], 'Cannot load "/no/such/file.csv": there is no'],
    [
      "a folder that is named and absent",
      () => ["--data", "/no/such", "--dependencies", BOUTIQUE],
      'Cannot load "/no/such": there is no such folder',
    ],
    [
      "bad rows",
      () => ["--data", folderOf({ "dependencies.csv": "caller,callee\na,\n" })],
      'line 2, callee: expected the name of a service, got ""',
    ],
    [
      "bad incidents",
      () => [
        "--data",
        folderOf({ "dependencies.csv": SHOP, "incidents.csv": "timestamp,incident_type,severity\nnever,x,low\n" }),
      ],
      "line 2, timestamp: expected",
    ],
    [
      "no dependencies at all",
      () => ["--data", folderOf({ "dependencies.csv": "caller,callee\n" })],
      "no service is named at all",
    ],
    ["an unknown system", () => ["--data", empty(), "--system", "x"], 'the file has no "system" column'],
  ])("refuses %s with exit 3 and writes nothing", async (_, argv, words) => {
    const own = join(scratch(), "out");
    const outcome = await drp(["impact", "--out", own, "--service", "db", ...argv()]);
    expect(outcome).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining(words) });
    expect(existsSync(own)).toBe(false);
  });

  it("does not let the name of a service steer the terminal", async () => {
    const steering =
      'caller,callee,system\n\u001b[2Japi\u009b31m,db,s\u001b[1m\n"web\nx",\u001b[2Japi\u009b31m,s\u001b[1m\nc,d,t\n';
    const data = folderOf({ "dependencies.csv": steering });
    const { stdout, stderr } = await impact("--data", data, "--service", "db");
    expect(stdout).toContain("\\u001b[2Japi\\u009b31m ");
    expect(stdout).toContain("web\\u000ax ");
    expect(stderr).toContain('is of system "s\\u001b[1m"');
    for (const format of ["table", "json", "dot", "mermaid"]) {
      const shown = await impact("--data", data, "--service", "db", "--format", format);
      expect(`${shown.stdout}${shown.stderr}`).not.toMatch(/[^\P{Cc}\n]/u);
    }
    const unknown = await impact("--data", data, "--service", "\u001b[1m");
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('service "\\u001b[1m"') });
  });

  it("names the closest services to one that it does not know, or those there are", async () => {
    const slip = await impact("--dependencies", BOUTIQUE, "--data", empty(), "--service", "cartservise");
    expect(slip.code).toBe(3);
    expect(slip.stderr).toContain('Cannot find service "cartservise": no dependency and no incident names it');
    expect(slip.stderr).toContain('hint: did you mean "cartservice"?');
    const other = await impact("--dependencies", BOUTIQUE, "--data", empty(), "--service", "payroll");
    expect(other.stderr).toContain('hint: known are "adservice", "cartservice", ');
    expect(other.stderr).toContain(" and 3 more");
  });

  it("refuses a folder that it cannot write into", async () => {
    const file = join(folderOf({ taken: "" }), "taken");
    const outcome = await drp(["impact", "--data", shop, "--service", "db", "--out", file]);
    expect(outcome).toMatchObject({ code: 5, stdout: "" });
  });

  it("stops when interrupted", async () => {
    const argv = ["impact", "--out", out, "--data", shop, "--service", "db"];
    expect((await drp(argv, { signal: AbortSignal.abort() })).code).toBe(130);
  });
});

describe("drp impact", () => {
  it("ranks what a failure reaches, learned from the history, and draws it", async () => {
    const own = scratch();
    const { code, stdout, stderr } = await drp(["impact", "--data", shop, "--service", "db", "--out", own]);
    expect(code).toBe(0);
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toBe("service  chance  hops  via       incidents");
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(["api", "web", "batch"]);
    const chances = rows.map((row) => Number(/(\d+) %/.exec(row)![1]));
    [90, 27, 10].forEach((truth, i) => {
      expect(Math.abs(chances[i]! - truth), rows[i]).toBeLessThan(15);
    });
    expect(rows[1]).toMatch(/ 2 {2}api +\d+$/);
    expect(stderr).toMatch(
      /^\nThe failure reaches 1\.\d of 3 other services on average, 3 at most\nWrote impact\.png to /,
    );
    expect(readdirSync(own)).toEqual(["impact.png"]);
    expect([...readFileSync(join(own, "impact.png")).subarray(1, 4)]).toEqual([...Buffer.from("PNG")]);
  });

  it("prints the same JSON each time, and as its schema says", async () => {
    const argv = ["--data", shop, "--service", "db", "--format", "json", "--quiet"];
    const first = await impact(...argv);
    expect(first.stderr).toBe("");
    const document = ImpactDocument.parse(JSON.parse(first.stdout));
    expect(document.chances.from).toBe("history");
    expect(document.dependencies).toHaveLength(3);
    expect((await impact(...argv)).stdout).toBe(first.stdout);
  });

  it("prints diagrams", async () => {
    const of = (format: string) => impact("--data", shop, "--service", "db", "--format", format);
    expect((await of("dot")).stdout).toMatch(/^digraph impact \{\n[\s\S]*n0 -> n1 [\s\S]*\}\n$/);
    expect((await of("mermaid")).stdout).toMatch(/^flowchart LR\n {2}n0\["db<br\/>fails"\]\n[\s\S]*n0 -->\|"/);
  });

  it.each([
    ["no incidents.csv", {}, "no incident names a service: every dependency carries a failure with even odds"],
    [
      "incidents without services",
      { "incidents.csv": "timestamp,incident_type,severity\n2024-01-01 00:00,x,low\n" },
      "no incident names a service:",
    ],
    [
      "incidents of others",
      { "incidents.csv": "timestamp,incident_type,severity,service\n2024-01-01 00:00,x,low,web\n" },
      "no incident is of a service that others need:",
    ],
  ])("goes by the prior with %s, and says so", async (_, files, words) => {
    const data = folderOf({ "dependencies.csv": SHOP, ...files });
    const { code, stdout, stderr } = await impact("--data", data, "--service", "db");
    expect(code).toBe(0);
    expect(stderr).toContain(`note: ${words}`);
    expect(stdout).toMatch(/^api +50 %/m);
  });

  it("says that a failure stays where it is", async () => {
    const { code, stdout, stderr } = await impact("--data", shop, "--service", "web");
    expect(code).toBe(0);
    expect(stdout).toBe("No other service is reached.\n");
    expect(stderr).toContain("No other service needs it: the failure stays where it is");
  });

  it("lists apart what fails together without a dependency", async () => {
    const rows = Array.from({ length: 30 }, (_, day) => {
      const date = `2024-${day < 15 ? "01" : "03"}-${String((day % 15) + 10)}`;
      return `${date} 10:00,x,low,db\n${date} 10:20,x,low,twin\n`;
    });
    const data = folderOf({
      "dependencies.csv": SHOP,
      "incidents.csv": `timestamp,incident_type,severity,service\n${rows.join("")}`,
    });
    const { stdout } = await impact("--data", data, "--service", "db");
    expect(stdout).toMatch(
      /\n\nFail together with it, though no dependency joins them:\n {2}twin: 30 times, \d\.\d expected by chance\n$/,
    );
    const { coFailures, services } = JSON.parse(
      (await impact("--data", data, "--service", "db", "--format", "json")).stdout,
    );
    expect(coFailures).toEqual([expect.objectContaining({ service: "twin", together: 30 })]);
    expect(services.map(({ service }: { service: string }) => service)).not.toContain("twin");
    const alone = await impact("--data", data, "--service", "twin");
    expect(alone).toMatchObject({ code: 0, stdout: expect.stringContaining("  db: 30 times") });
  });

  describe("with a file of several systems", () => {
    const systems = (text = "system,caller,callee\nshop,api,db\nshop,web,api\nbank,teller,db\n") => {
      return ["--data", empty(), "--dependencies", join(folderOf({ "edges.csv": text }), "edges.csv")];
    };

    it("goes by the one that has the service", async () => {
      const { code, stdout, stderr } = await impact(...systems(), "--service", "api");
      expect(code).toBe(0);
      expect(stderr).toContain('note: "api" is of system "shop", whose dependencies alone are used');
      expect(stdout).toContain("web");
    });

    it("asks which, where several have one, and never mixes them", async () => {
      const either = await impact(...systems(), "--service", "db");
      expect(either).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('name one with --system: "bank", "shop"'),
      });
      const bank = await impact(...systems(), "--service", "db", "--system", "bank");
      expect(bank.stdout).toContain("teller");
      expect(bank.stdout).not.toContain("api");
    });

    it("tells dependencies of no system apart too", async () => {
      const folder = systems("system,caller,callee\nshop,api,db\n,cron,db\n,cron,mail\n");
      const either = await impact(...folder, "--service", "db");
      expect(either).toMatchObject({ code: 3, stderr: expect.stringContaining('name one with --system: "", "shop"') });
      const none = await impact(...folder, "--service", "db", "--system", "");
      expect(none.stdout).toMatch(/^cron/m);
      const mail = await impact(...folder, "--service", "mail");
      expect(mail.stderr).toContain('note: "mail" is of no system');
    });

    it("refuses a system that has no such service, and one that is not there", async () => {
      const wrong = await impact(...systems(), "--service", "api", "--system", "bank");
      expect(wrong).toMatchObject({ code: 3, stderr: expect.stringContaining('no dependency of system "bank"') });
      const slip = await impact(...systems(), "--service", "api", "--system", "shpo");
      expect(slip).toMatchObject({ code: 3, stderr: expect.stringContaining('did you mean "shop"?') });
    });
  });
});
