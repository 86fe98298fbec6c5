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
 * [quantile, N] for those of the last layer and the heads, which read the last patch alone, the second head in the first pass
 * alone; and for attention `query` [pairs = batch × heads, patches, headWidth], `key` [pairs, headWidth, keys], `share` [pairs,
 * patches, keys] and `value` [pairs, keys, headWidth], in the last layer `last_query` and `last_share` of one patch; output `done`,
 * of no meaning.
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
  const key = g.input("key", "float", ["pairs", headWidth, "keys"]);
  const value = g.input("value", "float", ["pairs", "keys", headWidth]);
  const attending = (prefix: string, patches: number | string) => ({
    query: g.input(`${prefix}query`, "float", ["pairs", patches, headWidth]),
    share: g.input(`${prefix}share`, "float", ["pairs", patches, "keys"]),
  });
  const [all, last] = [attending("", "patches"), attending("last_", 1)];
  g.output("done", block("body", "tokenizer", 2 * inputPatch, tokenizerWidth, width, true));
  for (let i = 0; i < layers; i += 1) {
    const layer = `stacked_xf.${i}`;
    const [{ query, share }, part] = i < layers - 1 ? ([all, "body"] as const) : ([last, "point"] as const);
    product("body", `${layer}.attn.qkv_proj`, width, 3 * heads * headWidth);
    g.op("MatMul", [query, key]);
    g.op("MatMul", [share, value]);
    product(part, `${layer}.attn.out`, heads * headWidth, width);
    product(part, `${layer}.ff0`, width, hiddenWidth);
    product(part, `${layer}.ff1`, hiddenWidth, width);
  }
  const channels = levels.length + 1;
  const { pointWidth, outputPatch, quantileWidth, quantileHorizon } = dimensions;
  block("point", "output_projection_point", width, pointWidth, outputPatch * channels);
  if (quantileHorizon > 0)
    block("quantile", "output_projection_quantiles", width, quantileWidth, quantileHorizon * channels);
  return g.model("products", g.opset, { domains: g.domains });
}
