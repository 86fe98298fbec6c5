import { copyFileSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findModel } from "../../src/checkpoint/find-model.ts";
import { PROPERTIES } from "../../src/forecast/architecture-properties.ts";
import { deviation } from "../../src/forecast/deviation.ts";
import type { Forecaster } from "../../src/forecast/forecaster.ts";
import { goldenDeviation, parseGolden } from "../../src/forecast/golden-forecasts.ts";
import { openModel, type Precision } from "../../src/forecast/open-model.ts";
import { type Check, verifyModel } from "../../src/forecast/verify-model.ts";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { drp, scratch } from "../cli/drp.ts";
import { partsOf, safetensorsFile } from "../onnx/safetensors-file.ts";

const MINI = "models/drp-mini";
const LEVELS = [0.1, 0.5, 0.9];

/** A folder with drp-mini's files, but for those named. */
function copyOfMini({ without = "", weights = `${MINI}/model.safetensors` } = {}): string {
  const folder = scratch();
  copyFileSync(weights, join(folder, "model.safetensors"));
  for (const name of ["config.json", "golden.json"])
    if (name !== without) copyFileSync(join(MINI, name), join(folder, name));
  return folder;
}

async function verified(folder: string, sha256?: string, precision: Precision = "fp32"): Promise<Check[]> {
  const pinned = sha256 === undefined ? undefined : { name: "model.safetensors", bytes: 0, sha256 };
  const checks: Check[] = [];
  const signal = new AbortController().signal;
  const how = { asked: folder, device: "cpu", precision, signal } as const;
  for await (const check of verifyModel(await findModel(folder), pinned, how)) checks.push(check);
  return checks;
}

const statesOf = (checks: readonly Check[]) => checks.map(({ name, state }) => [name, state]);

describe("verifyModel()", () => {
  it("passes the embedded model", async () => {
    const checks = await verified(MINI);
    expect(statesOf(checks)).toEqual([
      ["SHA-256", "passed"],
      ["tensors", "passed"],
      ["golden answers", "passed"],
    ]);
    expect(checks[2]!.deviation).toBeGreaterThan(0);
    expect(checks[2]!.deviation).toBeLessThanOrEqual(1);
  });

  it("sees weights that changed, by their hash and by their answers", async () => {
    const { header, data } = partsOf(`${MINI}/model.safetensors`);
    const changed = Buffer.from(data);
    changed.writeFloatLE(3, header["tokenizer.output_layer.bias"]!.data_offsets[0]);
    const checks = await verified(copyOfMini({ weights: safetensorsFile(header, changed) }));
    expect(statesOf(checks)).toEqual([
      ["SHA-256", "failed"],
      ["tensors", "passed"],
      ["golden answers", "failed"],
    ]);
    expect(checks[2]!.deviation).toBeGreaterThan(1);
    expect(checks[0]!.found).toMatch(/^[0-9a-f]{64}, expected [0-9a-f]{64}$/);
  });

  it("goes by the catalog's hash before that of the golden answers", async () => {
    expect((await verified(MINI, "0".repeat(64)))[0]).toMatchObject({ name: "SHA-256", state: "failed" });
  });

  it("names the tensor that is missing, and asks such a model nothing", async () => {
    const { header, data } = partsOf(`${MINI}/model.safetensors`);
    const { "stacked_xf.1.ff1.weight": renamed, ...rest } = header;
    const weights = safetensorsFile({ ...rest, "stacked_xf.1.ff2.weight": renamed }, data);
    const checks = await verified(copyOfMini({ weights }));
    expect(statesOf(checks)).toEqual([
      ["SHA-256", "failed"],
      ["tensors", "failed"],
    ]);
    expect(checks[1]!.found).toContain('Cannot use tensor "stacked_xf.1.ff1.weight"');
  });

  it("holds a model without golden answers to the architecture, and says so", async () => {
    const checks = await verified(copyOfMini({ without: "golden.json" }));
    expect(statesOf(checks)).toEqual([
      ["SHA-256", "not recorded"],
      ["tensors", "passed"],
      ["golden answers", "not recorded"],
      ["scale and level", "passed"],
      ["constant series", "passed"],
      ["batches", "passed"],
    ]);
  });

  it("holds converted weights to what they were made from, and to the answers within 1 %", async () => {
    const folder = copyOfMini();
    await drp(["model", "convert", folder, "--precision", "int8"]);
    const checks = await verified(folder, undefined, "int8");
    expect(statesOf(checks)).toEqual([
      ["SHA-256 of the original", "passed"],
      ["conversion", "passed"],
      ["tensors", "passed"],
      ["golden answers", "passed"],
    ]);
    expect(checks[3]!.deviation).toBeGreaterThan(0.01); // it is not the original that answers
    const file = join(folder, "model.int8.safetensors");
    const { header, data } = partsOf(file);
    const changed = Buffer.from(data);
    changed.writeFloatLE(1, header["tokenizer.output_layer.bias"]!.data_offsets[0]);
    copyFileSync(safetensorsFile(header, changed), file);
    expect(statesOf(await verified(folder, undefined, "int8"))[3]).toEqual(["golden answers", "failed"]);
  });

  it("holds converted weights without golden answers to the original's answers", async () => {
    const folder = copyOfMini({ without: "golden.json" });
    await drp(["model", "convert", folder, "--precision", "fp16"]);
    const checks = await verified(folder, undefined, "fp16");
    expect(statesOf(checks).at(-1)).toEqual(["original's answers", "passed"]);
    expect(checks.at(-1)!.deviation).toBeGreaterThan(0.001);
  });

  it("sees converted weights that are missing or were made from others", async () => {
    const folder = copyOfMini();
    const missing = await verified(folder, undefined, "int8");
    expect(statesOf(missing)).toEqual([
      ["SHA-256 of the original", "passed"],
      ["conversion", "failed"],
    ]);
    expect(missing[1]!.found).toContain(`there is no file "${join(folder, "model.int8.safetensors")}"`);
    await drp(["model", "convert", folder, "--precision", "fp16"]);
    const original = join(folder, "model.safetensors");
    const { offset, length } = (await readSafetensors(original)).tensors.get("tokenizer.hidden_layer.weight")!;
    const bytes = readFileSync(original);
    bytes.writeFloatLE(3, offset + length - 4); // further on than the sample by which converted weights are told
    writeFileSync(original, bytes);
    expect((await verified(folder, undefined, "fp16"))[1]).toMatchObject({
      state: "failed",
      found: expect.stringMatching(/model\.fp16\.safetensors" was made from others, of SHA-256 [0-9a-f]{64}$/),
      hint: `convert it with: drp model convert ${folder} --precision fp16`,
    });
  });

  it("refuses golden answers that are none, or cannot be read", async () => {
    const folder = copyOfMini({ without: "golden.json" });
    const golden = join(folder, "golden.json");
    const refused = { message: expect.stringContaining(`Cannot read golden answers "${golden}"`), exitCode: 4 };
    mkdirSync(golden);
    await expect(verified(folder)).rejects.toMatchObject(refused);
    rmdirSync(golden);
    writeFileSync(golden, "{}");
    await expect(verified(folder)).rejects.toMatchObject(refused);
  });
});

describe("goldenDeviation()", () => {
  it("is above 1 as soon as an answer is off by more than the tolerance", async () => {
    const model = await openModel("drp-mini");
    const golden = parseGolden(readFileSync(`${MINI}/golden.json`, "utf8"), "golden.json");
    const limit = golden.tolerance * Math.max(...golden.cases[3]!.history.map(Math.abs));
    golden.cases[3]!.quantiles[160]![8]! += 1.1 * limit;
    expect(await goldenDeviation(model, golden)).toBeGreaterThan(1);
    golden.cases[3]!.quantiles.pop();
    expect(await goldenDeviation(model, golden)).toBe(Infinity);
    await model.close();
  });
});

describe("deviation()", () => {
  it("is the largest difference in units of the limit", () => {
    expect(deviation([1, 2, 3], [1, 2.5, 2], 2)).toBe(0.5);
    expect(deviation([0], [0], 0)).toBe(0);
    expect(deviation([1], [0], 0)).toBe(Infinity);
    expect(deviation([Number.NaN, 0], [0, 0], 1)).toBe(Infinity);
    expect(deviation([0, 0], [0, Number.NaN], 1)).toBe(Infinity);
    expect(deviation([1], [1, 2], 1)).toBe(Infinity);
  });
});

describe("PROPERTIES", () => {
  /** Repeats the last value, passed through a change. */
  function forecaster(change: (value: number, history: Float64Array, place: number) => number): Forecaster {
    return {
      name: "fake",
      forecast: async (histories, { horizon }) =>
        histories.map((history, place) => {
          const value = change(history.at(-1)!, history, place);
          return {
            mean: new Float64Array(horizon).fill(value),
            quantiles: new Float64Array(horizon * LEVELS.length).fill(value),
            levels: LEVELS,
          };
        }),
    };
  }

  const kept = async (model: Forecaster) => {
    const names: string[] = [];
    for (const { name, deviationOf } of PROPERTIES) if ((await deviationOf(model)) <= 1) names.push(name);
    return names;
  };

  it("hold for a forecaster that has them all", async () => {
    expect(await kept(forecaster((value) => value))).toEqual(["scale and level", "constant series", "batches"]);
  });

  it("tell apart what breaks each", async () => {
    expect(await kept(forecaster((value) => Math.max(-1, value)))).toEqual(["constant series", "batches"]);
    expect(await kept(forecaster((value, history) => value + history.length / 100))).toEqual(["batches"]);
    expect(await kept(forecaster((value, _, place) => value + place / 100))).toEqual([
      "scale and level",
      "constant series",
    ]);
    expect(await kept(forecaster(() => Number.NaN))).toEqual([]);
  });
});
