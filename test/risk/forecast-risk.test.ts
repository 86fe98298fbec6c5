import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { captured } from "../../src/backtest/capture.ts";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import type { Forecaster } from "../../src/forecast/forecaster.ts";
import { type ForecastModel, openModel } from "../../src/forecast/open-model.ts";
import { stackWithClimatology } from "../../src/forecast/stack.ts";
import { forecastRisk } from "../../src/risk/forecast-risk.ts";
import type { RiskHour } from "../../src/risk/risk-forecast.ts";
import { historyBefore } from "../../src/series/history.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { generatePlatform, type Platform } from "../../src/synthetic/platform.ts";
import { deploy, incident, wall } from "./events.ts";

const UTC = new Zone("UTC");
const START = Date.UTC(2024, 0, 1) / HOUR_MS;
const DAYS = 52 * 7;
const ORIGIN = START + DAYS * 24;
const REQUEST = { horizonHours: 168, watchHours: 2, attributionHours: 24 };

/** Forecasts two deploys an hour with a band that holds Poisson noise alone, and a multiplier of one. */
const constant: Forecaster = {
  name: "constant",
  forecast: async (histories, { horizon }) =>
    histories.map(() => ({
      mean: new Float64Array(horizon).fill(2),
      quantiles: new Float64Array(horizon * 9).map((_, i) => 2 + ((i % 9) - 4) * 0.3),
      levels: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    })),
};

describe("forecastRisk()", () => {
  it("adds its parts up as the formulas say", async () => {
    const platform = generatePlatform({ seed: 3, startHour: START, days: 120, futureDays: 7 });
    const history = historyBefore(platform, START + 120 * 24, UTC);
    const forecast = await forecastRisk(history, constant, { ...REQUEST, horizonHours: 150, watchHours: 3 });
    const { hours } = forecast;
    expect(hours).toHaveLength(150);
    hours.forEach((hour, i) => {
      expect(hour.expectedDeploys).toBe(2);
      const f = hour.deployFailureProbability!;
      expect(hour.expectedIncidentsP10).toBeLessThanOrEqual(hour.expectedIncidents);
      expect(hour.expectedIncidentsP90).toBeGreaterThanOrEqual(hour.expectedIncidents);
      if (i + 3 <= hours.length) {
        const met = hours
          .slice(i, i + 3)
          .reduce((sum, { loadIncidents, otherIncidents }) => sum + loadIncidents + otherIncidents, 0);
        expect(hour.risk).toBeCloseTo(1 - (1 - f) * Math.exp(-met), 12);
      }
      // Nearly all delays of this platform are none, so μ is close to D·f + L + B.
      const prompt = 2 * f + hour.loadIncidents + hour.otherIncidents;
      if (i > 24) expect(Math.abs(hour.expectedIncidents - prompt)).toBeLessThan(0.05 * prompt + 0.01);
    });
  });

  it("knows nothing of deploys where there are none, and everything else is other", async () => {
    const incidents = Array.from({ length: 30 }, (_, i) =>
      incident(`2024-01-${String(i + 1).padStart(2, "0")} 10:30`, { incident_type: "x" }),
    );
    const events = { deploys: undefined, incidents, matches: undefined };
    const { hours } = await forecastRisk(
      historyBefore(events, hourOf(wall("2024-02-01 00:00")), UTC),
      constant,
      REQUEST,
    );
    for (const hour of hours) {
      expect(hour).toMatchObject({ expectedDeploys: null, deployFailureProbability: null, loadIncidents: 0 });
      expect(hour.expectedIncidents).toBe(hour.otherIncidents);
    }
    const at = (hour: number) => hours[hour]!.risk;
    expect(at(10)).toBeGreaterThan(3 * at(2)); // every incident came at ten
  });

  it("raises traffic to the power that incidents grow with", async () => {
    const hours = Array.from({ length: 364 * 24 }, (_, i) => START + i);
    const loadAt = (hour: number) => (hour % 24 < 12 ? 0.5 : 1.5);
    // Nine times as many incidents at three times the traffic.
    const incidents = hours
      .filter((hour) => (hour * 7919) % 131 < (hour % 24 < 12 ? 1 : 9))
      .map((hour) => ({
        ...incident("2024-01-01 00:00", { incident_type: "load_incident" }),
        timestamp: hour * HOUR_MS,
      }));
    const measurements = hours.map((hour) => ({ timestamp: hour * HOUR_MS, value: loadAt(hour) }));
    const events = { deploys: undefined, incidents, matches: undefined, measurements };
    const next: Forecaster = {
      ...constant,
      forecast: async (histories, { horizon }) =>
        (await constant.forecast(histories, { horizon })).map(({ quantiles, levels }) => {
          const mean = Float64Array.from({ length: horizon }, (_, i) => loadAt(ORIGIN + i));
          return { mean, quantiles: quantiles.map((_, i) => mean[Math.floor(i / 9)]!), levels };
        }),
    };
    const forecast = await forecastRisk(historyBefore(events, ORIGIN, UTC), next, REQUEST);
    const [night, day] = [forecast.hours[3]!.loadIncidents, forecast.hours[15]!.loadIncidents];
    expect(day / night).toBeCloseTo(9, 6);
    expect(Math.abs(day / (9 / 131) - 1)).toBeLessThan(0.1);
  });

  it("lets deploys before the origin cause incidents after it", async () => {
    const deploys = Array.from({ length: 60 }, (_, i) =>
      deploy(`2024-01-${String(1 + Math.floor(i / 3)).padStart(2, "0")} 12:0${i % 3}`),
    );
    const incidents = Array.from({ length: 20 }, (_, i) => incident(`2024-01-${String(1 + i).padStart(2, "0")} 15:00`));
    const still: Forecaster = {
      ...constant,
      forecast: async (histories, { horizon }) =>
        (await constant.forecast(histories, { horizon })).map((forecast) => ({
          ...forecast,
          mean: new Float64Array(horizon),
        })),
    };
    const origin = hourOf(wall("2024-01-20 14:00"));
    const history = historyBefore({ deploys, incidents, matches: undefined }, origin, UTC);
    const { hours } = await forecastRisk(history, still, REQUEST);
    expect(hours[1]!.expectedIncidents).toBeGreaterThan(0.3); // 15:00, three hours after the last deploys
    expect(hours[60]!.expectedIncidents).toBeLessThan(0.05);
  });

  it("counts the watch in clock hours through a change of clocks", async () => {
    const incidents = [
      incident("2024-03-01 00:00", { incident_type: "x" }),
      incident("2024-03-30 21:00", { incident_type: "x" }),
    ];
    const zone = new Zone("Europe/Berlin");
    const history = historyBefore(
      { deploys: undefined, incidents, matches: undefined },
      hourOf(wall("2024-03-30 22:00")),
      zone,
    );
    const { hours } = await forecastRisk(history, constant, { ...REQUEST, horizonHours: 8 });
    expect(hours.map(({ hour }) => hour % 24)).toEqual([22, 23, 0, 1, 3, 4, 5]);
    const one = hours[3]!; // 01:00 is followed by 03:00
    expect(one.risk).toBeCloseTo(1 - Math.exp(-(one.otherIncidents + hours[4]!.otherIncidents)), 12);
  });
});

describe("on simulated years", () => {
  let model: ForecastModel;
  const platforms: Platform[] = [];
  /** of each, with its true expected incidents */
  const forecasts: { hours: readonly RiskHour[]; truth: number[] }[] = [];
  beforeAll(async () => {
    model = await openModel("drp-mini");
    for (let seed = 1; seed <= 6; seed += 1) {
      const platform = generatePlatform({ seed, startHour: START, days: DAYS, futureDays: 7 });
      platforms.push(platform);
      const { hours } = await forecastRisk(historyBefore(platform, ORIGIN, UTC), stackWithClimatology(model), REQUEST);
      forecasts.push({ hours, truth: truthOf(platform).map(({ expectedIncidents }) => expectedIncidents) });
    }
  }, 180_000);
  afterAll(() => model.close());

  const truthOf = (platform: Platform) => platform.truth.filter(({ hour }) => hour >= ORIGIN);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it("the riskiest 10 % and 25 % of hours hold .56 and .83 of the true expected incidents", () => {
    const shareIn = (share: number) =>
      mean(
        forecasts.map(({ hours, truth }) =>
          captured(
            truth,
            hours.map(({ expectedIncidents }) => expectedIncidents),
            share,
          ),
        ),
      );
    expect(shareIn(0.1)).toBeGreaterThanOrEqual(0.56);
    expect(shareIn(0.25)).toBeGreaterThanOrEqual(0.83);
  });

  it("four in five true rates lie in the 80 % band", () => {
    const inside = forecasts.flatMap(({ hours, truth }) =>
      hours.map(({ expectedIncidentsP10, expectedIncidentsP90 }, i) =>
        truth[i]! >= expectedIncidentsP10 && truth[i]! <= expectedIncidentsP90 ? 1 : 0,
      ),
    );
    expect(Math.abs(mean(inside) - 0.8)).toBeLessThan(0.07);
  });

  it("forecasts the multiplier where fixtures are not known", async () => {
    const platform = platforms[0]!;
    const past = { ...platform, matches: platform.matches.filter(({ timestamp }) => hourOf(timestamp) < ORIGIN) };
    const { hours } = await forecastRisk(historyBefore(past, ORIGIN, UTC), stackWithClimatology(model), REQUEST);
    const truth = truthOf(platform).map(({ expectedIncidents }) => expectedIncidents);
    expect(
      captured(
        truth,
        hours.map(({ expectedIncidents }) => expectedIncidents),
        0.25,
      ),
    ).toBeGreaterThan(0.6);
  });
});
