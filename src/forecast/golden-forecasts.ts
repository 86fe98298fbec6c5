import { z } from "zod";
import { ExitCode, UserError } from "../errors.ts";
import { forecastDeviation, largest } from "./deviation.ts";
import type { Forecaster } from "./forecaster.ts";

/** golden.json beside a model's weights: what the reference forecasts from a few histories. */
const GoldenForecasts = z.object({
  /** of the weights that it was recorded with, in hexadecimal */
  weights_sha256: z.string().optional(),
  /** largest |got − expected| as a share of the largest |history| */
  tolerance: z.number().positive(),
  cases: z
    .array(
      z.object({
        history: z.array(z.number()).min(1),
        mean: z.array(z.number()).min(1),
        quantiles: z.array(z.array(z.number())),
      }),
    )
    .min(1),
});
export type GoldenForecasts = z.infer<typeof GoldenForecasts>;

/**
 * @param file name of the file, for the error
 * @throws {UserError} exit 4 if the text is none
 */
export function parseGolden(text: string, file: string): GoldenForecasts {
  try {
    return GoldenForecasts.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(`Cannot read golden answers "${file}": ${String(error)}`, ExitCode.model, undefined, {
      cause: error,
    });
  }
}

/** @returns the largest deviation from the recorded forecasts, in units of the tolerance: above 1 they are missed */
export async function goldenDeviation(
  model: Forecaster,
  { tolerance, cases }: GoldenForecasts,
  signal?: AbortSignal,
): Promise<number> {
  let worst = 0;
  for (const { history, mean, quantiles } of cases) {
    const request = { horizon: mean.length, ...(signal === undefined ? {} : { signal }) };
    const [forecast] = await model.forecast([Float64Array.from(history)], request);
    const limit = tolerance * largest(history);
    worst = Math.max(worst, forecastDeviation(forecast!, { mean, quantiles: quantiles.flat() }, limit));
  }
  return worst;
}
