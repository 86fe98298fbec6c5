import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openModel } from "../../src/forecast/open-model.ts";
import { expectGolden } from "../forecast/golden-forecasts.ts";

const TRAINING = fileURLToPath(new URL("../../training", import.meta.url));
/** Debian's torch belongs to /usr/bin/python3, whatever else `python3` may be. */
const python = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch, numpy"]).status === 0,
);

describe.skipIf(python === undefined)("training (skipped where Python has no torch)", () => {
  const scratch = mkdtempSync(join(tmpdir(), "drp-training-"));
  const run = (script: string, ...argv: string[]) =>
    execFileSync(python!, ["-B", join(TRAINING, script), ...argv], { encoding: "utf8" });
  const toy = "--steps 2 --width 32 --heads 2 --layers 1 --output-patch 64 --patches 8 --batch 4 --validation 4";
  const train = (folder: string, ...more: string[]) =>
    run("train.py", "--out", join(scratch, folder), ...toy.split(" "), ...more);

  it("gives the same weights whether or not it was cut off", { timeout: 120_000 }, () => {
    train("whole");
    train("parts", "--until", "1");
    expect(weights("parts")).not.toEqual(weights("whole"));
    train("parts");
    expect(weights("parts")).toEqual(weights("whole"));
  });

  it("exports a model that runs in the product as in PyTorch", { timeout: 60_000 }, async () => {
    run("export.py", join(scratch, "whole", "model.safetensors"), join(scratch, "exported"));
    const model = await openModel(join(scratch, "exported"));
    await expectGolden(model, join(scratch, "exported", "golden.json"));
    await model.close();
  });

  function weights(folder: string): string {
    return readFileSync(join(scratch, folder, "model.safetensors")).toString("base64");
  }
});
