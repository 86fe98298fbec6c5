import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openGolden, toleranceOn } from "../../scripts/golden-cases.ts";
import type { Covariates } from "../../src/timesfm/covariate-design.ts";
import { reachOf, type XRegMode } from "../../src/timesfm/covariate-spans.ts";
import { forecastWithCovariates, type RegressionOptions } from "../../src/timesfm/covariates.ts";
import { type ForecastConfig, REFERENCE_DEFAULTS } from "../../src/timesfm/forecast-config.ts";
import type { TimesFm } from "../../src/timesfm/timesfm.ts";
import { expectClose } from "./expect-close.ts";

const FOLDER = fileURLToPath(new URL("../fixtures/timesfm", import.meta.url));
const numbers = z.array(z.number());
const Golden = z.object({
  data: z.record(
    z.string(),
    z.object({
      inputs: z.array(numbers),
      dynamic_numerical_covariates: z.record(z.string(), z.array(numbers)).optional(),
      dynamic_categorical_covariates: z.record(z.string(), z.array(z.array(z.string()))).optional(),
      static_numerical_covariates: z.record(z.string(), numbers).optional(),
      static_categorical_covariates: z.record(z.string(), z.array(z.string())).optional(),
    }),
  ),
  cases: z.array(
    z.object({
      name: z.string(),
      data: z.string(),
      args: z.object({
        xreg_mode: z.enum(["xreg + timesfm", "timesfm + xreg"]),
        normalize_xreg_target_per_input: z.boolean().default(true),
        ridge: z.number().default(0),
      }),
      config: z.object({ max_context: z.literal(96), max_horizon: z.literal(128), per_core_batch_size: z.literal(3) }),
      point: z.array(numbers),
      rows: numbers,
      quantiles: z.array(z.array(numbers)),
    }),
  ),
});
const golden = Golden.parse(JSON.parse(readFileSync(`${FOLDER}/xreg.json`, "utf8")));
type Case = (typeof golden)["cases"][number];

const CHANNELS = 10;
const MEDIAN = 5;
/** As every case states. */
const FLAGS: ForecastConfig = {
  ...REFERENCE_DEFAULTS,
  maxContext: 96,
  maxHorizon: 128,
  perCoreBatchSize: 3,
  useContinuousQuantileHead: true,
  inferIsPositive: false,
  fixQuantileCrossing: true,
  returnBackcast: true,
};

let model: TimesFm;
beforeAll(async () => {
  model = (await openGolden(FOLDER)).model;
});
afterAll(() => model.close());

const run = (
  inputs: readonly number[][],
  covariates: Covariates,
  options: RegressionOptions = {},
  flags: Partial<ForecastConfig> = {},
) => forecastWithCovariates(model, inputs, covariates, options, { ...FLAGS, ...flags });

function covariatesOf(data: string): { inputs: number[][]; covariates: Covariates } {
  const { inputs, ...of } = golden.data[data]!;
  return {
    inputs,
    covariates: {
      dynamicNumerical: of.dynamic_numerical_covariates ?? {},
      dynamicCategorical: of.dynamic_categorical_covariates ?? {},
      staticNumerical: of.static_numerical_covariates ?? {},
      staticCategorical: of.static_categorical_covariates ?? {},
    },
  };
}

/**
 * The worst breach of tolerance in words; undefined where it holds. The file allows 2e-3 of the largest value, for solving in
 * float32; solved in float64, answers must agree as closely as without covariates.
 */
async function breachOf({ data, args, point, rows, quantiles }: Case): Promise<string | undefined> {
  const { inputs, covariates } = covariatesOf(data);
  const { xreg_mode: mode, ridge, normalize_xreg_target_per_input: normalizePerSeries } = args;
  const results = await run(inputs, covariates, { mode, ridge, normalizePerSeries });
  const got = results.map((one) => one.rows);
  const expected = point.map(({ length }) => length);
  if (got.join() !== expected.join()) return `rows ${got}, expected ${expected}`;
  let worst = { ratio: 0, text: "" };
  results.forEach(({ values, rows: count }, s) => {
    const scale = Math.max(...[...point[s]!, ...quantiles[s]!.flat()].map(Math.abs));
    const compare = (row: number, channel: number, value: number) => {
      const ratio = Math.abs(values[row * CHANNELS + channel]! - value) / (toleranceOn("cpu") * scale);
      const where = `series ${s} row ${row} channel ${channel}`;
      if (!(ratio <= worst.ratio)) worst = { ratio, text: `${where}: ${ratio.toFixed(2)} × tolerance` };
    };
    point[s]!.forEach((value, row) => {
      compare(row, MEDIAN, value);
    });
    rows.forEach((row, i) => {
      quantiles[s]![i]!.forEach((value, channel) => {
        compare((row + count) % count, channel, value);
      });
    });
  });
  return worst.ratio <= 1 ? undefined : worst.text;
}

describe("forecastWithCovariates() gives the reference's answers", () => {
  it("of which there are seven", () => expect(golden.cases).toHaveLength(7));

  it.each(golden.cases)("$name", async (one) => {
    expect(await breachOf(one)).toBeUndefined();
  });

  it("and a wrong answer would be noticed", async () => {
    const shifted = structuredClone(golden.cases[0]!);
    shifted.point[1]![4]! *= 1.01;
    expect(await breachOf(shifted)).toContain("series 1 row 4 channel 5");
    const wide = structuredClone(golden.cases[3]!);
    wide.quantiles[2]![1]![9]! *= 1.01;
    expect(await breachOf(wide)).toContain("series 2 row 11 channel 9");
    const other = structuredClone(golden.cases[0]!);
    other.args.ridge = 5;
    expect(await breachOf(other)).toContain("× tolerance");
  });
});

const HORIZON = 6;
const wave = (length: number, seed = 0) =>
  Array.from({ length }, (_, i) => 5 + Math.sin((i + seed) / 3) + ((i * 7 + seed) % 5) / 4);
const known = (length: number) => Array.from({ length: length + HORIZON }, (_, i) => ((i * 13) % 11) / 2);
const MODES: readonly XRegMode[] = ["xreg + timesfm", "timesfm + xreg"];

describe("forecastWithCovariates()", () => {
  it.each(MODES)("does not see what is added to a covariate or multiplied with it (%s)", async (mode) => {
    const inputs = [wave(70), wave(50, 4)];
    const x = [known(70), known(50)];
    const [first, second] = await run(inputs, { dynamicNumerical: { x } }, { mode });
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: -50, max: 50, noNaN: true }),
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        async (a, b) => {
          const moved = x.map((values) => values.map((value) => a + b * value));
          const results = await run(inputs, { dynamicNumerical: { x: moved } }, { mode });
          expectClose(results[0]!.values, first!.values, 1e-3);
          expectClose(results[1]!.values, second!.values, 1e-3);
        },
      ),
      { numRuns: 8, seed: 1 },
    );
  });

  it("forecasts a series that is a covariate as the covariate goes on", async () => {
    const whole = wave(76);
    const [result] = await run([whole.slice(0, 70)], { dynamicNumerical: { whole: [whole] } });
    for (let row = 0; row < HORIZON; row += 1)
      for (let channel = 0; channel < CHANNELS; channel += 1)
        expect(result!.values[row * CHANNELS + channel]!).toBeCloseTo(whole[70 + row]!, 4);
  });

  it("takes a category that history does not know for none, at ridge 0 for the first", async () => {
    const inputs = [wave(60).map((value, i) => value + 3 * (i % 3))];
    const days = Array.from({ length: 60 + HORIZON }, (_, i) => ["a", "b", "c"][i % 3]!);
    const ahead = (category: string, ridge: number) => {
      const dynamicCategorical = { day: [[...days.slice(0, 60), ...new Array<string>(HORIZON).fill(category)]] };
      return run(inputs, { dynamicCategorical }, { ridge }).then(([result]) => result!.values);
    };
    expect(await ahead("new", 0)).toEqual(await ahead("a", 0));
    expect(await ahead("new", 0)).not.toEqual(await ahead("b", 0));
    const [none, ...seen] = await Promise.all(["new", "a", "b", "c"].map((category) => ahead(category, 1)));
    for (const values of seen) expect(values).not.toEqual(none);
  });

  it("reads numbers and texts alike as categories, 10 after 9", async () => {
    const inputs = [wave(60)];
    const of = (category: (i: number) => string | number) =>
      run(inputs, { dynamicCategorical: { c: [Array.from({ length: 66 }, (_, i) => category(i))] } });
    const [asNumbers] = await of((i) => 9 + (i % 2));
    const [asTexts] = await of((i) => ["nine", "ten"][i % 2]!);
    expectClose(asNumbers!.values, asTexts!.values, 1e-9);
    const [unknown] = await of((i) => (i < 60 ? 9 + (i % 2) : 11));
    const [first] = await of((i) => (i < 60 ? 9 + (i % 2) : 9));
    expect(unknown!.values).toEqual(first!.values);
  });

  it("forecasts maxHorizon points where all covariates are static", async () => {
    const staticNumerical = { size: [1, 2] };
    const results = await run([wave(60), wave(40, 2)], { staticNumerical, staticCategorical: { kind: ["x", "y"] } });
    expect(results.map(({ rows }) => rows)).toEqual([128, 128]);
    expect(results.every(({ values }) => values.every(Number.isFinite))).toBe(true);
  });

  it("leaves only the mean to a large ridge, which is what the model forecasts alone", async () => {
    const input = wave(70);
    const [alone] = await model.forecast([input], HORIZON, { ...FLAGS, returnBackcast: false });
    for (const mode of MODES) {
      const [result] = await run([input], { dynamicNumerical: { x: [known(70)] } }, { mode, ridge: 1e9 });
      if (mode === "xreg + timesfm") expectClose(result!.values, alone!.values, 1e-3);
      else expect(result!.values).not.toEqual(alone!.values); // the mean of its errors still moves it
    }
  });

  it("takes a series as long as the context where TimesFM comes first", async () => {
    const [result] = await run([wave(96)], { dynamicNumerical: { x: [known(96)] } }, { mode: "timesfm + xreg" });
    expect(result!.rows).toBe(6);
  });

  it("takes no series at all", async () => {
    expect(await run([], { staticNumerical: { size: [] } })).toEqual([]);
  });

  const x = [known(60)];
  const one = { dynamicNumerical: { x } };
  const second: RegressionOptions = { mode: "timesfm + xreg" };
  it.each<[string, () => Promise<unknown>, string]>([
    ["no covariates", () => run([wave(60)], {}), "none is given"],
    ["empty covariates", () => run([wave(60)], { dynamicNumerical: {}, staticNumerical: {} }), "none is given"],
    ["a config without backcast", () => run([wave(60)], one, {}, { returnBackcast: false }), "returnBackcast is off"],
    [
      "a mode that is none",
      () => run([wave(60)], one, { mode: JSON.parse('"xreg"') }),
      'mode "xreg": expected "xreg + timesfm" or "timesfm + xreg"',
    ],
    ["a negative ridge", () => run([wave(60)], one, { ridge: -1 }), "ridge -1"],
    [
      "a horizon beyond maxHorizon",
      () => run([wave(60)], { dynamicNumerical: { x: [wave(189)] } }),
      '"x" reaches 129 points ahead, maxHorizon allows 128',
    ],
    [
      "a covariate that ends with its series",
      () => run([wave(60)], { dynamicNumerical: { x: [wave(60)] } }),
      '"x" has 60 values, expected more than the 60 of its history',
    ],
    [
      "covariates of different length",
      () => run([wave(60)], { dynamicNumerical: { x, y: [known(61)] } }),
      'covariate "y": it has 67 values for series 0, expected 60 of history and 6 ahead',
    ],
    [
      "categories of another length",
      () => run([wave(60)], { ...one, dynamicCategorical: { day: [["a"]] } }),
      'covariate "day": it has 1 values for series 0',
    ],
    [
      "a covariate of other series",
      () => run([wave(60)], { dynamicNumerical: { x: [...x, ...x] } }),
      'covariate "x": it has values for 2 series, expected 1',
    ],
    [
      "static numbers of other series",
      () => run([wave(60)], { ...one, staticNumerical: { size: [1, 2] } }),
      'covariate "size": it has values for 2 series, expected 1',
    ],
    [
      "static categories of other series",
      () => run([wave(60)], { ...one, staticCategorical: { kind: [] } }),
      'covariate "kind": it has values for 0 series, expected 1',
    ],
    [
      "a gap in a covariate",
      () => run([wave(60)], { dynamicNumerical: { x: [known(60).with(3, Number.NaN)] } }),
      'covariate "x": it holds NaN for series 0',
    ],
    [
      "a gap in a series",
      () => run([wave(60).with(7, Number.NaN)], one),
      "series 0 with covariates: it holds NaN at 7",
    ],
    ["an empty series", () => run([[]], { dynamicNumerical: { x: [known(0)] } }), "it is empty"],
    [
      "a series of one patch, where TimesFM comes first",
      () => run([wave(32)], { dynamicNumerical: { x: [known(32)] } }, second),
      'mode "timesfm + xreg" needs 33 to 96 points of history, it has 32',
    ],
    [
      "a series beyond the context, where TimesFM comes first",
      () => run([wave(97)], { dynamicNumerical: { x: [known(97)] } }, second),
      "33 to 96 points of history, it has 97",
    ],
    [
      "ragged horizons, where TimesFM comes first",
      () => run([wave(60), wave(61)], { dynamicNumerical: { x: [known(60), known(60)] } }, second),
      'Cannot forecast 6, 5 points in mode "timesfm + xreg": expected equal horizons',
    ],
  ])("refuses %s", async (_, call, words) => {
    await expect(call()).rejects.toThrow(RangeError);
    await expect(call()).rejects.toThrow(words);
  });
});

describe("reachOf()", () => {
  it("is how far the first dynamic covariate reaches beyond any of its series", () => {
    const x = [
      [1, 2, 3],
      [1, 2, 3, 4],
    ];
    expect(reachOf([[1, 2], [1]], { dynamicNumerical: { x }, dynamicCategorical: { y: [] } })).toBe(3);
    expect(reachOf([[1]], { staticNumerical: { size: [1] } })).toBeUndefined();
  });
});
