import { describe, expect, it } from "vitest";
import type { MethodId } from "../../src/backtest/method-names.ts";
import { expectedBy } from "../../src/backtest/methods.ts";
import { Zone } from "../../src/calendar/zone.ts";
import type { Forecaster } from "../../src/forecast/forecaster.ts";
import { type Events, historyBefore } from "../../src/series/history.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { deploy, incident, match, wall } from "../risk/events.ts";

const REQUEST = { horizonHours: 168, watchHours: 2, attributionHours: 24 };
/** A Monday, after four weeks of which each had an incident on Monday at ten; the last had one more on Friday. */
const ORIGIN = hourOf(wall("2024-01-29 00:00"));
const [MONDAY_10, TUESDAY_9, WEDNESDAY_20, FRIDAY_15] = [10, 24 + 9, 48 + 20, 96 + 15].map((hour) => ORIGIN + hour);
const MONDAYS = ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"];
const incidents = [...MONDAYS.map((day) => incident(`${day} 10:30`)), incident("2024-01-26 15:00")];
/** From the first incident on. */
const HOURS = 4 * 168 - 10;
const CONSTANT = 5.5 / (HOURS + 1);
const floored = (rate: number) => 0.9 * rate + 0.1 * CONSTANT;

const halves: Forecaster = {
  name: "halves",
  forecast: async (histories, { horizon }) =>
    histories.map(() => ({
      mean: new Float64Array(horizon).fill(0.5),
      quantiles: new Float64Array(2 * horizon),
      levels: [0.1, 0.9],
    })),
};

async function ratesBy(method: MethodId, events: Partial<Events>, hours: readonly (number | undefined)[]) {
  const all = { deploys: undefined, incidents, matches: undefined, ...events };
  const { rateAt } = await expectedBy(method, historyBefore(all, ORIGIN, new Zone("UTC")), halves, REQUEST);
  return hours.map((hour) => rateAt(hour!));
}

const closeTo = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));
const times = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i));

describe("expectedBy()", () => {
  it("takes half an incident more than there were, over all hours of half a year", async () => {
    expect(await ratesBy("constant", {}, [MONDAY_10, TUESDAY_9])).toEqual(closeTo([CONSTANT, CONSTANT]));
    const old = times(300, () => "2023-06-01 10:00").map((at) => incident(at));
    const [rate] = await ratesBy("constant", { incidents: [...old, ...incidents] }, [MONDAY_10]);
    expect(rate).toBeCloseTo(5.5 / (26 * 168 + 1), 12);
  });

  it("takes incidents of the last week as they came", async () => {
    const rates = await ratesBy("lastWeek", {}, [MONDAY_10, TUESDAY_9, FRIDAY_15]);
    expect(rates).toEqual(closeTo([floored(1), floored(0), floored(1)]));
  });

  it("takes the mean of each hour of the week, where deploys are kept of these", async () => {
    const hours = [MONDAY_10, TUESDAY_9, FRIDAY_15];
    expect(await ratesBy("hourOfWeek", {}, hours)).toEqual(closeTo([floored(1), floored(0), floored(1 / 4)]));
    const tuesdays = ["2024-01-02", "2024-01-09", "2024-01-16", "2024-01-23"].flatMap((day) => [
      deploy(`${day} 09:10`),
      deploy(`${day} 09:20`),
      deploy(`${day} 15:00`, { is_rollback: true }),
    ]);
    const ofDeploys = await ratesBy("hourOfWeek", { deploys: tuesdays }, hours);
    expect(ofDeploys).toEqual(closeTo([floored(0), floored((2 * 5) / 8), floored(0)]));
  });

  it("sees the hour that stands out by both of its factors", async () => {
    const [monday, tuesday, friday] = await ratesBy("twoFactor", {}, [MONDAY_10, TUESDAY_9, FRIDAY_15]);
    expect(monday).toBeGreaterThan(friday!);
    expect(friday).toBeGreaterThan(0);
    expect(tuesday).toBeLessThan(monday!);
  });

  it("takes what the model says of counts, and of deploys and traffic", async () => {
    expect(await ratesBy("timesfmIncidents", {}, [TUESDAY_9])).toEqual(closeTo([floored(0.5)]));
    const deploys = times(8, (i) => `2024-01-0${i + 2} 09:00`).map((at) => deploy(at));
    const wednesdays = ["2024-01-03", "2024-01-10", "2024-01-17", "2024-01-24", "2024-01-31"];
    const events = {
      deploys,
      matches: wednesdays.map((day) => match(`${day} 20:00`, 3)),
      incidents: [...incidents, incident("2024-01-24 20:30", { incident_type: "load_incident" })].sort(
        (a, b) => a.timestamp - b.timestamp,
      ),
    };
    const constant = 6.5 / (HOURS + 1);
    const rates = await ratesBy("timesfmParts", events, [TUESDAY_9, WEDNESDAY_20]);
    const byDeploys = (0.5 * 5) / 8;
    const byLoad = (3 * 1) / (4 * 3);
    expect(rates).toEqual(closeTo([0.9 * byDeploys + 0.1 * constant, 0.9 * (byDeploys + byLoad) + 0.1 * constant]));
  });
});
