import { describe, expect, it } from "vitest";
import { checkEnough } from "../../src/change/check-enough.ts";

const changes = (failures: number, successes: number) =>
  Uint8Array.from({ length: failures + successes }, (_, i) => (i < failures ? 1 : 0));

describe("checkEnough()", () => {
  it.each([
    [10, 40],
    [40, 10],
    [500, 500],
  ])("takes %i failures and %i successes", (failures, successes) => {
    expect(() => checkEnough(changes(failures, successes), "x")).not.toThrow();
  });

  it("says which changes they are", () => {
    expect(() => checkEnough(changes(1, 2), "x.csv", "to learn from")).toThrow("of 3 changes to learn from 1 failed");
  });

  it.each([
    [0, 0],
    [24, 25],
    [9, 100],
    [100, 9],
  ])("refuses %i failures and %i successes, with the counts and what is needed", (failures, successes) => {
    expect(() => checkEnough(changes(failures, successes), "x.csv")).toThrow(
      expect.objectContaining({
        exitCode: 3,
        message: `Cannot train on "x.csv": of ${failures + successes} changes with a known outcome ${failures} failed`,
        hint: "expected at least 50 changes, 10 that failed and 10 that did not",
      }),
    );
  });
});
