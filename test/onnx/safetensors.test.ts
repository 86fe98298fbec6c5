import { truncateSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { Weights } from "../../src/onnx/weights.ts";
import { safetensorsFile } from "./safetensors-file.ts";

const f32 = (shape: number[], from: number, to: number) => ({ dtype: "F32", shape, data_offsets: [from, to] });
const bytes = (count: number) => new Uint8Array(count);

describe("readSafetensors()", () => {
  it("finds every tensor at its byte offset, whatever the order and metadata", async () => {
    const header = { __metadata__: { by: "x" }, b: f32([2], 12, 20), a: f32([3, 1], 0, 12), empty: f32([0], 20, 20) };
    const path = safetensorsFile(header, bytes(20));
    const { tensors } = await readSafetensors(path);
    const start = 8 + JSON.stringify(header).length;
    expect(tensors.get("a")).toEqual({ dtype: "F32", shape: [3, 1], offset: start, length: 12 });
    expect(tensors.get("b")?.offset).toBe(start + 12);
    expect([...tensors.keys()].sort()).toEqual(["a", "b", "empty"]);
  });

  it.each([
    ["a header that is no JSON", "{", bytes(0), "its header is not JSON"],
    ["a header that is a list", "[]", bytes(0), "not a JSON object"],
    ["a tensor without a shape", { a: { dtype: "F32" } }, bytes(0), 'tensor "a" has no valid'],
    ["a tensor that is none", { a: null }, bytes(0), 'tensor "a" has no valid'],
    ["a side that is no whole number", { a: f32([0.5], 0, 2) }, bytes(2), 'tensor "a" has no valid'],
    ["a range of one end", { a: { dtype: "F32", shape: [1], data_offsets: [0] } }, bytes(4), 'tensor "a" has no valid'],
    ["a negative side", { a: f32([-1], 0, 4) }, bytes(4), 'tensor "a" has no valid'],
    ["an unknown dtype", { a: { dtype: "F33", shape: [1], data_offsets: [0, 4] } }, bytes(4), 'unknown dtype "F33"'],
    ["a range of another size", { a: f32([2], 0, 4) }, bytes(4), "holds 4 bytes, expected 8"],
    ["a backward range", { a: f32([1], 4, 0) }, bytes(4), "holds -4 bytes"],
    ["an overlap", { a: f32([2], 0, 8), b: f32([2], 4, 12) }, bytes(12), 'tensor "b" overlaps'],
    ["a hole", { a: f32([1], 0, 4), b: f32([1], 8, 12) }, bytes(12), "4 bytes before"],
    ["data cut off", { a: f32([2], 0, 8) }, bytes(7), "it is cut off"],
    ["data left over", { a: f32([2], 0, 8) }, bytes(9), "1 bytes at its end"],
  ])("refuses %s", async (_, header, data, words) => {
    const failing = readSafetensors(safetensorsFile(header, data));
    await expect(failing).rejects.toThrow(UserError);
    await expect(failing).rejects.toThrow(words);
    await expect(failing).rejects.toMatchObject({ exitCode: 4 });
  });

  it("refuses a file cut anywhere, a folder and a missing file", async () => {
    const path = safetensorsFile({ a: f32([2], 0, 8) }, bytes(8));
    for (const length of [60, 30, 9, 7, 0]) {
      truncateSync(path, length);
      await expect(readSafetensors(path)).rejects.toThrow(/ends inside its header|expected at least 8|cut off/);
    }
    await expect(readSafetensors("/no/such/file")).rejects.toThrow("no such file");
    await expect(readSafetensors("/")).rejects.toThrow("it is not a file");
  });
});

describe("Weights", () => {
  it("gives tensors of the stated shape and knows which are left", async () => {
    const file = await readSafetensors(safetensorsFile({ "x.w": f32([2, 1], 0, 8), y: f32([1], 8, 12) }, bytes(12)));
    const weights = new Weights(file);
    expect(weights.scope("x").tensor("w", [2, 1]).name).toBe("x.w");
    expect(weights.unused()).toEqual(["y"]);
    expect(() => weights.scope("x").tensor("w", [1, 2])).toThrow(
      /Cannot use tensor "x\.w" .*: expected shape \[1, 2\], got \[2, 1\]/,
    );
    expect(() => weights.tensor("z", [1])).toThrow("it is missing, expected shape [1]");
  });

  it("refuses another precision", async () => {
    const header = { a: { dtype: "F16", shape: [2], data_offsets: [0, 4] } };
    const weights = new Weights(await readSafetensors(safetensorsFile(header, bytes(4))));
    expect(() => weights.tensor("a", [2])).toThrow("expected dtype F32, got F16");
  });
});
