import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimesFm } from "../../src/forecast/open-timesfm.ts";
import { float, type Session } from "../../src/onnx/session.ts";
import { type ForecastConfig, REFERENCE_DEFAULTS } from "../../src/timesfm/forecast-config.ts";
import { parseConfig } from "../../src/timesfm/model-config.ts";
import { prepareContext } from "../../src/timesfm/preprocess.ts";
import { TimesFm } from "../../src/timesfm/timesfm.ts";
import { scratch } from "../cli/drp.ts";
import { partsOf, safetensorsFile } from "../onnx/safetensors-file.ts";
import { expectClose } from "./expect-close.ts";

const WEIGHTS = fileURLToPath(new URL("../fixtures/timesfm/model.safetensors", import.meta.url));
const CONFIG = readFileSync(fileURLToPath(new URL("../fixtures/timesfm/config.json", import.meta.url)), "utf8");
const config = parseConfig({ weightsFile: WEIGHTS, config: CONFIG });

let model: TimesFm;
beforeAll(async () => {
  model = (await openTimesFm(WEIGHTS, config)).model;
});
afterAll(() => model.close());

const flags = (more: Partial<ForecastConfig> = {}): ForecastConfig => ({
  ...REFERENCE_DEFAULTS,
  maxContext: 128,
  maxHorizon: 128,
  ...more,
});
const series = (length: number, of = (i: number) => 3 + Math.sin(i / 3) + (i % 5)) =>
  Array.from({ length }, (_, i) => of(i));
const values = async (input: number[], horizon: number, more: Partial<ForecastConfig> = {}) =>
  (await model.forecast([input], horizon, flags(more)))[0]!.values;

describe("TimesFm.forecast()", () => {
  it("follows the scale and level of a series: f(aX + b) = a·f(X) + b", async () => {
    const free = { inferIsPositive: false, forceFlipInvariance: false };
    const plain = await values(series(100), 20, free);
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        async (a, b) => {
          const moved = await values(
            series(100).map((x) => a * x + b),
            20,
            free,
          );
          expectClose(
            moved,
            plain.map((x) => a * x + b),
            2e-4 * (a * 5 + Math.abs(b)),
          );
        },
      ),
      { numRuns: 12, seed: 1 },
    );
  });

  it("mirrors with flip invariance: f(−X) = −f(X) with the quantiles reversed", async () => {
    const free = { inferIsPositive: false };
    const plain = await values(series(100), 10, free);
    const mirrored = await values(
      series(100).map((x) => -x),
      10,
      free,
    );
    const channel = (i: number) => (i % 10 === 0 ? i : i - (i % 10) + 10 - (i % 10));
    expectClose(
      mirrored,
      plain.map((_, i) => -plain[channel(i)]!),
      1e-4,
    );
  });

  it("keeps a constant series constant in every channel", async () => {
    for (const x of await values(
      series(70, () => 4.25),
      200,
      { maxHorizon: 200 },
    ))
      expect(x).toBeCloseTo(4.25, 5);
  });

  it("does not depend on the batch, its order or its size", async () => {
    const inputs = [series(40), series(128), series(5), series(90, (i) => i % 7)];
    const alone = await Promise.all(inputs.map((input) => values(input, 140, { maxHorizon: 140 })));
    for (const perCoreBatchSize of [1, 3, 4, 100]) {
      const together = await model.forecast(inputs, 140, flags({ maxHorizon: 140, perCoreBatchSize }));
      for (const [i, result] of together.entries()) expectClose(result.values, alone[i]!, 1e-4);
    }
  });

  it("reads the longest context the model allows", async () => {
    const long = await values(series(16_128), 168, { maxContext: 16_128, maxHorizon: 168, forceFlipInvariance: false });
    expect(long).toHaveLength(1680);
    expect(long.every(Number.isFinite)).toBe(true);
  });

  it("reads only the latest points of a longer series", async () => {
    expectClose(await values(series(500), 12), await values(series(500).slice(-128), 12), 1e-6);
  });

  it("clamps series without negative values at 0 unless told not to", async () => {
    const falling = series(64, (i) => Math.max(0, 20 - i));
    expect(Math.min(...(await values(falling, 60)))).toBeGreaterThanOrEqual(0);
    expect(Math.min(...(await values(falling, 60, { inferIsPositive: false })))).toBeLessThan(0);
  });

  it("makes quantiles ascend when asked", async () => {
    const fixed = await values(series(100), 128, { fixQuantileCrossing: true });
    for (let row = 0; row < 128; row += 1) {
      for (let c = 2; c < 10; c += 1) expect(fixed[row * 10 + c]!).toBeGreaterThanOrEqual(fixed[row * 10 + c - 1]!);
    }
  });

  it("leaves its inputs as they were", async () => {
    const input = [Number.NaN, 1, Number.NaN, 3];
    await values(input, 3);
    expect(input).toEqual([Number.NaN, 1, Number.NaN, 3]);
  });

  it("stops between steps when aborted", async () => {
    await expect(model.forecast([series(10)], 5, flags(), AbortSignal.abort())).rejects.toThrow("abort");
  });

  it.each([
    ["an empty series", () => values([], 5), "empty series"],
    ["infinity", () => values([1, Infinity], 5), "holds Infinity"],
    ["a value beyond float32", () => values([1, 1e300], 5), "holds 1e+300"],
    ["horizon 0", () => values([1], 0), "horizon 0: expected 1 or more"],
    ["a broken horizon", () => values([1], 1.5), "horizon 1.5"],
    ["context 0", () => values([1], 1, { maxContext: 0 }), "maxContext 0"],
  ])("refuses %s", async (_, call, words) => {
    await expect(call()).rejects.toThrow(RangeError);
    await expect(call()).rejects.toThrow(words);
  });
});

describe("prepareContext()", () => {
  const read = (input: number[], context: number) => {
    const prepared = prepareContext(input, context);
    return { values: [...prepared.values], padding: prepared.padding };
  };

  it("drops leading gaps, interpolates inner ones, holds the last value over trailing ones", () => {
    const input = [Number.NaN, Number.NaN, 1, Number.NaN, Number.NaN, 4, Number.NaN];
    expect(read(input, 6)).toEqual({ values: [0, 1, 2, 3, 4, 4], padding: 1 });
  });

  it("reads gaps alone as zeros, and keeps the latest points", () => {
    expect(read([Number.NaN, Number.NaN], 3)).toEqual({ values: [0, 0, 0], padding: 1 });
    expect(read([1, 2, 3, 4], 2)).toEqual({ values: [3, 4], padding: 0 });
  });
});

it("TimesFm.forecast() runs no more series together than memory for their keys and values allows", async () => {
  const dimensions = { ...model.dimensions, layers: 20, heads: 16, headWidth: 80, contextLimit: 16_384 }; // the 200M model's
  const batches: number[] = [];
  const counting: Session = {
    run: async (feeds) => {
      const [batch] = feeds.context!.dims;
      batches.push(batch!);
      const shape = [batch!, 1, dimensions.outputPatch, dimensions.levels.length + 1];
      return { point: float(new Float32Array(shape.reduce((a, b) => a * b)), shape) } as never;
    },
    close: async () => {},
  };
  const many = Array.from({ length: 24 }, () => series(16_000));
  const asked = { maxContext: 16_128, perCoreBatchSize: 32 };
  for (const forceFlipInvariance of [false, true])
    await new TimesFm({ session: counting, dimensions, passes: 1 }).forecast(
      many,
      24,
      flags({ ...asked, forceFlipInvariance }),
    );
  // 504 patches × 20 layers × 1,280 × 2 × 4 bytes are 98.4 MiB a series: ten fit into 1 GiB, or five and their mirror images.
  expect(batches).toEqual([10, 10, 4, 10, 10, 10, 10, 8]);
});

describe("openTimesFm()", () => {
  const changed = (change: (parts: ReturnType<typeof partsOf>) => void) => {
    const parts = partsOf(WEIGHTS);
    change(parts);
    return safetensorsFile(parts.header, parts.data);
  };
  const rename = (from: string, to: string) =>
    changed(({ header }) => {
      header[to] = header[from]!;
      delete header[from];
    });

  it.each([
    ["a missing tensor", () => rename("stacked_xf.1.ff1.weight", "x"), /"stacked_xf\.1\.ff1\.weight".*missing/],
    [
      "a tensor that no model has",
      () =>
        changed(({ header }) =>
          Object.assign(header, {
            "extra.scale": { ...header["tokenizer.hidden_layer.bias"]!, shape: [0], data_offsets: [0, 0] },
          }),
        ),
      /no tensor "extra\.scale"/,
    ],
    [
      "a tensor of another shape",
      () =>
        changed(({ header }) => {
          header["stacked_xf.0.ff1.weight"]!.shape.reverse();
        }),
      /Cannot use tensor "stacked_xf\.0\.ff1\.weight".*expected shape \[64, 80\], got \[80, 64\]/,
    ],
    ["another architecture", () => rename("tokenizer.output_layer.weight", "encoder.weight"), /no TimesFM 2\.5/],
  ])("refuses %s", async (_, file, words) => {
    const opening = openTimesFm(file(), config);
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.toMatchObject({ exitCode: 4 });
  });

  it("refuses a config that contradicts the weights", async () => {
    await expect(openTimesFm(WEIGHTS, { ...config, output_patch_len: 64 })).rejects.toThrow(
      "config.json says output_patch_len 64",
    );
  });

  it("needs no config at all", async () => {
    const { model: bare, dimensions } = await openTimesFm(WEIGHTS, {});
    expect(dimensions).toEqual(model.dimensions);
    await bare.close();
  });

  it("finds weights behind a link, as the Hugging Face cache keeps them", async () => {
    const folder = scratch();
    const blob = join(folder, "blob");
    copyFileSync(WEIGHTS, blob);
    const { symlinkSync, mkdirSync } = await import("node:fs");
    mkdirSync(join(folder, "snapshot"));
    symlinkSync(blob, join(folder, "snapshot", "model.safetensors"));
    writeFileSync(join(dirname(blob), "snapshot", "config.json"), CONFIG);
    const { model: linked } = await openTimesFm(join(folder, "snapshot", "model.safetensors"), config);
    await linked.close();
  });
});
