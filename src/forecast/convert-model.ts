import { stat } from "node:fs/promises";
import { type FoundModel, sha256Of } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { readSafetensors } from "../onnx/safetensors.ts";
import { type Conversion, convertedBytes, convertWeights } from "../timesfm/convert-weights.ts";
import { CALIBRATION_SERIES } from "../timesfm/input-grams.ts";
import { parseConfig } from "../timesfm/model-config.ts";
import type { Converted } from "../timesfm/precision.ts";
import { syntheticSeries } from "../timesfm/synthetic-series.ts";
import { comesFrom, convertedFile, originOf, sourceSha256 } from "./converted-weights.ts";
import { forecastDeviation, largest } from "./deviation.ts";
import { openFound } from "./open-model.ts";
import { readChecked } from "./open-timesfm.ts";

/** A conversion to be done. */
export type PlannedConversion = {
  /** where the converted weights go */
  file: string;
  /** bytes that the file will have, but for its header */
  bytes: number;
  /** whether it is there already, made from the weights as they are now */
  present: boolean;
  /** Writes the converted weights. */
  write(path: string, listener: Pick<Conversion, "signal" | "progress">): Promise<void>;
};

/**
 * Plans the conversion of a model's weights.
 *
 * @throws {UserError} exit 4 if its files are broken, or it is none of float32
 */
export async function planConversion(
  found: FoundModel,
  precision: Converted,
  signal: AbortSignal,
): Promise<PlannedConversion> {
  const { file: source, dimensions } = await readChecked(found.weightsFile, parseConfig(found));
  const other = [...source.tensors].find(([, { shape, dtype }]) => shape.length === 2 && dtype !== "F32");
  if (other !== undefined) {
    const state = `its tensor "${other[0]}" is ${other[1].dtype}, expected the original weights in F32`;
    throw new UserError(`Cannot convert model "${found.weightsFile}": ${state}`, ExitCode.model);
  }
  const file = convertedFile(found, precision);
  const there = await stat(file).catch(() => undefined);
  const earlier = there === undefined ? undefined : await readSafetensors(file).catch(() => undefined); // broken: made anew
  const sha256 = await sha256Of(found.weightsFile, signal);
  const fits = earlier !== undefined && sourceSha256(earlier) === sha256 && (await comesFrom(earlier, source));
  return {
    file,
    bytes: convertedBytes(source, dimensions, precision),
    present: fits,
    write: async (path, listener) => {
      const metadata = await originOf(source, sha256);
      await convertWeights(source, dimensions, path, { precision, metadata, ...listener }).catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error;
        const message = `Cannot convert model "${found.weightsFile}": ${error.message}`; // such as weights that are no numbers
        throw new UserError(message, ExitCode.model, undefined, { cause: error });
      });
    },
  };
}

const PROBES = 5;
const HORIZON = 168;

/**
 * How far the answers of converted weights lie from the original's, on series that the conversion has not seen.
 *
 * @returns the largest difference of any mean or quantile, as a share of the largest |value| of its series
 */
export async function conversionDeviation(found: FoundModel, file: string, signal: AbortSignal): Promise<number> {
  const histories = syntheticSeries(PROBES, CALIBRATION_SERIES);
  const answers = async (weightsFile: string) => {
    const model = await openFound({ ...found, weightsFile }, "cpu", { runs: "once" });
    try {
      return await model.forecast(histories, { horizon: HORIZON, signal });
    } finally {
      await model.close();
    }
  };
  const expected = await answers(found.weightsFile);
  const got = await answers(file);
  return Math.max(...expected.map((one, i) => forecastDeviation(got[i]!, one, largest(histories[i]!))));
}
