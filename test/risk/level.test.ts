import { describe, expect, it } from "vitest";
import { poisson, seededRandom } from "../../src/chance/random.ts";
import { levelNow, WeeklyCauses } from "../../src/risk/level.ts";

const WEEKS = 104;

/** Weeks of which `perWeek` was expected, drawn from what came to `levelAt` times as much; `burst` incidents at a time. */
function drawn(perWeek: number, levelAt: (week: number) => number, { seed = 1, burst = 1 } = {}) {
  const random = seededRandom(seed, 0);
  return {
    events: Float64Array.from(
      { length: WEEKS },
      (_, week) => burst * poisson(random, (perWeek * levelAt(week)) / burst),
    ),
    expected: new Float64Array(WEEKS).fill(perWeek),
  };
}

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("levelNow()", () => {
  it("leaves a level that stands still", () => {
    const levels = SEEDS.map(
      (seed) =>
        levelNow(
          drawn(5, () => 1, { seed }),
          Infinity,
        ).mean,
    );
    expect(Math.abs(meanOf(levels) - 1)).toBeLessThan(0.03);
    expect(meanOf(levels.map((level) => (level - 1) ** 2)) ** 0.5).toBeLessThan(0.08);
  });

  it("follows one that doubled a quarter ago, and one that fell to a third", () => {
    const lately = (level: number) => (week: number) => (week < WEEKS - 13 ? 1 : level);
    const doubled = SEEDS.map((seed) => levelNow(drawn(5, lately(2), { seed }), Infinity).mean);
    expect(meanOf(doubled)).toBeGreaterThan(1.75);
    expect(meanOf(doubled)).toBeLessThan(2.15);
    const fallen = SEEDS.map((seed) => levelNow(drawn(5, lately(1 / 3), { seed }), Infinity).mean);
    expect(meanOf(fallen)).toBeLessThan(0.6);
    expect(meanOf(fallen)).toBeGreaterThan(0.25);
  });

  it("follows a change at once within a month", () => {
    const lately = (level: number) => (week: number) => (week < WEEKS - 4 ? 1 : level);
    const meanAfter = (level: number) =>
      meanOf(SEEDS.map((seed) => levelNow(drawn(5, lately(level), { seed }), Infinity).mean));
    expect(meanAfter(2.5)).toBeGreaterThan(1.75); // levels that move little by little come to 1.4
    expect(meanAfter(2.5)).toBeLessThan(2.5);
    expect(meanAfter(0.4)).toBeLessThan(0.85);
    expect(meanAfter(0.4)).toBeGreaterThan(0.4);
  });

  it("believes a change of very many incidents as it is", () => {
    const events = Float64Array.from({ length: WEEKS }, (_, week) => (week < WEEKS - 6 ? 100 : 300));
    const { mean } = levelNow({ events, expected: new Float64Array(WEEKS).fill(100) }, Infinity);
    expect(Math.abs(mean - 3)).toBeLessThan(0.1);
  });

  it("does not take a week that stands out for a change", () => {
    const only = (at: number) => (week: number) => (week === at ? 4 : 1);
    const meanWith = (at: number) => meanOf(SEEDS.map((seed) => levelNow(drawn(5, only(at), { seed }), Infinity).mean));
    expect(meanWith(WEEKS - 1)).toBeLessThan(1.5); // its own level is 4, and a change may be a week old: 1.9
    expect(meanWith(WEEKS - 4)).toBeLessThan(1.25); // the last four weeks' is 1.75
    expect(meanWith(WEEKS - 26)).toBeLessThan(1.05);
  });

  it("does not take bursts for movement", () => {
    const levels = SEEDS.map(
      (seed) =>
        levelNow(
          drawn(1, () => 1, { seed, burst: 6 }),
          Infinity,
        ).mean,
    );
    expect(meanOf(levels.map((level) => (level - 1) ** 2)) ** 0.5).toBeLessThan(0.3); // the last quarter's own level strays by .7
  });

  it("hardly moves with few incidents", () => {
    const { events, expected } = drawn(0.05, () => 1);
    events.fill(0);
    events[WEEKS - 1] = 1;
    expect(Math.abs(levelNow({ events, expected }, Infinity).mean - 1)).toBeLessThan(0.1);
  });

  it("does not judge by weeks that the fit has forgotten", () => {
    const { events, expected } = drawn(5, () => 1);
    events.fill(50, 0, 52);
    expect(Math.abs(levelNow({ events, expected }, 4).mean - 1)).toBeLessThan(0.15);
  });

  it("is the surer the less the level has moved", () => {
    const varianceOf = (levelAt: (week: number) => number) =>
      meanOf(SEEDS.map((seed) => levelNow(drawn(5, levelAt, { seed }), Infinity).variance));
    const still = varianceOf(() => 1);
    expect(still).toBeLessThan(0.02);
    expect(varianceOf((week) => 2 ** Math.round(Math.sin(week / 6)))).toBeGreaterThan(2 * still);
  });

  it("is 1 without weeks, and of weeks of which nothing was expected", () => {
    expect(levelNow({ events: new Float64Array(), expected: new Float64Array() }, Infinity).mean).toBeCloseTo(1, 12);
    const nothing = { events: new Float64Array(9), expected: new Float64Array(9) };
    expect(levelNow(nothing, Infinity).mean).toBeCloseTo(1, 12);
  });
});

describe("WeeklyCauses", () => {
  it("counts weeks back from the end, each cause on its own", () => {
    const [from, until] = [1000, 1000 + 26 * 168 + 30]; // thirty hours of a first week
    const weekly = new WeeklyCauses(from, until);
    for (let hour = from; hour < until; hour += 1) {
      for (const cause of ["deploys", "load", "other"] as const) weekly.expect(cause, hour, 0.05);
      weekly.see("load", hour, 0.05);
      weekly.see("deploys", hour, hour < until - 4 * 168 ? 0.05 : 0.2);
      weekly.see("other", hour, hour < until - 4 * 168 ? 0.05 : 0);
    }
    const { deploys, load, other } = weekly.levels(Infinity);
    expect(deploys.mean).toBeGreaterThan(2);
    expect(load.mean).toBeCloseTo(1, 9);
    expect(other.mean).toBeLessThan(0.6);
  });
});
