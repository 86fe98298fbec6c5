import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { type FoundModel, isFile } from "../checkpoint/find-model.ts";
import { ExitCode, UserError } from "../errors.ts";
import { shellWord } from "../naming/shell-word.ts";
import { readSafetensors, type Safetensors } from "../onnx/safetensors.ts";
import type { Converted } from "../timesfm/precision.ts";

/** Raised when converted weights are made in another way: those of an earlier way are to be made anew. */
const CONVERSION = "1";

/** Converted weights whose answers lie further from the original's are a poor copy: a share of the largest |value| of a series. */
export const CONVERTED_TOLERANCE = 0.01;

/** Bytes of each tensor that tell it from another. */
const SAMPLE_BYTES = 4096;

/** Where `drp model convert` puts a model's weights in another precision: beside the original. */
export function convertedFile({ weightsFile }: Pick<FoundModel, "weightsFile">, precision: Converted): string {
  return weightsFile.replace(/\.safetensors$/, `.${precision}.safetensors`);
}

/** What converted weights say of where they come from. */
export async function originOf(source: Safetensors, sha256: string): Promise<Record<string, string>> {
  return { conversion: CONVERSION, source_sha256: sha256, source_sample: await sampleOf(source) };
}

/** SHA-256 of the weights that converted ones were made from; undefined where they do not say. */
export function sourceSha256({ metadata }: Safetensors): string | undefined {
  return metadata.source_sha256;
}

/**
 * Whether converted weights come from these, by the start of every tensor: cheap at any size, and no training leaves the
 * start of a tensor as it was.
 */
export async function comesFrom(converted: Safetensors, source: Safetensors): Promise<boolean> {
  const { conversion, source_sample: sample } = converted.metadata;
  return conversion === CONVERSION && sample === (await sampleOf(source));
}

/**
 * A model with its converted weights in place of the original ones.
 *
 * @param asked how the user names it
 * @throws {UserError} exit 4 if they are missing or those of other weights
 */
export async function inPrecision(found: FoundModel, precision: Converted, asked: string): Promise<FoundModel> {
  const file = convertedFile(found, precision);
  const fail = (state: string) =>
    new UserError(
      `Cannot use model "${found.name}" as ${precision}: ${state}`,
      ExitCode.model,
      conversionHint(asked, precision),
    );
  if (!(await isFile(file))) throw fail(`there is no file "${file}"`);
  const [converted, source] = [await readSafetensors(file), await readSafetensors(found.weightsFile)];
  if (!(await comesFrom(converted, source)))
    throw fail(`"${file}" was not made from "${found.weightsFile}" as it is now`);
  return { ...found, weightsFile: file };
}

/** How to have a model's weights in another precision. @param asked how the user names it */
export function conversionHint(asked: string, precision: Converted): string {
  return `convert it with: drp model convert ${shellWord(asked)} --precision ${precision}`;
}

/** SHA-256 of names, shapes and the start of every tensor, in hexadecimal. */
async function sampleOf({ path, tensors }: Safetensors): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([...tensors]));
  const file = await open(path);
  try {
    for (const { offset, length } of tensors.values()) {
      const bytes = new Uint8Array(Math.min(length, SAMPLE_BYTES));
      await file.read(bytes, 0, bytes.length, offset);
      hash.update(bytes);
    }
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}
