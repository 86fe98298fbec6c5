import { describe, expect, it } from "vitest";
import { poisson, seededRandom } from "../../src/chance/random.ts";
import { type CountedWeek, countWeights } from "../../src/forecast/count-weights.ts";

const HOURS = 168;
const isNight = (hour: number) => hour % 24 < 8;

/** Weeks drawn from a rate, with what members expect of each hour. */
function drawn(rate: (hour: number) => number, members: readonly ((hour: number) => number)[], weeks = 52) {
  const random = seededRandom(3, 0);
  const means = members.map((member) => Float64Array.from({ length: HOURS }, (_, hour) => member(hour)));
  return Array.from({ length: weeks }, (): CountedWeek => {
    return { actual: Float64Array.from({ length: HOURS }, (_, hour) => poisson(random, rate(hour))), means };
  });
}

/** Up to a constant. */
function logLikelihood(weeks: readonly CountedWeek[], weights: readonly number[]): number {
  let sum = 0;
  for (const { actual, means } of weeks)
    actual.forEach((count, hour) => {
      const expected = weights.reduce((total, weight, m) => total + weight * means[m]![hour]!, 0);
      sum += (count > 0 ? count * Math.log(expected) : 0) - expected;
    });
  return sum;
}

describe("countWeights()", () => {
  const byDay = (hour: number) => (isNight(hour) ? 0.02 : 2);

  it("finds in what shares two rhythms make a third", () => {
    const late = (hour: number) => byDay(hour + 4);
    const weeks = drawn((hour) => 0.7 * byDay(hour) + 0.3 * late(hour), [byDay, late]);
    const [first, second] = countWeights(weeks, 2);
    expect(Math.abs(first! - 0.7)).toBeLessThan(0.03);
    expect(first! + second!).toBeCloseTo(1, 12);
  });

  it("is likelier than any other weights", () => {
    const members = [byDay, () => 1, (hour: number) => 0.1 + 0.1 * (hour % 7), (hour: number) => byDay(hour + 6)];
    const weeks = drawn((hour) => 0.8 * byDay(hour) + 0.2, members, 12);
    const best = logLikelihood(weeks, countWeights(weeks, members.length));
    const random = seededRandom(4, 0);
    for (let i = 0; i < 300; i += 1) {
      const draws = members.map(() => (-Math.log(1 - random())) ** 3);
      const total = draws.reduce((sum, draw) => sum + draw, 0);
      expect(
        logLikelihood(
          weeks,
          draws.map((draw) => draw / total),
        ),
      ).toBeLessThan(best + 0.01);
    }
  });

  it("sees what a member expects too much of quiet hours, where squares see the busy ones", () => {
    const cautious = (hour: number) => (isNight(hour) ? 0.2 : 2);
    const steep = (hour: number) => (isNight(hour) ? 0.02 : 1.9);
    const [first, second] = countWeights(drawn(byDay, [cautious, steep]), 2);
    expect(first).toBeLessThan(0.1);
    expect(second).toBeGreaterThan(0.9);
  });

  it("does not read missing hours", () => {
    const wrongAtNight = (hour: number) => (isNight(hour) ? 50 : 2);
    const weeks = drawn(byDay, [wrongAtNight, () => 1.5]).map(({ actual, means }) => ({
      actual: actual.map((count, hour) => (isNight(hour) ? Number.NaN : count)),
      means,
    }));
    expect(countWeights(weeks, 2)[0]).toBeGreaterThan(0.9);
  });

  it("goes by events that some member had thought possible", () => {
    const never = () => 0;
    const byDayAlone = (hour: number) => (isNight(hour) ? 0 : 2);
    const weights = countWeights(drawn(byDay, [never, byDayAlone]), 2);
    expect(weights[0]).toBeLessThan(0.1);
    expect(weights.some(Number.isNaN)).toBe(false);
  });

  it("leaves out members that are put down less and less until nothing is left of it", () => {
    const byDayAlone = (hour: number) => (isNight(hour) ? 0 : 2);
    const byNight = (hour: number) => (isNight(hour) ? 1 : 0.001);
    const weights = countWeights(drawn(byDayAlone, [byDayAlone, byDayAlone, byNight]), 3);
    expect(weights).toEqual([0.5, 0.5, 0]);
  });

  it("takes those that expected least where nothing happened, and all alike without weeks", () => {
    const weeks = drawn(() => 0, [() => 0.1, () => 0, () => 0.3, () => 0]);
    expect(countWeights(weeks, 4)).toEqual([0, 0.5, 0, 0.5]);
    expect(countWeights([], 2)).toEqual([0.5, 0.5]);
  });
});
