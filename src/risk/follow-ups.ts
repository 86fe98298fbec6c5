/**
 * Incidents that follow on others: a failure that is reported again, what it took down with it, a mend that did not hold. They are
 * told apart from those that a deploy, load or anything else set off, so that a deploy that set off six failed once.
 *
 * Sources: Hawkes (1971), "Spectra of Some Self-Exciting and Mutually Exciting Point Processes", Biometrika 58(1); Marsan &
 * Lengliné (2008), "Extending Earthquakes' Reach Through Cascading", Science 319(5866), for the histogram of delays.
 * @module
 */

import { HOUR_MS, type WallHour, type Zone } from "../calendar/zone.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";
import { DelayDensity } from "./delay.ts";
import { digamma } from "./gamma.ts";
import type { Rate } from "./rate.ts";
import type { RatePrior } from "./two-factor-rate.ts";

/** How long after an incident another may follow on it: what comes later is seldom told from chance. */
const FOLLOW_HOURS = 6;

/** How long before an incident another was. */
export type Earlier = { delayMs: number /** of the grid */; delayHours: number };

/**
 * The incidents on which each may follow: those of the hours before it, unless the two state different causes.
 *
 * @param incidents in order of time
 */
export function earlierOf(incidents: readonly Incident[]): Earlier[][] {
  let from = 0;
  return incidents.map((incident, k) => {
    const { timestamp } = incident;
    while (timestamp - incidents[from]!.timestamp > FOLLOW_HOURS * HOUR_MS) from += 1;
    return incidents
      .slice(from, k)
      .filter((one) => mayFollow(incident, one))
      .map((one) => ({ delayMs: timestamp - one.timestamp, delayHours: hourOf(timestamp) - hourOf(one.timestamp) }));
  });
}

function mayFollow(incident: Incident, one: Incident): boolean {
  const [cause, before] = [causeOf(incident), causeOf(one)];
  if (cause !== "unknown" && before !== "unknown" && cause !== before) return false;
  return incident.deploy_id === undefined || one.deploy_id === undefined || incident.deploy_id === one.deploy_id;
}

/** Follow-ups per incident, and [FOLLOW_HOURS + 1] shares of those that come so many grid hours after it. */
export type FollowUpEstimate = { perIncident: Rate; delay: Float64Array };

export const NO_FOLLOW_UPS: FollowUpEstimate = { perIncident: { mean: 0, variance: 0 }, delay: new Float64Array(1) };

/** A tenth of a follow-up of one incident: as little as a term of f, which most histories do without. */
const PRIOR: RatePrior = { events: 0.1, exposure: 1 };
/** What incidents are followed by to start with. */
const FIRST_GUESS = 0.1;

/** Learned, as the other causes are, from incidents that are put down to the ones before them in part. */
export class FollowUps {
  readonly #exposure: number;
  readonly #density = new DelayDensity(FOLLOW_HOURS);
  #collected = this.#density.collect();
  #events = PRIOR.events;
  #mean = FIRST_GUESS;
  #geometric = FIRST_GUESS;

  /** @param incidents how many there were, each as it counts */
  constructor(incidents: number) {
    this.#exposure = incidents + PRIOR.exposure;
  }

  /** Follow-ups per hour after such earlier incidents. */
  at(earlier: readonly Earlier[]): number {
    return this.#mean * this.#perHour(earlier);
  }

  /** The same as it counts against other causes of an incident. */
  weightOf(earlier: readonly Earlier[]): number {
    return this.#geometric * this.#perHour(earlier);
  }

  /** Puts an incident down to earlier ones by `weight` times what it weighs. */
  blame(earlier: readonly Earlier[], weight: number): void {
    for (const { delayMs, delayHours } of earlier) {
      const blame = weight * this.#geometric * HOUR_MS * this.#density.at(delayMs);
      this.#events += blame;
      this.#collected.add(delayMs, delayHours, blame);
    }
  }

  /** Takes the estimate from what was put down to earlier incidents since the last time. */
  learn(): void {
    this.#mean = this.#events / this.#exposure;
    this.#geometric = Math.exp(digamma(this.#events)) / this.#exposure;
    this.#density.learn(this.#collected);
    this.#collected = this.#density.collect();
    this.#events = PRIOR.events;
  }

  /** Expected follow-ups of one incident. */
  get perIncident(): number {
    return this.#mean;
  }

  estimate(): FollowUpEstimate {
    return {
      perIncident: { mean: this.#mean, variance: this.#mean / this.#exposure },
      delay: this.#density.perHour(),
    };
  }

  #perHour(earlier: readonly Earlier[]): number {
    return earlier.reduce((sum, { delayMs }) => sum + HOUR_MS * this.#density.at(delayMs), 0);
  }
}

/** Incidents per clock hour of an hour. */
export type Followed = {
  /** all of them */
  incidents: Rate;
  /** those that follow on no other of the same hour */
  started: Rate;
};

/**
 * Adds to the incidents of hours those that follow on them, and on the incidents before the first of these hours, which are known.
 *
 * @returns a function to be asked of one hour after the other
 */
export function followedUp(
  { perIncident, delay }: FollowUpEstimate,
  incidents: readonly Incident[],
  zone: Zone,
): (hour: WallHour, roots: Rate) => Followed {
  const counts = new Map<WallHour, number>();
  for (const { timestamp } of incidents) counts.set(hourOf(timestamp), (counts.get(hourOf(timestamp)) ?? 0) + 1);
  const within = 1 / (1 - perIncident.mean * delay[0]!);
  // All that follow on one, on those, and so on: 1 / (1 − n) for each, whose relative error is n's over 1 − n.
  const doubt = perIncident.variance / (1 - perIncident.mean) ** 2;
  return (hour, roots) => {
    const duration = zone.exposure(hour);
    let started = roots.mean;
    for (let j = 1; j < delay.length; j += 1)
      started += (perIncident.mean * delay[j]! * (counts.get(hour - j) ?? 0)) / duration;
    const all = started * within;
    counts.set(hour, all * duration);
    const relative = (roots.mean > 0 ? roots.variance / roots.mean ** 2 : 0) + doubt;
    const withDoubt = (mean: number) => ({ mean, variance: relative * mean ** 2 });
    return { incidents: withDoubt(all), started: withDoubt(started) };
  };
}
