"""TimesFM 2.5 in PyTorch as the reference computes it: with a key-value cache, and the quantile head beside the point head.

    /usr/bin/python3 test/reference/timesfm_torch.py WEIGHTS [THREADS]

answers requests on standard input, one JSON object a line, with one on standard output, so that another program can time
both in turns: {"context": [[…], …], "horizon": 168} → {"seconds": …, "quantiles": [series, horizon, channels]}. Contexts have
one length, a multiple of the input patch. Like the reference, it computes both heads for all patches of a context.

Source: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_torch.py, decode(); the layers are those that
drp-mini is trained with.
"""

import json
import sys
import time
from pathlib import Path
from typing import List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2] / "training"))

from model import CHANNELS, MEDIAN, SHUT_OUT, ResidualBlock, Shape, TimesFM  # noqa: E402
from model import load_safetensors, normalise, rotate  # noqa: E402

Cache = List[Tuple[Tensor, Tensor]]


class Reference(nn.Module):
    """The training model's layers, the quantile head that it lacks, and the cache."""

    def __init__(self, path: str):
        super().__init__()
        weights = load_safetensors(path)
        width = len(weights["tokenizer.output_layer.weight"])
        head_width = len(weights["stacked_xf.0.attn.query_ln.scale"])
        self.shape = Shape(
            width=width,
            heads=len(weights["stacked_xf.0.attn.qkv_proj.weight"]) // (3 * head_width),
            layers=sum(name.endswith("qkv_proj.weight") for name in weights),
            input_patch=weights["tokenizer.hidden_layer.weight"].shape[1] // 2,
            output_patch=len(weights["output_projection_point.output_layer.weight"]) // CHANNELS,
        )
        body = TimesFM(self.shape)
        self.has_quantiles = "output_projection_quantiles.output_layer.weight" in weights
        for block in ("tokenizer", "output_projection_point", "output_projection_quantiles"):
            if f"{block}.hidden_layer.weight" in weights:
                hidden, inputs = weights[f"{block}.hidden_layer.weight"].shape
                outputs = len(weights[f"{block}.output_layer.weight"])
                bias = f"{block}.hidden_layer.bias" in weights
                setattr(body, block, ResidualBlock(inputs, hidden, outputs, bias))
        for i, layer in enumerate(body.stacked_xf):
            hidden = len(weights[f"stacked_xf.{i}.ff0.weight"])
            layer.ff0, layer.ff1 = nn.Linear(width, hidden, bias=False), nn.Linear(hidden, width, bias=False)
        body.load_state_dict(weights)
        self.body = body

    def forward(self, values: Tensor, first: int, cache: Cache) -> Tuple[Tensor, Tensor, Cache]:
        """
        values [batch, patches, input_patch] normalised; first: patches before them, which `cache` holds
        returns the point head's and the quantile head's outputs of every patch, and the cache with these patches
        """
        batch, patches, _ = values.shape
        half = torch.arange(self.shape.head_width // 2)
        angle = torch.arange(first, first + patches)[:, None, None] / 10_000.0 ** (2 * half / self.shape.head_width)
        keys = torch.arange(first + patches)
        bias = torch.where(keys[None] <= torch.arange(first, first + patches)[:, None], 0.0, SHUT_OUT)
        x = self.body.tokenizer(torch.cat([values, torch.zeros_like(values)], -1))
        kept: Cache = []
        for i, layer in enumerate(self.body.stacked_xf):
            past = cache[i] if cache else None
            attended, now = attend(layer.attn, layer.pre_attn_ln(x), angle.cos(), angle.sin(), bias, past)
            kept.append(now)
            x = x + layer.post_attn_ln(attended)
            x = x + layer.post_ff_ln(layer.ff1(F.silu(layer.ff0(layer.pre_ff_ln(x)))))
        point = self.body.output_projection_point(x).view(batch, patches, -1, CHANNELS)
        if not self.has_quantiles:
            return point, point.new_empty(0), kept
        return point, self.body.output_projection_quantiles(x).view(batch, patches, -1, CHANNELS), kept


def attend(attn, x: Tensor, cos: Tensor, sin: Tensor, bias: Tensor, past):
    """Attention of the training model over keys and values of earlier calls too."""
    batch, patches, width = x.shape
    query, key, value = (
        part.reshape(batch, patches, attn.shape.heads, attn.shape.head_width) for part in attn.qkv_proj(x).chunk(3, -1)
    )
    query = attn.per_dim_scale(attn.query_ln(rotate(query, cos, sin))).transpose(1, 2)
    key = attn.key_ln(rotate(key, cos, sin)).transpose(1, 2)
    value = value.transpose(1, 2)
    if past is not None:
        key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
    weights = torch.softmax(query @ key.transpose(2, 3) + bias, -1)
    return attn.out((weights @ value).transpose(1, 2).reshape(batch, patches, width)), (key, value)


class Statistics:
    """Mean and population deviation of a batch of series so far, patch by patch."""

    def __init__(self, batch: int):
        self.count = 0
        self.sum = torch.zeros(batch, dtype=torch.float64)
        self.squares = torch.zeros(batch, dtype=torch.float64)

    def absorb(self, patches: Tensor) -> Tuple[Tensor, Tensor]:
        """patches [batch, patches, points] → mean and deviation up to the end of each, [batch, patches]."""
        points = patches.shape[-1]
        counts = self.count + points * torch.arange(1, patches.shape[1] + 1)
        sums = self.sum[:, None] + patches.double().sum(-1).cumsum(1)
        squares = self.squares[:, None] + patches.double().square().sum(-1).cumsum(1)
        self.count, self.sum, self.squares = int(counts[-1]), sums[:, -1], squares[:, -1]
        mean = sums / counts
        return mean.float(), (squares / counts - mean.square()).clamp(min=0).sqrt().float()


@torch.no_grad()
def decode(model: Reference, context: Tensor, horizon: int) -> Tensor:
    """context [batch, points] → [batch, horizon, channels], quantiles spread as the continuous head sees them."""
    batch = len(context)
    statistics = Statistics(batch)
    outputs: List[Tensor] = []
    cache: Cache = []
    first = 0
    spread = None
    values = context.view(batch, -1, model.shape.input_patch)
    for _ in range((horizon - 1) // model.shape.output_patch + 1):
        mean, deviation = statistics.absorb(values)
        normal = normalise(values, torch.zeros_like(values, dtype=torch.bool), mean, deviation)
        point, quantiles, cache = model(normal, first, cache)
        first += values.shape[1]
        restored = lambda head: head[:, -1] * deviation[:, -1, None, None] + mean[:, -1, None, None]  # noqa: E731
        outputs.append(restored(point))
        if spread is None and model.has_quantiles:
            spread = restored(quantiles)
        values = outputs[-1][..., MEDIAN].view(batch, -1, model.shape.input_patch)
    forecast = torch.cat(outputs, 1)[:, :horizon]
    if spread is not None and forecast.shape[1] <= spread.shape[1]:
        around = spread[:, :horizon] - spread[:, :horizon, MEDIAN, None] + forecast[..., MEDIAN, None]
        others = [c for c in range(1, CHANNELS) if c != MEDIAN]
        forecast[..., others] = around[..., others]
    return forecast


def main() -> None:
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    model = Reference(sys.argv[1]).eval()
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        context = torch.tensor(request["context"], dtype=torch.float32)
        start = time.perf_counter()
        forecast = decode(model, context, request["horizon"])
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "quantiles": forecast.tolist()}), flush=True)


if __name__ == "__main__":
    main()
