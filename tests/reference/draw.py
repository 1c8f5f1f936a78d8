"""Random problem descriptions, in the format of `reference.master`.

Every number is an int or a float, rounded to six significant digits, so that a description
survives a round trip through JSON exactly and equal eigenvalues stay equal.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Description = dict[str, Any]
Rng = np.random.Generator


def draw_problem(rng: Rng, hard: bool = False) -> Description:
    """A random problem with one to four sources; `hard` widens the ridges and adds split ties."""
    d = draw_dimension(rng)
    spectra = draw_blocks(rng, d) if hard and rng.random() < 0.35 else draw_spectra(rng, d)
    sources = [draw_source(rng, spectrum) for spectrum in spectra]
    ensure_training(rng, sources)
    if rng.random() < (0.6 if hard else 0.3):
        force_tie(rng, sources, d)
    n = sum(s["samples"] for s in sources)
    return {
        **draw_model(rng, n, d),
        "ridge": log_uniform(rng, *((1e-22, 1e3) if hard else (1e-10, 10.0))),
        "multiplicity": None,
        "target": draw_target(rng, spectra, d),
        "truth": draw_truth(rng, d),
        "sources": sources,
    }


def rounded(value: float) -> float:
    """A float of six significant digits."""
    return float(f"{value:.6g}")


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """A float whose logarithm is uniform."""
    return rounded(float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def log_integer(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, roughly uniform in its logarithm."""
    return min(high, int(np.exp(rng.uniform(np.log(low), np.log(high + 1)))))


def draw_dimension(rng: Rng) -> int:
    """Mostly up to 60, sometimes 200."""
    choice = rng.random()
    if choice < 0.03:
        return 200
    return log_integer(rng, 1, 60) if choice < 0.5 else int(rng.integers(2, 61))


# Spectra


def draw_shape(rng: Rng, d: int) -> list[float]:
    """One spectrum: power law, isotropic, exponential or a few levels; perhaps zeros, an order."""
    j = np.arange(1, d + 1, dtype=float)
    kind = rng.choice(["power", "isotropic", "exponential", "levels"], p=[0.45, 0.15, 0.2, 0.2])
    if kind == "power":
        values = j ** -rng.uniform(0, 4)
    elif kind == "isotropic":
        values = np.ones(d)
    elif kind == "exponential":
        values = np.exp(-log_uniform(rng, 0.01, 1.0) * (j - 1))
    else:
        levels = 10 ** rng.uniform(-5, 1, size=3)
        values = rng.choice(levels, size=d)
    if rng.random() < 0.2:
        values = values * zero_block(rng, d)
    values = values * log_uniform(rng, 0.2, 5.0)
    return [rounded(float(v)) for v in reorder(rng, values)]


def zero_block(rng: Rng, d: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Ones, with a block of zeros that leaves at least one of them."""
    mask = np.ones(d)
    length = int(rng.integers(0, d))
    start = int(rng.integers(0, d - length + 1))
    mask[start : start + length] = 0
    return mask


def reorder(rng: Rng, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The same values as they are, rolled, or permuted."""
    choice = rng.random()
    if choice < 0.5:
        return values
    return np.roll(values, int(rng.integers(len(values)))) if choice < 0.8 else rng.permutation(values)


def draw_spectra(rng: Rng, d: int) -> list[list[float]]:
    """Spectra of one to four sources: all the same, one reordered per source, or unrelated."""
    count = int(rng.choice([1, 2, 3, 4], p=[0.2, 0.4, 0.25, 0.15]))
    first, relation = draw_shape(rng, d), rng.random()
    if relation < 0.3:
        return [list(first) for _ in range(count)]
    if relation < 0.6:
        others = [reorder(rng, np.array(first)) for _ in range(count - 1)]
        return [first, *([float(v) for v in values] for values in others)]
    return [first, *(draw_shape(rng, d) for _ in range(count - 1))]


def draw_blocks(rng: Rng, d: int) -> list[list[float]]:
    """Spectra whose supports are blocks of coordinates, disjoint or overlapping by a few."""
    count = min(d, int(rng.integers(2, 5)))
    cuts = rng.choice(d - 1, size=count - 1, replace=False) + 1 if d > 1 else np.zeros(0, int)
    edges = [0, *sorted(int(c) for c in cuts), d]
    overlap = 0 if rng.random() < 0.6 else int(rng.integers(1, 4))
    flat = rng.random() < 0.5
    spectra = []
    for start, stop in pairwise(edges):
        shape = [1.0] * d if flat else [max(v, 1e-6) for v in draw_shape(rng, d)]
        spectra.append([v if start <= i < stop + overlap else 0.0 for i, v in enumerate(shape)])
    return spectra


# Sources, target, truth, model


def draw_source(rng: Rng, spectrum: list[float]) -> Description:
    """One source with the given spectrum."""
    d = len(spectrum)
    return {
        "samples": 0 if rng.random() < 0.06 else log_integer(rng, 1, 400 if d > 20 else 12 * d + 20),
        "weight": draw_weight(rng),
        "noise": 0.0 if rng.random() < 0.15 else log_uniform(rng, 1e-3, 10.0),
        "gain": 1.0 if rng.random() < 0.8 else rounded(rng.uniform(-1, 2)),
        "spectrum": spectrum,
        "shift": draw_shift(rng, d),
    }


def draw_weight(rng: Rng) -> float:
    """One, log-uniform, or zero."""
    choice = rng.random()
    if choice < 0.06:
        return 0.0
    return 1.0 if choice < 0.5 else log_uniform(rng, 1e-2, 1e2)


def draw_shift(rng: Rng, d: int) -> Any:
    """None, an isotropic shift (one number), or one with random entries."""
    choice, size = rng.random(), log_uniform(rng, 1e-2, 3.0) / d
    if choice < 0.35:
        return None
    return rounded(size) if choice < 0.65 else [rounded(size * x) for x in rng.exponential(size=d)]


def draw_truth(rng: Rng, d: int) -> Any:
    """Γ: isotropic (one number), with random entries, or a power law."""
    choice = rng.random()
    if choice < 0.5:
        return [rounded(1 / d)] * d if d == 1 else rounded(1 / d)
    if choice < 0.8:
        return [rounded(x / d) for x in rng.exponential(size=d)]
    exponent = rng.uniform(0, 3)
    return [rounded(float(j) ** -exponent) for j in range(1, d + 1)]


def draw_target(rng: Rng, spectra: list[list[float]], d: int) -> Any:
    """None for the first source's covariance, another source's, isotropic, or unrelated."""
    choice = rng.random()
    if choice < 0.6:
        return None
    if choice < 0.75:
        return list(spectra[-1])
    return 1.0 if choice < 0.85 else draw_shape(rng, d)


def draw_model(rng: Rng, n: int, d: int) -> Description:
    """Linear, or a random projection whose width may tie with n or d."""
    if rng.random() < 0.4:
        return {"model": "linear", "width": None, "s2": None}
    choice = rng.random()
    width = n if choice < 0.12 else d if choice < 0.24 else log_integer(rng, 1, 2000)
    s2 = None if rng.random() < 0.7 else log_uniform(rng, 1e-3, 1e2)
    return {"model": "random", "width": width, "s2": s2}


def ensure_training(rng: Rng, sources: list[Description]) -> None:
    """Let at least one source have samples and a weight."""
    if not any(s["samples"] > 0 and s["weight"] > 0 for s in sources):
        sources[0].update(samples=log_integer(rng, 1, 100), weight=1.0)


def force_tie(rng: Rng, sources: list[Description], d: int) -> None:
    """Give sources exactly as many samples as their rank, or make the total d."""
    if rng.random() < 0.6:
        for s in sources:
            if s["samples"] > 0 and rng.random() < 0.7:
                s["samples"] = sum(v > 0 for v in s["spectrum"])
    else:
        others = sum(s["samples"] for s in sources[1:])
        if others < d:
            sources[0].update(samples=d - others, weight=sources[0]["weight"] or 1.0)
