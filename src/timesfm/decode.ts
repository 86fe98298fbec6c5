/**
 * Prefill and decode steps around the graph.
 *
 * Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_torch.py, decode().
 * @module
 */

import { float, int64, type Sequence, type Session, type Tensor } from "../onnx/session.ts";
import type { Dimensions } from "./dimensions.ts";
import type { Context } from "./preprocess.ts";
import { RunningStats } from "./running-stats.ts";
import { Tokens } from "./tokens.ts";

/** What the model says of one series, in the series' own scale. */
export type Decoded = {
  /** [context − inputPatch, channels] its forecast of the context itself; empty unless asked for */
  backcast: Float64Array;
  /** [(steps + 1) · outputPatch, channels] */
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

/**
 * @param contexts of equal length, a multiple of inputPatch
 * @returns one entry per context, in order
 */
export async function decode(
  session: Session,
  dimensions: Dimensions,
  contexts: readonly Context[],
  request: DecodeRequest,
): Promise<Decoded[]> {
  const sequence = session.sequence();
  try {
    return await decodeIn(sequence, dimensions, contexts, request);
  } finally {
    sequence.end();
  }
}

async function decodeIn(
  sequence: Sequence,
  dimensions: Dimensions,
  contexts: readonly Context[],
  request: DecodeRequest,
): Promise<Decoded[]> {
  const { inputPatch, outputPatch, quantileHorizon, levels, decodeChannel, layers } = dimensions;
  const channels = levels.length + 1;
  const batch = contexts.length;
  const padded = contexts.map(({ padding }) => Math.floor(padding / inputPatch));
  // Patches of padding alone change nothing after them; only the backcast has rows for them.
  const dropped = request.backcast ? 0 : Math.min(...padded);
  const masked = padded.map((count) => count - dropped);
  const patchCount = contexts[0]!.values.length / inputPatch - dropped;

  const tokens = new Tokens(batch, patchCount, inputPatch);
  const stats = contexts.map(() => new RunningStats());
  const statsByPatch: RunningStats[][] = contexts.map(() => []);
  contexts.forEach(({ values, padding }, b) => {
    for (let patch = 0; patch < patchCount; patch += 1) {
      const start = (patch + dropped) * inputPatch;
      const valid = Math.min(Math.max(padding - start, 0), inputPatch);
      const points = values.subarray(start + valid, start + inputPatch);
      stats[b]!.absorb(points);
      tokens.set(b, patch, points, stats[b]!);
      statsByPatch[b]!.push(Object.assign(new RunningStats(), stats[b]));
    }
  });

  const pointRows = request.backcast ? Array.from({ length: patchCount }, (_, i) => i) : [patchCount - 1];
  const cache = Array.from({ length: layers }, (_, i) => [`key.${i}`, `value.${i}`]).flat();
  const empty = () => float(new Float32Array(0), [batch, dimensions.heads, 0, dimensions.headWidth]);
  const run = async (
    current: Tokens,
    firstIndex: number,
    rows: { point: readonly number[]; quantile: readonly number[] },
    more: boolean,
  ) => {
    request.signal?.throwIfAborted();
    const feeds: Record<string, Tensor> = {
      ...current.feeds(firstIndex, masked),
      point_rows: int64(rows.point, [rows.point.length]),
      ...(quantileHorizon > 0 ? { quantile_rows: int64(rows.quantile, [rows.quantile.length]) } : {}),
    };
    if (firstIndex === 0) for (const name of cache) feeds[`past_${name}`] = empty();
    const wanted = ["point", ...(rows.quantile.length > 0 ? ["quantile"] : [])];
    const carried = Object.fromEntries((more ? cache : []).map((name) => [name, `past_${name}`]));
    return sequence.run(feeds, wanted, carried, request.signal);
  };

  const quantileRows = request.quantileHead ? [pointRows.length - 1] : [];
  const result = await run(tokens, 0, { point: pointRows, quantile: quantileRows }, request.steps > 0);
  const patchValues = outputPatch * channels;
  const point = floats(result.point);
  const outputs = contexts.map((_, b) => {
    const at = (b + 1) * pointRows.length - 1;
    return [stats[b]!.restore(point.subarray(at * patchValues, (at + 1) * patchValues))];
  });
  const backcasts = contexts.map((_, b) =>
    request.backcast
      ? joined(
          statsByPatch[b]!.slice(0, -1).map((patchStats, patch) => {
            const from = (b * patchCount + patch) * patchValues;
            return patchStats.restore(point.subarray(from, from + inputPatch * channels));
          }),
        )
      : new Float64Array(0),
  );
  const spreadValues = quantileHorizon * channels;
  const spreads = contexts.map((_, b) =>
    request.quantileHead
      ? stats[b]!.restore(floats(result.quantile).subarray(b * spreadValues, (b + 1) * spreadValues))
      : new Float64Array(0),
  );

  const perStep = outputPatch / inputPatch;
  for (let step = 0; step < request.steps; step += 1) {
    const next = new Tokens(batch, perStep, inputPatch);
    outputs.forEach((patches, b) => {
      const last = patches.at(-1)!;
      const fedBack = Float64Array.from({ length: outputPatch }, (_, i) => last[i * channels + decodeChannel]!);
      for (let patch = 0; patch < perStep; patch += 1) {
        const points = fedBack.subarray(patch * inputPatch, (patch + 1) * inputPatch);
        stats[b]!.absorb(points);
        next.set(b, patch, points, stats[b]!);
      }
    });
    const rows = { point: [perStep - 1], quantile: [] };
    const stepped = await run(next, patchCount + step * perStep, rows, step + 1 < request.steps);
    const stepPoint = floats(stepped.point);
    outputs.forEach((patches, b) => {
      patches.push(stats[b]!.restore(stepPoint.subarray(b * patchValues, (b + 1) * patchValues)));
    });
  }
  return contexts.map((_, b) => ({
    backcast: backcasts[b]!,
    forecast: joined(outputs[b]!),
    spread: spreads[b]!,
  }));
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError(`Cannot read model output of type ${tensor?.type}: expected float32`);
}

export function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
