/** A thread that backtests weeks as `backtestWeeks` asks for them. */
import { Zone } from "../calendar/zone.ts";
import { openModel } from "../forecast/open-model.ts";
import { hoursAhead } from "../risk/forecast-risk.ts";
import { answer } from "../threads/answer.ts";
import type { WeeksData } from "./backtest-weeks.ts";
import { backtestWeek } from "./rolling-origins.ts";

answer(async ({ events, zoneId, origins, methods, request, model: named }: WeeksData, signal) => {
  const zone = new Zone(zoneId);
  const model = await openModel(named.name, {
    thread: "caller",
    modelsFolder: named.modelsFolder,
    precision: named.precision,
    horizon: hoursAhead(request),
    threads: 1,
  });
  return (number) => backtestWeek(events, zone, origins[number]!, methods, model, { ...request, signal });
});
