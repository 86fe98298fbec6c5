/**
 * The regression as ONNX operators in float64, and back: what it is made of is in the file to the last bit.
 * @module
 */

import type { GraphBuilder, Value } from "../onnx/graph-builder.ts";
import { ElementType } from "../onnx/model-proto.ts";
import { bendWeights, type Curve, type LogisticModel } from "./logistic-regression.ts";

/** Places where a curve bends. */
const KNOTS = 3;

/** @param features float32 [rows, inputs] @returns float64 [rows] probabilities */
export function addLogistic(g: GraphBuilder, features: Value, model: LogisticModel): Value {
  const { curves } = model;
  const perInput = (name: string, values: Iterable<number>) =>
    g.doubles(name, Float64Array.from(values), [curves.length]);
  const ofCurves = (name: "fill" | "min" | "max" | "mean" | "deviation") =>
    perInput(
      name,
      curves.map((curve) => curve[name]),
    );
  const x = g.op("Cast", [features], { to: ElementType.double });
  const isMissing = g.op("IsNaN", [x]);
  const filled = g.op("Where", [isMissing, ofCurves("fill"), x]);

  const size = g.op("Log", [g.op("Add", [g.op("Abs", [filled]), g.doubles("one", Float64Array.of(1), [])])]);
  const signedLog = g.op("Mul", [g.op("Sign", [filled]), size]);
  const takesLog = perInput(
    "log",
    curves.map(({ log }) => (log ? 1 : 0)),
  );
  const t = g.op("Where", [g.op("Cast", [takesLog], { to: ElementType.bool }), signedLog, filled]);
  const within = g.op("Min", [g.op("Max", [t, ofCurves("min")]), ofCurves("max")]);
  const z = g.op("Div", [g.op("Sub", [within, ofCurves("mean")]), ofCurves("deviation")]); // [rows, inputs]

  const terms = [
    g.op("MatMul", [z, perInput("slopes", model.slopes)]),
    ...bendTerms(g, z, curves, perInput("bends", model.bends)),
    g.op("MatMul", [g.op("Cast", [isMissing], { to: ElementType.double }), perInput("missing", model.missing)]),
    g.doubles("intercept", Float64Array.of(model.intercept), []),
  ];
  return g.op("Sigmoid", [g.op("Sum", terms)]);
}

/**
 * What the bends add, a knot at a time: numbers of [rows, inputs, KNOTS] would be the most memory that a prediction takes.
 *
 * @param z     [rows, inputs]
 * @param bends [inputs]
 * @returns [rows] for each knot
 */
function bendTerms(g: GraphBuilder, z: Value, curves: readonly Curve[], bends: Value): Value[] {
  const perKnot = (name: string, values: readonly (readonly number[])[]) =>
    g.doubles(name, Float64Array.from(values.flat()), [curves.length, KNOTS]);
  const knots = perKnot(
    "knots",
    curves.map(({ knots }) => (knots.length > 0 ? knots : new Array<number>(KNOTS).fill(Infinity))),
  );
  const weights = perKnot(
    "bend_weights",
    curves.map(({ knots }) => (knots.length > 0 ? bendWeights(knots) : new Array<number>(KNOTS).fill(0))),
  );
  return Array.from({ length: KNOTS }, (_, knot) => {
    const ofKnot = (values: Value) =>
      g.op("Squeeze", [g.op("Gather", [values, g.ints([knot])], { axis: 1 }), g.ints([1])]);
    const beyond = g.op("Relu", [g.op("Sub", [z, ofKnot(knots)])]);
    const cubes = g.op("Mul", [g.op("Mul", [beyond, beyond]), beyond]);
    return g.op("MatMul", [cubes, g.op("Mul", [ofKnot(weights), bends])]);
  });
}

/**
 * The regression of a graph that `addLogistic()` made.
 *
 * @param doublesOf a constant, by name and length
 */
export function logisticOf(doublesOf: (name: string, length: number) => Float64Array, inputs: number): LogisticModel {
  const [fill, log, min, max] = ["fill", "log", "min", "max"].map((name) => doublesOf(name, inputs));
  const [mean, deviation] = ["mean", "deviation"].map((name) => doublesOf(name, inputs));
  const knots = doublesOf("knots", inputs * KNOTS);
  return {
    intercept: doublesOf("intercept", 1)[0]!,
    curves: Array.from({ length: inputs }, (_, input) => ({
      fill: fill![input]!,
      log: log![input] === 1,
      min: min![input]!,
      max: max![input]!,
      mean: mean![input]!,
      deviation: deviation![input]!,
      knots: [...knots.subarray(input * KNOTS, (input + 1) * KNOTS)].filter(Number.isFinite),
    })),
    slopes: doublesOf("slopes", inputs),
    bends: doublesOf("bends", inputs),
    missing: doublesOf("missing", inputs),
  };
}
