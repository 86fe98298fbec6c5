import { describe, expect, it } from "vitest";
import type { Column } from "../../src/change/change-table.ts";
import { encoded, featuresOf, inputsOf, placesOf } from "../../src/change/feature-schema.ts";

const teams = Array.from({ length: 40 }, (_, row) => (row < 20 ? "a" : row < 32 ? "b" : row < 39 ? "rare" : undefined));
const columns: Column[] = [
  {
    name: "lines",
    kind: "number",
    values: Float64Array.from({ length: 40 }, (_, row) => (row === 7 ? Number.NaN : row)),
  },
  { name: "hour", kind: "number", values: Float64Array.from({ length: 40 }, (_, row) => row % 24), period: 24 },
  { name: "team", kind: "category", values: teams },
  { name: "same", kind: "number", values: new Float64Array(40).fill(5) },
  { name: "one", kind: "category", values: new Array(40).fill("x") },
];

describe("featuresOf()", () => {
  it("describes numbers by median and range, categories by their frequent levels, and leaves out what never varies", () => {
    const { features, constant } = featuresOf(columns, 40);
    expect(features).toEqual([
      { name: "lines", kind: "number", fill: 20, min: 0, max: 39 },
      { name: "hour", kind: "number", fill: 10, min: 0, max: 23, period: 24 },
      { name: "team", kind: "category", levels: ["a", "b"] },
    ]);
    expect(constant).toEqual(["same", "one"]);
  });

  it("looks at the rows of training alone", () => {
    const { features } = featuresOf(columns, 20);
    expect(features[0]).toMatchObject({ max: 19 });
    expect(features.map(({ name }) => name)).not.toContain("team"); // "a" alone until then
  });

  it("keeps a number that is constant where it is known at all", () => {
    const sometimes = Float64Array.from({ length: 40 }, (_, row) => (row % 2 === 0 ? 3 : Number.NaN));
    const { features } = featuresOf([{ name: "n", kind: "number", values: sometimes }], 40);
    expect(features).toHaveLength(1);
  });
});

describe("encoded()", () => {
  const { features } = featuresOf(columns, 40);

  it("gives a number one input, a clock three, a category one a level", () => {
    expect(placesOf(features)).toEqual([
      { start: 0, width: 1 },
      { start: 1, width: 3 },
      { start: 4, width: 2 },
    ]);
    const rows = encoded(features, columns, 40);
    const inputs = inputsOf(features);
    const row = (i: number) => [...rows.subarray(i * inputs, (i + 1) * inputs)];
    expect(row(6)).toEqual([6, 6, 1, expect.closeTo(0, 6), 1, 0]);
    expect(row(7)[0]).toBeNaN();
    expect(row(36)).toEqual([36, 12, expect.closeTo(0, 6), -1, 0, 0]); // a rare level has no input
    expect(row(39).slice(4)).toEqual([0, 0]); // nor has a missing one
  });

  it("reads a category that another table has as numbers", () => {
    const [feature] = [{ name: "team", kind: "category" as const, levels: ["7"] }];
    expect([...encoded([feature], [{ name: "team", kind: "number", values: Float64Array.of(7, 8) }], 2)]).toEqual([
      1, 0,
    ]);
  });

  it("refuses a missing column, or text for numbers", () => {
    expect(() => encoded(features, columns.slice(1), 40)).toThrow('there is no column "lines"');
    const text: Column = { name: "lines", kind: "category", values: ["many"] };
    expect(() => encoded(features.slice(0, 1), [text], 1)).toThrow('column "lines" holds text');
  });
});
