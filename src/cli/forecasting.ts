/**
 * What the commands that forecast share in their work.
 * @module
 */

import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { ExitCode, UserError } from "../errors.ts";
import { type ForecastModel, openModel } from "../forecast/open-model.ts";
import { counted } from "../naming/counted.ts";
import { hoursAhead } from "../risk/forecast-risk.ts";
import { type Events, type History, missingTraffic } from "../series/history.ts";
import { suggestion } from "./find-service.ts";
import type { ForecastingOptions } from "./forecasting-options.ts";
import type { Io } from "./io.ts";

/**
 * Opens the model asked for, and tells which device "auto" has taken.
 *
 * @throws {UserError} as `openModel()`
 */
export async function openAsked(
  options: Pick<ForecastingOptions, "model" | "device" | "precision" | "threads" | "horizon" | "watchHours">,
  io: Io,
  tell: (text: string) => void,
): Promise<ForecastModel> {
  const { device, precision, threads, horizon: horizonHours, watchHours } = options;
  const model = await openModel(options.model, {
    device,
    precision,
    horizon: hoursAhead({ horizonHours, watchHours }),
    modelsFolder: modelsFolder(io.env),
    ...(threads === undefined ? {} : { threads }),
  });
  for (const { device: tried, found } of model.trials) tell(`note: ${tried}: ${found}`);
  if (device === "auto") tell(`note: the model runs on ${model.device}`);
  return model;
}

/** Tells how many hours lack traffic where some have it, and how they are treated. */
export function tellMissingTraffic(history: History, tell: (text: string) => void): void {
  const { missing, hours } = missingTraffic(history) ?? { missing: 0, hours: 0 };
  if (missing === 0) return;
  tell(
    `note: traffic.csv has no value for ${missing} of ${counted(hours, "hour")}: they are taken from the same hour of the weeks ` +
      "around them, and no forecast is scored by them (if there was no traffic, give the hour a value of 0)",
  );
}

/** @throws {UserError} exit 3 if a service is asked for that no row names */
export function checkService(
  { service: name }: Pick<ForecastingOptions, "service">,
  { deploys = [], incidents }: Pick<Events, "deploys" | "incidents">,
): void {
  if (name === undefined) return;
  const counts = new Map<string, number>();
  for (const { service } of [...deploys, ...incidents])
    if (service !== undefined) counts.set(service, (counts.get(service) ?? 0) + 1);
  if (counts.has(name)) return;
  const known = [...counts].sort(([, a], [, b]) => b - a).map(([service]) => service);
  throw new UserError(
    `Cannot find service "${name}": no deploy or incident names it`,
    ExitCode.data,
    known.length === 0 ? 'give the rows of your files a "service" column' : suggestion(name, known),
  );
}
