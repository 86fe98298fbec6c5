/**
 * ONNX's ModelProto on the wire: the few messages that a graph of nodes and initializers needs.
 * Source: onnx/onnx v1.18 `onnx/onnx.proto` (field numbers).
 * @module
 */

import { BinaryWriter } from "@bufbuild/protobuf/wire";

export const ElementType = { float: 1, uint8: 2, int8: 3, int64: 7, bool: 9, float16: 10, double: 11 } as const;
export type ElementType = keyof typeof ElementType;

/** Whole numbers are written as integers, those of a list in 32 bits; a float attribute is `{ float: x }`. */
export type Attribute = number | string | { float: number } | readonly number[] | readonly string[] | TypedList;
/** Lists of integers and of floats that may be long. */
export type TypedList = Int32Array | Float32Array;
export const AttributeType = { float: 1, int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const;

export type Node = {
  opType: string;
  /** of operators; that of ONNX itself unless given */
  domain?: string;
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
};

type Tensor = { name: string; type: ElementType; shape: readonly number[] };
/** A tensor whose values are a byte range of a file. */
export type StoredInitializer = Tensor & { location: string; offset: number; length: number };
/** Values stated in the model, or stored beside it. */
export type Initializer = (Tensor & { bytes: Uint8Array }) | StoredInitializer;

/** A named side is free; without a shape the rank is free as well. */
export type Port = { name: string; type: ElementType; shape?: readonly (number | string)[] };

export type Graph = {
  name: string;
  nodes: readonly Node[];
  initializers: readonly Initializer[];
  inputs: readonly Port[];
  outputs: readonly Port[];
  /** what is stated of values between them */
  values?: readonly Port[];
};

export type Model = {
  producer: string;
  /** of what the producer wrote; none unless given */
  version?: number;
  /** version of each domain of operators; "" is ONNX itself */
  opsets: Readonly<Record<string, number>>;
  graph: Graph;
};

const VARINT = 0;
const BYTES = 2;
const FLOAT32 = 5;

/** A stretch of a serialised model: bytes, or a range of the file of weights whose bytes belong there. */
export type Piece = Uint8Array<ArrayBuffer> | { location: string; offset: number; length: number };

/** Serialises a model; initializers with a `location` stay outside it. */
export function encodeModel(model: Model): Uint8Array<ArrayBuffer> {
  const w = new BinaryWriter();
  writeHead(w, model);
  w.tag(7, BYTES).bytes(graphBytes(model.graph, model.graph.initializers));
  writeOpsets(w, model);
  return w.finish();
}

/** Serialises a model with all its weights inside; those with a `location` are ranges that the caller copies. */
export function inlinedModel(model: Model): Piece[] {
  const { initializers } = model.graph;
  const inner = graphBytes(
    model.graph,
    initializers.filter((initializer) => "bytes" in initializer),
  );
  const outer = initializers.flatMap((initializer) => ("bytes" in initializer ? [] : [inlined(initializer)]));
  const head = new BinaryWriter();
  writeHead(head, model);
  const length = outer.flat().reduce((sum, piece) => sum + piece.length, inner.length);
  head.tag(7, BYTES).uint32(length);
  const tail = new BinaryWriter();
  writeOpsets(tail, model);
  return [head.finish(), inner, ...outer.flat(), tail.finish()];
}

/** An initializer as a field of its graph, with its values in it. */
function inlined({ name, type, shape, location, offset, length }: StoredInitializer): Piece[] {
  const tensor = new BinaryWriter();
  for (const side of shape) tensor.tag(1, VARINT).int64(side);
  tensor.tag(2, VARINT).int32(ElementType[type]).tag(8, BYTES).string(name).tag(9, BYTES).uint32(length);
  const head = tensor.finish();
  const field = new BinaryWriter().tag(5, BYTES).uint32(head.length + length);
  return [field.finish(), head, { location, offset, length }];
}

function writeHead(w: BinaryWriter, { producer, version, opsets }: Model): void {
  w.tag(1, VARINT).int64(irVersionOf(opsets[""] ?? 0));
  w.tag(2, BYTES).string(producer);
  if (version !== undefined) w.tag(5, VARINT).int64(version);
}

function graphBytes({ name, nodes, inputs, outputs, values = [] }: Graph, initializers: readonly Initializer[]) {
  const w = new BinaryWriter();
  for (const node of nodes) message(w, 1, () => writeNode(w, node));
  w.tag(2, BYTES).string(name);
  for (const initializer of initializers) message(w, 5, () => writeInitializer(w, initializer));
  for (const port of inputs) message(w, 11, () => writePort(w, port));
  for (const port of outputs) message(w, 12, () => writePort(w, port));
  for (const port of values) message(w, 13, () => writePort(w, port));
  return w.finish();
}

function writeOpsets(w: BinaryWriter, { opsets }: Model): void {
  for (const [domain, opset] of Object.entries(opsets)) {
    message(w, 8, () => w.tag(1, BYTES).string(domain).tag(2, VARINT).int64(opset));
  }
}

/** The version that came with an opset: tools refuse one that is newer than they are. Source: onnx `docs/Versioning.md`. */
function irVersionOf(opset: number): number {
  return opset <= 18 ? 8 : 11;
}

function message(w: BinaryWriter, field: number, write: () => void): void {
  w.tag(field, BYTES).fork();
  write();
  w.join();
}

function writeNode(w: BinaryWriter, { inputs, outputs, name, opType, domain, attributes }: Node): void {
  for (const input of inputs) w.tag(1, BYTES).string(input);
  for (const output of outputs) w.tag(2, BYTES).string(output);
  w.tag(3, BYTES).string(name);
  w.tag(4, BYTES).string(opType);
  for (const [key, value] of Object.entries(attributes)) {
    message(w, 5, () => {
      w.tag(1, BYTES).string(key);
      const type = writeAttribute(w, value);
      w.tag(20, VARINT).int32(AttributeType[type]);
    });
  }
  if (domain !== undefined) w.tag(7, BYTES).string(domain);
}

function writeAttribute(w: BinaryWriter, value: Attribute): keyof typeof AttributeType {
  if (typeof value === "number") {
    w.tag(3, VARINT).int64(value);
    return "int";
  }
  if (typeof value === "string") {
    w.tag(4, BYTES).string(value);
    return "string";
  }
  if ("float" in value) {
    w.tag(2, FLOAT32).float(value.float);
    return "float";
  }
  if (value instanceof Float32Array) {
    w.tag(7, BYTES).bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return "floats";
  }
  if (isStrings(value)) {
    for (const item of value) w.tag(9, BYTES).string(item);
    return "strings";
  }
  message(w, 8, () => {
    for (let i = 0; i < value.length; i += 1) w.int32(value[i]!);
  });
  return "ints";
}

/** An empty list is one of integers. */
function isStrings(list: readonly number[] | readonly string[] | Int32Array): list is readonly string[] {
  return typeof list[0] === "string";
}

function writeInitializer(w: BinaryWriter, initializer: Initializer): void {
  for (const side of initializer.shape) w.tag(1, VARINT).int64(side);
  w.tag(2, VARINT).int32(ElementType[initializer.type]);
  w.tag(8, BYTES).string(initializer.name);
  if ("bytes" in initializer) {
    w.tag(9, BYTES).bytes(initializer.bytes);
    return;
  }
  const { location, offset, length } = initializer;
  for (const [key, value] of Object.entries({ location, offset, length })) {
    message(w, 13, () => w.tag(1, BYTES).string(key).tag(2, BYTES).string(String(value)));
  }
  w.tag(14, VARINT).int32(1); // data_location = EXTERNAL
}

function writePort(w: BinaryWriter, { name, type, shape }: Port): void {
  w.tag(1, BYTES).string(name);
  message(w, 2, () =>
    message(w, 1, () => {
      w.tag(1, VARINT).int32(ElementType[type]);
      if (shape === undefined) return;
      message(w, 2, () => {
        for (const side of shape) {
          message(w, 1, () => (typeof side === "number" ? w.tag(1, VARINT).int64(side) : w.tag(2, BYTES).string(side)));
        }
      });
    }),
  );
}
