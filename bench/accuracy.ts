/**
 * Accuracy of a model on hourly series, beside its baselines, through the product's own code.
 *
 *     npm run bench:accuracy -- FOLDER [MODEL] [--precision fp32|fp16|int8]
 *
 * FOLDER is searched for CSV files (.csv or .csv.gz) with the columns `timestamp,value`, an hour a row. Twelve weekly
 * origins n − 168·k, k = 12 … 1; horizon 168; missing hours take the value of a week earlier. WQL is the mean over the
 * nine quantiles of 2·Σ pinball / Σ|y|, pooled over the origins (Gasthaus et al. 2019, "Probabilistic Forecasting with
 * Spline Quantile Function RNNs", AISTATS). The last columns are of the model: WQL in hours 129 to 168 in units of the
 * 4-week mean's there, coverage of its 80 % band, and its WQL with twice the context; then WQL of the stack of all, and its
 * ratio to the best member's.
 *
 * The hour-of-week means of the table count hours in which nothing ever happens as foretold exactly, as is usual; those in the
 * stack leave them out, which makes bands of sparse counts wider and better.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { HOURS_PER_WEEK } from "../src/calendar/week.ts";
import { hourOfWeekMean, seasonalNaive, weeklyFilled } from "../src/forecast/baselines.ts";
import { PRECISIONS } from "../src/forecast/choices.ts";
import type { Forecaster } from "../src/forecast/forecaster.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { pinballOf } from "../src/forecast/pinball.ts";
import { CLIMATOLOGIES, stackWithClimatology } from "../src/forecast/stack.ts";

const ORIGINS = 12;
const CONTEXT = 1024;
const LATE_FROM = 128;
/** Where nearly every hour is 0 an all-zero forecast scores as well: such a series says nothing of skill. */
const DENSE = 0.05;

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { precision: { type: "string", default: "fp32" } },
});
const [folder, modelName = "drp-mini"] = positionals;
const precision = PRECISIONS.find((known) => known === options.precision);
if (folder === undefined || precision === undefined) {
  console.error(`usage: npm run bench:accuracy -- FOLDER [MODEL] [--precision ${PRECISIONS.join("|")}]`);
  process.exit(2);
}
const model = await openModel(modelName, { precision });
const climatologies = [4, 8, Infinity].map((weeks) => hourOfWeekMean(weeks, { emptyHours: "counted" }));
const stack = stackWithClimatology(model);
const forecasters: Forecaster[] = [seasonalNaive, ...climatologies, model];

type Score = { loss: number; lateLoss: number; coverage: number; lateCoverage: number };
/** `late` is undefined where those hours are all but empty. */
type Ratios = { naive: number; climatology: number; member: number; late: number | undefined; doubled: number };

const ratios: Ratios[] = [];
const coverages: Score[] = [];
const columns = [
  ...forecasters.map(({ name }) => name),
  "hours 129–168",
  "80 % coverage",
  "there",
  `context ${2 * CONTEXT}`,
  "stack",
  "to its best member",
];
console.log(`| series | ${columns.join(" | ")} |`);
console.log(`|---|${columns.map(() => "---|").join("")}`);
for (const { name, values } of seriesIn(folder)) {
  const scores: Score[] = [];
  for (const forecaster of forecasters) scores.push(await score(forecaster, values, CONTEXT));
  const doubled = await score(model, values, 2 * CONTEXT);
  const stacked = await score(stack, values, CONTEXT);
  const members: number[] = [];
  for (const member of CLIMATOLOGIES) members.push((await score(member, values, CONTEXT)).loss);
  const { total, late } = totalsOf(values);
  const naive = scores[0]!;
  const own = scores.at(-1)!;
  const ratio: Ratios = {
    naive: own.loss / naive.loss,
    climatology: own.loss / Math.min(...scores.slice(1, -1).map(({ loss }) => loss)),
    member: own.loss / Math.min(...members),
    late: late >= DENSE ? own.lateLoss / scores[1]!.lateLoss : undefined,
    doubled: doubled.loss / own.loss,
  };
  const cells = [
    ...scores.map(({ loss }) => (loss / total).toFixed(4)),
    ratio.late?.toFixed(2) ?? "",
    own.coverage.toFixed(2),
    own.lateCoverage.toFixed(2),
    (doubled.loss / total).toFixed(4),
    (stacked.loss / total).toFixed(4),
    (stacked.loss / Math.min(naive.loss, own.loss, ...members)).toFixed(3),
  ];
  console.log(`| ${name} | ${cells.join(" | ")} |`);
  if (meanOf(values) < DENSE) continue;
  ratios.push(ratio);
  coverages.push(own);
}
await model.close();

console.log(`\ngeometric means of WQL ratios over ${ratios.length} series with a mean of .05 an hour and more:`);
console.log(`to seasonal naive ${geometricMean("naive")}`);
console.log(`to the best hour-of-week mean of each series ${geometricMean("climatology")}`);
console.log(`to the best climatology in the stack ${geometricMean("member")}`);
console.log(`hours 129–168, to the 4-week mean, where they are not empty ${geometricMean("late")}`);
console.log(`context ${2 * CONTEXT}, to ${CONTEXT} ${geometricMean("doubled")}`);
const mean = (of: (score: Score) => number) =>
  (coverages.reduce((sum, s) => sum + of(s), 0) / coverages.length).toFixed(3);
console.log(`80 % coverage, mean ${mean((s) => s.coverage)}; in hours 129–168 ${mean((s) => s.lateCoverage)}`);

function geometricMean(of: keyof Ratios): string {
  const logs = ratios.flatMap((ratio) => (ratio[of] === undefined ? [] : [Math.log(ratio[of])]));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length).toFixed(3);
}

function originsOf(values: Float64Array): number[] {
  return Array.from({ length: ORIGINS }, (_, i) => values.length - HOURS_PER_WEEK * (ORIGINS - i));
}

/** What the losses of a series are divided by, and the mean of its late hours. */
function totalsOf(values: Float64Array): { total: number; late: number } {
  const total = values.subarray(originsOf(values)[0]).reduce((sum, value) => sum + Math.abs(value), 0);
  const late = originsOf(values).map((origin) => meanOf(values.subarray(origin + LATE_FROM, origin + HOURS_PER_WEEK)));
  return { total, late: meanOf(Float64Array.from(late)) };
}

async function score(forecaster: Forecaster, values: Float64Array, context: number): Promise<Score> {
  const sums = { loss: 0, lateLoss: 0, covered: 0, lateCovered: 0 };
  for (const origin of originsOf(values)) {
    const [forecast] = await forecaster.forecast([values.subarray(0, origin)], { horizon: HOURS_PER_WEEK, context });
    const { quantiles, levels } = forecast!;
    for (let hour = 0; hour < HOURS_PER_WEEK; hour += 1) {
      const actual = values[origin + hour]!;
      const at = (i: number) => quantiles[hour * levels.length + i]!;
      const loss = pinballOf(actual, forecast!, hour);
      const covered = actual >= at(0) && actual <= at(levels.length - 1) ? 1 : 0;
      sums.loss += loss;
      sums.covered += covered;
      if (hour < LATE_FROM) continue;
      sums.lateLoss += loss;
      sums.lateCovered += covered;
    }
  }
  return {
    loss: sums.loss,
    lateLoss: sums.lateLoss,
    coverage: sums.covered / (ORIGINS * HOURS_PER_WEEK),
    lateCoverage: sums.lateCovered / (ORIGINS * (HOURS_PER_WEEK - LATE_FROM)),
  };
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
