import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { z } from "zod";
import type { ForecastModel } from "../../src/forecast/open-model.ts";

const GoldenForecasts = z.object({
  tolerance: z.number().positive(),
  cases: z
    .array(
      z.object({ history: z.array(z.number()), mean: z.array(z.number()), quantiles: z.array(z.array(z.number())) }),
    )
    .min(1),
});

/** Holds a model to the forecasts recorded beside its weights: |got − expected| ≤ tolerance × max |history|. */
export async function expectGolden(model: ForecastModel, file: string): Promise<void> {
  const { tolerance, cases } = GoldenForecasts.parse(JSON.parse(readFileSync(file, "utf8")));
  for (const { history, mean, quantiles } of cases) {
    const [forecast] = await model.forecast([Float64Array.from(history)], { horizon: mean.length });
    const limit = tolerance * Math.max(...history.map(Math.abs));
    expect(worstOf(forecast!.mean, mean), `mean from ${history.length} points`).toBeLessThanOrEqual(limit);
    expect(worstOf(forecast!.quantiles, quantiles.flat()), `quantiles from ${history.length}`).toBeLessThanOrEqual(
      limit,
    );
  }
}

/** The largest difference; infinite where lengths differ. */
function worstOf(got: Float64Array, expected: readonly number[]): number {
  if (got.length !== expected.length) return Infinity;
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(got[i]! - value)), 0);
}
