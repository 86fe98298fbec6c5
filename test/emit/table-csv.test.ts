import { describe, expect, it } from "vitest";
import { eventsCsv } from "../../src/emit/events-csv.ts";
import { tableCsv } from "../../src/emit/table-csv.ts";

describe("tableCsv()", () => {
  it("writes columns in the order asked for, quotes what needs it, and leaves the unknown empty", () => {
    const rows = [
      { caller: 'a "b", c', weight: 0.5, hard: false, note: "not asked for" },
      { caller: "d", weight: undefined, hard: true, note: "" },
    ];
    expect(tableCsv(["weight", "caller", "hard"], rows)).toBe('weight,caller,hard\n0.5,"a ""b"", c",false\n,d,true\n');
    expect(tableCsv(["caller"], [])).toBe("caller\n");
  });
});

describe("eventsCsv()", () => {
  it("puts the wall clock first", () => {
    expect(eventsCsv(["value"], [{ value: 3, timestamp: Date.UTC(2024, 1, 29, 23, 59, 1) }])).toBe(
      "timestamp,value\n2024-02-29 23:59:01,3\n",
    );
  });
});
