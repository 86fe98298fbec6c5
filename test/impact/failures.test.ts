import { describe, expect, it } from "vitest";
import { HOUR_MS } from "../../src/calendar/zone.ts";
import { seededRandom } from "../../src/chance/random.ts";
import { coFailures } from "../../src/impact/co-failures.ts";
import { chanceAround, failuresOf, following } from "../../src/impact/failures.ts";
import { incident, wall } from "../risk/events.ts";

describe("failuresOf()", () => {
  it("is undefined where no incident names a service", () => {
    expect(failuresOf([])).toBeUndefined();
    expect(failuresOf([incident("2024-01-01 00:00")])).toBeUndefined();
  });

  it("counts incidents that go on as one failure", () => {
    const at = ["00:00", "01:30", "03:30", "05:31"].map((time) => incident(`2024-01-01 ${time}`, { service: "a" }));
    const failures = failuresOf([...at, incident("2024-01-02 00:00")])!;
    expect(failures.incidents).toEqual(new Map([["a", 4]]));
    expect(failures.onsets.get("a")).toEqual([wall("2024-01-01 00:00"), wall("2024-01-01 05:31")]);
    expect(failures.ends.get("a")).toEqual([wall("2024-01-01 03:30"), wall("2024-01-01 05:31")]);
    expect(failures.spanHours).toBe(26);
  });

  it("learns the clock of the platform: more by chance in busy hours", () => {
    const incidents = Array.from({ length: 200 }, (_, day) =>
      incident(new Date(Date.UTC(2024, 0, 1 + day, 10)).toISOString().slice(0, 16).replace("T", " "), { service: "a" }),
    );
    const failures = failuresOf(incidents)!;
    const at = (hour: string) => chanceAround(failures, 200, wall(`2024-05-01 ${hour}`), 2);
    expect(at("10:00")).toBeGreaterThan(5 * at("22:00"));
    expect(at("09:59")).toBeCloseTo(at("10:30"), 1); // all of that hour is within an hour of either, nearly
    const week = Array.from({ length: 168 }, (_, hour) => failures.clock[hour]!);
    expect(week.reduce((sum, of) => sum + of, 0) / 168).toBeCloseTo(1, 12);
  });
});

describe("following()", () => {
  const hours = (...of: number[]) => of.map((hour) => hour * HOUR_MS);

  it("takes the first that follows within two hours, the moment itself and the end included", () => {
    expect(following(hours(0, 10, 20, 30), hours(0, 12, 22.1, 31, 31.5))).toEqual({ trials: 4, followers: [0, 1, 3] });
  });

  it("makes no trial of a service that failed already", () => {
    expect(following(hours(10, 20), hours(8, 17))).toEqual({ trials: 1, followers: [] });
  });

  it("makes none of a service whose failure goes on either", () => {
    const [began, ended] = [hours(0, 20), hours(9, 21)];
    expect(following(hours(10, 12, 22), began, ended)).toEqual({ trials: 1, followers: [] });
    expect(following(hours(10, 12, 22), began), "at once over").toEqual({ trials: 2, followers: [] });
  });

  it("is empty without failures", () => {
    expect(following([], hours(1))).toEqual({ trials: 0, followers: [] });
    expect(following(hours(1), [])).toEqual({ trials: 1, followers: [] });
  });
});

describe("coFailures()", () => {
  const random = seededRandom(3, 0);
  const hoursOfYear = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 365 * 24));
  const named = (service: string, hours: number[]) =>
    hours.map((hour) =>
      incident("2024-01-01 00:00", { service, timestamp: wall("2024-01-01 00:00") + hour * HOUR_MS }),
    );
  const own = hoursOfYear(40);
  const strangers = Array.from({ length: 30 }, (_, i) => `stranger${i}`);
  const failures = failuresOf(
    [
      ...named("api", own),
      ...named(
        "twin",
        own.slice(0, 15).map((hour) => hour - 1),
      ),
      ...strangers.flatMap((name) => named(name, hoursOfYear(40))),
    ].sort((a, b) => a.timestamp - b.timestamp),
  )!;

  it("names the one that fails along, and none of thirty that do by chance", () => {
    const found = coFailures(failures, "api", [...strangers, "twin"]);
    expect(found.map(({ service }) => service)).toEqual(["twin"]);
    expect(found[0]!.together).toBeGreaterThanOrEqual(15);
    expect(found[0]!.expected).toBeLessThan(1);
    expect(found[0]!.pValue).toBeLessThan(1e-10);
  });

  it("gives the tail of the Poisson distribution", () => {
    // One failure each, together: chance is all that a Poisson count of mean m is not 0, or 1 − e^−m.
    const pair = failuresOf([
      incident("2024-01-01 00:00", { service: "x" }),
      incident("2024-06-01 10:00", { service: "a" }),
      incident("2024-06-01 11:00", { service: "b" }),
      incident("2024-12-31 00:00", { service: "x" }),
    ])!;
    const [only] = coFailures(pair, "a", ["b"]);
    expect(only).toMatchObject({ service: "b", together: 1 });
    expect(only!.pValue).toBeCloseTo(-Math.expm1(-only!.expected), 12);
    expect(only!.expected).toBeCloseTo(chanceAround(pair, 1, wall("2024-06-01 10:00"), 4), 12); // two hours before or after
  });

  it("has nothing to tell of a service that never failed", () => {
    expect(coFailures(failures, "never", ["twin"])).toEqual([]);
    expect(coFailures(failures, "api", [])).toEqual([]);
  });
});
