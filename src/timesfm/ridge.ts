import { symmetricEigen } from "./symmetric-eigen.ts";

/** Machine epsilon of float32, in which the reference solves. */
const FLOAT32_EPSILON = 2 ** -23;

/**
 * Least squares with a penalty: pinv(X'X + ridge·I) X'y. Directions that the columns leave open get no weight, so that of
 * all equally good fits it is the one of least norm.
 * Source: google-research/timesfm@3dae50b src/timesfm/utils/xreg_lib.py, BatchedInContextXRegLinear.fit(). It pads the columns
 * to a power of two and drops eigenvalues up to 10 · columns · epsilon of the largest, as jax.numpy.linalg.pinv does.
 *
 * @param columns [columns] of [rows] each
 * @param y       [rows]
 * @param ridge   at least 0; also on the intercept
 * @returns [columns] coefficients
 */
export function ridgeFit(columns: readonly Float64Array[], y: Float64Array, ridge: number): Float64Array {
  const n = columns.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = i; j < n; j += 1) gram[i * n + j] = gram[j * n + i] = dot(columns[i]!, columns[j]!);
    gram[i * n + i]! += ridge;
  }
  const moments = columns.map((column) => dot(column, y));
  const { values, vectors } = symmetricEigen(gram, n);
  const padded = 2 ** Math.ceil(Math.log2(n));
  const least = 10 * padded * FLOAT32_EPSILON * Math.max(...values);
  const coefficients = new Float64Array(n);
  for (let k = 0; k < n; k += 1) {
    if (!(values[k]! > least)) continue;
    let along = 0;
    for (let i = 0; i < n; i += 1) along += vectors[i * n + k]! * moments[i]!;
    for (let i = 0; i < n; i += 1) coefficients[i]! += (vectors[i * n + k]! * along) / values[k]!;
  }
  return coefficients;
}

/** [rows] the columns, each times its coefficient, summed. */
export function combined(columns: readonly Float64Array[], coefficients: Float64Array): Float64Array {
  const sum = new Float64Array(columns[0]!.length);
  columns.forEach((column, k) => {
    for (let i = 0; i < sum.length; i += 1) sum[i]! += coefficients[k]! * column[i]!;
  });
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}
