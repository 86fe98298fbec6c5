import { describe, expect, it } from "vitest";
import { HOUR_MS, Zone } from "../../src/calendar/zone.ts";
import { seededRandom } from "../../src/chance/random.ts";
import { causesOf } from "../../src/risk/causes.ts";
import { causesKnownAt } from "../../src/risk/causes-known-at.ts";
import { COLUMN, type DeployFeatures, FIRST_OWN } from "../../src/risk/deploy-features.ts";
import { historyBefore } from "../../src/series/history.ts";
import { hourOf } from "../../src/series/hourly-series.ts";
import { deploy, incident, wall } from "./events.ts";

const UTC = new Zone("UTC");
const START = wall("2024-01-01 00:00");
const HOURS = 200;
const CONCURRENT = COLUMN.concurrent - FIRST_OWN;

function sliced({ cells, own }: DeployFeatures, from: number, to?: number): DeployFeatures {
  return { cells: cells.slice(from, to), own: own.map((values) => values.slice(from, to)) };
}

function eventsOf(seed: number) {
  const random = seededRandom(seed, 0);
  const times = (count: number) =>
    Array.from({ length: count }, () => START + random() * HOURS * HOUR_MS).sort((a, b) => a - b);
  return {
    deploys: times(300).map((timestamp) => ({ ...deploy("2024-01-01 00:00"), timestamp })),
    incidents: times(30).map((timestamp) => ({ ...incident("2024-01-01 00:00"), timestamp })),
    matches: undefined,
  };
}

describe("causesKnownAt()", () => {
  it("has the features that the history cut off there has", () => {
    const events = eventsOf(1);
    const origin = hourOf(START) + HOURS;
    const all = causesOf(historyBefore(events, origin, UTC), 24, () => 0);
    let changed = 0;
    for (let hour = origin - 150; hour < origin; hour += 1) {
      const cut = causesOf(historyBefore(events, hour, UTC), 24, () => 0);
      const known = causesKnownAt(all, hour);
      const { length } = cut.features.cells;
      expect(sliced(known.features, 0, length)).toEqual(cut.features);
      expect(sliced(known.features, length), "what came later is as it was").toEqual(sliced(all.features, length));
      const before = all.features.own[CONCURRENT]!;
      changed += known.features.own[CONCURRENT]!.filter((value, i) => value !== before[i]).length;
    }
    expect(changed, "deploys follow within an hour at most hours").toBeGreaterThan(100);
  });

  it("leaves no trace of the deploys that followed a single one", () => {
    const deploys = [deploy("2024-01-01 09:50"), deploy("2024-01-01 10:10"), deploy("2024-01-01 10:20")];
    const history = historyBefore({ deploys, incidents: [], matches: undefined }, hourOf(START) + HOURS, UTC);
    const causes = causesOf(history, 24, () => 0);
    expect(causes.features.own[CONCURRENT]![0]).toBeGreaterThan(0);
    const known = causesKnownAt(causes, hourOf(wall("2024-01-01 10:00")));
    expect(known.features.own[CONCURRENT]![0]).toBe(0);
  });
});
