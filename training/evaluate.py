"""Scores weights on real hourly series, beside two baselines; no series of it is trained on.

    python3 evaluate.py MODEL.safetensors FOLDER [--context 1024]

FOLDER is searched for `timestamp,value` files (.csv.gz), an hour a row. Twelve weekly origins n − 168·k, k = 12 … 1; missing
hours take the value of a week earlier; forecasts are clipped at 0 where the history has no negative value. WQL is the mean over
the nine levels of 2·Σ pinball / Σ|y|, pooled over origins. Series with a mean under .05 an hour are left out.
"""

import argparse
import csv
import glob
import gzip
import os

import numpy as np
import torch

from model import LEVELS, TimesFM, decode, opened

WEEK, ORIGINS = 168, 12
LATE = slice(128, 168)
# Weights and settings are chosen on these; the rest reports what the choice is worth.
CHOSEN_ON = ("app_server_requests", "govuk_deploys")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--context", type=int, default=1024)
    arguments = parser.parse_args()
    model = opened(arguments.model)
    print("WQL; ratio to seasonal naive; to the 4-week mean; the same two in hours 129-168; 80 % coverage; in hours 129-168")
    table = {}
    for path in sorted(glob.glob(os.path.join(arguments.folder, "**", "*.csv.gz"), recursive=True)):
        values = hourly(path)
        if values is None or values.mean() < 0.05:
            continue
        table[os.path.relpath(path, arguments.folder)] = scores(model, values, arguments.context)
    for name, row in table.items():
        print(f"{name:52} " + "  ".join(f"{value:.4f}" for value in row))
    groups = {
        "chosen on": [row for name, row in table.items() if name.startswith(CHOSEN_ON)],
        "reported": [row for name, row in table.items() if not name.startswith(CHOSEN_ON)],
        "all": list(table.values()),
    }
    for name, rows in groups.items():
        print(f"{'geometric mean, ' + name:52} " + "  ".join(f"{v:.4f}" for v in np.exp(np.nanmean(np.log(rows), 0))))


def hourly(path: str):
    with gzip.open(path, "rt", encoding="utf8") as file:
        rows = list(csv.reader(file))
    if rows[0] != ["timestamp", "value"] or len(rows) <= 20 * WEEK:
        return None
    values = np.array([float(value) if value else np.nan for _, value in rows[1:]])
    for t in np.flatnonzero(np.isnan(values)):
        values[t] = values[t - WEEK] if t >= WEEK else 0.0
    return values


def scores(model: TimesFM, values: np.ndarray, context: int):
    origins = [len(values) - WEEK * k for k in range(ORIGINS, 0, -1)]
    actual = np.stack([values[origin : origin + WEEK] for origin in origins])
    patch = model.shape.input_patch
    context = min(context, origins[0] // patch * patch)  # the same at every origin of a short series
    contexts = torch.from_numpy(np.stack([values[origin - context : origin] for origin in origins])).float()
    forecast = decode(model, contexts, torch.zeros_like(contexts, dtype=torch.bool), WEEK).numpy()[..., 1:]
    if (values >= 0).all():
        forecast = forecast.clip(min=0)
    naive = np.stack([seasonal_naive(values[:origin]) for origin in origins])
    mean = np.stack([hour_of_week_mean(values[:origin], 4) for origin in origins])
    own = wql(actual, forecast)
    late_ratios = (np.nan, np.nan)
    if actual[:, LATE].mean() >= 0.05:  # where those hours are a weekend without a deploy, all-zero scores best
        late_ratios = (
            wql(actual[:, LATE], forecast[:, LATE]) / wql(actual[:, LATE], other[:, LATE]) for other in (naive, mean)
        )
    inside = (actual >= forecast[..., 0]) & (actual <= forecast[..., -1])
    return (own, own / wql(actual, naive), own / wql(actual, mean), *late_ratios, inside.mean(), inside[:, LATE].mean())


def wql(actual: np.ndarray, quantiles: np.ndarray) -> float:
    """actual [origins, hours], quantiles [origins, hours, levels]"""
    error = actual[..., None] - quantiles
    levels = np.array(LEVELS)
    return float(2 * np.maximum(levels * error, (levels - 1) * error).sum() / len(levels) / np.abs(actual).sum())


def seasonal_naive(history: np.ndarray) -> np.ndarray:
    """Last week plus the quantiles of the last eight weekly differences. [hours, levels]"""
    weeks = history[-9 * WEEK :].reshape(9, WEEK)
    return positive(history, weeks[-1][:, None] + np.quantile(np.diff(weeks, axis=0), LEVELS)[None])


def hour_of_week_mean(history: np.ndarray, weeks: int) -> np.ndarray:
    """Mean of the hour over the last weeks plus the quantiles of all residuals, scaled for the degree lost. [hours, levels]"""
    window = history[-weeks * WEEK :].reshape(weeks, WEEK)
    residuals = (window - window.mean(0)) * np.sqrt(weeks / (weeks - 1))
    return positive(history, window.mean(0)[:, None] + np.quantile(residuals, LEVELS)[None])


def positive(history: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    return quantiles.clip(min=0) if (history >= 0).all() else quantiles


if __name__ == "__main__":
    main()
