import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { assess } from "../../src/windows/assess.ts";
import { documentOf } from "../../src/windows/document.ts";
import { StaffedHours } from "../../src/windows/staffed-hours.ts";
import { hourAt, type SuggestRequest, suggest } from "../../src/windows/suggest.ts";
import { forecastOf, NEW_YEAR, typicalWeek } from "./forecasts.ts";

const UTC = new Zone("UTC");
const START = NEW_YEAR * HOUR_MS;
const at = (text: string) => Date.parse(`${text.replace(" ", "T")}:00Z`);

function documentFor(forecast: ReturnType<typeof forecastOf>) {
  return documentOf(forecast, assess(forecast), { name: "m", file: "m", sha256: "0".repeat(64) });
}

function request(more: Partial<SuggestRequest> = {}): SuggestRequest {
  return {
    from: START,
    withinMs: 24 * HOUR_MS,
    durationMs: 2 * HOUR_MS,
    staffed: StaffedHours.always(),
    count: 3,
    ...more,
  };
}

describe("StaffedHours.parse()", () => {
  it.each([
    ["Mon-Fri 09:00-17:00", "2025-01-01 09:00", true],
    ["Mon-Fri 09:00-17:00", "2025-01-01 16:59", true],
    ["Mon-Fri 09:00-17:00", "2025-01-01 17:00", false],
    ["Mon-Fri 09:00-17:00", "2025-01-04 12:00", false],
    ["Mon-Fri 09:00-17:00, Sat 10:00-12:00", "2025-01-04 11:00", true],
    ["fri-mon 09:00-17:00", "2025-01-05 12:00", true],
    ["Fri-Mon 09:00-17:00", "2025-01-01 12:00", false],
    ["Wed 22:00-06:00", "2025-01-02 05:59", true],
    ["Wed 22:00-06:00", "2025-01-01 05:59", false],
    ["Sun 22:00-06:00", "2025-01-06 01:00", true],
    ["Wed 00:00-24:00", "2025-01-01 23:59", true],
  ])("%s holds %s: %s", (text, time, expected) => {
    expect(StaffedHours.parse(text)!.includes(at(time))).toBe(expected);
  });

  it.each([
    "",
    "Mon",
    "Mon-Fri",
    "Mon 9-17",
    "Mon 09:00-25:00",
    "Mon 09:60-10:00",
    "Xyz 09:00-10:00",
    "Mon 09:00-09:00",
  ])("refuses %j", (text) => expect(StaffedHours.parse(text)).toBeUndefined());
});

describe("suggest()", () => {
  const risks = Array.from({ length: 48 }, (_, hour) => 0.1 + 0.01 * Math.abs(hour - 10));

  it("finds the least risky windows, in order of risk, none overlapping", () => {
    const found = suggest(documentFor(forecastOf(risks)), UTC, request());
    expect(found.map(({ startMs }) => (startMs - START) / HOUR_MS)).toEqual([9, 11, 7]);
    expect(found[0]!.meanRisk).toBeCloseTo(0.105, 9);
    expect(found[0]!.maxRisk).toBeCloseTo(0.11, 9);
  });

  it("takes the earlier of windows that are alike, whatever parts of hours they are made of", () => {
    const document = documentFor(forecastOf(new Array<number>(48).fill(0.0131234)));
    for (let minute = 0; minute < 60; minute += 1) {
      const from = START + minute * 60_000;
      const found = suggest(document, UTC, request({ from, durationMs: HOUR_MS, count: 2 }));
      expect(found.map(({ startMs }) => startMs - from)).toEqual([
        0,
        HOUR_MS * (minute === 0 ? 1 : 2) - minute * 60_000,
      ]);
    }
  });

  it("weighs parts of hours, and starts when people arrive", () => {
    const staffed = StaffedHours.parse("Wed 10:30-12:00")!;
    const [found] = suggest(documentFor(forecastOf(risks)), UTC, request({ staffed, durationMs: 1.5 * HOUR_MS }));
    expect(found!.startMs).toBe(at("2025-01-01 10:30"));
    expect(found!.meanRisk).toBeCloseTo((0.1 * 0.5 + 0.11) / 1.5, 9);
  });

  it("finds nothing where the hours hold no window of that length", () => {
    const staffed = StaffedHours.parse("Wed 10:00-11:00")!;
    expect(suggest(documentFor(forecastOf(risks)), UTC, request({ staffed }))).toEqual([]);
  });

  it("refuses times that the forecast does not cover", () => {
    const document = documentFor(forecastOf(risks));
    expect(() => suggest(document, UTC, request({ withinMs: 49 * HOUR_MS }))).toThrow("the forecast covers 2025-01-01");
    expect(() => suggest(document, UTC, request({ from: START - 1 }))).toThrow("Cannot tell the risk from");
    expect(() => hourAt(document, UTC, START + 48 * HOUR_MS)).toThrow("Cannot tell the risk at");
    expect(hourAt(document, UTC, START + 10.5 * HOUR_MS).start).toBe("2025-01-01T10:00:00+00:00");
  });

  it("spans a change of clocks in real time", () => {
    const originHour = Date.UTC(2024, 9, 27) / HOUR_MS;
    const berlin = new Zone("Europe/Berlin");
    const document = documentFor(forecastOf([0.5, 0.4, 0.1, 0.4, 0.5], { zone: "Europe/Berlin", originHour }));
    const from = berlin.startOf(originHour)!;
    const [found] = suggest(document, berlin, request({ from, withinMs: 6 * HOUR_MS }));
    expect(found).toMatchObject({ startMs: from + 2 * HOUR_MS, meanRisk: expect.closeTo(0.1, 9) });
    expect(hourAt(document, berlin, from + 3.5 * HOUR_MS).start).toBe("2024-10-27T02:00:00+02:00");
  });

  it("keeps its promises for any request", () => {
    const document = documentFor(typicalWeek());
    const staffed = StaffedHours.parse("Mon-Fri 09:00-17:00,Sat 22:00-03:00")!;
    fc.assert(
      fc.property(
        fc.nat(3000),
        fc.integer({ min: 15, max: 400 }),
        fc.integer({ min: 1, max: 8 }),
        (offset, minutes, count) => {
          const from = START + offset * 60_000;
          const durationMs = minutes * 60_000;
          const found = suggest(document, UTC, request({ from, withinMs: 72 * HOUR_MS, durationMs, staffed, count }));
          expect(found.length).toBeLessThanOrEqual(count);
          found.forEach(({ startMs, endMs, meanRisk, maxRisk }, i) => {
            expect(endMs - startMs).toBe(durationMs);
            expect(startMs).toBeGreaterThanOrEqual(from);
            expect(endMs).toBeLessThanOrEqual(from + 72 * HOUR_MS);
            expect(staffed.includes(startMs) && staffed.includes(endMs - 1)).toBe(true);
            expect(meanRisk).toBeLessThanOrEqual(maxRisk + 1e-12);
            for (const other of found.slice(i + 1)) expect(other.endMs <= startMs || other.startMs >= endMs).toBe(true);
          });
        },
      ),
      { numRuns: 40 },
    );
  });
});
