import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wallText } from "../../src/calendar/timestamp.ts";
import { Zone } from "../../src/calendar/zone.ts";
import { loadEvents } from "../../src/load/load-events.ts";
import { folderOf, scratch } from "../cli/drp.ts";
import { wall } from "../risk/events.ts";

const UTC = new Zone("UTC");
const HEADER = "timestamp,incident_type,severity";
const load = (incidents: string | Uint8Array, zone = UTC) => loadEvents(folderOf({ "incidents.csv": incidents }), zone);

describe("loadEvents()", () => {
  it("reads a byte order mark, CRLF, quotes, blank lines, spaces, columns and rows in any order", async () => {
    const text = [
      '\ufeffseverity, timestamp ,"incident_type"',
      "",
      'low,2024-01-02 10:00,"a, ""b""\nc"',
      "  high , 2024-01-01T09:30:15.250 ,deploy_incident",
      "",
    ].join("\r\n");
    const { incidents } = await load(text);
    expect(incidents).toEqual([
      { timestamp: wall("2024-01-01 09:30") + 15_250, incident_type: "deploy_incident", severity: "high" },
      { timestamp: wall("2024-01-02 10:00"), incident_type: 'a, "b"\nc', severity: "low" },
    ]);
  });

  it("converts instants to the wall clock and takes wall-clock times as they are", async () => {
    const rows = [HEADER, "2024-07-01T10:00:00Z,x,low", "2024-07-01 10:00,x,low", "2024-07-01T10:00-0400,x,low"];
    const { incidents } = await load(rows.join("\n"), new Zone("Europe/Berlin"));
    expect(incidents.map(({ timestamp }) => wallText(timestamp))).toEqual([
      "2024-07-01 10:00:00",
      "2024-07-01 12:00:00",
      "2024-07-01 16:00:00",
    ]);
  });

  it("tells of extra columns once, and not of documented ones", async () => {
    const { notices } = await load(`${HEADER},team,resolved_at,deploy_id,room\n2024-01-01 10:00,x,low,a,b,c,d\n`);
    expect(notices.filter((notice) => notice.includes("not used"))).toEqual([
      'incidents.csv: columns "team", "room" are not used',
    ]);
    expect((await load(`${HEADER},team\n`)).notices).toContain('incidents.csv: column "team" is not used');
  });

  it("tells of ids that repeat, as in rows that were exported twice", async () => {
    const row = (id: string) => `2024-01-01 10:00,true,small,${id}`;
    const loaded = async (...ids: string[]) =>
      loadEvents(
        folderOf({
          "incidents.csv": `${HEADER}\n`,
          "deploy_events.csv": ["timestamp,is_critical_fix,deploy_size,id", ...ids.map(row)].join("\n"),
        }),
        UTC,
      );
    const { deploys, notices } = await loaded("a", "b", "a", "a", "", "");
    expect(deploys).toHaveLength(6);
    expect(notices[0]).toBe(
      "deploy_events.csv: 2 rows with an id that a row before has: each counts as a deploy of its own",
    );
    expect((await loaded("a", "b", "", "")).notices[0]).not.toContain("with an id");
  });

  it("tells of incidents that repeat, by their ids or, without one, by all their cells, and counts them all", async () => {
    const header = `${HEADER},id,team`;
    const row = (id: string, team: string, minute = 0) => `2024-01-01 10:0${minute},x,low,${id},${team}\n`;
    const loaded = async (...rows: string[]) => {
      const { incidents, notices } = await load([`${header}\n`, ...rows].join(""));
      return { count: incidents.length, repeats: notices.filter((notice) => notice.includes("of a row before")) };
    };
    const notice = (rows: string) =>
      `incidents.csv: ${rows} with the id of a row before, or without one and the same in every cell: each counts as an incident of its own`;
    expect(await loaded(row("a", "web"), row("b", "web"), row("a", "api", 5))).toEqual({
      count: 3,
      repeats: [notice("1 row")],
    });
    expect(await loaded(row("", "web"), row("", "web"), row("", "api"), row("", "web", 5), row("", "web"))).toEqual({
      count: 5,
      repeats: [notice("2 rows")],
    });
    expect((await loaded(row("a", "web"), row("", "web"), row("", "api"), row("b", "web"))).repeats).toEqual([]);
  });

  it("tells how many incidents name a deploy that is not there", async () => {
    const noticesWith = async (id: string) =>
      (
        await loadEvents(
          folderOf({
            "incidents.csv": `${HEADER},deploy_id\n2024-01-01 10:00,x,low,a\n2024-01-01 10:00,x,low,\n2024-01-01 10:00,x,low,${id}\n`,
            "deploy_events.csv": "timestamp,is_critical_fix,deploy_size,id\n2024-01-01 09:00,true,small,a\n",
          }),
          UTC,
        )
      ).notices;
    expect((await noticesWith("A"))[0]).toContain("incidents.csv: 1 row with a deploy_id that no row");
    expect((await noticesWith("a")).join()).not.toContain("deploy_id");
  });

  it("reads names that JavaScript's objects have of their own as any other", async () => {
    const head = "timestamp,is_critical_fix,deploy_size,service,outcome,constructor,constructor";
    const deploys = (outcome: string) =>
      folderOf({
        "incidents.csv": `${HEADER}\n`,
        "deploy_events.csv": `${head}\n2024-01-01 10:00,true,small,__proto__,${outcome},1,2\n`,
      });
    const loaded = await loadEvents(deploys("FAILED"), UTC);
    expect(loaded.deploys).toMatchObject([{ service: "__proto__", outcome: "failure" }]);
    expect(loaded.notices[0]).toContain('columns "constructor", "constructor" are not used');
    for (const outcome of ["constructor", "__proto__"])
      await expect(loadEvents(deploys(outcome), UTC)).rejects.toThrow(
        'outcome: expected "success", "failure" or nothing',
      );
  });

  it("keeps ids and services, and takes empty cells for none", async () => {
    const folder = folderOf({
      "incidents.csv": `${HEADER},service,deploy_id\n2024-01-01 10:00,x,low,,\n2024-01-01 11:00,x,low,api,d1\n`,
      "deploy_events.csv":
        "timestamp,is_critical_fix,deploy_size,id,service,is_rollback\n2024-01-01 10:00,TRUE,small,d1,api,\n",
    });
    const { incidents, deploys } = await loadEvents(folder, UTC);
    expect(incidents[0]!.service).toBeUndefined();
    expect(incidents[1]).toMatchObject({ service: "api", deploy_id: "d1" });
    expect(deploys![0]).toMatchObject({ id: "d1", service: "api", is_critical_fix: true, is_rollback: false });
  });

  it("counts lines as an editor does: over blank lines and quoted line breaks", async () => {
    const text = [HEADER, "", '2024-01-01 10:00,"two\nlines",low', "", '2024-01-01 10:00,"two\nlines",LOW', ""].join(
      "\n",
    );
    await expect(load(text)).rejects.toThrow("line 6, severity: expected");
    const windows = `${text.replace("LOW", 'low\n2024-01-01 10:00,"a"b,low')}`.replaceAll("\n", "\r\n");
    await expect(load(windows)).rejects.toThrow("the row that begins on line 8 has a quote inside a cell");
  });

  it.each([
    ["a header of Windows above lines of Unix", `${HEADER}\r\n2024-01-01 10:00,a,low\n2024-01-01 11:00,"b",low\n`],
    ["a header of Unix above lines of Windows", `${HEADER}\n2024-01-01 10:00,a,low\r\n2024-01-01 11:00,b,"low"\r\n`],
    ["lines of an old Mac", `${HEADER}\r2024-01-01 10:00,a,low\r2024-01-01 11:00,b,low\r`],
  ])("reads %s", async (_, text) => {
    expect((await load(text)).incidents.map(({ incident_type }) => incident_type)).toEqual(["a", "b"]);
  });

  it("names the line with the quote that is never closed, however much follows it", async () => {
    const open = `${HEADER}\n2024-01-01 10:00,a,low\n2024-01-01 10:00,"a,low\n`;
    const row = "2024-01-01 10:00,b,low\n";
    await expect(load(open + row)).rejects.toThrow("row that begins on line 3 opens a quote that is never closed");
    await expect(load(open + row.repeat(1e6))).rejects.toThrow(
      "row that begins on line 3 is longer than 16777216 char",
    );
  });

  it("cuts long values and escapes control characters", async () => {
    const failing = load(`${HEADER}\n2024-01-01 10:00,x,${"y".repeat(500)}\u0007\n`);
    await expect(failing).rejects.toThrow(`got "${"y".repeat(60)}…"`);
    await expect(load(`${HEADER}\n2024-01-01 10:00,x,\u0007\n`)).rejects.toThrow('got "\\u0007"');
  });

  it("refuses numbers that the model cannot read", async () => {
    const folder = folderOf({
      "incidents.csv": `${HEADER}\n`,
      "match_events.csv": "timestamp,tournament,traffic_multiplier\n2024-01-01 10:00,x,1e30\n2024-01-01 10:00,x,1e31\n",
      "traffic.csv": "timestamp,value\n2024-01-01 10:00,1e308\n2024-01-01 10:00,-1\n",
    });
    const message = await loadEvents(folder, UTC).catch((error: Error) => error.message);
    expect(message).toContain(
      'line 3, traffic_multiplier: expected a number greater than 0 and at most 1e+30, got "1e31"',
    );
    expect(message).toContain('line 2, value: expected a number from 0 to 1e+30, got "1e308"');
    expect(message).toContain('line 3, value: expected a number from 0 to 1e+30, got "-1"');
  });

  it("checks UTF-8 across the chunks of a file", async () => {
    const rows = Array.from({ length: 60_000 }, () => "2024-01-01 10:00,Brasileirão ⚽,low");
    const good = Buffer.from([HEADER, ...rows, ""].join("\n"));
    expect((await load(good)).incidents).toHaveLength(60_000);
    const broken = Buffer.from(good);
    broken[broken.indexOf("⚽", broken.length - 3000)] = 0xff;
    const line =
      String(broken)
        .split("\n")
        .findIndex((text) => text.includes("\ufffd")) + 1;
    await expect(load(broken)).rejects.toThrow(`line ${line} is not UTF-8 text`);
    await expect(load(good.subarray(0, good.length - 6))).rejects.toThrow(/UTF-8|cells/);
  });

  it("counts a hundred thousand bad rows and shows twenty", async () => {
    const rows = Array.from({ length: 100_000 }, () => "never,x,low");
    await expect(load([HEADER, ...rows].join("\n"))).rejects.toThrow(
      /100000 of 100000 rows are invalid[\s\S]*… and 99980 more/,
    );
  });

  it("stops when aborted", async () => {
    const folder = folderOf({ "incidents.csv": `${HEADER}\n` });
    await expect(loadEvents(folder, UTC, { signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });

  it("gives back what a CSV writer wrote, in order of time", async () => {
    const folder = scratch();
    const cell = fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => text.replace(/[\0\r]/g, "").trim());
    const row = fc.record({
      minute: fc.nat(1_000_000),
      type: cell,
      severity: fc.constantFrom("low", "medium", "high"),
    });
    const start = wall("2023-01-01 00:00");
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), fc.boolean(), async (rows, quoted) => {
        const lines = rows.map(({ minute, type, severity }) => [type, wallText(start + minute * 60_000), severity]);
        const csv = stringify([["incident_type", "timestamp", "severity"], ...lines], { quoted });
        writeFileSync(join(folder, "incidents.csv"), csv);
        const { incidents } = await loadEvents(folder, UTC);
        const expected = rows
          .map(({ minute, type, severity }) => ({ timestamp: start + minute * 60_000, incident_type: type, severity }))
          .sort((a, b) => a.timestamp - b.timestamp);
        expect(incidents).toEqual(expected);
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(readFileSync(join(folder, "incidents.csv"), "utf8")).toContain("severity");
  });
});
