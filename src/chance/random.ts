/**
 * Seeded chance that gives the same bytes on every machine: additions, multiplications, divisions and square roots
 * alone, which IEEE 754 fixes to the last bit; Math.exp and Math.log are not fixed.
 * @module
 */

/** Uniform on [0, 1). */
export type Random = () => number;

const WARM_UP_ROUNDS = 15;

/**
 * sfc32, a 128-bit generator.
 * Source: Chris Doty-Humphrey, PractRand 0.94 (2010), `RNGs/other/sfc.cpp`.
 *
 * @param seed   0 to 2³² − 1
 * @param stream separates independent sequences of one seed
 */
export function seededRandom(seed: number, stream: number): Random {
  let a = 0x9e3779b9;
  let b = seed | 0;
  let c = stream | 0;
  let counter = 1;
  const next = () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return (result >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next();
  return next;
}

/**
 * A Poisson count, by inversion with a sequential search.
 * Source: Devroye (1986), "Non-Uniform Random Variate Generation", X.3, page 505.
 *
 * @param mean at least 0; cost grows with it, made for means of a few units
 */
export function poisson(random: Random, mean: number): number {
  const uniform = random();
  let probability = exp(-mean);
  let cumulative = probability;
  let count = 0;
  while (uniform > cumulative && probability > 0) {
    count += 1;
    probability *= mean / count;
    cumulative += probability;
  }
  return count;
}

/**
 * A standard normal value, by the polar method.
 * Source: Marsaglia & Bray (1964), "A Convenient Method for Generating Normal Variables", SIAM Review 6(3).
 */
export function standardNormal(random: Random): number {
  for (;;) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * ln(s)) / s);
  }
}

/** e^x by its power series, after halving x below 1/8 and squaring back. */
export function exp(x: number): number {
  let halvings = 0;
  let small = x;
  for (; Math.abs(small) > 0.125; small /= 2) halvings += 1;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 12; n += 1) {
    term *= small / n;
    sum += term;
  }
  for (; halvings > 0; halvings -= 1) sum *= sum;
  return sum;
}

/** Natural logarithm of x > 0: ln x = 2 artanh((x − 1)/(x + 1)), after scaling x by powers of two to [¾, 1½). */
export function ln(x: number): number {
  let exponent = 0;
  let mantissa = x;
  for (; mantissa < 0.75; mantissa *= 2) exponent -= 1;
  for (; mantissa >= 1.5; mantissa /= 2) exponent += 1;
  const z = (mantissa - 1) / (mantissa + 1);
  let power = z;
  let sum = 0;
  for (let n = 1; n <= 25; n += 2) {
    sum += power / n;
    power *= z * z;
  }
  return 2 * sum + exponent * Math.LN2;
}

/** A whole number from 0 to `count` − 1, each alike. */
export function integerBelow(random: Random, count: number): number {
  return Math.floor(random() * count);
}

/** A whole number from `from` to `to`, each alike. */
export function integerBetween(random: Random, { from, to }: { from: number; to: number }): number {
  return from + integerBelow(random, to - from + 1);
}

/** One of several values by their shares, which sum to 1. */
export function pick<T>(random: Random, shares: readonly (readonly [T, number])[]): T {
  let left = random();
  for (const [value, share] of shares) {
    left -= share;
    if (left < 0) return value;
  }
  return shares.at(-1)![0]; // what rounding leaves over
}
