"""Synthetic series of the kind that operations teams count by the hour. numpy alone; every family returns
[series, points]. Nothing here is fitted to, or copied from, a real series: shapes and ranges are wide priors.

`generate(count, points, seed)` is what training uses; the families follow it.
"""

import numpy as np
from numpy.random import Generator

DAY_GRID = 96  # points of a daily template
SERIES_PER_DRAW = 128  # one family and one period per draw: vectorised over its series


def generate(count: int, points: int, seed: int) -> np.ndarray:
    """`count` series of unit deviation, float32 [count, points]; the zero of counts stays zero."""
    random = np.random.default_rng(seed)
    weights = np.array([weight for _, weight in FAMILIES])
    drawn, total = [], 0
    while total < count:
        family = FAMILIES[random.choice(len(FAMILIES), p=weights / weights.sum())][0]
        x = np.nan_to_num(np.asarray(family(random, SERIES_PER_DRAW, points)), posinf=0, neginf=0)
        x = with_gaps(random, x)
        deviation = x.std(1, keepdims=True)
        useful = deviation[:, 0] > 1e-7 * (np.abs(x).mean(1) + 1e-9)
        drawn.append(np.clip(x[useful] / deviation[useful], -1e4, 1e4).astype(np.float32))
        total += len(drawn[-1])
    return np.concatenate(drawn)[:count]


# ---- draws -----------------------------------------------------------------------------------------------------------


def log_uniform(random: Generator, low: float, high: float, size) -> np.ndarray:
    return np.exp(random.uniform(np.log(low), np.log(high), size))


def sometimes(random: Generator, chance: float, values: np.ndarray, otherwise: float = 0.0) -> np.ndarray:
    """Each series (axis 0) takes its value with `chance`."""
    keep = random.random(len(values)) < chance
    return np.where(keep.reshape(-1, *[1] * (values.ndim - 1)), values, otherwise)


def autoregression(random: Generator, count: int, points: int, phi: np.ndarray, heavy: np.ndarray) -> np.ndarray:
    """AR(1) of unit variance; Student-t innovations where `heavy`. [count, points]"""
    noise = random.standard_normal((points, count)).astype(np.float32)
    if heavy.any():
        noise[:, heavy] = np.clip(random.standard_t(2.5, (points, int(heavy.sum()))) / 1.8, -15, 15)
    noise *= np.sqrt(1 - phi**2)[None]
    for t in range(1, points):
        noise[t] += phi * noise[t - 1]
    return noise.T


def coloured_noise(random: Generator, count: int, points: int, exponent: np.ndarray) -> np.ndarray:
    """1/f^exponent noise of unit variance, cut out of twice its length so that it does not close on itself."""
    frequency = np.fft.rfftfreq(2 * points)
    frequency[0] = frequency[1]
    shape = (count, len(frequency))
    spectrum = random.standard_normal(shape) + 1j * random.standard_normal(shape)
    x = np.fft.irfft(spectrum * frequency[None] ** (-exponent[:, None] / 2), axis=1)[:, :points]
    x -= x.mean(1, keepdims=True)
    return (x / (x.std(1, keepdims=True) + 1e-9)).astype(np.float32)


# ---- the rate of an operational series: day × week × calendar × level × events ----------------------------------------


def bump(hours: np.ndarray, centre: np.ndarray, width: np.ndarray) -> np.ndarray:
    """A Gaussian around `centre` on the 24-hour circle."""
    distance = np.abs(hours - centre) % 24
    return np.exp(-0.5 * (np.minimum(distance, 24 - distance) / width) ** 2)


def day_templates(random: Generator, count: int) -> np.ndarray:
    """Daily curves of mean 1: harmonics, bumps, working hours, single-hour jobs, roughness. [count, DAY_GRID]"""
    hours = (np.arange(DAY_GRID) / DAY_GRID * 24)[None]
    column = (count, 1)
    order = np.arange(1, 7)
    amplitude = random.standard_normal((count, 6)) / order ** random.uniform(0.5, 2, column)
    phase = random.uniform(0, 2 * np.pi, (count, 6))
    waves = np.cos(2 * np.pi * order[None, :, None] * hours[:, None] / 24 + phase[:, :, None])
    harmonics = (amplitude[:, :, None] * waves).sum(1)
    harmonics /= np.abs(harmonics).max(1, keepdims=True) + 1e-9
    x = sometimes(random, 0.5, np.exp(harmonics * random.uniform(0.1, 1.6, column)))

    bumps = np.zeros((count, DAY_GRID))
    for chance in (0.8, 0.6, 0.4, 0.3):
        height = random.gamma(1.0, 2.0, column)
        one = height * bump(hours, random.uniform(0, 24, column), log_uniform(random, 0.4, 5, column))
        bumps += sometimes(random, chance, one)
    x += sometimes(random, 0.6, bumps)

    start, length, ramp = random.uniform(0, 24, column), random.uniform(5, 15, column), log_uniform(random, 0.2, 3, column)
    into = (hours - start) % 24
    plateau = 1 / (1 + np.exp(-(into - 2 * ramp) / ramp)) / (1 + np.exp((into - length) / ramp))
    lunch = 1 - sometimes(random, 0.4, random.uniform(0, 0.5, column)) * np.exp(-0.5 * ((into - length / 2) / 0.8) ** 2)
    x += sometimes(random, 0.4, plateau * lunch * random.uniform(0.5, 3, column))

    for _ in range(2):
        job = (np.floor(hours) == random.integers(0, 24, column)) * random.gamma(1, 2, column)
        x += sometimes(random, 0.1, job)
    rough = np.repeat(random.standard_normal((count, 24)), DAY_GRID // 24, 1)
    x *= sometimes(random, 0.3, np.exp(rough * random.uniform(0.02, 0.4, column)), 1.0)
    x += log_uniform(random, 0.005, 1.0, column)
    return x / x.mean(1, keepdims=True)


def commuter_templates(random: Generator, count: int):
    """Two rush hours on working days, one broad afternoon on free days; both [count, DAY_GRID] of mean about 1."""
    hours = (np.arange(DAY_GRID) / DAY_GRID * 24)[None]
    column = (count, 1)
    zone = random.uniform(0, 24, column)  # series come in any time zone
    morning, evening = zone + random.uniform(6.5, 9.5, column), zone + random.uniform(16, 19, column)
    night = log_uniform(random, 0.02, 0.3, column)
    daytime = random.uniform(0.1, 0.8, column) * bump(hours, zone + 13, random.uniform(3, 5, column))
    working = (
        night
        + daytime
        + random.uniform(0.5, 1.5, column) * bump(hours, morning, random.uniform(0.6, 1.6, column))
        + random.uniform(0.5, 1.8, column) * bump(hours, evening, random.uniform(0.8, 2.2, column))
    )
    late = sometimes(random, 0.5, random.uniform(0, 1, column)) * bump(hours, zone + random.uniform(22, 26, column), 2.0)
    free = night + late + bump(hours, zone + random.uniform(13, 16, column), random.uniform(2.5, 4.5, column))
    return working / working.mean(1, keepdims=True), free / free.mean(1, keepdims=True)


def holidays(random: Generator, count: int, days: int) -> np.ndarray:
    """Single days off, long weekends, and closed weeks at a year's turn. [count, days] bool"""
    single = random.random((count, days)) < sometimes(random, 0.5, random.uniform(0.005, 0.04, count))[:, None]
    single |= np.roll(single, 1, 1) & (random.random((count, days)) < 0.3)
    first = random.integers(0, days, count)
    length = random.integers(3, 15, count)
    chosen = random.random(count) < 0.12
    since = np.arange(days)[None] - first[:, None]
    closed = chosen[:, None] & (since >= 0) & (since < length[:, None])
    return single | closed


def weekly_rate(random: Generator, count: int, points: int, per_day: int) -> np.ndarray:
    """A positive rate of mean about 1 with `per_day` points a day and weeks of seven days. [count, points]"""
    days = points // per_day + 3
    templates = np.stack([day_templates(random, count) for _ in range(3)], 1)  # working, free, later
    commuter = random.random(count) < 0.15
    working, free = commuter_templates(random, count)
    templates[commuter, 0], templates[commuter, 1] = working[commuter], free[commuter]

    kind = random.choice(3, count, p=[0.2, 0.65, 0.15])  # no week, working days and weekend, seven different days
    kind[commuter] = 1
    weekday = (np.arange(days)[None] + random.integers(0, 7, (count, 1))) % 7
    weekend_days = np.where(random.random(count) < 0.85, 2, 1)[:, None]
    free_day = (kind == 1)[:, None] & (weekday >= 7 - weekend_days)
    day_off = holidays(random, count, days)
    free_shape = np.where(random.random(count) < 0.5, random.random(count), random.random(count) * 0.2)
    free_shape = np.where(commuter, random.uniform(0.7, 1, count), free_shape)[:, None]
    free_level = np.where(random.random(count) < 0.8, random.uniform(0.03, 1, count), random.uniform(1, 1.8, count))
    free_level = np.where(commuter, random.uniform(0.4, 1.1, count), free_level)[:, None]

    spread = np.select([kind == 2, kind == 1], [0.35, random.choice([0.02, 0.08, 0.2], count)], 0.0)
    day_levels = np.exp(random.standard_normal((count, 7)) * spread[:, None])
    level = np.take_along_axis(day_levels, weekday, 1) * np.where(free_day, free_level, 1.0)
    mix = np.where(free_day, free_shape, 0.0)
    mix = np.where((kind == 2)[:, None], np.take_along_axis(random.random((count, 7)), weekday, 1), mix)
    level = np.where(day_off, np.where((kind == 1)[:, None], free_level, random.uniform(0.1, 1.4, (count, days))), level)
    mix = np.where(day_off & (kind == 1)[:, None], free_shape, mix)

    wander = sometimes(random, 0.75, log_uniform(random, 0.01, 0.35, count))[:, None]  # weather, mood of the day
    no_tails = np.zeros(count, bool)
    level = level * np.exp(wander * autoregression(random, count, days, random.uniform(0, 0.85, count), no_tails))
    later = sometimes(random, 0.3, random.uniform(0, 1, count))[:, None] * np.linspace(0, 1, days)[None]

    time = np.arange(points)[None] + random.integers(0, per_day, (count, 1))
    day, at = time // per_day, time % per_day * DAY_GRID // per_day
    row = np.arange(count)[:, None]
    free_part, later_part = mix[row, day], later[row, day]
    shape = (1 - free_part) * ((1 - later_part) * templates[row, 0, at] + later_part * templates[row, 2, at])
    return ((shape + free_part * templates[row, 1, at]) * level[row, day]).astype(np.float32)


def level_path(random: Generator, count: int, points: int) -> np.ndarray:
    """Trend, drift, slow waves, jumps, starts and ends. Positive, [count, points]"""
    time = np.linspace(0, 1, points)[None]
    log = sometimes(random, 0.4, random.standard_normal(count) * 0.5)[:, None] * time
    drift = sometimes(random, 0.5, log_uniform(random, 0.02, 0.4, count))[:, None]
    log = log + drift * coloured_noise(random, count, points, random.uniform(1.5, 3, count))
    wave = np.cos(2 * np.pi * (time * points / log_uniform(random, 1500, 12_000, (count, 1)) + random.random((count, 1))))
    log += sometimes(random, 0.3, random.uniform(0, 0.5, count))[:, None] * wave
    for _ in range(2):
        jump = sometimes(random, 0.15, random.standard_normal(count) * 0.6)[:, None]
        log += jump * (time > random.random((count, 1)))
    level = np.exp(np.clip(log, -4, 4))
    before = sometimes(random, 0.03, random.uniform(0, 0.6, count))[:, None]  # a service that begins within the window
    return np.where(time < before, 0.0, level).astype(np.float32)


def with_events(random: Generator, rate: np.ndarray) -> np.ndarray:
    """Spikes with after-effects, and outages."""
    count, points = rate.shape
    chance = sometimes(random, 0.35, log_uniform(random, 1e-4, 1e-2, count))[:, None]
    sign = np.where(random.random((count, 1)) < 0.8, 1, -0.4)
    effect = np.where(random.random((count, points)) < chance, random.gamma(1, 1.5, (count, points)) * sign, 0)
    decay = sometimes(random, 0.5, random.uniform(0.3, 0.98, count))
    for t in range(1, points):
        effect[:, t] += decay * effect[:, t - 1]
    rate = rate * np.maximum(1 + np.clip(effect, -1, 12), 0)
    for i in np.flatnonzero(random.random(count) < 0.06):
        for _ in range(random.integers(1, 3)):
            start, length = random.integers(0, points), int(log_uniform(random, 1, 40, None))
            rate[i, start : start + length] *= random.choice([0.0, 0.05, 0.3])
    return rate


def observed(random: Generator, rate: np.ndarray, per_day: int) -> np.ndarray:
    """What is measured of a rate: noise, counts (Poisson, overdispersed, in batches), an offset, a cap, or a percentage."""
    count, points = rate.shape
    noise = log_uniform(random, 0.005, 0.35, (count, 1))
    # noise that is itself quieter or louder at times
    noise = noise * np.exp(sometimes(random, 0.2, random.uniform(0.2, 0.8, count))[:, None]
                           * coloured_noise(random, count, points, np.full(count, 2.0)))
    heavy = random.random(count) < 0.15
    phi = sometimes(random, 0.7, random.uniform(0, 0.97, count))
    x = rate * np.exp(np.clip(noise * autoregression(random, count, points, phi, heavy), -4, 4))

    counts = random.random(count) < 0.35
    if counts.any():
        some = int(counts.sum())
        mean = log_uniform(random, 0.015, 60, (some, 1))
        expected = x[counts] / (x[counts].mean(1, keepdims=True) + 1e-9) * mean
        for every, chance in ((1, 0.45), (per_day, 0.4)):  # overdispersion of the hour and of the day
            dispersion = sometimes(random, chance, log_uniform(random, 0.1, 4, (some, 1)))
            shape = np.maximum(dispersion, 0.1)
            mixed = np.repeat(random.gamma(1 / shape, 1, (some, points // every + 1)) * shape, every, 1)[:, :points]
            expected = expected * np.where(dispersion > 0, mixed, 1)
        size = 1 + sometimes(random, 0.25, random.gamma(1, 2, (some, 1)))  # mean of a batch, which is geometric
        batches = random.poisson(np.minimum(expected / size, 1e6))
        x[counts] = batches + np.where(batches > 0, random.negative_binomial(np.maximum(batches, 1), 1 / size), 0)

    offset = ~counts & (random.random(count) < 0.35)
    if offset.any():
        deviation, some = x[offset].std(1, keepdims=True), int(offset.sum())
        x[offset] += deviation * log_uniform(random, 0.01, 0.5, (some, 1)) * random.standard_normal((some, points))
        x[offset] += deviation * random.uniform(-3, 8, (some, 1))
    capped = random.random(count) < 0.05
    if capped.any():
        x[capped] = np.minimum(x[capped], np.quantile(x[capped], random.uniform(0.7, 0.97), axis=1, keepdims=True))
    percent = ~counts & (random.random(count) < 0.04)
    if percent.any():
        z = x[percent] - x[percent].mean(1, keepdims=True)
        x[percent] = 100 / (1 + np.exp(-1.5 * z / (z.std(1, keepdims=True) + 1e-9)))
    return x


# ---- families --------------------------------------------------------------------------------------------------------


def operational(random: Generator, count: int, points: int) -> np.ndarray:
    """Traffic, requests, deploys, jobs: hourly for the most part, some finer."""
    per_day = int(random.choice([24, 48, 96, 12, 288], p=[0.84, 0.06, 0.05, 0.03, 0.02]))
    rate = weekly_rate(random, count, points, per_day) * level_path(random, count, points)
    return observed(random, with_events(random, rate), per_day)


def sparse(random: Generator, count: int, points: int) -> np.ndarray:
    """Rare counts like incidents, some self-exciting (Hawkes 1971, Biometrika 58(1)), some with sizes."""
    rate = weekly_rate(random, count, points, 24) * level_path(random, count, points)
    rate = np.minimum(rate / (rate.mean(1, keepdims=True) + 1e-9), 30) * log_uniform(random, 0.004, 0.6, (count, 1))
    branching = sometimes(random, 0.5, random.uniform(0, 0.7, count))
    decay = random.uniform(0.3, 0.97, count)
    x = np.zeros((count, points), np.float32)
    excitement = np.zeros(count)
    for t in range(points):
        x[:, t] = random.poisson(np.minimum(rate[:, t] + excitement, 50))
        excitement = (excitement + branching * (1 - decay) / decay * x[:, t]) * decay
    sized = random.random(count) < 0.2
    some = int(sized.sum())
    x[sized] *= log_uniform(random, 1, 100, (some, 1)) * np.exp(random.standard_normal((some, points)) * 0.7)
    return x


def periodic(random: Generator, count: int, points: int) -> np.ndarray:
    """One or two additive periods of any length, trend and noise."""
    time = np.arange(points)[None]
    column = (count, 1)
    x = np.zeros((count, points))
    for chance in (1.0, 0.5):
        period = random.choice([7, 12, 24, 24, 30, 48, 52, 60, 96, 168, 168, 288], column)
        period = np.where(random.random(column) < 0.6, period, log_uniform(random, 4, 500, column))
        if random.random() < 0.5:
            wave = sum(
                random.standard_normal(column) / order ** random.uniform(0.5, 2)
                * np.cos(2 * np.pi * (order * time / period + random.random(column)))
                for order in range(1, 5)
            )
        else:
            at = (time % period / period * np.minimum(period, 500)).astype(int)
            wave = np.take_along_axis(random.standard_normal((count, 512)), at, 1)
        x += sometimes(random, chance, wave * log_uniform(random, 0.3, 3, column))
    x += sometimes(random, 0.5, random.standard_normal(column) * 3) * time / points
    drift = sometimes(random, 0.5, log_uniform(random, 0.1, 3, column))
    x += drift * coloured_noise(random, count, points, random.uniform(1, 3, count))
    heavy = random.random(count) < 0.2
    x += log_uniform(random, 0.01, 2, column) * autoregression(random, count, points, random.uniform(0, 0.95, count), heavy)
    positive = random.random(count) < 0.3
    x[positive] = np.exp(np.clip(x[positive] / (x[positive].std(1, keepdims=True) + 1e-9), -3, 3))
    return x


def random_walk(random: Generator, count: int, points: int) -> np.ndarray:
    """Coloured noise and autoregressions up to near a unit root."""
    heavy = random.random(count) < 0.2
    walk = autoregression(random, count, points, 1 - log_uniform(random, 0.002, 0.8, count), heavy)
    coloured = coloured_noise(random, count, points, random.uniform(0.3, 2.4, count))
    x = np.where(random.random((count, 1)) < 0.4, coloured, walk)
    x = x + sometimes(random, 0.5, log_uniform(random, 0.01, 1, (count, 1))) * random.standard_normal((count, points))
    positive = random.random(count) < 0.3
    x[positive] = np.exp(x[positive] * random.uniform(0.2, 1))
    return x


def switching(random: Generator, count: int, points: int) -> np.ndarray:
    """Machines that go to and fro between a few levels, with noise, spikes and a job every few hours."""
    column = (count, 1)
    stay = log_uniform(random, 4, 400, column)
    change = random.random((count, points)) < 1 / stay
    levels = random.gamma(1.5, 1, (count, 4))
    state = np.where(change, random.integers(0, random.integers(2, 5, column), (count, points)), 0)
    last = np.maximum.accumulate(np.where(change, np.arange(points)[None], 0), 1)
    x = np.take_along_axis(levels, np.take_along_axis(state, last, 1), 1)
    x += log_uniform(random, 0.01, 0.6, column) * autoregression(
        random, count, points, random.uniform(0, 0.9, count), random.random(count) < 0.3)
    every = random.choice([3, 4, 6, 8, 12, 24, 24, 24, 48], column)
    job = (np.arange(points)[None] + random.integers(0, 48, column)) % every == 0
    x += sometimes(random, 0.5, random.gamma(1, 1, column)) * job
    spikes = random.random((count, points)) < sometimes(random, 0.4, log_uniform(random, 1e-3, 2e-2, column))
    return np.maximum(x + spikes * random.gamma(1, 2, (count, points)), 0)


FAMILIES = ((operational, 0.70), (sparse, 0.12), (periodic, 0.08), (random_walk, 0.06), (switching, 0.04))


def with_gaps(random: Generator, x: np.ndarray) -> np.ndarray:
    """Missing stretches, filled by a line as the product fills them."""
    count, points = x.shape
    x = x.astype(np.float32)
    for i in np.flatnonzero(random.random(count) < 0.05):
        for _ in range(random.integers(1, 5)):
            length = int(log_uniform(random, 1, 48, None))
            start = random.integers(1, points - length - 1)
            ends = [x[i, start - 1], x[i, start + length]]
            x[i, start : start + length] = np.interp(np.arange(length), [-1, length], ends)
    return x
