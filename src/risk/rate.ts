/** An estimated rate per clock hour, and the variance of the estimate. */
export type Rate = { mean: number; variance: number };
