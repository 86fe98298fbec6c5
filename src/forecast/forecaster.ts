/** A probabilistic forecast of one series. */
export type Forecast = {
  /** [horizon] expected value */
  mean: Float64Array;
  /** [horizon, levels] row-major quantiles */
  quantiles: Float64Array;
  /** [levels] ascending, each in (0, 1) */
  levels: readonly number[];
};

export type ForecastRequest = {
  /** hours to forecast, at least 1 */
  horizon: number;
  /** latest hours of history to read; the forecaster's own choice unless given */
  context?: number;
  /**
   * per history, [hours + horizon] the intensity of what is known to happen in its hours and in those ahead, NaN where nothing is
   * known; undefined where nothing ever is. Read by stacks; others leave it
   */
  known?: readonly (Float64Array | undefined)[];
  /** per history, whether it counts events, of which there may be none in most hours; none does unless given. Read by stacks; others leave it */
  counts?: readonly boolean[];
  /** stops the work between steps */
  signal?: AbortSignal;
};

/** Anything that turns histories into forecasts: TimesFM, seasonal naive, a climatology, their stack. */
export interface Forecaster {
  readonly name: string;
  /**
   * @param histories one array per series, oldest first, one value an hour, NaN = missing; lengths may differ
   * @returns one forecast per history, in order
   * @throws {RangeError} if the horizon or context is out of the forecaster's range, or a history is empty
   */
  forecast(histories: readonly Float64Array[], request: ForecastRequest): Promise<Forecast[]>;
}
