import type { FoundModel } from "../checkpoint/find-model.ts";
import { parseConfig } from "../timesfm/model-config.ts";
import { readChecked } from "./open-timesfm.ts";

/** What the header of a model's weights tells of it. */
export type ModelDescription = {
  tensors: number;
  /** numbers in all its tensors */
  parameters: number;
  /** most points of context and horizon together */
  contextLimit: number;
};

/**
 * Describes a model without opening it.
 *
 * @throws {UserError} exit 4 if its files are broken, or its tensors are not those of a TimesFM 2.5
 */
export async function describeModel(found: FoundModel): Promise<ModelDescription> {
  const { file, dimensions } = await readChecked(found.weightsFile, parseConfig(found));
  const sizes = [...file.tensors.values()].map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  return {
    tensors: sizes.length,
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    contextLimit: dimensions.contextLimit,
  };
}
