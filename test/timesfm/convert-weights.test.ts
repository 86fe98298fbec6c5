import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { breachOf, openGolden } from "../../scripts/golden-cases.ts";
import { readTimesFm } from "../../src/forecast/open-timesfm.ts";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { convertedBytes, convertWeights } from "../../src/timesfm/convert-weights.ts";
import { parseConfig } from "../../src/timesfm/model-config.ts";
import type { Converted } from "../../src/timesfm/precision.ts";
import { scratch } from "../cli/drp.ts";
import { floatsOf, partsOf } from "../onnx/safetensors-file.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const WEIGHTS = join(FIXTURE, "model.safetensors");
const config = parseConfig({ weightsFile: WEIGHTS, config: readFileSync(join(FIXTURE, "config.json"), "utf8") });

/** A folder of golden cases whose weights were converted. */
async function converted(precision: Converted): Promise<string> {
  const folder = scratch();
  for (const name of ["config.json", "cases.json", "series.json"])
    copyFileSync(join(FIXTURE, name), join(folder, name));
  const { file, dimensions } = await readTimesFm(WEIGHTS, config);
  await convertWeights(file, dimensions, join(folder, "model.safetensors"), { precision, metadata: { by: "test" } });
  return folder;
}

/** The golden cases that are missed by more than a share of the scale of their series. */
async function missed(folder: string, tolerance: number): Promise<string[]> {
  const golden = { ...(await openGolden(folder)), tolerance };
  const names: string[] = [];
  for (const one of golden.cases) if ((await breachOf(golden, one)) !== undefined) names.push(one.name);
  await golden.model.close();
  return names;
}

const OF_INT8 = 0.01;

describe("convertWeights() to int8", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await converted("int8");
  });

  it("keeps every golden answer within 1 % of the scale of its series", async () => {
    expect(await missed(folder, OF_INT8)).toEqual([]);
  });

  it.each(["stacked_xf.0.attn.qkv_proj", "stacked_xf.0.ff1", "output_projection_quantiles.output_layer"])(
    "and would be noticed if every second scale of %s were a tenth too large",
    async (layer) => {
      const broken = scratch();
      for (const name of ["config.json", "cases.json", "series.json"])
        copyFileSync(join(folder, name), join(broken, name));
      const bytes = readFileSync(join(folder, "model.safetensors"));
      const { tensors } = await readSafetensors(join(folder, "model.safetensors"));
      const { offset, length } = tensors.get(`${layer}.weight_scale`)!;
      for (let at = offset; at < offset + length; at += 8) bytes.writeFloatLE(1.1 * bytes.readFloatLE(at), at);
      writeFileSync(join(broken, "model.safetensors"), bytes);
      expect(await missed(broken, OF_INT8)).not.toEqual([]);
    },
  );

  it("makes int8 of all matrices but those of the way in, the last layer and the point head, which it halves", async () => {
    const path = join(folder, "model.safetensors");
    const { file, dimensions } = await readTimesFm(WEIGHTS, config);
    const { tensors, metadata } = await readSafetensors(path);
    const bytes = [...tensors.values()].reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBe(convertedBytes(file, dimensions, "int8"));
    expect(metadata).toEqual({ by: "test" });
    for (const [name, { dtype, shape }] of file.tensors) {
      if (shape.length !== 2) expect(tensors.get(name)).toMatchObject({ dtype, shape });
      else if (/^(tokenizer|stacked_xf\.1|output_projection_point)\./.test(name))
        expect(tensors.get(name)).toMatchObject({ dtype: "F16", shape });
      else expect(tensors.get(`${name}_int8`)).toMatchObject({ dtype: "I8", shape: shape.toReversed() });
    }
    const same = "stacked_xf.1.pre_ff_ln.scale";
    expect(floatsOf(path, same)).toEqual(floatsOf(WEIGHTS, same));
  });
});

describe("convertWeights() to fp16", () => {
  it("halves every matrix and hardly changes an answer", async () => {
    const folder = await converted("fp16");
    const { header } = partsOf(join(folder, "model.safetensors"));
    const matrices = Object.values(header).filter(({ shape }) => shape?.length === 2);
    expect(matrices.length).toBeGreaterThan(15);
    expect(new Set(matrices.map(({ dtype }) => dtype))).toEqual(new Set(["F16"]));
    expect(await missed(folder, 1e-3)).toEqual([]);
  });
});

describe("convertWeights()", () => {
  it("refuses weights that are not float32, and stops when it is told to", async () => {
    const { file, dimensions } = await readTimesFm(WEIGHTS, config);
    const path = join(scratch(), "out.safetensors");
    const halved = await readTimesFm(join(await converted("fp16"), "model.safetensors"), config);
    await expect(convertWeights(halved.file, dimensions, path, { precision: "int8" })).rejects.toThrow(
      /Cannot convert tensor ".+": expected dtype F32, got F16/,
    );
    const stopped = convertWeights(file, dimensions, path, { precision: "int8", signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
  });
});
