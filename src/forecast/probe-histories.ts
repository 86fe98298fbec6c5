/**
 * Made-up traffic with days and weeks, from 12 to 32, to measure a model on; no two series are the same.
 *
 * @returns [series][hours]
 */
export function probeHistories(series: number, hours: number): Float64Array[] {
  const wave = (hour: number, period: number) => Math.sin((2 * Math.PI * hour) / period);
  return Array.from({ length: series }, (_, i) =>
    Float64Array.from({ length: hours }, (_, hour) => 22 + 7 * wave(hour + i, 24) + 3 * wave(hour, 168)),
  );
}
