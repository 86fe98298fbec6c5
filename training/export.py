"""Writes weights as a model folder of the product: model.safetensors, config.json and golden.json.

    python3 export.py WEIGHTS.safetensors FOLDER [--context 1024]

golden.json holds the SHA-256 of the weights, synthetic histories and what PyTorch forecasts from them, flags as the product sets them: clipped at 0 where
the history has no negative value, quantiles kept from crossing. The product's tests hold its ONNX path to it.
"""

import argparse
import hashlib
import json
import os

import numpy as np
import torch

from generate import generate
from model import CHANNELS, LEVELS, MEDIAN, TimesFM, decode, opened, save_safetensors

HORIZON = 168
GOLDEN_SEED = 2**31 + 1
GOLDEN_LENGTHS = (1024, 700, 168, 40)  # whole, cut to patches with padding, one week, barely over a patch
TOLERANCE = 2e-5  # of the history's largest value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("folder")
    parser.add_argument("--context", type=int, default=1024, help="the context recommended to users, in hours")
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    model = opened(arguments.weights)
    weights = os.path.join(arguments.folder, "model.safetensors")
    save_safetensors(model.state_dict(), weights)
    with open(weights, "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    for name, text in (
        ("config.json", json.dumps(config_of(model, arguments.context), indent=1)),
        ("golden.json", json.dumps({"weights_sha256": sha256, **golden_of(model)}, separators=(",", ":"))),
    ):
        with open(os.path.join(arguments.folder, name), "w", encoding="utf8") as file:
            file.write(text + "\n")


def config_of(model: TimesFM, context: int) -> dict:
    """Field names of the reference's definition: google-research/timesfm@3dae50b src/timesfm/timesfm_2p5/timesfm_2p5_base.py."""
    shape = model.shape
    block = {"hidden_dims": shape.width, "activation": "swish"}
    return {
        "model_type": "timesfm-2.5-definition",
        "name": "drp-mini",
        "num_params": sum(p.numel() for p in model.parameters()),
        "context_limit": 16384,
        "recommended_context": context,
        "input_patch_len": shape.input_patch,
        "output_patch_len": shape.output_patch,
        "output_quantile_len": 0,
        "quantiles": list(LEVELS),
        "decode_index": MEDIAN,
        "tokenizer": {**block, "input_dims": 2 * shape.input_patch, "output_dims": shape.width, "use_bias": True},
        "stacked_transformers": {
            "num_layers": shape.layers,
            "transformer": {
                "model_dims": shape.width,
                "hidden_dims": shape.width,
                "num_heads": shape.heads,
                "attention_norm": "rms",
                "feedforward_norm": "rms",
                "qk_norm": "rms",
                "use_bias": False,
                "use_rotary_position_embeddings": True,
                "ff_activation": "swish",
                "fuse_qkv": True,
            },
        },
        "output_projection_point": {
            **block,
            "input_dims": shape.width,
            "output_dims": shape.output_patch * CHANNELS,
            "use_bias": False,
        },
    }


def golden_of(model: TimesFM) -> dict:
    cases = []
    series = generate(len(GOLDEN_LENGTHS), max(GOLDEN_LENGTHS), GOLDEN_SEED)
    for values, length in zip(series, GOLDEN_LENGTHS):
        history = [round(float(value), 4) for value in values[-length:]]
        forecast = product_forecast(model, np.array(history))
        cases.append(
            {
                "history": history,
                "mean": [round(float(value), 6) for value in forecast[:, 0]],
                "quantiles": [[round(float(value), 6) for value in row] for row in forecast[:, 1:]],
            }
        )
    return {"made": {"by": "training/export.py", "source": f"torch {torch.__version__}"}, "tolerance": TOLERANCE, "cases": cases}


def product_forecast(model: TimesFM, history: np.ndarray) -> np.ndarray:
    """[HORIZON, channels]"""
    padding = -len(history) % model.shape.input_patch
    context = torch.from_numpy(np.concatenate([np.zeros(padding), history])).float()[None]
    padded = (torch.arange(context.shape[1]) < padding)[None]
    forecast = decode(model, context, padded, HORIZON)[0].numpy()
    for channel in range(MEDIAN - 1, 0, -1):
        forecast[:, channel] = np.minimum(forecast[:, channel], forecast[:, channel + 1])
    for channel in range(MEDIAN + 1, CHANNELS):
        forecast[:, channel] = np.maximum(forecast[:, channel], forecast[:, channel - 1])
    return forecast.clip(min=0) if (history >= 0).all() else forecast


if __name__ == "__main__":
    main()
