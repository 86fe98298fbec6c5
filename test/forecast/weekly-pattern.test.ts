import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { poisson, seededRandom } from "../../src/chance/random.ts";
import { withFewPatterns } from "../../src/forecast/weekly-pattern.ts";

const HOURS = 168;
/** Working days with peaks at 10 and 16, the last of them quieter; weekends that are lively in the afternoon alone. */
const WEEK = Float64Array.from({ length: HOURS }, (_, i) => {
  const [day, hour] = [Math.floor(i / 24), i % 24];
  if (day >= 5) return hour >= 14 && hour < 20 ? 0.4 : 0;
  return (day === 4 ? 0.6 : 1) * (hour < 8 || hour > 19 ? 0 : hour === 10 || hour === 16 ? 2 : 1);
});
const from = (week: Float64Array, start: number) => week.map((_, i) => week[(start + i) % HOURS]!);
const errorOf = (week: Float64Array, truth: Float64Array) =>
  week.reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0);

describe("withFewPatterns()", () => {
  it("leaves a week of two kinds of days as it is, from whatever hour on", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: HOURS - 1 }), (start) => {
        const week = from(WEEK, start);
        return errorOf(withFewPatterns(week, 2), week) < 1e-20;
      }),
    );
  });

  it("takes out a third of the noise of counts", () => {
    const random = seededRandom(3, 0);
    const seen = WEEK.map((rate) => poisson(random, 20 * rate) / 20);
    expect(errorOf(withFewPatterns(seen, 2), WEEK)).toBeLessThan(0.7 * errorOf(seen, WEEK));
  });

  it("tells apart no more kinds of days than asked for", () => {
    const one = withFewPatterns(WEEK, 1);
    for (let hour = 0; hour < 24; hour += 1)
      expect(one[24 * 5 + hour]! * one[12]!, `hour ${hour}`).toBeCloseTo(one[hour]! * one[24 * 5 + 12]!, 9);
    expect(errorOf(one, WEEK)).toBeGreaterThan(0.1);
  });

  it("leaves any week as it is with a pattern for each day", () => {
    const week = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: HOURS, maxLength: HOURS });
    fc.assert(
      fc.property(week, (values) => {
        const given = Float64Array.from(values);
        return errorOf(withFewPatterns(given, 7), given) < 1e-6;
      }),
      { numRuns: 20 },
    );
  });
});
