import { stat } from "node:fs/promises";
import { seededRandom, standardNormal } from "../src/chance/random.ts";
import { SafetensorsWriter } from "../src/onnx/write-safetensors.ts";

const FILE_BYTES = 925_181_104; // of google/timesfm-2.5-200m-pytorch, revision 1d952420fba87f3c6dee4f240de0f1a0fbc790e3

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

/** Where in the noise the next tensor starts: no two may be the same, or the runtime keeps one for all, and the cache holds it. */
const STRIDE = 257;

/**
 * Writes a checkpoint of the 200M shapes, float32 with random weights that keep activations in range, of exactly the
 * size of the Hub's file. The same bytes every time.
 *
 * @returns how many tensors and bytes it holds
 */
export async function writeFullSizeCheckpoint(path: string): Promise<{ tensors: number; bytes: number }> {
  const random = seededRandom(1, 1);
  const noise = Float32Array.from({ length: 65_537 }, () => standardNormal(random));
  const tensors = [...fullSizeShapes()].map(([name, shape], tensor) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const isScale = shape.length === 1 && !name.endsWith("bias");
    const spread = isScale ? 0.05 : 1 / Math.sqrt(shape[1] ?? 1e4);
    const offset = isScale && !name.includes("per_dim") ? 1 : 0;
    const start = tensor * STRIDE;
    const valueAt = (i: number) => offset + spread * noise[(start + i) % noise.length]!;
    const bytes = () => new Uint8Array(Float32Array.from({ length: count }, (_, i) => valueAt(i)).buffer);
    return { name, dtype: "F32", shape, length: 4 * count, bytes };
  });
  const writer = await SafetensorsWriter.create(path, tensors);
  for (const { name, bytes } of tensors) await writer.write(name, bytes());
  await writer.finish();
  const { size: bytes } = await stat(path);
  if (bytes !== FILE_BYTES) throw new Error(`${path} holds ${bytes} bytes, expected ${FILE_BYTES}`);
  return { tensors: tensors.length, bytes };
}
