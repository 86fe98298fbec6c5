/** Of one member over the hours that weights are chosen on. */
type Track = {
  /** [hours with events] mean */
  atEvents: Float64Array;
  /** events that it expected in all hours */
  total: number;
};

/** A week of counts, with what each member had expected of it. */
export type CountedWeek = {
  /** [hours] events, NaN = missing */
  actual: Float64Array;
  /** [members][hours] */
  means: readonly Float64Array[];
};

const ROUNDS = 200; // of expectation–maximisation: the weights of a hundred deploys settle in twenty, those of thousands in all

/**
 * Weights, at least 0 and of sum 1, under which counts would have been likeliest, were they Poisson with the weighted mean of what
 * the members expected. The same weights are those of least Poisson deviance, which is least for the mean as the squared error is,
 * but takes an error for as large as it is to the spread of a count: squares see the busiest hours, and next to nothing of a member
 * that expects too much of quiet ones. Each event is put down to the members by how much of it each expected.
 *
 * Sources: Dempster, Laird & Rubin (1977), "Maximum Likelihood from Incomplete Data via the EM Algorithm", JRSS B 39(1);
 * Gneiting (2011), "Making and Evaluating Point Forecasts", JASA 106(494), for the losses that are least for the mean; Patton (2020),
 * "Comparing Possibly Misspecified Forecasts", Journal of Business & Economic Statistics 38(4), for what hangs on the choice
 * among them.
 *
 * @param members at least one
 * @returns [members]; equal without weeks; shared by those that expected least where nothing happened
 */
export function countWeights(weeks: readonly CountedWeek[], members: number): number[] {
  const counts: number[] = [];
  const tracks = Array.from({ length: members }, () => ({ atEvents: [] as number[], total: 0 }));
  for (const { actual, means } of weeks) {
    actual.forEach((count, hour) => {
      if (Number.isNaN(count)) return;
      const expected = means.map((mean) => Math.max(0, mean[hour]!));
      const isForeseen = count > 0 && expected.some((mean) => mean > 0);
      if (isForeseen) counts.push(count);
      tracks.forEach((track, m) => {
        track.total += expected[m]!;
        if (isForeseen) track.atEvents.push(expected[m]!);
      });
    });
  }
  const least = Math.min(...tracks.map(({ total }) => total));
  if (counts.length === 0) return ofSumOne(tracks.map(({ total }) => (total === least ? 1 : 0)));
  return likeliestWeights(
    Float64Array.from(counts),
    tracks.map(({ atEvents, total }) => ({ atEvents: Float64Array.from(atEvents), total })),
  );
}

/** @param counts [hours with events] */
function likeliestWeights(counts: Float64Array, tracks: readonly Track[]): number[] {
  const totals = tracks.map(({ total }) => total);
  let weights = tracks.map(() => 1 / tracks.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    const expected = new Float64Array(counts.length);
    tracks.forEach(({ atEvents }, m) => {
      const weight = weights[m]!;
      for (let i = 0; i < expected.length; i += 1) expected[i]! += weight * atEvents[i]!;
    });
    const putDown = tracks.map(({ atEvents }, m) => {
      let sum = 0;
      for (let i = 0; i < counts.length; i += 1)
        if (expected[i]! > 0) sum += (counts[i]! * atEvents[i]!) / expected[i]!;
      return weights[m]! * sum;
    });
    weights = maximised(putDown, totals);
  }
  return weights;
}

const STEPS = 30; // of Newton's method, which has converged in a dozen
/** Of all events: members that are put down less are left out, or the rounding of λ takes more than they have. */
const NEGLIGIBLE = 1e-9;

/**
 * The weights of sum 1 under which Σ c·ln w − Σ w·S is greatest: w = c / (S + λ), with λ the largest root of Σ w = 1. The sum is
 * convex in λ and starts above 1, so that Newton's method comes to the root from below.
 *
 * @param putDown [members] c, of events, not all 0
 * @param totals  [members] S, what each expected
 */
function maximised(putDown: readonly number[], totals: readonly number[]): number[] {
  const least = NEGLIGIBLE * putDown.reduce((sum, c) => sum + c, 0);
  const events = putDown.map((c) => (c > least ? c : 0));
  let lambda = Math.max(...events.map((c, m) => (c > 0 ? c - totals[m]! : -Infinity)));
  const weightsAt = () => events.map((c, m) => (c > 0 ? c / (totals[m]! + lambda) : 0));
  for (let step = 0; step < STEPS; step += 1) {
    const weights = weightsAt();
    const excess = weights.reduce((sum, weight) => sum + weight, -1);
    const slope = weights.reduce((sum, weight, m) => (weight > 0 ? sum + weight ** 2 / events[m]! : sum), 0);
    lambda += excess / slope;
  }
  return ofSumOne(weightsAt());
}

function ofSumOne(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
