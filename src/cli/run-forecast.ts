import { basename, dirname, join } from "node:path";
import type { Timestamp } from "../calendar/timestamp.ts";
import { checkWritable, writeAll } from "../emit/atomic-write.ts";
import { forecastCsv, seriesCsv } from "../emit/forecast-csv.ts";
import { pngsOf } from "../emit/png.ts";
import { stackWithClimatology } from "../forecast/stack.ts";
import { loadEvents } from "../load/load-events.ts";
import { forecastChartSvg } from "../render/forecast-chart.ts";
import { riskHeatmapSvg } from "../render/risk-heatmap.ts";
import { safeWindowsHeatmapSvg } from "../render/safe-windows-heatmap.ts";
import type { Change } from "../risk/change.ts";
import { forecastRisk } from "../risk/forecast-risk.ts";
import type { RiskForecast } from "../risk/risk-forecast.ts";
import { type History, historyOf } from "../series/history.ts";
import { type HourlySeries, ratePerHour } from "../series/hourly-series.ts";
import { assess } from "../windows/assess.ts";
import { documentOf } from "../windows/document.ts";
import { summaryLines } from "../windows/summary.ts";
import type { Assessment } from "../windows/window.ts";
import { historyAsked, warningsOf } from "./forecast-history.ts";
import { checkService, openAsked, tellMissingTraffic } from "./forecasting.ts";
import type { ForecastingOptions } from "./forecasting-options.ts";
import type { Io } from "./io.ts";
import { oneLine } from "./printable.ts";
import { told } from "./progress.ts";
import { requestOf } from "./risk-request.ts";

export type ForecastOptions = ForecastingOptions & {
  origin?: Timestamp | "now";
  change?: Change;
  maxRisk?: number;
  avoidShare?: number;
  safeShare?: number;
};

/** Forecasts the risk of a folder of events and writes its pictures, tables and windows, all of them or none. */
export async function runForecast(options: ForecastOptions, io: Io): Promise<void> {
  const zone = options.timezone;
  const { progress, tell } = told(io, options.quiet);
  progress.step("reading events");
  const clock = options.origin === undefined ? { notAfter: io.now(), unless: "--origin is given" } : {};
  const events = await loadEvents(options.data, zone, { signal: io.signal, ...clock });
  for (const notice of events.notices) tell(`note: ${notice}`);
  checkService(options, events);
  const history = historyAsked(options, events, io);
  tellMissingTraffic(history, tell);
  for (const warning of warningsOf(history, events)) tell(`warning: ${warning}`);
  await checkWritable(options.out);

  progress.step("opening the model");
  const model = await openAsked(options, io, tell);
  try {
    const request = {
      ...(await requestOf(options, model, history, io, tell)),
      ...(options.change === undefined ? {} : { change: options.change }),
    };
    progress.step("forecasting");
    const forecast = await forecastRisk(history, stackWithClimatology(model), request);
    io.signal.throwIfAborted();
    const assessment = assess(forecast, options);
    const document = documentOf(forecast, assessment, {
      name: model.name,
      file: join(basename(dirname(model.file)), basename(model.file)),
      sha256: await model.sha256(),
    });

    progress.step("drawing");
    const json = `${JSON.stringify(document, null, 2)}\n`;
    const caption = `${basename(options.data)} · model ${model.name}`;
    const own = historyOf(history, options.service);
    const incidents = ratePerHour(own.incidents, own.startHour, own.originHour, zone);
    const files = {
      "hourly_risk_forecast.csv": forecastCsv(forecast, assessment.levels),
      "hourly_risk_series.csv": seriesCsv(incidents, zone),
      ...(await picturesOf(history, incidents, forecast, assessment, caption)),
      "risk_windows.json": json,
    };

    io.signal.throwIfAborted();
    progress.step("writing");
    await writeAll(options.out, files, io.signal);
    if (options.json) io.stdout.write(json);
    for (const line of summaryLines(forecast, assessment)) tell(oneLine(line)); // a service may be named in two
    tell(`\nWrote ${Object.keys(files).length} files to ${options.out}`);
  } finally {
    progress.done();
    await model.close();
  }
}

/** @param incidents of what is forecast, the platform or a service, whatever their cause, per hour */
function picturesOf(
  { traffic, zone }: History,
  incidents: HourlySeries,
  forecast: RiskForecast,
  assessment: Assessment,
  caption: string,
): Promise<Record<string, Uint8Array>> {
  const matches = [...(traffic ?? [])].map(([hour, trafficMultiplier]) => ({ hour, trafficMultiplier }));
  const chart = { zone, history: incidents, forecast, matches, caption };
  return pngsOf({
    "risk_heatmap.png": riskHeatmapSvg(forecast, assessment, caption),
    "safe_windows_heatmap.png": safeWindowsHeatmapSvg(forecast, assessment, caption),
    "forecast_timeseries.png": forecastChartSvg(chart),
  });
}
