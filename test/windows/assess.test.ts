import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { assess } from "../../src/windows/assess.ts";
import { reasonsOf } from "../../src/windows/reasons.ts";
import { summaryLines } from "../../src/windows/summary.ts";
import { forecastOf, typicalWeek } from "./forecasts.ts";

const flat = (count: number, risk = 0.05) => new Array<number>(count).fill(risk);

/** Twenty hours at .05 but for those given. */
function hoursWith(risks: Readonly<Record<number, number>>): number[] {
  return flat(20).map((risk, i) => risks[i] ?? risk);
}

describe("assess()", () => {
  it("avoids the riskiest tenth where it is 1.5 times the median", () => {
    const { levels, thresholds } = assess(forecastOf(hoursWith({ 7: 0.09, 8: 0.12 })));
    expect(levels.map((level, i) => (level === "avoid" ? i : -1)).filter((i) => i >= 0)).toEqual([7, 8]);
    expect(thresholds.medianRisk).toBe(0.05);
    expect(thresholds.avoidAtOrAbove).toBeGreaterThanOrEqual(0.075);
  });

  it("leaves out a group of equal hours that is larger than the tenth", () => {
    const risks = [...flat(60, 0.01), ...flat(30, 0.05), ...flat(10, 0.2)];
    const count = (from: readonly number[]) =>
      assess(forecastOf(from)).levels.filter((level) => level === "avoid").length;
    expect(count(risks)).toBe(10);
    expect(count([...flat(60, 0.01), ...flat(40, 0.05)])).toBe(0);
  });

  it("keeps W hours clear before an avoid hour, and none after it", () => {
    const { levels } = assess(forecastOf(hoursWith({ 10: 0.2, 11: 0.2 }), { watchHours: 3 }));
    expect(levels.slice(5, 14)).toEqual([
      ...["safe", "safe", "caution", "caution", "caution"],
      ...["avoid", "avoid", "safe", "safe"],
    ]);
  });

  it.each([
    ["equal hours", flat(24)],
    ["hours without risk", flat(24, 0)],
    ["noise below 1.5 times the median", hoursWith({ 3: 0.07 })],
    ["one hour", [0.4]],
  ])("finds that no hour stands out among %s", (_, risks) => {
    const { thresholds, windows } = assess(forecastOf(risks));
    expect(thresholds.avoidAtOrAbove).toBeNull();
    expect(windows.every(({ kind }) => kind === "safe")).toBe(true);
  });

  it("takes the user's limit in place of the relative rule", () => {
    const { levels, thresholds } = assess(forecastOf(hoursWith({ 3: 0.07, 9: 0.3 })), { maxRisk: 0.06 });
    expect(thresholds).toMatchObject({ avoidAtOrAbove: null, avoidAbove: 0.06 });
    expect([levels[3], levels[9], levels[15]]).toEqual(["avoid", "avoid", "safe"]);
  });

  it("takes the user's shares", () => {
    const risks = Array.from({ length: 100 }, (_, i) => (i + 1) / 1000);
    const { levels } = assess(forecastOf(risks, { watchHours: 1 }), { avoidShare: 0.2, safeShare: 0.3 });
    expect(levels.filter((level) => level === "avoid")).toHaveLength(20);
    expect(levels.filter((level) => level === "safe")).toHaveLength(30);
    expect(assess(forecastOf(risks), { avoidShare: 0 }).levels).not.toContain("avoid");
  });

  it("merges adjacent hours of one level, over a change of clocks as well", () => {
    const originHour = Date.UTC(2024, 2, 31) / HOUR_MS; // 02:00 is skipped
    const { windows } = assess(forecastOf(flat(6), { zone: "Europe/Berlin", originHour }));
    expect(windows).toHaveLength(1);
    expect(windows[0]).toMatchObject({ from: 0, to: 5, hours: 5 });
    expect(windows[0]!.endMs - windows[0]!.startMs).toBe(5 * HOUR_MS);
  });

  it("counts the repeated hour as two", () => {
    const originHour = Date.UTC(2024, 9, 27) / HOUR_MS;
    const [window] = assess(forecastOf(flat(4, 0.1), { zone: "Europe/Berlin", originHour })).windows;
    expect(window).toMatchObject({
      hours: 5,
      meanRisk: expect.closeTo(0.1, 12),
      expectedIncidents: expect.closeTo(0.5, 12),
    });
  });

  it("holds what it promises of any forecast", () => {
    const risk = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(risk, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 6 }),
        (risks, watchHours) => {
          const forecast = forecastOf(risks, { watchHours });
          const { levels, windows, thresholds } = assess(forecast);
          const covered = levels.map(
            (level, i) => windows.filter(({ from, to, kind }) => i >= from && i < to && kind === level).length,
          );
          levels.forEach((level, i) => {
            expect(covered[i]).toBe(level === "caution" ? 0 : 1);
            if (level === "safe") {
              expect(risks[i]).toBeLessThanOrEqual(thresholds.medianRisk);
              for (let k = 1; k <= watchHours; k += 1) expect(levels[i + k]).not.toBe("avoid");
            }
            if (level === "avoid") expect(risks[i]).toBeGreaterThanOrEqual(1.5 * thresholds.medianRisk);
          });
          for (const { reasons } of windows) {
            const shares = reasons.map(({ share }) => share);
            if (shares.length > 0) expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
            expect(shares.every((share, i) => i === 0 || share <= shares[i - 1]!)).toBe(true);
          }
        },
      ),
    );
  });
});

describe("reasons", () => {
  it("split the risk into its parts, the largest first", () => {
    const { windows } = assess(typicalWeek());
    const avoid = windows.find(({ kind }) => kind === "avoid")!;
    expect(avoid.reasons.map(({ part }) => part)).toEqual([
      "loadIncidents",
      "deployFailureProbability",
      "otherIncidents",
    ]);
    expect(avoid.reasons[0]!.text).toMatch(/^0\.\d+ incidents from traffic expected in the 2 h watch$/);
    expect(avoid.reasons[1]!.text).toBe(
      "10.0 % of deploys started then fail (median hour 2.0 %): +8.0 points for matches nearby",
    );
  });
});

describe("reasonsOf()", () => {
  it("tells of what comes in the watch, after the hour as well", () => {
    const { hours, ...forecast } = forecastOf([0.3, 0.3, 0.3], { watchHours: 2 });
    const evening = hours.map((hour, i) => ({
      ...hour,
      deployFailureProbability: 0,
      loadIncidents: i === 1 ? 0.3 : 0,
      otherIncidents: 0.1,
    }));
    const shares = reasonsOf({ ...forecast, hours: evening }, 0, 1).map(({ part, share }) => [part, share]);
    expect(shares).toEqual([
      ["loadIncidents", expect.closeTo(0.6, 12)],
      ["otherIncidents", expect.closeTo(0.4, 12)],
    ]);
  });
});

describe("summaryLines()", () => {
  it("says so where neither the hour nor the day tells when deploys fail", () => {
    const flat = forecastOf(new Array<number>(168).fill(0.05));
    const told = "Neither the hour nor the day tells when deploys fail";
    expect(summaryLines(flat, assess(flat)).at(-1)).toContain(told);
    const byClock = (share: number) => {
      const hours = flat.hours.map((hour, i) => {
        const ofHour = i % 24 === 17 ? share * 0.05 : 0;
        const parts = { base: 0.05 - ofHour, hour: ofHour, day: 0.001, traffic: 0, change: 0 };
        return { ...hour, failureParts: parts };
      });
      return summaryLines({ ...flat, hours }, assess(flat)).join();
    };
    expect(byClock(0.02)).toContain(told);
    expect(byClock(0.2)).not.toContain(told);
    const day = forecastOf(new Array<number>(24).fill(0.05));
    expect(summaryLines(day, assess(day)).join()).not.toContain(told);
    const week = typicalWeek();
    expect(summaryLines(week, assess(week)).join()).not.toContain(told);
  });

  it("keeps its columns in line where days have two digits", () => {
    const risks = Array.from({ length: 48 }, (_, i) => (i >= 4 && i < 8 ? 0.3 : i < 30 ? 0.02 : 0.05));
    const january10 = forecastOf(risks, { originHour: Date.UTC(2025, 0, 10) / HOUR_MS });
    const lines = summaryLines(january10, assess(january10)).filter((line) => line.startsWith("  "));
    expect(lines.join()).toContain("Fri 10 Jan 08:00 – Sat 11 Jan 06:00");
    expect(new Set(lines.map((line) => line.indexOf(" %"))).size).toBe(1);
  });

  it("names the riskiest and the safest windows and why", () => {
    const week = typicalWeek();
    expect(summaryLines(week, assess(week)).join("\n")).toMatchInlineSnapshot(`
      "Risk of a deploy: chance of an incident in its 2 h watch, next 168 h, UTC (median hour 2.2 %)
      Riskiest windows (highest hour)
        Thu 2 Jan 18:00 – 22:00             29.3 %   0.24 incidents from traffic expected in the 2 h watch
        Sun 5 Jan 18:00 – 22:00             29.3 %   0.24 incidents from traffic expected in the 2 h watch
      Safest windows (mean)
        Wed 1 Jan 00:00 – 09:00              2.2 %   2.0 % of deploys started then fail (median hour 2.0 %)
        Wed 1 Jan 18:00 – Thu 2 Jan 09:00    2.2 %   2.0 % of deploys started then fail (median hour 2.0 %)
        Thu 2 Jan 22:00 – Fri 3 Jan 09:00    2.2 %   2.0 % of deploys started then fail (median hour 2.0 %)"
    `);
  });

  it("says when no hour stands out", () => {
    const even = forecastOf(flat(48));
    expect(summaryLines(even, assess(even)).join("\n")).toContain("none: no hour stands out");
    expect(summaryLines(even, assess(even, { maxRisk: 0.5 })).join("\n")).toContain("no hour is above 50.0 %");
  });

  it.each([
    ["ties beyond the share", forecastOf([...flat(28), ...new Array<number>(20).fill(0.4)]), {}],
    ["a share of none", typicalWeek(), { avoidShare: 0 }],
  ])("does not say that no hour stands out where some do, but none is avoid: %s", (_, forecast, options) => {
    const assessment = assess(forecast, options);
    expect(assessment.levels).not.toContain("avoid");
    expect(summaryLines(forecast, assessment)).toContain("  none: more hours stand out than --avoid-share allows");
  });
});
