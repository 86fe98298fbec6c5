import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { breachOf, openGolden } from "../../scripts/golden-cases.ts";
import { openTimesFm } from "../../src/forecast/open-timesfm.ts";
import { openSession } from "../../src/onnx/session.ts";
import { REFERENCE_DEFAULTS } from "../../src/timesfm/forecast-config.ts";
import { TimesFm } from "../../src/timesfm/timesfm.ts";
import { drp, scratch } from "../cli/drp.ts";
import { onePass } from "../timesfm/one-pass.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../reference/onnx_export.py", import.meta.url));
/** Debian's packages belong to /usr/bin/python3, whatever else `python3` may be. */
const python = ["/usr/bin/python3", "python3"].find(
  (command) => spawnSync(command, ["-c", "import torch, onnx"]).status === 0,
);

/** A copy of the fixture's weights, and the ONNX file that is exported beside or from them. */
async function exported(...options: string[]): Promise<{ file: string; weights: string; stdout: string }> {
  const folder = scratch();
  for (const name of ["model.safetensors", "config.json"]) cpSync(join(FIXTURE, name), join(folder, name));
  const file = join(folder, "model.onnx");
  const { code, stdout, stderr } = await drp(["model", "export", folder, "--out", file, "--json", ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("opset 17") });
  expect(readdirSync(folder).sort()).toEqual(["config.json", "model.onnx", "model.safetensors"]);
  return { file, weights: join(folder, "model.safetensors"), stdout };
}

describe("drp model export", () => {
  it.each([
    ["with references to its weights", []],
    ["with its weights in it", ["--self-contained"]],
  ])("writes a file %s that gives the reference's answers", { timeout: 60_000 }, async (_, options) => {
    const { file, weights } = await exported(...options);
    const selfContained = options.length > 0;
    expect(statSync(file).size > statSync(weights).size).toBe(selfContained);
    const golden = await openGolden(FIXTURE);
    const folder = selfContained ? undefined : join(file, "..");
    const session = await openSession(readFileSync(file), folder, { device: "cpu", runs: "once" });
    const model = new TimesFm(onePass(session, golden.model.dimensions));
    for (const one of golden.cases.filter(({ name }) => /^(readme|flags|defaults|batch)/.test(name)))
      expect(await breachOf({ ...golden, model }, one), one.name).toBeUndefined();
    await golden.model.close();
    await model.close();
  });

  it.each(["fp16", "int8"])(
    "writes converted weights of %s that give the answers they give here",
    async (precision) => {
      const folder = scratch();
      for (const name of ["model.safetensors", "config.json"]) cpSync(join(FIXTURE, name), join(folder, name));
      expect((await drp(["model", "convert", folder, "--precision", precision])).code).toBe(0);
      const weights = join(folder, `model.${precision}.safetensors`);
      const file = join(folder, "model.onnx");
      expect((await drp(["model", "export", weights, "--out", file, "--self-contained"])).code).toBe(0);
      const golden = await openGolden(FIXTURE);
      const { model: expected } = await openTimesFm(weights, { output_quantile_len: 256 });
      const session = await openSession(readFileSync(file), undefined, { device: "cpu", runs: "once" });
      const model = new TimesFm(onePass(session, expected.dimensions));
      const series = [golden.series.season200!, golden.series.mixedsign160!];
      const flags = { ...REFERENCE_DEFAULTS, maxContext: 192, maxHorizon: 300 };
      const [got, wanted] = [await model.forecast(series, 300, flags), await expected.forecast(series, 300, flags)];
      got.forEach(({ values }, i) => {
        const scale = Math.max(...series[i]!.map(Math.abs));
        const worst = values.reduce((most, value, j) => Math.max(most, Math.abs(value - wanted[i]!.values[j]!)), 0);
        expect(worst / scale).toBeLessThan(2e-3); // a rounding that falls the other way is amplified by random weights
      });
      for (const one of [golden.model, expected, model]) await one.close();
    },
  );

  it("tells inputs and outputs", async () => {
    const { file, stdout } = await exported("--self-contained");
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ file, bytes: statSync(file).size, selfContained: true, opset: 17 });
    expect(document.inputs[0]).toEqual({ name: "patches", type: "float", shape: ["batch", "patches", 64] });
    expect(document.outputs.map(({ name }: { name: string }) => name)).toContain("quantile");
  });

  it.skipIf(python === undefined)(
    "writes what onnx.checker accepts and numpy computes as PyTorch does (skipped where Python has no torch and onnx)",
    { timeout: 60_000 },
    async () => {
      for (const options of [[], ["--self-contained"]]) {
        const { file, weights } = await exported(...options);
        const { status, stdout, stderr } = spawnSync(python!, ["-B", SCRIPT, file, weights], { encoding: "utf8" });
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        expect(stdout).toContain("opset 17");
      }
    },
  );

  it("refuses a place where runtimes would not find the weights", async () => {
    const out = join(scratch(), "model.onnx");
    const { code, stderr } = await drp(["model", "export", FIXTURE, "--out", out]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `Cannot export to "${out}": runtimes look for weights in the folder of the ONNX file alone`,
    );
    expect(stderr).toContain(`hint: give --self-contained, or write it into "${FIXTURE}"`);
    expect(existsSync(out)).toBe(false);
  });

  it("leaves nothing where it cannot write", async () => {
    const { code, stderr } = await drp(["model", "export", FIXTURE, "--out", "/proc/model.onnx", "--self-contained"]);
    expect(code).toBe(5);
    expect(stderr).toContain('Cannot write "/proc');
  });
});
