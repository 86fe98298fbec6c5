/**
 * Accuracy of a model on hourly series, beside its baselines, through the product's own code.
 *
 *     npm run bench:accuracy -- FOLDER [MODEL]
 *
 * FOLDER is searched for CSV files (.csv or .csv.gz) with the columns `timestamp,value`, an hour a row. Twelve weekly
 * origins n − 168·k, k = 12 … 1; horizon 168; missing hours take the value of a week earlier. WQL is the mean over the
 * nine quantiles of 2·Σ pinball / Σ|y|, pooled over the origins (Gasthaus et al. 2019, "Probabilistic Forecasting with
 * Spline Quantile Function RNNs", AISTATS).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { HOURS_PER_WEEK } from "../src/calendar/week.ts";
import { hourOfWeekMean, seasonalNaive, weeklyFilled } from "../src/forecast/baselines.ts";
import type { Forecaster } from "../src/forecast/forecaster.ts";
import { openModel } from "../src/forecast/open-model.ts";

const ORIGINS = 12;
const CONTEXT = 1024;

const [folder, modelName = "drp-mini"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run bench:accuracy -- FOLDER [MODEL]");
  process.exit(2);
}
const model = await openModel(modelName);
const climatologies = [hourOfWeekMean(4), hourOfWeekMean(8), hourOfWeekMean()];
const forecasters: Forecaster[] = [seasonalNaive, ...climatologies, model];

const ratios: { naive: number; climatology: number }[] = [];
console.log(`| series | ${forecasters.map(({ name }) => name).join(" | ")} | 80 % coverage |`);
console.log(`|---|${forecasters.map(() => "---|").join("")}---|`);
for (const { name, values } of seriesIn(folder)) {
  const scores: Score[] = [];
  for (const forecaster of forecasters) scores.push(await score(forecaster, values));
  const [naive, ...others] = scores.map(({ wql }) => wql);
  const own = others.pop()!;
  console.log(
    `| ${name} | ${scores.map(({ wql }) => wql.toFixed(4)).join(" | ")} | ${scores.at(-1)!.coverage.toFixed(2)} |`,
  );
  // Where nearly every hour is 0 an all-zero forecast scores as well: such a series says nothing of skill.
  if (meanOf(values) >= 0.05) ratios.push({ naive: own / naive!, climatology: own / Math.min(...others) });
}
await model.close();
const geometric = (of: (ratio: (typeof ratios)[number]) => number) =>
  Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(of(ratio)), 0) / ratios.length);
console.log(`\ngeometric means of WQL ratios over ${ratios.length} series with a mean of .05 an hour and more:`);
console.log(`to seasonal naive ${geometric(({ naive }) => naive).toFixed(3)}`);
console.log(`to the best hour-of-week mean of each series ${geometric(({ climatology }) => climatology).toFixed(3)}`);

type Score = { wql: number; coverage: number };

async function score(forecaster: Forecaster, values: Float64Array): Promise<Score> {
  let loss = 0;
  let total = 0;
  let covered = 0;
  for (let k = ORIGINS; k >= 1; k -= 1) {
    const origin = values.length - HOURS_PER_WEEK * k;
    const request = { horizon: HOURS_PER_WEEK, context: CONTEXT };
    const [forecast] = await forecaster.forecast([values.subarray(0, origin)], request);
    const { quantiles, levels } = forecast!;
    for (let hour = 0; hour < HOURS_PER_WEEK; hour += 1) {
      const actual = values[origin + hour]!;
      total += Math.abs(actual);
      const at = (i: number) => quantiles[hour * levels.length + i]!;
      levels.forEach((level, i) => {
        const error = actual - at(i);
        loss += (2 * Math.max(level * error, (level - 1) * error)) / levels.length;
      });
      if (actual >= at(0) && actual <= at(levels.length - 1)) covered += 1;
    }
  }
  return { wql: loss / total, coverage: covered / (ORIGINS * HOURS_PER_WEEK) };
}

/** Series of at least 20 weeks, missing hours filled. */
function seriesIn(root: string): { name: string; values: Float64Array }[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.csv(\.gz)?$/.test(name))
    .sort()
    .flatMap((name) => {
      const path = join(root, name);
      const bytes = readFileSync(path);
      const rows: string[][] = parse(name.endsWith(".gz") ? gunzipSync(bytes) : bytes);
      if (rows[0]?.join() !== "timestamp,value") return [];
      const values = Float64Array.from(rows.slice(1), ([, value]) => (value === "" ? Number.NaN : Number(value)));
      if (values.length < 20 * HOURS_PER_WEEK) return [];
      return [{ name: relative(root, path), values: weeklyFilled(values) }];
    });
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
