import { type Covariates, checkSeries, type Span } from "./covariate-design.ts";
import type { Dimensions } from "./dimensions.ts";
import { compile, type ForecastConfig } from "./forecast-config.ts";

/** Which comes first: the regression, with TimesFM on its residuals, or TimesFM, with the regression on its residuals. */
export const XREG_MODES = ["xreg + timesfm", "timesfm + xreg"] as const;
export type XRegMode = (typeof XREG_MODES)[number];

/**
 * What of each series is regressed on and how far it is forecast: as far as its first dynamic covariate reaches, or maxHorizon
 * where all covariates are static. TimesFM says nothing of the first input patch, so its residuals leave that out.
 *
 * @throws {RangeError} if there is no covariate, or a series or its horizon does not suit the mode
 */
export function spansOf(
  series: readonly Float64Array[],
  covariates: Covariates,
  mode: XRegMode,
  config: ForecastConfig,
  dimensions: Dimensions,
): Span[] {
  if (Object.values(covariates).every((of) => Object.keys(of ?? {}).length === 0))
    throw new RangeError("Cannot forecast with covariates: none is given, expected at least one");
  const first = leading(covariates);
  if (first !== undefined) checkSeries(first.name, first.values.length, series.length);
  const { maxHorizon } = config;
  const { inputPatch } = dimensions;
  const spans = series.map((values, i): Span => {
    const { length } = values;
    const cannot = (state: string) => new RangeError(`Cannot forecast series ${i} with covariates: ${state}`);
    if (length === 0) throw cannot("it is empty, expected at least one value");
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw cannot(`it holds ${values[bad]} at ${bad}, expected numbers alone`);
    const horizon = first === undefined ? maxHorizon : first.values[i]!.length - length;
    if (horizon < 1)
      throw cannot(`"${first?.name}" has ${length + horizon} values, expected more than the ${length} of its history`);
    if (horizon > maxHorizon)
      throw cannot(`"${first?.name}" reaches ${horizon} points ahead, maxHorizon allows ${maxHorizon}`);
    if (mode === "xreg + timesfm") return { skipped: 0, length, horizon };
    const { context } = compile(config, horizon, dimensions);
    if (length > inputPatch && length <= context) return { skipped: inputPatch, length, horizon };
    throw cannot(`mode "${mode}" needs ${inputPatch + 1} to ${context} points of history, it has ${length}`);
  });
  const horizons = spans.map(({ horizon }) => horizon);
  if (mode === "timesfm + xreg" && new Set(horizons).size > 1)
    throw new RangeError(`Cannot forecast ${horizons.join(", ")} points in mode "${mode}": expected equal horizons`);
  return spans;
}

/** The furthest that dynamic covariates reach beyond their series, in points; undefined where there are none. */
export function reachOf(histories: readonly ArrayLike<number>[], covariates: Covariates): number | undefined {
  const first = leading(covariates);
  return first && Math.max(...histories.map(({ length }, i) => (first.values[i]?.length ?? 0) - length));
}

/** The covariate that says how far series are forecast: the first numerical one, else the first categorical one. */
function leading({ dynamicNumerical = {}, dynamicCategorical = {} }: Covariates) {
  const all = [...Object.entries(dynamicNumerical), ...Object.entries(dynamicCategorical)];
  return all.map(([name, values]) => ({ name, values }))[0];
}
