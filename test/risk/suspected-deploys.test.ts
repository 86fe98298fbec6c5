import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/chance/random.ts";
import { binOf, delayBins } from "../../src/risk/delay.ts";
import { SuspectedDeploys } from "../../src/risk/suspected-deploys.ts";
import { suspectsOf } from "../../src/risk/suspects.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { deploy, incident, wall } from "./events.ts";

const HOURS = 24;
const bins = delayBins(HOURS);

/** So many deploys and incidents at random moments of some hours, in order of time. */
function storm(deploys: number, incidents: number, hours: number) {
  const random = seededRandom(3, 0);
  const moments = (count: number) =>
    Array.from({ length: count }, () => wall("2024-01-01 00:00") + Math.floor(random() * hours * 3_600_000)).sort(
      (a, b) => a - b,
    );
  return {
    deploys: moments(deploys).map((timestamp) => ({ ...deploy("2024-01-01 00:00"), timestamp })),
    incidents: moments(incidents).map((timestamp) => ({ ...incident("2024-01-01 00:00"), timestamp })),
    f: Float64Array.from({ length: deploys }, () => random() ** 4),
  };
}

describe("SuspectedDeploys", () => {
  it("weighs and blames as looking at every pair of incident and deploy does", () => {
    const { deploys, incidents, f } = storm(60, 80, 50);
    const density = Float64Array.from(bins.edgesMs.slice(1), (_, bin) => 0.5 ** bin);
    const suspected = new SuspectedDeploys(suspectsOf(deploys, incidents, bins));
    suspected.weigh(new Float64Array(deploys.length).fill(9), density);
    suspected.blame(0, 1, new Float64Array(density.length)); // in a round that is over
    suspected.weigh(f, density);
    const expected = {
      inBins: new Float64Array(density.length),
      inHours: new Float64Array(bins.edgesHours.length - 1),
      perUnit: new Float64Array(deploys.length),
    };
    const found = { inBins: new Float64Array(density.length), inHours: new Float64Array(bins.edgesHours.length - 1) };
    const weights = Float64Array.from(incidents, (_, k) => 1 + k / 7);
    incidents.forEach(({ timestamp }, k) => {
      let rate = 0;
      deploys.forEach((one, i) => {
        const delayMs = timestamp - one.timestamp;
        if (delayMs < 0 || delayMs > HOURS * 3_600_000) return;
        const bin = binOf(delayMs, bins.edgesMs);
        const share = f[i]! * density[bin]!;
        rate += share;
        expected.inBins[bin]! += weights[k]! * share;
        expected.inHours[binOf(hourOf(timestamp) - hourOf(one.timestamp), bins.edgesHours)]! += weights[k]! * share;
        expected.perUnit[i]! += weights[k]! * density[bin]!;
      });
      expect(suspected.rateOf(k)).toBeCloseTo(rate, 12);
      suspected.blame(k, weights[k]!, found.inBins);
    });
    suspected.blameHours(weights, found.inHours);
    found.inBins.forEach((value, bin) => {
      expect(value / expected.inBins[bin]!).toBeCloseTo(1, 12);
    });
    found.inHours.forEach((value, bin) => {
      expect(value / expected.inHours[bin]!).toBeCloseTo(1, 12);
    });
    const blames = new Float64Array(deploys.length);
    suspected.blamesInto(blames);
    blames.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.perUnit[i]!, 10);
    });
    const first = new Float64Array(9);
    suspected.blamesInto(first);
    expect(first).toEqual(blames.slice(0, 9));
  });
});
