import { describe, expect, it } from "vitest";
import { oneLine, printable } from "../../src/cli/printable.ts";

describe("printable()", () => {
  it("escapes what steers a terminal, in seven bits and in eight", () => {
    expect(printable("a\u001b[31mb\u0007\r\u007f\u009b2J")).toBe("a\\u001b[31mb\\u0007\\u000d\\u007f\\u009b2J");
  });

  it("leaves line breaks and all that is no control character", () => {
    const text = "naïve – 価格 👩‍💻\nnext";
    expect(printable(text)).toBe(text);
  });

  it("does not change what JSON means", () => {
    const value = { name: 'a\u001b\u007f\u009b\n"\\' };
    expect(JSON.parse(printable(JSON.stringify(value, null, 2)))).toEqual(value);
  });
});

describe("oneLine()", () => {
  it("escapes line breaks too", () => {
    expect(oneLine("a\nb\tc")).toBe("a\\u000ab\\u0009c");
  });
});
