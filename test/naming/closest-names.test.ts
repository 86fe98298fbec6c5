import { describe, expect, it } from "vitest";
import { closestNames, editDistance } from "../../src/naming/closest-names.ts";

describe("closestNames()", () => {
  it("finds slips of the keyboard and of case, closest first, three at most", () => {
    const names = ["cart", "card", "chart", "care", "payments", "db"];
    expect(closestNames("Cart", names)).toEqual(["cart", "card", "care"]);
    expect(closestNames("paymnets", names)).toEqual(["payments"]);
  });

  it("finds none where nothing is close", () => {
    expect(closestNames("x", ["a", "db"])).toEqual([]);
    expect(closestNames("", ["a"])).toEqual([]);
    expect(closestNames("checkout", ["db", "frontend"])).toEqual([]);
  });
});

describe("editDistance()", () => {
  it.each([
    ["kitten", "sitting", 3],
    ["", "abc", 3],
    ["same", "same", 0],
    ["flaw", "lawn", 2],
  ])("from %s to %s is %i", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});
