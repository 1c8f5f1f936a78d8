"""The terms of a prediction at a solved point, by contribution, in the units of the problem."""

import dataclasses
import math

import numpy as np

from ...theory.base.arrays import Number, Numbers, PerSource
from ...theory.equations.error_terms import contributions
from ...theory.equations.response import Response
from .precision_choice import Solved

__all__ = ["ROWS", "Evaluation", "evaluate", "sums"]

ROWS = ("bias", "variance", "collapse", "labels", "training")
"""The terms that are evaluated by contribution."""


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """bias : (1, K + 1); variance : (K, K + 1); collapse, labels : (P, K + 1) for P parts of the
    truths; training : (rows, K), whose sums are training errors; noise : (K,); null : a number;
    point : κ, θ, df1, df2, n₊ − df1, m − df1 (without a width d − df1), and the degrees of freedom
    left to samples and to features (without a width those of samples); f : (K,).
    """

    bias: Numbers
    variance: Numbers
    collapse: Numbers
    labels: Numbers
    training: Numbers
    noise: PerSource
    null: Number
    point: Numbers
    f: PerSource


def evaluate(solved: Solved) -> Evaluation:
    """All terms, in the units of the problem."""
    scaled, root, equations = solved.scaled, solved.root, solved.equations
    mixture, unit = scaled.mixture, scaled.unit
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        r = Response.of(mixture, root.shares, root.η, equations.samples, equations.closure)
        c = contributions(r)
        shrinkage = r.shrinkage() ** 2
        rows = np.concatenate([c.labels[:, :-1], c.variance[:, :-1], mixture.noise[None]])
        κ = r.samples_left * root.η / scaled.samples * unit * scaled.weight_unit
        slope = mixture.slopes[mixture.covariance_of[r.fit[0]]] ** 2
        θ = root.η / r.strength.sum() * unit / slope if slope else math.inf + 0 * root.η
        unused = mixture.algebra.traces(root.η * r.G[None])[0] if r.width_left is None else r.width_left
        degrees, free = r.degrees_left
        counts = [r.df1, r.df2, r.samples_left, unused, degrees, degrees if free is None else free]
        return Evaluation(
            bias=c.bias * unit,
            variance=c.variance * unit,
            collapse=c.collapse * unit,
            labels=c.labels * unit,
            training=rows * shrinkage * unit,
            noise=mixture.noise * unit,
            null=mixture.null_error() * unit,
            point=np.array([κ, θ, *(mixture.share * count for count in counts)]),
            f=scaled.samples * mixture.weights / (r.inverse_f() * root.η) / unit,
        )


def sums(values: Evaluation) -> dict[str, Numbers]:
    """The terms and training errors, summed over their contributions."""
    return {name: getattr(values, name).sum(axis=0) for name in ROWS}
