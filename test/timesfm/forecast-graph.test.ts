import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { readTimesFm } from "../../src/forecast/open-timesfm.ts";
import { encodeModel } from "../../src/onnx/model-proto.ts";
import { float, int64, openSession, type Tensor } from "../../src/onnx/session.ts";
import { Weights } from "../../src/onnx/weights.ts";
import { decode } from "../../src/timesfm/decode.ts";
import { buildForecast } from "../../src/timesfm/forecast-graph.ts";
import { buildPass } from "../../src/timesfm/graph.ts";
import { parseConfig } from "../../src/timesfm/model-config.ts";
import { prepareContext } from "../../src/timesfm/preprocess.ts";
import { RunningStats } from "../../src/timesfm/running-stats.ts";
import { placesOf, Tokens } from "../../src/timesfm/tokens.ts";

const WEIGHTS = fileURLToPath(new URL("../fixtures/timesfm/model.safetensors", import.meta.url));
const CONFIG = readFileSync(fileURLToPath(new URL("../fixtures/timesfm/config.json", import.meta.url)), "utf8");
const STEPS = 3;
const CONTEXT = 128;

const wave = (length: number, of: (sine: number) => number) =>
  Float64Array.from({ length }, (_, i) => of(Math.sin(i / 3.8) + 0.3 * Math.sin(i * i)));

/** Series that statistics go wrong on: without change, far from zero, minute, and shorter than the context. */
const SERIES = [
  wave(CONTEXT, (sine) => 10 + sine),
  new Float64Array(CONTEXT),
  new Float64Array(CONTEXT).fill(1e6),
  wave(CONTEXT, (sine) => 1e6 + sine),
  wave(CONTEXT, (sine) => 1e-7 * sine),
  wave(CONTEXT, (sine) => 1e6 * sine),
  wave(45, (sine) => 5 + sine),
  Float64Array.of(3),
];

/** Decode steps one by one: the statistics, normalised patches, keys and values of each pass are those of the pass before. */
async function steppedByHand(): Promise<Float64Array[]> {
  const { file, dimensions, name } = await readTimesFm(WEIGHTS, parseConfig({ weightsFile: WEIGHTS, config: CONFIG }));
  const pass = encodeModel(buildPass(dimensions, new Weights(file), name));
  const session = await openSession(pass, dirname(WEIGHTS), { device: "cpu", runs: "many" });
  const { inputPatch, outputPatch, levels, layers, heads, headWidth, decodeChannel } = dimensions;
  const channels = levels.length + 1;
  const caches = Array.from({ length: layers }, (_, i) => [`key.${i}`, `value.${i}`]).flat();
  const results: Float64Array[] = [];
  for (const series of SERIES) {
    const { values, padding } = prepareContext(series, CONTEXT);
    const masked = Math.floor(padding / inputPatch);
    const stats = new RunningStats();
    const forecast: number[] = [];
    let past = new Map<string, Tensor>(
      caches.map((cache) => [cache, float(new Float32Array(0), [1, 0, heads * headWidth])]),
    );
    let [points, from, known]: [Float32Array | Float64Array, number, number] = [values, 0, padding];
    for (let step = 0; step <= STEPS; step += 1) {
      const patches: number = points.length / inputPatch;
      const tokens = new Tokens(1, patches, inputPatch);
      for (let patch = 0; patch < patches; patch += 1) {
        const start = Math.min(Math.max(known, patch * inputPatch), (patch + 1) * inputPatch);
        const valid = points.subarray(start, (patch + 1) * inputPatch);
        stats.absorb(valid);
        tokens.set(0, patch, valid, stats);
      }
      const all: number = from + patches;
      const { positions, attention_bias: bias } = placesOf(all, [masked]);
      const feeds = {
        patches: tokens.tensor(),
        positions: int64(Array.from(positions.data.slice(from), Number), [1, patches]),
        attention_bias: float((bias.data as Float32Array).slice(from * all), [1, 1, patches, all]),
        point_rows: int64([patches - 1], [1]),
        quantile_rows: int64([], [0]),
        ...Object.fromEntries(caches.map((cache) => [`past_${cache}`, past.get(cache)!])),
      };
      const result = await session.run(feeds, ["point", ...caches]);
      const restored = stats.restore(result.point!.data as Float32Array);
      forecast.push(...restored);
      past = new Map(caches.map((cache) => [cache, result[cache]!]));
      [points, from, known] = [restored.filter((_, i) => i % channels === decodeChannel), all, 0];
    }
    expect(forecast.length).toBe((STEPS + 1) * outputPatch * channels);
    results.push(Float64Array.from(forecast));
  }
  await session.close();
  return results;
}

let expected: Float64Array[];
beforeAll(async () => {
  expected = await steppedByHand();
});

/** Passes in the graph: with 1, and in part with 2, the forecast goes on in further runs; of 6 two are not asked for. */
it.each([
  ["cpu", 1],
  ["cpu", 2],
  ["cpu", 4],
  ["cpu", 6],
  ["gpu", 4],
] as const)("decode steps of the graph are those done one by one, as for %s, %d a run", async (dialect, passes) => {
  const config = parseConfig({ weightsFile: WEIGHTS, config: CONFIG });
  const { file, dimensions, folder, name } = await readTimesFm(WEIGHTS, config);
  const graph = buildForecast(dimensions, new Weights(file), name, dialect, passes);
  const session = await openSession(encodeModel(graph), folder, { device: "cpu", runs: "many" });
  const contexts = SERIES.map((series) => prepareContext(series, CONTEXT));
  const request = { steps: STEPS, backcast: false, quantileHead: false };
  const together = await decode({ session, dimensions, passes }, contexts, request);
  SERIES.forEach((series, i) => {
    const scale = Math.max(...series) - Math.min(...series);
    const furthest = Math.max(...expected[i]!.map((value, j) => Math.abs(value - together[i]!.forecast[j]!)));
    expect(furthest, `series ${i}`).toBeLessThanOrEqual(1e-4 * scale);
  });
  await session.close();
});
