import type { FoundModel } from "../checkpoint/find-model.ts";
import { readSafetensors } from "../onnx/safetensors.ts";
import { dimensionsOf } from "../timesfm/dimensions.ts";
import { parseConfig } from "./open-model.ts";

/** What the header of a model's weights tells of it. */
export type ModelDescription = {
  /** numbers in all its tensors */
  parameters: number;
  /** most points of context and horizon together */
  contextLimit: number;
};

/**
 * Describes a model without opening it.
 *
 * @throws {UserError} exit 4 if its files are broken or no TimesFM 2.5
 */
export async function describeModel(found: FoundModel): Promise<ModelDescription> {
  const file = await readSafetensors(found.weightsFile);
  const { contextLimit } = dimensionsOf(file, parseConfig(found));
  const sizes = [...file.tensors.values()].map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  return { parameters: sizes.reduce((sum, size) => sum + size, 0), contextLimit };
}
