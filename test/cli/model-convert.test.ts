import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { goldenDeviation, parseGolden } from "../../src/forecast/golden-forecasts.ts";
import { openModel } from "../../src/index.ts";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { drp, scratch } from "./drp.ts";

/** A folder with a model that may be written to. */
function copyOf(model: string): string {
  const folder = scratch();
  for (const name of ["model.safetensors", "config.json"]) copyFileSync(join(model, name), join(folder, name));
  return folder;
}

const SMALL = "test/fixtures/timesfm";
const HINT = (folder: string) => `hint: convert it with: drp model convert ${folder} --precision int8`;

describe("drp model convert", () => {
  it("writes the weights beside the original, and says what that costs and saves", async () => {
    const folder = copyOf(SMALL);
    const { code, stdout, stderr } = await drp(["model", "convert", folder, "--precision", "int8", "--json"]);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    const file = join(folder, "model.int8.safetensors");
    const bytes = readFileSync(file).length;
    expect(document).toMatchObject({ precision: "int8", how: "converted", file, bytes, sourceBytes: 1_467_848 });
    expect(document.deviation).toBeGreaterThan(1e-4);
    expect(document.deviation).toBeLessThan(0.01);
    const percent = (100 * document.deviation).toPrecision(2);
    expect(stderr).toBe(
      `Wrote ${file} (0.5 MB, 37 % of the original's 1.5 MB)\n` +
        `Answers differ from the original's by at most ${percent} % of a series' largest value\n`,
    );
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.int8.safetensors", "model.safetensors"]);
  });

  it("has nothing to do where that is done already, until the weights are others", async () => {
    const folder = copyOf(SMALL);
    const convert = () => drp(["model", "convert", folder, "--precision", "fp16"]);
    expect((await convert()).stderr).toMatch(/^Wrote /);
    const file = join(folder, "model.fp16.safetensors");
    const first = readFileSync(file);
    expect((await convert()).stderr).toContain(`${file} is there and was made from the weights as they are now`);
    changeWeights(folder);
    expect((await convert()).stderr).toMatch(/^Wrote /);
    expect(readFileSync(file).equals(first)).toBe(false);
    writeFileSync(file, "broken");
    expect((await convert()).stderr).toMatch(/^Wrote /);
  });

  it("leaves nothing at Ctrl-C", async () => {
    const folder = copyOf(SMALL);
    const stop = new AbortController();
    const { code, stderr } = await drp(["model", "convert", folder, "--precision", "int8"], {
      signal: stop.signal,
      tty: true,
      onStderr: (text) => {
        if (text.includes("converting")) stop.abort();
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted: nothing was written");
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors"]);
  });

  it("refuses weights that are no numbers, and leaves nothing", async () => {
    const folder = copyOf(SMALL);
    const file = join(folder, "model.safetensors");
    const { tensors } = await readSafetensors(file);
    const bytes = readFileSync(file);
    bytes.writeFloatLE(Number.NaN, tensors.get("tokenizer.hidden_layer.weight")!.offset);
    writeFileSync(file, bytes);
    const { code, stderr } = await drp(["model", "convert", folder, "--precision", "int8"]);
    expect(code).toBe(4);
    expect(stderr).toContain(`Cannot convert model "${file}": `);
    expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors"]);
  });

  it("refuses what is converted already, no model, and no precision", async () => {
    const folder = copyOf(SMALL);
    await drp(["model", "convert", folder, "--precision", "fp16"]);
    const again = await drp(["model", "convert", join(folder, "model.fp16.safetensors"), "--precision", "int8"]);
    expect(again.code).toBe(4);
    expect(again.stderr).toMatch(
      /Cannot convert model ".+": its tensor ".+" is F16, expected the original weights in F32/,
    );
    expect((await drp(["model", "convert", "no-such-model", "--precision", "int8"])).code).toBe(4);
    expect((await drp(["model", "convert", folder])).code).toBe(2);
    expect((await drp(["model", "convert", folder, "--precision", "fp32"])).code).toBe(2);
  });
});

/** Other weights of the same size: the start of one tensor changes. */
function changeWeights(folder: string): void {
  const file = join(folder, "model.safetensors");
  const bytes = readFileSync(file);
  bytes.writeFloatLE(0.123, 8 + Number(bytes.readBigUInt64LE()));
  writeFileSync(file, bytes);
}

describe("--precision", () => {
  const mini = copyOf("models/drp-mini");
  const data = scratch();
  beforeAll(async () => {
    await drp(["generate", "--out", data, "--days", "60"]);
    await drp(["model", "convert", mini, "--precision", "int8"]);
  });
  const forecast = (...options: string[]) =>
    drp(["forecast", "--data", data, "--out", scratch(), "--horizon", "24", "--quiet", ...options]);

  it("forecasts with the converted weights, and says so where they are named", async () => {
    const { code, stdout } = await forecast("--model", mini, "--precision", "int8", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).model.file).toMatch(/\/model\.int8\.safetensors$/);
  });

  it("drp-mini answers as recorded, within 1 % of the scale of its series", async () => {
    const golden = parseGolden(readFileSync("models/drp-mini/golden.json", "utf8"), "golden.json");
    const model = await openModel(mini, { precision: "int8" });
    const deviation = await goldenDeviation(model, { ...golden, tolerance: 0.01 });
    await model.close();
    expect(deviation).toBeGreaterThan(0.01); // it is not the original that answers
    expect(deviation).toBeLessThanOrEqual(1);
  });

  it("refuses weights that are not converted", async () => {
    const folder = copyOf(SMALL);
    const { code, stderr } = await forecast("--model", folder, "--precision", "int8");
    expect(code).toBe(4);
    expect(stderr).toContain(`there is no file "${join(folder, "model.int8.safetensors")}"`);
    expect(stderr).toContain(HINT(folder));
    const verified = await drp(["model", "verify", folder, "--precision", "int8"]);
    expect(verified).toMatchObject({ code: 4, stdout: expect.stringMatching(/^FAILED .* conversion: /m) });
    expect(verified.stderr).toContain(HINT(folder));
  });

  it("refuses those of other weights, of an earlier drp, of another tool", async () => {
    const folder = copyOf(SMALL);
    const file = join(folder, "model.int8.safetensors");
    await drp(["model", "convert", folder, "--precision", "int8"]);
    const made = readFileSync(file);
    const refused = async () => {
      const { code, stderr } = await forecast("--model", folder, "--precision", "int8");
      expect(code).toBe(4);
      expect(stderr).toContain(`"${file}" was not made from "${join(folder, "model.safetensors")}" as it is now`);
      expect(stderr).toContain(HINT(folder));
    };
    writeFileSync(file, made.toString("latin1").replace('"conversion":"1"', '"conversion":"0"'), "latin1");
    await refused();
    copyFileSync(join(folder, "model.safetensors"), file);
    expect((await readSafetensors(file)).metadata).toEqual({});
    await refused();
    writeFileSync(file, made);
    changeWeights(folder);
    await refused();
  });

  it("runs int8 on the CPU alone, and knows no other precisions", async () => {
    const other = await forecast("--model", mini, "--precision", "int8", "--device", "webgpu");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('Cannot run int8 weights on device "webgpu"');
    expect((await forecast("--precision", "int4")).code).toBe(2);
  });

  it("does not need the original's bytes to be read whole, but its file", async () => {
    const folder = copyOf(SMALL);
    await drp(["model", "convert", folder, "--precision", "int8"]);
    rmSync(join(folder, "model.safetensors"));
    expect(existsSync(join(folder, "model.int8.safetensors"))).toBe(true);
    expect((await forecast("--model", folder, "--precision", "int8")).code).toBe(4);
  });
});
