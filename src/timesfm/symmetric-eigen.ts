/** Sweeps over all pairs; a matrix of some hundred rows needs fewer than ten. */
const MOST_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, by Jacobi's rotations: slower than tridiagonal methods, but exact to
 * rounding of the largest even for eigenvalues that are zero or close together.
 * Source: Golub & Van Loan (2013), "Matrix Computations", 4th ed., 8.5.
 *
 * @param matrix [n, n] symmetric, finite
 * @returns values [n] in no order; vectors [n, n], column k belongs to value k
 */
export function symmetricEigen(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) vectors[i * n + i] = 1;
  const norm = Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let rotated = false;
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        const off = a[p * n + q]!;
        if (Math.abs(off) <= Number.EPSILON * 1e-3 * norm) continue;
        rotated = true;
        const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * off);
        const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const cos = 1 / Math.hypot(tangent, 1);
        const sin = tangent * cos;
        rotate(a, n, p, q, cos, sin, 1); // columns
        rotate(a, n, p, q, cos, sin, n); // rows
        rotate(vectors, n, p, q, cos, sin, 1);
      }
    }
    if (!rotated) break;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

/** Turns columns (`stride` 1) or rows (`stride` n) p and q of `out` [n, n] against each other. Changes `out`. */
function rotate(out: Float64Array, n: number, p: number, q: number, cos: number, sin: number, stride: number): void {
  const along = stride === 1 ? n : 1;
  for (let i = 0; i < n; i += 1) {
    const x = out[i * along + p * stride]!;
    const y = out[i * along + q * stride]!;
    out[i * along + p * stride] = cos * x - sin * y;
    out[i * along + q * stride] = sin * x + cos * y;
  }
}
