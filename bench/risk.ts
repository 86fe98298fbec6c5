/**
 * How well the risk forecast does: against the truth of simulated years, and on real histories beside its rivals.
 *
 *     npm run bench:risk [-- SEEDS [HISTORIES]]
 *
 * Simulated: years of 52 weeks, each forecasting the next, with its fixtures known, and without: by the week that was drawn and
 * by the mean over weeks that might have come. SEEDS is how many (12, which stray by .005), or the first and the last, as in
 * 101-112: what was chosen on some seeds is to be judged on others. HISTORIES is a folder of folders of event files; each is
 * forecast at 52 weekly origins to its end, every method refitted at each.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pairedRatio, weekResamples } from "../src/backtest/bootstrap.ts";
import { captured } from "../src/backtest/capture.ts";
import { METHOD_NAMES, type MethodId } from "../src/backtest/method-names.ts";
import { type BacktestWeek, backtestWeek, originsOf } from "../src/backtest/rolling-origins.ts";
import { auc, devianceOf, poissonDeviance } from "../src/backtest/scores.ts";
import { HOURS_PER_DAY, HOURS_PER_WEEK, hourOfWeek } from "../src/calendar/week.ts";
import { HOUR_MS, Zone } from "../src/calendar/zone.ts";
import { seededRandom } from "../src/chance/random.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { stackWithClimatology } from "../src/forecast/stack.ts";
import { loadEvents } from "../src/load/load-events.ts";
import { forecastRisk } from "../src/risk/forecast-risk.ts";
import type { RiskHour } from "../src/risk/risk-forecast.ts";
import { clockIndex, sumOf } from "../src/risk/two-factor-rate.ts";
import { type History, historyBefore } from "../src/series/history.ts";
import { hourOf } from "../src/series/hourly-series.ts";
import { generatePlatform, type TrueHour } from "../src/synthetic/platform.ts";

const [firstSeed, lastSeed] = seedRange(process.argv[2] ?? "12");
const seeds = lastSeed - firstSeed + 1;
const histories = process.argv[3];
const utc = new Zone("UTC");
const REQUEST = { horizonHours: HOURS_PER_WEEK, watchHours: 2, attributionHours: 24 };
const RIVALS: readonly MethodId[] = ["hourOfWeek", "twoFactor", "constant"];
const YARDSTICK = "plain two-factor climatology, 52 weeks";
const ORIGINS = 52;
/** Weeks of fixtures that might come, which a forecast that knows none is scored by too: one week is a matter of luck. */
const DRAWN_WEEKS = 60;
const DRAWN_SEED = 50_000;
/** Weeks whose mean is what a week comes to where its fixtures are not known: the best ranking without them. */
const MEAN_WEEKS = 500;
const MEAN_SEED = 60_000;
const model = await openModel("drp-mini");
if (seeds > 0) await benchSimulated();
if (histories !== undefined) await benchHistories(histories);
await model.close();

/** Means over seeds and their standard errors, in a table. */
async function benchSimulated(): Promise<void> {
  const startHour = Date.UTC(2024, 0, 1) / HOUR_MS;
  const days = 52 * 7;
  const originHour = startHour + days * 24;
  const columns = ["fixtures known", "unknown", "unknown, any week"] as const;
  const rows: Record<string, Record<(typeof columns)[number], number[]>> = {};
  let elapsedMs = 0;
  const weeksFrom = (seed: number, count: number) =>
    Array.from(
      { length: count },
      (_, i) => generatePlatform({ seed: seed + i, startHour: originHour, days: 7, futureDays: 0 }).truth,
    );
  const drawn = weeksFrom(DRAWN_SEED, DRAWN_WEEKS);
  const meanRate = meanRateOf(weeksFrom(MEAN_SEED, MEAN_WEEKS));
  for (let seed = firstSeed; seed <= lastSeed; seed += 1) {
    const platform = generatePlatform({ seed, startHour, days, futureDays: 7 });
    const truth = platform.truth.filter(({ hour }) => hour >= originHour);
    const past = { ...platform, matches: platform.matches.filter(({ timestamp }) => hourOf(timestamp) < originHour) };
    for (const [events, scored] of [
      [platform, { "fixtures known": [truth] }],
      [past, { unknown: [truth], "unknown, any week": drawn }],
    ] as [typeof past, Partial<Record<(typeof columns)[number], (typeof drawn)[number][]>>][]) {
      const start = performance.now();
      const { hours } = await forecastRisk(
        historyBefore(events, originHour, utc),
        stackWithClimatology(model),
        REQUEST,
      );
      elapsedMs += performance.now() - start;
      for (const column of columns) {
        const scores = (scored[column] ?? []).map((week) => scoresOf(hours, week, meanRate));
        for (const name of Object.keys(scores[0] ?? {})) {
          rows[name] ??= { "fixtures known": [], unknown: [], "unknown, any week": [] };
          rows[name][column].push(meanOf(scores.map((score) => score[name]!)));
        }
      }
    }
  }
  console.log(`| simulated years ${firstSeed}–${lastSeed}, next week | ${columns.join(" | ")} |\n|---|---|---|---|`);
  for (const [name, row] of Object.entries(rows))
    console.log(`| ${name} | ${columns.map((column) => withError(row[column])).join(" | ")} |`);
  console.log(`\n${(elapsedMs / seeds / 2).toFixed(0)} ms a forecast\n`);
}

/** [168] expected incidents per hour. */
function meanRateOf(weeks: readonly (readonly TrueHour[])[]): number[] {
  return weeks[0]!.map((_, hour) => meanOf(weeks.map((week) => week[hour]!.expectedIncidents)));
}

/**
 * Of the forecast of a week, by what that week was drawn from.
 *
 * @param meanRate [hours] expected incidents of an hour whatever its fixtures
 */
function scoresOf(
  hours: readonly RiskHour[],
  truth: readonly TrueHour[],
  meanRate: readonly number[],
): Record<string, number> {
  const scores: Record<string, number> = {};
  const rate = truth.map(({ expectedIncidents }) => expectedIncidents);
  const expected = hours.map(({ expectedIncidents }) => expectedIncidents);
  for (const share of [0.1, 0.25]) {
    scores[`true incidents in the riskiest ${100 * share} %`] = captured(rate, expected, share);
    scores[`  by the truth itself, ${100 * share} %`] = captured(rate, rate, share);
    scores[`  by the truth but for fixtures, ${100 * share} %`] = captured(rate, meanRate, share);
  }
  scores["excess Poisson deviance of μ"] = meanOf(rate.map((value, i) => devianceOf(value, expected[i]!)));
  const failure = truth.map(({ deployFailureProbability }) => deployFailureProbability);
  const failures = hours.map(({ deployFailureProbability }) => deployFailureProbability!);
  scores["f: mean absolute error / mean"] = relativeError(failure, failures);
  const risk = truth.map((hour) => hour.risk);
  const risks = hours.map((hour) => hour.risk);
  scores["risk: Spearman with the truth"] = correlation(ranksOf(risk), ranksOf(risks));
  scores["risk: mean absolute error / mean"] = relativeError(risk, risks);
  const inside = hours.filter(
    ({ expectedIncidentsP10, expectedIncidentsP90 }, i) =>
      rate[i]! >= expectedIncidentsP10 && rate[i]! <= expectedIncidentsP90,
  );
  scores["coverage of p10–p90 of μ"] = inside.length / hours.length;
  const deploys = truth.map(({ expectedDeploys }) => expectedDeploys);
  const forecastDeploys = hours.map(({ expectedDeploys }) => expectedDeploys!);
  scores["D: mean absolute error / mean"] = relativeError(deploys, forecastDeploys);
  return scores;
}

/**
 * Deviance and AUC of each method and of the yardstick, and drp's deviance to each other's with a paired interval over weeks.
 */
async function benchHistories(root: string): Promise<void> {
  const methods: readonly MethodId[] = ["drp", ...RIVALS];
  console.log(`| history | method | Poisson deviance | AUC | drp's to it | 95 % interval |\n|---|---|---|---|---|---|`);
  const ratios: Record<string, number[]> = {};
  for (const { name } of readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const events = await loadEvents(join(root, name), utc, { signal: new AbortController().signal });
    const weeks: BacktestWeek[] = [];
    const yardstick: number[][] = [];
    for (const origin of originsOf(events, ORIGINS, HOURS_PER_WEEK)) {
      weeks.push(await backtestWeek(events, utc, origin, methods, model, REQUEST));
      const rates = plainTwoFactorRates(historyBefore(events, origin, utc));
      yardstick.push(weeks.at(-1)!.observed.map((_, i) => rates[hourOfWeek(origin + i)]!));
    }
    const observed = weeks.flatMap((week) => week.observed);
    const incidents = observed.reduce((sum, count) => sum + count, 0);
    const forecasts: Record<string, number[][]> = Object.fromEntries(
      methods.map((method) => [METHOD_NAMES[method], weeks.map((week) => week.expected[method]!)]),
    );
    forecasts[YARDSTICK] = yardstick;
    const lossesOf = (expected: readonly number[][]) =>
      weeks.map((week, w) => week.observed.reduce((sum, count, i) => sum + devianceOf(count, expected[w]![i]!), 0));
    const resamples = weekResamples(weeks.length, seededRandom(1, 0));
    const own = lossesOf(forecasts[METHOD_NAMES.drp]!);
    for (const [method, expected] of Object.entries(forecasts)) {
      const { ratio, low, high } = pairedRatio(own, lossesOf(expected), resamples);
      ratios[method] = [...(ratios[method] ?? []), ratio];
      const isOwn = method === METHOD_NAMES.drp;
      const cells = [
        `${name} (${incidents} incidents)`,
        method,
        poissonDeviance(observed, expected.flat()).toFixed(4),
        auc(observed, expected.flat())?.toFixed(2) ?? "",
        isOwn ? "" : ratio.toFixed(3),
        isOwn ? "" : `${low.toFixed(3)} to ${high.toFixed(3)}`,
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
  console.log("");
  for (const method of [YARDSTICK, METHOD_NAMES.twoFactor])
    console.log(`mean of drp's deviance to that of the ${method}: ${meanOf(ratios[method]!).toFixed(3)}`);
}

/**
 * The yardstick of histories, which owes nothing to the model: incidents per hour of the last 52 weeks × a factor for the hour, of
 * weekdays and of weekends × a factor for the day, each drawn to 1 as by ten incidents.
 *
 * @returns [168]
 */
function plainTwoFactorRates({ incidents, startHour, originHour }: History): Float64Array {
  const from = Math.max(startHour, originHour - 52 * HOURS_PER_WEEK);
  const seen = new Float64Array(HOURS_PER_WEEK);
  const exposure = new Float64Array(HOURS_PER_WEEK);
  for (const { timestamp } of incidents) if (hourOf(timestamp) >= from) seen[hourOfWeek(hourOf(timestamp))]! += 1;
  for (let hour = from; hour < originHour; hour += 1) exposure[hourOfWeek(hour)]! += 1;
  const base = (sumOf(seen) + 0.5) / (sumOf(exposure) + 1);
  const groups = [clockIndex, (cell: number) => Math.floor(cell / HOURS_PER_DAY)];
  const factors = groups.map(() => new Float64Array(2 * HOURS_PER_DAY).fill(1));
  const rateAt = (cell: number) => groups.reduce((rate, groupOf, g) => rate * factors[g]![groupOf(cell)]!, base);
  for (let round = 0; round < 20; round += 1)
    groups.forEach((groupOf, g) => {
      const [events, expected] = [new Float64Array(2 * HOURS_PER_DAY), new Float64Array(2 * HOURS_PER_DAY)];
      seen.forEach((count, cell) => {
        const group = groupOf(cell);
        events[group]! += count;
        expected[group]! += (exposure[cell]! * rateAt(cell)) / factors[g]![group]!;
      });
      factors[g] = events.map((count, group) => (10 + count) / (10 + expected[group]!));
    });
  return seen.map((_, cell) => rateAt(cell));
}

function seedRange(text: string): [first: number, last: number] {
  const [first, last] = text.split("-").map(Number);
  return last === undefined ? [1, first!] : [first!, last];
}

/** The mean and its standard error over seeds. */
function withError(values: readonly number[]): string {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(4)} ± ${Math.sqrt(variance / values.length).toFixed(4)}`;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function relativeError(truth: readonly number[], estimate: readonly number[]): number {
  return meanOf(truth.map((value, i) => Math.abs(value - estimate[i]!))) / meanOf(truth);
}

/** Mid-ranks. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1;
    for (let i = from; i < to; i += 1) ranks[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
}

/** Pearson's; of ranks, Spearman's. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  const sum = (of: (i: number) => number) => a.reduce((total, _, i) => total + of(i), 0);
  const product = sum((i) => (a[i]! - meanA) * (b[i]! - meanB));
  return product / Math.sqrt(sum((i) => (a[i]! - meanA) ** 2) * sum((i) => (b[i]! - meanB) ** 2));
}
