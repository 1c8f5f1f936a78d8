"""The noises of labels, and what they add to the covariances of labels in different fits."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...theory.base.arrays import Number, Numbers
from ...theory.specification.fit_graph import FitGraph, Labelling
from ..solver.arithmetic import DOUBLE, Arithmetic

__all__ = ["Noise", "covariances_of", "label_shares", "maker", "noises_of", "zeros"]


@dataclasses.dataclass(frozen=True)
class Noise:
    """A noise: its name, its variance, and for each set its share in the labels of all fits, (T,)."""

    name: str
    variance: Number
    shares: dict[int, Numbers]

    def add_to(self, covariances: Numbers) -> None:
        """Add what it contributes to (K, T, T) covariances of labels."""
        for k, share in self.shares.items():
            covariances[k] += self.variance * (share[:, None] * share)


def noises_of(graph: FitGraph, kind: Arithmetic, unit: Number) -> tuple[Noise, ...]:
    """The noises that have a variance."""
    found: dict[str, Noise] = {}
    for t, row in enumerate(graph.labellings):
        for x, share in label_shares(row):
            if x.source.noise_variance:
                variance = kind.number(x.source.noise_variance) / unit
                noise = found.setdefault(x.noise, Noise(x.noise, variance, {}))
                silent = zeros((len(graph.problems),), kind)
                noise.shares.setdefault(x.inputs, silent)[t] += kind.number(share)
    return tuple(found.values())


def covariances_of(noises: Sequence[Sequence[Noise]], graph: FitGraph, kind: Arithmetic) -> Numbers:
    """(rows, K, T, T), one row for the noises of each group."""
    T, K = len(graph.problems), len(graph.counts)
    rows = zeros((len(noises), K, T, T), kind)
    for row, members in zip(rows, noises, strict=True):
        for noise in members:
            noise.add_to(row)
    return rows


def label_shares(row: Sequence[Labelling]) -> list[tuple[Labelling, float]]:
    """The labellings of a fit that count, with their share of the weight of their set."""
    totals: dict[int, float] = {}
    for x in row:
        totals[x.inputs] = totals.get(x.inputs, 0.0) + x.source.weight
    return [(x, x.source.weight / totals[x.inputs]) for x in row if totals[x.inputs] and x.source.n]


def zeros(shape: tuple[int, ...], kind: Arithmetic) -> Numbers:
    return np.asarray(maker(kind)(np.zeros(shape)))


def maker(kind: Arithmetic) -> Callable[[Any], Any]:
    if kind is DOUBLE:
        return lambda values: np.asarray(values, dtype=float)[()]
    each = np.vectorize(kind.number, otypes=[object])
    return lambda values: each(values)[()]
