"""A generator trained on the real samples of the mix, and rounds of training on own labels."""

from typing import Any

from ...numerics import predict
from ...theory import Problem, Source, power_law, rounds

__all__ = [
    *("DIMENSION", "NOISES", "PER_ROUND", "REAL", "RIDGE", "WAYS"),
    *("alone", "arguments", "first", "mix", "round_problem"),
]

DIMENSION, REAL, RIDGE, NOISES = 100, 200, 0.3, (0.5, 0.3)

PER_ROUND = 200

WAYS = ("replace", "accumulate", "mix")
"""Each round's synthetic data replace those before, join them, or are mixed with the real data alone."""

_SPECTRUM = power_law(DIMENSION, 0.5, trace=DIMENSION)
_SAMPLES = Source(REAL, _SPECTRUM, noise_variance=NOISES[0])


def first() -> Problem:
    """The fit to the real samples alone."""
    return Problem(signal=1 / DIMENSION, sources=[_SAMPLES], ridge=RIDGE)


def alone() -> float:
    """Its error."""
    return float(predict(first()).error)


def mix(n: int, weight: float = 1.0, same: bool = True) -> Problem:
    """The real samples, and n labelled by a generator that was trained on them, or on others."""
    real = _SAMPLES if same else _SAMPLES.again()
    labelled = Source(n, _SPECTRUM, noise_variance=NOISES[1], labels=first(), weight=weight)
    return Problem(signal=1 / DIMENSION, sources=[real, labelled], ridge=RIDGE)


def arguments(way: str) -> dict[str, Any]:
    """The arguments of ``rounds`` and ``evolve``, except for the number of rounds."""
    return {
        "start": first(),
        "synthetic": Source(PER_ROUND, _SPECTRUM, noise_variance=NOISES[1]),
        "keep": "all" if way == "accumulate" else "latest",
        "real": () if way == "replace" else (_SAMPLES,),
    }


def round_problem(way: str, after: int) -> Problem:
    """The fit after so many rounds."""
    return rounds(after, **arguments(way))[-1]
