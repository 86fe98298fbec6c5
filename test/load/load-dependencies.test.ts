import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadDependencies } from "../../src/load/load-dependencies.ts";
import { folderOf, scratch } from "../cli/drp.ts";

const load = (text: string | Uint8Array) => loadDependencies(join(folderOf({ "deps.csv": text }), "deps.csv"));

describe("loadDependencies()", () => {
  it.each([
    ["nothing", "", 'it is empty, expected a header with "caller", "callee"'],
    ["a header without callee", "caller,needs\na,b\n", 'its header lacks "callee", found "caller", "needs"'],
    ["semicolons", "caller;callee\na;b\n", 'cells separated by ";" instead of commas'],
    ["two columns of one name", "caller,callee,caller\na,b,c\n", 'two columns "caller"'],
    ["a row without callee", "caller,callee\na,b\na,\n", 'line 3, callee: expected the name of a service, got ""'],
    ["a row of spaces", "caller,callee\n  ,b\n", "line 2, caller: expected the name of a service"],
    ["a row too wide", "caller,callee\na,b,c\n", "line 2: expected 2 cells, got 3"],
    ["a quote left open", 'caller,callee\n"a,b\n', "never closed"],
    ["a spreadsheet", Buffer.from([0x50, 0x4b, 3, 4]), "a zip archive"],
  ])("refuses %s with exit 3", async (_, text, words) => {
    await expect(load(text)).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining(words) });
  });

  it("refuses a file that is not there, and a folder", async () => {
    const folder = scratch();
    await expect(loadDependencies(join(folder, "none.csv"))).rejects.toThrow("there is no such file");
    await expect(loadDependencies(folder)).rejects.toThrow("it is a folder, expected a file");
  });

  it("counts all bad rows and shows twenty", async () => {
    const rows = Array.from({ length: 50 }, () => ",b").join("\n");
    await expect(load(`caller,callee\n${rows}\n`)).rejects.toThrow(/50 of 50 rows are invalid[\s\S]*… and 30 more/);
  });

  it("takes each dependency once and none of a service on itself, and says so once", async () => {
    const { dependencies, notices } = await load("\ufeffcallee,caller\r\nb,a\r\nb,a\r\na,a\r\nb,a\r\nc,c\r\na,b\r\n");
    expect(dependencies).toEqual([
      { caller: "a", callee: "b" },
      { caller: "b", callee: "a" },
    ]);
    expect(notices).toEqual([
      'deps.csv: 2 dependencies of a service on itself, such as "a", left out',
      "deps.csv: 2 dependencies named before, counted once",
    ]);
  });

  it("keeps apart what different systems name alike", async () => {
    const { dependencies, notices } = await load("system,caller,callee\nx,a,b\ny,a,b\n,a,b\n");
    expect(dependencies.map(({ system }) => system)).toEqual(["x", "y", undefined]);
    expect(notices).toEqual([]);
  });

  it("tells of extra columns once, and of a file without rows", async () => {
    expect((await load("caller,callee,protocol,team\na,b,http,x\nb,c,grpc,y\n")).notices).toEqual([
      'deps.csv: columns "protocol", "team" are not used',
    ]);
    expect(await load("caller,callee\n")).toEqual({ dependencies: [], notices: ["deps.csv has a header and no rows"] });
  });

  it("stops when aborted", async () => {
    const path = join(folderOf({ "deps.csv": "caller,callee\n" }), "deps.csv");
    await expect(loadDependencies(path, AbortSignal.abort())).rejects.toThrow("abort");
  });
});
