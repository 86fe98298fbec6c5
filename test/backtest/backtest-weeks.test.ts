import { truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backtestWeeks, threadsFor } from "../../src/backtest/backtest-weeks.ts";
import { type BacktestWeek, originsOf } from "../../src/backtest/rolling-origins.ts";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { type ForecastModel, openModel } from "../../src/forecast/open-model.ts";
import { generatePlatform } from "../../src/synthetic/platform.ts";
import { folderOf } from "../cli/drp.ts";

const startHour = Date.UTC(2024, 0, 1) / HOUR_MS;
const events = generatePlatform({ seed: 3, startHour, days: 10 * 7, futureDays: 0 });
const named = { name: "drp-mini", modelsFolder: "/no/pulled/models", precision: "fp32" as const };

let model: ForecastModel;
beforeAll(async () => {
  model = await openModel("drp-mini", { threads: 1 });
});
afterAll(() => model.close());

describe("backtestWeeks()", () => {
  it("finds the same weeks on any number of threads", async () => {
    const weeksOn = async (threads: number) => {
      const weeks: BacktestWeek[] = [];
      const request = { horizonHours: 48, watchHours: 2, attributionHours: 24, signal: new AbortController().signal };
      const origins = originsOf(events, 3, request.horizonHours);
      const asked = { events, zone: new Zone("Europe/Berlin"), origins, request };
      await backtestWeeks({ ...asked, methods: ["timesfmParts", "lastWeek"] }, model, named, threads, (week) => {
        weeks.push(week);
      });
      return weeks.sort((a, b) => a.originHour - b.originHour);
    };
    const one = await weeksOn(1);
    expect(one).toHaveLength(3);
    expect(await weeksOn(2)).toEqual(one);
  });
});

describe("threadsFor()", () => {
  it("is one a week at most, and as many as asked for", async () => {
    expect(await threadsFor(3, model, 8)).toBe(3);
    expect(await threadsFor(12, model, 8)).toBe(8);
  });

  it("is one for a model on a device", async () => {
    expect(await threadsFor(12, { ...model, device: "webgpu" }, 8)).toBe(1);
  });

  it("is one for a model with large weights", async () => {
    const file = join(folderOf({ "model.safetensors": "" }), "model.safetensors");
    truncateSync(file, 100_000_000);
    expect(await threadsFor(12, { ...model, file }, 8)).toBe(8);
    truncateSync(file, 100_000_001);
    expect(await threadsFor(12, { ...model, file }, 8)).toBe(1);
  });
});
