/**
 * Incidents that follow on others: a failure that is reported again, what it took down with it, a mend that did not hold. They are
 * told apart from those that a deploy, load or anything else set off, so that a deploy that set off six failed once.
 *
 * Sources: Hawkes (1971), "Spectra of Some Self-Exciting and Mutually Exciting Point Processes", Biometrika 58(1); Marsan &
 * Lengliné (2008), "Extending Earthquakes' Reach Through Cascading", Science 319(5866), for the histogram of delays.
 * @module
 */

import type { WallMs } from "../calendar/timestamp.ts";
import type { WallHour, Zone } from "../calendar/zone.ts";
import { causeOf, type Incident } from "../events/incident.ts";
import { hourOf } from "../series/hourly-series.ts";
import { delayBins, densityPerHour, sharesAtAnyMinute } from "./delay.ts";
import { digamma } from "./gamma.ts";
import type { Rate } from "./rate.ts";
import type { RatePrior } from "./two-factor-rate.ts";

/** Up to six hours: what comes later is seldom told from chance. */
const BINS = delayBins(6);
const BIN_COUNT = BINS.edgesMs.length - 1;

/**
 * On how many incidents each may follow: those of the six hours before it, unless the two state different causes or name different
 * deploys. Incidents are counted by line-ups, in a time that does not grow with how many there are in six hours.
 *
 * @param incidents in order of time
 * @returns [incidents, bins] by how long before
 */
export function earlierOf(incidents: readonly Incident[]): Uint32Array {
  const counts = new Uint32Array(incidents.length * BIN_COUNT);
  const lineups = new Map<string, Lineup>();
  incidents.forEach((incident, k) => {
    const { timestamp, deploy_id: id } = incident;
    const cause = causeOf(incident);
    const own = id === undefined ? "none" : `deploy ${id}`;
    for (const other of cause === "unknown" ? (["deploy", "load", "unknown"] as const) : [cause, "unknown"])
      for (const naming of id === undefined ? ["any"] : ["none", own])
        lineups.get(`${other}, ${naming}`)?.countInto(counts.subarray(k * BIN_COUNT, (k + 1) * BIN_COUNT), timestamp);
    for (const name of [`${cause}, any`, `${cause}, ${own}`]) {
      const lineup = lineups.get(name) ?? new Lineup();
      lineups.set(name, lineup);
      lineup.add(timestamp);
    }
  });
  return counts;
}

/** Incidents in order of time, with how many of them lie so far back as each edge. */
class Lineup {
  readonly #times: WallMs[] = [];
  readonly #bounds = new Uint32Array(BIN_COUNT + 1);

  add(timestamp: WallMs): void {
    this.#times.push(timestamp);
  }

  /** Adds those before a moment, which are no earlier than the last one asked for. @param counts [bins] */
  countInto(counts: Uint32Array, timestamp: WallMs): void {
    const bounds = this.#bounds;
    bounds[0] = this.#times.length;
    for (let j = 1; j <= BIN_COUNT; j += 1) {
      const edge = BINS.edgesMs[j]!;
      const isBehind = (time: WallMs) => (j < BIN_COUNT ? timestamp - time >= edge : timestamp - time > edge);
      while (bounds[j]! < this.#times.length && isBehind(this.#times[bounds[j]!]!)) bounds[j]! += 1;
      counts[j - 1]! += bounds[j - 1]! - bounds[j]!;
    }
  }
}

/** Follow-ups per incident, and [hours] shares of those that come so many grid hours after it. */
export type FollowUpEstimate = { perIncident: Rate; delay: Float64Array };

export const NO_FOLLOW_UPS: FollowUpEstimate = { perIncident: { mean: 0, variance: 0 }, delay: new Float64Array(1) };

/** A tenth of a follow-up of one incident: as little as a term of f, which most histories do without. */
const PRIOR: RatePrior = { events: 0.1, exposure: 1 };
/** What incidents are followed by to start with. */
const FIRST_GUESS = 0.1;

/** Learned, as the other causes are, from incidents that are put down to the ones before them in part. */
export class FollowUps {
  readonly #earlier: Uint32Array;
  readonly #exposure: number;
  #density = densityPerHour(BINS, new Float64Array(BIN_COUNT));
  #inBins = new Float64Array(BIN_COUNT);
  #events = PRIOR.events;
  #mean = FIRST_GUESS;
  #geometric = FIRST_GUESS;

  /**
   * @param earlier   [incidents, bins] on how many each may follow
   * @param incidents how many there were, each as it counts
   */
  constructor(earlier: Uint32Array, incidents: number) {
    this.#earlier = earlier;
    this.#exposure = incidents + PRIOR.exposure;
  }

  /** Follow-ups per hour when an incident happened. */
  at(incident: number): number {
    return this.#mean * this.#perHour(incident);
  }

  /** The same as it counts against other causes of the incident. */
  weightOf(incident: number): number {
    return this.#geometric * this.#perHour(incident);
  }

  /** Puts an incident down to earlier ones by `weight` times what it weighs. */
  blame(incident: number, weight: number): void {
    for (let bin = 0; bin < BIN_COUNT; bin += 1) {
      const blame = weight * this.#geometric * this.#density[bin]! * this.#earlier[incident * BIN_COUNT + bin]!;
      this.#events += blame;
      this.#inBins[bin]! += blame;
    }
  }

  /** Takes the estimate from what was put down to earlier incidents since the last time. */
  learn(): void {
    this.#mean = this.#events / this.#exposure;
    this.#geometric = Math.exp(digamma(this.#events)) / this.#exposure;
    this.#density = densityPerHour(BINS, this.#inBins);
    this.#inBins = new Float64Array(BIN_COUNT);
    this.#events = PRIOR.events;
  }

  /** Expected follow-ups of one incident. */
  get perIncident(): number {
    return this.#mean;
  }

  estimate(): FollowUpEstimate {
    return {
      perIncident: { mean: this.#mean, variance: this.#mean / this.#exposure },
      delay: sharesAtAnyMinute(BINS, this.#density),
    };
  }

  #perHour(incident: number): number {
    let sum = 0;
    for (let bin = 0; bin < BIN_COUNT; bin += 1)
      sum += this.#density[bin]! * this.#earlier[incident * BIN_COUNT + bin]!;
    return sum;
  }
}

/** Incidents per clock hour of an hour. */
export type Followed = {
  /** all of them */
  incidents: Rate;
  /** those that follow on no other of the same hour */
  started: Rate;
};

/** Incidents of an hour, how many of them follow on known ones, and by how many they grow with follow-ups per incident. */
type Expected = { all: number; known: number; slope: number };

/**
 * Adds to the incidents of hours those that follow on them, and on the incidents before the first of these hours, which are known.
 * Variances are by the delta method: what is set off errs by a common factor, and follow-ups per incident for all hours alike.
 *
 * @returns a function to be asked of one hour after the other
 */
export function followedUp(
  { perIncident, delay }: FollowUpEstimate,
  incidents: readonly Incident[],
  zone: Zone,
): (hour: WallHour, roots: Rate) => Followed {
  const past = new Map<WallHour, Expected>();
  for (const { timestamp } of incidents) {
    const count = (past.get(hourOf(timestamp))?.all ?? 0) + 1;
    past.set(hourOf(timestamp), { all: count, known: count, slope: 0 });
  }
  const perStarted = 1 / (1 - perIncident.mean * delay[0]!);
  return (hour, roots) => {
    const duration = zone.exposure(hour);
    const before: Expected = { all: 0, known: 0, slope: 0 }; // per hour, each as likely as its follow-ups come now
    for (let j = 1; j < delay.length; j += 1) {
      const then = past.get(hour - j);
      if (then === undefined) continue;
      before.all += (delay[j]! * then.all) / duration;
      before.known += (delay[j]! * then.known) / duration;
      before.slope += (delay[j]! * then.slope) / duration;
    }
    const started = {
      all: roots.mean + perIncident.mean * before.all,
      known: perIncident.mean * before.known,
      slope: before.all + perIncident.mean * before.slope,
    };
    const all = perStarted * started.all;
    const followed = {
      all,
      known: perStarted * started.known,
      slope: perStarted * (started.slope + delay[0]! * all),
    };
    past.set(hour, { all: all * duration, known: followed.known * duration, slope: followed.slope * duration });
    const ofRoots = roots.mean > 0 ? roots.variance / roots.mean ** 2 : 0;
    const rateOf = (of: Expected): Rate => ({
      mean: of.all,
      variance: ofRoots * (of.all - of.known) ** 2 + of.slope ** 2 * perIncident.variance,
    });
    return { incidents: rateOf(followed), started: rateOf(started) };
  };
}
