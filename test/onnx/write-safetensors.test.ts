import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { SafetensorsWriter } from "../../src/onnx/write-safetensors.ts";
import { scratch } from "../cli/drp.ts";
import { floatsOf } from "./safetensors-file.ts";

const TENSORS = [
  { name: "b", dtype: "F32", shape: [2], length: 8 },
  { name: "a", dtype: "I8", shape: [3, 1], length: 3 },
];
const B = new Uint8Array(Float32Array.of(1.5, -2).buffer);

describe("SafetensorsWriter", () => {
  it("writes what can be read, in any order, and says what it is told", async () => {
    const path = join(scratch(), "model.safetensors");
    const writer = await SafetensorsWriter.create(path, TENSORS, { made: "today" });
    await writer.write("b", B);
    await writer.write("a", Uint8Array.of(1, 2, 255));
    await writer.finish();
    const { tensors, metadata } = await readSafetensors(path);
    expect(metadata).toEqual({ made: "today" });
    expect([...tensors.keys()]).toEqual(["a", "b"]);
    expect([...floatsOf(path, "b").values]).toEqual([1.5, -2]);
    const { offset, length, shape } = tensors.get("a")!;
    expect(shape).toEqual([3, 1]);
    expect([...readFileSync(path).subarray(offset, offset + length)]).toEqual([1, 2, 255]);
    expect(Number(readFileSync(path).readBigUInt64LE()) % 8).toBe(0);
  });

  it("refuses a tensor of another size, an unknown one, one twice, and to end without one", async () => {
    const writer = await SafetensorsWriter.create(join(scratch(), "model.safetensors"), TENSORS);
    await expect(writer.write("a", B)).rejects.toThrow('Cannot write tensor "a": it has 8 bytes, expected 3');
    await expect(writer.write("c", B)).rejects.toThrow(RangeError);
    await writer.write("b", B);
    await expect(writer.write("b", B)).rejects.toThrow(RangeError);
    await expect(writer.finish()).rejects.toThrow('tensor "a" was not written');
    await writer.abandon();
  });
});
