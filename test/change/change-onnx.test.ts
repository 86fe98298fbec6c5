import { createHash } from "node:crypto";
import { InferenceSession } from "onnxruntime-node";
import { afterAll, describe, expect, it, vi } from "vitest";
import { integerBelow, seededRandom } from "../../src/chance/random.ts";
import { type ChangeModel, probabilitiesOf } from "../../src/change/change-model.ts";
import { changeModelOnnx, openChangeModel, readChangeModel } from "../../src/change/change-onnx.ts";
import { forestShares } from "../../src/change/forest.ts";
import { forestOf } from "../../src/change/forest-onnx.ts";
import { logisticShares } from "../../src/change/logistic-regression.ts";
import { UserError } from "../../src/errors.ts";
import { GraphBuilder } from "../../src/onnx/graph-builder.ts";
import type { Attribute } from "../../src/onnx/model-proto.ts";
import { readModel } from "../../src/onnx/read-model.ts";
import { float, openSession } from "../../src/onnx/session.ts";
import { usualThreads } from "../../src/threads/on-threads.ts";
import { forest, INPUTS, inputsTried, mixed, models, training } from "./small-models.ts";

async function outputsOf<Name extends string>(model: ChangeModel, rows: Float32Array, names: readonly Name[]) {
  const session = await openSession(changeModelOnnx(model), undefined, { device: "cpu", runs: "many", threads: 2 });
  const results = await session.run({ features: float(rows, [rows.length / model.inputs, model.inputs]) }, names);
  await session.close();
  return results as unknown as Record<Name, { data: Float32Array; dims: readonly number[] }>; // declared by the graph
}

function furthest(values: ArrayLike<number>, expected: Float64Array): number {
  expect(values).toHaveLength(expected.length);
  return Math.max(...expected.map((value, row) => Math.abs(values[row]! - value)));
}

/** What is missing goes right, all else left. */
const apart = {
  input: Int32Array.of(0, -1, -1),
  threshold: Float32Array.of(Infinity, 0, 0),
  missingLeft: new Uint8Array(3),
  left: Int32Array.of(1, 0, 0),
  right: Int32Array.of(2, 0, 0),
  share: Float32Array.of(0.5, 0.25, 0.75),
  cover: Float32Array.of(8, 4, 4),
};

describe("changeModelOnnx()", () => {
  it.each(Object.entries(inputsTried))("says what the model says of %s", async (_, rows) => {
    const {
      forest: ofForest,
      regression,
      probability,
    } = await outputsOf(mixed, rows, ["forest", "regression", "probability"]);
    expect(furthest(ofForest.data, forestShares(forest, rows, INPUTS))).toBeLessThan(1e-6);
    expect(furthest(regression.data, logisticShares(mixed.logistic, rows, INPUTS))).toBeLessThan(1e-6);
    expect(furthest(probability.data, probabilitiesOf(mixed, rows))).toBeLessThan(1e-6);
    expect(probability.dims).toEqual([rows.length / INPUTS]);
  });

  it("tries what it claims to: inputs that take logarithms, bends, missing values that go left and right", () => {
    const { curves, missing } = mixed.logistic;
    expect(new Set(curves.map(({ log }) => log)).size).toBe(2);
    expect(new Set(curves.map(({ knots }) => knots.length))).toEqual(new Set([0, 3]));
    expect(missing[2]).not.toBe(0);
    expect(
      new Set(forest.flatMap(({ missingLeft, input }) => [...missingLeft].filter((_, i) => input[i] === 2))).size,
    ).toBe(2);
  });

  it("leaves out a part that has no say", async () => {
    for (const [share, left, out] of [
      [1, "forest", "regression"],
      [0, "regression", "forest"],
    ] as const) {
      const model = { ...mixed, forestShare: share };
      const { probability } = await outputsOf(model, training, [left, "probability"]);
      expect(furthest(probability.data, probabilitiesOf(model, training))).toBeLessThan(1e-6);
      await expect(outputsOf(model, training, [out])).rejects.toThrow(out);
    }
  });

  it("takes thresholds without bound: missing apart from all else", async () => {
    const model = { ...mixed, forest: [apart], forestShare: 1 };
    const rows = new Float32Array(4 * INPUTS);
    rows.set([Infinity], 0);
    rows.set([Number.NaN], INPUTS);
    rows.set([-Infinity], 2 * INPUTS);
    expect([...(await outputsOf(model, rows, ["forest"])).forest.data]).toEqual([0.25, 0.75, 0.25, 0.25]);
    expect(readChangeModel(changeModelOnnx(model), "m").forest).toEqual([apart]);
  });

  it("writes the bytes that its version stands for", () => {
    const model: ChangeModel = {
      inputs: 2,
      forest: [apart],
      logistic: {
        intercept: -2,
        curves: [
          { fill: 1, log: true, min: 0, max: 4, mean: 1, deviation: 2, knots: [-0.5, 0.25, 1.5] },
          { fill: 0, log: false, min: 0, max: 1, mean: 0.5, deviation: 1, knots: [] },
        ],
        slopes: Float64Array.of(0.5, -0.25),
        bends: Float64Array.of(0.125, 0),
        missing: Float64Array.of(1, 0),
      },
      forestShare: 0.5,
      recalibration: { intercept: 0.5, slope: 0.75 },
    };
    const digest = createHash("sha256").update(changeModelOnnx(model)).digest("hex");
    expect(
      digest,
      "a change of what files mean needs another VERSION, or those of before are read in a wrong way",
    ).toBe("7cf1eb16138a1b5f4edf8f429f46ff6840a54dda711944f0c473cb96d8b91a04");
  });

  it("cuts off the odds of a forest that is sure", async () => {
    const sure = (share: number) => ({
      ...mixed,
      forestShare: 1,
      forest: [
        {
          input: Int32Array.of(-1),
          threshold: new Float32Array(1),
          missingLeft: new Uint8Array(1),
          left: new Int32Array(1),
          right: new Int32Array(1),
          share: Float32Array.of(share),
          cover: Float32Array.of(9),
        },
      ],
      recalibration: { intercept: 0, slope: 0.5 },
    });
    // odds of one to a million, square root: one to a thousand
    for (const [share, expected] of [
      [0, 1 / 1001],
      [1, 1000 / 1001],
    ] as const) {
      const { probability } = await outputsOf(sure(share), training.subarray(0, INPUTS), ["probability"]);
      expect(probability.data[0]).toBeCloseTo(expected, 6);
    }
  });
});

describe("readChangeModel()", () => {
  it.each(Object.entries(models))("reads back a model of %s that predicts the same", (_, model) => {
    const read = readChangeModel(changeModelOnnx(model), "model.onnx");
    expect(read.forestShare).toBe(model.forestShare);
    for (const rows of Object.values(inputsTried))
      expect(probabilitiesOf(read, rows)).toEqual(probabilitiesOf(model, rows));
  });

  it("reads bytes that lie amid others, as those of files may", () => {
    const bytes = changeModelOnnx(mixed);
    const amid = Buffer.concat([Buffer.from("x"), bytes]).subarray(1);
    expect(Buffer.compare(changeModelOnnx(readChangeModel(amid, "m")), bytes)).toBe(0);
  });

  it("gives back everything but the shares of inner nodes, which it averages", () => {
    const read = readChangeModel(changeModelOnnx(mixed), "model.onnx");
    const bare = (model: ChangeModel) => ({ ...model, forest: model.forest.map(({ share: _, ...tree }) => tree) });
    expect(bare(read)).toEqual(bare(mixed));
    read.forest.forEach(({ share }, i) => {
      share.forEach((value, node) => {
        expect(value).toBeCloseTo(forest[i]!.share[node]!, 6);
      });
    });
  });

  it("reads operators of several trees, as files had them once", () => {
    const [one, two] = readModel(changeModelOnnx({ ...mixed, forest: forest.slice(0, 2) })).graph.nodes.filter(
      ({ opType }) => opType === "TreeEnsembleRegressor",
    );
    const joined = (key: string, list: Attribute, other: Attribute): Attribute => {
      if (list instanceof Float32Array) return Float32Array.of(...list, ...(other as Float32Array));
      if (!(list instanceof Int32Array)) return list;
      const further = (other as Int32Array).map((value) => (key.endsWith("_treeids") ? 1 : value));
      return Int32Array.of(...list, ...further);
    };
    const attributes = Object.fromEntries(
      Object.entries(one!.attributes).map(([key, list]) => [key, joined(key, list, two!.attributes[key]!)]),
    );
    const shares = (trees: typeof forest) => forestShares(trees, training, INPUTS);
    expect(shares(forestOf([{ ...one!, attributes }], INPUTS))).toEqual(shares(forest.slice(0, 2)));
  });

  const bytes = changeModelOnnx(mixed);
  const foreign = () => {
    const g = new GraphBuilder();
    g.output("y", g.op("Relu", [g.input("x", "float", ["rows", 2])]));
    return g;
  };
  it.each([
    ["nothing", new Uint8Array(), "it is no model that drp trained on changes"],
    ["text", new TextEncoder().encode("not a model at all, sorry"), "it is no ONNX file, or cut off"],
    ["another model", foreign().encode("timesfm-2.5", 23), "it is no model that drp trained on changes"],
    [
      "a model of another version",
      foreign().encode("change-model", 17, { version: 2 }),
      "it is of version 2, expected 1",
    ],
    [
      "a model that holds nothing",
      foreign().encode("change-model", 17, { version: 1, domains: { "ai.onnx.ml": 3 } }),
      "it has no 1 numbers",
    ],
  ])("refuses %s", (_, broken, state) => {
    const reading = () => readChangeModel(broken, "models/change-risk/model.onnx");
    expect(reading).toThrow(UserError);
    expect(reading).toThrow('Cannot read change model "models/change-risk/model.onnx": ');
    expect(reading).toThrow(state);
    expect(reading).toThrow(expect.objectContaining({ exitCode: 4 }));
  });

  it("refuses a file cut anywhere", () => {
    const random = seededRandom(5, 0);
    const lengths = [
      1,
      5,
      40,
      bytes.length - 1,
      bytes.length - 12,
      ...Array.from({ length: 30 }, () => integerBelow(random, bytes.length)),
    ];
    for (const length of lengths) expect(() => readChangeModel(bytes.subarray(0, length), "m")).toThrow(UserError);
  });

  it("reads a file with a broken byte as a model that has an answer, or refuses it", () => {
    const random = seededRandom(6, 0);
    const small = changeModelOnnx({ ...mixed, forest: forest.slice(0, 2) });
    let read = 0;
    let refused = 0;
    for (let round = 0; round < 1500; round += 1) {
      const broken = Uint8Array.from(small);
      const at = integerBelow(random, broken.length);
      broken[at]! ^= 1 << integerBelow(random, 8);
      try {
        const probabilities = probabilitiesOf(readChangeModel(broken, "m"), training.subarray(0, 20 * INPUTS));
        expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
        read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        refused += 1;
      }
    }
    expect(Math.min(read, refused)).toBeGreaterThan(100);
  });

  it.each([
    [
      "a tree that runs in a circle",
      (tree: (typeof forest)[number]) => tree.left.fill(0, 1).map((_, i) => (tree.input[i]! < 0 ? 0 : 1)),
    ],
    [
      "a tree that leads out of itself",
      (tree: (typeof forest)[number]) => tree.left.map((left) => (left === 0 ? 0 : 1e6)),
    ],
  ])("refuses %s", (_, leftOf) => {
    const tree = { ...forest[0]!, left: Int32Array.from(forest[0]!.left) };
    const broken = changeModelOnnx({ ...mixed, forest: [{ ...tree, left: leftOf(tree) }] });
    expect(() => readChangeModel(broken, "m")).toThrow('Cannot read change model "m": tree 0 of');
  });
});

describe("openChangeModel()", async () => {
  const opened = await Promise.all(
    Object.values(models).map(async (model) => ({
      model,
      ...(await openChangeModel(changeModelOnnx(model), INPUTS, 1)),
    })),
  );
  afterAll(() => Promise.all(opened.map((model) => model.close())));

  it("predicts, with the forest, the regression or both", async () => {
    for (const { model, probabilities } of opened) {
      for (const rows of Object.values(inputsTried)) {
        expect(furthest(await probabilities(rows), probabilitiesOf(model, rows))).toBeLessThan(1e-6);
      }
    }
  });

  it("predicts more rows than it runs at once", async () => {
    const rows = new Float32Array(70_000 * INPUTS);
    for (let at = 0; at < rows.length; at += training.length) {
      rows.set(training.subarray(0, rows.length - at), at);
    }
    const { model, probabilities } = opened[0]!;
    expect(furthest(await probabilities(rows), probabilitiesOf(model, rows))).toBeLessThan(1e-6);
  });

  it("runs on every core unless told how many threads to take", async () => {
    const create = vi.spyOn(InferenceSession, "create");
    await (await openChangeModel(changeModelOnnx(mixed), INPUTS)).close();
    expect(create.mock.lastCall?.at(-1)).toMatchObject({ intraOpNumThreads: usualThreads() });
    create.mockRestore();
  });

  it("has no answer to no rows, and refuses rows that are not whole", async () => {
    expect(await opened[0]!.probabilities(new Float32Array())).toEqual(new Float64Array());
    await expect(opened[0]!.probabilities(new Float32Array(INPUTS + 1))).rejects.toThrow(
      "Cannot predict from 7 values: expected a multiple of 6",
    );
  });

  it("refuses what the runtime cannot open", async () => {
    const refusal = expect.objectContaining({ exitCode: 4, message: expect.stringContaining("Cannot open the model") });
    await expect(openChangeModel(new Uint8Array([1, 2, 3]), INPUTS)).rejects.toEqual(refusal);
  });
});
