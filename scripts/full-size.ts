/**
 * The real 200M shapes with random weights through the product's code: `npm run check:full-size`.
 * Prints load time, time per forecast and peak memory; exits 1 above the memory limit.
 */

import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom, standardNormal } from "../src/chance/random.ts";
import { openModel } from "../src/forecast/open-model.ts";

const PEAK_LIMIT_MB = 1700;
const FILE_BYTES = 925_181_104; // of google/timesfm-2.5-200m-pytorch, revision 1d952420fba87f3c6dee4f240de0f1a0fbc790e3
const HORIZON = 168;

/** Shapes of TimesFM_2p5_200M_Definition. */
function fullSizeShapes(): Map<string, number[]> {
  const [width, headWidth, layers, patch, channels] = [1280, 80, 20, 32, 10];
  const shapes = new Map<string, number[]>();
  const block = (name: string, from: number, to: number, bias: boolean) => {
    for (const [layer, shape] of [
      ["hidden_layer", [width, from]],
      ["output_layer", [to, width]],
      ["residual_layer", [to, from]],
    ] as const) {
      shapes.set(`${name}.${layer}.weight`, [...shape]);
      if (bias) shapes.set(`${name}.${layer}.bias`, [shape[0]]);
    }
  };
  block("tokenizer", 2 * patch, width, true);
  block("output_projection_point", width, 128 * channels, false);
  block("output_projection_quantiles", width, 1024 * channels, false);
  for (let i = 0; i < layers; i += 1) {
    const layer = `stacked_xf.${i}`;
    for (const norm of ["pre_attn_ln", "post_attn_ln", "pre_ff_ln", "post_ff_ln"]) {
      shapes.set(`${layer}.${norm}.scale`, [width]);
    }
    for (const norm of ["query_ln.scale", "key_ln.scale", "per_dim_scale.per_dim_scale"]) {
      shapes.set(`${layer}.attn.${norm}`, [headWidth]);
    }
    shapes.set(`${layer}.attn.qkv_proj.weight`, [3 * width, width]);
    shapes.set(`${layer}.attn.out.weight`, [width, width]);
    shapes.set(`${layer}.ff0.weight`, [width, width]);
    shapes.set(`${layer}.ff1.weight`, [width, width]);
  }
  return shapes;
}

async function writeCheckpoint(path: string): Promise<void> {
  const names = [...fullSizeShapes()].sort(([a], [b]) => (a < b ? -1 : 1));
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of names) {
    const length = 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + length] };
    at += length;
  }
  const json = JSON.stringify(header);
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(padded.length));
  const file = createWriteStream(path);
  const write = async (bytes: Uint8Array) => {
    if (!file.write(bytes)) await once(file, "drain");
  };
  await write(Buffer.concat([prefix, Buffer.from(padded)]));
  const random = seededRandom(1, 1);
  const noise = Float32Array.from({ length: 65_537 }, () => standardNormal(random));
  for (const [name, shape] of names) {
    const count = shape.reduce((product, side) => product * side, 1);
    const isScale = shape.length === 1 && !name.endsWith("bias");
    const spread = isScale ? 0.05 : 1 / Math.sqrt(shape[1] ?? 1e4);
    const offset = isScale && !name.includes("per_dim") ? 1 : 0;
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 1) values[i] = offset + spread * noise[i % noise.length]!;
    await write(new Uint8Array(values.buffer));
  }
  file.end();
  await once(file, "finish");
}

const scratch = mkdtempSync(join(tmpdir(), "drp-full-size-"));
let failed = false;
try {
  const path = join(scratch, "model.safetensors");
  await writeCheckpoint(path);
  const { size } = statSync(path);
  console.log(`checkpoint: ${fullSizeShapes().size} tensors, ${size.toLocaleString("en")} bytes`);
  if (size !== FILE_BYTES) throw new Error(`expected ${FILE_BYTES} bytes`);
  const start = performance.now();
  const model = await openModel(path, { runs: "once" });
  console.log(`open: ${(performance.now() - start).toFixed(0)} ms`);
  for (const context of [512, 1024]) {
    const history = Float64Array.from(
      { length: context },
      (_, i) => 10 + 5 * Math.sin((2 * Math.PI * i) / 24) + (i % 7),
    );
    const times: number[] = [];
    for (let run = 0; run < 3; run += 1) {
      const before = performance.now();
      const [forecast] = await model.forecast([history], { horizon: HORIZON, context });
      times.push(performance.now() - before);
      if (!forecast!.mean.every(Number.isFinite)) throw new Error("the forecast is not finite");
    }
    const shown = times.map((time) => time.toFixed(0)).join(", ");
    console.log(`context ${context}, horizon ${HORIZON}: ${shown} ms per forecast (first run first)`);
  }
  await model.close();
  const status = readFileSync("/proc/self/status", "utf8");
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  console.log(`peak memory: ${peakMb.toFixed(0)} MB, limit ${PEAK_LIMIT_MB} MB`);
  failed = !(peakMb < PEAK_LIMIT_MB);
} finally {
  rmSync(scratch, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
