import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/graph-builder.ts";
import { readSafetensors } from "../../src/onnx/safetensors.ts";
import { float, openSession, placeOf, sessionOptions } from "../../src/onnx/session.ts";
import { startSessionThread } from "../../src/onnx/session-thread.ts";
import { Weights } from "../../src/onnx/weights.ts";
import { safetensorsFile } from "./safetensors-file.ts";

describe("openSession()", () => {
  it("multiplies by weights that lie in the safetensors file, at an offset that is no multiple of four", async () => {
    const values = new Float32Array([1, 2, 3, 4, 5, 6]);
    const header = {
      odd: { dtype: "U8", shape: [1], data_offsets: [0, 1] },
      w: { dtype: "F32", shape: [2, 3], data_offsets: [1, 25] },
    };
    const path = safetensorsFile(header, Buffer.concat([new Uint8Array(1), new Uint8Array(values.buffer)]));
    const { folder, name } = await placeOf(path);
    const weights = new Weights(await readSafetensors(path));
    for (const runs of ["once", "many"] as const) {
      const g = new GraphBuilder(name);
      const x = g.input("x", "float", ["rows", 3]);
      g.output("y", g.op("Gemm", [x, g.weight(weights.tensor("w", [2, 3]))], { transB: 1 }), ["rows", 2]);
      const session = await openSession(g.encode("test", 23), folder, { device: "cpu", runs, threads: 1 });
      const { y } = await session.run({ x: float(new Float32Array([1, 1, 1, 1, 0, -1]), [2, 3]) }, ["y"]);
      expect([...(y.data as Float32Array)]).toEqual([6, 15, -2, -2]); // float32: declared by the graph
      await session.close();
    }
  });

  it("names the device that the runtime cannot offer", async () => {
    const device = process.platform === "win32" ? "coreml" : "dml";
    await expect(openSession(new Uint8Array(), ".", { device, runs: "once" })).rejects.toMatchObject({ exitCode: 4 });
  });

  it("turns a graph that cannot be opened into a user's error", async () => {
    await expect(openSession(new Uint8Array([1, 2, 3]), ".", { device: "cpu", runs: "once" })).rejects.toThrow(
      'Cannot open the model on device "cpu"',
    );
  });
});

describe("startSessionThread()", () => {
  it("runs a session in a thread of its own, which takes over what it is fed", async () => {
    const g = new GraphBuilder();
    g.output("doubled", g.op("Mul", [g.input("x", "float", ["n"]), g.scalar(2)]), ["n"]);
    const { open } = await startSessionThread();
    const session = await open(g.encode("test", 17), undefined, { device: "cpu", runs: "many", threads: 1 });
    const x = float(Float32Array.of(1, 2), [2]);
    const { doubled } = await session.run({ x }, ["doubled"]);
    expect(doubled).toEqual({ type: "float32", data: Float32Array.of(2, 4), dims: [2] });
    expect(x.data.length).toBe(0);
    await expect(session.run({ x: float(Float32Array.of(1), [1]) }, ["tripled" as "doubled"])).rejects.toThrow(
      /tripled/,
    );
    await session.close();
  });
});

describe("sessionOptions()", () => {
  it("skips prepacking for one run on the CPU only", () => {
    const extra = (device: "cpu" | "cuda", runs: "once" | "many") =>
      JSON.stringify(sessionOptions({ device, runs }, "d").extra);
    expect(extra("cpu", "once")).toContain("disable_prepacking");
    expect(extra("cpu", "many")).not.toContain("disable_prepacking");
    expect(extra("cuda", "once")).not.toContain("disable_prepacking");
  });

  it("works on constants once where it is told to, though a graph for the CPU needs no optimiser", () => {
    const level = (device: "cpu" | "cuda", folding: boolean) =>
      sessionOptions({ device, runs: "many", folding }).graphOptimizationLevel;
    expect([level("cpu", false), level("cpu", true), level("cuda", true)]).toEqual(["disabled", "basic", "all"]);
  });

  it("lets waiting threads sleep where it is told to", () => {
    const extra = (spinning?: boolean) =>
      sessionOptions({ device: "cpu", runs: "many", ...(spinning === undefined ? {} : { spinning }) }).extra;
    expect(extra(false)).toEqual({ session: { intra_op: { allow_spinning: "0" } } });
    expect(extra()).toEqual({ session: {} });
  });

  it("falls back to the CPU for operators that a device lacks, and keeps to the threads asked for", () => {
    expect(sessionOptions({ device: "webgpu", runs: "many" }, "d").executionProviders).toEqual(["webgpu", "cpu"]);
    expect(sessionOptions({ device: "cpu", runs: "many", threads: 3 }, "d").intraOpNumThreads).toBe(3);
  });
});
