import { HOURS_PER_DAY, HOURS_PER_WEEK } from "../calendar/week.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { RecentOutcomes } from "./recent-failures.ts";

const DAY_MS = HOURS_PER_DAY * HOUR_MS;
const WEEK_MS = HOURS_PER_WEEK * HOUR_MS;
const LONGEST_TREND_MS = 4 * WEEK_MS;

/** A number of deploys and how many of them failed: what a failure rate is drawn towards, as firmly as that many teach it. */
export type RatePrior = { deploys: number; failures: number };

/**
 * What is known of the deploys of a platform or of one service, at a moment that only moves on. Whoever keeps it tells it
 * what happens, in order of time.
 */
export class TrackRecord {
  #running = 0;
  #known = 0;
  #failures = 0;
  #finished = 0;
  #durationMs = 0;
  #lastIncidentAt = Number.NaN;
  readonly #starts: number[] = [];
  readonly #lastDay = new Since(this.#starts, DAY_MS);
  readonly #lastWeek = new Since(this.#starts, WEEK_MS);
  readonly #lastMonth = new Since(this.#starts, LONGEST_TREND_MS);
  readonly #recent = new RecentOutcomes();

  started(at: number): void {
    this.#starts.push(at);
    this.#running += 1;
  }

  /** No longer runs, as far as anybody can tell. */
  stopped(): void {
    this.#running -= 1;
  }

  finished(durationMs: number): void {
    this.#finished += 1;
    this.#durationMs += durationMs;
  }

  /** @param before what was believed of the deploy until now, undefined for nothing */
  learned(deploy: number, failed: boolean, before: boolean | undefined): void {
    if (before === undefined) this.#known += 1;
    this.#failures += Number(failed) - Number(before ?? false);
    this.#recent.learn(deploy, failed);
  }

  hadIncident(at: number): void {
    this.#lastIncidentAt = at;
  }

  /** Deploys that run. */
  get running(): number {
    return this.#running;
  }

  /** Minutes; NaN where none has finished. */
  get averageDurationMinutes(): number {
    return this.#durationMs / this.#finished / 60_000;
  }

  /** Share of failures among the last five known outcomes, NaN where none is known. */
  get recentFailures(): number {
    return this.#recent.failureShare;
  }

  /** Days since the last deploy started, NaN where there was none. */
  daysSinceDeploy(at: number): number {
    return (at - (this.#starts.at(-1) ?? Number.NaN)) / DAY_MS;
  }

  /** Days since the last incident, NaN where there was none. */
  daysSinceIncident(at: number): number {
    return (at - this.#lastIncidentAt) / DAY_MS;
  }

  deploysLastDay(at: number): number {
    return this.#lastDay.count(at);
  }

  /**
   * Deploys of the last week over those of the mean week of the last four, or of as many as there are since the first
   * deploy; NaN in the first week, and where none is in the last four.
   */
  velocityTrend(at: number): number {
    const weeks = Math.min(LONGEST_TREND_MS, at - (this.#starts[0] ?? Number.NaN)) / WEEK_MS;
    return weeks >= 1 ? this.#lastWeek.count(at) / (this.#lastMonth.count(at) / weeks) : Number.NaN;
  }

  /**
   * The posterior mean of the chance to fail under a beta prior.
   * Source: Casella (1985), "An Introduction to Empirical Bayes Data Analysis", The American Statistician 39(2).
   */
  failureRate(prior: RatePrior): number {
    return (this.#failures + prior.failures) / (this.#known + prior.deploys);
  }
}

/** Counts the starts that are at most so long ago. */
class Since {
  readonly #starts: readonly number[];
  readonly #spanMs: number;
  #first = 0;

  constructor(starts: readonly number[], spanMs: number) {
    this.#starts = starts;
    this.#spanMs = spanMs;
  }

  count(at: number): number {
    while (this.#first < this.#starts.length && this.#starts[this.#first]! < at - this.#spanMs) this.#first += 1;
    return this.#starts.length - this.#first;
  }
}
