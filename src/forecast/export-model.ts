import { realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { FoundModel } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import type { Port } from "../onnx/model-proto.ts";
import { Weights } from "../onnx/weights.ts";
import { writeModel } from "../onnx/write-model.ts";
import { buildPass } from "../timesfm/graph.ts";
import { parseConfig } from "../timesfm/model-config.ts";
import { readTimesFm } from "./open-timesfm.ts";

/** What a written ONNX file takes and gives. */
export type ExportedModel = { opset: number; inputs: readonly Port[]; outputs: readonly Port[] };

/**
 * Describes a model for other runtimes, in operators that each of them knows.
 *
 * @param path          where the file will lie
 * @param selfContained whether the weights go into the file; else it refers to them and must lie in their folder
 * @returns what it will hold, and the work of writing it
 * @throws {UserError} exit 2 if a file that refers to its weights would lie in another folder, exit 4 as `openModel()`
 */
export async function exportModel(
  found: FoundModel,
  path: string,
  selfContained: boolean,
): Promise<ExportedModel & { write: (staging: string) => Promise<void> }> {
  const { file, dimensions, folder, name } = await readTimesFm(found.weightsFile, parseConfig(found));
  const target = await realpath(dirname(resolve(path))).catch(() => undefined);
  if (!selfContained && target !== folder) {
    throw new UserError(
      `Cannot export to "${path}": runtimes look for weights in the folder of the ONNX file alone`,
      ExitCode.usage,
      `give --self-contained, or write it into "${folder}"`,
    );
  }
  const model = buildPass(dimensions, new Weights(file), name, { dialect: "portable" });
  return {
    opset: model.opsets[""]!,
    inputs: model.graph.inputs,
    outputs: model.graph.outputs,
    write: (staging) => writeModel(staging, model, selfContained ? folder : undefined),
  };
}
