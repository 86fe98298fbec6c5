import { describe, expect, it } from "vitest";
import { poisson, seededRandom } from "../../src/chance/random.ts";
import { countsPerHour, fitTwoFactorRate, type HourlyCounts } from "../../src/risk/two-factor-rate.ts";

const START = 4 * 24; // Monday, 5 January 1970
const PRIOR = { events: 0.5, exposure: 672 };

/** @param eventsAt of hours after the start */
function countsOf(weeks: number, eventsAt: (hour: number) => number): HourlyCounts {
  const exposure = new Float64Array(weeks * 168).fill(1);
  return { startHour: START, events: exposure.map((_, hour) => eventsAt(hour)), exposure };
}

function drawn(seed: number, weeks: number, rateOf: (cell: number) => number): HourlyCounts {
  const random = seededRandom(seed, 0);
  return countsOf(weeks, (hour) => poisson(random, rateOf(hour % 168)));
}

/** Poisson deviance per hour of the rates from those that events were drawn from. */
function excessDeviance(counts: HourlyCounts, rateOf: (cell: number) => number): number {
  const { rates } = fitTwoFactorRate(counts, PRIOR);
  return rates.reduce((sum, rate, cell) => {
    const truth = rateOf(cell);
    return sum + (2 / 168) * (truth * Math.log(truth / rate) - truth + rate);
  }, 0);
}

describe("countsPerHour()", () => {
  it("counts rows by the hour, and what each hour counts", () => {
    const at = (hours: number) => ({ timestamp: hours * 3_600_000 });
    const counts = countsPerHour([at(10), at(11.5), at(11.9)], 10, 13, (hour) => (hour === 12 ? 0 : 1));
    expect(counts).toEqual({ startHour: 10, events: Float64Array.of(1, 2, 0), exposure: Float64Array.of(1, 1, 0) });
  });
});

describe("fitTwoFactorRate()", () => {
  it("gives the prior rate without data", () => {
    for (const rate of fitTwoFactorRate(
      countsOf(0, () => 0),
      PRIOR,
    ).rates)
      expect(rate).toBeCloseTo(0.5 / 672, 12);
  });

  it("finds factors of hour and day when the data are many", () => {
    const truth = (cell: number) => 0.5 * (1 + 0.5 * Math.sin(((cell % 24) / 24) * 2 * Math.PI)) * (cell < 24 ? 2 : 1);
    const { rates } = fitTwoFactorRate(
      countsOf(500, (hour) => truth(hour % 168)),
      PRIOR,
    );
    rates.forEach((rate, cell) => {
      expect(Math.abs(rate / truth(cell) - 1)).toBeLessThan(0.02);
    });
  });

  it("puts events at their hours, wherever in a week the history starts", () => {
    const { events, exposure } = drawn(1, 30, (cell) => (cell % 24 === 9 ? 0.5 : 0.01));
    const from = 5 * 24 + 7;
    const { rates } = fitTwoFactorRate(
      { startHour: START + from, events: events.subarray(from), exposure: exposure.subarray(from) },
      PRIOR,
    );
    rates.forEach((rate, cell) => {
      expect(Math.abs(rate - (cell % 24 === 9 ? 0.5 : 0.01))).toBeLessThan(cell % 24 === 9 ? 0.2 : 0.05);
    });
  });

  it("stays flat where a handful of events tells nothing", () => {
    const { rates } = fitTwoFactorRate(
      countsOf(52, (hour) => ([3, 40, 77, 120, 150].includes(hour) ? 1 : 0)),
      PRIOR,
    );
    const mean = 5.5 / (52 * 168 + 672);
    for (const rate of rates) expect(Math.abs(rate / mean - 1)).toBeLessThan(0.5);
  });

  it("learns sharp hours from themselves, and smooth ones from those around them", () => {
    const sharp = (cell: number) => (cell % 24 >= 9 && cell % 24 < 17 ? 0.3 : 0.003);
    const { rates } = fitTwoFactorRate(drawn(2, 100, sharp), PRIOR);
    for (const hour of [8, 17]) expect(rates[hour]).toBeLessThan(0.012); // next to hours of .3
    // A wave from three events a week: learned from themselves alone, its hours err by .0036.
    const smooth = (cell: number) => 0.02 * (1 + 0.9 * Math.sin(((cell % 24) / 24) * 2 * Math.PI));
    const errors = Array.from({ length: 20 }, (_, seed) => excessDeviance(drawn(seed, 60, smooth), smooth));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.002);
  });

  it("does not take bursts for a clock", () => {
    const random = seededRandom(3, 0);
    const burstAt = Array.from({ length: 40 }, () => Math.floor(random() * 168));
    const counts = countsOf(40, (hour) => (burstAt[Math.floor(hour / 168)] === hour % 168 ? 6 : 0));
    // Each burst speaks for its own hour, of which the other weeks know nothing.
    expect(excessDeviance(counts, () => 6 / 168)).toBeLessThan(0.02);
  });

  it("keeps the total: expected events are those seen and the prior's", () => {
    const counts = drawn(4, 200, (cell) => (cell % 24 > 8 && cell % 24 < 18 ? 0.3 : 0.02));
    const { rates } = fitTwoFactorRate(counts, PRIOR);
    const expected = 200 * rates.reduce((sum, rate) => sum + rate, 0);
    expect(expected / counts.events.reduce((sum, count) => sum + count, 0)).toBeCloseTo(1, 1);
  });
});
