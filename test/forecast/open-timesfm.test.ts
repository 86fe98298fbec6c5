import { copyFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { drp } from "../cli/drp.ts";
import { partsOf, safetensorsFile } from "../onnx/safetensors-file.ts";

const WEIGHTS = "test/fixtures/timesfm/model.safetensors";
const CONFIG = "test/fixtures/timesfm/config.json";
const SCALE = "stacked_xf.1.pre_ff_ln.scale";

describe("the tensors of a model", () => {
  const { header, data } = partsOf(WEIGHTS);
  const { [SCALE]: scale, ...others } = header;
  const extra = { dtype: "F32", shape: [1], data_offsets: [data.length, data.length + 4] };
  const misshapen = { ...scale!, shape: [1, ...scale!.shape] };

  it.each([
    ["one more", { ...header, extra }, 'TimesFM 2.5 has no tensor "extra"'],
    ["one of another name", { ...others, [`${SCALE}s`]: scale! }, `Cannot use tensor "${SCALE}"`],
    ["one of another shape", { ...others, [SCALE]: misshapen }, `Cannot use tensor "${SCALE}"`],
  ])("are held to the architecture by every command: %s", async (_, tensors, words) => {
    const rest = "extra" in tensors ? Buffer.concat([data, Buffer.alloc(4)]) : data;
    const folder = dirname(safetensorsFile(tensors, rest));
    const out = join(folder, "out.onnx");
    copyFileSync(CONFIG, join(folder, "config.json"));
    for (const argv of [
      ["export", folder, "--out", out],
      ["bench", folder, "--context", "64", "--batch", "1", "--runs", "1"],
      ["convert", folder, "--precision", "fp16"],
    ])
      expect(await drp(["model", ...argv])).toMatchObject({
        code: 4,
        stdout: "",
        stderr: expect.stringContaining(words),
      });
    const verified = await drp(["model", "verify", folder]);
    expect(verified).toMatchObject({ code: 4, stdout: expect.stringContaining(words) });
    expect(readdirSync(folder)).toEqual(["config.json", "model.safetensors"]);
  });
});
