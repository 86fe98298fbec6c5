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
VALIDATION_SEED = 2**31
WARM_UP_STEPS = 100
SHORT_PATCHES, SHORT_CHANCE = 16, 0.25  # contexts under 512 hours are scored at a quarter of the chance
LONG_PATCHES, LONG_CHANCE = 64, 0.5  # and those over 2,048 hours at half of it
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
    torch.set_float32_matmul_precision("high")  # TF32 where there is no --bfloat16
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
    pool = Pool(arguments.seed * arguments.workers + rank, points, step, device, arguments)
    validation = generate(arguments.validation, points, VALIDATION_SEED)
    forecaster = torch.compile(model) if arguments.compile else model
    started = saved_at = time.monotonic()
    first, losses = step, deque(maxlen=200)
    last = min(arguments.steps, arguments.until or arguments.steps)
    while step < last:
        pool.reach(step)
        # straight to zero: Bergsma et al. (2025), "Straight to Zero", ICLR
        rate = min(1.0, (step + 1) / WARM_UP_STEPS) * (1 - step / arguments.steps)
        for group in adam.param_groups:
            group["lr"] = arguments.adam_rate * rate
        random = np.random.default_rng((arguments.seed, step, rank))
        series, padded = pool.batch(random, arguments.batch)
        rows = torch.from_numpy(scored_patches(random, arguments.patches, arguments.rows)).to(device)
        model.zero_grad(set_to_none=True)
        loss = torch.zeros((), device=device)
        at_once = arguments.at_once or arguments.batch
        for part, part_padded in zip(series.split(at_once), padded.split(at_once)):
            share = objective(forecaster, part, part_padded, rows, arguments.bfloat16) * (len(part) / len(series))
            share.backward()
            loss += share.detach()
        average([p.grad for p in model.parameters()])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        muon.step(arguments.muon_rate * rate)
        losses.append(loss)  # read when it is reported: to read it waits for the device
        step += 1
        if rank == 0 and (step == last or time.monotonic() - saved_at > CHECKPOINT_SECONDS):
            saved_at = time.monotonic()
            state = {"model": model.state_dict(), "adam": adam.state_dict(), "muon": muon.momentum, "step": step}
            torch.save(state, path + ".part")
            os.replace(path + ".part", path)
            report = (
                f"step {step} of {arguments.steps}: training {torch.stack(list(losses)).mean():.4f}, "
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
    parser.add_argument("--at-once", type=int, help="of those, whose gradients are made together; all unless given")
    parser.add_argument("--workers", type=int, default=1, help="processes that share each step: one a core is fastest")
    parser.add_argument("--patches", type=int, default=64, help="input patches of a series: 64 are 2,048 hours")
    parser.add_argument("--rows", type=int, default=16, help="patches of each series that are scored: neighbours overlap")
    parser.add_argument("--pool", type=int, default=12, help=f"chunks of {CHUNK} series that batches are drawn from")
    parser.add_argument("--reuse", type=float, default=1.5, help="times that a series is drawn before it is replaced")
    parser.add_argument("--producers", type=int, default=1, help="a worker's processes that generate series")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--output-patch", type=int, default=192)
    parser.add_argument("--adam-rate", type=float, default=1e-3)
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--validation", type=int, default=256, help="series of the validation loss")
    parser.add_argument("--bfloat16", action="store_true", help="matrix products in bfloat16, where the processor has it")
    parser.add_argument("--compile", action="store_true", help="fuse operations, with PyTorch 2: half the time on a GPU")
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


def scored_patches(random: np.random.Generator, patches: int, count: int) -> np.ndarray:
    """What follows neighbours overlaps, and the head is half the cost: `count` of the patches are scored."""
    index = np.arange(patches)
    chance = np.where(index < SHORT_PATCHES, SHORT_CHANCE, np.where(index < LONG_PATCHES, 1.0, LONG_CHANCE))
    return random.choice(patches, min(count, patches), replace=False, p=chance / chance.sum())


# ---- data ------------------------------------------------------------------------------------------------------------


def produce(queue, seed: int, points: int, chunk: int, stride: int) -> None:
    os.nice(5)
    while True:
        queue.put(generate(CHUNK, points, seed * 1_000_000 + chunk))
        chunk += stride


class Pool:
    """The latest chunks, on the device, the same at every step of a seed whether or not the run was cut off before it."""

    def __init__(self, seed: int, points: int, step: int, device: torch.device, arguments: argparse.Namespace):
        self.batches_per_chunk = arguments.reuse * CHUNK / arguments.batch
        self.series = torch.empty(arguments.pool, CHUNK, points, device=device)  # chunk c lies at c % pool
        self.next = oldest = int(step / self.batches_per_chunk)
        self.queues = [multiprocessing.Queue(2) for _ in range(arguments.producers)]
        self.producers = []
        for chunk in range(oldest, oldest + arguments.producers):
            work = (self.queues[chunk % arguments.producers], seed, points, chunk, arguments.producers)
            self.producers.append(multiprocessing.Process(target=produce, args=work, daemon=True))
            self.producers[-1].start()
        self.reach(step)

    def reach(self, step: int) -> None:
        """Waits for the chunks of a step."""
        while self.next < int(step / self.batches_per_chunk) + len(self.series):
            chunk = self.queues[self.next % len(self.queues)].get()
            self.series[self.next % len(self.series)] = torch.from_numpy(chunk)
            self.next += 1

    def batch(self, random: np.random.Generator, count: int):
        """Series [count, points] and their padding; some mixed of two, upside down, or padded by part of a patch."""
        device, points = self.series.device, self.series.shape[2]

        def on_device(values: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(values).to(device)

        def draw() -> torch.Tensor:
            return self.series.view(-1, points)[on_device(random.integers(len(self.series) * CHUNK, size=count))]

        x, other = draw(), draw()
        share = np.where(random.random((count, 1)) < 0.15, random.uniform(0.3, 0.95, (count, 1)), 1.0)
        sign = np.where(random.random((count, 1)) < 0.06, -1.0, 1.0)
        x = on_device((sign * share).astype(np.float32)) * x + on_device((sign * (1 - share)).astype(np.float32)) * other
        padding = np.where(random.random(count) < 0.3, random.integers(1, 32, count), 0)
        return x, torch.arange(points, device=device) < on_device(padding)[:, None]

    def close(self) -> None:
        for producer in self.producers:
            producer.terminate()


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
    """Momentum, made orthogonal by five Newton-Schulz steps, for the matrices of the transformer, which are square.

    Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks". The fused query, key and value
    matrix is three.
    """

    def __init__(self, matrices, momentum: float = 0.95, weight_decay: float = 0.02):
        self.matrices, self.decay, self.weight_decay = matrices, momentum, weight_decay
        self.momentum = [torch.zeros_like(p) for p in matrices]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        workers, rank = standing()
        width = self.matrices[0].shape[1]
        squares = []
        for parameter, momentum in zip(self.matrices, self.momentum):
            momentum.lerp_(parameter.grad, 1 - self.decay)
            squares.append(parameter.grad.lerp(momentum, self.decay).view(-1, width, width))
        updates = torch.cat(squares)
        done = torch.zeros_like(updates)
        done[rank::workers] = orthogonal(updates[rank::workers]) * workers
        average([done])
        for parameter, update in zip(self.matrices, done.split([len(square) for square in squares])):
            parameter.mul_(1 - rate * self.weight_decay)
            parameter.add_(update.reshape(parameter.shape), alpha=-rate * 0.2 * math.sqrt(width))


def orthogonal(x):
    """[matrices, n, n] → near orthogonal, by the quintic iteration of Muon."""
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


if __name__ == "__main__":
    main()
