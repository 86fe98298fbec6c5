/**
 * Cholesky's decomposition of a symmetric positive definite A: the lower triangular L with L·Lᵀ = A.
 * Source: Golub & Van Loan (2013), "Matrix Computations", 4th ed., 4.2.
 *
 * @param a [n, n] of which the lower triangle is read
 * @returns [n, n] L; above its diagonal lies what lay there in A
 * @throws {RangeError} if A is not positive definite
 */
export function cholesky(a: Float64Array, n: number): Float64Array {
  const lower = a.slice();
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const sum = lower[i * n + j]! - dot(lower, i * n, j * n, j);
      if (i === j && !(sum > 0)) throw new RangeError(`Cannot decompose: pivot ${i} is ${sum}, expected above 0`);
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
  }
  return lower;
}

/** Four sums, so that the processor need not wait for one. */
function dot(values: Float64Array, a: number, b: number, count: number): number {
  let [p, q, r, s] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 3 < count; k += 4) {
    p += values[a + k]! * values[b + k]!;
    q += values[a + k + 1]! * values[b + k + 1]!;
    r += values[a + k + 2]! * values[b + k + 2]!;
    s += values[a + k + 3]! * values[b + k + 3]!;
  }
  for (; k < count; k += 1) p += values[a + k]! * values[b + k]!;
  return p + q + r + s;
}
