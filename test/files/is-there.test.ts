import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isThere } from "../../src/files/is-there.ts";
import { scratch } from "../cli/drp.ts";

it("isThere() tells what is absent from what cannot be read", async () => {
  const folder = scratch();
  const file = join(folder, "file");
  writeFileSync(file, "");
  symlinkSync("circle", join(folder, "circle"));
  const names = [folder, file, join(folder, "circle"), join(folder, "none"), join(file, "below")];
  expect(await Promise.all(names.map(isThere))).toEqual([true, true, true, false, false]);
});
