import { describe, expect, it } from "vitest";
import { seededRandom, standardNormal } from "../../src/chance/random.ts";
import { hourOfWeekMean } from "../../src/forecast/baselines.ts";
import { effectHelps, knownEffect, withKnownEffect } from "../../src/forecast/known-effect.ts";
import { stackOf, stackWithClimatology } from "../../src/forecast/stack.ts";
import { trialsOf } from "../../src/forecast/trials.ts";

const WEEKS = 18;
const HOURS = WEEKS * 168;

/** Matches in some evenings of a week and one more, of intensities that nobody could guess. */
function schedule(seed: number, weeks = WEEKS + 1): Float64Array {
  const random = seededRandom(seed, 1);
  return Float64Array.from({ length: weeks * 168 }, (_, hour) =>
    hour % 24 >= 18 && hour % 24 < 22 && random() < 0.5 ? 1 + random() : 0,
  );
}

/** A day, noise of one, and what matches do: `load` in their hour, half of it in the next. */
function seriesOf(known: Float64Array, load: number, seed = 9): Float64Array {
  const random = seededRandom(seed, 2);
  return known.map(
    (match, hour) =>
      20 +
      5 * Math.sin(((hour % 24) / 24) * 2 * Math.PI) +
      load * (match + 0.5 * (known[hour - 1] ?? 0)) +
      standardNormal(random),
  );
}

const squaredError = (got: Float64Array, actual: Float64Array) =>
  actual.reduce((sum, value, hour) => sum + (value - got[hour]!) ** 2, 0);

describe("knownEffect()", () => {
  it("learns what a match does to its hour and to the next", () => {
    const known = schedule(1).fill(0, HOURS);
    known[HOURS + 20] = 2;
    const { ahead, means } = knownEffect(seriesOf(known, 3).subarray(0, HOURS), known);
    const usual = knownEffect(seriesOf(known, 3).subarray(0, HOURS), known.slice().fill(0, HOURS)).ahead;
    expect(means).toHaveLength(168);
    expect(ahead).toHaveLength(168);
    expect(Math.abs(ahead[20]! - usual[20]! - 6)).toBeLessThan(0.5);
    expect(Math.abs(ahead[21]! - usual[21]! - 3)).toBeLessThan(0.5);
    expect(Math.abs(ahead[30]! - usual[30]!)).toBeLessThan(1e-12);
  });

  it("does not see in what units intensity is, nor what is added to it", () => {
    const known = schedule(1);
    const series = seriesOf(known, 3).subarray(0, HOURS);
    const { ahead } = knownEffect(series, known);
    const moved = knownEffect(
      series,
      known.map((value) => 7 + 100 * value),
    ).ahead;
    for (let hour = 0; hour < 168; hour += 1) expect(moved[hour]!).toBeCloseTo(ahead[hour]!, 6);
  });

  it("says nothing where nothing is known, or nothing is unusual", () => {
    const known = schedule(1);
    const series = seriesOf(known, 3).subarray(0, HOURS);
    const until = HOURS + 50;
    const { ahead } = knownEffect(
      series,
      known.map((value, hour) => (hour < until ? value : Number.NaN)),
    );
    expect(ahead.subarray(0, 48).some((value) => value !== 0)).toBe(true);
    expect(ahead.subarray(52).every((value) => value === 0)).toBe(true);
    const always = known.map((_, hour) => (hour % 168 === 40 ? 2 : 0));
    expect(knownEffect(series, always).ahead.every((value) => value === 0)).toBe(true);
  });

  it("leaves missing hours out", () => {
    const known = schedule(1);
    const series = seriesOf(known, 3).subarray(0, HOURS);
    const whole = knownEffect(series, known).ahead;
    const { ahead } = knownEffect(
      series.map((value, hour) => (hour % 97 === 0 ? Number.NaN : value)),
      known,
    );
    for (let hour = 0; hour < 168; hour += 1) expect(Math.abs(ahead[hour]! - whole[hour]!)).toBeLessThan(0.5);
  });
});

describe("effectHelps()", () => {
  const helps = (load: number, seed: number, weeks = WEEKS) => {
    const known = schedule(seed, weeks + 1);
    return effectHelps(trialsOf(seriesOf(known, load, seed).subarray(0, weeks * 168), known));
  };

  it("finds an effect, and does not find one that is none", () => {
    const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
    expect(seeds.filter((seed) => helps(1, seed))).toEqual(seeds);
    expect(seeds.filter((seed) => helps(0, seed)).length).toBeLessThanOrEqual(1);
  });

  it("finds it in a series with gaps", () => {
    const known = schedule(2);
    const gaps = seriesOf(known, 3, 2).map((value, hour) => (hour % 5 === 0 ? Number.NaN : value));
    expect(effectHelps(trialsOf(gaps.subarray(0, HOURS), known))).toBe(true);
  });

  it("believes nothing on less than eight weeks", () => {
    expect(helps(3, 1, 15)).toBe(false);
    expect(helps(3, 1, 16)).toBe(true);
  });

  it("cannot find an effect of a schedule that is the same every week", () => {
    const known = schedule(1).map((_, hour, all) => all[hour % 168]!);
    expect(effectHelps(trialsOf(seriesOf(known, 3).subarray(0, HOURS), known))).toBe(false);
  });
});

describe("trialsOf()", () => {
  it("knows before each week as many hours ahead as are known now, and nothing that happened in it", () => {
    const known = schedule(1).map((value, hour) => (hour < HOURS + 30 ? value : Number.NaN));
    const series = seriesOf(
      known.map((value) => value || 0),
      3,
    ).subarray(0, HOURS);
    const trials = trialsOf(series, known);
    expect(trials).toHaveLength(WEEKS / 2);
    for (const { history, actual, known: then } of trials) {
      const origin = history.length;
      expect(actual.every((value, hour) => value === series[origin + hour])).toBe(true);
      expect(then).toHaveLength(origin + 168);
      const expected = (hour: number) => (hour < origin + 30 ? known[hour]! : Number.NaN);
      expect(then!.every((value, hour) => Object.is(value, expected(hour)))).toBe(true);
    }
  });
});

describe("trialsOf() a series with gaps", () => {
  const gaps = seriesOf(schedule(1), 3).subarray(0, HOURS);
  gaps.fill(Number.NaN, HOURS - 3 * 168, HOURS - 168 - 20); // one week and most of another

  it("keeps what is missing apart from what was seen, and leaves out weeks of which nothing was", () => {
    const trials = trialsOf(gaps);
    expect(trials.map(({ history }) => HOURS - history.length)).toEqual([168, 336, 672, 840, 1008, 1176, 1344, 1512]);
    expect(trials[1]!.actual.filter((value) => !Number.isNaN(value))).toHaveLength(20);
    expect(trials.every(({ history }) => !history.some(Number.isNaN))).toBe(true);
  });
});

describe("stackWithClimatology()", () => {
  const stack = stackWithClimatology(hourOfWeekMean(6));
  const known = schedule(4);
  const errorOf = async (series: Float64Array, request: { known?: Float64Array[] }) => {
    const [forecast] = await stack.forecast([series.subarray(0, HOURS)], { horizon: 168, ...request });
    return squaredError(forecast!.mean, series.subarray(HOURS));
  };

  it("forecasts better with what is known where it moves the series", async () => {
    const series = seriesOf(known, 6);
    expect(await errorOf(series, { known: [known] })).toBeLessThan(0.4 * (await errorOf(series, {})));
  });

  it("changes nothing where it does not, nor for the series beside one that it moves", async () => {
    const moved = seriesOf(known, 3).subarray(0, HOURS);
    const still = seriesOf(known, 0).subarray(0, HOURS);
    const plain = await stack.forecast([still, moved], { horizon: 168 });
    expect(await stack.forecast([still, still], { horizon: 168, known: [known, undefined] })).toEqual([
      plain[0],
      plain[0],
    ]);
    const [first, second] = await stack.forecast([still, moved], { horizon: 168, known: [known, known] });
    expect(first).toEqual(plain[0]);
    expect(second).not.toEqual(plain[1]);
  });

  it("loses little to the best member, with what is known or without", async () => {
    for (const load of [0.3, 3]) {
      const series = seriesOf(known, load);
      const members = [hourOfWeekMean(6), hourOfWeekMean(), withKnownEffect(hourOfWeekMean(6))];
      const errors = await Promise.all(
        [...members, stackOf(members)].map(async (member) => {
          const [forecast] = await member.forecast([series.subarray(0, HOURS)], { horizon: 168, known: [known] });
          return squaredError(forecast!.mean, series.subarray(HOURS));
        }),
      );
      expect(errors.pop()!).toBeLessThan(1.02 * Math.min(...errors));
    }
  });

  it("does not fall below 0 where the series does not", async () => {
    const counts = known.map((match) => (match === 0 ? 2 : 0));
    const [forecast] = await withKnownEffect(hourOfWeekMean()).forecast([counts.subarray(0, HOURS)], {
      horizon: 168,
      known: [known.map((value, hour) => (hour < HOURS ? value : 5 * value))],
    });
    expect(Math.min(...forecast!.mean)).toBe(0);
    expect(Math.min(...forecast!.quantiles)).toBe(0);
  });
});
