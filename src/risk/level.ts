/**
 * How a level has moved since the history that a rate was learned from: of incidents of one cause, to what was expected of them.
 *
 * The level of a rate moves in weeks, its rhythm hardly in years: what is learned from all of history tells when incidents come,
 * and the last weeks how many. A level that is discounted by week after week is a gamma variable all along, and so are several, of
 * which each forgets at its own speed and one stands still. A level that changed at once some weeks ago is a gamma variable of the
 * weeks since. Each counts by how it would have forecast the weeks so far.
 *
 * Sources: Harvey & Fernandes (1989), "Time Series Models for Count or Qualitative Observations", Journal of Business & Economic
 * Statistics 7(4), for the filter; West & Harrison (1997), "Bayesian Forecasting and Dynamic Models", 2nd ed., chapter 12, for
 * mixtures of them (multi-process models of class I); Raftery & Akman (1986), "Bayesian Analysis of a Poisson Process with a
 * Change-Point", Biometrika 73(1), for changes at once; Wedderburn (1974), "Quasi-Likelihood Functions", Biometrika 61(3), for
 * counts that vary by more than chance; von Neumann (1941), "Distribution of the Ratio of the Mean Square Successive Difference to the
 * Variance", Annals of Mathematical Statistics 12(4), for a spread that a drift does not add to.
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
import { logGamma } from "./gamma.ts";
import type { Rate } from "./rate.ts";

/** Incidents of one cause, week by week to the origin. */
export type WeeksSeen = {
  /** [weeks] put down to the cause; need not be whole */
  events: Float64Array;
  /** [weeks] expected by the rate as it was learned */
  expected: Float64Array;
};

/** Weeks after which what was seen counts half: of the last month, the last quarter, the last year. */
const HALF_LIVES = [4, 13, 52] as const;
/** That a level stands still is as likely as that it moves, and to move little by little as to change at once, unless history speaks. */
const PRIOR = { still: 0.5, moving: 0.25, changed: 0.25 } as const;
/** A level that changes at once does so every two years, and is asked for its last change. */
const CHANGES_PER_WEEK = 1 / 104;
/** Changes at once are large: drawn to 1 as firmly as two events would draw them. */
const PRIOR_EVENTS_CHANGED = 2;
/** A week or two that stand out may be a burst that is over. */
const LEAST_WEEKS_CHANGED = 3;
/** A level is drawn to 1 as firmly as five events would draw it, for ever: where hardly anything is seen, nothing moves. */
const PRIOR_EVENTS = 5;
/** A spread to a mean below this one says little: a single event would make it large. */
const LEAST_SPREAD_OF = 0.4;

/**
 * The factor by which a rate has to be multiplied now.
 *
 * @param halfLifeWeeks age at which a week counts half, as in the fit of the rate
 * @returns 1 without weeks; its variance is of the movement alone, not of the rate
 */
export function levelNow(seen: WeeksSeen, halfLifeWeeks: number): Rate {
  const counts = seen.events.map((_, week) => 2 ** ((week - seen.events.length) / halfLifeWeeks));
  const dispersion = dispersionOf(seen, counts);
  const says = counts.map((count) => count / dispersion);
  const still = { mean: 1, variance: 0, prior: PRIOR.still, logLikelihood: logLikelihoodOf(seen, says, () => 1) };
  const moving = HALF_LIVES.map((halfLife) => filtered(seen, says, halfLife));
  const levels = [still, ...moving, ...changed(seen, says, still.logLikelihood)];
  const most = levels.reduce((max, { logLikelihood }) => Math.max(max, logLikelihood), -Infinity);
  const weights = levels.map(({ prior, logLikelihood }) => prior * Math.exp(logLikelihood - most));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const mean = levels.reduce((total, level, i) => total + (weights[i]! / sum) * level.mean, 0);
  return {
    mean,
    variance: levels.reduce(
      (total, level, i) => total + (weights[i]! / sum) * (level.variance + (level.mean - mean) ** 2),
      0,
    ),
  };
}

/** What the level may be, how likely that was beforehand, and how likely it made the weeks. */
type Candidate = Rate & { prior: number; logLikelihood: number };

/** A gamma level of which each week forgets a share and is drawn to 1 instead, and how likely the weeks were at the levels before each. */
function filtered(seen: WeeksSeen, says: Float64Array, halfLife: number): Candidate {
  const kept = 2 ** (-1 / halfLife);
  let [shape, rate] = [PRIOR_EVENTS, PRIOR_EVENTS];
  const logLikelihood = logLikelihoodOf(seen, says, (week) => {
    const level = shape / rate;
    shape = kept * (shape + seen.events[week]!) + (1 - kept) * PRIOR_EVENTS;
    rate = kept * (rate + seen.expected[week]!) + (1 - kept) * PRIOR_EVENTS;
    return level;
  });
  return { mean: shape / rate, variance: shape / rate ** 2, prior: PRIOR.moving / HALF_LIVES.length, logLikelihood };
}

/**
 * Levels that stood at 1 until a number of weeks ago and at a gamma variable of mean 1 since, whose likelihood is integrated over it.
 *
 * @param still log-likelihood of the weeks at 1
 */
function changed({ events, expected }: WeeksSeen, says: Float64Array, still: number): Candidate[] {
  const drawn = PRIOR_EVENTS_CHANGED;
  let [shape, rate] = [drawn, drawn];
  const before = drawn * Math.log(drawn) - logGamma(drawn) - drawn;
  return Array.from(events, (_, weeksLater) => {
    const week = events.length - 1 - weeksLater;
    shape += says[week]! * events[week]!;
    rate += says[week]! * expected[week]!;
    return {
      mean: shape / rate,
      variance: shape / rate ** 2,
      prior: PRIOR.changed * CHANGES_PER_WEEK * (1 - CHANGES_PER_WEEK) ** weeksLater,
      logLikelihood: still + before + logGamma(shape) - shape * Math.log(rate) + rate,
    };
  }).slice(LEAST_WEEKS_CHANGED - 1);
}

/** Of Poisson counts, up to a constant; a week of which nothing was expected tells nothing. @param levelAt asked week after week */
function logLikelihoodOf(
  { events, expected }: WeeksSeen,
  says: Float64Array,
  levelAt: (week: number) => number,
): number {
  return events.reduce((sum, count, week) => {
    const mean = levelAt(week) * expected[week]!;
    return mean > 0 ? sum + says[week]! * (count * Math.log(mean) - mean) : sum;
  }, 0);
}

/** How many times as much the counts vary from week to week as Poisson counts would, at least 1. */
function dispersionOf({ events, expected }: WeeksSeen, counts: Float64Array): number {
  let [sum, weight] = [0, 0];
  for (let week = 1; week < events.length; week += 1) {
    const change = events[week]! - expected[week]! - (events[week - 1]! - expected[week - 1]!);
    sum += (counts[week]! * change ** 2) / Math.max(LEAST_SPREAD_OF, expected[week]! + expected[week - 1]!);
    weight += counts[week]!;
  }
  return weight > 0 ? Math.max(1, sum / weight) : 1;
}

/** Causes whose levels move on their own. */
type Cause = "deploys" | "load" | "other";

/** What incidents were put down to, week by week before an hour, and what those weeks were expected to bring. */
export class WeeklyCauses {
  readonly #until: WallHour;
  readonly #weeks: number;
  readonly #seen: Record<Cause, WeeksSeen>;

  constructor(from: WallHour, until: WallHour) {
    this.#until = until;
    this.#weeks = Math.max(0, Math.ceil((until - from) / HOURS_PER_WEEK));
    const empty = (): WeeksSeen => ({ events: new Float64Array(this.#weeks), expected: new Float64Array(this.#weeks) });
    this.#seen = { deploys: empty(), load: empty(), other: empty() };
  }

  /** Puts `events` of an hour down to a cause. */
  see(cause: Cause, hour: WallHour, events: number): void {
    this.#seen[cause].events[this.#weekOf(hour)]! += events;
  }

  /** Adds to what was expected of an hour. */
  expect(cause: Cause, hour: WallHour, events: number): void {
    this.#seen[cause].expected[this.#weekOf(hour)]! += events;
  }

  /** @param halfLifeWeeks as in the fit */
  levels(halfLifeWeeks: number): Record<Cause, Rate> {
    const levelOf = (cause: Cause) => levelNow(this.#seen[cause], halfLifeWeeks);
    return { deploys: levelOf("deploys"), load: levelOf("load"), other: levelOf("other") };
  }

  /** Whole weeks back from the end, the first of them is shorter. */
  #weekOf(hour: WallHour): number {
    return this.#weeks - 1 - Math.floor((this.#until - 1 - hour) / HOURS_PER_WEEK);
  }
}
