import type { Dimensions } from "../timesfm/dimensions.ts";
import type { ForecastConfig } from "../timesfm/forecast-config.ts";

/** Enough series for large matrix products, few enough for memory to stay bounded. */
const BATCH = 32;

/** How `drp` runs a model. `context` is the model's recommended one unless given. */
export function flagsOf(
  dimensions: Dimensions,
  horizon: number,
  context: number | undefined,
  batch = BATCH,
): ForecastConfig {
  return {
    maxContext: context ?? Math.min(dimensions.recommendedContext, longestContext(dimensions, horizon)),
    maxHorizon: horizon,
    normalizeInputs: false,
    perCoreBatchSize: batch,
    useContinuousQuantileHead: roundedUp(horizon, dimensions.outputPatch) <= dimensions.quantileHorizon,
    forceFlipInvariance: false,
    inferIsPositive: true,
    fixQuantileCrossing: true,
    returnBackcast: false,
  };
}

/** The longest context that leaves room for a horizon, in points. */
export function longestContext({ contextLimit, inputPatch, outputPatch }: Dimensions, horizon: number): number {
  return Math.floor((contextLimit - roundedUp(horizon, outputPatch)) / inputPatch) * inputPatch;
}

function roundedUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
