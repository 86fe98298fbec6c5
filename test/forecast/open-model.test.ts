import { createHash } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hourOfWeekMean, seasonalNaive, weeklyFilled } from "../../src/forecast/baselines.ts";
import { type ForecastModel, openModel } from "../../src/index.ts";
import { scratch } from "../cli/drp.ts";

const WEIGHTS = "models/drp-mini/model.safetensors";

/** Ten weeks with a day, a weekend and a gap. */
const history = Float64Array.from({ length: 1680 }, (_, i) =>
  i >= 700 && i < 710
    ? Number.NaN
    : Math.max(0, 10 + 8 * Math.sin(((i % 24) / 24) * 2 * Math.PI) - (i % 168 >= 120 ? 6 : 0)),
);

describe("openModel()", () => {
  let model: ForecastModel;
  beforeAll(async () => {
    model = await openModel("drp-mini", { device: "cpu", threads: 2 });
  });
  afterAll(() => model.close());

  it("forecasts mean and ascending quantiles, one forecast a history", async () => {
    const [forecast, short] = await model.forecast([history, history.subarray(0, 30)], { horizon: 168, context: 1024 });
    expect(forecast!.levels).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(forecast!.mean).toHaveLength(168);
    expect(forecast!.quantiles).toHaveLength(168 * 9);
    expect(short!.mean).toHaveLength(168);
    for (let hour = 0; hour < 168; hour += 1) {
      const row = forecast!.quantiles.subarray(hour * 9, (hour + 1) * 9);
      expect([...row]).toEqual([...row].sort((a, b) => a - b));
      expect(row[0]).toBeGreaterThanOrEqual(0);
    }
  });

  it("has learned what a week looks like: better than the mean by far", async () => {
    const [forecast] = await model.forecast([history.subarray(0, 1512)], { horizon: 168 });
    const future = history.subarray(1512);
    const average =
      history
        .subarray(0, 1512)
        .filter((x) => !Number.isNaN(x))
        .reduce((sum, x) => sum + x, 0) / 1502;
    const error = (of: (i: number) => number) => future.reduce((sum, actual, i) => sum + Math.abs(actual - of(i)), 0);
    expect(error((i) => forecast!.mean[i]!)).toBeLessThan(0.2 * error(() => average));
  });

  it("names its weights", async () => {
    expect(model.name).toBe("drp-mini");
    const expected = createHash("sha256").update(readFileSync(WEIGHTS)).digest("hex");
    expect(await model.sha256()).toBe(expected);
  });

  it("opens a folder, and a file without a config, to the same answers", async () => {
    const file = join(scratch(), "copy.safetensors");
    copyFileSync(WEIGHTS, file);
    // The context is stated: without a config nothing recommends one.
    const request = { horizon: 24, context: 512 };
    const [expected] = await model.forecast([history], request);
    for (const path of ["models/drp-mini", file]) {
      const other = await openModel(path, { runs: "once" });
      const [got] = await other.forecast([history], request);
      for (let i = 0; i < 24; i += 1) expect(got!.mean[i]!).toBeCloseTo(expected!.mean[i]!, 4);
      await other.close();
    }
  });

  it("gives the same answers whatever horizon it was opened for, and refuses one that is none", async () => {
    const request = { horizon: 400, context: 512 };
    const [expected] = await model.forecast([history], request);
    for (const horizon of [24, 500]) {
      const other = await openModel("drp-mini", { horizon });
      const [got] = await other.forecast([history], request);
      for (let i = 0; i < 400; i += 1) expect(got!.mean[i]!).toBeCloseTo(expected!.mean[i]!, 4);
      await other.close();
    }
    for (const horizon of [0, -1, 1.5, Number.NaN, Infinity])
      await expect(openModel("drp-mini", { horizon }), String(horizon)).rejects.toThrow(
        new RangeError(`Cannot open a model for horizon ${horizon}: expected 1 or more whole hours`),
      );
  });

  it("reads no more context than its limit leaves, and refuses more", async () => {
    expect(model.longestContext(168)).toBe(16_384 - 192);
    const long = Float64Array.from({ length: 17_000 }, (_, i) => i % 24);
    await expect(model.forecast([long], { horizon: 168, context: 16_384 })).rejects.toThrow(RangeError);
    const [forecast] = await model.forecast([long], { horizon: 168, context: 16_192 });
    expect(forecast!.mean.every(Number.isFinite)).toBe(true);
  });

  it("forecasts with covariates as far as they reach, and sees what they say of the hours ahead", async () => {
    const past = history.subarray(0, 600);
    const matchAt = (hour: number) => (hour % 50 < 3 ? 1 : 0);
    const busy = past.map((value, hour) => value + 20 * matchAt(hour));
    const match = Float64Array.from({ length: 696 }, (_, hour) => matchAt(hour));
    const covariates = { dynamicNumerical: { match: [match] } };
    const [alone] = await model.forecast([busy], { horizon: 96 });
    const errorOf = (mean: Float64Array) =>
      mean.reduce((sum, value, i) => sum + Math.abs(history[600 + i]! + 20 * matchAt(600 + i) - value), 0);
    for (const mode of ["xreg + timesfm", "timesfm + xreg"] as const) {
      const [informed] = await model.forecastWithCovariates([busy], covariates, { mode });
      expect(informed!.mean).toHaveLength(96);
      expect(informed!.quantiles).toHaveLength(96 * 9);
      expect(errorOf(informed!.mean)).toBeLessThan(0.7 * errorOf(alone!.mean));
    }
  });

  it("needs a horizon where all covariates are static", async () => {
    const covariates = { staticCategorical: { region: ["north"] } };
    const series = [history.subarray(0, 100)];
    await expect(model.forecastWithCovariates(series, covariates)).rejects.toThrow("neither a horizon nor a dynamic");
    const [forecast] = await model.forecastWithCovariates(series, covariates, { horizon: 30, ridge: 1 });
    expect(forecast!.mean).toHaveLength(30);
  });

  it("refuses a name that is no model", async () => {
    await expect(openModel("no-such-model")).rejects.toThrow('Cannot find model "no-such-model"');
    await expect(openModel("../models/no")).rejects.toMatchObject({ exitCode: 4 });
  });
});

describe("baselines", () => {
  const weekly = Float64Array.from({ length: 10 * 168 }, (_, i) => i % 168);

  it("seasonalNaive repeats the last week", async () => {
    const [forecast] = await seasonalNaive.forecast([weekly], { horizon: 200 });
    expect([...forecast!.mean]).toEqual(Array.from({ length: 200 }, (_, i) => i % 168));
    expect(forecast!.quantiles[9 * 5]).toBe(5); // no week differed from the one before it
  });

  it("seasonalNaive spreads as the last eight weeks differed from those before them", async () => {
    const steps = Float64Array.from({ length: 20 * 168 }, (_, i) => 1000 + 11 * (Math.floor(i / 168) % 2));
    const [forecast] = await seasonalNaive.forecast([steps], { horizon: 1 });
    expect(forecast!.mean[0]).toBe(1011);
    expect([forecast!.quantiles[0], forecast!.quantiles[8]]).toEqual([1000, 1022]);
    const still = steps.map((value, i) => (i < 11 * 168 ? value : 1000));
    expect((await seasonalNaive.forecast([still], { horizon: 1 }))[0]!.quantiles[8]).toBe(1000);
  });

  it("hourOfWeekMean() spreads the more the busier an hour is, as counts do", async () => {
    const counts = Float64Array.from({ length: 40 * 168 }, (_, i) => {
      const week = Math.floor(i / 168) % 2;
      return i % 168 < 84 ? 100 + 20 * week : 900 + 60 * week;
    });
    const { mean, quantiles } = (await hourOfWeekMean().forecast([counts], { horizon: 168 }))[0]!;
    const spread = (hour: number) => quantiles[9 * hour + 8]! - quantiles[9 * hour]!;
    expect(spread(0)).toBeGreaterThan(15);
    expect(spread(100) / spread(0)).toBeCloseTo(Math.sqrt(mean[100]! / mean[0]!), 9);
  });

  it("hourOfWeekMean() averages the weeks asked for", async () => {
    const rising = weekly.map((value, i) => value + Math.floor(i / 168));
    const [two] = await hourOfWeekMean(2).forecast([rising], { horizon: 168 });
    const [all] = await hourOfWeekMean().forecast([rising], { horizon: 168 });
    expect(two!.mean[3]).toBe(3 + 8.5);
    expect(all!.mean[3]).toBe(3 + 4.5);
    expect(all!.quantiles[3 * 9]!).toBeLessThan(all!.quantiles[3 * 9 + 8]!);
  });

  it("hourOfWeekMean() takes the spread of an hour from hours in which something happens", async () => {
    const rare = Float64Array.from({ length: 40 * 168 }, (_, i) =>
      i % 168 === 20 ? 2 * (Math.floor(i / 168) % 2) : 0,
    );
    for (const options of [{}, { patterns: 1 }]) {
      const { mean, quantiles } = (await hourOfWeekMean(Infinity, options).forecast([rare], { horizon: 168 }))[0]!;
      expect(mean[20]).toBeCloseTo(1, 9);
      expect([quantiles[20 * 9], quantiles[20 * 9 + 8]]).toEqual([expect.closeTo(0, 9), expect.closeTo(2, 9)]);
      expect(quantiles[21 * 9 + 8]).toBe(0);
    }
    const counted = (await hourOfWeekMean(Infinity, { emptyHours: "counted" }).forecast([rare], { horizon: 168 }))[0]!;
    expect([counted.quantiles[20 * 9], counted.quantiles[20 * 9 + 8]]).toEqual([1, 1]); // 167 of 168 hours stay at 0
  });

  it("start at the right hour after a history of odd length", async () => {
    for (const forecaster of [seasonalNaive, hourOfWeekMean(4), hourOfWeekMean()]) {
      const [forecast] = await forecaster.forecast([weekly.subarray(0, 1000)], { horizon: 3 });
      expect([...forecast!.mean]).toEqual([1000 % 168, 1001 % 168, 1002 % 168]);
    }
  });

  it("weeklyFilled() takes missing hours from a week earlier, else a day, else the hour before, and never from later", () => {
    const gaps = Float64Array.from(weekly);
    for (const hour of [0, 1, 5, 6, 30, 200, 206]) gaps[hour] = Number.NaN;
    const filled = weeklyFilled(gaps);
    expect([0, 1, 5, 6, 30, 200, 206].map((hour) => filled[hour])).toEqual([0, 0, 4, 4, 4, 32, 38]);
    expect(filled.subarray(0, 210)).toEqual(weeklyFilled(gaps.subarray(0, 210)));
  });
});
