import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hubCacheFolder, modelsFolder } from "../../src/checkpoint/cache-folders.ts";
import { findModel, installedModels } from "../../src/checkpoint/find-model.ts";
import { scratch } from "../cli/drp.ts";

/** A folder with models of these names. */
function modelsOf(...names: string[]): string {
  const folder = scratch();
  for (const name of names) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "model.safetensors"), "");
  }
  return folder;
}

describe("findModel()", () => {
  it("finds an embedded model, then a pulled one, by its name", async () => {
    const folders = { embedded: modelsOf("mini", "both"), pulled: modelsOf("timesfm-2.5", "both") };
    expect((await findModel("mini", folders)).weightsFile).toBe(join(folders.embedded, "mini", "model.safetensors"));
    expect((await findModel("both", folders)).weightsFile).toBe(join(folders.embedded, "both", "model.safetensors"));
    const pulled = await findModel("timesfm-2.5", folders);
    expect(pulled).toEqual({
      name: "timesfm-2.5",
      weightsFile: join(folders.pulled, "timesfm-2.5", "model.safetensors"),
      config: undefined,
    });
  });

  it("says how to fetch one that can be", async () => {
    const folders = { embedded: modelsOf("mini"), pulled: join(scratch(), "none") };
    await expect(findModel("timesfm-2.5", folders)).rejects.toMatchObject({
      message: 'Cannot find model "timesfm-2.5": it is not installed',
      exitCode: 4,
      hint: "fetch it with: drp model pull timesfm-2.5",
    });
  });

  it("names those installed where it knows none of that name", async () => {
    const folders = { embedded: modelsOf("mini"), pulled: modelsOf("big") };
    await expect(findModel("large", folders)).rejects.toMatchObject({
      message: 'Cannot find model "large": there is no file "large/model.safetensors"',
      hint: expect.stringContaining("installed models: mini, big;"),
    });
  });
});

describe("installedModels()", () => {
  it("counts no folder without weights, and none that is still on its way", async () => {
    const pulled = modelsOf("big");
    mkdirSync(join(pulled, "partial"));
    writeFileSync(join(pulled, "partial", "model.safetensors.part"), "");
    writeFileSync(join(pulled, "stray"), "");
    expect(await installedModels({ embedded: scratch(), pulled })).toEqual([
      { name: "big", folder: join(pulled, "big"), origin: "pulled" },
    ]);
  });
});

describe("modelsFolder()", () => {
  it.each([
    ["linux", {}, "/home/me/.cache/drp/models"],
    ["linux", { XDG_CACHE_HOME: "/fast" }, "/fast/drp/models"],
    ["linux", { XDG_CACHE_HOME: "" }, "/home/me/.cache/drp/models"],
    ["darwin", { XDG_CACHE_HOME: "/fast" }, "/home/me/Library/Caches/drp/models"],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/drp/models"],
    ["win32", {}, "/home/me/AppData/Local/drp/models"],
    ["linux", { XDG_CACHE_HOME: "/fast", DRP_MODELS: "/mine" }, "/mine"],
  ])("on %s with %j is %s", (platform, env, folder) => {
    expect(modelsFolder(env, { platform, home: "/home/me" })).toBe(folder);
  });
});

describe("hubCacheFolder()", () => {
  it.each([
    [{}, "/home/me/.cache/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/fast" }, "/fast/huggingface/hub"],
    [{ HF_HOME: "/hf" }, "/hf/hub"],
    [{ HF_HOME: "/hf", HF_HUB_CACHE: "/hub" }, "/hub"],
  ])("with %j is %s", (env, folder) => {
    expect(hubCacheFolder(env, "/home/me")).toBe(folder);
  });
});
