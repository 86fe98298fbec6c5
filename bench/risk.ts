/**
 * How well the risk forecast finds the dangerous hours of a platform whose truth is known.
 *
 * Simulated years of 52 weeks; each forecasts the next week, whose fixtures are known. Prints the share of the truth's
 * expected incidents that lies in the riskiest 10 % and 25 % of hours, ranked by the forecast.
 *
 *     npm run bench:risk [-- SEEDS]
 */

import { captured } from "../src/backtest/capture.ts";
import { HOURS_PER_WEEK } from "../src/calendar/week.ts";
import { HOUR_MS, Zone } from "../src/calendar/zone.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { stackWithClimatology } from "../src/forecast/stack.ts";
import { forecastRisk } from "../src/risk/forecast-risk.ts";
import { historyBefore } from "../src/series/history.ts";
import { hourOf } from "../src/series/hourly-series.ts";
import { generatePlatform } from "../src/synthetic/platform.ts";

const seeds = Number(process.argv[2] ?? 6);
const startHour = Date.UTC(2024, 0, 1) / HOUR_MS;
const days = 52 * 7;
const originHour = startHour + days * 24;
const SHARES = [0.1, 0.25];

const model = await openModel("drp-mini", { device: "cpu" });
const rows: Record<string, number[][]> = { truth: [], drp: [], "hour of week, 3 weeks": [] };
for (let seed = 1; seed <= seeds; seed += 1) {
  const platform = generatePlatform({ seed, startHour, days, futureDays: 7 });
  const truth = platform.truth
    .filter(({ hour }) => hour >= originHour)
    .map(({ expectedIncidents }) => expectedIncidents);
  const history = historyBefore(platform, originHour, new Zone("UTC"));
  const request = { horizonHours: HOURS_PER_WEEK, watchHours: 2, attributionHours: 24 };
  const forecast = await forecastRisk(history, stackWithClimatology(model), request);
  const lastWeeks = new Array<number>(HOURS_PER_WEEK).fill(0);
  for (const { timestamp } of platform.incidents) {
    const ago = originHour - hourOf(timestamp);
    if (ago <= 3 * HOURS_PER_WEEK) lastWeeks[(HOURS_PER_WEEK * 3 - ago) % HOURS_PER_WEEK]! += 1;
  }
  const score = (ranking: readonly number[]) => SHARES.map((share) => captured(truth, ranking, share));
  rows.truth!.push(score(truth));
  rows.drp!.push(score(forecast.hours.map(({ expectedIncidents }) => expectedIncidents)));
  rows["hour of week, 3 weeks"]!.push(score(lastWeeks));
}
await model.close();

console.log(`share of true expected incidents in the riskiest hours, mean of ${seeds} seeds`);
for (const [name, scores] of Object.entries(rows)) {
  const mean = SHARES.map((_, i) => scores.reduce((sum, score) => sum + score[i]!, 0) / scores.length);
  console.log(`${name.padEnd(24)} 10 %: ${mean[0]!.toFixed(3)}   25 %: ${mean[1]!.toFixed(3)}`);
}
