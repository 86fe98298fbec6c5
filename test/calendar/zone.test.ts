import { describe, expect, it } from "vitest";
import { parseTimestamp } from "../../src/calendar/timestamp.ts";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";

const hour = (text: string) => Date.parse(`${text}:00Z`) / HOUR_MS;

describe("Zone", () => {
  const berlin = new Zone("Europe/Berlin");

  it("settles the name's case and refuses a name that is no zone", () => {
    expect(new Zone("europe/berlin").id).toBe("Europe/Berlin");
    expect(() => new Zone("Mars/Base")).toThrow(RangeError);
  });

  it.each([
    ["an ordinary hour", "2024-03-30T02:00", 1],
    ["the hour skipped in spring", "2024-03-31T02:00", 0],
    ["the hour after it", "2024-03-31T03:00", 1],
    ["the hour repeated in autumn", "2024-10-27T02:00", 2],
    ["the hour before it", "2024-10-27T01:00", 1],
  ])("exposure() of %s", (_, text, exposure) => {
    expect(berlin.exposure(hour(text))).toBe(exposure);
  });

  it("exposure() counts half hours where clocks move by half an hour", () => {
    const lordHowe = new Zone("Australia/Lord_Howe");
    expect(lordHowe.exposure(hour("2024-10-06T02:00"))).toBe(0.5);
    expect(lordHowe.exposure(hour("2024-04-07T01:00"))).toBe(1.5);
  });

  it("exposure() of every year sums to the hours that passed", () => {
    for (const id of ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]) {
      const zone = new Zone(id);
      let lived = 0;
      for (let h = hour("2024-01-01T00:00"); h < hour("2025-01-01T00:00"); h += 1) lived += zone.exposure(h);
      expect(lived).toBe(366 * 24);
    }
  });

  it("instantAt() takes the first of two instants and knows the skipped hour", () => {
    expect(berlin.instantAt(Date.parse("2024-10-27T02:30:00Z"))).toBe(Date.parse("2024-10-27T00:30:00Z"));
    expect(berlin.instantAt(Date.parse("2024-03-31T02:30:00Z"))).toBeUndefined();
    expect(berlin.startOf(hour("2024-03-31T02:00"))).toBeUndefined();
    expect(berlin.startOf(hour("2024-10-27T02:00"))).toBe(Date.parse("2024-10-27T00:00:00Z"));
  });

  it("wallAt() and resolve() convert instants and keep wall-clock readings", () => {
    expect(berlin.resolve({ kind: "instant", epochMs: Date.parse("2024-07-01T10:00:00Z") })).toBe(
      Date.parse("2024-07-01T12:00:00Z"),
    );
    const wallMs = Date.parse("2024-07-01T10:00:00Z");
    expect(berlin.resolve({ kind: "wall", wallMs })).toBe(wallMs);
    expect(berlin.resolve({ kind: "wall", wallMs: Date.parse("2024-03-31T02:00:00Z") })).toBeUndefined();
  });

  it("format() names the offset in force", () => {
    expect(berlin.format(Date.parse("2024-07-01T10:00:00Z"))).toBe("2024-07-01T12:00:00+02:00");
    expect(new Zone("America/St_Johns").format(Date.parse("2024-01-01T12:00:00Z"))).toBe("2024-01-01T08:30:00-03:30");
    expect(new Zone("UTC").format(0)).toBe("1970-01-01T00:00:00+00:00");
  });
});

describe("parseTimestamp()", () => {
  it.each([
    ["2024-02-29 23:59", "2024-02-29T23:59:00.000Z"],
    ["2024-02-29T23:59:58.1239", "2024-02-29T23:59:58.123Z"],
    ["0099-01-01 00:00", "0099-01-01T00:00:00.000Z"],
  ])("reads the wall clock of %s", (text, expected) => {
    expect(parseTimestamp(text)).toEqual({ kind: "wall", wallMs: Date.parse(expected) });
  });

  it.each([
    ["2024-01-01T12:00:00Z", "2024-01-01T12:00:00Z"],
    ["2024-01-01 12:00+05:30", "2024-01-01T06:30:00Z"],
    ["2024-01-01T12:00:00-0800", "2024-01-01T20:00:00Z"],
  ])("reads the instant of %s", (text, expected) => {
    expect(parseTimestamp(text)).toEqual({ kind: "instant", epochMs: Date.parse(expected) });
  });

  it.each(["", "2024-02-30 10:00", "2023-02-29 10:00", "2024-01-01 25:00", "2024-01-01 24:00", "2024-01-01 10:60"])(
    "refuses %j",
    (text) => expect(parseTimestamp(text)).toBeUndefined(),
  );

  it.each(["2024-13-01 10:00", "01/02/2024", "2024-01-01", "1704067200", "2024-01-01T10:00+99:00", "NaN"])(
    "refuses %j",
    (text) => expect(parseTimestamp(text)).toBeUndefined(),
  );
});
