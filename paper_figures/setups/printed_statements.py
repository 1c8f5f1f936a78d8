"""Six statements of arXiv 2410.04840 v2 that are wrong as printed, each with a problem to test it on."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ...numerics import theorem_2, theorem_2_as_printed
from ...theory import (
    Problem,
    RandomProjection,
    Source,
    collapse_plateau,
    collapse_plateau_as_printed,
    corollary_2,
    corollary_2_as_printed,
    corollary_4,
    corollary_4_as_printed,
    isotropic,
    label_shift,
    optimal_weight,
    optimal_weight_as_printed,
    power_law,
)
from .weighted_mix import WeightedMix

__all__ = ["MIX", "STATEMENTS", "WEIGHTS", "PrintedStatement"]

Formula = Callable[[float], float]


@dataclasses.dataclass(frozen=True)
class PrintedStatement:
    """A number as a function of x, printed and right, and how to simulate it.

    title : what is wrong, in two lines. abscissa, ordinate : labels of the axes. log : those of
    them ("x", "y") that are logarithmic. simulated_at : x of the simulation. between : further x of the
    lines. problem : to simulate at x, None for the best weight; term : of it. tolerance : absolute,
    None for 2% of the formula's value.
    """

    title: str
    abscissa: str
    ordinate: str
    log: str
    simulated_at: tuple[float, ...]
    between: tuple[float, ...]
    right: Formula
    printed: Formula
    problem: Callable[[float], Problem] | None
    term: str
    tolerance: float | None = None


def projection_problem(width: float, share: float) -> Problem:
    """The problem of the two statements about Theorem 2."""
    n, d = 400, 300
    n2 = round(share * n)
    real = Source(n - n2, isotropic(d), noise_variance=0.04)
    synthetic = Source(n2, isotropic(d), noise_variance=0.25, shift=1 / d)
    model = RandomProjection(int(width))
    return Problem(signal=1 / d, sources=[real, synthetic], ridge=0.05, model=model)


def many_samples(ridge: float) -> Problem:
    """A thousand samples for each dimension, of a power law: the collapse is at its plateau."""
    spectrum, n, p2 = power_law(20, 1.0, trace=20), 20_000, 0.3
    shift = label_shift(spectrum, 1.0)
    sources = [Source(round((1 - p2) * n), spectrum), Source(round(p2 * n), spectrum, shift=shift)]
    return Problem(signal=1 / 20, sources=sources, ridge=ridge)


def few_samples(aspect_ratio: float) -> Problem:
    """Fewer samples than dimensions, without ridge."""
    d, p2 = 600, 0.3
    n = round(d / aspect_ratio)
    n2 = round(p2 * n)
    sources = [Source(n - n2, isotropic(d)), Source(n2, isotropic(d), shift=1 / d)]
    return Problem(signal=1 / d, sources=sources, ridge=0.0)


MIX = WeightedMix(20, (4000, 4000), (1.0, 0.25))
"""The mix of Corollary 2 and eq. 18, which hold for d/n → 0; here d/n = 0.0025."""

QUALITY = 0.01
"""c² of Corollary 2's panel."""

WEIGHTS = tuple(round(0.05 * i, 2) for i in range(1, 20))
"""Weights at which the curves are simulated whose minimum eq. 18 describes."""

SCARCE: dict[str, Any] = {"synthetic_share": 0.3, "noise_variances": (0.0, 0.0), "quality": 1.0}

SAMPLES = (500, 400, 300, 240, 200, 150, 100, 50, 30)

WEIGHT = "synthetic weight, $a$"


def _geometric(low: float, high: float, count: int) -> tuple[float, ...]:
    return tuple(float(f"{x:.3g}") for x in np.geomspace(low, high, count))


STATEMENTS = {
    "Theorem 2, variance": PrintedStatement(
        title="Theorem 2, variance: $n$\ntimes too large",
        abscissa="width of the model, $m$",
        ordinate="variance, $V$",
        log="xy",
        simulated_at=(20, 50, 100, 200, 400, 700, 1000),
        between=tuple(range(20, 1000, 10)),
        right=lambda m: theorem_2(projection_problem(m, 0.3)).variance,
        printed=lambda m: theorem_2_as_printed(projection_problem(m, 0.3)).variance,
        problem=lambda m: projection_problem(m, 0.3),
        term="variance",
    ),
    "Theorem 2, collapse": PrintedStatement(
        title="Theorem 2, collapse:\n$p_2$ instead of $p_2^2$",
        abscissa="synthetic share, $p_2$",
        ordinate="collapse, $\\zeta$",
        log="",
        simulated_at=(0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0),
        between=tuple(i / 400 for i in range(0, 400, 4)),
        right=lambda p2: theorem_2(projection_problem(50, p2)).collapse,
        printed=lambda p2: theorem_2_as_printed(projection_problem(50, p2)).collapse,
        problem=lambda p2: projection_problem(50, p2),
        term="collapse",
    ),
    "plateau": PrintedStatement(
        title="Collapse at $n \\to \\infty$:\n$\\Sigma$ and $\\lambda$ left out",
        abscissa="ridge, $\\lambda$",
        ordinate="collapse, $\\zeta$",
        log="xy",
        simulated_at=_geometric(0.01, 10, 7),
        between=_geometric(0.01, 10, 61),
        right=lambda λ: collapse_plateau(many_samples(λ)),
        printed=lambda λ: collapse_plateau_as_printed(many_samples(λ)),
        problem=many_samples,
        term="collapse",
    ),
    "Corollary 2": PrintedStatement(
        title="Corollary 2: noise and\nshift weighted wrongly",
        abscissa=WEIGHT,
        ordinate="test error, $E$",
        log="y",
        simulated_at=WEIGHTS[1::2],
        between=tuple(i / 100 for i in range(101)),
        right=lambda a: corollary_2(weight=a, quality=QUALITY, **MIX.ratios).total,
        printed=lambda a: corollary_2_as_printed(weight=a, quality=QUALITY, **MIX.ratios).total,
        problem=None,
        term="error",
    ),
    "eq. 18": PrintedStatement(
        title="Eq. 18, best weight: all\nto the worst labels",
        abscissa="quality of the labels, $c^2$",
        ordinate="best " + WEIGHT,
        log="x",
        simulated_at=_geometric(0.0005, 0.05, 7),
        between=_geometric(0.0005, 0.05, 81),
        right=lambda c2: optimal_weight(quality=c2, **MIX.ratios),
        printed=lambda c2: optimal_weight_as_printed(quality=c2, **MIX.ratios),
        problem=None,
        term="lowest",
        tolerance=0.02,
    ),
    "Corollary 4": PrintedStatement(
        title="Corollary 4, collapse:\ndoes not fall to 0",
        abscissa="dimensions per sample, $\\varphi$",
        ordinate="collapse, $\\zeta$",
        log="xy",
        simulated_at=tuple(600 / n for n in SAMPLES),
        between=_geometric(1.1, 24, 81),
        right=lambda φ: corollary_4(aspect_ratio=φ, **SCARCE).collapse,
        printed=lambda φ: corollary_4_as_printed(aspect_ratio=φ, **SCARCE).collapse,
        problem=few_samples,
        term="collapse",
    ),
}
