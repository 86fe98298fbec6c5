/**
 * The model of changes as a file that ONNX Runtime runs, and that holds all that explanations need.
 * @module
 */

import { ExitCode, UserError } from "../errors.ts";
import { GraphBuilder, PRODUCER, type Value } from "../onnx/graph-builder.ts";
import { ElementType } from "../onnx/model-proto.ts";
import { type Constant, type ReadModel, readModel } from "../onnx/read-model.ts";
import { float, openSession } from "../onnx/session.ts";
import type { ChangeModel } from "./change-model.ts";
import { addForest, forestOf, TREE_DOMAIN, TREE_OPSET } from "./forest-onnx.ts";
import { addLogistic, logisticOf } from "./logistic-onnx.ts";
import type { LogisticModel } from "./logistic-regression.ts";
import { LEAST_PROBABILITY } from "./recalibration.ts";
import type { Tree } from "./tree.ts";

const GRAPH = "change-model";
/** Rises with every change of the graph: what reads it knows one. */
const VERSION = 1;
/** Older than the runtime needs, so that other tools can open the file too. */
const OPSET = 17;
const MOST_INPUTS = 100_000;

/**
 * The model as an ONNX file, without a part that has no say.
 *
 * Input `features` float32 [rows, inputs], NaN is missing. Outputs, float32 [rows]: `probability`; `forest` and `regression`,
 * what the parts say before they are mixed and recalibrated.
 */
export function changeModelOnnx(model: ChangeModel): Uint8Array<ArrayBuffer> {
  const { inputs, forestShare } = model;
  const g = new GraphBuilder();
  const features = g.input("features", "float", ["rows", inputs]);
  const output = (name: string, value: Value) => {
    g.output(name, g.op("Cast", [value], { to: ElementType.float }), ["rows"]);
    return value;
  };
  const scalar = (name: string, value: number) => g.doubles(name, Float64Array.of(value), []);
  const forest = () => output("forest", addForest(g, features, model.forest));
  const regression = () => output("regression", addLogistic(g, features, model.logistic));
  const mix = () => {
    const ofForest = g.op("Mul", [forest(), scalar("forest_share", forestShare)]);
    return g.op("Add", [ofForest, g.op("Mul", [regression(), scalar("regression_share", 1 - forestShare)])]);
  };
  const mixed = forestShare === 1 ? forest() : forestShare === 0 ? regression() : mix();

  const bounds = [
    scalar("least_probability", LEAST_PROBABILITY),
    scalar("greatest_probability", 1 - LEAST_PROBABILITY),
  ];
  const p = g.op("Clip", [mixed, ...bounds]);
  const odds = g.op("Div", [p, g.op("Sub", [scalar("one", 1), p])]);
  const sloped = g.op("Mul", [g.op("Log", [odds]), scalar("recalibration_slope", model.recalibration.slope)]);
  const logOdds = g.op("Add", [sloped, scalar("recalibration_intercept", model.recalibration.intercept)]);
  output("probability", g.op("Sigmoid", [logOdds]));
  return g.encode(GRAPH, OPSET, { domains: { [TREE_DOMAIN]: TREE_OPSET }, version: VERSION });
}

/**
 * Reads back what `changeModelOnnx()` wrote: the same model, except that the share of an inner node becomes the mean of those
 * below it, and that a part without a say becomes one that knows nothing.
 *
 * @param bytes whose digest is that of a file that was written; of others, some that are broken are read as another model
 * @param name of the file, for messages
 * @throws {UserError} exit 4 if the file is of another version or kind, or cut off, or has no answer to some change
 */
export function readChangeModel(bytes: Uint8Array, name: string): ChangeModel {
  try {
    return changeModelOf(readModel(bytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `Cannot read change model "${name}": ${error.message}`;
    throw new UserError(message, ExitCode.model, "drp train writes such files", { cause: error });
  }
}

function changeModelOf({ producer, version, opsets, graph }: ReadModel): ChangeModel {
  if (producer !== PRODUCER || graph.name !== GRAPH) throw new RangeError("it is no model that drp trained on changes");
  if (version !== VERSION) throw new RangeError(`it is of version ${version ?? 0}, expected ${VERSION}`);
  const inputs = graph.inputs[0]?.shape?.[1];
  if (typeof inputs !== "number" || !(inputs > 0 && inputs <= MOST_INPUTS)) {
    throw new RangeError(`it takes ${inputs ?? 0} inputs, expected 1 to ${MOST_INPUTS}`);
  }
  if (opsets[""] !== OPSET || opsets[TREE_DOMAIN] !== TREE_OPSET) throw new RangeError("it is cut off");
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]));
  const doubles = (constant: string, length: number) => doublesOf(constants, constant, length);
  const forest = forestOf(graph.nodes, inputs);
  const hasForest = forest.length > 0;
  const hasRegression = constants.has("slopes");
  return {
    inputs,
    forest: hasForest ? forest : [LEAF],
    logistic: hasRegression ? logisticOf(doubles, inputs) : flat(inputs),
    forestShare: hasForest && hasRegression ? doubles("forest_share", 1)[0]! : hasForest ? 1 : 0,
    recalibration: {
      intercept: doubles("recalibration_intercept", 1)[0]!,
      slope: doubles("recalibration_slope", 1)[0]!,
    },
  };
}

function doublesOf(constants: ReadonlyMap<string, Constant>, name: string, length: number): Float64Array {
  const constant = constants.get(name);
  if (constant?.type !== "double" || constant.bytes.length !== length * Float64Array.BYTES_PER_ELEMENT) {
    throw new RangeError(`it has no ${length} numbers "${name}"`);
  }
  const values = new Float64Array(new Uint8Array(constant.bytes).buffer); // copied to an address that is a multiple of 8
  if (!values.some(Number.isNaN)) return values;
  throw new RangeError(`a number of "${name}" is none`);
}

/** A tree of one leaf. */
const LEAF: Tree = {
  input: Int32Array.of(-1),
  threshold: Float32Array.of(0),
  missingLeft: Uint8Array.of(0),
  left: Int32Array.of(0),
  right: Int32Array.of(0),
  share: Float32Array.of(0.5),
  cover: Float32Array.of(1),
};

/** A regression in which nothing matters. */
function flat(inputs: number): LogisticModel {
  const curve = { fill: 0, log: false, min: 0, max: 0, mean: 0, deviation: 1, knots: [] };
  const zeros = new Float64Array(inputs);
  return { intercept: 0, curves: new Array(inputs).fill(curve), slopes: zeros, bends: zeros, missing: zeros };
}

/** A model in ONNX Runtime. */
export type OpenChangeModel = {
  /**
   * @param rows [rows, inputs]
   * @returns [rows] probability that each change fails
   * @throws {RangeError} if the rows are not whole
   */
  probabilities(rows: Float32Array): Promise<Float64Array>;
  /** Frees the session; the model cannot predict after it. */
  close(): Promise<void>;
};

/** What a prediction keeps of a row of 24 inputs is about a kilobyte: large tables go through part by part. */
const ROWS_PER_RUN = 16_384;

/**
 * @param bytes   what `changeModelOnnx()` wrote
 * @param inputs  of a row
 * @param threads of one prediction; one per core unless given
 * @throws {UserError} exit 4 if the runtime cannot open it
 */
export async function openChangeModel(bytes: Uint8Array, inputs: number, threads?: number): Promise<OpenChangeModel> {
  const session = await openSession(bytes, undefined, {
    device: "cpu",
    runs: "many",
    spinning: false, // threads that wait are in the way where others want the cores; where none do it costs nothing
    ...(threads === undefined ? {} : { threads }),
  });
  return {
    probabilities: async (rows) => {
      if (rows.length % inputs !== 0) {
        throw new RangeError(`Cannot predict from ${rows.length} values: expected a multiple of ${inputs}`);
      }
      const probabilities = new Float64Array(rows.length / inputs);
      for (let from = 0; from < probabilities.length; from += ROWS_PER_RUN) {
        const part = rows.subarray(from * inputs, (from + ROWS_PER_RUN) * inputs);
        const features = float(part, [part.length / inputs, inputs]);
        const { probability } = await session.run({ features }, ["probability"]);
        probabilities.set(probability.data as Float32Array, from); // declared by the graph
      }
      return probabilities;
    },
    close: () => session.close(),
  };
}
