import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../src/files/make-folder.ts";
import { scratch } from "../cli/drp.ts";

describe("makeFolder()", () => {
  it("creates what is absent, and leaves what is there", async () => {
    const folder = join(scratch(), "a", "b");
    await makeFolder(folder);
    writeFileSync(join(folder, "file"), "");
    await makeFolder(folder);
    expect(readdirSync(folder)).toEqual(["file"]);
    await expect(makeFolder(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeFolder(join(folder, "file", "c"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.runIf(existsSync("/proc/self"))("gives up on a folder that is there and takes no other", async () => {
    await expect(makeFolder("/proc/a/b")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
