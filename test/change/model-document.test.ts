import { describe, expect, it } from "vitest";
import { modelDocument, parseModelDocument, percentileOf, percentilesOf } from "../../src/change/model-document.ts";

const document = modelDocument({
  source: "table",
  label: "failed",
  time: "at",
  timezone: "UTC",
  attributionHours: null,
  features: [{ name: "lines", kind: "number", fill: 1, min: 0, max: 9 }],
  training: { changes: 100, failures: 10, from: "2024-01-01T00:00:00.000Z", to: "2024-02-01T00:00:00.000Z" },
  percentiles: percentilesOf(Float64Array.from({ length: 1000 }, (_, i) => i / 1000)),
  sha256: "0".repeat(64),
});

describe("parseModelDocument()", () => {
  it("reads what was written", () => {
    expect(parseModelDocument(JSON.stringify(document), "f")).toEqual(document);
  });

  it.each([
    ["no JSON", "{", "it is not JSON"],
    ["another version", JSON.stringify({ ...document, schemaVersion: 2 }), "its schemaVersion is 2, expected 1"],
    ["no version", "[]", "its schemaVersion is missing, expected 1"],
    ["a zone that is none", JSON.stringify({ ...document, timezone: "Mars" }), "timezone: expected an IANA time zone"],
    ["a field of another kind", JSON.stringify({ ...document, features: 3 }), "features: "],
  ])("refuses %s", (_, json, message) => {
    expect(() => parseModelDocument(json, "f")).toThrow(`Cannot use the model of "f": ${message}`);
  });
});

describe("percentileOf()", () => {
  it.each([
    [-1, 0],
    [0.25, 25],
    [0.5, 50],
    [2, 100],
  ])("%d is at %d", (probability, percentile) => {
    expect(Math.abs(percentileOf(document, probability) - percentile)).toBeLessThanOrEqual(1);
  });

  it("puts a probability that all have in the middle", () => {
    const alike = { ...document, percentiles: percentilesOf(new Float64Array(50).fill(0.1)) };
    expect(percentileOf(alike, 0.1)).toBe(50);
  });
});
