import { describe, expect, it } from "vitest";
import { spanLabel } from "../../src/calendar/labels.ts";
import { Zone } from "../../src/calendar/zone.ts";

const label = (zone: string, from: string, to: string) => spanLabel(new Zone(zone), Date.parse(from), Date.parse(to));

describe("spanLabel()", () => {
  it("names the second day where it is another", () => {
    expect(label("UTC", "2025-01-01T09:00Z", "2025-01-01T11:30Z")).toBe("Wed 1 Jan 09:00 – 11:30");
    expect(label("UTC", "2025-01-01T22:00Z", "2025-01-02T00:00Z")).toBe("Wed 1 Jan 22:00 – Thu 2 Jan 00:00");
  });

  it("tells the length where clocks go back or forward in between", () => {
    const newYork = "America/New_York";
    expect(label(newYork, "2024-11-03T05:00Z", "2024-11-03T06:00Z")).toBe("Sun 3 Nov 01:00 – 01:00 (1 h)");
    expect(label(newYork, "2024-11-03T05:00Z", "2024-11-03T06:30Z")).toBe("Sun 3 Nov 01:00 – 01:30 (1.5 h)");
    expect(label(newYork, "2024-11-03T06:00Z", "2024-11-03T07:00Z")).toBe("Sun 3 Nov 01:00 – 02:00");
    expect(label(newYork, "2024-03-10T06:00Z", "2024-03-10T08:00Z")).toBe("Sun 10 Mar 01:00 – 04:00 (2 h)");
  });
});
