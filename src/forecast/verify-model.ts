import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CatalogFile } from "../checkpoint/catalog.ts";
import { type FoundModel, sha256Of } from "../checkpoint/find-model.ts";
import { UserError } from "../errors.ts";
import { PROPERTIES } from "./architecture-properties.ts";
import { describeModel } from "./describe-model.ts";
import { type GoldenForecasts, goldenDeviation, parseGolden } from "./golden-forecasts.ts";
import { type Device, type ForecastModel, openModel } from "./open-model.ts";

/** One thing that was looked at. */
export type Check = {
  name: string;
  state: "passed" | "failed" | "not recorded";
  /** what was found, in words */
  found: string;
  /** largest deviation in units of the tolerance, where something was compared; above 1 the check failed */
  deviation?: number;
};

/**
 * Checks a model, one thing after the other: its bytes, its tensors, then on a device the golden answers that were
 * recorded with it. A model without golden answers is held to what the architecture promises whatever the weights.
 *
 * @param pinned the weights as the catalog has them, if it does
 * @throws {UserError} exit 4 if its files cannot be read, or the device is not to be had
 */
export async function* verifyModel(
  found: FoundModel,
  pinned: CatalogFile | undefined,
  { device, signal }: { device: Device; signal: AbortSignal },
): AsyncGenerator<Check> {
  const golden = await goldenOf(found);
  yield hashCheck(await sha256Of(found.weightsFile, signal), pinned?.sha256 ?? golden?.weights_sha256);
  const tensors = await tensorCheck(found);
  yield tensors;
  if (tensors.state === "failed") return;
  const model = await openModel(found.weightsFile, { device, runs: "once" });
  try {
    yield* answerChecks(model, golden, signal);
  } finally {
    await model.close();
  }
}

async function goldenOf({ weightsFile }: FoundModel): Promise<GoldenForecasts | undefined> {
  const file = join(dirname(weightsFile), "golden.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseGolden(text, file);
}

function hashCheck(got: string, expected: string | undefined): Check {
  const name = "SHA-256";
  if (expected === undefined) return { name, state: "not recorded", found: `${got}, with nothing to hold it against` };
  if (got === expected) return { name, state: "passed", found: got };
  return { name, state: "failed", found: `${got}, expected ${expected}` };
}

async function tensorCheck(found: FoundModel): Promise<Check> {
  const name = "tensors";
  try {
    const { tensors, parameters } = await describeModel(found);
    const numbers = `${tensors} with ${parameters.toLocaleString("en")} parameters`;
    return { name, state: "passed", found: `${numbers}, named and shaped as the architecture asks` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, state: "failed", found: error.message };
  }
}

async function* answerChecks(
  model: ForecastModel,
  golden: GoldenForecasts | undefined,
  signal: AbortSignal,
): AsyncGenerator<Check> {
  const name = "golden answers";
  if (golden !== undefined) {
    yield answerCheck(name, await goldenDeviation(model, golden, signal), `${golden.cases.length} recorded, `);
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
