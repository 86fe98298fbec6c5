/**
 * The public API: forecasting models as a library.
 * @module
 */

export { modelsFolder } from "./checkpoint/cache-folders.ts";
export { ExitCode, UserError } from "./errors.ts";
export type { Forecast, Forecaster, ForecastRequest } from "./forecast/forecaster.ts";
export {
  type Category,
  type CovariateRequest,
  type Covariates,
  type Device,
  type ForecastModel,
  type OpenOptions,
  openModel,
  type XRegMode,
} from "./forecast/open-model.ts";
