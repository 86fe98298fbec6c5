/**
 * What known fixtures do for forecasts of deploys and traffic: the next week of simulated years, with the fixtures and without.
 *
 *     npm run bench:fixtures [-- SEEDS]
 *
 * Deploys: as simulated, where they do not mind matches, and with three in five held back within two hours of one. Traffic:
 * hours of a day and a weekend with a slow swell and noise of 12 %, to which matches add a load or a share, or nothing.
 */
import { HOURS_PER_WEEK } from "../src/calendar/week.ts";
import { HOUR_MS, Zone } from "../src/calendar/zone.ts";
import { seededRandom, standardNormal } from "../src/chance/random.ts";
import type { Forecast } from "../src/forecast/forecaster.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { pinballLossOf } from "../src/forecast/pinball.ts";
import { stackWithClimatology } from "../src/forecast/stack.ts";
import { ratePerHour } from "../src/series/hourly-series.ts";
import { knownMultiplier, nearbyIntensity, trafficOf } from "../src/series/traffic.ts";
import { generatePlatform } from "../src/synthetic/platform.ts";

const seeds = Number(process.argv[2] ?? 12);
const WEEKS = 52;
const NOISE = 0.12;
const START = Date.UTC(2024, 0, 1) / HOUR_MS;
const model = await openModel("drp-mini");
const stack = stackWithClimatology(model);

/** [WEEKS + 1 weeks] by name */
function seriesOf(seed: number): { known: Float64Array; series: Record<string, Float64Array> } {
  const hours = (WEEKS + 1) * HOURS_PER_WEEK;
  const { matches, deploys } = generatePlatform({ seed, startHour: START, days: hours / 24, futureDays: 0 });
  const traffic = trafficOf(matches);
  const multiplierAt = (hour: number) => traffic.get(START + hour) ?? 0;
  const random = seededRandom(seed, 77);
  const heldBack = deploys.filter(
    ({ timestamp }) => nearbyIntensity(multiplierAt, Math.floor(timestamp / HOUR_MS) - START) === 0 || random() < 0.4,
  );
  const counted = (rows: typeof deploys) => ratePerHour(rows, START, START + hours, new Zone("UTC")).values;
  const measured = (load: number, share: number) =>
    Float64Array.from({ length: hours }, (_, hour) => {
      const day = 100 + 60 * Math.sin((((hour % 24) - 9) / 24) * 2 * Math.PI);
      const usual = day * (hour % HOURS_PER_WEEK >= 120 ? 1.3 : 1) * (1 + 0.3 * Math.sin(hour / 2000));
      const match = multiplierAt(hour) + 0.4 * multiplierAt(hour - 1);
      return (usual * (1 + share * match) + load * match) * Math.exp(NOISE * standardNormal(random));
    });
  return {
    known: knownMultiplier(traffic, START + hours, START, START + hours),
    series: {
      "deploys that do not mind matches": counted(deploys),
      "deploys held back near matches": counted(heldBack),
      "traffic, matches add a load": measured(25, 0),
      "traffic, matches add a share": measured(0, 0.3),
      "traffic that does not mind matches": measured(0, 0),
    },
  };
}

type Score = { wql: number; mae: number; rmse: number };

/** Each in units of the actual mean. */
function scoreOf(actual: Float64Array, forecast: Forecast): Score {
  const { mean, quantiles, levels } = forecast;
  const total = actual.reduce((sum, value) => sum + value, 0);
  let absolute = 0;
  let squared = 0;
  actual.forEach((value, hour) => {
    absolute += Math.abs(value - quantiles[hour * levels.length + levels.indexOf(0.5)]!);
    squared += (value - mean[hour]!) ** 2;
  });
  return {
    wql: pinballLossOf(actual, forecast) / total,
    mae: absolute / total,
    rmse: Math.sqrt(squared * actual.length) / total,
  };
}

type Row = { without: Score[]; informed: Score[]; used: number; seconds: [number, number] };
const rows = new Map<string, Row>();
for (let seed = 1; seed <= seeds; seed += 1) {
  const { known, series } = seriesOf(seed);
  for (const [name, values] of Object.entries(series)) {
    const row = rows.get(name) ?? { without: [], informed: [], used: 0, seconds: [0, 0] };
    rows.set(name, row);
    const past = values.subarray(0, -HOURS_PER_WEEK);
    const timed = async (which: 0 | 1) => {
      const start = performance.now();
      const counts = [name.startsWith("deploys")];
      const request = { horizon: HOURS_PER_WEEK, counts, ...(which === 1 ? { known: [known] } : {}) };
      const [forecast] = await stack.forecast([past], request);
      row.seconds[which] += (performance.now() - start) / 1000 / seeds;
      return forecast!;
    };
    const without = await timed(0);
    const informed = await timed(1);
    const actual = values.subarray(-HOURS_PER_WEEK);
    row.without.push(scoreOf(actual, without));
    row.informed.push(scoreOf(actual, informed));
    if (informed.mean.some((value, hour) => value !== without.mean[hour])) row.used += 1;
  }
}
await model.close();

const mean = (scores: readonly Score[], of: keyof Score) =>
  scores.reduce((sum, score) => sum + score[of], 0) / scores.length;
console.log(
  `| ${seeds} simulated years, next week | WQL without | with | MAE without | with | RMSE without | with | used | s without | with |`,
);
console.log("|---|---|---|---|---|---|---|---|---|---|");
for (const [name, row] of rows) {
  const pair = (of: keyof Score) => [mean(row.without, of).toFixed(4), mean(row.informed, of).toFixed(4)];
  const seconds = row.seconds.map((value) => value.toFixed(2));
  console.log(
    `| ${[name, ...pair("wql"), ...pair("mae"), ...pair("rmse"), `${row.used} of ${seeds}`, ...seconds].join(" | ")} |`,
  );
}
