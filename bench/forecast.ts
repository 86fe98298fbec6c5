/**
 * Where the time of `drp forecast` and `drp backtest` goes, on a generated year and on ten.
 *
 *     npm run bench:forecast
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { METHODS } from "../src/backtest/method-names.ts";
import { backtestWeek, originsOf } from "../src/backtest/rolling-origins.ts";
import { Zone } from "../src/calendar/zone.ts";
import { main } from "../src/cli/main.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { stackWithClimatology } from "../src/forecast/stack.ts";
import { loadEvents } from "../src/load/load-events.ts";
import { chooseSuperposition } from "../src/risk/choose-superposition.ts";
import { forecastDemand } from "../src/risk/demand.ts";
import { hoursAhead } from "../src/risk/forecast-risk.ts";
import { historyBefore, naturalOrigin } from "../src/series/history.ts";

const REQUEST = { horizonHours: 168, watchHours: 2, attributionHours: 24 };
const BACKTEST_WEEKS = 12;
const utc = new Zone("UTC");
const io = {
  stdout: { write: () => {} },
  stderr: { write: () => {} },
  stdin: Readable.from([]),
  now: () => Date.now(),
  env: process.env,
  signal: new AbortController().signal,
};

console.log(
  "| seconds | load | open | stack of forecasts | causes | all of drp forecast | 12 weeks of drp backtest, one after another |",
);
console.log("|---|---|---|---|---|---|---|");
for (const days of [366, 3660]) {
  const folder = mkdtempSync(join(tmpdir(), "drp-bench-"));
  try {
    await main(["generate", "--out", folder, "--start", "2010-01-01", "--days", String(days)], io);
    const events = await timed(() => loadEvents(folder, utc, { signal: io.signal }));
    const model = await timed(() => openModel("drp-mini"));
    const history = historyBefore(events.result, naturalOrigin(events.result)!, utc);
    const demand = await timed(() =>
      forecastDemand(history, stackWithClimatology(model.result), history.originHour + hoursAhead(REQUEST), {}),
    );
    const causes = await timed(async () =>
      chooseSuperposition(history, REQUEST.attributionHours, demand.result.intensityAt),
    );
    const backtest = await timed(async () => {
      for (const origin of originsOf(events.result, BACKTEST_WEEKS, REQUEST.horizonHours))
        await backtestWeek(events.result, utc, origin, METHODS, model.result, REQUEST);
    });
    await model.result.close();
    const forecast = await timed(() => main(["forecast", "--data", folder, "--out", join(folder, "out")], io));
    const cells = [events, model, demand, causes, forecast, backtest].map(({ seconds }) => seconds.toFixed(2));
    console.log(`| ${days} days | ${cells.join(" | ")} |`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}
