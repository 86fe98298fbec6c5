/**
 * The nearest float16, ties to even; beyond its range infinite. Source: IEEE 754-2019, section 4.3.1.
 *
 * @param word bits of a float32
 * @returns bits of a float16
 */
export function halfOf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 127;
  if (exponent === 128) return sign | 0x7c00 | (word & 0x7fffff ? 0x200 : 0);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent < -25) return sign;
  const mantissa = (word & 0x7fffff) | 0x800000;
  const dropped = exponent < -14 ? -1 - exponent : 13; // subnormal halves keep fewer bits
  const kept = mantissa >>> dropped;
  const rest = mantissa - kept * 2 ** dropped;
  const tie = 2 ** (dropped - 1);
  const rounded = kept + (rest > tie || (rest === tie && kept % 2 === 1) ? 1 : 0);
  return sign + (exponent < -14 ? rounded : rounded + ((exponent + 14) << 10)); // a carry moves on to the exponent
}
