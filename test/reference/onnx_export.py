"""Holds an exported ONNX file to PyTorch: onnx.checker accepts it, and computed node by node in numpy it gives the same values.

    /usr/bin/python3 test/reference/onnx_export.py MODEL.onnx WEIGHTS.safetensors

Prints the largest difference of the point head's output in units of the model's own scale; exits 1 above TOLERANCE. One series
is half padding, so that masks and positions count.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from timesfm_torch import Reference

TOLERANCE = 1e-4
PATCHES = 6
FORBIDDEN = -1e9


def gemm(a, b, c=0.0, transB=0):
    return a @ (b.T if transB else b) + c


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def reshape(x, shape, allowzero=0):
    return x.reshape([x.shape[i] if side == 0 and not allowzero else side for i, side in enumerate(shape)])


OPERATORS = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Sqrt": np.sqrt,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Softplus": lambda x: np.log1p(np.exp(x)),
    "MatMul": np.matmul,
    "Gemm": gemm,
    "Softmax": softmax,
    "Reshape": reshape,
    "Identity": lambda x: x,
    "Shape": lambda x, start=0, end=None: np.array(x.shape[start:end], np.int64),
    "Concat": lambda *parts, axis: np.concatenate(parts, axis),
    "Transpose": lambda x, perm: x.transpose(perm),
    "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(axes)),
    "Gather": lambda x, rows, axis=0: np.take(x, rows, axis),
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(tuple(axes), keepdims=bool(keepdims)),
    "Cast": lambda x, to: x.astype(onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[to]),
}


def evaluate(graph, feeds, initializers):
    """Every output of a graph, by name."""
    values = {**initializers, **feeds}
    for node in graph.node:
        inputs = [values[name] for name in node.input]
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Split":
            values.update(zip(node.output, np.split(inputs[0], len(node.output), attributes["axis"])))
        else:
            values[node.output[0]] = OPERATORS[node.op_type](*inputs, **attributes)
    return {output.name: values[output.name] for output in graph.output}


def main() -> None:
    path, weights = sys.argv[1:3]
    onnx.checker.check_model(path)
    model = onnx.load(path)
    reference = Reference(weights).eval()
    shape = reference.shape
    random = np.random.default_rng(1)
    values = random.normal(size=(2, PATCHES, shape.input_patch)).astype(np.float32)
    padded = np.zeros_like(values)
    padded[1, : PATCHES // 2] = 1
    values[1, : PATCHES // 2] = 0
    hidden = np.array([0, PATCHES // 2])
    index = np.arange(PATCHES)
    allowed = (index[None, None] <= index[None, :, None]) & (index[None, None] >= hidden[:, None, None])
    past = np.zeros((2, shape.heads, 0, shape.head_width), np.float32)
    feeds = {
        "patches": np.concatenate([values, padded], -1),
        "positions": np.maximum(index[None] - hidden[:, None], 0),
        "attention_bias": np.where(allowed, 0, FORBIDDEN).astype(np.float32)[:, None],
        "point_rows": np.array([PATCHES - 1]),
        "quantile_rows": np.array([0]),
        **{f"past_{kind}.{i}": past for kind in ("key", "value") for i in range(shape.layers)},
    }
    initializers = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    outputs = evaluate(model.graph, {port.name: feeds[port.name] for port in model.graph.input}, initializers)
    with torch.no_grad():
        whole = reference(torch.from_numpy(values[:1]), 0, [])
        tail = reference(torch.from_numpy(values[1:, PATCHES // 2 :]), 0, [])
    worst = 0.0
    for head, name in enumerate(["point", "quantile"] if reference.has_quantiles else ["point"]):
        expected = np.stack([whole[head][0, -1].numpy(), tail[head][0, -1].numpy()])
        got = outputs[name][:, 0]
        worst = max(worst, float(np.abs(got - expected).max() / np.abs(expected).max()))
    print(f"opset {model.opset_import[0].version}, largest difference {worst:.1e} of the outputs' scale")
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
