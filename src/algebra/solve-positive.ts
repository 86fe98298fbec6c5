import { cholesky } from "./cholesky.ts";

/**
 * Solves A x = b for a symmetric positive definite A, by Cholesky's decomposition.
 *
 * @param a [n, n] of which the lower triangle is read
 * @param b [n]
 * @returns x [n]
 * @throws {RangeError} if A is not positive definite
 */
export function solvePositive(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const lower = cholesky(a, n);
  const x = b.slice();
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < n; k += 1) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}
