import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChangeModel } from "../change/change-model.ts";
import { type OpenChangeModel, openChangeModel, readChangeModel } from "../change/change-onnx.ts";
import { inputsOf } from "../change/feature-schema.ts";
import { type ModelDocument, parseModelDocument } from "../change/model-document.ts";
import { ExitCode, UserError } from "../errors.ts";

export type ChangeFolder = {
  schema: ModelDocument;
  model: ChangeModel;
  opened: OpenChangeModel;
};

/** @throws {UserError} exit 4 if the folder holds no model of this version, or its files do not belong together */
export async function openChangeFolder(folder: string): Promise<ChangeFolder> {
  const [schemaFile, modelFile] = [join(folder, "feature-schema.json"), join(folder, "model.onnx")];
  const schema = parseModelDocument(String(await read(schemaFile)), schemaFile);
  const bytes = await read(modelFile);
  const cannot = (state: string) =>
    new UserError(`Cannot use the model "${modelFile}": ${state}`, ExitCode.model, 'train it again with "drp train"');
  if (createHash("sha256").update(bytes).digest("hex") !== schema.sha256) {
    throw cannot("its SHA-256 is not the one in feature-schema.json, expected the file that was written with it");
  }
  const model = readChangeModel(bytes, modelFile);
  const described = inputsOf(schema.features);
  if (model.inputs !== described) {
    throw cannot(`it reads ${model.inputs} inputs, and feature-schema.json describes ${described}`);
  }
  return { schema, model, opened: await openChangeModel(bytes, model.inputs) };
}

async function read(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `Cannot use the model "${path}": ${error.code === "ENOENT" ? "there is no such file" : error.message}`,
      ExitCode.model,
      'run "drp train" first, or name its folder with --model',
    );
  });
}
