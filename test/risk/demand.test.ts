import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { seasonalNaive } from "../../src/forecast/baselines.ts";
import type { Forecaster, ForecastRequest } from "../../src/forecast/forecaster.ts";
import { forecastDemand } from "../../src/risk/demand.ts";
import { type Events, historyBefore } from "../../src/series/history.ts";
import { generatePlatform } from "../../src/synthetic/platform.ts";

const START = Date.UTC(2024, 0, 1) / HOUR_MS;
const ORIGIN = START + 28 * 24;
const AHEAD = 172;
const platform = generatePlatform({ seed: 1, startHour: START, days: 28, futureDays: 4 });
const measurements = Array.from({ length: 14 * 24 }, (_, i) => ({ timestamp: (ORIGIN - 336 + i) * HOUR_MS, value: 5 }));

/** What a forecaster is asked, by series. */
async function askedOf(events: Events): Promise<{ lengths: number[]; request: ForecastRequest }> {
  const asked: { lengths: number[]; request: ForecastRequest }[] = [];
  const spy: Forecaster = {
    name: "spy",
    forecast: (histories, request) => {
      asked.push({ lengths: histories.map(({ length }) => length), request });
      return seasonalNaive.forecast(histories, request);
    },
  };
  await forecastDemand(historyBefore(events, ORIGIN, new Zone("UTC")), spy, ORIGIN + AHEAD, {});
  expect(asked).toHaveLength(1);
  return asked[0]!;
}

describe("forecastDemand()", () => {
  it("tells the forecaster of deploys and traffic which fixtures are known, and until when", async () => {
    const { lengths, request } = await askedOf({ ...platform, measurements });
    const hours = platform.matches.map(({ timestamp }) => timestamp / HOUR_MS);
    const first = Math.min(...hours);
    const last = Math.max(...hours);
    expect(last).toBeGreaterThan(ORIGIN);
    const [deploys, multiplier, measured] = request.known!;
    expect(multiplier).toBeUndefined();
    for (const [known, length] of [[deploys!, lengths[0]!] as const, [measured!, lengths[2]!] as const]) {
      expect(known).toHaveLength(length + request.horizon);
      known.forEach((value, i) => {
        const hour = ORIGIN - length + i;
        if (hour < first || hour > last) {
          expect(value).toBeNaN();
          return;
        }
        const rows = platform.matches.filter(({ timestamp }) => timestamp === hour * HOUR_MS);
        expect(value).toBeCloseTo(
          rows.reduce((sum, { traffic_multiplier }) => sum + traffic_multiplier, 0),
          9,
        );
      });
    }
  });

  it("tells nothing where no fixture is known ahead, or there is none", async () => {
    const past = platform.matches.filter(({ timestamp }) => timestamp < ORIGIN * HOUR_MS);
    for (const matches of [past, [], undefined])
      expect((await askedOf({ ...platform, matches, measurements })).request).not.toHaveProperty("known");
  });

  it("says which series count events", async () => {
    const { lengths, request } = await askedOf({ ...platform, measurements });
    expect(lengths).toHaveLength(3);
    expect(request.counts).toEqual([true, false, false]);
  });
});
