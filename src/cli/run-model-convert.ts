import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { checkSpace } from "../checkpoint/check-space.ts";
import { findModel } from "../checkpoint/find-model.ts";
import { checkWritable, writeWhole } from "../emit/atomic-write.ts";
import type { Converted } from "../forecast/choices.ts";
import { conversionDeviation, planConversion } from "../forecast/convert-model.ts";
import { CONVERTED_TOLERANCE } from "../forecast/converted-weights.ts";
import { megabytes } from "./byte-labels.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";

export type ModelConvertOptions = { precision: Converted; json: boolean; quiet: boolean };

/** What to do where converted weights cannot lie beside the original ones. */
const HINT = "copy the model's folder to where there is room, and give that folder as the model";

/**
 * Converts a model's weights, whole or not at all, and measures what that does to its answers.
 *
 * @throws {UserError} exit 4 if there is no such model or it cannot be converted, exit 5 if it cannot be written
 */
export async function runModelConvert(name: string, options: ModelConvertOptions, io: Io): Promise<void> {
  const { precision } = options;
  const { progress, tell } = told(io, options.quiet);
  const found = await findModel(name, { pulled: modelsFolder(io.env) });
  progress.step(`reading ${found.name}`);
  const plan = await planConversion(found, precision, io.signal);
  const measure = (file: string) => {
    progress.step("measuring");
    return conversionDeviation(found, file, io.signal);
  };
  let deviation: number | undefined;
  if (!plan.present) {
    const folder = dirname(plan.file);
    await checkWritable(folder, HINT);
    await checkSpace(folder, plan.bytes, HINT);
    const listener = {
      signal: io.signal,
      progress: (done: number, total: number) =>
        progress.bar(`converting ${found.name}`, done, total, `${Math.floor((100 * done) / total)} %`),
    };
    const write = async (staging: string) => {
      await plan.write(staging, listener);
      deviation = await measure(staging);
    };
    await writeWhole(plan.file, write, io.signal, HINT);
  }
  deviation ??= await measure(plan.file);
  const [{ size: bytes }, { size: sourceBytes }] = [await stat(plan.file), await stat(found.weightsFile)];
  const how = plan.present ? "present" : "converted";
  const sizes = `${megabytes(bytes)}, ${Math.round((100 * bytes) / sourceBytes)} % of the original's ${megabytes(sourceBytes)}`;
  tell(
    how === "present"
      ? `${plan.file} is there and was made from the weights as they are now (${sizes})`
      : `Wrote ${plan.file} (${sizes})`,
  );
  const far = deviation > CONVERTED_TOLERANCE ? "warning: " : "";
  tell(
    `${far}Answers differ from the original's by at most ${(100 * deviation).toPrecision(2)} % of a series' largest value`,
  );
  if (options.json) {
    const document = { name: found.name, precision, how, file: plan.file, bytes, sourceBytes, deviation };
    io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
}
