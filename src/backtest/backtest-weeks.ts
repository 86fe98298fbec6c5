import { stat } from "node:fs/promises";
import type { WallHour, Zone } from "../calendar/zone.ts";
import type { ForecastModel } from "../forecast/open-model.ts";
import type { RiskRequest } from "../risk/forecast-risk.ts";
import type { Events } from "../series/history.ts";
import { moduleBeside, onThreads } from "../threads/on-threads.ts";
import type { MethodId } from "./methods.ts";
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
  model: { name: string; modelsFolder: string };
};

/**
 * Backtests weeks, several at a time on threads of their own where that is faster.
 *
 * @param model   the model that is named, open
 * @param named   how each thread finds it again
 * @param threads weeks at a time, at most
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
  const count = rest.origins.length;
  if (Math.min(threads, count) > 1 && (await isLight(model))) {
    const module = moduleBeside(import.meta.url, "backtest-worker");
    const data: WeeksData = { ...rest, zoneId: zone.id, request: plain, model: named };
    return onThreads<WeeksData, BacktestWeek>({ module, data, count, threads, signal, onResult: onWeek });
  }
  for (const origin of rest.origins) {
    signal?.throwIfAborted();
    onWeek(await backtestWeek(rest.events, zone, origin, rest.methods, model, request));
  }
}

const MOST_WEIGHTS_BYTES = 200e6;

/**
 * Whether threads may each open the model. A device other than the CPU would have them wait for each other and hold the weights
 * several times; so would memory with large weights, whose products keep all cores busy without threads of ours.
 */
async function isLight({ device, file }: ForecastModel): Promise<boolean> {
  return device === "cpu" && (await stat(file)).size <= MOST_WEIGHTS_BYTES;
}
