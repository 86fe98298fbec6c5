import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/timesfm/model-config.ts";

const parsed = (config: string | undefined) => parseConfig({ weightsFile: "w.safetensors", config });

describe("parseConfig()", () => {
  it("reads the fields of a TimesFM 2.5 and leaves others aside", () => {
    expect(parsed('{"name":"a","patch_length":32,"quantiles":[0.1,0.5],"architectures":["TimesFm"]}')).toEqual({
      name: "a",
      patch_length: 32,
      quantiles: [0.1, 0.5],
    });
    expect(parsed(undefined)).toEqual({});
  });

  it.each([
    ["a cut text", "{", "it is not JSON"],
    ["a list", "[]", "it is not a JSON object"],
    ["a name that is none", '{"name":1}', '"name" is 1, expected a text'],
    ["a count in words", '{"input_patch_len":"x"}', '"input_patch_len" is "x", expected a whole number of 0 or more'],
    ["half a count", '{"horizon_length":1.5}', '"horizon_length" is 1.5, expected a whole number of 0 or more'],
    ["a negative count", '{"decode_index":-1}', '"decode_index" is -1, expected a whole number of 0 or more'],
    ["no levels", '{"quantiles":[]}', '"quantiles" is [], expected a list of numbers between 0 and 1'],
    ["a level of 1", '{"quantiles":[0.5,1]}', '"quantiles" is [0.5,1], expected a list of numbers between 0 and 1'],
  ])("refuses %s", (_, config, state) => {
    expect(() => parsed(config)).toThrow(`Cannot read config.json of model "w.safetensors": ${state}`);
    expect(() => parsed(config)).toThrow(expect.objectContaining({ exitCode: 4 }));
  });
});
