"""Random descriptions at and near thresholds: ties, split supports, vanishing terms, ridge 0.

What every formulation finds hard: n = m, n = r, m = r (r the rank of the data), ties inside a part,
sources of unlike covariances whose eigenvalues fall off fast, features that are nearly linear or
not linear at all, and terms that are exactly 0.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from .draw import Description, Rng, draw_blocks, log_uniform, rounded
from .draw_general import Array, draw_levels, draw_rotation

LINEAR_SCALES = (1e-4, 1e-8)
"""Entry variances at which tanh is nearly a line."""


def draw_threshold(rng: Rng) -> Description:
    """One of the families below."""
    chances = {
        draw_tie: 0.2,
        draw_split: 0.15,
        draw_overlap: 0.15,
        draw_decaying: 0.2,
        draw_features: 0.1,
        draw_degenerate: 0.1,
        draw_turned: 0.1,
    }
    chosen = rng.choice(len(chances), p=list(chances.values()))
    return list(chances)[int(chosen)](rng)


def draw_ridge(rng: Rng) -> float:
    """0, or from 1e−22 to 1e−8."""
    return 0.0 if rng.random() < 0.6 else log_uniform(rng, 1e-22, 1e-8)


def draw_parts(rng: Rng, total: int, count: int) -> list[int]:
    """Positive integers of a given sum."""
    cuts = sorted(int(c) for c in rng.choice(total - 1, size=count - 1, replace=False) + 1)
    return [b - a for a, b in pairwise([0, *cuts, total])]


def plain_source(rng: Rng, samples: int, spectrum: Any, shifted: bool) -> Description:
    """A source with noise; a third of the shifts come with a gain."""
    return {
        "samples": samples,
        "weight": 1.0 if rng.random() < 0.6 else log_uniform(rng, 1e-2, 1e2),
        "noise": log_uniform(rng, 1e-3, 10.0),
        "gain": rounded(rng.uniform(-1, 2)) if shifted and rng.random() < 0.33 else 1.0,
        "spectrum": spectrum,
        "shift": log_uniform(rng, 1e-2, 3.0) if shifted else None,
    }


def describe(rng: Rng, sources: list[Description], model: str, width: int | None) -> Description:
    """A description with a random truth and ridge; one target in four is isotropic."""
    d = len(sources[0]["spectrum"])
    return {
        "model": model,
        "width": width,
        "s2": None,
        "ridge": draw_ridge(rng),
        "target": 1.0 if rng.random() < 0.25 else None,
        "truth": [rounded(float(x)) for x in rng.exponential(size=d)],
        "sources": sources,
    }


# Families


def draw_tie(rng: Rng) -> Description:
    """n = m, n = r, m = r or all three, one covariance or several on one support."""
    d, spare = int(rng.integers(4, 16)), int(rng.integers(0, 4))
    count = int(rng.integers(1, 4))
    spectra = [(rng.integers(1, 64, size=d) / 32).tolist() + [0.0] * spare for _ in range(count)]
    if rng.random() < 0.5:
        spectra = [spectra[0]] * count
    model = str(rng.choice(["linear", "random", "orthogonal"], p=[0.25, 0.45, 0.3]))
    tie = str(rng.choice(["n=m", "n=r", "m=r", "n=m=r"]))
    other = int(rng.integers(count, 3 * d))
    n = d if tie in ("n=r", "n=m=r") else max(other, count)
    width: int | None = {"n=m": n, "n=r": other, "m=r": d, "n=m=r": d}[tie]
    if model == "orthogonal":
        width = min(width or 1, d + spare)
    elif model == "linear":
        width = None
    parts = draw_parts(rng, n, count)
    sources = [
        plain_source(rng, samples, spectrum, k > 0)
        for k, (samples, spectrum) in enumerate(zip(parts, spectra, strict=True))
    ]
    return describe(rng, sources, model, width)


def draw_split(rng: Rng) -> Description:
    """Sources on blocks of coordinates, each with about as many samples as its block."""
    d = int(rng.integers(4, 20))
    spectra = draw_blocks(rng, d)
    sources = [
        plain_source(rng, near(rng, sum(v > 0 for v in spectrum)), spectrum, k > 0)
        for k, spectrum in enumerate(spectra)
    ]
    n = sum(s["samples"] for s in sources)
    model = str(rng.choice(["linear", "random", "orthogonal"], p=[0.5, 0.3, 0.2]))
    width = {"linear": None, "random": int(rng.integers(d, 4 * d)), "orthogonal": d}[model]
    if model != "linear" and rng.random() < 0.4:
        width = min(n, d)
    description = describe(rng, sources, model, width)
    return {**description, "target": 1.0} if rng.random() < 0.5 else description


def near(rng: Rng, block: int) -> int:
    """A number of samples: exactly the block's size more often than not."""
    return block if rng.random() < 0.6 else max(1, block + int(rng.integers(-3, 4)))


def draw_overlap(rng: Rng) -> Description:
    """Two or three sources that fill a block of coordinates together, and one that goes beyond.

    The first have as many samples in all as the block has coordinates, or nearly.
    """
    block, rest, count = (int(rng.integers(a, b)) for a, b in ((3, 10), (1, 5), (2, 4)))
    spectra = []
    for _ in range(count):
        inside = rng.integers(1, 64, size=block) / 32
        if rng.random() < 0.4:
            inside[rng.permutation(block)[: int(rng.integers(1, block))]] = 0.0
        spectra.append([*inside.tolist(), *([0.0] * rest)])
    inside = rng.integers(1, 64, size=block) / 32 * (rng.random() < 0.5)
    spectra.append([*inside.tolist(), *(rng.integers(1, 64, size=rest) / 32).tolist()])
    parts = [*draw_parts(rng, max(count, near(rng, block)), count), near(rng, rest)]
    sources = [
        plain_source(rng, samples, spectrum, k > 0)
        for k, (samples, spectrum) in enumerate(zip(parts, spectra, strict=True))
    ]
    model = str(rng.choice(["linear", "random", "orthogonal"], p=[0.6, 0.2, 0.2]))
    d = block + rest
    width = {"linear": None, "random": int(rng.integers(d, 3 * d)), "orthogonal": d - 1}[model]
    return describe(rng, sources, model, width)


def draw_decaying(rng: Rng) -> Description:
    """Two to four unlike diagonal covariances, eigenvalues falling fast, some of them 0."""
    d, count = int(rng.integers(6, 31)), int(rng.integers(2, 5))
    spectra = []
    for _ in range(count):
        j = np.arange(d)
        values = np.exp(-rng.uniform(0.1, 1.5) * j) if rng.random() < 0.5 else (j + 1.0) ** -8
        values = np.roll(values, int(rng.integers(d)))
        if rng.random() < 0.5:
            values[rng.permutation(d)[: int(rng.integers(1, d))]] = 0.0
        spectra.append([rounded(float(v)) for v in values])
    sources = [
        plain_source(rng, int(rng.integers(1, d + 3)), spectrum, k > 0) for k, spectrum in enumerate(spectra)
    ]
    n = sum(s["samples"] for s in sources)
    model = str(rng.choice(["linear", "random", "orthogonal"], p=[0.4, 0.35, 0.25]))
    width = int(rng.integers(1, d + 1)) if model == "orthogonal" else int(rng.integers(1, 2 * n))
    return describe(rng, sources, model, None if model == "linear" else width)


def draw_features(rng: Rng) -> Description:
    """Features near n = m; nearly linear, or with no linear part at all."""
    d, count = int(rng.integers(4, 16)), int(rng.integers(1, 4))
    levels = draw_levels(rng, d)
    spectra = [rng.permutation(levels).tolist() for _ in range(count)]
    parts = draw_parts(rng, max(count, int(rng.integers(2, 3 * d))), count)
    sources = [
        plain_source(rng, samples, spectrum, k > 0)
        for k, (samples, spectrum) in enumerate(zip(parts, spectra, strict=True))
    ]
    n = sum(parts)
    width = max(1, n + int(rng.integers(-1, 2))) if rng.random() < 0.6 else int(rng.integers(1, 50))
    description = {**describe(rng, sources, "features", width), "target": None}
    choice = rng.random()
    if choice < 0.3:  # even: nothing of it is linear
        return {**description, "activation": {"polynomial": [0.0, 0.0, 1.0]}}
    if choice < 0.6:
        scale = float(rng.choice(LINEAR_SCALES))
        return {**description, "activation": "tanh", "s2": scale}
    return {**description, "activation": ["relu", "erf", "tanh"][int(rng.integers(3))]}


def draw_degenerate(rng: Rng) -> Description:
    """A tie, or a single sample, whose noise, shift or truth is 0."""
    description = draw_tie(rng) if rng.random() < 0.7 else draw_decaying(rng)
    sources = description["sources"]
    choice = rng.random()
    if choice < 0.4:
        for source in sources:
            source["noise"] = 0.0
    elif choice < 0.7:
        for source in sources:
            source.update(shift=None, gain=1.0)
    else:
        description["sources"] = [{**sources[0], "samples": 1}]
    return description


def draw_turned(rng: Rng) -> Description:
    """A tie in coordinates in which nothing is diagonal: all matrices turned by one rotation."""
    description = draw_tie(rng) if rng.random() < 0.5 else draw_overlap(rng)
    sources = description["sources"]
    d = len(sources[0]["spectrum"])
    if d > 9:
        return draw_turned(rng)
    rotation = draw_rotation(rng, d)
    for source in sources:
        source["spectrum"] = ((rotation * np.array(source["spectrum"])) @ rotation.T).tolist()
    return {**description, "truth": log_uniform(rng, 1e-2, 3.0)}


def draw_subspaces(rng: Rng) -> Description:
    """Dense covariances that do not commute, on one subspace or on several in general position.

    Their samples together, or each by itself, are as many as their dimensions.
    """
    d, count = int(rng.integers(3, 8)), int(rng.integers(1, 4))
    common = bool(rng.random() < 0.5)
    matrices = draw_deficient(rng, d, count, common)
    ranks = [max(1, int(np.linalg.matrix_rank(matrix))) for matrix in matrices]
    if common and rng.random() < 0.6:
        parts = draw_parts(rng, max(count, near(rng, ranks[0])), count)
    else:
        parts = [near(rng, rank) for rank in ranks]
    sources = [
        plain_source(rng, samples, matrix.tolist(), k > 0)
        for k, (samples, matrix) in enumerate(zip(parts, matrices, strict=True))
        if matrix.any()
    ]
    if not sources:
        return draw_subspaces(rng)
    model = str(rng.choice(["linear", "random", "orthogonal"], p=[0.5, 0.25, 0.25]))
    n, rank = sum(s["samples"] for s in sources), max(ranks)
    width = min(d, [n, rank, d - 1, d][int(rng.integers(4))])
    return describe(rng, sources, model, None if model == "linear" else max(1, width))


def draw_deficient(rng: Rng, d: int, count: int, common: bool) -> list[Array]:
    """Matrices of multiples of 1/32, each on the range of a frame of small integers."""

    def frame() -> Array:
        return rng.integers(-2, 3, size=(d, int(rng.integers(1, d + 1)))).astype(float)

    shared, matrices = frame(), []
    for _ in range(count):
        vectors = shared if common else frame()
        size = vectors.shape[1]
        factor = vectors @ (rng.integers(-2, 3, size=(size, size)) + 3 * np.eye(size))
        matrices.append(factor @ factor.T / 32)
    return matrices
