import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Zone } from "../../src/calendar/zone.ts";
import { historyBefore, missingTraffic, naturalOrigin, pastLoad } from "../../src/series/history.ts";
import { filledFromWeeks, hourOf, ratePerHour } from "../../src/series/hourly-series.ts";
import { highestToMeans, nearbyIntensity, trafficOf } from "../../src/series/traffic.ts";
import { deploy, incident, match, wall } from "../risk/events.ts";

const UTC = new Zone("UTC");

describe("ratePerHour()", () => {
  it("counts the events of each hour and ignores those outside", () => {
    const events = ["09:59", "10:00", "10:30", "12:59", "13:00"].map((time) => ({
      timestamp: wall(`2024-01-01 ${time}`),
    }));
    const start = hourOf(wall("2024-01-01 10:00"));
    expect([...ratePerHour(events, start, start + 3, UTC).values]).toEqual([2, 0, 1]);
  });

  it("is missing in the hour skipped and per clock hour in the hour repeated", () => {
    const berlin = new Zone("Europe/Berlin");
    const spring = hourOf(wall("2024-03-31 01:00"));
    expect([...ratePerHour([], spring, spring + 3, berlin).values]).toEqual([0, Number.NaN, 0]);
    const autumn = hourOf(wall("2024-10-27 01:00"));
    const events = ["01:10", "02:10", "02:20", "02:30"].map((time) => ({ timestamp: wall(`2024-10-27 ${time}`) }));
    expect([...ratePerHour(events, autumn, autumn + 3, berlin).values]).toEqual([1, 1.5, 0]);
  });
});

describe("filledFromWeeks()", () => {
  const monday = hourOf(wall("2024-01-01 00:00"));
  const seriesOf = (values: readonly number[]) => ({ startHour: monday, values: Float64Array.from(values) });
  const weeks = (...values: number[]) => seriesOf(values.flatMap((value) => Array<number>(168).fill(value)));

  it("goes from the week before a gap to the week after it, and repeats the nearest at the ends", () => {
    const gap = weeks(1, Number.NaN, Number.NaN, 4);
    const { startHour, values } = filledFromWeeks(gap, monday - 168, monday + 5 * 168);
    expect(startHour).toBe(monday - 168);
    expect([...values].filter((_, hour) => hour % 168 === 7)).toEqual(
      [1, 1, 2, 3, 4, 4].map((value) => expect.closeTo(value, 12)),
    );
  });

  it("takes an hour of the week that was never seen from other days, one of the day that was never seen from all", () => {
    const days = seriesOf(
      Array.from({ length: 2 * 168 }, (_, hour) => (hour % 168 < 48 && hour % 24 < 12 ? hour % 24 : Number.NaN)),
    );
    const { values } = filledFromWeeks(days, monday, monday + 2 * 168);
    expect([5, 24 + 5, 100 * 24 + 5, 72 + 5, 72 + 20].map((hour) => values[hour % 336])).toEqual([5, 5, 5, 5, 5.5]);
  });

  it("changes nothing that was seen, and stays within it", () => {
    const value = fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 9, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 600 }),
        fc.nat(300),
        fc.nat(300),
        (given, before, after) => {
          const seen = given.filter((one) => !Number.isNaN(one));
          fc.pre(seen.length > 0);
          const { values } = filledFromWeeks(seriesOf(given), monday - before, monday + given.length + after);
          const [least, most] = [Math.min(...seen) - 1e-9, Math.max(...seen) + 1e-9];
          return (
            values.length === before + given.length + after &&
            given.every((one, i) => Number.isNaN(one) || values[before + i] === one) &&
            values.every((one) => one >= least && one <= most)
          );
        },
      ),
    );
  });
});

describe("missingTraffic() and pastLoad()", () => {
  const berlin = new Zone("Europe/Berlin");
  const start = hourOf(wall("2024-03-25 00:00"));
  const skipped = hourOf(wall("2024-03-31 02:00"));
  const origin = start + 14 * 24;
  const measured = (isMeasured: (hour: number) => boolean) =>
    historyBefore(
      {
        deploys: undefined,
        incidents: [incident("2024-03-25 00:10")],
        matches: [match("2024-03-26 20:00", 3)],
        measurements: Array.from({ length: 14 * 24 }, (_, i) => start + i)
          .filter((hour) => hour !== skipped && isMeasured(hour))
          .map((hour) => ({ timestamp: hour * 3_600_000, value: 40 })),
      },
      origin,
      berlin,
    );

  it("count the hours without traffic, but for those that clocks skip", () => {
    expect(missingTraffic(measured(() => true))).toEqual({ missing: 0, hours: 335 });
    expect(missingTraffic(measured((hour) => hour >= start + 10 && hour < origin - 20))).toEqual({
      missing: 30,
      hours: 335,
    });
    expect(missingTraffic(measured(() => false))).toBeUndefined();
  });

  it("give every hour that there was the load of the hours around it, and none to one that there was not", () => {
    const history = measured((hour) => hour % 3 === 0 && hour >= start + 100);
    for (let hour = start; hour < origin; hour += 1)
      expect(pastLoad(history, hour)).toBeCloseTo(hour === skipped ? 0 : 1, 12);
    expect(pastLoad(history, start - 1)).toBe(0);
    expect(
      pastLoad(
        measured(() => false),
        hourOf(wall("2024-03-26 20:00")),
      ),
    ).toBe(3);
  });
});

describe("trafficOf() and nearbyIntensity()", () => {
  it("adds up the matches of an hour and finds the highest within two hours", () => {
    const traffic = trafficOf([
      match("2024-01-01 10:00", 2),
      match("2024-01-01 10:30", 1.5),
      match("2024-01-01 14:00", 3),
    ]);
    const ten = hourOf(wall("2024-01-01 10:00"));
    expect(traffic.get(ten)).toBe(3.5);
    const at = (hour: number) => traffic.get(hour) ?? 0;
    expect([-3, -2, 0, 2, 3, 6, 7].map((away) => nearbyIntensity(at, ten + away))).toEqual([0, 3.5, 3.5, 3.5, 3, 3, 0]);
  });
});

describe("highestToMeans()", () => {
  const monday = hourOf(wall("2024-01-01 00:00"));
  const until = monday + 4 * 168;

  it("is 1 where one match alone is in question, more where several are", () => {
    // Matches of 2 at 12:00 every other Monday, at 13:00 on the others; at 20:00 every other Tuesday.
    const traffic = new Map<number, number>();
    for (let week = -1; week < 4; week += 1) {
      traffic.set(monday + week * 168 + (week % 2 === 0 ? 12 : 13), 2);
      if (week % 2 === 0) traffic.set(monday + week * 168 + 24 + 20, 2);
    }
    // From 11 to 14 both hours are near: one of them has a match of 2, while either has one of 1 in the mean.
    const ratios = highestToMeans(traffic, until);
    expect([10, 11, 12, 13, 14, 15].map((hour) => ratios[hour])).toEqual([1, 2, 2, 2, 2, 1]);
    expect([18, 20, 22].map((hour) => ratios[24 + hour])).toEqual([1, 1, 1]);
    expect(ratios[0]).toBe(1);
  });

  it("is 1 without matches, and before a week is over", () => {
    expect(new Set(highestToMeans(new Map(), until))).toEqual(new Set([1]));
    expect(new Set(highestToMeans(new Map([[until - 5, 2]]), until))).toEqual(new Set([1]));
  });

  it("reads more hours than a call takes arguments", () => {
    const always = new Map(Array.from({ length: 200_000 }, (_, i) => [until - 1 - i, 1]));
    expect(new Set(highestToMeans(always, until))).toEqual(new Set([1]));
  });
});

describe("historyBefore()", () => {
  const events = {
    deploys: [deploy("2024-01-01 09:30"), deploy("2024-01-02 10:00")],
    incidents: [incident("2024-01-01 08:00"), incident("2024-01-02 10:59")],
    matches: [match("2023-12-31 10:00", 2), match("2024-01-05 20:00", 2)],
  };

  it("starts at the first deploy or incident and naturalOrigin() is the hour after the last", () => {
    const origin = naturalOrigin(events)!;
    expect(origin).toBe(hourOf(wall("2024-01-02 11:00")));
    expect(historyBefore(events, origin, UTC).startHour).toBe(hourOf(wall("2024-01-01 08:00")));
  });

  it("holds back what lies at or after the origin, but not fixtures", () => {
    const origin = hourOf(wall("2024-01-02 10:00"));
    const history = historyBefore(events, origin, UTC);
    expect(history.deploys).toHaveLength(1);
    expect(history.incidents).toHaveLength(1);
    expect(history.traffic!.size).toBe(2);
    expect(history.trafficKnownUntil).toBe(hourOf(wall("2024-01-05 21:00")));
  });

  it("knows no natural origin without deploys and incidents", () => {
    expect(naturalOrigin({ deploys: undefined, incidents: [], matches: events.matches })).toBeUndefined();
    expect(historyBefore({ deploys: undefined, incidents: [], matches: undefined }, 5, UTC).startHour).toBe(5);
  });
});
