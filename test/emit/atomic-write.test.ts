import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkWritable, writeAll } from "../../src/emit/atomic-write.ts";
import { scratch } from "../cli/drp.ts";

describe("writeAll()", () => {
  it("writes every file, over those of before, and leaves nothing else", async () => {
    const folder = join(scratch(), "new", "folder");
    await writeAll(folder, { a: "one", b: new Uint8Array([1, 2]) });
    await writeAll(folder, { a: "two" });
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("two");
  });

  it("writes a file part by part, or not at all where a part cannot be made", async () => {
    const folder = scratch();
    const parts = function* (last: () => string) {
      yield Buffer.from("one, ");
      yield Buffer.from(last());
    };
    await writeAll(folder, { a: parts(() => "two") });
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("one, two");
    const broken = parts(() => {
      throw new Error("no second part");
    });
    await expect(writeAll(folder, { a: broken })).rejects.toThrow("no second part");
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("one, two");
  });

  it("keeps every old file when one new one cannot be written", async () => {
    const folder = scratch();
    writeFileSync(join(folder, "a"), "old");
    const files = { a: "new", ["x".repeat(300)]: "a name longer than any file system takes" };
    await expect(writeAll(folder, files)).rejects.toMatchObject({ exitCode: 5 });
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
  });

  it("names a folder that stands where a file should", async () => {
    const folder = scratch();
    mkdirSync(join(folder, "b"));
    const written = writeAll(folder, { a: "x", b: "x", c: "x" });
    await expect(written).rejects.toThrow(/Cannot write ".*b": there is a folder of that name/);
    expect(readdirSync(folder), "a is not in place either").toEqual(["b"]);
  });

  it("leaves nothing behind when aborted", async () => {
    const folder = scratch();
    await expect(writeAll(folder, { a: "x" }, AbortSignal.abort())).rejects.toThrow("abort");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("checkWritable()", () => {
  it("makes the folder, and names what stands in the way", async () => {
    const folder = join(scratch(), "a", "b");
    await checkWritable(folder);
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, "file"), "");
    await expect(checkWritable(join(folder, "file"))).rejects.toThrow("there is a file of that name");
    await expect(checkWritable("")).rejects.toThrow('Cannot write "": the folder it would be in is not there');
    await expect(checkWritable(join(folder, "file", "c"))).rejects.toThrow("a part of the path is a file");
  });
});
