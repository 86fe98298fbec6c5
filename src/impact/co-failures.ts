import type { WallMs } from "../calendar/timestamp.ts";
import { HOUR_MS } from "../calendar/zone.ts";
import { logGamma } from "../risk/gamma.ts";
import { chanceAround, type Failures, FOLLOW_HOURS } from "./failures.ts";

/** A service that failed at the time of another more often than chance would have it. */
export type CoFailure = {
  service: string;
  /** failures of the other that had one of this service within FOLLOW_HOURS before or after */
  together: number;
  /** how many of them chance would have */
  expected: number;
  /** chance of so many or more by chance alone, for this service */
  pValue: number;
};

/** Chance of naming any service that does not belong here, over all that are tested. */
const FALSE_ALARM = 0.05;

/**
 * Services that fail together with one, the most surprising first: one-sided Poisson test of each candidate, all of them
 * together held to FALSE_ALARM by Holm's step-down.
 * Source: Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6(2).
 */
export function coFailures(failures: Failures, service: string, candidates: readonly string[]): CoFailure[] {
  const own = failures.onsets.get(service) ?? [];
  const tested = candidates
    .map((candidate) => {
      const others = failures.onsets.get(candidate) ?? [];
      const together = countTogether(own, others);
      const expected = own.reduce((sum, at) => sum + chanceAround(failures, others.length, at, 2 * FOLLOW_HOURS), 0);
      return { service: candidate, together, expected, pValue: poissonTail(together, expected) };
    })
    .sort((a, b) => a.pValue - b.pValue || (a.service < b.service ? -1 : 1));
  const end = tested.findIndex(({ pValue }, i) => pValue > FALSE_ALARM / (tested.length - i));
  return end === -1 ? tested : tested.slice(0, end);
}

function countTogether(own: readonly WallMs[], others: readonly WallMs[]): number {
  const near = FOLLOW_HOURS * HOUR_MS;
  let next = 0;
  return own.filter((at) => {
    while (next < others.length && others[next]! < at - near) next += 1;
    return next < others.length && others[next]! <= at + near;
  }).length;
}

/** Chance of `count` or more where `mean` are expected: its terms summed from `count` up. */
function poissonTail(count: number, mean: number): number {
  if (count === 0) return 1;
  let term = Math.exp(count * Math.log(mean) - mean - logGamma(count + 1));
  let tail = 0;
  for (let k = count; term > 1e-17 * tail; k += 1) {
    tail += term;
    term *= mean / (k + 1);
  }
  return Math.min(1, tail);
}
