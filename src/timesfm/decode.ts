/**
 * What goes into a forecast's graph, and what comes out of it.
 *
 * Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_torch.py, decode().
 * @module
 */

import { double, int64, type Session, type Tensor } from "../onnx/session.ts";
import type { Dimensions } from "./dimensions.ts";
import { RunningStats } from "./running-stats.ts";
import { placesOf, Tokens } from "./tokens.ts";

/** What the model says of one series, in the series' own scale. */
export type Decoded = {
  /** [context − inputPatch, channels] its forecast of the context itself; empty unless asked for */
  backcast: Float64Array;
  /** [hours, channels] of (steps + 1) · outputPatch hours at least */
  forecast: Float64Array;
  /** [quantileHorizon, channels] of the continuous quantile head; empty unless asked for */
  spread: Float64Array;
};

export type DecodeRequest = {
  /** decode steps after the prefill */
  steps: number;
  backcast: boolean;
  quantileHead: boolean;
  signal?: AbortSignal;
};

/** An open session of the graph of `buildForecast()`. */
export type Decoder = {
  session: Session;
  dimensions: Dimensions;
  /** that the graph makes in one run */
  passes: number;
};

/** A context, or one that goes on with what was forecast from it. */
type Readings = { values: Float32Array | Float64Array; padding: number };

/**
 * @param contexts as `prepareContext()` gives them, of equal length, a multiple of inputPatch
 * @returns one entry per context, in order
 */
export async function decode(
  decoder: Decoder,
  contexts: readonly Readings[],
  { steps, backcast, quantileHead, signal }: DecodeRequest,
): Promise<Decoded[]> {
  const { session, dimensions, passes } = decoder;
  const { inputPatch, outputPatch, quantileHorizon, levels } = dimensions;
  const channels = levels.length + 1;
  const batch = contexts.length;
  const padded = contexts.map(({ padding }) => Math.floor(padding / inputPatch));
  // Patches of padding alone change nothing after them; only the backcast has rows for them.
  const dropped = backcast ? 0 : Math.min(...padded);
  const masked = padded.map((count) => count - dropped);
  const patchCount = contexts[0]!.values.length / inputPatch - dropped;

  const { tokens, stats } = normalised(contexts, inputPatch, dropped, patchCount);
  const pointRows = backcast ? Array.from({ length: patchCount }, (_, i) => i) : [patchCount - 1];
  const quantileRows = quantileHead ? [pointRows.length - 1] : [];
  const latest = stats.map((byPatch) => byPatch.at(-1)!); // the model reads a patch at least
  const ofSeries = (value: (series: RunningStats) => number) => double(Float64Array.from(latest, value), [batch, 1, 1]);
  const feeds = {
    context: tokens.tensor(),
    ...placesOf(patchCount + ((passes - 1) * outputPatch) / inputPatch, masked),
    point_rows: int64(pointRows, [pointRows.length]),
    ...(quantileHorizon > 0 ? { quantile_rows: int64(quantileRows, [quantileRows.length]) } : {}),
    ...(passes > 1 ? { count: ofSeries(({ count }) => count), deviation: ofSeries(({ deviation }) => deviation) } : {}),
  };
  signal?.throwIfAborted();
  const result = await session.run(feeds, ["point", ...(quantileHead ? ["quantile"] : [])], signal);

  const point = floats(result.point);
  const patchValues = outputPatch * channels;
  const rows = pointRows.length + passes - 1;
  const decoded = contexts.map((_, b) => {
    const row = (i: number, length = patchValues) => {
      const start = (b * rows + i) * patchValues;
      return point.subarray(start, start + length);
    };
    const known = latest[b]!;
    const spreadValues = quantileHorizon * channels;
    const spread = quantileHead
      ? known.restore(floats(result.quantile).subarray(b * spreadValues, (b + 1) * spreadValues))
      : new Float64Array(0);
    const forecast: Float64Array[] = [];
    for (let i = pointRows.length - 1; i < rows; i += 1) {
      forecast.push(known.restore(row(i)));
      if (i < rows - 1) known.absorb(mediansOf(forecast.at(-1)!, dimensions)); // what the next pass fed on
    }
    const backcasts = stats[b]!.slice(0, backcast ? -1 : 0).map((upTo, patch) =>
      upTo.restore(row(patch, inputPatch * channels)),
    );
    return { backcast: joined(backcasts), forecast: joined(forecast), spread };
  });
  if (steps < passes) return decoded;

  const extended = contexts.map(({ values, padding }, b) => ({
    values: joined([values, mediansOf(decoded[b]!.forecast, dimensions)]),
    padding,
  }));
  const request = { steps: steps - passes, backcast: false, quantileHead: false };
  const rest = await decode(decoder, extended, signal === undefined ? request : { ...request, signal });
  return decoded.map((one, b) => ({ ...one, forecast: joined([one.forecast, rest[b]!.forecast]) }));
}

/**
 * Patches as tokens, each normalised by the statistics up to its end.
 *
 * @param dropped leading patches that are left out
 * @returns stats [batch][patches]
 */
function normalised(
  contexts: readonly Readings[],
  inputPatch: number,
  dropped: number,
  patches: number,
): { tokens: Tokens; stats: RunningStats[][] } {
  const tokens = new Tokens(contexts.length, patches, inputPatch);
  const stats = contexts.map(({ values, padding }, b) => {
    const running = new RunningStats();
    return Array.from({ length: patches }, (_, patch) => {
      const start = (patch + dropped) * inputPatch;
      const valid = Math.min(Math.max(padding - start, 0), inputPatch);
      const points = values.subarray(start + valid, start + inputPatch);
      running.absorb(points);
      tokens.set(b, patch, points, running);
      return Object.assign(new RunningStats(), running);
    });
  });
  return { tokens, stats };
}

/** @param forecast [hours, channels] */
function mediansOf(forecast: Float64Array, { levels, decodeChannel }: Dimensions): Float64Array {
  const channels = levels.length + 1;
  return Float64Array.from(
    { length: forecast.length / channels },
    (_, hour) => forecast[hour * channels + decodeChannel]!,
  );
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError(`Cannot read model output of type ${tensor?.type}: expected float32`);
}

export function joined(parts: readonly (Float32Array | Float64Array)[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
