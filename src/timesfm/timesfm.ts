import { type Decoded, type Decoder, decode } from "./decode.ts";
import type { Dimensions } from "./dimensions.ts";
import { compile, type ForecastConfig } from "./forecast-config.ts";
import { applySpread, fixCrossing, flipAverage } from "./postprocess.ts";
import { type Context, prepareContext } from "./preprocess.ts";

/** A forecast of one series as the reference returns it. */
export type Channels = {
  /** rows: the horizon, after the backcast's rows where asked for */
  rows: number;
  /** [rows, 1 + levels] mean, then quantiles ascending */
  values: Float64Array;
};

/** Memory for the keys and values of series that run together, in bytes: more of them are no faster, one by one. */
const MOST_CACHE_BYTES = 2 ** 30;

/** TimesFM 2.5 of any size on an open session. */
export class TimesFm {
  readonly dimensions: Dimensions;
  readonly #decoder: Decoder;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
    this.dimensions = decoder.dimensions;
  }

  /**
   * @param inputs one series each, oldest value first, NaN = missing
   * @returns one forecast per series, in order
   * @throws {RangeError} if the horizon, the context or a series is out of the model's range
   */
  async forecast(
    inputs: readonly ArrayLike<number>[],
    horizon: number,
    config: ForecastConfig,
    signal?: AbortSignal,
  ): Promise<Channels[]> {
    const { context, steps } = compile(config, horizon, this.dimensions);
    const prepared = inputs.map((series) => prepareContext(series, context));
    const results: Channels[] = [];
    const fitting = seriesThatFit(context, this.dimensions) / (config.forceFlipInvariance ? 2 : 1);
    const together = Math.min(config.perCoreBatchSize, Math.max(1, Math.floor(fitting)));
    for (let from = 0; from < prepared.length; from += together) {
      const batch = prepared.slice(from, from + together);
      results.push(...(await this.#forecastBatch(batch, horizon, steps, config, signal)));
    }
    return results;
  }

  async close(): Promise<void> {
    await this.#decoder.session.close();
  }

  async #forecastBatch(
    contexts: readonly Context[],
    horizon: number,
    steps: number,
    config: ForecastConfig,
    signal: AbortSignal | undefined,
  ): Promise<Channels[]> {
    const { levels } = this.dimensions;
    const channels = levels.length + 1;
    const scales = contexts.map(({ values }) =>
      config.normalizeInputs ? standardScale(values) : { mean: 0, deviation: 1 },
    );
    const scaled = contexts.map(({ values, padding }, i) => ({
      values: standardised(values, padding, scales[i]!),
      padding,
    }));
    const run = (batch: readonly Context[]) =>
      decode(this.#decoder, batch, {
        steps,
        backcast: config.returnBackcast,
        quantileHead: config.useContinuousQuantileHead,
        ...(signal === undefined ? {} : { signal }),
      });
    let decoded: Decoded[];
    if (config.forceFlipInvariance) {
      const mirrored = scaled.map(({ values, padding }) => ({ values: values.map((value) => -value), padding }));
      const both = await run([...scaled, ...mirrored]);
      decoded = scaled.map((_, i) => flipAverage(both[i]!, both[scaled.length + i]!, this.dimensions));
    } else {
      decoded = await run(scaled);
    }
    return decoded.map((one, i) => {
      if (config.useContinuousQuantileHead) applySpread(one, this.dimensions);
      const values = new Float64Array(one.backcast.length + horizon * channels);
      values.set(one.backcast);
      values.set(one.forecast.subarray(0, horizon * channels), one.backcast.length);
      if (config.fixQuantileCrossing) fixCrossing(values, this.dimensions);
      const { mean, deviation } = scales[i]!;
      const floor = config.inferIsPositive && contexts[i]!.values.every((value) => value >= 0) ? 0 : -Infinity;
      for (let j = 0; j < values.length; j += 1) values[j] = Math.max(floor, values[j]! * deviation + mean);
      return { rows: values.length / channels, values };
    });
  }
}

function seriesThatFit(context: number, { inputPatch, layers, heads, headWidth }: Dimensions): number {
  const bytes = (context / inputPatch) * layers * heads * headWidth * 2 * Float32Array.BYTES_PER_ELEMENT;
  return MOST_CACHE_BYTES / bytes;
}

/** Mean and sample deviation of a whole context, its padding included, as the reference takes them. */
function standardScale(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

function standardised(
  values: Float32Array,
  padding: number,
  { mean, deviation }: { mean: number; deviation: number },
): Float32Array {
  const divisor = deviation >= 1e-6 ? deviation : 1;
  return values.map((value, i) => (i < padding ? 0 : (value - mean) / divisor));
}
