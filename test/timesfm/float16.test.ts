import { describe, expect, it } from "vitest";
import { halfOf } from "../../src/timesfm/float16.ts";

/** The half of a number as float32, in hexadecimal. */
function half(value: number): string {
  return halfOf(new Uint32Array(Float32Array.of(value).buffer)[0]!).toString(16);
}

describe("halfOf()", () => {
  // Source of the bits: IEEE 754-2019 binary16, as numpy.float16(value).view(numpy.uint16) gives them.
  it.each([
    [0, "0"],
    [-0, "8000"],
    [1, "3c00"],
    [-2, "c000"],
    [1 / 3, "3555"],
    [0.1, "2e66"],
    [65_504, "7bff"], // the largest
    [2 ** -14, "400"], // the smallest normal one
    [2 ** -24, "1"], // the smallest of all
    [2 ** -14 - 2 ** -24, "3ff"], // the largest subnormal one
    [3 * 2 ** -24, "3"],
  ])("knows %d", (value, bits) => expect(half(value)).toBe(bits));

  it.each([
    [1 + 2 ** -11, "3c00"], // between 1 and 1 + 2⁻¹⁰
    [1 + 3 * 2 ** -11, "3c02"],
    [1 + 2 ** -11 + 2 ** -23, "3c01"], // a little more
    [2 ** -25, "0"], // between 0 and 2⁻²⁴
    [3 * 2 ** -25, "2"],
    [2 ** -25 + 2 ** -40, "1"],
    [2 ** -14 - 2 ** -25, "400"], // carries into the normal ones
    [2 - 2 ** -12, "4000"], // carries into the exponent
  ])("rounds %d to the nearest, ties to even", (value, bits) => expect(half(value)).toBe(bits));

  it.each([
    [65_519, "7bff"],
    [65_520, "7c00"],
    [-1e9, "fc00"],
    [Infinity, "7c00"],
    [-Infinity, "fc00"],
    [2 ** -26, "0"],
    [-1e-30, "8000"],
  ])("goes to the ends of its range: %d", (value, bits) => expect(half(value)).toBe(bits));

  it("keeps NaN a NaN, also where its bits are low ones", () => {
    expect(half(Number.NaN)).toBe("7e00");
    expect(halfOf(0x7f800001)).toBe(0x7e00);
  });

  it("undoes what a float16 was widened to", () => {
    for (let bits = 0; bits < 0x7c00; bits += 1) {
      const exponent = bits >> 10;
      const fraction = bits & 0x3ff;
      const value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      if (half(value) !== bits.toString(16)) throw new Error(`${value} became ${half(value)}`);
    }
  });
});
