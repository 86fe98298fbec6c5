import { describe, expect, it } from "vitest";
import { poisson, seededRandom, standardNormal } from "../../src/chance/random.ts";
import { hourOfWeekMean, seasonalNaive } from "../../src/forecast/baselines.ts";
import type { Forecaster } from "../../src/forecast/forecaster.ts";
import { stackOf } from "../../src/forecast/stack.ts";

const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Forecasts one value, with a band of one around it. */
function always(value: number): Forecaster {
  return {
    name: `always ${value}`,
    forecast: async (histories, { horizon }) =>
      histories.map(() => ({
        mean: new Float64Array(horizon).fill(value),
        quantiles: new Float64Array(horizon * 9).map((_, i) => value + LEVELS[i % 9]! - 0.5),
        levels: LEVELS,
      })),
  };
}

describe("stackOf()", () => {
  const history = new Float64Array(40 * 168).fill(5);
  const meanOf = async (members: Forecaster[], of = history) =>
    (await stackOf(members).forecast([of], { horizon: 3 }))[0]!;

  it("gives nearly all weight to a member that is right", async () => {
    const { mean, quantiles } = await meanOf([always(5), always(50)]);
    expect(Math.abs(mean[0]! - 5)).toBeLessThan(0.5);
    expect(Math.abs(quantiles[4]! - 5)).toBeLessThan(0.5);
  });

  it("is better than every member where they err to both sides", async () => {
    const { mean } = await meanOf([always(3), always(7)]);
    expect(mean[0]).toBeCloseTo(5, 1);
  });

  it("chooses quantiles on their own: a member of the right mean may have a poor band", async () => {
    const wide: Forecaster = {
      name: "wide",
      forecast: async (histories, request) =>
        (await always(5).forecast(histories, request)).map((forecast) => ({
          ...forecast,
          quantiles: forecast.quantiles.map((value) => 5 + 50 * (value - 5)),
        })),
    };
    const { mean, quantiles } = await meanOf([always(5.2), wide]);
    expect(Math.abs(mean[0]! - 5)).toBeLessThan(0.05);
    expect(quantiles[8]! - quantiles[0]!).toBeLessThan(4);
  });

  it("takes the plain mean where history is too short to choose", async () => {
    const { mean } = await meanOf([always(3), always(50)], history.subarray(0, 300));
    expect(mean[0]).toBeCloseTo(26.5, 12);
  });

  it("chooses for each series on its own", async () => {
    const other = new Float64Array(40 * 168).fill(50);
    const forecasts = await stackOf([always(5), always(50)]).forecast([history, other], { horizon: 1 });
    expect(Math.abs(forecasts[0]!.mean[0]! - 5)).toBeLessThan(0.5);
    expect(Math.abs(forecasts[1]!.mean[0]! - 50)).toBeLessThan(0.5);
  });

  it("weighs the means of counts by likelihood, where it is told which series counts", async () => {
    const random = seededRandom(8, 0);
    const isNight = (hour: number) => hour % 24 < 12;
    const series = Float64Array.from({ length: 40 * 168 }, (_, i) => (isNight(i) ? 0 : poisson(random, 20)));
    const byDay = (level: number, atNight: number): Forecaster => ({
      name: `${level} by day`,
      forecast: async (histories, { horizon }) =>
        histories.map(({ length }) => ({
          mean: Float64Array.from({ length: horizon }, (_, i) => (isNight(length + i) ? atNight : level)),
          quantiles: new Float64Array(horizon * 9),
          levels: LEVELS,
        })),
    });
    const stack = stackOf([byDay(20, 1.5), byDay(17.5, 0)]);
    const [counted, plain] = await stack.forecast([series, series], { horizon: 1, counts: [true, false] });
    expect(plain!.mean[0]).toBeGreaterThan(0.8);
    expect(counted!.mean[0]).toBeLessThan(0.4);
  });

  it("takes missing hours from a week earlier, ahead as in the weeks it chooses by", async () => {
    const series = Float64Array.from({ length: 40 * 168 }, (_, i) => i % 24);
    series.fill(Number.NaN, -2 * 168); // as where measurements end before the origin
    const repeating: Forecaster = {
      name: "repeating",
      forecast: async (histories, { horizon }) =>
        histories.map((given) => ({
          mean: given.slice(-168).slice(0, horizon),
          quantiles: new Float64Array(horizon * 9),
          levels: LEVELS,
        })),
    };
    const [forecast] = await stackOf([repeating]).forecast([series], { horizon: 48 });
    forecast!.mean.forEach((value, hour) => {
      expect(value).toBeCloseTo(hour % 24, 9);
    });
  });

  it("does not score a member by hours that were filled in", async () => {
    const random = seededRandom(6, 0);
    const series = Float64Array.from({ length: 40 * 168 }, (_, i) =>
      i < 168 || random() < 0.3 ? 5 + standardNormal(random) : Number.NaN,
    );
    // Last week errs twice as much as the mean where something was seen, and not at all where last week was filled in.
    const { mean, quantiles } = await meanOf([always(5), seasonalNaive], series);
    const lastWeek = (await seasonalNaive.forecast([series], { horizon: 3 }))[0]!;
    mean.forEach((value, hour) => {
      expect(Math.abs(value - 5)).toBeLessThan(0.3 * Math.abs(lastWeek.mean[hour]! - 5));
    });
    expect(quantiles.some(Number.isNaN)).toBe(false);
  });

  it("loses little to the best member on noise around a week, without knowing which that is", async () => {
    const random = seededRandom(2, 0);
    const series = Float64Array.from(
      { length: 60 * 168 },
      (_, i) => 10 + 5 * Math.sin(((i % 168) / 168) * 2 * Math.PI) + standardNormal(random),
    );
    const members = [hourOfWeekMean(4), hourOfWeekMean(), seasonalNaive];
    const [past, actual] = [series.subarray(0, -168), series.subarray(-168)];
    const errorOf = async (forecaster: Forecaster) => {
      const [forecast] = await forecaster.forecast([past], { horizon: 168 });
      return actual.reduce((sum, value, i) => sum + (value - forecast!.mean[i]!) ** 2, 0);
    };
    const errors = await Promise.all(members.map(errorOf));
    expect(await errorOf(stackOf(members))).toBeLessThan(1.02 * Math.min(...errors));
  });
});
