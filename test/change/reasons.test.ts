import { describe, expect, it } from "vitest";
import type { Feature } from "../../src/change/feature-schema.ts";
import { reasonsOf } from "../../src/change/reasons.ts";

const FEATURES: Feature[] = [
  { name: "la", kind: "number", fill: 12, min: 0, max: 90_000 },
  { name: "service", kind: "category", levels: ["api", "web"] },
  { name: "entropy", kind: "number", fill: 0.30000001192092896, min: 0, max: 5 },
];

function told(contributions: number[], row: number[], most = 5): string[] {
  const explanation = {
    probability: 0.5,
    base: 0.5,
    contributions: FEATURES.map(({ name }, f) => ({ name, contribution: contributions[f]! })),
  };
  return reasonsOf(explanation, FEATURES, Float32Array.from(row), most).map(({ text }) => text);
}

describe("reasonsOf()", () => {
  it("puts the largest first, whichever their sign", () => {
    expect(told([0.0621, -0.011, -0.2], [418, 1, 0, 0.75])).toEqual([
      "−20.0 points: entropy = 0.75 (median 0.3)",
      "+6.2 points: la = 418 (median 12)",
      "−1.1 points: service = api",
    ]);
    expect(told([0.0621, -0.011, -0.2], [418, 1, 0, 0.75], 1)).toHaveLength(1);
  });

  it("leaves out what rounds to nothing", () => {
    expect(told([0.0004, 0, -0.0006], [418, 0, 1, 0.75])).toEqual(["−0.1 points: entropy = 0.75 (median 0.3)"]);
  });

  it("says what is not known, and of a level without an input that it is another", () => {
    expect(told([0.03, 0.02, 0.01], [Number.NaN, 0, 0, Number.NaN])).toEqual([
      "+3.0 points: la not known (median 12)",
      "+2.0 points: service is another or not known",
      "+1.0 points: entropy not known (median 0.3)",
    ]);
  });

  it("rounds to what can be read", () => {
    const shown = (value: number) => told([0.01, 0, 0], [value, 0, 0, 0])[0]!.replace(/.* = | \(.*/g, "");
    expect([1_234_567, 1234.56, -250.4, 0.0123456, 2.34567, 0].map(shown)).toEqual([
      "1234567",
      "1235",
      "-250",
      "0.0123",
      "2.35",
      "0",
    ]);
  });

  it("carries the figure beside the words", () => {
    const explanation = { probability: 0.6, base: 0.5, contributions: [{ name: "la", contribution: 0.1 }] };
    expect(reasonsOf(explanation, FEATURES.slice(0, 1), Float32Array.of(3), 3)).toEqual([
      { name: "la", contribution: 0.1, text: "+10.0 points: la = 3 (median 12)" },
    ]);
  });
});
