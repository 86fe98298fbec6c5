import { describe, expect, it } from "vitest";
import { seriesScores } from "../../src/backtest/series-scores.ts";

const LEVELS = [0.1, 0.5, 0.9];
const forecastOf = (rows: readonly (readonly number[])[]) => ({
  mean: Float64Array.from(rows, (row) => row[1]!),
  quantiles: Float64Array.from(rows.flat()),
  levels: LEVELS,
});
/** Two weeks that differ by 2 in every hour. */
const history = Float64Array.from({ length: 336 }, (_, i) => (i < 168 ? 4 : 6));

describe("seriesScores()", () => {
  it("is as worked out by hand", () => {
    const forecast = forecastOf([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const actual = Float64Array.of(2, 5);
    const scores = seriesScores([
      {
        forecast,
        naive: forecastOf([
          [2, 2, 2],
          [5, 5, 5],
        ]),
        actual,
        history,
      },
    ])!;
    // twice the pinball: (.1·1 + 0 + .1·1) and (.1·4 + .5·3 + .9·2), over three levels and 7 units
    expect(scores.wql).toBeCloseTo((2 * (0.1 + 0.1 + 0.4 + 1.5 + 1.8)) / 3 / 7, 12);
    expect(scores.wqlSeasonalNaive).toBe(0);
    expect(scores.mase).toBeCloseTo(3 / 2 / 2, 12);
    expect(scores.coverage80).toBe(0.5);
  });

  it("takes none to be in a band that begins a little above 0, and one to be above a band that ends there", () => {
    const quiet = forecastOf([
      [0.02, 0.1, 0.4],
      [0.02, 0.1, 0.4],
      [0.6, 1, 1.4],
    ]);
    const scored = seriesScores([{ forecast: quiet, naive: quiet, history, actual: Float64Array.of(0, 1, 0) }])!;
    expect(scored.coverage80).toBeCloseTo(1 / 3, 12);
  });

  it("leaves out missing hours, and has no scale where nothing came or nothing changes", () => {
    const forecast = forecastOf([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const one = { forecast, naive: forecast, history };
    expect(seriesScores([{ ...one, actual: Float64Array.of(2, Number.NaN) }])!.coverage80).toBe(1);
    expect(seriesScores([{ ...one, actual: Float64Array.of(0, 0) }])).toBeUndefined();
    expect(
      seriesScores([{ ...one, actual: Float64Array.of(2, 2), history: new Float64Array(400).fill(3) }]),
    ).toBeUndefined();
    expect(seriesScores([])).toBeUndefined();
  });
});
