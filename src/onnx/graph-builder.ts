import {
  type Attribute,
  type ElementType,
  encodeModel,
  type Initializer,
  type Model,
  type Node,
  type Port,
} from "./model-proto.ts";
import type { WeightTensor, WeightType } from "./weights.ts";

/** The output of a node, an input of the graph, or an initializer. */
export type Value = { readonly name: string };

/** safetensors' names of types as ONNX's. */
const ELEMENT_TYPES: Readonly<Record<WeightType, ElementType>> = { F32: "float", F16: "float16", I8: "int8" };

type Attributes = Readonly<Record<string, Attribute>>;

export const PRODUCER = "deployment-risk-prediction";

/** Builds an ONNX graph node by node; weights stay in the `.safetensors` file that `location` names. */
export class GraphBuilder {
  readonly #location: string | undefined;
  readonly #nodes: Node[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #inputs: Port[] = [];
  readonly #outputs: { port: Port; value: Value }[] = [];
  readonly #shaped: Port[] = [];
  readonly #made = new Map<string, Value>();
  readonly #tapped: boolean;

  /**
   * @param location file name of the weights, relative to the folder that the session is told; none if it has only constants
   * @param tapped   whether `tap()` makes outputs
   */
  constructor(location?: string, tapped = false) {
    this.#location = location;
    this.#tapped = tapped;
  }

  input(name: string, type: ElementType, shape: readonly (number | string)[]): Value {
    this.#inputs.push({ name, type, shape });
    return { name };
  }

  output(name: string, value: Value, shape?: readonly (number | string)[]): void {
    this.#outputs.push({ port: { name, type: "float", ...(shape === undefined ? {} : { shape }) }, value });
  }

  /** Marks a value that a test wants to see: an output `name` of a tapped graph, nothing in any other. */
  tap(name: string, value: Value): Value {
    if (this.#tapped) this.output(name, value);
    return value;
  }

  /** As `tap()`, of a value that the graph has in parts along its last axis. */
  tapParts(name: string, parts: readonly Value[]): void {
    if (this.#tapped) this.output(name, this.op("Concat", parts, { axis: -1 }));
  }

  /**
   * States the shape of a value that ONNX cannot tell. A runtime plans its memory by equal shapes; ONNX Runtime also opens a graph
   * in a time that grows with the square of the values whose shapes it does not know.
   *
   * @param shape sides of one name are equal
   */
  shaped(value: Value, type: ElementType, shape: readonly (number | string)[]): Value {
    this.#shaped.push({ name: value.name, type, shape });
    return value;
  }

  /** What is made under a name, the same for all that ask. */
  once(name: string, make: () => Value): Value {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made;
  }

  op(opType: string, inputs: readonly Value[], attributes: Attributes = {}, domain?: string): Value {
    return this.ops(opType, inputs, 1, attributes, domain)[0]!;
  }

  /** An operator with several outputs. */
  ops(
    opType: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Attributes = {},
    domain?: string,
  ): Value[] {
    const name = `${opType}_${this.#nodes.length}`;
    const values = Array.from({ length: outputs }, (_, i) => ({ name: `${name}:${i}` }));
    this.#nodes.push({
      opType,
      ...(domain === undefined ? {} : { domain }),
      name,
      inputs: inputs.map((input) => input.name),
      outputs: values.map((value) => value.name),
      attributes,
    });
    return values;
  }

  /** A float32 constant of shape []. */
  scalar(value: number): Value {
    return this.#constant(`float ${value}`, "float", [], new Float32Array([value]));
  }

  /** A uint8 constant of shape []. */
  byte(value: number): Value {
    return this.#constant(`uint8 ${value}`, "uint8", [], Uint8Array.of(value));
  }

  /** An int64 constant of shape []. */
  int(value: number): Value {
    return this.#constant(`int64 ${value}`, "int64", [], BigInt64Array.of(BigInt(value)));
  }

  /** An int64 constant of shape [values.length]. */
  ints(values: readonly number[]): Value {
    return this.#constant(`int64 [${values}]`, "int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** A float32 constant. */
  floats(name: string, values: Float32Array, shape: readonly number[]): Value {
    return this.#constant(name, "float", shape, values);
  }

  /** A float64 constant. */
  doubles(name: string, values: Float64Array, shape: readonly number[]): Value {
    return this.#constant(name, "double", shape, values);
  }

  /**
   * A tensor of the checkpoint, by reference to its bytes.
   *
   * @throws {RangeError} if the builder was told no file of weights
   */
  weight({ name, dtype, shape, offset, length }: WeightTensor): Value {
    if (this.#location === undefined)
      throw new RangeError(`Cannot use weight "${name}": the graph has no file of weights`);
    const type = ELEMENT_TYPES[dtype];
    this.#initializers.set(name, { name, type, shape, location: this.#location, offset, length });
    return { name };
  }

  /** The graph as an ONNX model without the weights' bytes; arguments as of `model()`. */
  encode(...args: Parameters<GraphBuilder["model"]>): Uint8Array<ArrayBuffer> {
    return encodeModel(this.model(...args));
  }

  /**
   * The graph as an ONNX model, to be serialised.
   *
   * @param opset   of ONNX's own operators
   * @param domains versions of other domains of operators, by name
   * @param version of what the graph means to its reader
   */
  model(
    name: string,
    opset: number,
    { domains = {}, version }: { domains?: Readonly<Record<string, number>>; version?: number } = {},
  ): Model {
    const renamed = new Set(this.#outputs.map(({ value }) => value.name));
    return {
      producer: PRODUCER,
      ...(version === undefined ? {} : { version }),
      opsets: { "": opset, ...domains },
      graph: {
        name,
        nodes: this.#nodesWithOutputs(),
        initializers: [...this.#initializers.values()],
        inputs: this.#inputs,
        outputs: this.#outputs.map(({ port }) => port),
        values: this.#shaped.filter((port) => !renamed.has(port.name)),
      },
    };
  }

  /** A node's value takes the name of the output that it is; one that has a name already is copied. */
  #nodesWithOutputs(): Node[] {
    const produced = new Set(this.#nodes.flatMap(({ outputs }) => outputs));
    const names = new Map<string, string>();
    const copies: Node[] = [];
    for (const { port, value } of this.#outputs) {
      if (produced.has(value.name) && !names.has(value.name)) names.set(value.name, port.name);
      else
        copies.push({
          opType: "Identity",
          name: port.name,
          inputs: [value.name],
          outputs: [port.name],
          attributes: {},
        });
    }
    const named = (values: readonly string[]) => values.map((value) => names.get(value) ?? value);
    return [...this.#nodes, ...copies].map((node) => ({
      ...node,
      inputs: named(node.inputs),
      outputs: named(node.outputs),
    }));
  }

  #constant(
    name: string,
    type: ElementType,
    shape: readonly number[],
    values: Float32Array | Float64Array | BigInt64Array | Uint8Array,
  ): Value {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.set(name, { name, type, shape, bytes });
    return { name };
  }
}
