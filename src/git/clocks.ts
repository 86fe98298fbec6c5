/**
 * Which commits were made by a clock that ran ahead, as the commits after them tell.
 * @module
 */

/**
 * The latest time that each commit can have been made. The largest set of commits whose times never fall is taken as right;
 * any other was made before the next one of them.
 *
 * @param timesS [commits] in order of history, epoch seconds; NaN where there is none
 * @returns [commits] Infinity where nothing that comes later tells
 */
export function latestTimes(timesS: Float64Array): Float64Array {
  const latest = new Float64Array(timesS.length).fill(Number.POSITIVE_INFINITY);
  const right = longestRising(timesS);
  let next = right.length - 1;
  for (let i = timesS.length - 1; i >= 0; i -= 1) {
    if (i === right[next]) next -= 1;
    else if (next + 1 < right.length) latest[i] = timesS[right[next + 1]!]!;
  }
  return latest;
}

/**
 * Places of a longest series of values that never falls, NaN left out; of several the one with the later times, as clocks more
 * often fall behind, to 1970, than run ahead.
 * Source: Fredman (1975), "On Computing the Length of Longest Increasing Subsequences", Discrete Mathematics 11(1).
 */
function longestRising(values: Float64Array): number[] {
  /** [length − 1] the place where the best series of a length begins: that with the greatest first value */
  const starts: number[] = [];
  /** the place after each in the best series that begins with it, −1 for none [values] */
  const after = new Int32Array(values.length);
  for (let i = values.length - 1; i >= 0; i -= 1) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (values[starts[middle]!]! >= value) low = middle + 1;
      else high = middle;
    }
    after[i] = starts[low - 1] ?? -1;
    starts[low] = i;
  }
  const series: number[] = [];
  for (let at = starts.at(-1) ?? -1; at >= 0; at = after[at]!) series.push(at);
  return series;
}
