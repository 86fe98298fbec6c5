/**
 * ONNX's ModelProto on the wire: the few messages that a graph of nodes and initializers needs.
 * Source: onnx/onnx v1.18 `onnx/onnx.proto` (field numbers).
 * @module
 */

import { BinaryWriter } from "@bufbuild/protobuf/wire";

export const ElementType = { float: 1, int64: 7 } as const;
export type ElementType = keyof typeof ElementType;

export type Attribute = number | string | readonly number[];
export type Node = {
  opType: string;
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** whole numbers are written as integers; a float attribute is `{ float: x }` */
  attributes: Readonly<Record<string, Attribute | { float: number }>>;
};

/** Values stated in the model, or a byte range of a file beside it. */
export type Initializer = {
  name: string;
  type: ElementType;
  shape: readonly number[];
} & ({ bytes: Uint8Array } | { location: string; offset: number; length: number });

/** A named side is free; without a shape the rank is free as well. */
export type Port = { name: string; type: ElementType; shape?: readonly (number | string)[] };

export type Graph = {
  name: string;
  opset: number;
  nodes: readonly Node[];
  initializers: readonly Initializer[];
  inputs: readonly Port[];
  outputs: readonly Port[];
};

const IR_VERSION = 11; // the version of opset 23
const VARINT = 0;
const BYTES = 2;
const FLOAT32 = 5;

/** Serialises a model; initializers with a `location` stay outside it. */
export function encodeModel(graph: Graph, producer: string): Uint8Array<ArrayBuffer> {
  const w = new BinaryWriter();
  w.tag(1, VARINT).int64(IR_VERSION);
  w.tag(2, BYTES).string(producer);
  message(w, 7, () => {
    for (const node of graph.nodes) message(w, 1, () => writeNode(w, node));
    w.tag(2, BYTES).string(graph.name);
    for (const initializer of graph.initializers) message(w, 5, () => writeInitializer(w, initializer));
    for (const port of graph.inputs) message(w, 11, () => writePort(w, port));
    for (const port of graph.outputs) message(w, 12, () => writePort(w, port));
  });
  message(w, 8, () => w.tag(2, VARINT).int64(graph.opset));
  return new Uint8Array(w.finish());
}

function message(w: BinaryWriter, field: number, write: () => void): void {
  w.tag(field, BYTES).fork();
  write();
  w.join();
}

function writeNode(w: BinaryWriter, { inputs, outputs, name, opType, attributes }: Node): void {
  for (const input of inputs) w.tag(1, BYTES).string(input);
  for (const output of outputs) w.tag(2, BYTES).string(output);
  w.tag(3, BYTES).string(name);
  w.tag(4, BYTES).string(opType);
  for (const [key, value] of Object.entries(attributes)) {
    message(w, 5, () => {
      w.tag(1, BYTES).string(key);
      if (typeof value === "number") w.tag(3, VARINT).int64(value).tag(20, VARINT).int32(2);
      else if (typeof value === "string") w.tag(4, BYTES).string(value).tag(20, VARINT).int32(3);
      else if ("float" in value) w.tag(2, FLOAT32).float(value.float).tag(20, VARINT).int32(1);
      else {
        for (const item of value) w.tag(8, VARINT).int64(item);
        w.tag(20, VARINT).int32(7);
      }
    });
  }
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
