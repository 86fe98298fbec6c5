/** A context as the model reads it. */
export type Context = {
  /** [context] float32 values, zeros on the left where the series is shorter */
  values: Float32Array;
  /** points of padding on the left */
  padding: number;
};

/**
 * Fills gaps and cuts or pads a series to the context: leading NaNs are dropped, inner ones interpolated, trailing ones
 * take the last valid value; a series of NaNs alone reads as zeros.
 * Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_base.py, forecast().
 *
 * @throws {RangeError} if the series is empty or holds values beyond float32
 */
export function prepareContext(series: ArrayLike<number>, context: number): Context {
  if (series.length === 0) throw new RangeError("Cannot forecast an empty series: expected at least one value");
  const filled = interpolated(series);
  const kept = filled.subarray(Math.max(0, filled.length - context));
  const values = new Float32Array(context);
  const padding = context - kept.length;
  values.set(kept, padding);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new RangeError(`Cannot forecast a series that holds ${kept[bad - padding]}: expected float32 values`);
  return { values, padding };
}

function interpolated(series: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(series);
  const first = values.findIndex((value) => !Number.isNaN(value));
  if (first < 0) return values.fill(0);
  let known = first;
  for (let i = first + 1; i < values.length; i += 1) {
    if (Number.isNaN(values[i]!)) continue;
    const slope = (values[i]! - values[known]!) / (i - known);
    for (let j = known + 1; j < i; j += 1) values[j] = values[known]! + slope * (j - known);
    known = i;
  }
  values.fill(values[known]!, known + 1);
  return values.subarray(first);
}
