"""Random descriptions of every kind: dense and diagonal, all models, general truths, ridge 0 too.

Dense matrices are exactly what they are meant to be, in doubles: ranks and commuting ones are made
of small integers and of reflections I − 2vvᵀ/|v|² with |v|² a power of two, divided by powers of
two. A few are rotated at random instead; those have full rank.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from .draw import Description, Rng, draw_shape, draw_weight, ensure_training, log_uniform, rounded

Array: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

REFLECTIONS = ((1, 1, 1, 1), (3, 1, 1, 1, 1, 1, 1, 1), (2, 2, 2, 1, 1, 1, 1), (2, 2, 2, 2))
"""Integer vectors, |v|² = 4 or 16."""

ODD = ("tanh", "erf", {"polynomial": [0.0, 1.0, 0.0, 0.25]}, {"polynomial": [0.0, 0.5, 0.0, -0.5]})
OTHER = ("relu", {"polynomial": [0.5, 1.0, 0.5]})


def draw_general(rng: Rng) -> Description:
    """One to four sources, dense three times in five, any model, ridge 0 one time in three."""
    dense = bool(rng.random() < 0.6)
    values = draw_size(rng, dense)
    multiplicity = None if dense or rng.random() < 0.7 else draw_multiplicity(rng, values)
    d = values if multiplicity is None else sum(multiplicity)
    count = int(rng.choice([1, 2, 3, 4], p=[0.2, 0.4, 0.25, 0.15]))
    model = str(rng.choice(["linear", "random", "orthogonal", "features"], p=[0.25, 0.3, 0.2, 0.25]))
    activation = draw_activation(rng, multiplicity is None) if model == "features" else None
    alike = activation is not None and activation not in ODD
    draw_matrices = draw_alike if alike else draw_covariances
    matrices = draw_matrices(rng, values, count + 1, dense)
    sources = [draw_source(rng, int(d), matrix) for matrix in matrices[:count]]
    ensure_training(rng, sources)
    n = sum(s["samples"] for s in sources)
    own_variance = model in ("random", "features") and rng.random() < 0.4
    description: Description = {
        "model": model,
        "width": draw_width(rng, model, n, int(d)),
        "s2": log_uniform(rng, 1e-2, 10.0) if own_variance else None,
        "ridge": 0.0 if rng.random() < 0.35 else log_uniform(rng, 1e-10, 10.0),
        "multiplicity": multiplicity,
        "target": draw_target(rng, matrices),
        "truth": None,
        "sources": sources,
    }
    if activation is not None:
        description["activation"] = activation
    description = draw_truths(rng, description, values, dense)
    exponent = int(rng.integers(-70, 71)) if rng.random() < 0.15 else 0
    return rescaled(description, 2.0**exponent)


def draw_size(rng: Rng, dense: bool) -> int:
    """d, or the number of distinct eigenvalues."""
    if not dense:
        return int(rng.integers(2, 31))
    return 14 if rng.random() < 0.04 else int(rng.integers(3, 10))


def draw_multiplicity(rng: Rng, size: int) -> list[float]:
    """How often each eigenvalue occurs: integers, or any numbers."""
    if rng.random() < 0.5:
        return [float(x) for x in rng.integers(1, 6, size=size)]
    return [rounded(float(x)) for x in rng.uniform(0.5, 20.0, size=size)]


def draw_activation(rng: Rng, any_mean: bool) -> Any:
    """An odd one, or where all traces can be made equal any one."""
    if any_mean and rng.random() < 0.4:
        return OTHER[int(rng.integers(len(OTHER)))]
    return ODD[int(rng.integers(len(ODD)))]


def draw_width(rng: Rng, model: str, n: int, d: int) -> int | None:
    """m: on both sides of n and d, on them too."""
    if model == "linear":
        return None
    choice = rng.random()
    width = n if choice < 0.1 else d if choice < 0.2 else int(rng.integers(1, 3 * (n + d)))
    return 1 + (width - 1) % d if model == "orthogonal" else width


def rescaled(description: Description, factor: float) -> Description:
    """All covariances, the ridge and the noise times a power of two; no digit changes."""

    def times(value: Any) -> Any:
        return None if value is None else (np.asarray(value, float) * factor).tolist()

    sources = [
        {**s, "spectrum": times(s["spectrum"]), "noise": times(s["noise"])} for s in description["sources"]
    ]
    scaled = {**description, "target": times(description["target"]), "sources": sources}
    if description["model"] == "features":  # s² Σ keeps its size, and so does the kernel
        s2 = description["s2"]
        return {**scaled, "s2": None if s2 is None else s2 / factor}
    return {**scaled, "ridge": description["ridge"] * factor}


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


def draw_moment(rng: Rng, d: int, dense: bool, plain: bool) -> Any:
    """A second moment: a number, a diagonal, or (unless plain) a matrix of some rank."""
    choice = rng.random()
    if choice < 0.3:
        return log_uniform(rng, 1e-2, 3.0)
    if plain or choice < (0.5 if dense else 0.8):
        return [rounded(float(x)) for x in rng.exponential(size=d)]
    return draw_gram(rng, d, int(rng.integers(1, d + 3))).tolist()


def draw_truths(rng: Rng, description: Description, d: int, dense: bool) -> Description:
    """Truth, gains and shifts, or all joint moments."""
    sources = description["sources"]
    if rng.random() < 0.15:
        diagonal = not dense and (description["multiplicity"] is not None or rng.random() < 0.7)
        return {**description, "moments": draw_joint(rng, d, len(sources) + 1, diagonal)}
    outputs = int(rng.choice([1, 2]))
    plain = description["multiplicity"] is not None
    fixed = bool(rng.random() < 0.35) and not plain
    description["truth"] = draw_vector(rng, d, outputs) if fixed else draw_moment(rng, d, dense, plain)
    for source in sources:
        if rng.random() < 0.3:
            source["gain"] = rounded(rng.uniform(-1, 2))
        if rng.random() < 0.65:
            own = bool(rng.random() < 0.35) and not plain
            source["shift"] = draw_vector(rng, d, outputs) if own else draw_moment(rng, d, dense, plain)
    return description


def draw_joint(rng: Rng, d: int, count: int, diagonal: bool) -> list[list[Any]]:
    """Blocks L_j L_kᵀ with matrices of small integers, or their diagonal likes."""
    rank = int(rng.integers(2, d + 3))
    factors = [rng.integers(-3, 4, size=(d, rank)) / 4.0 for _ in range(count)]
    if diagonal:
        return [[(left * right).sum(axis=1).tolist() for right in factors] for left in factors]
    return [[(left @ right.T).tolist() for right in factors] for left in factors]
