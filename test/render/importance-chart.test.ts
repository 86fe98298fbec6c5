import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FeatureDrop, importanceChartSvg } from "../../src/render/importance-chart.ts";
import { expectLabelsInside } from "./labels.ts";
import { expectPicture } from "./snapshot.ts";

const NAMES = [
  "la",
  "days since the last deployment",
  "a_feature_with_a_name_that_is_much_too_long_to_be_drawn_whole_1",
];
const drops: FeatureDrop[] = Array.from({ length: 23 }, (_, i) => {
  const drop = 0.09 * 0.8 ** i - (i > 12 ? 0.002 : 0);
  const half = 0.004 + 0.02 * 0.8 ** i;
  return { name: NAMES[i] ?? `feature ${i}`, drop, low: drop - half, high: drop + half };
});
const picture = (some: readonly FeatureDrop[], caption = "data · model change-risk") =>
  importanceChartSvg(some, "2000 changes held out: 412 failures", caption);

describe("importanceChartSvg()", () => {
  it("is as committed", () => expectPicture(picture(drops), "importance-chart"));

  it("draws at most 20 features and says how many more there are", () => {
    expect(picture(drops).match(/<circle/g)).toHaveLength(20);
    expect(picture(drops)).toContain("not drawn, as smaller: 3 more");
    expect(picture(drops.slice(0, 20))).not.toContain("not drawn");
  });

  it("draws hollow what may be chance", () => {
    const filled = (some: FeatureDrop) => /<circle[^>]*fill="(#\w+)"/.exec(picture([some]))![1];
    expect(filled({ name: "a", drop: 0.1, low: 0.05, high: 0.15 })).not.toBe("#ffffff");
    expect(filled({ name: "a", drop: 0.1, low: -0.05, high: 0.25 })).toBe("#ffffff");
    expect(filled({ name: "a", drop: 0, low: 0, high: 0 })).toBe("#ffffff");
  });

  it("cuts the middle out of a name that is too long", () => {
    expect(picture(drops)).toMatch(/>a_feature_with_[^<]*…[^<]*whole_1</);
  });

  it("keeps every mark inside the picture, and text as text", () => {
    const value = fc.double({ min: -0.5, max: 0.5, noNaN: true });
    const feature = fc.record({
      name: fc.string({ maxLength: 80 }),
      drop: value,
      spread: fc.double({ min: 0, max: 0.3, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(feature, { maxLength: 30 }), (features) => {
        const svg = picture(
          features.map(({ name, drop, spread }) => ({ name, drop, low: drop - spread, high: drop + spread })),
        );
        expectLabelsInside(svg);
        const [width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number) as [number, number];
        for (const [, x, y] of svg.matchAll(/<circle cx="([-\d.]+)" cy="([-\d.]+)"/g)) {
          expect(Number(x)).toBeGreaterThanOrEqual(0);
          expect(Number(x)).toBeLessThanOrEqual(width);
          expect(Number(y)).toBeGreaterThanOrEqual(0);
          expect(Number(y)).toBeLessThanOrEqual(height);
        }
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});
