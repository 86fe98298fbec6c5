/**
 * A week seen as days × hours of the day, denoised: days are much alike.
 * @module
 */

import { HOURS_PER_DAY, HOURS_PER_WEEK } from "../calendar/week.ts";

const DAYS = HOURS_PER_WEEK / HOURS_PER_DAY;
const ROUNDS = 30; // of power iteration; what has not settled by then are patterns of equal strength, whose sum has

/**
 * The week nearest to another, by squares, in which each day is a sum of a few daily patterns: those of days on which people
 * work and days on which they do not are two. Few numbers are then learned from many hours, and the noise of each is less.
 * Source: Eckart & Young (1936), "The Approximation of One Matrix by Another of Lower Rank", Psychometrika 1(3).
 *
 * @param week     [168] from any hour on
 * @param patterns 1 to 7; seven leave the week as it is
 * @returns [168]
 */
export function withFewPatterns(week: Float64Array, patterns: number): Float64Array {
  const midnight = quietestHour(week);
  const left = Float64Array.from(week, (_, i) => week[(midnight + i) % HOURS_PER_WEEK]!);
  for (let taken = 0; taken < patterns; taken += 1) {
    const { days, hours } = strongestPattern(left);
    for (let i = 0; i < HOURS_PER_WEEK; i += 1)
      left[i]! -= days[Math.floor(i / HOURS_PER_DAY)]! * hours[i % HOURS_PER_DAY]!;
  }
  return week.map((value, i) => value - left[(i + HOURS_PER_WEEK - midnight) % HOURS_PER_WEEK]!);
}

/** Where days are told apart, hours after the first: what people do of an evening goes on past midnight. */
function quietestHour(week: Float64Array): number {
  const totals = new Float64Array(HOURS_PER_DAY);
  for (let i = 0; i < HOURS_PER_WEEK; i += 1) {
    totals[i % HOURS_PER_DAY]! += 2 * week[i]!;
    totals[(i + 1) % HOURS_PER_DAY]! += week[i]!;
    totals[(i + HOURS_PER_DAY - 1) % HOURS_PER_DAY]! += week[i]!;
  }
  return totals.indexOf(Math.min(...totals));
}

/** The product of a factor per day and a value per hour that takes most of the squares of a week. */
function strongestPattern(week: Float64Array): { days: Float64Array; hours: Float64Array } {
  const rows = Array.from({ length: DAYS }, (_, day) => week.subarray(day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY));
  const lengths = rows.map((row) => Math.hypot(...row));
  let hours = rows[lengths.indexOf(Math.max(...lengths))]!;
  let days = new Float64Array(DAYS);
  for (let round = 0; round < ROUNDS; round += 1) {
    days = Float64Array.from(rows, (row) => row.reduce((sum, value, hour) => sum + value * hours[hour]!, 0));
    const length = Math.hypot(...days) || 1;
    days = days.map((value) => value / length);
    hours = new Float64Array(HOURS_PER_DAY).map((_, hour) =>
      rows.reduce((sum, row, day) => sum + days[day]! * row[hour]!, 0),
    );
  }
  return { days, hours };
}
