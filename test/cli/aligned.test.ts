import { describe, expect, it } from "vitest";
import { aligned } from "../../src/cli/aligned.ts";
import { shownWidth } from "../../src/cli/shown-width.ts";

describe("aligned()", () => {
  it("puts words to the left and numbers to the right, by what a terminal shows", () => {
    const rows = [
      ["service", "chance", "via"],
      ["決済", "5 %", "directly"],
      ["cafe\u0301", "100 %", "🚀 → 价格"],
      ["a\nb", "", ""],
    ];
    expect(aligned(rows, new Set([0, 2]))).toEqual([
      "service   chance  via",
      "決済         5 %  directly",
      "cafe\u0301       100 %  🚀 → 价格",
      "a\\u000ab",
    ]);
  });
});

describe("shownWidth()", () => {
  it.each([
    ["", 0],
    ["drp – µ", 7],
    ["naïve", 5],
    ["e\u0301\u0327", 1],
    ["支付", 4],
    ["カード", 6],
    ["ｶｰﾄﾞ", 3],
    ["결제", 4],
    ["\u1100\u1161\u11a8", 2], // one syllable in three letters
    ["（Ａ）", 6],
    ["「、」", 6],
    ["🚀", 2],
    ["👩🏽‍💻", 2],
    ["🇨🇭", 2],
    ["❤\ufe0f", 2],
    ["1\ufe0f\u20e3", 2],
    ["☎ ±½", 4],
    ["a\u200bb\ufeff", 2],
    ["สวัสดี", 4],
    ["مرحبا", 5],
  ])("of %j is %i", (text, width) => {
    expect(shownWidth(text)).toBe(width);
  });
});
