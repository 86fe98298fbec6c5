/**
 * How long an incident takes to surface after the deploy that caused it.
 * @module
 */

/** Pseudo-incidents of the prior, spread over the bins so that each holds half of what the one before it holds. */
const PRIOR_INCIDENTS = 1;

/**
 * The delay g: a histogram in bins that double (0, 1, 2, 3–4, 5–8, …), each spread evenly over its hours. Doubling bins
 * smooth the long thin tail and leave the first hours, where most of the mass lies, as they are.
 *
 * @param delays   whole hours from a deploy to its incident; those above `maxHours` count as `maxHours`
 * @param maxHours the longest delay, at least 0
 * @returns [maxHours + 1] shares that sum to 1
 */
export function delayDistribution(delays: readonly number[], maxHours: number): Float64Array {
  const shares = new Float64Array(maxHours + 1);
  const bins = doublingBins(maxHours);
  const priorTotal = bins.reduce((sum, _, i) => sum + 2 ** -i, 0);
  bins.forEach(({ from, to }, i) => {
    const count = delays.filter((delay) => delay >= from && (delay < to || to > maxHours)).length;
    const mass = (count + (PRIOR_INCIDENTS * 2 ** -i) / priorTotal) / (delays.length + PRIOR_INCIDENTS);
    shares.fill(mass / (to - from), from, to);
  });
  return shares;
}

function doublingBins(maxHours: number): { from: number; to: number }[] {
  const bins: { from: number; to: number }[] = [];
  for (let from = 0, width = 1; from <= maxHours; from += width, width = from < 3 ? 1 : width * 2) {
    bins.push({ from, to: Math.min(from + width, maxHours + 1) });
  }
  return bins;
}
