"""Trains drp-mini on synthetic series. Seeded; a run that was cut off goes on from its checkpoint with the same command.

    python3 train.py --out DIR --steps N [--until M] [--init model.safetensors] [--seed 1]

DIR gets `checkpoint.pt` every two minutes, `train.log`, and at the end, or after step M, `model.safetensors`.
"""

import argparse
import math
import multiprocessing
import os
import tempfile
import time
from collections import deque
from typing import Dict, List, Tuple

import numpy as np
import torch
import torch.distributed as distributed
import torch.nn.functional as F

from generate import generate
from model import CHANNELS, LEVELS, Shape, TimesFM, load_safetensors, normalise, running_stats, save_safetensors

CHUNK = 1024  # series that are generated together
POOL = 12  # chunks that batches are drawn from
STEPS_PER_CHUNK = 48  # a fresh chunk replaces the oldest
VALIDATION_SEED = 2**31
WARM_UP_STEPS = 100
ROWS = 16  # patches of a step's series that are scored: what follows neighbours overlaps, and the head is half the cost
SHORT_PATCHES, SHORT_CHANCE = 16, 0.25  # contexts under 512 hours are scored at a quarter of the chance
WEEK = 168
SCALED_ERROR_FLOOR = 0.03
CHECKPOINT_SECONDS = 120


def main() -> None:
    arguments = parsed_arguments()
    os.makedirs(arguments.out, exist_ok=True)
    if arguments.workers == 1:
        return train(0, arguments, "")
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(train, (arguments, f"file://{folder}/meeting"), arguments.workers)


def train(rank: int, arguments: argparse.Namespace, meeting: str) -> None:
    """One of the workers, each with series and threads of its own, all with the same weights after every step."""
    if arguments.workers > 1:
        torch.set_num_threads(max(1, os.cpu_count() // arguments.workers))
        distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=arguments.workers)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(arguments.seed)
    shape = Shape(arguments.width, arguments.heads, arguments.layers, output_patch=arguments.output_patch)
    model = TimesFM(shape).to(device)
    if arguments.init:
        model.load_state_dict(widened(load_safetensors(arguments.init), shape))
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "stacked_xf" in name]
    in_muon = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in in_muon]
    muon = Muon(matrices)
    adam = torch.optim.AdamW(
        [
            {"params": [p for p in others if p.ndim == 2], "weight_decay": 0.05},
            {"params": [p for p in others if p.ndim < 2], "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
    )

    path = os.path.join(arguments.out, "checkpoint.pt")
    step = 0
    if os.path.exists(path):
        saved = torch.load(path, map_location=device)
        model.load_state_dict(saved["model"])
        adam.load_state_dict(saved["adam"])
        muon.momentum = saved["muon"]
        step = saved["step"]

    points = arguments.patches * shape.input_patch + shape.output_patch
    pool = Pool(arguments.seed * arguments.workers + rank, points, step)
    validation = generate(arguments.validation, points, VALIDATION_SEED)
    started = saved_at = time.monotonic()
    first, losses = step, deque(maxlen=200)
    last = min(arguments.steps, arguments.until or arguments.steps)
    while step < last:
        if step % STEPS_PER_CHUNK == 0 and step > first:
            pool.refresh()
        # straight to zero: Bergsma et al. (2025), "Straight to Zero", ICLR
        rate = min(1.0, (step + 1) / WARM_UP_STEPS) * (1 - step / arguments.steps)
        for group in adam.param_groups:
            group["lr"] = arguments.adam_rate * rate
        random = np.random.default_rng((arguments.seed, step, rank))
        series, padded = pool.batch(random, arguments.batch)
        rows = torch.from_numpy(scored_patches(random, arguments.patches))
        loss = objective(model, series.to(device), padded.to(device), rows.to(device), arguments.bfloat16)
        model.zero_grad(set_to_none=True)
        loss.backward()
        average([p.grad for p in model.parameters()])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        muon.step(arguments.muon_rate * rate)
        losses.append(float(loss.detach()))
        step += 1
        if rank == 0 and (step == last or time.monotonic() - saved_at > CHECKPOINT_SECONDS):
            saved_at = time.monotonic()
            state = {"model": model.state_dict(), "adam": adam.state_dict(), "muon": muon.momentum, "step": step}
            torch.save(state, path + ".part")
            os.replace(path + ".part", path)
            report = (
                f"step {step} of {arguments.steps}: training {np.mean(losses):.4f}, "
                f"validation {validate(model, validation, arguments):.4f}, "
                f"{(step - first) * arguments.workers * arguments.batch * arguments.patches / (saved_at - started):.0f} patches/s"
            )
            print(report, flush=True)
            with open(os.path.join(arguments.out, "train.log"), "a", encoding="utf8") as log:
                log.write(report + "\n")
    pool.close()
    if rank == 0:
        save_safetensors(model.state_dict(), os.path.join(arguments.out, "model.safetensors"))


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--until", type=int, help="stop here; the same command without it goes on")
    parser.add_argument("--init", help="weights to start from; its head may forecast fewer hours")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=64, help="series of a worker's step")
    parser.add_argument("--workers", type=int, default=1, help="processes that share each step: one a core is fastest")
    parser.add_argument("--patches", type=int, default=64, help="input patches of a series: 64 are 2,048 hours")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--output-patch", type=int, default=192)
    parser.add_argument("--adam-rate", type=float, default=1e-3)
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--validation", type=int, default=256, help="series of the validation loss")
    parser.add_argument("--bfloat16", action="store_true", help="matrix products in bfloat16, where the processor has it")
    return parser.parse_args()


def widened(weights: Dict[str, torch.Tensor], shape: Shape) -> Dict[str, torch.Tensor]:
    """Grows the head of other weights to more hours: a new hour begins as the one a day before it."""
    for name in ("output_layer", "residual_layer"):
        key = f"output_projection_point.{name}.weight"
        head = weights[key].view(-1, CHANNELS, weights[key].shape[1])  # [hours, channels, width]
        while len(head) < shape.output_patch:
            head = torch.cat([head, head[-24:][: shape.output_patch - len(head)]])
        weights[key] = head.reshape(-1, head.shape[2]).contiguous()
    return weights


def scored_patches(random: np.random.Generator, patches: int) -> np.ndarray:
    chance = np.where(np.arange(patches) < SHORT_PATCHES, SHORT_CHANCE, 1.0)
    return random.choice(patches, min(ROWS, patches), replace=False, p=chance / chance.sum())


# ---- data ------------------------------------------------------------------------------------------------------------


def produce(queue, seed: int, points: int, chunk: int) -> None:
    os.nice(5)
    while True:
        queue.put(generate(CHUNK, points, seed * 1_000_000 + chunk))
        chunk += 1


class Pool:
    """The latest chunks, the same at every step of a seed whether or not the run was cut off before it."""

    def __init__(self, seed: int, points: int, step: int):
        self.queue = multiprocessing.Queue(2)
        oldest = step // STEPS_PER_CHUNK
        self.producer = multiprocessing.Process(target=produce, args=(self.queue, seed, points, oldest), daemon=True)
        self.producer.start()
        self.chunks = deque((self.queue.get() for _ in range(POOL)), maxlen=POOL)

    def refresh(self) -> None:
        self.chunks.append(self.queue.get())

    def batch(self, random: np.random.Generator, count: int):
        """Series float32 [count, points] and their padding; some mixed of two, upside down, or padded by part of a patch."""

        def draw() -> np.ndarray:
            return np.stack([self.chunks[random.integers(POOL)][random.integers(CHUNK)] for _ in range(count)])

        x, other = draw(), draw()
        share = random.uniform(0.3, 0.95, (count, 1))
        x = np.where(random.random((count, 1)) < 0.15, share * x + (1 - share) * other, x)
        x = np.where(random.random((count, 1)) < 0.06, -x, x).astype(np.float32)
        padding = np.where(random.random(count) < 0.3, random.integers(1, 32, count), 0)
        padded = np.arange(x.shape[1])[None] < padding[:, None]
        return torch.from_numpy(x), torch.from_numpy(padded)

    def close(self) -> None:
        self.producer.terminate()


# ---- loss ------------------------------------------------------------------------------------------------------------


class Pinball(torch.autograd.Function):
    """Weighted mean of twice the pinball loss; the gradient is made in the forward pass, which halves its memory.

    forecast [batch, patches, hours, levels], target [batch, patches, hours], weight [batch, patches]
    """

    @staticmethod
    def forward(context, forecast, target, weight):
        levels = torch.tensor(LEVELS, device=forecast.device)
        error = target[..., None] - forecast
        slope = torch.sign(error) + (2 * levels - 1)
        loss = ((slope * error).mean((-1, -2)) * weight).sum()
        context.save_for_backward(slope.mul_(-weight[..., None, None] / (forecast.shape[-2] * forecast.shape[-1])))
        return loss

    @staticmethod
    def backward(context, gradient):
        return context.saved_tensors[0] * gradient, None, None


def objective(model: TimesFM, series, padded, rows, bfloat16: bool, pinball_only: bool = False):
    """Mean over the patches `rows` of the loss of what follows each, in units of the deviation known at its end.

    Series that a week foretells well have small losses. In training they count as much as noisy ones: the loss is divided
    by the error of seasonal naive within what is known, as in the mean absolute scaled error (Hyndman & Koehler 2006).
    """
    patch, hours = model.shape.input_patch, model.shape.output_patch
    patches = (series.shape[1] - hours) // patch
    values = series[:, : patches * patch].reshape(len(series), patches, patch)
    mask = padded[:, : patches * patch].reshape(values.shape)
    mean, deviation = running_stats(values, mask)
    with torch.autocast(series.device.type, torch.bfloat16, enabled=bfloat16):
        forecast = model(normalise(values, mask, mean, deviation), mask, rows)
    mean, deviation = mean[:, rows], deviation[:, rows]
    following = series[:, patch:].unfold(1, hours, patch)[:, rows]  # [batch, rows, hours]
    target = (following - mean[..., None]) / deviation.clamp(min=1e-6)[..., None]
    # A forecast from under a week knows no week: it counts less. Constant starts have no scale: they do not count.
    weight = (deviation > 1e-4) * (rows / 6).clamp(max=1.0)
    if pinball_only:
        return Pinball.apply(forecast[..., 1:], target.clamp(-8, 8), weight / weight.sum())
    weight = weight / (SCALED_ERROR_FLOOR + seasonal_error(series, patch * (rows + 1), deviation))
    weight = weight / weight.sum()
    pinball = Pinball.apply(forecast[..., 1:], target.clamp(-8, 8), weight)
    squared = F.smooth_l1_loss(forecast[..., 0], target.clamp(-12, 12), reduction="none", beta=4.0).mean(-1)
    return pinball + 0.15 * (squared * weight).sum()


def seasonal_error(series, ends, deviation):
    """Mean absolute change from a week before up to each of `ends`, in deviations; 1 under two weeks. [batch, ends]"""
    change = F.pad((series[:, WEEK:] - series[:, :-WEEK]).abs(), (WEEK, 0))
    mean = change.double().cumsum(1)[:, ends - 1] / (ends - WEEK).clamp(min=1)
    return torch.where(ends > 2 * WEEK, mean.float() / deviation.clamp(min=1e-6), torch.ones_like(deviation))


@torch.no_grad()
def validate(model: TimesFM, series: np.ndarray, arguments: argparse.Namespace) -> float:
    device = next(model.parameters()).device
    rows = torch.arange(3, arguments.patches, 4, device=device)
    losses = []
    for part in torch.from_numpy(series).to(device).split(arguments.batch):
        padded = torch.zeros_like(part, dtype=torch.bool)
        losses.append(float(objective(model, part, padded, rows, arguments.bfloat16, pinball_only=True)))
    return float(np.mean(losses))


# ---- workers ---------------------------------------------------------------------------------------------------------


def standing() -> Tuple[int, int]:
    """The number of workers and this one's rank."""
    return (distributed.get_world_size(), distributed.get_rank()) if distributed.is_initialized() else (1, 0)


def average(tensors: List[torch.Tensor]) -> None:
    """Replaces each tensor by its mean over the workers."""
    workers, _ = standing()
    if workers == 1:
        return
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    distributed.all_reduce(flat)
    flat /= workers
    for tensor, mean in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(mean.view_as(tensor))


# ---- optimiser -------------------------------------------------------------------------------------------------------


class Muon:
    """Momentum, made orthogonal by five Newton-Schulz steps, for the matrices of the transformer.

    Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks". The fused query, key and value
    matrix is three.
    """

    def __init__(self, matrices, momentum: float = 0.95, weight_decay: float = 0.02):
        self.matrices, self.decay, self.weight_decay = matrices, momentum, weight_decay
        self.momentum = [torch.zeros_like(p) for p in matrices]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        workers, rank = standing()
        updates = []
        for i, (parameter, momentum) in enumerate(zip(self.matrices, self.momentum)):
            momentum.lerp_(parameter.grad, 1 - self.decay)
            if i % workers == rank:
                update = parameter.grad.lerp(momentum, self.decay).view(-1, parameter.shape[1], parameter.shape[1])
                updates.append(orthogonal(update).view_as(parameter) * workers)
            else:
                updates.append(torch.zeros_like(parameter))
        average(updates)
        for parameter, update in zip(self.matrices, updates):
            parameter.mul_(1 - rate * self.weight_decay)
            parameter.add_(update, alpha=-rate * 0.2 * math.sqrt(parameter.shape[1]))


def orthogonal(x):
    """[matrices, n, n] → near orthogonal, by the quintic iteration of Muon."""
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


if __name__ == "__main__":
    main()
