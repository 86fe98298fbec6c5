/**
 * Solves A x = b for a symmetric positive definite A, by Cholesky's decomposition.
 * Source: Golub & Van Loan (2013), "Matrix Computations", 4th ed., 4.2.
 *
 * @param a [n, n] of which the lower triangle is read
 * @param b [n]
 * @returns x [n]
 * @throws {RangeError} if A is not positive definite
 */
export function solvePositive(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const lower = a.slice();
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = lower[i * n + j]!;
      for (let k = 0; k < j; k += 1) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i === j && !(sum > 0)) throw new RangeError(`Cannot solve: pivot ${i} is ${sum}, expected above 0`);
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
  }
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
