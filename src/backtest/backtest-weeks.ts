import type { WallHour, Zone } from "../calendar/zone.ts";
import { hasLargeWeights } from "../forecast/large-weights.ts";
import type { ForecastModel, Precision } from "../forecast/open-model.ts";
import type { RiskRequest } from "../risk/forecast-risk.ts";
import type { Events } from "../series/history.ts";
import { onThreads } from "../threads/on-threads.ts";
import { moduleBeside } from "../threads/open-worker.ts";
import type { MethodId } from "./method-names.ts";
import { type BacktestWeek, backtestWeek } from "./rolling-origins.ts";

/** The weeks to backtest, and how. */
export type WeeksAsked = {
  events: Events;
  zone: Zone;
  origins: readonly WallHour[];
  methods: readonly MethodId[];
  request: RiskRequest;
};

/** What threads share; plain values, so that it can go to them. */
export type WeeksData = Omit<WeeksAsked, "zone" | "request"> & {
  zoneId: string;
  request: Omit<RiskRequest, "signal">;
  /** opened by each thread for itself */
  model: { name: string; modelsFolder: string; precision: Precision };
};

/**
 * Backtests weeks, on threads of their own if several are asked for.
 *
 * @param model   open; used where one thread is asked for
 * @param named   how other threads find the same model
 * @param threads weeks at a time, at least 1
 * @param onWeek  told each week as it is finished, which is in no order
 * @throws whatever the model throws, or the signal's reason
 */
export async function backtestWeeks(
  asked: WeeksAsked,
  model: ForecastModel,
  named: WeeksData["model"],
  threads: number,
  onWeek: (week: BacktestWeek) => void,
): Promise<void> {
  const { zone, request, ...rest } = asked;
  const { signal, ...plain } = request;
  const { events, origins, methods } = rest;
  if (threads > 1) {
    const module = moduleBeside(import.meta.url, "backtest-worker");
    const data: WeeksData = { ...rest, zoneId: zone.id, request: plain, model: named };
    return onThreads<WeeksData, BacktestWeek>({
      module,
      data,
      count: origins.length,
      threads,
      signal,
      onResult: onWeek,
    });
  }
  for (const origin of origins) {
    signal?.throwIfAborted();
    onWeek(await backtestWeek(events, zone, origin, methods, model, request));
  }
}

/**
 * How many weeks to backtest at a time: each thread opens the model for itself. One where the model is on a device, which takes
 * one forecast after another however many ask, or has large weights: a copy of them for each thread is too much memory, and their
 * products keep the cores busy as it is.
 */
export async function threadsFor(weeks: number, { device, file }: ForecastModel, most: number): Promise<number> {
  if (device !== "cpu" || (await hasLargeWeights(file))) return 1;
  return Math.min(weeks, most);
}
