import type { Value } from "../onnx/graph-builder.ts";
import { encodeModel } from "../onnx/model-proto.ts";
import type { Safetensors } from "../onnx/safetensors.ts";
import { float, openSession, placeOf, type Tensor } from "../onnx/session.ts";
import { Weights } from "../onnx/weights.ts";
import { CpuBuilder } from "./dialects.ts";
import type { Dimensions } from "./dimensions.ts";
import { rotaryTables } from "./graph.ts";
import { linear, residualBlock, transformerLayer } from "./layers.ts";
import { RunningStats } from "./running-stats.ts";
import { syntheticSeries } from "./synthetic-series.ts";
import { placesOf, Tokens } from "./tokens.ts";

/** Enough of their 32 patches each that a Gram matrix of 1,280 inputs has full rank several times over. */
export const CALIBRATION_SERIES = 160;
const TOGETHER = 8;

/** Sums of x·xᵀ over the inputs x of linear layers, [from, from] by the layer's name. */
export type InputGrams = Map<string, Float64Array>;

/**
 * Runs synthetic series through a model and tells how the inputs of its linear layers hang together: those of the
 * transformer, layer by layer, then those of the quantile head. Memory stays that of one part.
 *
 * @param wanted names of the linear layers
 */
export async function* inputGrams(
  file: Safetensors,
  dimensions: Dimensions,
  wanted: ReadonlySet<string>,
  signal?: AbortSignal,
): AsyncGenerator<InputGrams> {
  const { folder, name } = await placeOf(file.path);
  const { inputPatch, width, layers } = dimensions;
  const weights = new Weights(file);
  const batches = calibrationBatches(inputPatch);
  const part = async (build: (g: GramBuilder) => Value): Promise<InputGrams> => {
    const g = new GramBuilder(name, wanted);
    g.output("next", build(g));
    return g.run(folder, batches, dimensions, signal);
  };

  yield part((g) => {
    const tokens = g.op("Reshape", [g.given("patches", 3), g.ints([-1, 2 * inputPatch])]);
    const sides = { from: 2 * inputPatch, hidden: dimensions.tokenizerWidth, to: width, bias: true };
    return residualBlock(g, tokens, weights.scope("tokenizer"), sides);
  });
  for (let i = 0; i < layers; i += 1) {
    yield part((g) => {
      const positions = g.given("positions", 2);
      return transformerLayer(g, g.given("x", 2), weights.scope(`stacked_xf.${i}`), dimensions, {
        grid: { sides: g.op("Shape", [positions]), patches: "patches" },
        positions,
        bias: g.given("attention_bias", 4),
        ...rotaryTables(g, dimensions, 1),
        kept: false,
      }).output;
    });
  }
  if (dimensions.quantileHorizon === 0) return;
  yield part((g) => {
    const x = g.given("x", 2);
    const head = weights.scope("output_projection_quantiles");
    const inner = g.silu(linear(g, x, head.scope("hidden_layer"), width, dimensions.quantileWidth));
    g.takenIn(head.scope("output_layer").path, inner);
    g.takenIn(head.scope("residual_layer").path, x);
    return x;
  });
}

/** Some series on their way through the model. */
type Batch = { tokens: Tokens; series: number; patches: number; x: Float32Array };

function calibrationBatches(inputPatch: number): Batch[] {
  const all = syntheticSeries(CALIBRATION_SERIES);
  return Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, i) => {
    const some = all.slice(i * TOGETHER, (i + 1) * TOGETHER);
    const patches = Math.floor(some[0]!.length / inputPatch);
    const tokens = new Tokens(some.length, patches, inputPatch);
    some.forEach((values, b) => {
      const stats = new RunningStats();
      for (let patch = 0; patch < patches; patch += 1) {
        const points = values.subarray(patch * inputPatch, (patch + 1) * inputPatch);
        stats.absorb(points);
        tokens.set(b, patch, points, stats);
      }
    });
    return { tokens, series: some.length, patches, x: new Float32Array(0) };
  });
}

/** Builds a part of the model whose linear layers tell x·xᵀ of what they take in. */
class GramBuilder extends CpuBuilder {
  readonly #wanted: ReadonlySet<string>;
  readonly #given: string[] = [];
  readonly #layers: string[] = [];

  constructor(location: string, wanted: ReadonlySet<string>) {
    super(location);
    this.#wanted = wanted;
  }

  given(name: string, rank: number): Value {
    this.#given.push(name);
    const type = name === "positions" ? "int64" : "float";
    return this.input(
      name,
      type,
      Array.from({ length: rank }, (_, axis) => `${name}.${axis}`),
    );
  }

  override takenIn(layer: string, x: Value): void {
    if (!this.#wanted.has(layer)) return;
    this.#layers.push(layer);
    this.output(layer, this.op("Gemm", [x, x], { transA: 1 }));
  }

  /** @param batches move on by this part */
  async run(
    folder: string,
    batches: readonly Batch[],
    { width }: Dimensions,
    signal: AbortSignal | undefined,
  ): Promise<InputGrams> {
    const graph = this.model("calibration", this.opset, { domains: this.domains });
    const session = await openSession(encodeModel(graph), folder, { device: "cpu", runs: "many" });
    try {
      const sums: InputGrams = new Map();
      for (const batch of batches) {
        signal?.throwIfAborted();
        const known: Record<string, Tensor> = {
          patches: batch.tokens.tensor(),
          ...placesOf(batch.patches, new Array<number>(batch.series).fill(0)),
          x: float(batch.x, [batch.x.length / width, width]),
        };
        const feeds = Object.fromEntries(this.#given.map((name) => [name, known[name]!]));
        const outputs = await session.run(feeds, [...this.#layers, "next"]);
        for (const layer of this.#layers) addTo(sums, layer, outputs[layer]!.data as Float32Array);
        batch.x = outputs.next!.data as Float32Array;
      }
      return sums;
    } finally {
      await session.close();
    }
  }
}

function addTo(sums: InputGrams, layer: string, values: Float32Array): void {
  const sum = sums.get(layer);
  if (sum === undefined) sums.set(layer, Float64Array.from(values));
  else for (let i = 0; i < values.length; i += 1) sum[i]! += values[i]!;
}
