import { HOURS_PER_WEEK } from "../calendar/week.ts";
import { type FoundModel, findModel, sha256Of } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { type Device, installedDevices } from "../onnx/session.ts";
import type { Covariates } from "../timesfm/covariate-design.ts";
import { reachOf } from "../timesfm/covariate-spans.ts";
import { forecastWithCovariates, type RegressionOptions } from "../timesfm/covariates.ts";
import type { Dimensions } from "../timesfm/dimensions.ts";
import { parseConfig } from "../timesfm/model-config.ts";
import type { Precision } from "../timesfm/precision.ts";
import type { Channels } from "../timesfm/timesfm.ts";
import { openOnBestDevice, type Trial } from "./choose-device.ts";
import { inPrecision } from "./converted-weights.ts";
import { flagsOf, longestContext } from "./flags.ts";
import type { Forecast, Forecaster, ForecastRequest } from "./forecaster.ts";
import { hasLargeWeights } from "./large-weights.ts";
import { openTimesFm } from "./open-timesfm.ts";

export type { Device } from "../onnx/session.ts";
export type { Category, Covariates } from "../timesfm/covariate-design.ts";
export type { XRegMode } from "../timesfm/covariate-spans.ts";
export type { Precision } from "../timesfm/precision.ts";

/** A device, or the fastest that works. */
export type DeviceChoice = Device | "auto";

export type OpenOptions = {
  /** where the model runs; "auto" is the fastest device that gives the CPU's answers; "cpu" unless given */
  device?: DeviceChoice;
  /** what the weights are kept in: float32 unless given; the others are files beside it that `drp model convert` writes */
  precision?: Precision;
  /** threads of one forecast; one per core unless given */
  threads?: number;
  /** hours that most forecasts are asked for, 168 unless given: one run of the runtime gives them; fewer take it as long, more take several */
  horizon?: number;
  /** series that run together, of which more are run batch by batch; 32 unless given */
  batch?: number;
  /** "once" opens faster and needs less memory, "many" forecasts faster where weights are large, and then unless given */
  runs?: "once" | "many";
  /**
   * where its work is done: in a thread of its own, which leaves the event loop free, or in the caller's, which opens 50 ms sooner;
   * its own where the weights are large (above 100 MB) unless given
   */
  thread?: "own" | "caller";
  /** folder of pulled models, as `modelsFolder(process.env)` names it; names find embedded models alone unless given */
  modelsFolder?: string;
};

export type CovariateRequest = RegressionOptions &
  Pick<ForecastRequest, "context" | "signal"> & {
    /** hours to forecast where all covariates are static, else the most that they may reach ahead; as far as they do unless given */
    horizon?: number;
  };

/** A TimesFM 2.5 model, ready to forecast. */
export interface ForecastModel extends Forecaster {
  /** path of the weights */
  readonly file: string;
  readonly dimensions: Dimensions;
  /** where it runs */
  readonly device: Device;
  /** what was found on the devices that "auto" tried; empty where one was asked for */
  readonly trials: readonly Trial[];
  /** The longest context that leaves room for a horizon, in points. */
  longestContext(horizon: number): number;
  /**
   * Forecasts with what else is known of the series and the hours ahead: a linear regression on covariates, one for all series,
   * and the model on what it leaves ("xreg + timesfm") or the other way round ("timesfm + xreg").
   *
   * @param histories  one array per series, oldest first, without gaps; lengths may differ. In mode "timesfm + xreg" longer
   *                   than an input patch (32 hours) and no longer than the context
   * @param covariates by name; the dynamic ones an array per series over its history and the hours to forecast, which may
   *                   differ from series to series in mode "xreg + timesfm"; the static ones a value per series
   * @returns one forecast per history, in order, of as many hours as its covariates reach ahead; the regression moves mean and
   *          quantiles alike, and may move them below 0
   * @throws {RangeError} if there is no covariate, one does not fit the histories, or a history or an option is out of range
   * @example
   * const covariates = { dynamicNumerical: { fixtures: [intensity] } }; // Float64Array [history.length + 168]
   * const [forecast] = await model.forecastWithCovariates([history], covariates, { ridge: 1 });
   */
  forecastWithCovariates(
    histories: readonly Float64Array[],
    covariates: Covariates,
    request?: CovariateRequest,
  ): Promise<Forecast[]>;
  /** SHA-256 of the weights, in hexadecimal */
  sha256(): Promise<string>;
  /** Frees the session; the model cannot forecast after it. */
  close(): Promise<void>;
}

/**
 * Opens a model by the name of an embedded or pulled one, a folder, or a `.safetensors` file.
 *
 * @throws {UserError} exit 4 if there is no such model, its files are broken, or the device is not to be had; exit 2 if int8
 * weights are to run on another device than the CPU
 * @throws {RangeError} if the horizon is no whole number above 0
 * @example
 * const model = await openModel("drp-mini", { device: "cpu", threads: 2 });
 * const [forecast] = await model.forecast([history], { horizon: 168 });
 */
export async function openModel(nameOrPath: string, options: OpenOptions = {}): Promise<ForecastModel> {
  const original = await findModel(nameOrPath, { pulled: options.modelsFolder });
  const { device = "cpu", precision = "fp32" } = options;
  checkDevice(precision, device);
  const found = precision === "fp32" ? original : await inPrecision(original, precision, nameOrPath);
  if (device !== "auto") return openFound(found, device, options);
  const now = () => performance.now();
  const best = await openOnBestDevice((one) => openFound(found, one, options), await installedDevices(), now);
  return { ...best.model, trials: best.trials };
}

/** @throws {UserError} exit 2 if weights of that precision do not run there */
export function checkDevice(precision: Precision, device: DeviceChoice): void {
  if (precision !== "int8" || device === "cpu") return;
  throw new UserError(
    `Cannot run int8 weights on device "${device}": they are made for the CPU`,
    ExitCode.usage,
    "use --device cpu, or --precision fp16 or fp32",
  );
}

/** Opens a model that was found, on one device. */
export async function openFound(found: FoundModel, device: Device, options: OpenOptions): Promise<ForecastModel> {
  const config = parseConfig(found);
  const { threads } = options;
  const large = await hasLargeWeights(found.weightsFile);
  const { runs = large ? "many" : "once", thread = large ? "own" : "caller" } = options;
  const work = {
    device,
    runs,
    thread,
    horizon: options.horizon ?? HOURS_PER_WEEK,
    ...(threads === undefined ? {} : { threads }),
  };
  const { model, dimensions } = await openTimesFm(found.weightsFile, config, work);
  const flags = (horizon: number, context: number | undefined) => flagsOf(dimensions, horizon, context, options.batch);
  return {
    name: config.name ?? found.name,
    file: found.weightsFile,
    dimensions,
    device,
    trials: [],
    longestContext: (horizon) => longestContext(dimensions, horizon),
    sha256: () => sha256Of(found.weightsFile),
    close: () => model.close(),
    forecast: async (histories, { horizon, context, signal }) =>
      forecastsOf(await model.forecast(histories, horizon, flags(horizon, context), signal), dimensions),
    forecastWithCovariates: async (histories, covariates, { horizon, context, signal, ...regression } = {}) => {
      const longest = horizon ?? reachOf(histories, covariates);
      if (longest === undefined)
        throw new RangeError("Cannot forecast with covariates: neither a horizon nor a dynamic covariate says how far");
      const withBackcast = { ...flags(longest, context), returnBackcast: true };
      return forecastsOf(
        await forecastWithCovariates(model, histories, covariates, regression, withBackcast, signal),
        dimensions,
      );
    },
  };
}

function forecastsOf(results: readonly Channels[], { levels }: Dimensions): Forecast[] {
  const channels = levels.length + 1;
  return results.map(({ rows, values }) => {
    const mean = new Float64Array(rows);
    const quantiles = new Float64Array(rows * levels.length);
    for (let row = 0; row < rows; row += 1) {
      mean[row] = values[row * channels]!;
      quantiles.set(values.subarray(row * channels + 1, (row + 1) * channels), row * levels.length);
    }
    return { mean, quantiles, levels };
  });
}
