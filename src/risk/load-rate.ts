import type { WallHour } from "../calendar/zone.ts";
import type { History } from "../series/history.ts";
import type { Rate } from "./rate.ts";
import type { RatePrior } from "./two-factor-rate.ts";

export type LoadRate = {
  /** load incidents per unit of summed multiplier */
  perMultiplier: Rate;
  /** hours of load incidents at which no match was on: the matches do not explain them */
  unexplained: readonly WallHour[];
};

/** Half an incident in fifty units of multiplier, which any real history outweighs. */
const LOAD_PRIOR: RatePrior = { events: 0.5, exposure: 50 };

/** Load incidents per unit of summed multiplier over the history; all of them are unexplained where no matches are kept. */
export function loadRate({ startHour, originHour, traffic }: History, loadIncidents: readonly WallHour[]): LoadRate {
  if (traffic === undefined) return { perMultiplier: { mean: 0, variance: 0 }, unexplained: loadIncidents };
  const unexplained = loadIncidents.filter((hour) => !traffic.has(hour));
  let multiplierHours = 0;
  for (const [hour, multiplier] of traffic) {
    if (hour >= startHour && hour < originHour) multiplierHours += multiplier;
  }
  const events = loadIncidents.length - unexplained.length + LOAD_PRIOR.events;
  const exposure = multiplierHours + LOAD_PRIOR.exposure;
  return { perMultiplier: { mean: events / exposure, variance: events / exposure ** 2 }, unexplained };
}
