import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CatalogFile } from "../checkpoint/catalog.ts";
import { type FoundModel, sha256Of } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { readSafetensors } from "../onnx/safetensors.ts";
import type { Converted } from "../timesfm/precision.ts";
import { PROPERTIES } from "./architecture-properties.ts";
import { conversionDeviation } from "./convert-model.ts";
import { CONVERTED_TOLERANCE, conversionHint, convertedFile, inPrecision, sourceSha256 } from "./converted-weights.ts";
import { describeModel } from "./describe-model.ts";
import { type GoldenForecasts, goldenDeviation, parseGolden } from "./golden-forecasts.ts";
import { type Device, type ForecastModel, openModel, type Precision } from "./open-model.ts";

/** One thing that was looked at. */
export type Check = {
  name: string;
  state: "passed" | "failed" | "not recorded";
  /** what was found, in words */
  found: string;
  /** largest deviation in units of the tolerance, where something was compared; above 1 the check failed */
  deviation?: number;
  /** what the user can do where it failed */
  hint?: string;
};

/**
 * Checks a model, one thing after the other: its bytes, for another precision than float32 what its converted weights were
 * made from, its tensors, then on a device the golden answers that were recorded with it. A model without golden answers is
 * held to what the architecture promises whatever the weights, and its converted weights to the original's answers.
 *
 * @param pinned the weights as the catalog has them, if it does
 * @param asked  how the user names the model
 * @throws {UserError} exit 4 if its files cannot be read, or the device is not to be had
 */
export async function* verifyModel(
  found: FoundModel,
  pinned: CatalogFile | undefined,
  { asked, device, precision, signal }: { asked: string; device: Device; precision: Precision; signal: AbortSignal },
): AsyncGenerator<Check> {
  const golden = await goldenOf(found);
  const sha256 = await sha256Of(found.weightsFile, signal);
  const name = precision === "fp32" ? "SHA-256" : "SHA-256 of the original";
  yield hashCheck(name, sha256, pinned?.sha256 ?? golden?.weights_sha256);
  if (precision !== "fp32") {
    const conversion = await conversionCheck(found, precision, asked, sha256);
    yield conversion;
    if (conversion.state === "failed") return;
  }
  const file = precision === "fp32" ? found.weightsFile : convertedFile(found, precision);
  const tensors = await tensorCheck({ ...found, weightsFile: file });
  yield tensors;
  if (tensors.state === "failed") return;
  const model = await openModel(file, { device, runs: "once" });
  try {
    yield* answerChecks(model, golden, precision, signal);
  } finally {
    await model.close();
  }
  if (golden !== undefined || precision === "fp32") return;
  const deviation = (await conversionDeviation(found, file, signal)) / CONVERTED_TOLERANCE;
  yield answerCheck("original's answers", deviation, `${precision} gives them on the CPU: `);
}

async function goldenOf({ weightsFile }: FoundModel): Promise<GoldenForecasts | undefined> {
  const file = join(dirname(weightsFile), "golden.json");
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new UserError(`Cannot read golden answers "${file}": ${error.message}`, ExitCode.model);
  });
  return text === undefined ? undefined : parseGolden(text, file);
}

function hashCheck(name: string, got: string, expected: string | undefined): Check {
  if (expected === undefined) return { name, state: "not recorded", found: `${got}, with nothing to hold it against` };
  if (got === expected) return { name, state: "passed", found: got };
  return { name, state: "failed", found: `${got}, expected ${expected}` };
}

async function conversionCheck(model: FoundModel, precision: Converted, asked: string, sha256: string): Promise<Check> {
  const name = "conversion";
  try {
    const { weightsFile } = await inPrecision(model, precision, asked);
    const source = sourceSha256(await readSafetensors(weightsFile));
    const made = `"${weightsFile}" was made from`;
    if (source === sha256) return { name, state: "passed", found: `${made} these weights` };
    const found = `${made} others, of SHA-256 ${source}`;
    return { name, state: "failed", found, hint: conversionHint(asked, precision) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failedBy(name, error);
  }
}

async function tensorCheck(found: FoundModel): Promise<Check> {
  const name = "tensors";
  try {
    const { tensors, parameters } = await describeModel(found);
    const numbers = `${tensors} with ${parameters.toLocaleString("en")} parameters`;
    return { name, state: "passed", found: `${numbers}, named and shaped as the architecture asks` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failedBy(name, error);
  }
}

function failedBy(name: string, { message: found, hint }: UserError): Check {
  return { name, state: "failed", found, ...(hint === undefined ? {} : { hint }) };
}

async function* answerChecks(
  model: ForecastModel,
  golden: GoldenForecasts | undefined,
  precision: Precision,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const name = "golden answers";
  if (golden !== undefined) {
    const tolerance = precision === "fp32" ? golden.tolerance : CONVERTED_TOLERANCE;
    const deviation = await goldenDeviation(model, { ...golden, tolerance }, signal);
    yield answerCheck(name, deviation, `${golden.cases.length} recorded, `);
    return;
  }
  yield { name, state: "not recorded", found: "none; held instead to what any weights must give" };
  for (const property of PROPERTIES) {
    signal.throwIfAborted();
    yield answerCheck(property.name, await property.deviationOf(model, signal), `${property.promise}: `);
  }
}

function answerCheck(name: string, deviation: number, what: string): Check {
  const found = `${what}largest deviation ${deviation.toPrecision(2)} of the tolerance`;
  return { name, state: deviation <= 1 ? "passed" : "failed", found, deviation };
}
