/**
 * Where the time of `drp forecast` and `drp backtest` goes, on a generated year and on ten. Before that, what it takes to tell
 * the causes apart of very many events: a storm of incidents, a year of nothing else, and a year of a deploy every 45 seconds.
 *
 *     npm run bench:forecast
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { METHODS } from "../src/backtest/method-names.ts";
import { backtestWeek, originsOf } from "../src/backtest/rolling-origins.ts";
import { HOUR_MS, Zone } from "../src/calendar/zone.ts";
import { seededRandom } from "../src/chance/random.ts";
import { main } from "../src/cli/main.ts";
import type { Deploy } from "../src/events/deploy.ts";
import type { Incident } from "../src/events/incident.ts";
import { openModel } from "../src/forecast/open-model.ts";
import { stackWithClimatology } from "../src/forecast/stack.ts";
import { loadEvents } from "../src/load/load-events.ts";
import { chooseSuperposition } from "../src/risk/choose-superposition.ts";
import { forecastDemand } from "../src/risk/demand.ts";
import { hoursAhead } from "../src/risk/forecast-risk.ts";
import { historyBefore, naturalOrigin } from "../src/series/history.ts";
import { generatePlatform } from "../src/synthetic/platform.ts";

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

await benchManyEvents();
console.log(
  "\n| seconds | load | open | stack of forecasts | causes | all of drp forecast | 12 weeks of drp backtest, one after another |",
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
    const causes = await timed(() => chooseSuperposition(history, REQUEST.attributionHours, demand.result.intensityAt));
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

/** Time and memory until the causes are told apart. */
async function benchManyEvents(): Promise<void> {
  const startHour = Date.UTC(2024, 0, 1) / HOUR_MS;
  const year = generatePlatform({ seed: 5, startHour, days: 364, futureDays: 0 });
  const storm = moments(20_000, startHour + 355 * 24, 72).map(outageAt);
  const busy = moments(1000, startHour + 354 * 24, 96).map(deployAt);
  const histories = [
    () => ({ incidents: [...year.incidents, ...storm], deploys: [...year.deploys, ...busy] }),
    () => ({
      incidents: moments(500_000, startHour, 364 * 24).map(outageAt),
      deploys: moments(50_000, startHour, 364 * 24).map(deployAt),
    }),
    () => ({
      incidents: moments(3_000, startHour, 364 * 24).map(outageAt),
      deploys: moments(700_000, startHour, 364 * 24).map(deployAt),
    }),
  ];
  console.log("| incidents | deploys | causes, seconds of CPU | peak memory, MB |\n|---|---|---|---|");
  const inOrder = (a: { timestamp: number }, b: { timestamp: number }) => a.timestamp - b.timestamp;
  for (const draw of histories) {
    const { incidents, deploys } = draw();
    const events = { incidents: incidents.sort(inOrder), deploys: deploys.sort(inOrder), matches: undefined };
    const history = historyBefore(events, naturalOrigin(events)!, utc);
    const start = process.cpuUsage();
    await chooseSuperposition(history, REQUEST.attributionHours, () => 0);
    const { user, system } = process.cpuUsage(start);
    const peakMb = process.resourceUsage().maxRSS / 1000;
    const cells = [incidents.length, deploys.length, ((user + system) / 1e6).toFixed(1), peakMb.toFixed(0)];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function moments(count: number, fromHour: number, hours: number): number[] {
  const random = seededRandom(1, count);
  return Array.from({ length: count }, () => Math.floor((fromHour + random() * hours) * HOUR_MS));
}

function outageAt(timestamp: number): Incident {
  return { timestamp, incident_type: "outage", severity: "low" };
}

function deployAt(timestamp: number): Deploy {
  return { timestamp, is_critical_fix: false, deploy_size: "medium" };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}
