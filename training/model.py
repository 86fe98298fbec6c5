"""TimesFM 2.5 in PyTorch, at any size, for training. Tensor names are those of Google's checkpoint.

Source of the architecture: google-research/timesfm@3dae50b src/timesfm/torch/ (Apache-2.0). There is no key-value
cache: training sees all patches at once, and a week takes one decode step.
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Dict

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CHANNELS = 1 + len(LEVELS)  # the mean, then the levels
MEDIAN = 5  # channel
EPSILON = 1e-6
SHUT_OUT = -1e9  # finite: a NaN in a padded row would spread


@dataclass(frozen=True)
class Shape:
    """The numbers that make one model out of the architecture."""

    width: int = 256
    heads: int = 8
    layers: int = 4
    input_patch: int = 32
    output_patch: int = 192

    @property
    def head_width(self) -> int:
        return self.width // self.heads


class ResidualBlock(nn.Module):
    def __init__(self, inputs: int, hidden: int, outputs: int, bias: bool):
        super().__init__()
        self.hidden_layer = nn.Linear(inputs, hidden, bias=bias)
        self.output_layer = nn.Linear(hidden, outputs, bias=bias)
        self.residual_layer = nn.Linear(inputs, outputs, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.output_layer(F.silu(self.hidden_layer(x))) + self.residual_layer(x)


class RMSNorm(nn.Module):
    def __init__(self, width: int, initial: float = 1.0):
        super().__init__()
        self.scale = nn.Parameter(torch.full((width,), initial))

    def forward(self, x: Tensor) -> Tensor:
        return Normed.apply(x.float(), self.scale)


class Normed(torch.autograd.Function):
    """x [..., width] over its root mean square, times scale [width]; two passes over memory where autograd takes five."""

    @staticmethod
    def forward(context, x: Tensor, scale: Tensor) -> Tensor:
        width = x.shape[-1]
        inverse = torch.rsqrt(torch.linalg.vector_norm(x, dim=-1, keepdim=True).square() / width + EPSILON)
        normed = x * inverse
        context.save_for_backward(normed, inverse, scale)
        return normed * scale

    @staticmethod
    def backward(context, gradient: Tensor):
        normed, inverse, scale = context.saved_tensors
        width = normed.shape[-1]
        gradient = gradient.contiguous()
        product = gradient * normed
        along = product.reshape(-1, width) @ (scale / width)
        inner = torch.addcmul(gradient * scale, normed, along.view(inverse.shape), value=-1)
        return inner.mul_(inverse), product.reshape(-1, width).sum(0)


class PerDimScale(nn.Module):
    def __init__(self, head_width: int):
        super().__init__()
        self.per_dim_scale = nn.Parameter(torch.full((head_width,), 0.81))  # softplus(0.81) / ln 2 = 1.7

    def forward(self, query: Tensor) -> Tensor:
        return query * (1.442695041 / math.sqrt(query.shape[-1]) * F.softplus(self.per_dim_scale))


class Attention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.qkv_proj = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.query_ln = RMSNorm(shape.head_width)
        self.key_ln = RMSNorm(shape.head_width)
        self.per_dim_scale = PerDimScale(shape.head_width)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor) -> Tensor:
        """x [batch, patches, width]; cos, sin [batch, 1, patches, head_width / 2]; bias [batch, 1, patches, patches]."""
        batch, patches, width = x.shape
        parts = self.qkv_proj(x).view(batch, patches, 3, self.shape.heads, self.shape.head_width)
        query, key, value = parts.permute(2, 0, 3, 1, 4).contiguous()
        query = Normed.apply(rotate(query.float(), cos, sin), self.per_dim_scale(self.query_ln.scale))
        key = self.key_ln(rotate(key.float(), cos, sin))
        weights = torch.softmax(query @ key.transpose(-1, -2) + bias, -1)
        return self.out((weights @ value).transpose(1, 2).reshape(batch, patches, width))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding over the two halves of the head (before the norm of queries and keys)."""
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        initial = 1 / math.sqrt(shape.layers)
        self.pre_attn_ln = RMSNorm(shape.width)
        self.post_attn_ln = RMSNorm(shape.width, initial)
        self.attn = Attention(shape)
        self.pre_ff_ln = RMSNorm(shape.width)
        self.post_ff_ln = RMSNorm(shape.width, initial)
        self.ff0 = nn.Linear(shape.width, shape.width, bias=False)
        self.ff1 = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor) -> Tensor:
        x = x + self.post_attn_ln(self.attn(self.pre_attn_ln(x), cos, sin, bias))
        return x + self.post_ff_ln(self.ff1(F.silu(self.ff0(self.pre_ff_ln(x)))))


class TimesFM(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.tokenizer = ResidualBlock(2 * shape.input_patch, shape.width, shape.width, bias=True)
        self.stacked_xf = nn.ModuleList([Layer(shape) for _ in range(shape.layers)])
        self.output_projection_point = ResidualBlock(
            shape.width, shape.width, shape.output_patch * CHANNELS, bias=False
        )
        nn.init.zeros_(self.output_projection_point.output_layer.weight)
        self.output_projection_point.residual_layer.weight.data *= 0.3

    def forward(self, values: Tensor, padded: Tensor, rows: Tensor) -> Tensor:
        """
        values [batch, patches, input_patch] normalised, 0 where padded; padded [batch, patches, input_patch] bool;
        rows [rows] the patches to forecast from
        returns [batch, rows, output_patch, channels] in normalised units: what follows each of these patches
        """
        batch, patches, _ = values.shape
        hidden = padded[..., -1].sum(-1)
        index = torch.arange(patches, device=values.device)
        position = (index[None] - hidden[:, None]).clamp(min=0)
        half = torch.arange(self.shape.head_width // 2, device=values.device)
        angle = position[:, None, :, None] / 10_000.0 ** (2 * half / self.shape.head_width)
        allowed = (index[None, :] <= index[:, None])[None] & (index[None, None] >= hidden[:, None, None])
        bias = torch.where(allowed, 0.0, SHUT_OUT)[:, None]
        x = self.tokenizer(torch.cat([values, padded.float()], -1)).float()
        cos, sin = angle.cos(), angle.sin()
        for layer in self.stacked_xf:
            x = layer(x, cos, sin, bias)
        forecast = self.output_projection_point(x[:, rows]).float()
        return forecast.view(batch, len(rows), self.shape.output_patch, CHANNELS)


def running_stats(values: Tensor, padded: Tensor):
    """Mean and population deviation of all valid points up to the end of each patch; both [batch, patches]."""
    valid = (~padded).double()
    count = valid.sum(-1).cumsum(1).clamp(min=1)
    values = values.double() * valid
    mean = values.sum(-1).cumsum(1) / count
    around = (values - mean[:, -1:, None]) * valid  # about one centre, so that squares do not cancel
    shift = around.sum(-1).cumsum(1) / count
    variance = (around.square().sum(-1).cumsum(1) / count - shift.square()).clamp(min=0)
    return mean.float(), variance.sqrt().float()


def normalise(values: Tensor, padded: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    scale = torch.where(deviation < EPSILON, torch.ones_like(deviation), deviation)
    return ((values - mean[..., None]) / scale[..., None]).masked_fill(padded, 0.0)


@torch.no_grad()
def decode(model: TimesFM, context: Tensor, padded: Tensor, horizon: int) -> Tensor:
    """
    context [batch, points], padded [batch, points] bool, points a multiple of input_patch
    returns [batch, horizon, channels] in the units of the context; after the first output patch on its own medians
    """
    outputs = []
    for _ in range((horizon - 1) // model.shape.output_patch + 1):
        values = context.view(len(context), -1, model.shape.input_patch)
        mask = padded.view(values.shape)
        mean, deviation = running_stats(values, mask)
        last = model(normalise(values, mask, mean, deviation), mask, torch.tensor([-1]))[:, 0]
        outputs.append(last * deviation[:, -1, None, None] + mean[:, -1, None, None])
        context = torch.cat([context, outputs[-1][..., MEDIAN]], 1)
        padded = torch.cat([padded, torch.zeros_like(outputs[-1][..., MEDIAN], dtype=torch.bool)], 1)
    return torch.cat(outputs, 1)[:, :horizon]


def save_safetensors(tensors: Dict[str, Tensor], path: str) -> None:
    header, offset, bodies = {}, 0, []
    for name in sorted(tensors):
        body = tensors[name].detach().cpu().float().contiguous().numpy().tobytes()
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + len(body)]}
        offset += len(body)
        bodies.append(body)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(bodies))


def load_safetensors(path: str) -> Dict[str, Tensor]:
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        body = file.read()
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            np.frombuffer(body[entry["data_offsets"][0] : entry["data_offsets"][1]], np.float32).copy()
        ).reshape(entry["shape"])
        for name, entry in header.items()
    }


def opened(path: str) -> TimesFM:
    """The model of a file of weights, whose shapes tell its size."""
    weights = load_safetensors(path)
    width = len(weights["tokenizer.output_layer.weight"])
    shape = Shape(
        width=width,
        heads=width // len(weights["stacked_xf.0.attn.query_ln.scale"]),
        layers=sum(name.endswith("qkv_proj.weight") for name in weights),
        output_patch=len(weights["output_projection_point.output_layer.weight"]) // CHANNELS,
    )
    model = TimesFM(shape)
    model.load_state_dict(weights)
    return model.eval()
