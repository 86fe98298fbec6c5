import type { Value } from "../onnx/graph-builder.ts";
import type { Model } from "../onnx/model-proto.ts";
import type { Weights } from "../onnx/weights.ts";
import { dialectBuilder } from "./dialects.ts";
import type { Dimensions } from "./dimensions.ts";
import { linear } from "./layers.ts";

type Part = "body" | "point" | "quantile";

/**
 * The matrix products of one forward pass and nothing else, those of the layers each on its own weights: what no arrangement of
 * the model can be faster than.
 *
 * Inputs `body.N` [body = batch × patches, N] for every width N that a product reads, `point.N` [point = batch, N] and `quantile.N`
 * [quantile, N] for those of the heads, which read the last patch alone, the second of them in the first pass alone; and for
 * attention `query` [pairs = batch × heads, patches, headWidth], `key` [pairs, headWidth, keys], `share` [pairs, patches, keys] and
 * `value` [pairs, keys, headWidth]; output `done`, of no meaning.
 */
export function buildProducts(dimensions: Dimensions, weights: Weights, location: string): Model {
  const { inputPatch, width, heads, headWidth, hiddenWidth, tokenizerWidth, levels, layers } = dimensions;
  const g = dialectBuilder("cpu", location);
  const inputs = new Map<string, Value>();
  const product = (part: Part, name: string, from: number, to: number, bias = false) => {
    const port = `${part}.${from}`;
    const x = inputs.get(port) ?? g.input(port, "float", [part, from]);
    inputs.set(port, x);
    return linear(g, x, weights.scope(name), from, to, bias);
  };
  const block = (part: Part, name: string, from: number, hidden: number, to: number, bias = false) => {
    product(part, `${name}.hidden_layer`, from, hidden, bias);
    product(part, `${name}.output_layer`, hidden, to, bias);
    return product(part, `${name}.residual_layer`, from, to, bias);
  };
  const query = g.input("query", "float", ["pairs", "patches", headWidth]);
  const key = g.input("key", "float", ["pairs", headWidth, "keys"]);
  const share = g.input("share", "float", ["pairs", "patches", "keys"]);
  const value = g.input("value", "float", ["pairs", "keys", headWidth]);
  g.output("done", block("body", "tokenizer", 2 * inputPatch, tokenizerWidth, width, true));
  for (let i = 0; i < layers; i += 1) {
    const layer = `stacked_xf.${i}`;
    product("body", `${layer}.attn.qkv_proj`, width, 3 * heads * headWidth);
    g.op("MatMul", [query, key]);
    g.op("MatMul", [share, value]);
    product("body", `${layer}.attn.out`, heads * headWidth, width);
    product("body", `${layer}.ff0`, width, hiddenWidth);
    product("body", `${layer}.ff1`, hiddenWidth, width);
  }
  const channels = levels.length + 1;
  const { pointWidth, outputPatch, quantileWidth, quantileHorizon } = dimensions;
  block("point", "output_projection_point", width, pointWidth, outputPatch * channels);
  if (quantileHorizon > 0)
    block("quantile", "output_projection_quantiles", width, quantileWidth, quantileHorizon * channels);
  return g.model("products", g.opset, { domains: g.domains });
}
