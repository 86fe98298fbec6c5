import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { assess } from "../../src/windows/assess.ts";
import { documentOf, jsonSchema, parseDocument } from "../../src/windows/document.ts";
import { forecastOf, typicalWeek } from "./forecasts.ts";

const MODEL = { name: "drp-mini", file: "drp-mini/model.safetensors", sha256: "0".repeat(64) };
const week = typicalWeek({ zone: "America/New_York" });
const document = documentOf(week, assess(week), MODEL);

describe("documentOf()", () => {
  it("names its version, origin and zone, and has every hour with its offset", () => {
    expect(document).toMatchObject({
      schemaVersion: 1,
      origin: "2025-01-01T00:00:00-05:00",
      timezone: "America/New_York",
      horizonHours: 168,
      watchHours: 2,
    });
    expect(document.hours).toHaveLength(168);
    expect(document.hours[19]!.start).toBe("2025-01-01T19:00:00-05:00");
  });

  it("survives being written and read", () => {
    expect(parseDocument(JSON.stringify(document), "x")).toEqual(document);
  });

  it("reads one from before follow-ups were told apart", () => {
    const hours = document.hours.map(({ followUpIncidents: _, ...hour }) => hour);
    expect(parseDocument(JSON.stringify({ ...document, hours }), "x")).toEqual(document);
  });

  it("satisfies its JSON Schema by an independent validator, which refuses what drp refuses", () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(jsonSchema() as object); // z.toJSONSchema returns an object
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...document, schemaVersion: 2 })).toBe(false);
    expect(validate({ ...document, hours: [] })).toBe(false);
    const unknown = forecastOf([0.1]);
    unknown.hours[0]!.expectedDeploys = null;
    expect(validate(documentOf(unknown, assess(unknown), MODEL))).toBe(true);
  });
});

describe("parseDocument()", () => {
  it.each([
    ["text that is no JSON", "{", "it is not JSON"],
    ["a file cut off", JSON.stringify(document).slice(0, 500), "it is not JSON"],
    ["another version", JSON.stringify({ ...document, schemaVersion: 7 }), "schemaVersion is 7, this drp reads 1"],
    ["no version", "[]", "schemaVersion is undefined"],
    ["a missing field", JSON.stringify({ ...document, timezone: undefined }), "timezone: "],
    ["a risk above 1", JSON.stringify({ ...document, hours: [{ ...document.hours[0], risk: 3 }] }), "hours.0.risk: "],
  ])("refuses %s", (_, text, words) => {
    expect(() => parseDocument(text, "w.json")).toThrow('Cannot read risk windows from "w.json"');
    expect(() => parseDocument(text, "w.json")).toThrow(words);
  });
});
