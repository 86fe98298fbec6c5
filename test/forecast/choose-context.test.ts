import { describe, expect, it } from "vitest";
import { HOURS_PER_WEEK } from "../../src/calendar/week.ts";
import { seededRandom, standardNormal } from "../../src/chance/random.ts";
import { CONTEXTS, chooseContext } from "../../src/forecast/choose-context.ts";
import type { Forecaster } from "../../src/forecast/forecaster.ts";

const LEVELS = [0.1, 0.5, 0.9];

/** Forecasts the mean of its context, and takes a millisecond of the clock for every hour that it reads. */
function meanOfContext() {
  let clock = 0;
  const asked: number[] = [];
  const forecaster: Forecaster = {
    name: "mean of the context",
    forecast: async (histories, { horizon, context = 0 }) => {
      asked.push(context);
      return histories.map((history) => {
        const read = history.slice(-context);
        clock += read.length;
        const mean = read.reduce((sum, value) => sum + value, 0) / read.length;
        return {
          mean: new Float64Array(horizon).fill(mean),
          quantiles: new Float64Array(horizon * LEVELS.length).fill(mean),
          levels: LEVELS,
        };
      });
    },
  };
  return { forecaster, asked, now: () => clock };
}

/** Noise around 10. */
function noise(hours: number): Float64Array {
  const random = seededRandom(3, 1);
  return Float64Array.from({ length: hours }, () => 10 + standardNormal(random));
}

/** Fourteen weeks around 10 after a past around 2000. */
function shifted(hours: number): Float64Array {
  return noise(hours).map((value, hour) => (hour < hours - 14 * HOURS_PER_WEEK ? value + 1990 : value));
}

const choose = async (series: Float64Array[], limits: { longest?: number; budgetMs?: number } = {}) => {
  const { forecaster, asked, now } = meanOfContext();
  const chosen = await chooseContext(forecaster, series, { longest: 1e6, budgetMs: 1e9, now, ...limits });
  return { chosen, asked };
};

describe("chooseContext", () => {
  it("takes a long context where more history forecasts better", async () => {
    const { chosen } = await choose([noise(20_000)]);
    expect(chosen!.context).toBeGreaterThan(512);
    expect(chosen!.weeks).toBe(12);
    const losses = chosen!.trials.map(({ loss }) => loss);
    expect(losses[0]).toBe(1);
    expect(losses.at(-1)).toBeLessThan(1);
  });

  it("stays with a short one where older history misleads", async () => {
    expect((await choose([shifted(20_000)])).chosen!.context).toBe(512);
  });

  it("tries no context that the model cannot read, nor the next where history ends", async () => {
    expect((await choose([noise(20_000)], { longest: 4096 })).asked).toEqual([512, 1024, 2048, 4096]);
    expect((await choose([noise(3000)])).asked).toEqual([512, 1024, 2048, 4096]);
  });

  it("stops before the time is up, but tries the shortest in any case", async () => {
    expect((await choose([noise(20_000)], { budgetMs: 0 })).asked).toEqual([512]);
    const trialsOf12Weeks = 12 * (1024 + 2048);
    expect((await choose([noise(20_000)], { budgetMs: trialsOf12Weeks * 1.1 })).asked).toEqual([512, 1024]);
    expect((await choose([noise(20_000)])).asked).toEqual([...CONTEXTS]);
  });

  it("chooses nothing where there are no two weeks to forecast", async () => {
    expect((await choose([noise(3 * HOURS_PER_WEEK)])).chosen).toBeUndefined();
    expect((await choose([])).chosen).toBeUndefined();
  });
});
