/**
 * What config.json beside weights says of a model.
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { isNatural, isObject } from "../onnx/json-kinds.ts";

type Kind<Value> = { is: (value: unknown) => value is Value; expected: string };

const text: Kind<string> = { is: (value) => typeof value === "string", expected: "a text" };

const count: Kind<number> = { is: isNatural, expected: "a whole number of 0 or more" };

const levels: Kind<readonly number[]> = {
  is: (value): value is readonly number[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((level) => typeof level === "number" && level > 0 && level < 1),
  expected: "a list of numbers between 0 and 1",
};

/** The definition's names, or those of the Hub's file. */
const FIELDS = {
  name: text,
  input_patch_len: count,
  patch_length: count,
  output_patch_len: count,
  horizon_length: count,
  output_quantile_len: count,
  quantile_horizon_length: count,
  context_limit: count,
  context_length: count,
  recommended_context: count,
  quantiles: levels,
  decode_index: count,
};

type ValueOf<Of> = Of extends Kind<infer Value> ? Value : never;

/** What is absent follows from the weights. */
export type ModelConfig = { [Name in keyof typeof FIELDS]?: ValueOf<(typeof FIELDS)[Name]> };

/**
 * Reads config.json; fields that are none of a TimesFM 2.5 say nothing.
 *
 * @param model its weights, for the error, and the text; undefined where there is none
 * @throws {UserError} exit 4, naming the field, if it is no JSON object or a field is of another kind
 */
export function parseConfig({ weightsFile, config }: { weightsFile: string; config: string | undefined }): ModelConfig {
  if (config === undefined) return {};
  const cannot = (state: string) =>
    new UserError(`Cannot read config.json of model "${weightsFile}": ${state}`, ExitCode.model);
  let json: unknown;
  try {
    json = JSON.parse(config);
  } catch {
    throw cannot("it is not JSON");
  }
  if (!isObject(json)) throw cannot("it is not a JSON object");
  const known = Object.entries(json).filter(([name]) => Object.hasOwn(FIELDS, name));
  for (const [name, value] of known) {
    const { is, expected }: Kind<unknown> = FIELDS[name as keyof typeof FIELDS];
    if (!is(value)) throw cannot(`"${name}" is ${JSON.stringify(value)}, expected ${expected}`);
  }
  return Object.fromEntries(known);
}
