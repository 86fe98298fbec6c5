import { basename } from "node:path";
import { backtestWeeks, threadsFor } from "../backtest/backtest-weeks.ts";
import { METHOD_NAMES, type MethodId } from "../backtest/method-names.ts";
import { capturedShare } from "../backtest/method-scores.ts";
import { type BacktestReport, type MethodScores, reportOf } from "../backtest/report.ts";
import { type BacktestWeek, originsOf } from "../backtest/rolling-origins.ts";
import { reliabilityBins } from "../backtest/scores.ts";
import { dateLabel } from "../calendar/labels.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { seededRandom } from "../chance/random.ts";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { checkWritable, writeAll } from "../emit/atomic-write.ts";
import { pngsOf } from "../emit/png.ts";
import { ExitCode, UserError } from "../errors.ts";
import { loadEvents } from "../load/load-events.ts";
import { counted } from "../naming/counted.ts";
import { captureChartSvg } from "../render/capture-chart.ts";
import { reliabilityDiagramSvg } from "../render/reliability-diagram.ts";
import { historyBefore } from "../series/history.ts";
import { usualThreads } from "../threads/on-threads.ts";
import { aligned } from "./aligned.ts";
import { checkService, openAsked, tellMissingTraffic } from "./forecasting.ts";
import type { ForecastingOptions } from "./forecasting-options.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";
import { requestOf } from "./risk-request.ts";

export type BacktestOptions = ForecastingOptions & { weeks: number; methods: readonly MethodId[] };

const BOOTSTRAP_SEED = 1;

/**
 * Forecasts past weeks from what lay before each, and scores every method on what came. Interrupted, it reports on the weeks
 * it has finished.
 *
 * @returns how to exit
 */
export async function runBacktest(options: BacktestOptions, io: Io): Promise<ExitCode> {
  const zone = options.timezone;
  const { progress, tell } = told(io, options.quiet);
  progress.step("reading events");
  const events = await loadEvents(options.data, zone, { signal: io.signal, notAfter: io.now() });
  for (const notice of events.notices) tell(`note: ${notice}`);
  checkService(options, events);
  const origins = originsOf(events, options.weeks, options.horizon);
  if (origins.length === 0) {
    throw new UserError(
      `Cannot backtest "${options.data}": its history is shorter than the two weeks to learn from and the ${options.horizon} hours to forecast`,
      ExitCode.data,
    );
  }
  tellMissingTraffic(historyBefore(events, origins.at(-1)! + options.horizon, zone), tell);
  if (origins.length < options.weeks) {
    tell(`warning: the history has room for ${origins.length} of the ${options.weeks} weeks asked for`);
  }
  await checkWritable(options.out);

  progress.step("opening the model");
  const model = await openAsked(options, io, tell);
  const weeks: BacktestWeek[] = [];
  try {
    const request = await requestOf(options, model, historyBefore(events, origins[0]!, zone), io, tell);
    const asked = { events, zone, origins, methods: options.methods, request };
    const named = { name: options.model, modelsFolder: modelsFolder(io.env), precision: options.precision };
    const showWeeks = () => progress.bar("backtesting weeks", weeks.length, origins.length);
    const threads = await threadsFor(origins.length, model, options.threads ?? usualThreads());
    showWeeks();
    await backtestWeeks(asked, model, named, threads, (week) => {
      weeks.push(week);
      showWeeks();
    });
  } catch (error) {
    if (!io.signal.aborted || weeks.length === 0) throw error;
    tell(`interrupted: reporting on ${counted(weeks.length, "week")}, all that are finished`);
  } finally {
    progress.done();
    await model.close();
  }
  weeks.sort((a, b) => a.originHour - b.originHour);

  const report = reportOf(weeks, options.methods, options.horizon, seededRandom(BOOTSTRAP_SEED, 0));
  const span = `${dateLabel(weeks[0]!.originHour * HOUR_MS)} – ${dateLabel((weeks.at(-1)!.originHour + options.horizon) * HOUR_MS)}`;
  const subtitle = `${counted(report.weeks, "week")}, ${span}, ${zone.id}: ${counted(report.incidents, "incident")}`;
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const files = {
    "backtest.json": json,
    ...(await picturesOf(weeks, options.methods, subtitle, `${basename(options.data)} · model ${model.name}`)),
  };
  await writeAll(options.out, files);
  io.stdout.write(options.json ? json : `${tableOf(report).join("\n")}\n`);
  if (report.deploys !== null) {
    const { wql, wqlSeasonalNaive, mase, coverage80 } = report.deploys;
    const ratio = (wql / wqlSeasonalNaive).toFixed(2);
    tell(
      `Deploys per hour${options.service === undefined ? "" : " of the whole platform"}: WQL ${wql.toFixed(3)}, ${ratio} of seasonal naive's; MASE ${mase.toFixed(2)}; ` +
        `${Math.round(100 * coverage80)} % of hours in the 80 % band.`,
    );
  }
  tell(`${report.verdict}.\n\nWrote ${Object.keys(files).length} files to ${options.out}`);
  return io.signal.aborted ? ExitCode.interrupted : ExitCode.ok;
}

const CURVE_STEPS = 100;

function picturesOf(
  weeks: readonly BacktestWeek[],
  methods: readonly MethodId[],
  subtitle: string,
  caption: string,
): Promise<Record<string, Uint8Array>> {
  const lines = methods.map((method) => {
    const captured = Array.from({ length: CURVE_STEPS + 1 }, (_, i) => capturedShare(weeks, method, i / CURVE_STEPS));
    return { name: METHOD_NAMES[method], captured: captured.every((share) => share !== undefined) ? captured : null };
  });
  const first = methods[0]!;
  const bins = reliabilityBins(
    weeks.flatMap(({ observed }) => observed),
    weeks.flatMap(({ expected }) => expected[first]!),
  );
  return pngsOf({
    "backtest_reliability.png": reliabilityDiagramSvg(bins, `${METHOD_NAMES[first]}: ${subtitle}`, caption),
    "backtest_capture.png": captureChartSvg(lines, subtitle, caption),
  });
}

const COLUMNS = [
  "deviance",
  "to drp",
  "95 %",
  "Brier",
  "log loss",
  "AUC",
  "riskiest 10 %",
  "25 %",
  "safest 25 %",
  "slope",
];

/** The scores as text, best deviance first. */
function tableOf({ methods, weeks, horizonHours, incidents }: BacktestReport): string[] {
  const number = (value: number | null, digits: number) => (value === null ? "–" : value.toFixed(digits));
  const share = (value: number | null) => (value === null ? "–" : `${Math.round(100 * value)} %`);
  const rows = (Object.keys(methods) as MethodId[])
    .map((id) => ({ id, scores: methods[id]! }))
    .sort((a, b) => a.scores.poissonDeviance - b.scores.poissonDeviance)
    .map(({ id, scores }) => [
      METHOD_NAMES[id],
      number(scores.poissonDeviance, 4),
      number(scores.devianceToDrp?.ratio ?? null, 2),
      ratioRange(scores),
      number(scores.brier, 5),
      number(scores.logLoss, 4),
      number(scores.auc, 2),
      share(scores.shareInRiskiest10),
      share(scores.shareInRiskiest25),
      share(scores.shareInSafest25),
      number(scores.calibrationSlope, 2),
    ]);
  return aligned([
    [`${counted(weeks, "week")} of ${horizonHours} h, ${counted(incidents, "incident")}`, ...COLUMNS],
    ...rows,
  ]);
}

/** Of few weeks an interval would be too narrow to show. */
function ratioRange({ devianceToDrp, intervals }: MethodScores): string {
  if (devianceToDrp === null || intervals === null) return "–";
  return `${devianceToDrp.low.toFixed(2)}–${devianceToDrp.high.toFixed(2)}`;
}
