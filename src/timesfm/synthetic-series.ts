import { exp, integerBelow, poisson, type Random, seededRandom, standardNormal } from "../chance/random.ts";

const HOURS = 1024;
const SEED = 1;
const PERIODS = [24, 168];
const HARMONICS = 3;

/**
 * Hourly series such as the model forecasts: counts, noisy seasons, random walks, steps and noise, of all sizes.
 *
 * @param first of an endless row of them, always the same
 * @returns [count] series of 1024 points
 */
export function syntheticSeries(count: number, first = 0): Float64Array[] {
  return Array.from({ length: count }, (_, i) => drawn(seededRandom(SEED, first + i), first + i));
}

function drawn(random: Random, i: number): Float64Array {
  const season = seasonOf(random);
  const between = (low: number, high: number) => low + (high - low) * random();
  const noise = between(0.05, 2);
  const step = integerBelow(random, HOURS);
  let level = 0;
  const kinds: readonly ((hour: number) => number)[] = [
    (hour) => poisson(random, exp(Math.min(season(hour) - 1, 4))),
    (hour) => season(hour) + noise * standardNormal(random),
    (hour) => {
      level += (noise / 2) * standardNormal(random);
      return level + season(hour);
    },
    (hour) => (hour > step ? 3 : 0) + 0.1 * (season(hour) + standardNormal(random)),
    () => standardNormal(random),
  ];
  const kind = kinds[i % kinds.length]!;
  const size = 10 ** between(-2, 3);
  return Float64Array.from({ length: HOURS }, (_, hour) => size * kind(hour));
}

/** A sum of waves of the day and the week. */
function seasonOf(random: Random): (hour: number) => number {
  const waves = PERIODS.flatMap((period) =>
    Array.from({ length: HARMONICS }, (_, k) => ({
      speed: (2 * Math.PI * (k + 1)) / period,
      height: standardNormal(random) / (k + 1),
      start: 2 * Math.PI * random(),
    })),
  );
  return (hour) => waves.reduce((sum, { speed, height, start }) => sum + height * Math.sin(speed * hour + start), 0);
}
