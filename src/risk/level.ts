/**
 * How a level has moved since the history that a rate was learned from: of incidents of one cause, to what was expected of them.
 *
 * The level of a rate moves in weeks, its rhythm hardly in years: what is learned from all of history tells when incidents come,
 * and the last weeks how many. A level that is discounted by week after week is a gamma variable all along, and so are several, of
 * which each forgets at its own speed and one stands still. Each counts by how it would have forecast the weeks so far.
 *
 * Sources: Harvey & Fernandes (1989), "Time Series Models for Count or Qualitative Observations", Journal of Business & Economic
 * Statistics 7(4), for the filter; West & Harrison (1997), "Bayesian Forecasting and Dynamic Models", 2nd ed., chapter 12, for
 * mixtures of them (multi-process models of class I); Wedderburn (1974), "Quasi-Likelihood Functions", Biometrika 61(3), for
 * counts that vary by more than chance; von Neumann (1941), "Distribution of the Ratio of the Mean Square Successive Difference to the
 * Variance", Annals of Mathematical Statistics 12(4), for a spread that a drift does not add to.
 * @module
 */

import { HOURS_PER_WEEK } from "../calendar/week.ts";
import type { WallHour } from "../calendar/zone.ts";
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
/** That a level stands still is as likely as that it moves, unless history speaks. */
const PRIOR_STILL = 0.5;
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
export function levelNow({ events, expected }: WeeksSeen, halfLifeWeeks: number): Rate {
  const counts = events.map((_, week) => 2 ** ((week - events.length) / halfLifeWeeks));
  const moving = HALF_LIVES.map((halfLife) => filtered({ events, expected }, counts, halfLife));
  const still = { mean: 1, variance: 0, logLikelihood: logLikelihoodOf({ events, expected }, counts, () => 1) };
  const levels = [still, ...moving];
  const most = Math.max(...levels.map(({ logLikelihood }) => logLikelihood));
  const dispersion = dispersionOf({ events, expected }, counts);
  const weights = levels.map(
    ({ logLikelihood }, i) =>
      (i === 0 ? PRIOR_STILL : (1 - PRIOR_STILL) / moving.length) * Math.exp((logLikelihood - most) / dispersion),
  );
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

/** A gamma level of which each week forgets a share and is drawn to 1 instead, and how likely the weeks were at the levels before each. */
function filtered(seen: WeeksSeen, counts: Float64Array, halfLife: number): Rate & { logLikelihood: number } {
  const kept = 2 ** (-1 / halfLife);
  let [shape, rate] = [PRIOR_EVENTS, PRIOR_EVENTS];
  const logLikelihood = logLikelihoodOf(seen, counts, (week) => {
    const level = shape / rate;
    shape = kept * (shape + seen.events[week]!) + (1 - kept) * PRIOR_EVENTS;
    rate = kept * (rate + seen.expected[week]!) + (1 - kept) * PRIOR_EVENTS;
    return level;
  });
  return { mean: shape / rate, variance: shape / rate ** 2, logLikelihood };
}

/** Of Poisson counts, up to a constant; a week of which nothing was expected tells nothing. @param levelAt asked week after week */
function logLikelihoodOf(
  { events, expected }: WeeksSeen,
  counts: Float64Array,
  levelAt: (week: number) => number,
): number {
  return events.reduce((sum, count, week) => {
    const mean = levelAt(week) * expected[week]!;
    return mean > 0 ? sum + counts[week]! * (count * Math.log(mean) - mean) : sum;
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
