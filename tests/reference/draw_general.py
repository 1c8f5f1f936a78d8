"""Random descriptions of every kind: dense and diagonal, all models, general truths, ridge 0 too.

Dense matrices are exactly what they are meant to be, in doubles: ranks and commuting ones are made
of small integers and of reflections I − 2vvᵀ/|v|² with |v|² a power of two, divided by powers of
two. A few are rotated at random instead; those have full rank.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from .draw import (
    Description,
    Rng,
    draw_shape,
    draw_weight,
    ensure_training,
    log_uniform,
    rounded,
)

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

REFLECTIONS = ((1, 1, 1, 1), (3, 1, 1, 1, 1, 1, 1, 1), (2, 2, 2, 1, 1, 1, 1), (2, 2, 2, 2))
"""Integer vectors, |v|² = 4 or 16."""

ODD = ("tanh", "erf", {"polynomial": [0.0, 1.0, 0.0, 0.25]}, {"polynomial": [0.0, 0.5, 0.0, -0.5]})
OTHER = ("relu", {"polynomial": [0.5, 1.0, 0.5]}, *ODD)


def draw_general(rng: Rng) -> Description:
    """One to four sources, dense three times in five, any model, ridge 0 one time in three."""
    dense = bool(rng.random() < 0.6)
    d = int(rng.integers(3, 10)) if dense else int(rng.integers(2, 31))
    count = int(rng.choice([1, 2, 3, 4], p=[0.2, 0.4, 0.25, 0.15]))
    model = str(rng.choice(["linear", "random", "orthogonal", "features"], p=[0.25, 0.3, 0.2, 0.25]))
    activation: Any = None
    if model == "features":
        alike = bool(rng.random() < 0.4)
        activation = (OTHER if alike else ODD)[int(rng.integers(6 if alike else 4))]
    if activation is not None and activation not in ODD:
        matrices = draw_alike(rng, d, count + 1, dense)
    else:
        matrices = draw_covariances(rng, d, count + 1, dense)
    sources = [draw_source(rng, d, matrix) for matrix in matrices[:count]]
    ensure_training(rng, sources)
    n = sum(s["samples"] for s in sources)
    description: Description = {
        "model": model,
        "width": draw_width(rng, model, n, d),
        "s2": None if model in ("linear", "orthogonal") or rng.random() < 0.6
        else log_uniform(rng, 1e-2, 10.0),
        "ridge": 0.0 if rng.random() < 0.35 else log_uniform(rng, 1e-10, 10.0),
        "target": draw_target(rng, matrices),
        "truth": None,
        "sources": sources,
    }  # fmt: skip
    if activation is not None:
        description["activation"] = activation
    return draw_truths(rng, description, d, dense)


def draw_width(rng: Rng, model: str, n: int, d: int) -> int | None:
    """m: on both sides of n and d, on them too."""
    if model == "linear":
        return None
    choice = rng.random()
    width = n if choice < 0.1 else d if choice < 0.2 else int(rng.integers(1, 3 * (n + d)))
    return 1 + (width - 1) % d if model == "orthogonal" else width


# Covariances


def draw_rotation(rng: Rng, d: int) -> Array:
    """A product of two exact reflections; the identity where d is too small for one."""
    rotation = np.eye(d)
    fitting = [v for v in REFLECTIONS if len(v) <= d]
    for _ in range(2 if fitting else 0):
        entries = fitting[int(rng.integers(len(fitting)))]
        v = np.zeros(d)
        v[rng.permutation(d)[: len(entries)]] = entries * rng.choice([-1, 1], len(entries))
        rotation = rotation - np.outer(rotation @ v, v) * (2 / (v @ v))
    return rotation


def draw_levels(rng: Rng, d: int) -> Array:
    """Eigenvalues of six bits, between 1/32 and 2, in some places 0."""
    levels = rng.integers(1, 64, size=d) / 32.0
    if rng.random() < 0.4:
        levels[rng.permutation(d)[: int(rng.integers(1, d))]] = 0.0
    return levels


def draw_gram(rng: Rng, d: int, rank: int) -> Array:
    """AAᵀ of a d×rank matrix of integers from −3 to 3, divided by a power of two near the rank."""
    factor = rng.integers(-3, 4, size=(d, rank)).astype(float)
    factor[0, 0] = 1.0  # not all 0
    return np.asarray(factor @ factor.T / 2.0 ** round(np.log2(4 * rank)))


def draw_turned(rng: Rng, d: int) -> Array:
    """A power law in a random basis, rounded as it comes, then made symmetric."""
    basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
    values = np.arange(1, d + 1.0) ** -rng.uniform(0, 4)
    matrix = (basis * values) @ basis.T
    return np.asarray((matrix + matrix.T) / 2)


def draw_dense(rng: Rng, d: int, rotation: Array) -> Any:
    """One covariance among dense ones: commuting with its neighbours, any, deficient, diagonal."""
    choice = rng.random()
    if choice < 0.35:
        return ((rotation * draw_levels(rng, d)) @ rotation.T).tolist()
    if choice < 0.55:
        return draw_gram(rng, d, d + 2).tolist()
    if choice < 0.7:
        return draw_gram(rng, d, int(rng.integers(1, d))).tolist()
    if choice < 0.85:
        return draw_turned(rng, d).tolist()
    return draw_levels(rng, d).tolist()


def draw_covariances(rng: Rng, d: int, count: int, dense: bool) -> list[Any]:
    """`count` covariances, at least one of them dense if asked."""
    if not dense:
        return [draw_shape(rng, d) for _ in range(count)]
    rotation = draw_rotation(rng, d)
    if rng.random() < 0.25:  # all commute
        return [((rotation * draw_levels(rng, d)) @ rotation.T).tolist() for _ in range(count)]
    others = [draw_dense(rng, d, rotation) for _ in range(count - 1)]
    return [draw_gram(rng, d, d + 2).tolist(), *others]


def draw_alike(rng: Rng, d: int, count: int, dense: bool) -> list[Any]:
    """Covariances with the same eigenvalues, so with one trace to the last bit."""
    levels = draw_levels(rng, d)
    shuffled = [rng.permutation(levels) for _ in range(count)]
    if not dense:
        return [values.tolist() for values in shuffled]
    rotations = [draw_rotation(rng, d) for _ in range(count)]
    pairs = zip(rotations, shuffled, strict=True)
    return [((rotation * values) @ rotation.T).tolist() for rotation, values in pairs]


def draw_target(rng: Rng, matrices: list[Any]) -> Any:
    """None, or a covariance of its own, perhaps outside the range of the training data."""
    return None if rng.random() < 0.5 else matrices[-1]


# Sources and truths


def draw_source(rng: Rng, d: int, covariance: Any) -> Description:
    """A source without its truth."""
    choice = rng.random()
    samples = 0 if choice < 0.07 else 1 if choice < 0.15 else int(rng.integers(1, 3 * d + 2))
    return {
        "samples": samples,
        "weight": draw_weight(rng),
        "noise": 0.0 if rng.random() < 0.1 else log_uniform(rng, 1e-3, 10.0),
        "gain": 1.0,
        "spectrum": covariance,
        "shift": None,
    }


def draw_vector(rng: Rng, d: int, outputs: int) -> Description:
    """A fixed vector, or several as columns."""
    size = (d,) if outputs == 1 else (d, outputs)
    return {"fixed": np.round(rng.standard_normal(size), 4).tolist()}


def draw_moment(rng: Rng, d: int, dense: bool) -> Any:
    """A second moment: a number, a diagonal, or a matrix of some rank."""
    choice = rng.random()
    if choice < 0.3:
        return log_uniform(rng, 1e-2, 3.0)
    if choice < (0.5 if dense else 0.8):
        return [rounded(float(x)) for x in rng.exponential(size=d)]
    return draw_gram(rng, d, int(rng.integers(1, d + 3))).tolist()


def draw_truths(rng: Rng, description: Description, d: int, dense: bool) -> Description:
    """Truth, gains and shifts, or all joint moments."""
    sources = description["sources"]
    if rng.random() < 0.15:
        return {**description, "moments": draw_joint(rng, d, len(sources) + 1, dense)}
    outputs = int(rng.choice([1, 2]))
    fixed = bool(rng.random() < 0.35)
    description["truth"] = draw_vector(rng, d, outputs) if fixed else draw_moment(rng, d, dense)
    for source in sources:
        if rng.random() < 0.3:
            source["gain"] = rounded(rng.uniform(-1, 2))
        if rng.random() < 0.65:
            own = bool(rng.random() < 0.35)
            source["shift"] = draw_vector(rng, d, outputs) if own else draw_moment(rng, d, dense)
    return description


def draw_joint(rng: Rng, d: int, count: int, dense: bool) -> list[list[Any]]:
    """Blocks L_j L_kᵀ with matrices of small integers, or their diagonal likes."""
    rank = int(rng.integers(2, d + 3))
    factors = [rng.integers(-3, 4, size=(d, rank)) / 4.0 for _ in range(count)]
    if dense or rng.random() < 0.3:
        return [[(left @ right.T).tolist() for right in factors] for left in factors]
    return [[(left * right).sum(axis=1).tolist() for right in factors] for left in factors]
