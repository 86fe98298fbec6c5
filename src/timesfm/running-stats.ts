/** Below this a deviation counts as none: the series is constant so far. */
export const TOLERANCE = 1e-6;

/**
 * Mean and deviation of all points of a series so far, updated patch by patch. Every patch is normalised with the
 * statistics that include it, and its forecast is scaled back with the same.
 * Source: google-research/timesfm@3dae50b src/timesfm/torch/util.py, update_running_stats and revin.
 */
export class RunningStats {
  count = 0;
  mean = 0;
  deviation = 0;

  /** Takes in the points of a patch, padding left out. */
  absorb(points: Float32Array | Float64Array): void {
    const added = points.length;
    if (added === 0) return;
    let mean = 0;
    for (const point of points) mean += point;
    mean /= added;
    let variance = 0;
    for (const point of points) variance += (point - mean) ** 2;
    variance /= added;
    const total = this.count + added;
    const joint = (this.count * this.mean + added * mean) / total;
    const squares =
      this.count * this.deviation ** 2 +
      added * variance +
      this.count * (this.mean - joint) ** 2 +
      added * (mean - joint) ** 2;
    this.count = total;
    this.mean = joint;
    this.deviation = Math.sqrt(Math.max(squares / total, 0));
  }

  normalize(point: number): number {
    return (point - this.mean) / (this.deviation >= TOLERANCE ? this.deviation : 1);
  }

  /** @param values multiplied by the deviation, floor or not, so that a constant series stays at its mean */
  restore(values: Float32Array): Float64Array {
    const restored = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) restored[i] = values[i]! * this.deviation + this.mean;
    return restored;
  }
}
