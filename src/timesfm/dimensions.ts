import { ExitCode, UserError } from "../errors.ts";
import type { Safetensors } from "../onnx/safetensors.ts";
import type { ModelConfig } from "./model-config.ts";
import { int8NameOf } from "./precision.ts";

/** The numbers that make one TimesFM 2.5 model out of the architecture. */
export type Dimensions = {
  /** hours of an input patch */
  inputPatch: number;
  /** hours that one decode step forecasts */
  outputPatch: number;
  /** hours of the continuous quantile head; 0 where the model has none */
  quantileHorizon: number;
  layers: number;
  width: number;
  heads: number;
  headWidth: number;
  hiddenWidth: number;
  tokenizerWidth: number;
  pointWidth: number;
  quantileWidth: number;
  /** [levels] ascending */
  levels: readonly number[];
  /** channel that is fed back between decode steps; channel 0 is the mean, channel i the i-th level */
  decodeChannel: number;
  /** most points of context and horizon together */
  contextLimit: number;
  /** the context that serves the model best */
  recommendedContext: number;
};

/** Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_base.py, the 200M definition. */
const DEFAULTS = {
  quantiles: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  contextLimit: 16_384,
  recommendedContext: 1024,
};

/**
 * Reads the dimensions off the shapes of a checkpoint and holds them against its config.
 *
 * @throws {UserError} exit 4, naming the tensor that is missing or contradicts the config
 */
export function dimensionsOf(file: Safetensors, config: ModelConfig): Dimensions {
  const cannot = (state: string) => new UserError(`Cannot use model "${file.path}": ${state}`, ExitCode.model);
  const shapeOf = (name: string) =>
    file.tensors.get(name)?.shape ?? file.tensors.get(int8NameOf(name))?.shape.toReversed();
  const side = (name: string, axis: number): number => {
    const found = shapeOf(name)?.[axis];
    if (found === undefined || found === 0) throw cannot(`it has no usable tensor "${name}", so it is no TimesFM 2.5`);
    return found;
  };
  const agreed = (what: string, tensor: string, derived: number, stated: number | undefined): number => {
    if (stated !== undefined && stated !== derived) {
      throw cannot(`config.json says ${what} ${stated}, but tensor "${tensor}" makes it ${derived}`);
    }
    return derived;
  };
  const divided = (tensor: string, value: number, divisor: number): number => {
    if (value % divisor !== 0) throw cannot(`${value} rows of tensor "${tensor}" are no multiple of ${divisor}`);
    return value / divisor;
  };

  const levels = config.quantiles ?? DEFAULTS.quantiles;
  const channels = levels.length + 1;
  const width = side("tokenizer.output_layer.weight", 0);
  const headWidth = side("stacked_xf.0.attn.query_ln.scale", 0);
  const qkv = "stacked_xf.0.attn.qkv_proj.weight";
  const point = "output_projection_point.output_layer.weight";
  const quantile = "output_projection_quantiles.output_layer.weight";
  const hasQuantileHead = shapeOf(quantile) !== undefined;
  const input = "tokenizer.hidden_layer.weight";
  let layers = 0;
  while (shapeOf(`stacked_xf.${layers}.attn.qkv_proj.weight`) !== undefined) layers += 1;
  const median = levels.findIndex((level) => Math.abs(level - 0.5) < 1e-9) + 1;
  const decodeChannel = config.decode_index ?? median;
  if (decodeChannel < 1 || decodeChannel > levels.length) throw cannot(`decode_index ${decodeChannel} is no quantile`);

  return {
    inputPatch: agreed(
      "input_patch_len",
      input,
      divided(input, side(input, 1), 2),
      config.input_patch_len ?? config.patch_length,
    ),
    outputPatch: agreed(
      "output_patch_len",
      point,
      divided(point, side(point, 0), channels),
      config.output_patch_len ?? config.horizon_length,
    ),
    quantileHorizon: agreed(
      "output_quantile_len",
      quantile,
      hasQuantileHead ? divided(quantile, side(quantile, 0), channels) : 0,
      config.output_quantile_len ?? config.quantile_horizon_length,
    ),
    layers,
    width,
    headWidth,
    heads: divided(qkv, side(qkv, 0), 3 * headWidth),
    hiddenWidth: side("stacked_xf.0.ff0.weight", 0),
    tokenizerWidth: side(input, 0),
    pointWidth: side("output_projection_point.hidden_layer.weight", 0),
    quantileWidth: hasQuantileHead ? side("output_projection_quantiles.hidden_layer.weight", 0) : 0,
    levels,
    decodeChannel,
    contextLimit: config.context_limit ?? config.context_length ?? DEFAULTS.contextLimit,
    recommendedContext: config.recommended_context ?? DEFAULTS.recommendedContext,
  };
}
