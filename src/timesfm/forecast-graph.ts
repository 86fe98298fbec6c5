import type { Value } from "../onnx/graph-builder.ts";
import { ElementType, type Model, type Node } from "../onnx/model-proto.ts";
import type { Weights } from "../onnx/weights.ts";
import { type Dialect, type DialectBuilder, dialectBuilder } from "./dialects.ts";
import type { Dimensions } from "./dimensions.ts";
import { checkAllUsed, forwardPass, rotaryTables } from "./graph.ts";
import { TOLERANCE } from "./running-stats.ts";

/** Beyond the end of every axis. */
const END = 2 ** 31 - 1;

/**
 * Builds a forecast as an ONNX model: the pass over a context, and decode steps that feed on the pass before. Keys and values
 * never leave the device that it runs on: they are the most that a pass gives, 105 MB for 8 series of 2,048 hours of the 200M model.
 *
 * Inputs:
 * - `context` [batch, patches, 2 · inputPatch] normalised values, then 1 where a value is padding
 * - `positions` [batch, all] int64 at least 0, and `attention_bias` [batch, 1, all, all]: of the patches of all passes
 * - `point_rows` [rows] int64: the patches of the context whose forecasts are wanted, the last of all at their end
 * - `quantile_rows` [rows] int64: those of them, counted among them, whose long quantiles are wanted too; where the model has
 *   that head
 * - `count`, `deviation` [batch, 1, 1] float64 of the values in the context; where there are decode steps
 *
 * Outputs, normalised: `point` [batch, rows + passes − 1, outputPatch, channels]; `quantile` [batch, rows, quantileHorizon,
 * channels] where the model has that head.
 *
 * @param location file name of the weights
 * @param passes   one, and the decode steps
 * @throws {UserError} exit 4 if a tensor is missing, misshapen or unknown to the architecture
 */
export function buildForecast(
  dimensions: Dimensions,
  weights: Weights,
  location: string,
  dialect: Dialect,
  passes: number,
): Model {
  const { inputPatch, outputPatch, levels, quantileHorizon } = dimensions;
  const channels = levels.length + 1;
  const g = dialectBuilder(dialect, location);
  const tables = rotaryTables(g, dimensions, passes);
  const context = g.input("context", "float", ["batch", "patches", 2 * inputPatch]);
  const positions = g.input("positions", "int64", ["batch", "all"]);
  const bias = g.input("attention_bias", "float", ["batch", 1, "all", "all"]);
  const ofPass = (from: Value, patches: Value) => {
    if (passes === 1) return { positions, bias };
    const to = g.op("Add", [from, g.op("Shape", [patches], { start: 1, end: 2 })]);
    const [corner, opposite] = [
      g.op("Concat", [from, g.ints([0])], { axis: 0 }),
      g.op("Concat", [to, to], { axis: 0 }),
    ];
    return {
      positions: g.op("Slice", [positions, from, to, g.ints([1])]),
      bias: g.op("Slice", [bias, corner, opposite, g.ints([2, 3])]),
    };
  };
  const first = forwardPass(g, dimensions, weights, {
    name: "context",
    tables,
    patches: context,
    ...ofPass(g.ints([0]), context),
    pointRows: g.input("point_rows", "int64", ["rows"]),
    ...(quantileHorizon > 0 ? { quantileRows: g.input("quantile_rows", "int64", ["quantile_rows"]) } : {}),
    kept: passes > 1,
  });
  const points = [first.point];
  if (passes > 1) {
    const ofSeries = (name: string) => g.input(name, "double", ["batch", 1, 1]);
    let known = { count: ofSeries("count"), deviation: ofSeries("deviation") };
    let { caches } = first;
    for (let pass = 1; pass < passes; pass += 1) {
      const { patches, ...stats } = nextPatches(g, dimensions, points.at(-1)!, known);
      const from = g.op("Shape", [caches[0]!.key], { start: g.patchAxis, end: g.patchAxis + 1 });
      const step = forwardPass(g, dimensions, weights, {
        name: `step_${pass}`,
        tables,
        patches,
        ...ofPass(from, patches),
        pointRows: g.ints([outputPatch / inputPatch - 1]),
        past: caches,
        kept: pass < passes - 1,
      });
      points.push(step.point);
      caches = step.caches;
      known = stats;
    }
  }
  const point = passes > 1 ? g.op("Concat", points, { axis: 1 }) : first.point;
  g.output("point", point, ["batch", "points", outputPatch, channels]);
  if (first.quantile !== undefined)
    g.output("quantile", first.quantile, ["batch", "quantile_rows", quantileHorizon, channels]);
  checkAllUsed(weights, location);
  const model = g.model("timesfm-2.5", g.opset, { domains: g.domains });
  return { ...model, graph: { ...model.graph, nodes: productsFirst(model.graph.nodes) } };
}

/**
 * The products of all passes with the same weights one after the other. ONNX Runtime, which finds its own order to run them in,
 * packs weights in the order of the nodes, and unmaps the file's once the last node that uses them has its share: otherwise a
 * model is in memory twice while it opens.
 */
function productsFirst(nodes: readonly Node[]): Node[] {
  const byWeights = new Map<string, Node[]>();
  for (const node of nodes) {
    const [, weights] = node.inputs;
    if (PRODUCTS.has(node.opType)) byWeights.set(weights!, [...(byWeights.get(weights!) ?? []), node]);
  }
  return [...[...byWeights.values()].flat(), ...nodes.filter(({ opType }) => !PRODUCTS.has(opType))];
}

/** Operators of x · weights on the CPU. */
const PRODUCTS: ReadonlySet<string> = new Set(["Gemm", "MatMulIntegerToFloat"]);

/** Statistics of the values of each series up to a patch, [batch, 1, 1] float64. */
type Stats = { count: Value; deviation: Value };

/**
 * The medians that the last patch foretells, as patches, each normalised by the statistics that include it; as `RunningStats` has it.
 *
 * @param point [batch, rows, outputPatch, channels]
 * @param stats up to the last patch
 * @returns patches [batch, outputPatch / inputPatch, 2 · inputPatch] and the statistics up to the last of them
 */
function nextPatches(
  g: DialectBuilder,
  { inputPatch, outputPatch, decodeChannel }: Dimensions,
  point: Value,
  { count, deviation }: Stats,
): Stats & { patches: Value } {
  const steps = outputPatch / inputPatch;
  const double = (name: string, values: readonly number[], shape: readonly number[]) =>
    g.doubles(name, Float64Array.from(values), shape);
  const lastOf = (x: Value) => g.op("Slice", [x, g.ints([-1]), g.ints([END]), g.ints([1])]);
  const medians = g.op("Gather", [lastOf(point), g.int(decodeChannel)], { axis: 3 }); // [batch, 1, outputPatch]
  const byPatch = g.op("Reshape", [medians, g.ints([-1, steps, inputPatch])]);
  // Less the mean so far, so that no digits are lost to it.
  const values = g.op("Mul", [g.op("Cast", [byPatch], { to: ElementType.double }), deviation]);
  const sumOf = (x: Value) => g.op("CumSum", [g.op("ReduceSum", [x, g.ints([2])], { keepdims: 1 }), g.int(1)]); // [batch, steps, 1]
  const added = Array.from({ length: steps }, (_, i) => (i + 1) * inputPatch);
  const counts = g.op("Add", [count, double("added points", added, [1, steps, 1])]);
  const shift = g.op("Div", [sumOf(values), counts]);
  const before = g.op("Mul", [count, g.op("Mul", [deviation, deviation])]);
  const squares = g.op("Add", [before, sumOf(g.op("Mul", [values, values]))]);
  const variance = g.op("Sub", [g.op("Div", [squares, counts]), g.op("Mul", [shift, shift])]);
  const deviations = g.op("Sqrt", [g.op("Max", [variance, double("float64 0", [0], [])])]);
  const varies = g.op("GreaterOrEqual", [deviations, double("tolerance", [TOLERANCE], [])]);
  const divisor = g.op("Where", [varies, deviations, double("float64 1", [1], [])]);
  const scaled = g.op("Cast", [g.op("Div", [g.op("Sub", [values, shift]), divisor])], { to: ElementType.float });
  const unpadded = g.op("Expand", [g.scalar(0), g.op("Shape", [scaled])]);
  return {
    patches: g.op("Concat", [scaled, unpadded], { axis: 2 }),
    count: lastOf(counts),
    deviation: lastOf(deviations),
  };
}
