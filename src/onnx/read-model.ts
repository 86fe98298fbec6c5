/**
 * Reads back what `encodeModel()` writes; of other ONNX models no more than it would write as well.
 * Source: onnx/onnx v1.18 `onnx/onnx.proto` (field numbers).
 * @module
 */

import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  type Attribute,
  AttributeType,
  ElementType,
  type Graph,
  type Model,
  type Node,
  type Port,
} from "./model-proto.ts";

/** A constant whose values are in the model. */
export type Constant = { name: string; type: ElementType; shape: readonly number[]; bytes: Uint8Array };
export type ReadModel = Omit<Model, "graph"> & {
  graph: Omit<Graph, "initializers"> & { initializers: readonly Constant[] };
};

/** @throws {RangeError} if the bytes are no ONNX model, or end within it */
export function readModel(bytes: Uint8Array): ReadModel {
  try {
    return modelOf(new Message(bytes));
  } catch (error) {
    throw new RangeError("it is no ONNX file, or cut off", { cause: error });
  }
}

/** The fields of a message, by number; a field that is not there is empty or 0. */
class Message {
  readonly #bytes = new Map<number, Uint8Array[]>();
  readonly #integers = new Map<number, number[]>();

  constructor(bytes: Uint8Array) {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (wire === WireType.LengthDelimited) append(this.#bytes, field, reader.bytes());
      else if (wire === WireType.Varint) append(this.#integers, field, Number(reader.int64()));
      else reader.skip(wire, field);
    }
  }

  has(field: number): boolean {
    return this.#bytes.has(field) || this.#integers.has(field);
  }

  each(field: number): readonly Uint8Array[] {
    return this.#bytes.get(field) ?? [];
  }

  bytes(field: number): Uint8Array {
    return this.each(field).at(-1) ?? new Uint8Array();
  }

  messages(field: number): Message[] {
    return this.each(field).map((bytes) => new Message(bytes));
  }

  message(field: number): Message {
    return new Message(this.bytes(field));
  }

  text(field: number): string {
    return textOf(this.bytes(field));
  }

  integer(field: number): number {
    return this.integers(field).at(-1) ?? 0;
  }

  integers(field: number): readonly number[] {
    return this.#integers.get(field) ?? [];
  }
}

function append<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function modelOf(model: Message): ReadModel {
  return {
    producer: model.text(2),
    ...(model.has(5) ? { version: model.integer(5) } : {}),
    graph: graphOf(model.message(7)),
    opsets: Object.fromEntries(model.messages(8).map((opset) => [opset.text(1), opset.integer(2)])),
  };
}

function graphOf(graph: Message): ReadModel["graph"] {
  return {
    nodes: graph.messages(1).map(nodeOf),
    name: graph.text(2),
    initializers: graph.messages(5).flatMap(constantOf),
    inputs: graph.messages(11).flatMap(portOf),
    outputs: graph.messages(12).flatMap(portOf),
  };
}

function nodeOf(node: Message): Node {
  return {
    inputs: node.each(1).map(textOf),
    outputs: node.each(2).map(textOf),
    name: node.text(3),
    opType: node.text(4),
    attributes: Object.fromEntries(node.each(5).flatMap(attributeOf)),
    ...(node.has(7) ? { domain: node.text(7) } : {}),
  };
}

/** None for a type that is not written. */
function attributeOf(bytes: Uint8Array): [key: string, value: Attribute][] {
  let key = "";
  let type = 0;
  let float = 0;
  let int = 0;
  let string = "";
  let floats = new Float32Array();
  let ints = new Int32Array();
  const strings: string[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === WireType.LengthDelimited) key = reader.string();
    else if (field === 2 && wire === WireType.Bit32) float = reader.float();
    else if (field === 3 && wire === WireType.Varint) int = Number(reader.int64());
    else if (field === 4 && wire === WireType.LengthDelimited) string = reader.string();
    else if (field === 7 && wire === WireType.LengthDelimited) floats = floatsOf(reader.bytes());
    else if (field === 8 && wire === WireType.LengthDelimited) ints = intsOf(reader.bytes());
    else if (field === 9 && wire === WireType.LengthDelimited) strings.push(reader.string());
    else if (field === 20 && wire === WireType.Varint) type = reader.int32();
    else reader.skip(wire, field);
  }
  const values: Readonly<Record<number, Attribute>> = {
    [AttributeType.float]: { float },
    [AttributeType.int]: int,
    [AttributeType.string]: string,
    [AttributeType.floats]: floats,
    [AttributeType.ints]: ints,
    [AttributeType.strings]: strings,
  };
  const value = values[type];
  return value === undefined ? [] : [[key, value]];
}

function floatsOf(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return new Float32Array(new Uint8Array(bytes).buffer); // copied to an address that is a multiple of 4
}

/** The last 32 bits of each varint; a forest has millions of them. */
function intsOf(bytes: Uint8Array): Int32Array<ArrayBuffer> {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count += 1; // the last one of a varint
  const values = new Int32Array(count);
  let i = 0;
  let shift = 0;
  for (const byte of bytes) {
    if (shift < 32) values[i]! |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    i += 1;
    shift = 0;
  }
  return values;
}

/** None for values of other types, or that lie in another file. */
function constantOf(tensor: Message): Constant[] {
  const type = elementTypeOf(tensor.integer(2));
  if (type === undefined || !tensor.has(9)) return [];
  return [{ name: tensor.text(8), type, shape: tensor.integers(1), bytes: tensor.bytes(9) }];
}

/** None for values of other types. */
function portOf(port: Message): Port[] {
  const tensor = port.message(2).message(1);
  const type = elementTypeOf(tensor.integer(1));
  if (type === undefined) return [];
  const shape = tensor
    .message(2)
    .messages(1)
    .map((side) => (side.has(2) ? side.text(2) : side.integer(1)));
  return [{ name: port.text(1), type, ...(tensor.has(2) ? { shape } : {}) }];
}

function elementTypeOf(code: number): ElementType | undefined {
  return ELEMENT_TYPES.find((type) => ElementType[type] === code);
}

const ELEMENT_TYPES = Object.keys(ElementType) as ElementType[]; // they are its keys
