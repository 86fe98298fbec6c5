import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METHODS } from "../../src/backtest/method-names.ts";
import { reportOf } from "../../src/backtest/report.ts";
import { backtestWeek, originsOf } from "../../src/backtest/rolling-origins.ts";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { seededRandom } from "../../src/chance/random.ts";
import { type ForecastModel, openModel } from "../../src/forecast/open-model.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { generatePlatform } from "../../src/synthetic/platform.ts";

const utc = new Zone("UTC");
const startHour = Date.UTC(2024, 0, 1) / HOUR_MS;
const platform = generatePlatform({ seed: 3, startHour, days: 20 * 7, futureDays: 0 });
const request = { horizonHours: 168, watchHours: 2, attributionHours: 24 };

let model: ForecastModel;
beforeAll(async () => {
  model = await openModel("drp-mini");
});
afterAll(() => model.close());

describe("originsOf()", () => {
  it("is one a week, oldest first, the last a horizon before the end", () => {
    const origins = originsOf(platform, 3, 168);
    const end = Math.max(...[...platform.deploys, ...platform.incidents].map(({ timestamp }) => hourOf(timestamp))) + 1;
    expect(origins).toEqual([end - 3 * 168, end - 2 * 168, end - 168]);
  });

  it("is so far apart that no hour is forecast twice", () => {
    const [first, second] = originsOf(platform, 2, 200);
    expect(second! - first!).toBe(336);
    const [earlier, later] = originsOf(platform, 2, 24);
    expect(later! - earlier!).toBe(168);
  });

  it("leaves two weeks to learn from, and is empty where there are no events", () => {
    const origins = originsOf(platform, 52, 168);
    const first = Math.min(hourOf(platform.deploys[0]!.timestamp), hourOf(platform.incidents[0]!.timestamp));
    expect(origins[0]! - first).toBeGreaterThanOrEqual(336);
    expect(origins.length).toBeLessThan(20);
    expect(originsOf({ deploys: [], incidents: [], matches: [] }, 4, 168)).toEqual([]);
  });
});

describe("backtestWeek()", () => {
  it("knows nothing of what came after its origin, whatever the method", async () => {
    const [origin] = originsOf(platform, 4, 168);
    const past = <T extends { timestamp: number }>(rows: readonly T[]) =>
      rows.filter(({ timestamp }) => hourOf(timestamp) < origin!);
    const cut = {
      deploys: past(platform.deploys),
      incidents: past(platform.incidents),
      matches: platform.matches, // fixtures are published
    };
    const whole = await backtestWeek(platform, utc, origin!, METHODS, model, request);
    const blind = await backtestWeek(cut, utc, origin!, METHODS, model, request);
    expect(blind.expected).toEqual(whole.expected);
    expect(blind.observed.every((count) => count === 0)).toBe(true);
    expect(whole.observed.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  });

  it("expects more than nothing in every hour, even of a history without incidents", async () => {
    const quiet = { ...platform, incidents: [] };
    const [origin] = originsOf(quiet, 1, 168);
    const week = await backtestWeek(quiet, utc, origin!, METHODS, model, request);
    for (const method of METHODS) expect(Math.min(...week.expected[method]!)).toBeGreaterThan(0);
    const report = reportOf([week], METHODS, 168, seededRandom(1, 0));
    expect(report.methods.drp).toMatchObject({ auc: null, shareInRiskiest10: null, calibrationSlope: null });
    expect(report.verdict).toBe("No incident fell into the 1 week tested: nothing can be told");
  });
});

describe("backtestWeek() through a change of clocks", () => {
  it("leaves out the hour skipped, and expects and counts of the hour repeated what both of its hours bring", async () => {
    const incidentsAt = (...times: string[]) =>
      times.map((at) => ({ timestamp: Date.parse(at), incident_type: "outage", severity: "low" as const }));
    const weekOf = (origin: string, ...times: string[]) => {
      const events = { deploys: undefined, incidents: incidentsAt(...times), matches: undefined };
      const hour = Date.parse(origin) / HOUR_MS;
      return backtestWeek(events, new Zone("Europe/Berlin"), hour, ["constant"], model, {
        ...request,
        horizonHours: 5,
      });
    };
    const spring = await weekOf("2024-03-31T00:00Z", "2024-03-01T00:00Z", "2024-03-31T03:10Z");
    expect(spring.observed).toEqual([0, 0, 1, 0]);
    expect(spring.exposure).toEqual([1, 1, 1, 1]);
    const autumn = await weekOf("2024-10-27T00:00Z", "2024-10-01T00:00Z", "2024-10-27T02:10Z", "2024-10-27T02:50Z");
    expect(autumn.observed).toEqual([0, 0, 2, 0, 0]);
    expect(autumn.exposure).toEqual([1, 1, 2, 1, 1]);
    const [usual, , repeated] = autumn.expected.constant!;
    expect(repeated).toBe(2 * usual!);
  });
});

describe("backtestWeek() of one service", () => {
  it("expects more than nothing of one that had neither deploys nor incidents before the origin", async () => {
    const [origin] = originsOf(platform, 1, 168);
    const named = <T extends { timestamp: number }>(rows: readonly T[]) =>
      rows.map((row) => ({ ...row, service: hourOf(row.timestamp) < origin! ? "old" : "new" }));
    const events = { ...platform, deploys: named(platform.deploys), incidents: named(platform.incidents) };
    const week = await backtestWeek(events, utc, origin!, METHODS, model, { ...request, service: "new" });
    expect(week.observed.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    for (const method of METHODS) expect(Math.min(...week.expected[method]!)).toBeGreaterThan(0);
    expect(reportOf([week], METHODS, 168, seededRandom(1, 0)).methods.drp!.poissonDeviance).toBeGreaterThan(0);
  });
});

describe("reportOf()", () => {
  const week = (observed: number[], drp: number[], constant: number[]) => ({
    originHour: 0,
    observed,
    exposure: observed.map(() => 1),
    expected: { drp, constant },
    deploys: undefined,
  });
  const good = week([0, 1, 0, 0], [0.01, 0.9, 0.01, 0.01], [0.25, 0.25, 0.25, 0.25]);
  const bad = week([0, 0, 0, 1], [0.01, 0.9, 0.01, 0.01], [0.25, 0.25, 0.25, 0.25]);
  const verdict = (weeks: (typeof good)[]) =>
    reportOf(weeks, ["drp", "constant"], 4, seededRandom(1, 0)).verdict.split(":")[0];

  it("says that drp wins, loses, or that it is too soon to tell", () => {
    expect(verdict(new Array(8).fill(good))).toBe("drp beats the best baseline, constant rate, 26 weeks");
    expect(verdict(new Array(8).fill(bad))).toBe("drp is worse than the best baseline, constant rate, 26 weeks");
    expect(verdict([good, good, bad, good, good, good])).toContain("too few to tell");
    for (const few of [1, 5])
      expect(verdict(new Array(few).fill(good))).toBe(
        "Fewer than 6 weeks cannot tell drp from the best baseline, constant rate, 26 weeks",
      );
  });

  it("gives scores and ratios intervals from the same samples of weeks, and none of fewer than six weeks", () => {
    const mixed = [good, good, bad, good, good, good, bad, good];
    const { methods, verdict } = reportOf(mixed, ["drp", "constant"], 4, seededRandom(1, 0));
    const { drp, constant } = methods;
    for (const { low, high } of Object.values(drp!.intervals!).flatMap((interval) => interval ?? []))
      expect(low).toBeLessThanOrEqual(high);
    const deviance = drp!.intervals!.poissonDeviance!;
    expect(deviance.low).toBeLessThan(drp!.poissonDeviance);
    expect(deviance.high).toBeGreaterThan(drp!.poissonDeviance);
    // a flat forecast of a quarter in four hours, one incident every week: nothing that a sample could change
    const fixed = constant!.poissonDeviance;
    expect(constant!.intervals!.poissonDeviance).toEqual({ low: fixed, high: fixed });
    expect(constant!.intervals!.calibrationSlope).toBeNull();
    const { low, high } = constant!.devianceToDrp!;
    expect([fixed / low, fixed / high]).toEqual([expect.closeTo(deviance.high, 1), expect.closeTo(deviance.low, 1)]);
    const percent = (ratio: number) => `${ratio < 1 ? "−" : "+"}${Math.abs(100 * (ratio - 1)).toFixed(1)} %`;
    expect(verdict).toContain(`95 % interval ${percent(1 / high)} to ${percent(1 / low)}`);
    const few = reportOf(mixed.slice(0, 5), ["drp", "constant"], 4, seededRandom(1, 0)).methods;
    expect([few.drp!.intervals, few.constant!.intervals]).toEqual([null, null]);
  });

  it("has no interval of what a few weeks with incidents tell, however many there are without", () => {
    const quiet = { ...good, observed: [0, 0, 0, 0] };
    const intervalsWith = (eventful: number) => {
      const weeks = [...new Array(eventful).fill(good), bad, ...new Array(8).fill(quiet)];
      return reportOf(weeks, ["drp"], 4, seededRandom(1, 0)).methods.drp!.intervals!;
    };
    expect(intervalsWith(4)).toMatchObject({ auc: null, shareInRiskiest25: null, calibrationSlope: null });
    expect(intervalsWith(4).brier).not.toBeNull();
    const { auc, shareInRiskiest10, shareInRiskiest25, shareInSafest25, calibrationSlope } = intervalsWith(5);
    for (const interval of [auc, shareInRiskiest10, shareInRiskiest25, shareInSafest25, calibrationSlope])
      expect(interval).not.toBeNull();
  });

  it("has no slope of a forecast that varies from week to week alone, or with the length of an hour", () => {
    const drift = [0.2, 0.4, 0.3].map((rate, i) =>
      week(i === 1 ? [0, 0, 0, 1] : [0, 1, 1, 0], [], Array(4).fill(rate)),
    );
    const slopeOf = (weeks: typeof drift) =>
      reportOf(weeks, ["constant"], 4, seededRandom(1, 0)).methods.constant!.calibrationSlope;
    expect(slopeOf(drift)).toBeNull();
    const autumn = { ...drift[1]!, exposure: [1, 2, 1, 1], expected: { drp: [], constant: [0.4, 0.8, 0.4, 0.4] } };
    expect(slopeOf([drift[0]!, autumn, drift[2]!])).toBeNull();
    expect(slopeOf([drift[0]!, { ...autumn, exposure: [1, 1, 1, 1] }, drift[2]!])).toEqual(expect.any(Number));
  });

  it("shares out the incidents of each week by its own ranking", () => {
    const { drp, constant } = reportOf([good, bad], ["drp", "constant"], 4, seededRandom(1, 0)).methods;
    expect(drp).toMatchObject({ shareInRiskiest25: 0.5, shareInSafest25: 0.166667 });
    expect(constant).toMatchObject({
      shareInRiskiest25: 0.25,
      shareInSafest25: 0.25,
      calibrationSlope: null,
      auc: 0.5,
    });
  });
});
