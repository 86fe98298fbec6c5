import { describe, expect, it } from "vitest";
import { oneLine, printable } from "../../src/cli/printable.ts";

describe("printable()", () => {
  it("escapes what steers a terminal, in seven bits and in eight", () => {
    expect(printable("a\u001b[31mb\u0007\r\u007f\u009b2J")).toBe("a\\u001b[31mb\\u0007\\u000d\\u007f\\u009b2J");
  });

  it("escapes what turns the order of letters round", () => {
    expect(printable("user\u202enimda\u202c \u2066x\u2069")).toBe("user\\u202enimda\\u202c \\u2066x\\u2069");
  });

  it("leaves line breaks and all that steers nothing", () => {
    const text = "naïve – 価格 👩‍💻 שלום\nnext";
    expect(printable(text)).toBe(text);
  });

  it("does not change what JSON means", () => {
    const value = { name: 'a\u001b\u007f\u009b\u202e\n"\\' };
    expect(JSON.parse(printable(JSON.stringify(value, null, 2)))).toEqual(value);
  });
});

describe("oneLine()", () => {
  it("escapes line breaks too", () => {
    expect(oneLine("a\nb\tc")).toBe("a\\u000ab\\u0009c");
  });
});
