import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../src/onnx/graph-builder.ts";
import { readModel } from "../../src/onnx/read-model.ts";

const g = new GraphBuilder();
const x = g.input("x", "float", ["rows", 2]);
const attributes = {
  whole: -3,
  text: "naïve",
  real: { float: 0.5 },
  wholes: [1, -1, 300],
  many: Int32Array.of(0, 127, 128, 2 ** 31 - 1, -(2 ** 31)),
  reals: Float32Array.of(0.25, Infinity, -0),
  texts: ["LEAF", "", "BRANCH_LEQ"],
  none: [],
};
const y = g.op("Anything", [x, g.ints([4, -5])], attributes, "some.domain");
g.doubles("third", Float64Array.of(1 / 3), []);
g.output("y", y);
g.output("again", y);
const bytes = g.encode("graph", 17, { domains: { "some.domain": 3 }, version: 7 });

describe("readModel()", () => {
  it("reads what was written", () => {
    const { graph, ...model } = readModel(bytes);
    expect(model).toEqual({
      producer: "deployment-risk-prediction",
      version: 7,
      opsets: { "": 17, "some.domain": 3 },
    });
    expect(graph.name).toBe("graph");
    expect(graph.inputs).toEqual([{ name: "x", type: "float", shape: ["rows", 2] }]);
    expect(graph.outputs).toEqual([
      { name: "y", type: "float" },
      { name: "again", type: "float" },
    ]);
    expect(graph.nodes).toEqual([
      {
        opType: "Anything",
        domain: "some.domain",
        name: "Anything_0",
        inputs: ["x", "int64 [4,-5]"],
        outputs: ["y"],
        attributes: { ...attributes, wholes: Int32Array.of(1, -1, 300), none: new Int32Array() },
      },
      { opType: "Identity", name: "again", inputs: ["y"], outputs: ["again"], attributes: {} },
    ]);
    expect(graph.initializers).toEqual([
      { name: "int64 [4,-5]", type: "int64", shape: [2], bytes: new Uint8Array(BigInt64Array.of(4n, -5n).buffer) },
      { name: "third", type: "double", shape: [], bytes: new Uint8Array(Float64Array.of(1 / 3).buffer) },
    ]);
  });

  it("writes versions and lists by the wire format", () => {
    const small = new GraphBuilder();
    small.op("O", [], { i: [1, 300], f: Float32Array.of(1), s: ["a"] }, "d");
    const hex = Buffer.from(small.encode("g", 17)).toString("hex");
    expect(hex.startsWith("0808")).toBe(true); // IR version 8
    expect(hex).toContain("0a0169" + "42030" + "1ac02" + "a00107"); // name, ints 1 and 300, type INTS
    expect(hex).toContain("0a0166" + "3a040000803f" + "a00106"); // floats 1, FLOATS
    expect(hex).toContain("0a0173" + "4a0161" + "a00108"); // strings "a", STRINGS
    expect(hex).toContain("3a0164"); // domain
    expect(Buffer.from(small.encode("g", 23)).toString("hex").startsWith("080b")).toBe(true); // IR version 11
  });

  it("refuses bytes that end within a message, and none but those", () => {
    let refused = 0;
    for (let length = 0; length < bytes.length; length += 1) {
      try {
        readModel(bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(bytes.length - 15); // the ends of the outermost fields are no cuts within
  });
});

describe("GraphBuilder", () => {
  it("has no weights without a file of them", () => {
    const weight = { name: "w", dtype: "F32" as const, shape: [1], offset: 0, length: 4 };
    expect(() => g.weight(weight)).toThrow('Cannot use weight "w": the graph has no file of weights');
  });
});
