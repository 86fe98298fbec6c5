/**
 * The public API: forecasting models as a library.
 * @module
 */

export { ExitCode, UserError } from "./errors.ts";
export type { Forecast, Forecaster, ForecastRequest } from "./forecast/forecaster.ts";
export { type Device, type ForecastModel, type OpenOptions, openModel } from "./forecast/open-model.ts";
