import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Zone } from "../../src/calendar/zone.ts";
import type { Column } from "../../src/change/change-table.ts";
import { readNumber } from "../../src/load/change-cells.ts";
import { inOrderOfTime } from "../../src/load/in-order-of-time.ts";
import { loadChangeTable, type TableRequest } from "../../src/load/load-change-table.ts";
import { folderOf, scratch } from "../cli/drp.ts";

const UTC = new Zone("UTC");
const FIXTURES = join(import.meta.dirname, "../fixtures/changes");
const TRAINING = { time: "at", label: "failed", zone: UTC };
const PREDICTION = { time: "at", zone: UTC };

const stream = (bytes: string | Uint8Array, chunkBytes = 1 << 16) => {
  const whole = Buffer.from(bytes);
  const count = Math.ceil(whole.length / chunkBytes);
  return Readable.from(
    Array.from({ length: count }, (_, i) => whole.subarray(i * chunkBytes, (i + 1) * chunkBytes)),
    { objectMode: false },
  );
};
const load = (text: string | Uint8Array, request: TableRequest) => loadChangeTable(stream(text), "t.csv", request);

/** A table of 60 changes, every third failed, an hour apart, with the given columns besides. */
function training(columns: Record<string, (row: number) => string> = {}, rows = 60): string {
  const names = Object.keys(columns);
  const lines = Array.from({ length: rows }, (_, row) => {
    const at = new Date(Date.UTC(2024, 0, 1) + row * 3_600_000).toISOString();
    return [at, row % 3 === 0 ? "1" : "0", ...names.map((name) => columns[name]!(row))].join(",");
  });
  return `${[["at", "failed", ...names].join(","), ...lines].join("\n")}\n`;
}

/** The columns of a loaded table by name, missing numbers as null. */
function valuesOf(columns: readonly Column[]): Record<string, readonly (string | number | null | undefined)[]> {
  return Object.fromEntries(
    columns.map(({ name, values }) => [
      name,
      Array.from<string | number | undefined, string | number | null | undefined>(values, (value) =>
        Number.isNaN(value) ? null : value,
      ),
    ]),
  );
}

async function columnOf(cells: (row: number) => string, rows = 60) {
  const { columns, notices } = await load(training({ x: cells }, rows), TRAINING);
  const column = columns.find(({ name }) => name === "x");
  return { kind: column?.kind, values: column === undefined ? undefined : valuesOf([column]).x, notices };
}

describe("loadChangeTable() on what it cannot use", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["nothing", "", 'Cannot load "t.csv": it is empty'],
    ["a header only", "at,failed\n", "it has a header and no rows"],
    ["a spreadsheet", Buffer.from([0x50, 0x4b, 3, 4]), "a zip archive"],
    ["gzip cut short", gzipSync(training()).subarray(0, 60), "it ends in the middle of what gzip compressed"],
    ["damaged gzip", gzipSync(training()).fill(0xff, 12, 40), "what gzip compressed in it is damaged"],
    ["gzip in gzip", gzipSync(gzipSync(training())), "compressed with gzip twice"],
    ["a ragged row", "at,failed,x\n2024-01-01 00:00,0,1\n2024-01-01 00:00,0\n", "line 3: expected 3 cells, got 2"],
    ["two columns of one name", "at,failed,x,x\n", 'its header has two columns "x"'],
    ["a time of another form", "at,failed\n01/02/2024,0\n", 'line 2, at: expected "YYYY-MM-DD HH:MM[:SS]"'],
    ["no time", "at,failed\n,0\n", 'line 2, at: expected "YYYY-MM-DD'],
    ["a date without separators", "at,failed\n20240102,0\n", "line 2, at: expected seconds (10 digits)"],
    ["a time without separators", "at,failed\n202401021530,0\n", "line 2, at: expected seconds (10 digits)"],
    ["microseconds", "at,failed\n1704067200000000,0\n", "line 2, at: expected a time from 1970 to 2099"],
    ["a year 0024", "at,failed\n0024-01-01 00:00,0\n", "line 2, at: expected a time from 1970 to 2099"],
    ["a label of another kind", "at,failed\n2024-01-01 00:00,maybe\n", 'line 2, failed: expected "0", "false"'],
    ["a label of 2", "at,failed\n2024-01-01 00:00,2\n", 'got "2"'],
    ["too few rows", training({}, 49), 'on "t.csv": of 49 changes with a known outcome 17 failed'],
    [
      "one outcome only",
      training().replaceAll(",1\n", ",no\n"),
      'all 60 rows of "failed" say that the change did not fail',
    ],
    ["failures only", training().replaceAll(",0\n", ",1\n"), 'all 60 rows of "failed" say that the change failed'],
    ["no outcome at all", training().replaceAll(/,[01]\n/g, ",\n"), "of 0 changes with a known outcome 0 failed"],
  ])("refuses %s with exit 3", async (_, text, words) => {
    await expect(load(text, TRAINING)).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining(words) });
  });

  it("points to what the README says of tables, not of folders", async () => {
    await expect(load("", TRAINING)).rejects.toMatchObject({
      hint: expect.stringContaining('"drp train" in README.md'),
    });
  });

  it.each<[string, string, Partial<TableRequest>, string, string]>([
    [
      "label",
      "at,Failed,x\n",
      {},
      'no column "failed" of the outcome',
      'did you mean "Failed"? its header has "at", "Failed", "x"',
    ],
    ["time", "when,failed\n", {}, 'no column "at" of the time', 'its header has "when", "failed"'],
    [
      "ignored column",
      training({ sha: String }),
      { ignore: ["shaa"] },
      'no column "shaa" to ignore',
      'did you mean "sha"?',
    ],
    ["comma", "at;failed\n", {}, 'no column "at"', 'cells separated by ";" instead of commas'],
  ])("names what is near where there is no such %s", async (_, text, request, message, hint) => {
    await expect(load(text, { ...TRAINING, ...request })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
  });

  it.each<[string, Partial<TableRequest>, string]>([
    ["the time as label", { label: "at" }, 'Cannot use column "at" as the label: it is the time'],
    ["to ignore the label", { ignore: ["x", "failed"] }, 'Cannot ignore column "failed": it is the label'],
    ["to ignore the time", { ignore: ["at"] }, 'Cannot ignore column "at": it is the time'],
  ])("refuses %s with exit 2", async (_, request, message) => {
    await expect(load(training(), { ...TRAINING, ...request })).rejects.toMatchObject({ exitCode: 2, message });
  });

  it("counts all bad rows and shows twenty, by the line an editor shows", async () => {
    const rows = Array.from({ length: 50 }, () => '"two\nlines",0').join("\n\n");
    await expect(load(`at,failed\n${rows}\n`, TRAINING)).rejects.toThrow(
      /50 of 50 rows are invalid\n {2}line 2, at: .*\n {2}line 5, at: [\s\S]*… and 30 more/,
    );
  });

  it("refuses a file that is not there, and a folder", async () => {
    const folder = scratch();
    await expect(loadChangeTable(join(folder, "none.csv"), "none.csv", TRAINING)).rejects.toThrow(
      "there is no such file",
    );
    await expect(loadChangeTable(folder, folder, TRAINING)).rejects.toThrow("it is a folder, expected a file");
  });

  it("stops when aborted", async () => {
    const request = { ...TRAINING, signal: AbortSignal.abort() };
    await expect(load(training(), request)).rejects.toThrow("abort");
  });

  it("refuses a time that clocks skip", async () => {
    const zone = new Zone("Europe/Berlin");
    await expect(load("at\n2024-03-31 02:30\n", { time: "at", zone })).rejects.toThrow(
      "expected a time that clocks in Europe/Berlin show",
    );
  });
});

describe("loadChangeTable()", () => {
  it("reads times as instants, as wall clock of the zone, and as seconds or milliseconds since 1970", async () => {
    const cells = ["2024-07-01T10:00:00Z", "2024-07-01 12:00", "1719828000", "1719828000.25", "1719828000250"];
    const { times } = await load(`at\n${cells.join("\n")}\n`, { time: "at", zone: new Zone("Europe/Berlin") });
    const instant = Date.UTC(2024, 6, 1, 10);
    expect([...times]).toEqual([instant, instant, instant, instant + 250, instant + 250]);
  });

  it.each([
    ["0", "1"],
    ["0.0", "1.0"],
    ["False", "TRUE"],
    ["no", "Yes"],
    ["success", "failure"],
    ["passed", "FAILED"],
    ["clean", "buggy"],
    ["ok", "error"],
  ])("reads the outcomes %s and %s", async (success, failure) => {
    const text = training().replaceAll(/,([01])\n/g, (_, failed) => `,${failed === "1" ? failure : success}\n`);
    const { failed } = await load(text, { ...TRAINING, label: "failed" });
    expect([...failed!]).toEqual(Array.from({ length: 60 }, (_, row) => (row % 3 === 0 ? 1 : 0)));
  });

  it.each([
    ["success", true],
    ["is_ok", true],
    ["deploySucceeded", true],
    ["Build Passed", true],
    ["failed", false],
    ["not_ok", false],
    ["unsuccessful", false],
    ["clean_build_failed", false],
    ["token", false],
  ])("takes 1 in a column %s for a success: %s", async (label, ofSuccess) => {
    const text = training().replace("failed\n", `${label}\n`);
    const { failed, notices } = await load(text, { ...TRAINING, label });
    const ones = ofSuccess ? 0 : 1;
    expect([...failed!]).toEqual(Array.from({ length: 60 }, (_, row) => (row % 3 === 0 ? ones : 1 - ones)));
    const notice = `t.csv: "${label}" says what succeeded: "1", "true" and "yes" are changes that did not fail`;
    expect(notices).toEqual(ofSuccess ? [notice] : []);
  });

  it("leaves out rows without an outcome, and says how many", async () => {
    const text = training({ x: (row) => (row % 2 === 0 ? "1" : "2") }).replace(",1,1\n", ",,7\n");
    const { times, failed, columns, lines, notices } = await load(text, TRAINING);
    expect([times.length, failed!.length, columns[0]!.values.length, lines.length]).toEqual([59, 59, 59, 59]);
    expect([lines[0], failed![0], columns[0]!.values[0]]).toEqual([3, 0, 2]);
    expect(notices).toEqual(['t.csv: 1 row without an outcome in "failed" left out']);
  });

  it("makes hour of day and day of week from the time, on the wall clock", async () => {
    const request = { time: "at", zone: new Zone("Asia/Kolkata") };
    const { columns } = await load("at\n2024-01-07T18:29:59Z\n2024-01-07T18:30:00Z\n", request);
    expect(valuesOf(columns)).toEqual({ hourOfDay: [23, 0], dayOfWeek: ["Sun", "Mon"] });
  });

  it("makes no column that the table has or that is to be ignored", async () => {
    const cells = (row: number) => String(row % 5);
    const { columns } = await load(training({ hourOfDay: cells, y: cells }), {
      ...TRAINING,
      ignore: ["dayOfWeek", "y"],
    });
    expect(Object.keys(valuesOf(columns))).toEqual(["hourOfDay"]);
    expect(valuesOf(columns).hourOfDay!.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it("leaves out columns without a name, which data frames write", async () => {
    const text = training().replaceAll(/^/gm, "7,").replace(/^7,/, ",").replace(/7,$/, "");
    const { columns, notices } = await load(text, TRAINING);
    expect(Object.keys(valuesOf(columns))).toEqual(["hourOfDay", "dayOfWeek"]);
    expect(notices).toEqual(["t.csv: 1 column without a name left out"]);
  });
});

describe("loadChangeTable() on kinds of columns", () => {
  const cycle =
    (...cells: string[]) =>
    (row: number) =>
      cells[row % cells.length]!;

  it("takes decimal numbers with usual marks of missing ones for numbers", async () => {
    const cells = ["1", "-2.5", "+.5", "3.", "1e3", "", "NA", "n/a", "NaN", "NULL", "None", "-"];
    const { kind, values, notices } = await columnOf(cycle(...cells));
    expect(kind).toBe("number");
    expect(values!.slice(0, 12)).toEqual([1, -2.5, 0.5, 3, 1000, null, null, null, null, null, null, null]);
    expect(notices).toEqual([]);
  });

  it("takes truths for 0 and 1", async () => {
    expect((await columnOf(cycle("true", "False", "", "YES", "no"))).values!.slice(0, 5)).toEqual([1, 0, null, 1, 0]);
  });

  it.each([
    ["texts", ["a", "b", ""], ["a", "b", undefined]],
    ["versions, as they are written", ["1.0", "1.10", "2.0-beta"], ["1.0", "1.10", "2.0-beta"]],
    ["hexadecimal numbers", ["0x10", "0x11"], ["0x10", "0x11"]],
    ["numbers too large to be any", ["1e999", "1"], ["1e999", "1"]],
    ["texts that say none in words", ["EU", "NA", "none"], ["EU", "NA", "none"]],
  ])("takes %s for categories", async (_, cells, expected) => {
    const { kind, values, notices } = await columnOf(cycle(...cells));
    expect(kind).toBe("category");
    expect(values!.slice(0, cells.length)).toEqual(expected);
    expect(notices).toEqual([]);
  });

  it("leaves out texts that hardly ever repeat, and columns without a value", async () => {
    const text = training({ id: (row) => `id${row}`, note: (row) => `n${row % 31}`, empty: () => "", na: () => "NA" });
    const { columns, notices } = await load(text, TRAINING);
    expect(Object.keys(valuesOf(columns))).toEqual(["hourOfDay", "dayOfWeek"]);
    expect(notices).toEqual([
      't.csv: columns "empty", "na" left out: no row has a value',
      't.csv: columns "id", "note" left out: texts that hardly ever repeat, such as ids, teach nothing',
    ]);
  });

  it("keeps texts of which half repeat, or one does often", async () => {
    expect((await columnOf((row) => `n${row % 30}`)).kind).toBe("category");
    expect((await columnOf((row) => (row < 10 ? "often" : `n${row}`))).kind).toBe("category");
    expect((await columnOf((row) => (row < 9 ? "often" : `n${row}`))).kind).toBeUndefined();
  });

  it("tells of a text in a column of little else than numbers", async () => {
    const slip = (row: number) => (row === 17 ? "12,5" : String(row % 7)).replace(",", ";");
    const { kind, notices } = await columnOf(slip);
    expect(kind).toBe("category");
    expect(notices).toEqual([
      't.csv: column "x" taken as text, though 98.3 % of its cells are numbers: line 19 has "12;5"',
    ]);
    expect((await columnOf((row) => (row < 3 ? "?" : String(row % 7)))).notices).toEqual([]); // 95 % are numbers
  });

  it("keeps many different numbers, and drops many different texts, beyond what it looks up", async () => {
    const rows = 70_000; // over one chunk of an array, and over 50,000 different cells
    const { columns, notices } = await load(
      training(
        {
          number: (row) => (row % 100 === 5 ? "" : String(row / 2)),
          text: (row) => `t${row}`,
          late: (row) => (row === 69_000 ? "?" : String(row)),
          early: (row) => (row === 1 ? "?" : String(row)),
          few: (row) => `f${row % 3}`,
        },
        rows,
      ),
      TRAINING,
    );
    const values = valuesOf(columns);
    expect(Object.keys(values)).toEqual(["number", "few", "hourOfDay", "dayOfWeek"]);
    expect(values.number).toEqual(Array.from({ length: rows }, (_, row) => (row % 100 === 5 ? null : row / 2)));
    expect(values.few).toEqual(Array.from({ length: rows }, (_, row) => `f${row % 3}`));
    expect(notices).toEqual([
      't.csv: column "text" left out: more than 50000 different values that are not all numbers',
      't.csv: column "late" left out, though 99.9 % of its cells are numbers: line 69002 has "?"',
      't.csv: column "early" left out, though 99.9 % of its cells are numbers: line 3 has "?"',
    ]);
  });
});

describe("loadChangeTable() for a model", () => {
  const kinds = new Map<string, Column["kind"]>([
    ["la", "number"],
    ["version", "category"],
    ["hourOfDay", "number"],
  ]);
  const request = { ...PREDICTION, kinds };

  it("takes columns as the model does, and no others", async () => {
    const text = "version,la,sha,at,note,note\n1.0,,abc,2024-01-01T05:00:00Z,,\n,yes,abd,2024-01-01T06:00:00Z,,\n";
    const { columns, failed, lines, notices } = await load(text, request);
    expect(columns.map(({ kind }) => kind)).toEqual(["category", "number", "number"]);
    expect(valuesOf(columns)).toEqual({ version: ["1.0", undefined], la: [null, 1], hourOfDay: [5, 6] });
    expect([failed, [...lines], notices]).toEqual([undefined, [2, 3], []]);
  });

  it("refuses a text where the model has a number, with its line", async () => {
    const text = "at,la,version\n2024-01-01T05:00:00Z,1,x\n2024-01-01T05:00:00Z,many,x\n";
    await expect(load(text, request)).rejects.toMatchObject({
      exitCode: 3,
      message: 'Cannot load "t.csv": 1 of 2 rows is invalid\n  line 3, la: expected a number or nothing, got "many"',
    });
  });

  it("names a column that the model needs, and those near it", async () => {
    await expect(load("at,la,versoin\n", request)).rejects.toMatchObject({
      exitCode: 3,
      message: 'Cannot load "t.csv": it has no column "version" that the model was trained with',
      hint: 'did you mean "versoin"? its header has "at", "la", "versoin"',
    });
  });
});

describe("loadChangeTable() on real changes", () => {
  it("reads those of OpenStack", async () => {
    const path = join(FIXTURES, "openstack.csv");
    const { times, failed, columns, notices } = await loadChangeTable(path, path, {
      ...TRAINING,
      time: "date",
      label: "bug",
    });
    expect(new Date(times[0]!).toISOString()).toBe("2015-12-31T16:12:54.000Z"); // as the source states
    expect([failed.length, failed.reduce((sum, one) => sum + one)]).toEqual([90, 32]);
    const features = [
      "ns",
      "nd",
      "nf",
      "entropy",
      "la",
      "ld",
      "lt",
      "fix",
      "ndev",
      "age",
      "nuc",
      "exp",
      "rexp",
      "sexp",
    ];
    expect(columns.map(({ name }) => name)).toEqual([...features, "hourOfDay", "dayOfWeek"]);
    expect(columns.filter(({ kind }) => kind === "category").map(({ name }) => name)).toEqual(["dayOfWeek"]);
    expect([columns[9]!.values[0], columns[14]!.values[0], columns[15]!.values[0]]).toEqual([84.02002, 16, "Thu"]);
    expect(notices).toEqual([
      `${path}: column "sha" left out: texts that hardly ever repeat, such as ids, teach nothing`,
    ]);
  });

  it("reads those of Wikimedia, without what came after them", async () => {
    const { times, failed, columns, notices } = await loadChangeTable(join(FIXTURES, "mediawiki-config.csv"), "w", {
      ...TRAINING,
      time: "timestamp_utc",
      ignore: ["reverted", "hours_to_revert", "planned"],
    });
    expect(times[0]).toBe(Date.UTC(2015, 0, 2, 3, 58, 17));
    expect([failed.length, failed.reduce((sum, one) => sum + one)]).toEqual([59, 12]);
    const features =
      "author_lag_h ns nd nf entropy la ld lt fix is_revert ndev age_d nuc exp rexp sexp author_prior_reverts";
    expect(columns.map(({ name }) => name)).toEqual([
      ...features.split(" "),
      ...["file_prior_reverts", "msg_len", "hours_since_prev_change", "hourOfDay", "dayOfWeek"],
    ]);
    expect(notices).toEqual([
      'w: columns "author", "sha" left out: texts that hardly ever repeat, such as ids, teach nothing',
    ]);
  });

  it("reads the same from a file, from a file compressed under any name, and from a stream", async () => {
    const bytes = readFileSync(join(FIXTURES, "openstack.csv"));
    const folder = folderOf({ "packed.csv": gzipSync(bytes) });
    const request = { ...TRAINING, time: "date", label: "bug" };
    const plain = await loadChangeTable(join(FIXTURES, "openstack.csv"), "t", request);
    expect(plain.lines[89]).toBe(91);
    expect(await loadChangeTable(join(folder, "packed.csv"), "t", request)).toEqual(plain);
    expect(await loadChangeTable(Readable.from([bytes.toString()]), "t", request)).toEqual(plain);
    const dos = Buffer.from(`\ufeff${bytes.toString().replaceAll("\n", "\r\n")}`);
    expect(await loadChangeTable(stream(dos), "t", request)).toEqual(plain);
    for (const chunkBytes of [1, 7, 4096]) {
      expect(await loadChangeTable(stream(gzipSync(bytes), chunkBytes), "t", request)).toEqual(plain);
    }
  });
});

describe("readNumber()", () => {
  it("takes what a model can read, and nothing beyond float32", () => {
    expect(["1e38", "-3.4e38", "YES", "na", "1e39", "1e400", "0x10"].map(readNumber)).toEqual([
      1e38,
      -3.4e38,
      1,
      Number.NaN,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("loadChangeTable() on drawn tables", () => {
  const number = fc.option(fc.double({ noNaN: true, min: -1e38, max: 1e38 }), { nil: Number.NaN });
  const text = fc.string({ unit: "grapheme" }).map((drawn) => drawn.trim());
  const row = fc.record({ at: fc.integer({ min: 1e12, max: 4e12 }), number, text, failed: fc.boolean() });

  it("gives back what was written, in quotes and line breaks too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.boolean(), async (rows, packed) => {
        const records = rows.map((one) => [one.at, Number.isNaN(one.number) ? "" : String(one.number), one.text]);
        const csv = stringify([["at", "number", "text"], ...records], { quoted: true });
        const kinds = new Map<string, Column["kind"]>([
          ["number", "number"],
          ["text", "category"],
        ]);
        const { times, columns, lines } = await load(packed ? gzipSync(csv) : csv, { ...PREDICTION, kinds });
        expect([...times]).toEqual(rows.map(({ at }) => at));
        const { number: numbers, text: texts } = Object.fromEntries(columns.map((one) => [one.name, one.values]));
        expect([...numbers!].map((value) => (value === 0 ? 0 : value))).toEqual(
          rows.map((one) => (one.number === 0 ? 0 : one.number)), // "0" has no sign
        );
        expect(texts).toEqual(rows.map((one) => (one.text === "" ? undefined : one.text)));
        const written = csv.split("\n");
        lines.forEach((line, i) => {
          expect(written[line - 1]).toMatch(new RegExp(`^"${rows[i]!.at}"`));
        });
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("sorts by time, and keeps the rows and their order within a time", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9), { minLength: 60, maxLength: 80 }), async (hours) => {
        const lines = hours.map((hour, i) => `2024-01-01T0${hour}:00Z,${i % 2},${i},c${hour}`);
        const loaded = await load(["at,failed,i,c", ...lines].join("\n"), TRAINING);
        if (loaded.failed === undefined) throw new Error("a labelled table has outcomes");
        const sorted = inOrderOfTime({ ...loaded, failed: loaded.failed });
        const expected = hours.map((hour, i) => ({ hour, i })).sort((a, b) => a.hour - b.hour || a.i - b.i);
        const { i, c } = valuesOf(sorted.table.columns);
        expect(i).toEqual(expected.map((one) => one.i));
        expect(c).toEqual(expected.map(({ hour }) => `c${hour}`));
        expect([...sorted.table.failed]).toEqual(expected.map((one) => one.i % 2));
        expect([...sorted.table.times]).toEqual(expected.map(({ hour }) => Date.UTC(2024, 0, 1, hour)));
        expect([...sorted.lines]).toEqual(expected.map((one) => one.i + 2));
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});
