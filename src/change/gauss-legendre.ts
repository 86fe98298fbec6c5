/** Points in (0, 1) and their weights, which sum to 1. */
export type Quadrature = { points: Float64Array; weights: Float64Array };

/** Newton's method doubles the digits of a start that is right to some three. */
const ROUNDS = 5;

/**
 * The rule of `count` points that integrates polynomials over [0, 1] exactly up to degree 2·count − 1.
 * Source: Press et al. (2007), "Numerical Recipes", 3rd ed., 4.6.1: the roots of Legendre polynomials by Newton's method.
 */
export function gaussLegendre(count: number): Quadrature {
  const points = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      let [value, before] = [1, 0];
      for (let degree = 1; degree <= count; degree += 1) {
        [value, before] = [((2 * degree - 1) * x * value - (degree - 1) * before) / degree, value];
      }
      slope = (count * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    points[i] = (1 + x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}
