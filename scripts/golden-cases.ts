import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Device } from "../src/forecast/open-model.ts";
import { openTimesFm } from "../src/forecast/open-timesfm.ts";
import { type ForecastConfig, REFERENCE_DEFAULTS } from "../src/timesfm/forecast-config.ts";
import { parseConfig } from "../src/timesfm/model-config.ts";
import type { TimesFm } from "../src/timesfm/timesfm.ts";

/** |got − expected| ≤ this × the scale of the series: on the CPU, and on devices that round in other places */
export const toleranceOn = (device: Device) => (device === "cpu" ? 2e-5 : 1e-3);

const Case = z.object({
  name: z.string(),
  api: z.enum(["forecast", "forecast_naive"]),
  inputs: z.array(z.string()),
  horizon: z.number(),
  config: z.record(z.string(), z.union([z.number(), z.boolean()])).nullish(),
  shape: z.array(z.number()).length(3),
  first_valid_row: z.number().nullish(),
  rows: z.array(z.number()),
  quantiles: z.array(z.array(z.array(z.number()))),
  channel_mean: z.array(z.array(z.number())),
  scale: z.array(z.number()),
});
export type GoldenCase = z.infer<typeof Case>;

const Cases = z.object({
  cases: z.array(Case),
  errors: z.array(z.object({ name: z.string(), raised_by: z.string() })).nullish(),
});

const SeriesFile = z.object({ series: z.record(z.string(), z.array(z.number().nullable())) });

/** A folder of golden cases: model.safetensors, config.json, series.json and cases.json, as in test/fixtures/timesfm. */
export type Golden = {
  model: TimesFm;
  tolerance: number;
  cases: GoldenCase[];
  errors: { name: string; raised_by: string }[];
  /** NaN = missing */
  series: Record<string, number[]>;
};

export async function openGolden(folder: string, device: Device = "cpu"): Promise<Golden> {
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  const weightsFile = join(folder, "model.safetensors");
  const config = existsSync(join(folder, "config.json")) ? text("config.json") : undefined;
  const { model } = await openTimesFm(weightsFile, parseConfig({ weightsFile, config }), {
    device,
    horizon: 168, // as the product opens it
  });
  const { cases, errors } = Cases.parse(JSON.parse(text("cases.json")));
  const file = SeriesFile.parse(JSON.parse(text("series.json")));
  const series = Object.fromEntries(
    Object.entries(file.series).map(([name, values]) => [name, values.map((value) => value ?? Number.NaN)]),
  );
  return { model, tolerance: toleranceOn(device), cases, errors: errors ?? [], series };
}

/** `max_context` → `maxContext`. */
function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The flags of a case: what it states over the reference's defaults; `forecast_naive` uses none of them. */
function configOf({ api, config, horizon }: GoldenCase, longest: number): ForecastConfig {
  if (api === "forecast_naive") {
    const none = { forceFlipInvariance: false, inferIsPositive: false };
    return { ...REFERENCE_DEFAULTS, ...none, maxContext: longest, maxHorizon: horizon };
  }
  const stated = Object.fromEntries(Object.entries(config ?? {}).map(([name, value]) => [camel(name), value]));
  return { ...REFERENCE_DEFAULTS, maxContext: longest, maxHorizon: horizon, ...stated };
}

/** The worst breach of a case's tolerance in words; undefined where it holds. */
export async function breachOf(golden: Golden, one: GoldenCase): Promise<string | undefined> {
  const inputs = one.inputs.map((name) => golden.series[name]!);
  const config = configOf(one, Math.max(...inputs.map((series) => series.length)));
  const results = await golden.model.forecast(inputs, one.horizon, config);
  const [series, rows, channels] = one.shape;
  if (results.length !== series || results.some((result) => result.values.length !== rows! * channels!)) {
    return `shape [${results.length}, ${results[0]?.rows}, …], expected [${one.shape}]`;
  }
  let worst = { ratio: 0, text: "" };
  const compare = (got: number, expected: number, scale: number, where: string) => {
    const ratio = Math.abs(got - expected) / (golden.tolerance * scale);
    if (!(ratio <= worst.ratio))
      worst = { ratio, text: `${where}: ${got}, expected ${expected}, ${ratio.toFixed(2)} × tolerance` };
  };
  const firstValid = one.first_valid_row ?? 0;
  results.forEach(({ values }, s) => {
    const scale = one.scale[s]!;
    one.rows.forEach((row, i) => {
      if (row < firstValid) return;
      for (let c = 0; c < channels!; c += 1) {
        compare(
          values[row * channels! + c]!,
          one.quantiles[s]![i]![c]!,
          scale,
          `${one.inputs[s]} row ${row} channel ${c}`,
        );
      }
    });
    for (let c = 0; c < channels!; c += 1) {
      let sum = 0;
      for (let row = firstValid; row < rows!; row += 1) sum += values[row * channels! + c]!;
      compare(sum / (rows! - firstValid), one.channel_mean[s]![c]!, scale, `${one.inputs[s]} mean of channel ${c}`);
    }
  });
  return worst.ratio <= 1 ? undefined : worst.text;
}

/** Arguments of the calls that must be refused, by the name of the error. */
export async function errorBreachOf(golden: Golden, name: string): Promise<string | undefined> {
  const { contextLimit, outputPatch, quantileHorizon } = golden.model.dimensions;
  const flags = { ...REFERENCE_DEFAULTS, maxContext: 64, maxHorizon: outputPatch };
  const calls: Record<string, () => Promise<unknown>> = {
    horizon_gt_max_horizon: () => golden.model.forecast([[1, 2, 3]], outputPatch + 1, flags),
    context_plus_horizon_gt_limit: () => golden.model.forecast([[1, 2, 3]], 1, { ...flags, maxContext: contextLimit }),
    contq_horizon_gt_os: () =>
      golden.model.forecast([[1, 2, 3]], 1, {
        ...flags,
        maxHorizon: quantileHorizon + 1,
        useContinuousQuantileHead: true,
      }),
  };
  const call = calls[name];
  if (call === undefined) return "no such error is known here";
  return call().then(
    () => "nothing was raised",
    (error: unknown) => (error instanceof RangeError ? undefined : `raised ${error}`),
  );
}
