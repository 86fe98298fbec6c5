import { ExitCode, UserError } from "../errors.ts";
import type { Value } from "../onnx/graph-builder.ts";
import type { Model } from "../onnx/model-proto.ts";
import type { Weights } from "../onnx/weights.ts";
import { type Dialect, dialectBuilder } from "./dialects.ts";
import type { Dimensions } from "./dimensions.ts";
import { residualBlock, tokensOf, transformerLayer } from "./layers.ts";

const ROPE_BASE = 10_000;

/**
 * Builds the forward pass as an ONNX model; one graph serves prefill (no past) and decode steps.
 *
 * Inputs:
 * - `patches` [batch, patches, 2 · inputPatch] normalised values, then 1 where a value is padding
 * - `positions` [batch, patches] int64, at least 0
 * - `attention_bias` [batch, 1, patches, past + patches]
 * - `point_rows` [rows] int64: the patches whose forecasts are wanted, one at least; `quantile_rows` [rows] int64: those of them,
 *   counted among them, whose long quantiles are wanted too
 * - `past_key.i`, `past_value.i` [batch, heads, past, headWidth] of layer i
 *
 * Outputs: `point` [batch, rows, outputPatch, channels], `quantile` [batch, rows, quantileHorizon, channels] where the
 * model has that head, `key.i` and `value.i` [batch, heads, past + patches, headWidth]; `taps` adds the
 * output of every module under its name in the checkpoint, for tests.
 *
 * @param location file name of the weights
 * @throws {UserError} exit 4 if a tensor is missing, misshapen or unknown to the architecture
 */
export function buildGraph(
  dimensions: Dimensions,
  weights: Weights,
  location: string,
  { taps = false, dialect = "cpu" }: { taps?: boolean; dialect?: Dialect } = {},
): Model {
  const { inputPatch, layers, width, heads, headWidth, tokenizerWidth, levels } = dimensions;
  const channels = levels.length + 1;
  const g = dialectBuilder(dialect, location, taps);
  const patches = g.input("patches", "float", ["batch", "patches", 2 * inputPatch]);
  const positions = g.input("positions", "int64", ["batch", "patches"]);
  const bias = g.input("attention_bias", "float", ["batch", 1, "patches", "keys"]);
  const grid = g.op("Shape", [patches], { start: 0, end: 2 }); // [batch, patches]
  const { cos, sin, count } = rotaryTable(dimensions);
  const table = (name: string, values: Float32Array) => g.floats(name, values, [count, headWidth / 2]);
  const shared = { grid, positions, bias, cos: table("rope_cos", cos), sin: table("rope_sin", sin) };

  const tokens = g.op("Reshape", [patches, g.ints([-1, 2 * inputPatch])]);
  const tokenizer = { from: 2 * inputPatch, hidden: tokenizerWidth, to: width, bias: true };
  let x = residualBlock(g, tokens, weights.scope("tokenizer"), tokenizer);
  const rows = g.input("point_rows", "int64", ["point_rows"]);
  const batch = g.op("Shape", [patches], { start: 0, end: 1 });
  const asked = {
    rows,
    grid: g.op("Concat", [batch, g.op("Shape", [rows])], { axis: 0 }),
    positions: g.op("Gather", [positions, rows], { axis: 1 }),
    bias: g.op("Gather", [bias, rows], { axis: 2 }),
  };
  for (let i = 0; i < layers; i += 1) {
    const past = ["batch", heads, "past", headWidth];
    const inputs = {
      ...shared,
      pastKey: g.input(`past_key.${i}`, "float", past),
      pastValue: g.input(`past_value.${i}`, "float", past),
    };
    // Of the last layer the other patches give keys and values alone.
    const wanted = i === layers - 1 ? asked : undefined;
    const layer = transformerLayer(g, x, weights.scope(`stacked_xf.${i}`), dimensions, inputs, wanted);
    g.output(`key.${i}`, layer.key, ["batch", heads, "keys", headWidth]);
    g.output(`value.${i}`, layer.value, ["batch", heads, "keys", headWidth]);
    x = layer.output;
  }

  type Chosen = { tokens: Value; rows: Value };
  const head = (name: string, scope: string, hidden: number, hours: number, chosen: Chosen) => {
    const sides = { from: width, hidden, to: hours * channels, bias: false };
    const output = residualBlock(g, chosen.tokens, weights.scope(scope), sides);
    const shape = g.op("Concat", [batch, g.op("Shape", [chosen.rows]), g.ints([hours, channels])], { axis: 0 });
    g.output(name, g.op("Reshape", [output, shape], { allowzero: 1 }), ["batch", `${name}_rows`, hours, channels]);
  };
  const { pointWidth, outputPatch, quantileWidth, quantileHorizon } = dimensions;
  head("point", "output_projection_point", pointWidth, outputPatch, { tokens: x, rows });
  if (quantileHorizon > 0) {
    const among = g.input("quantile_rows", "int64", ["quantile_rows"]);
    const chosen = { tokens: tokensOf(g, x, among, asked.grid, width), rows: among };
    head("quantile", "output_projection_quantiles", quantileWidth, quantileHorizon, chosen);
  }

  const unused = weights.unused();
  if (unused.length > 0) {
    const shown = unused.slice(0, 5).map((name) => `"${name}"`);
    const more = unused.length > 5 ? ` and ${unused.length - 5} more` : "";
    throw new UserError(
      `Cannot use model "${location}": TimesFM 2.5 has no tensor ${shown.join(", ")}${more}`,
      ExitCode.model,
    );
  }
  return g.model("timesfm-2.5", g.opset, { domains: g.domains });
}

/**
 * Cosines and sines of every position that the context limit allows, [count, headWidth / 2].
 * Source: google-research/timesfm@3dae50b src/timesfm/torch/transformer.py, RotaryPositionalEmbedding.
 */
export function rotaryTable({ contextLimit, inputPatch, outputPatch, headWidth }: Dimensions) {
  const half = headWidth / 2;
  const count = Math.ceil(contextLimit / inputPatch) + Math.ceil(outputPatch / inputPatch);
  const cos = new Float32Array(count * half);
  const sin = new Float32Array(count * half);
  for (let position = 0; position < count; position += 1) {
    for (let i = 0; i < half; i += 1) {
      const angle = position / ROPE_BASE ** ((2 * i) / headWidth);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin, count };
}
