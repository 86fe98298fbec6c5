import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { type FoundModel, findModel } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { inPrecision } from "../forecast/converted-weights.ts";
import { longestContext } from "../forecast/flags.ts";
import { checkDevice, type Device, type ForecastModel, openModel, type Precision } from "../forecast/open-model.ts";
import { parseConfig, readTimesFm } from "../forecast/open-timesfm.ts";
import { probeHistories } from "../forecast/probe-histories.ts";
import { openProducts, type ProductSession } from "../forecast/product-session.ts";
import { aligned } from "./aligned.ts";
import { megabytes } from "./byte-labels.ts";
import type { Io } from "./io.ts";
import { ownMemory } from "./own-memory.ts";
import { oneLine } from "./printable.ts";
import { told } from "./progress.ts";

export type ModelBenchOptions = {
  device: Device;
  precision: Precision;
  context: readonly number[];
  batch: readonly number[];
  threads?: number;
  runs: number;
  json: boolean;
  quiet: boolean;
};

/** A week, in hours. */
const HORIZON = 168;
/** The runtime plans its memory in the first run of a shape, and takes it in the second. */
const WARM_RUNS = 2;

/** Opening a model and forecasting one series of the shortest context, as a command does that forecasts once. */
type OneShot = { openMs: number; firstForecastMs: number; ownBytes: number | null };

type Cell = {
  context: number;
  batch: number;
  forecastMs: number;
  seriesPerSecond: number;
  /** time of the matrix products alone to that of the forecast */
  productShare: number;
};

/**
 * Measures a model on this machine and prints a table.
 *
 * @throws {UserError} exit 2 if the model cannot read a context asked for, or not run on the device, exit 4 as `openModel()`
 */
export async function runModelBench(name: string, options: ModelBenchOptions, io: Io): Promise<void> {
  const { device, precision, context, batch, runs, threads } = options;
  checkDevice(precision, device);
  const { progress, tell } = told(io, options.quiet);
  const original = await findModel(name, { pulled: modelsFolder(io.env) });
  const found = precision === "fp32" ? original : await inPrecision(original, precision, name);
  const { dimensions } = await readTimesFm(found.weightsFile, parseConfig(found));
  const longest = longestContext(dimensions, HORIZON);
  const tooLong = context.find((points) => points > longest);
  if (tooLong !== undefined)
    throw new UserError(
      `Cannot read ${tooLong} points of context: expected at most ${longest} with this model`,
      ExitCode.usage,
    );
  const work = { device, ...(threads === undefined ? {} : { threads }) };
  const now = () => performance.now();
  progress.step("opening");
  const oneShot = await measureOneShot(found, work, Math.min(...context), now);
  const start = now();
  const model = await openModel(found.weightsFile, { thread: "caller", ...work, batch: Math.max(...batch) });
  const openMs = now() - start;
  const cells = context.flatMap((points) => batch.map((series) => ({ context: points, batch: series })));
  for (const cell of cells) await forecastMs(model, cell, now, io.signal); // the memory it takes
  const { peak } = await ownMemory();
  const products = await openProducts(found, work, now);
  const rows: Cell[] = [];
  for (const cell of cells) {
    progress.step(`context ${cell.context}, batch ${cell.batch}`);
    rows.push(await measured(model, products, cell, runs, now, io.signal));
  }
  progress.done();
  await model.close();
  await products.close();
  if (options.json) {
    const document = {
      model: model.name,
      device,
      precision,
      horizon: HORIZON,
      runs,
      openMs,
      peakBytes: peak,
      oneShot,
      rows,
    };
    io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  const own = oneShot.ownBytes === null ? "" : `, ${megabytes(oneShot.ownBytes)} of its own`;
  io.stdout.write(
    `${[
      `${oneLine(model.name)} (${precision}) on ${device}, ${HORIZON} hours ahead, median of ${runs}`,
      `once: open ${oneShot.openMs.toFixed(0)} ms, first forecast of ${Math.min(...context)} hours ${oneShot.firstForecastMs.toFixed(0)} ms${own}`,
      `many: open ${openMs.toFixed(0)} ms; peak memory of all below ${megabytes(peak)}`,
      "",
      ...tableOf(rows),
    ].join("\n")}\n`,
  );
  tell("\nproducts: time of the matrix products alone to that of the forecast");
}

async function measureOneShot(
  found: FoundModel,
  work: { device: Device; threads?: number },
  context: number,
  now: () => number,
): Promise<OneShot> {
  const before = await ownMemory();
  const start = now();
  const model = await openModel(found.weightsFile, { thread: "caller", ...work, runs: "once" });
  const opened = now();
  await model.forecast(probeHistories(1, context), { horizon: HORIZON, context });
  const done = now();
  const after = await ownMemory();
  await model.close();
  const ownBytes = after.own === undefined || before.own === undefined ? null : after.own - before.own;
  return { openMs: opened - start, firstForecastMs: done - opened, ownBytes };
}

async function measured(
  model: ForecastModel,
  products: ProductSession,
  { context, batch }: { context: number; batch: number },
  runs: number,
  now: () => number,
  signal: AbortSignal,
): Promise<Cell> {
  const whole: number[] = [];
  const alone: number[] = [];
  for (let run = -WARM_RUNS; run < runs; run += 1) {
    const ofWhole = await forecastMs(model, { context, batch }, now, signal);
    const ofProducts = await products.run(batch, context, HORIZON);
    if (run < 0) continue;
    whole.push(ofWhole);
    alone.push(ofProducts);
  }
  const ms = median(whole);
  return {
    context,
    batch,
    forecastMs: ms,
    seriesPerSecond: (1000 * batch) / ms,
    productShare: median(alone.map((time, i) => time / whole[i]!)),
  };
}

async function forecastMs(
  model: ForecastModel,
  { context, batch }: { context: number; batch: number },
  now: () => number,
  signal: AbortSignal,
): Promise<number> {
  const histories = probeHistories(batch, context);
  const start = now();
  await model.forecast(histories, { horizon: HORIZON, context, signal });
  return now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function tableOf(rows: readonly Cell[]): string[] {
  return aligned([
    ["context", "batch", "ms", "series/s", "products"],
    ...rows.map(({ context, batch, forecastMs: ms, seriesPerSecond, productShare }) => [
      String(context),
      String(batch),
      ms < 100 ? ms.toFixed(1) : ms.toFixed(0),
      seriesPerSecond < 100 ? seriesPerSecond.toFixed(1) : seriesPerSecond.toFixed(0),
      `${(100 * productShare).toFixed(0)} %`,
    ]),
  ]);
}
