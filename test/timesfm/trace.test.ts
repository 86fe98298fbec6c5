import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { encodeModel } from "../../src/onnx/model-proto.ts";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { float, int64, openSession } from "../../src/onnx/session.ts";
import { Weights } from "../../src/onnx/weights.ts";
import { dimensionsOf } from "../../src/timesfm/dimensions.ts";
import { buildPass } from "../../src/timesfm/graph.ts";
import { parseConfig } from "../../src/timesfm/model-config.ts";
import { floatsOf, partsOf } from "../onnx/safetensors-file.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/timesfm/${name}`, import.meta.url));
const TRACE = fixture("trace_len33_ctx96.safetensors");
const WEIGHTS = fixture("model.safetensors");

/** The trace: 3 patches, the first of padding alone, the second of 31 padded points and one value. */
const PATCHES = 3;
const MASKED = 1;

it.each(["cpu", "gpu", "portable"] as const)(
  "every layer gives what the reference's layer gives, as for %s",
  async (dialect) => {
    const file = await readSafetensors(WEIGHTS);
    const config = readFileSync(fixture("config.json"), "utf8");
    const dimensions = dimensionsOf(file, parseConfig({ weightsFile: WEIGHTS, config }));
    const graph = buildPass(dimensions, new Weights(file), "model.safetensors", { taps: true, dialect });
    const session = await openSession(encodeModel(graph), dirname(WEIGHTS), { device: "cpu", runs: "many" });

    const values = floatsOf(TRACE, "normed_inputs").values;
    const masks = floatsOf(TRACE, "patched_masks_f32").values;
    const { inputPatch, heads, headWidth, layers } = dimensions;
    const tokens = new Float32Array(2 * values.length);
    for (let patch = 0; patch < PATCHES; patch += 1) {
      const own = patch * inputPatch;
      tokens.set(values.subarray(own, own + inputPatch), 2 * own);
      tokens.set(masks.subarray(own, own + inputPatch), 2 * own + inputPatch);
    }
    const bias = new Float32Array(PATCHES * PATCHES).fill(-1e9);
    for (let query = MASKED; query < PATCHES; query += 1)
      bias.fill(0, query * PATCHES + MASKED, query * PATCHES + query + 1);
    const empty = float(new Float32Array(0), dialect === "cpu" ? [1, 0, heads * headWidth] : [1, heads, 0, headWidth]);
    const feeds = {
      patches: float(tokens, [1, PATCHES, 2 * inputPatch]),
      positions: int64([0, 0, 1], [1, PATCHES]),
      attention_bias: float(bias, [1, 1, PATCHES, PATCHES]),
      point_rows: int64([0, 1, 2], [3]),
      quantile_rows: int64([0, 1, 2], [3]),
      ...Object.fromEntries(Array.from({ length: layers }, (_, i) => [`past_key.${i}`, empty])),
      ...Object.fromEntries(Array.from({ length: layers }, (_, i) => [`past_value.${i}`, empty])),
    };

    const names = Object.keys(partsOf(TRACE).header).filter(
      // query_ln is one factor with per_dim_scale here; "attn" is its output layer by another name.
      (name) => /^(tokenizer|stacked|output)/.test(name) && !/query_ln$|attn$/.test(name),
    );
    expect(names.length).toBeGreaterThan(15);
    const taps = await session.run(feeds, names);
    for (const name of names) {
      const expected = floatsOf(TRACE, name);
      const got = patchMajor(taps[name]!.data as Float32Array, taps[name]!.dims); // float32: every tap is
      const width = got.length / PATCHES;
      const kept = expected.values.length / PATCHES; // the trace keeps the first columns of wide outputs
      let worst = 0;
      for (let patch = MASKED; patch < PATCHES; patch += 1) {
        for (let i = 0; i < kept; i += 1) {
          worst = Math.max(worst, Math.abs(got[patch * width + i]! - expected.values[patch * kept + i]!));
        }
      }
      expect(worst, name).toBeLessThan(2e-5);
    }
    await session.close();
  },
);

/** [1, heads, patches, headWidth] → [patches, heads, headWidth]; anything else is patch-major already. */
function patchMajor(values: Float32Array, dims: readonly number[]): Float32Array {
  if (dims.length !== 4 || dims[2] !== PATCHES) return values;
  const [, heads, , width] = dims;
  return values.map((_, i) => {
    const patch = Math.floor(i / (heads! * width!));
    const head = Math.floor(i / width!) % heads!;
    return values[(head * PATCHES + patch) * width! + (i % width!)]!;
  });
}
