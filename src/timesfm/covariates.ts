/**
 * Forecasts with covariates: a linear regression on what is known beside the series, and TimesFM on what it leaves.
 *
 * Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_base.py, forecast_with_covariates(), without
 * max_rows_per_col, whose sample only JAX's random numbers give.
 * @module
 */

import { type Covariates, covariateDesign, type Design, scaledBy, scaleOf } from "./covariate-design.ts";
import { spansOf, XREG_MODES, type XRegMode } from "./covariate-spans.ts";
import { joined } from "./decode.ts";
import type { ForecastConfig } from "./forecast-config.ts";
import { combined, ridgeFit } from "./ridge.ts";
import type { Channels, TimesFm } from "./timesfm.ts";

export type RegressionOptions = {
  /** "xreg + timesfm" unless given */
  mode?: XRegMode;
  /** penalty on the coefficients, the intercept's too; 0 unless given */
  ridge?: number;
  /** standardise what the regression is fitted to, each series by itself; true unless given */
  normalizePerSeries?: boolean;
};

/**
 * Forecasts series with covariates. How far follows, series by series, from the first dynamic covariate; it is maxHorizon
 * where all are static. One regression serves all series. What it says moves mean and quantiles alike: it adds no
 * uncertainty of its own.
 *
 * @param inputs one series each, oldest value first, without gaps; in mode "timesfm + xreg" longer than an input patch, no
 *               longer than the context, and of one horizon
 * @param config `returnBackcast` must be on, as in the reference
 * @returns one forecast per series, in order, of as many rows as its covariates reach ahead
 * @throws {RangeError} if a covariate does not fit the series, there is none, or a series or an option is out of range
 */
export async function forecastWithCovariates(
  model: TimesFm,
  inputs: readonly ArrayLike<number>[],
  covariates: Covariates,
  options: RegressionOptions,
  config: ForecastConfig,
  signal?: AbortSignal,
): Promise<Channels[]> {
  const { mode, ridge, normalizePerSeries } = checked(options, config);
  const series = inputs.map((input) => Float64Array.from(input));
  const spans = spansOf(series, covariates, mode, config, model.dimensions);
  const design = covariateDesign(covariates, spans, ridge === 0);
  const horizons = spans.map(({ horizon }) => horizon);
  const horizon = Math.max(...horizons);
  const forecast = (of: readonly Float64Array[], returnBackcast: boolean) =>
    of.length === 0 ? [] : model.forecast(of, horizon, { ...config, returnBackcast }, signal);
  const regression = (targets: readonly Float64Array[]) =>
    regress(design, targets, horizons, ridge, normalizePerSeries);

  if (mode === "xreg + timesfm") {
    const fits = regression(series);
    const outputs = await forecast(
      fits.map(({ residuals }) => residuals),
      false,
    );
    return outputs.map((output, i) => {
      const { ahead, mean, deviation } = fits[i]!;
      return moved(output, 0, ahead, (value, shift) => (value + shift) * deviation + mean);
    });
  }
  const outputs = await forecast(series, true);
  const { decodeChannel, inputPatch } = model.dimensions;
  const errors = outputs.map(({ rows, values }, i) => {
    const tail = series[i]!.subarray(inputPatch);
    const channels = values.length / rows;
    const firstRow = rows - horizon - tail.length; // the backcast ends where the history does
    return tail.map((value, point) => value - values[(firstRow + point) * channels + decodeChannel]!);
  });
  const fits = regression(errors);
  return outputs.map((output, i) => {
    const { ahead, mean, deviation } = fits[i]!;
    return moved(output, output.rows - horizon, ahead, (value, shift) => value + (shift * deviation + mean));
  });
}

function checked(
  { mode = "xreg + timesfm", ridge = 0, normalizePerSeries = true }: RegressionOptions,
  { returnBackcast }: ForecastConfig,
): Required<RegressionOptions> {
  const modes = XREG_MODES.map((one) => `"${one}"`).join(" or ");
  if (!XREG_MODES.includes(mode))
    throw new RangeError(`Cannot forecast with covariates in mode "${mode}": expected ${modes}`);
  if (!(ridge >= 0 && ridge < Infinity))
    throw new RangeError(`Cannot forecast with covariates and ridge ${ridge}: expected a number from 0`);
  if (!returnBackcast) throw new RangeError("Cannot forecast with covariates: returnBackcast is off, expected it on");
  return { mode, ridge, normalizePerSeries };
}

/** What the regression says of one series, in units of `deviation` around `mean`. */
type Fit = {
  mean: number;
  deviation: number;
  /** what it leaves of the targets */
  residuals: Float64Array;
  /** [horizon] */
  ahead: Float64Array;
};

function regress(
  design: Design,
  targets: readonly Float64Array[],
  horizons: readonly number[],
  ridge: number,
  normalizePerSeries: boolean,
): Fit[] {
  if (targets.length === 0) return [];
  const scales = targets.map((target) => (normalizePerSeries ? scaleOf(target) : { mean: 0, deviation: 1 }));
  const scaled = targets.map((target, i) => scaledBy(target, scales[i]!));
  const coefficients = ridgeFit(design.past, joined(scaled), ridge);
  const lengths = targets.map(({ length }) => length);
  const past = split(combined(design.past, coefficients), lengths);
  const ahead = split(combined(design.ahead, coefficients), horizons);
  return scaled.map((values, i) => ({
    ...scales[i]!,
    residuals: values.map((value, point) => value - past[i]![point]!),
    ahead: ahead[i]!,
  }));
}

function split(values: Float64Array, lengths: readonly number[]): Float64Array[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return values.subarray(at - length, at);
  });
}

/** As many rows as there are shifts, from row `from` on, every channel moved by the shift of its row. */
function moved(
  { rows, values }: Channels,
  from: number,
  shifts: Float64Array,
  move: (value: number, shift: number) => number,
): Channels {
  const channels = values.length / rows;
  const kept = values.slice(from * channels, (from + shifts.length) * channels);
  return { rows: shifts.length, values: kept.map((value, i) => move(value, shifts[Math.floor(i / channels)]!)) };
}
