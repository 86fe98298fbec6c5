import type { Dimensions } from "./dimensions.ts";

/**
 * The reference's ForecastConfig, in camelCase; defaults are the reference's.
 * Source: google-research/timesfm@3dae50b src/timesfm/configs.py
 */
export type ForecastConfig = {
  /** latest points read, rounded up to whole patches */
  maxContext: number;
  /** longest horizon asked for, rounded up to whole output patches */
  maxHorizon: number;
  /** standardise each context first; matters to rounding alone */
  normalizeInputs: boolean;
  /** series run together; more are run batch by batch */
  perCoreBatchSize: number;
  /** take the spread of the quantiles from the head that sees the whole horizon at once */
  useContinuousQuantileHead: boolean;
  /** average with the mirrored forecast of the mirrored series; twice the work */
  forceFlipInvariance: boolean;
  /** no forecast below 0 for a series without negative values */
  inferIsPositive: boolean;
  /** make quantiles ascend, from the median outwards */
  fixQuantileCrossing: boolean;
  /** also return the model's forecast of the context itself */
  returnBackcast: boolean;
};

export const REFERENCE_DEFAULTS: Omit<ForecastConfig, "maxContext" | "maxHorizon"> = {
  normalizeInputs: false,
  perCoreBatchSize: 1,
  useContinuousQuantileHead: false,
  forceFlipInvariance: true,
  inferIsPositive: true,
  fixQuantileCrossing: false,
  returnBackcast: false,
};

/**
 * Rounds context and horizon up to whole patches.
 *
 * @throws {RangeError} if they exceed what the model can do, or the horizon exceeds `maxHorizon`
 */
export function compile(
  config: ForecastConfig,
  horizon: number,
  dimensions: Dimensions,
): { context: number; steps: number } {
  const { inputPatch, outputPatch, contextLimit, quantileHorizon } = dimensions;
  for (const [name, value] of Object.entries({
    horizon,
    maxContext: config.maxContext,
    maxHorizon: config.maxHorizon,
  })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`Cannot forecast with ${name} ${value}: expected 1 or more`);
  }
  const context = Math.ceil(config.maxContext / inputPatch) * inputPatch;
  const longest = Math.ceil(config.maxHorizon / outputPatch) * outputPatch;
  if (context + longest > contextLimit) {
    throw new RangeError(
      `Cannot forecast ${longest} points from ${context}: together they must not exceed the model's ${contextLimit}`,
    );
  }
  if (config.useContinuousQuantileHead && longest > quantileHorizon) {
    throw new RangeError(
      `Cannot use the continuous quantile head for ${longest} points: the model's head holds ${quantileHorizon}`,
    );
  }
  if (horizon > longest) throw new RangeError(`Cannot forecast ${horizon} points: maxHorizon allows ${longest}`);
  return { context, steps: Math.floor((horizon - 1) / outputPatch) };
}
