import { ExitCode, UserError } from "../errors.ts";
import type { GraphBuilder, Value } from "../onnx/graph-builder.ts";
import type { Model } from "../onnx/model-proto.ts";
import type { Weights } from "../onnx/weights.ts";
import { type Cache, type Dialect, type DialectBuilder, dialectBuilder, type Grid } from "./dialects.ts";
import type { Dimensions } from "./dimensions.ts";
import { residualBlock, tokensOf, transformerLayer } from "./layers.ts";

const ROPE_BASE = 10_000;

/** What one pass over patches takes. */
export type PassInputs = {
  /** tells passes apart in the names of shapes */
  name: string;
  /** as `rotaryTables()` gives them */
  tables: { cos: Value; sin: Value };
  /** [batch, patches, 2 · inputPatch] normalised values, then 1 where a value is padding */
  patches: Value;
  /** [batch, patches] int64, at least 0 */
  positions: Value;
  /** [batch, 1, patches, past + patches] */
  bias: Value;
  /** [rows] int64: the patches whose forecasts are wanted, one at least */
  pointRows: Value;
  /** [rows] int64: those of them, counted among them, whose long quantiles are wanted too; where the model has that head */
  quantileRows?: Value;
  /** of each layer, where there are earlier patches */
  past?: readonly Cache[];
  /** whether later patches attend to these */
  kept: boolean;
};

/** What it gives. */
export type PassOutputs = {
  /** [batch, rows, outputPatch, channels] */
  point: Value;
  /** [batch, rows, quantileHorizon, channels] where the model has that head */
  quantile?: Value;
  /** of each layer, where they are kept */
  caches: Cache[];
};

/**
 * One pass of the model over patches: those of a context, or those of a decode step.
 *
 * @throws {UserError} exit 4 if a tensor is missing or misshapen
 */
export function forwardPass(
  g: DialectBuilder,
  dimensions: Dimensions,
  weights: Weights,
  { name, tables, patches, positions, bias, pointRows, quantileRows, past, kept }: PassInputs,
): PassOutputs {
  const { inputPatch, layers, width, tokenizerWidth, levels } = dimensions;
  const channels = levels.length + 1;
  const grid = { sides: g.op("Shape", [patches], { start: 0, end: 2 }), patches: `${name}_patches` };
  const shared = { grid, positions, bias, ...tables };

  const tokens = g.asTokens(patches, grid, 2 * inputPatch);
  const tokenizer = { from: 2 * inputPatch, hidden: tokenizerWidth, to: width, bias: true };
  let x = residualBlock(g, tokens, weights.scope("tokenizer"), tokenizer);
  const batch = g.op("Shape", [patches], { start: 0, end: 1 });
  const chosen = (patches: Value, name: string) => ({
    rows: patches,
    grid: { sides: g.op("Concat", [batch, g.op("Shape", [patches])], { axis: 0 }), patches: name },
  });
  const asked = {
    ...chosen(pointRows, `${name}_asked`),
    positions: g.op("Gather", [positions, pointRows], { axis: 1 }),
    bias: g.op("Gather", [bias, pointRows], { axis: 2 }),
  };
  const caches: Cache[] = [];
  for (let i = 0; i < layers; i += 1) {
    const inputs = { ...shared, kept, ...(past === undefined ? {} : { past: past[i]! }) };
    // Of the last layer the other patches give keys and values alone.
    const wanted = i === layers - 1 ? asked : undefined;
    const layer = transformerLayer(g, x, weights.scope(`stacked_xf.${i}`), dimensions, inputs, wanted);
    if (layer.cache !== undefined) caches.push(layer.cache);
    x = layer.output;
  }

  const head = (scope: string, hidden: number, hours: number, tokens: Value, { sides }: Grid) => {
    const widths = { from: width, hidden, to: hours * channels, bias: false };
    const output = residualBlock(g, tokens, weights.scope(scope), widths);
    const shape = g.op("Concat", [sides, g.ints([hours, channels])], { axis: 0 });
    return g.op("Reshape", [output, shape], { allowzero: 1 });
  };
  const { pointWidth, outputPatch, quantileWidth, quantileHorizon } = dimensions;
  const point = head("output_projection_point", pointWidth, outputPatch, x, asked.grid);
  if (quantileRows === undefined) return { point, caches };
  const far = chosen(quantileRows, `${name}_far`);
  const farTokens = tokensOf(g, x, asked.grid, far, width);
  const quantile = head("output_projection_quantiles", quantileWidth, quantileHorizon, farTokens, far.grid);
  return { point, quantile, caches };
}

/**
 * Builds one pass as an ONNX model; one graph serves the context (no past) and decode steps.
 *
 * Inputs: `patches`, `positions`, `attention_bias`, `point_rows`, `quantile_rows` where the model has that head, `past_key.i` and
 * `past_value.i` of layer i, shaped as `PassInputs`. Outputs: `point`, `quantile` where the model has that head, `key.i` and
 * `value.i`, shaped as `PassOutputs`; `taps` adds the output of every module under its name in the checkpoint, for tests.
 *
 * @param location file name of the weights
 * @throws {UserError} exit 4 if a tensor is missing, misshapen or unknown to the architecture
 */
export function buildPass(
  dimensions: Dimensions,
  weights: Weights,
  location: string,
  { taps = false, dialect = "cpu" }: { taps?: boolean; dialect?: Dialect } = {},
): Model {
  const { inputPatch, layers, outputPatch, quantileHorizon, levels } = dimensions;
  const g = dialectBuilder(dialect, location, taps);
  const cached = g.headSides("past", dimensions);
  const { point, quantile, caches } = forwardPass(g, dimensions, weights, {
    name: "all",
    tables: rotaryTables(g, dimensions, 1),
    patches: g.input("patches", "float", ["batch", "patches", 2 * inputPatch]),
    positions: g.input("positions", "int64", ["batch", "patches"]),
    bias: g.input("attention_bias", "float", ["batch", 1, "patches", "keys"]),
    pointRows: g.input("point_rows", "int64", ["point_rows"]),
    ...(quantileHorizon > 0 ? { quantileRows: g.input("quantile_rows", "int64", ["quantile_rows"]) } : {}),
    past: Array.from({ length: layers }, (_, i) => ({
      key: g.input(`past_key.${i}`, "float", cached),
      value: g.input(`past_value.${i}`, "float", cached),
    })),
    kept: true,
  });
  const head = (name: string, value: Value, hours: number) =>
    g.output(name, value, ["batch", `${name}_rows`, hours, levels.length + 1]);
  head("point", point, outputPatch);
  if (quantile !== undefined) head("quantile", quantile, quantileHorizon);
  caches.forEach(({ key, value }, i) => {
    g.output(`key.${i}`, key, g.headSides("keys", dimensions));
    g.output(`value.${i}`, value, g.headSides("keys", dimensions));
  });
  checkAllUsed(weights, location);
  return g.model("timesfm-2.5", g.opset, { domains: g.domains });
}

/** @throws {UserError} exit 4 if there are tensors that the architecture does not know */
export function checkAllUsed(weights: Weights, location: string): void {
  const unused = weights.unused();
  if (unused.length === 0) return;
  const shown = unused.slice(0, 5).map((name) => `"${name}"`);
  const more = unused.length > 5 ? ` and ${unused.length - 5} more` : "";
  throw new UserError(
    `Cannot use model "${location}": TimesFM 2.5 has no tensor ${shown.join(", ")}${more}`,
    ExitCode.model,
  );
}

/**
 * Cosines and sines of every position, [positions, headWidth / 2] each: those that the context limit allows, and the patches of
 * `passes` forecasts after it.
 * Source: google-research/timesfm@3dae50b src/timesfm/torch/transformer.py, RotaryPositionalEmbedding.
 */
export function rotaryTables(
  g: GraphBuilder,
  { contextLimit, inputPatch, outputPatch, headWidth }: Dimensions,
  passes: number,
): { cos: Value; sin: Value } {
  const half = headWidth / 2;
  const count = Math.ceil(contextLimit / inputPatch) + passes * Math.ceil(outputPatch / inputPatch);
  const periods = Float64Array.from({ length: half }, (_, i) => ROPE_BASE ** ((2 * i) / headWidth));
  const cos = new Float32Array(count * half);
  const sin = new Float32Array(count * half);
  for (let position = 0; position < count; position += 1) {
    for (let i = 0; i < half; i += 1) {
      const angle = position / periods[i]!;
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos: g.floats("rope_cos", cos, [count, half]), sin: g.floats("rope_sin", sin, [count, half]) };
}
