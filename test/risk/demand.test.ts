import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { seasonalNaive } from "../../src/forecast/baselines.ts";
import type { Forecaster, ForecastRequest } from "../../src/forecast/forecaster.ts";
import { forecastDemand } from "../../src/risk/demand.ts";
import { ownWeight } from "../../src/risk/service.ts";
import { type Events, historyBefore } from "../../src/series/history.ts";
import { generatePlatform } from "../../src/synthetic/platform.ts";

const START = Date.UTC(2024, 0, 1) / HOUR_MS;
const ORIGIN = START + 28 * 24;
const AHEAD = 172;
const UTC = new Zone("UTC");
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
  await forecastDemand(historyBefore(events, ORIGIN, UTC), spy, ORIGIN + AHEAD, {});
  expect(asked).toHaveLength(1);
  return asked[0]!;
}

/** Forecasts one value for each series, the last of those given for all others, that is off by one as a standard deviation. */
function always(...values: number[]): Forecaster {
  return {
    name: "always",
    forecast: async (histories, { horizon }) =>
      histories.map((_, i) => ({
        mean: new Float64Array(horizon).fill(values[i] ?? values.at(-1)!),
        quantiles: Float64Array.from(
          { length: 2 * horizon },
          (_, j) => (values[i] ?? values.at(-1)!) + (j % 2 === 0 ? -1 : 1.563),
        ),
        levels: [0.1, 0.9],
      })),
  };
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

  it("mixes what a service deploys with its share of what the platform does, the more its own the more it has", async () => {
    const services = ["api", "web", "web", "web"];
    const deploys = platform.deploys.map((one, i) => ({ ...one, service: services[i % 4]! }));
    const history = historyBefore({ ...platform, deploys }, ORIGIN, UTC);
    const { deploysAt } = await forecastDemand(history, always(8, 1), ORIGIN + AHEAD, { service: "api" });
    const own = history.deploys!.filter(({ service }) => service === "api").length;
    const share = own / history.deploys!.length;
    const weight = ownWeight(own);
    expect(weight).toBeGreaterThan(0.2);
    const { mean, variance } = deploysAt(ORIGIN);
    expect(mean).toBeCloseTo(weight * 1 + (1 - weight) * share * 8, 12);
    // No more than the Poisson noise of 1 and of 8: what is left is the error of a mean over the weeks there are.
    const weeks = (ORIGIN - history.startHour) / 168;
    expect(variance).toBeCloseTo((weight ** 2 * 1 + ((1 - weight) * share) ** 2 * 8) / weeks, 12);
    const past = history.deploys!.findLast(({ service }) => service === "api")!;
    expect(deploysAt(Math.floor(past.timestamp / HOUR_MS)).mean).toBeGreaterThanOrEqual(1);
  });

  it("expects the highest multiplier near an hour above the highest that is expected of one", async () => {
    // Of two hours of a Monday one or the other has a match.
    const matches = [-1, 0, 1, 2, 3].map((week) => ({
      timestamp: (START + 168 * week + 12 + (week & 1)) * HOUR_MS,
      tournament: "Cup",
      traffic_multiplier: 2,
    }));
    const history = historyBefore({ deploys: undefined, incidents: [], matches }, ORIGIN, UTC);
    const { intensityAt, multiplierAt } = await forecastDemand(history, always(1), ORIGIN + AHEAD, {});
    expect([12, 13, 20].map((hour) => multiplierAt(ORIGIN + hour))).toEqual([1, 1, 1]);
    expect([12, 13, 20].map((hour) => intensityAt(ORIGIN + hour))).toEqual([2, 2, 1]);
  });

  it("is unsure of deploys by what spreads beyond the noise of counts, of traffic by all that spreads", async () => {
    const history = historyBefore({ ...platform, measurements }, ORIGIN, UTC);
    const { deploysAt, loadAt } = await forecastDemand(history, always(0.3, 5), ORIGIN + AHEAD, {});
    const weeks = (ORIGIN - history.startHour) / 168;
    expect(deploysAt(ORIGIN).variance).toBeCloseTo(1 - 0.3 + 0.3 / weeks, 12);
    expect(loadAt(ORIGIN)).toEqual({ mean: 5, variance: expect.closeTo(1, 12) });
    expect(loadAt(ORIGIN - 1)).toEqual({ mean: 1, variance: 0 });
  });
});
