import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { goldenDeviation, parseGolden } from "../../src/forecast/golden-forecasts.ts";
import { openModel } from "../../src/forecast/open-model.ts";
import { scratch } from "../cli/drp.ts";

const TRAINING = fileURLToPath(new URL("../../training", import.meta.url));
/** Debian's torch belongs to /usr/bin/python3, whatever else `python3` may be. */
const python = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch, numpy"]).status === 0,
);

describe.skipIf(python === undefined)("training (skipped where Python has no torch)", () => {
  const runs = scratch();
  const run = (script: string, ...argv: string[]) =>
    execFileSync(python!, ["-B", join(TRAINING, script), ...argv], { encoding: "utf8" });
  const toy =
    "--steps 2 --width 32 --heads 2 --layers 1 --output-patch 64 --patches 8 --batch 4 --validation 4 --pool 2";
  const train = (folder: string, ...more: string[]) =>
    run("train.py", "--out", join(runs, folder), ...toy.split(" "), ...more);

  it("gives the same weights whether or not two workers were cut off", { timeout: 120_000 }, () => {
    train("whole", "--workers", "2");
    train("parts", "--workers", "2", "--until", "1");
    expect(weights("parts")).not.toEqual(weights("whole"));
    train("parts", "--workers", "2");
    expect(weights("parts")).toEqual(weights("whole"));
  });

  it("exports a model that runs in the product as in PyTorch", { timeout: 60_000 }, async () => {
    run("export.py", join(runs, "whole", "model.safetensors"), join(runs, "exported"));
    const model = await openModel(join(runs, "exported"));
    const file = join(runs, "exported", "golden.json");
    const golden = parseGolden(readFileSync(file, "utf8"), file);
    expect(golden.weights_sha256).toBe(await model.sha256());
    expect(await goldenDeviation(model, golden)).toBeLessThanOrEqual(1);
    await model.close();
  });

  function weights(folder: string): string {
    return readFileSync(join(runs, folder, "model.safetensors")).toString("base64");
  }
});
