import { stat } from "node:fs/promises";
import { modelsFolder } from "../checkpoint/cache-folders.ts";
import { findModel } from "../checkpoint/find-model.ts";
import { writeWhole } from "../emit/atomic-write.ts";
import { exportModel } from "../forecast/export-model.ts";
import { megabytes } from "./byte-labels.ts";
import type { Io } from "./io.ts";
import { told } from "./progress.ts";

export type ModelExportOptions = { out: string; selfContained: boolean; json: boolean; quiet: boolean };

/**
 * Writes a model as an ONNX file, whole or not at all.
 *
 * @throws {UserError} exit 2, 4 or 5: a folder that will not do, a model that cannot be read, a file that cannot be written
 */
export async function runModelExport(name: string, options: ModelExportOptions, io: Io): Promise<void> {
  const { out, selfContained } = options;
  const { progress, tell } = told(io, options.quiet);
  const found = await findModel(name, { pulled: modelsFolder(io.env) });
  const { write, ...exported } = await exportModel(found, out, selfContained);
  progress.step(`writing ${out}`);
  await writeWhole(out, write, io.signal);
  const { size } = await stat(out);
  const weights = selfContained ? "its weights in it" : `its weights stay in ${found.weightsFile}`;
  tell(`Wrote ${out} (${megabytes(size)}, opset ${exported.opset}): ${weights}`);
  if (options.json) {
    const document = { file: out, bytes: size, selfContained, ...exported };
    io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
}
