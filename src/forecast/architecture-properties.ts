import { deviation, largest } from "./deviation.ts";
import type { Forecast, Forecaster } from "./forecaster.ts";

/** Something that holds for every TimesFM 2.5, whatever its weights. */
export type Property = {
  name: string;
  /** what must hold, in words */
  promise: string;
  /** @returns the largest deviation from it, in units of the tolerance: above 1 it does not hold */
  deviationOf(model: Forecaster, signal?: AbortSignal): Promise<number>;
};

/** Largest deviation as a share of the largest |value| of the series: what float32 makes of random weights is 1.5e-4. */
const TOLERANCE = 1e-3;
const HORIZON = 168;
const HOURS = 500; // no whole number of patches, so that padding takes part
const FACTOR = 3.7;
const SHIFT = -12.3;
const LEVEL = 42.5;

/** A day, a week and a trend, with values below 0, so that no forecast is cut off there. */
const series = Float64Array.from({ length: HOURS }, (_, hour) => wave(hour, 24) + 0.5 * wave(hour, 168) + hour / HOURS);
const scaled = series.map((value) => FACTOR * value + SHIFT);

/** Source: Das et al. (2024), "A decoder-only foundation model for time-series forecasting", and the reference's code. */
export const PROPERTIES: readonly Property[] = [
  {
    name: "scale and level",
    promise: "f(a·x + b) is a·f(x) + b",
    deviationOf: async (model, signal) => {
      const [plain, other] = [await alone(model, series, signal), await alone(model, scaled, signal)];
      const expected = [...channels(plain)].map((value) => FACTOR * value + SHIFT);
      return deviation(channels(other), expected, TOLERANCE * largest(scaled));
    },
  },
  {
    name: "constant series",
    promise: "its forecast is the constant",
    deviationOf: async (model, signal) => {
      const got = channels(await alone(model, new Float64Array(HOURS).fill(LEVEL), signal));
      return deviation(got, new Float64Array(got.length).fill(LEVEL), TOLERANCE * LEVEL);
    },
  },
  {
    name: "batches",
    promise: "a forecast does not depend on what is forecast beside it",
    deviationOf: async (model, signal) => {
      const batch = [scaled, series.subarray(0, 90), series, new Float64Array(33).fill(LEVEL)];
      const together = await model.forecast(batch, requestOf(signal));
      const single = await alone(model, series, signal);
      return deviation(channels(together[2]!), channels(single), TOLERANCE * largest(series));
    },
  },
];

async function alone(model: Forecaster, history: Float64Array, signal?: AbortSignal): Promise<Forecast> {
  const [forecast] = await model.forecast([history], requestOf(signal));
  return forecast!;
}

function requestOf(signal: AbortSignal | undefined): { horizon: number; signal?: AbortSignal } {
  return { horizon: HORIZON, ...(signal === undefined ? {} : { signal }) };
}

/** Mean and quantiles in one. */
function channels({ mean, quantiles }: Forecast): Float64Array {
  const all = new Float64Array(mean.length + quantiles.length);
  all.set(mean);
  all.set(quantiles, mean.length);
  return all;
}

function wave(hour: number, period: number): number {
  return Math.sin((2 * Math.PI * hour) / period);
}
