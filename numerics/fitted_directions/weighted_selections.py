"""Weights that depend on the sample: one selection for each range of weights."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...theory.base.accepted_values import Count, RealArray
from ...theory.base.argument_checks import checked_call
from ...theory.base.arrays import Array
from ...theory.base.errors import ShapeError, SpecError
from ...theory.base.validation import count
from ...theory.data.covariance import CovarianceLike, as_covariance
from ...theory.data.effective_covariances import applied
from ...theory.selection.directions import direction
from ...theory.selection.label_laws import LabelLaw
from ...theory.selection.rules import probability
from ...theory.selection.selection import Selection
from ...theory.selection.selection_rules import Rule
from .selecting import select

__all__ = ["select_weighted"]

FARTHEST = 9.5
"""Standard deviations up to which scores are looked at."""

POINTS = 20001
"""Scores at which the weight is evaluated."""


@checked_call
def select_weighted(
    N: "Count",
    covariance: "CovarianceLike",
    *,
    labels: LabelLaw,
    weight: Callable[[Any], Any],
    w: "RealArray",
    keep: Rule | None = None,
    bins: "Count" = 8,
) -> tuple[Selection, ...]:
    """Selected samples with loss weights that depend on a score of the sample.

    Parameters
    ----------
    N, covariance, labels, keep
        As for :func:`select`.
    weight : callable
        The weight a(z) ≥ 0 of a sample with the score z = xᵀw; vectorised.
    w : array
        (d,), the direction of the score.
    bins : int
        Into how many ranges of equal size the weights are cut. Weights with few values, each its own range,
        are exact.

    Returns
    -------
    tuple of Selection
        One for each range that occurs, with the mean weight of a Gaussian score in it. Together they are the
        sources: ``sources=[real, *select_weighted(...)]``.

    Raises
    ------
    SpecError, ShapeError
        As for :func:`select`; weights that are negative or not finite; a function that is not vectorised.

    Notes
    -----
    A weight that varies inside a source is not a source of mean weight: samples of unlike weight have unlike
    shrinkage. In ranges, the error of a smooth weight falls like 1/bins². Simulations draw N samples for each
    range, and keep those in it, so that the numbers in different ranges are independent.

    Source: our own derivation; arXiv 2410.04840 v2 has one weight for each source.

    Examples
    --------
    >>> import detequiv as de
    >>> v = [1.0, 0.0]
    >>> near = de.select_weighted(900, [1.0, 1.0], labels=de.labels.sign([1.0, 0.5]), w=v,
    ...                           weight=lambda z: np.where(abs(z) < 1, 1.0, 0.2))
    >>> [(part.n, part.weight) for part in near]
    [(286, 0.2), (614, 1.0)]
    """
    bins = count(bins, "bins", 1, "It is a number of ranges of weights.")
    vector = direction(w, "w")
    S = as_covariance(covariance)
    deviation = math.sqrt(float(vector @ applied(S, vector)))
    z = np.linspace(-FARTHEST, FARTHEST, POINTS) * deviation
    values = _evaluated(weight, z)
    levels = _levels(values, bins)
    density = np.exp(-0.5 * (z / deviation) ** 2)
    parts = []
    for level in np.unique(levels):
        inside = levels == level
        mean = float(values[inside] @ density[inside] / density[inside].sum())
        edges = _edges(weight, z, inside, values)
        rule = probability(_Within(edges, bool(inside[0])), vector, breaks=edges)
        part = select(N, S, labels=labels, keep=rule if keep is None else keep & rule, weight=mean)
        parts.append(part)
    return tuple(parts)


def _evaluated(weight: Callable[[Any], Any], z: Array) -> Array:
    values = np.asarray(weight(z), dtype=float)
    if values.shape != z.shape:
        raise ShapeError(
            f"weight must return one weight for each score; got shape {values.shape} for {z.shape}. Write it "
            f"with numpy functions."
        )
    if not (np.isfinite(values).all() and (values >= 0).all()):
        bad = values[~(np.isfinite(values) & (values >= 0))][0]
        raise SpecError(f"weight must be finite and non-negative; got {bad:g}. It multiplies a square.")
    return values


def _levels(values: Array, bins: int) -> Any:
    """The range of each value; values that are few are ranges of their own."""
    different = np.unique(values)
    if different.size <= bins:
        return np.searchsorted(different, values)
    low, high = float(values.min()), float(values.max())
    return np.minimum(((values - low) / (high - low) * bins).astype(int), bins - 1)


def _edges(weight: Callable[[Any], Any], z: Array, inside: Any, values: Array) -> tuple[float, ...]:
    """The scores where the range begins and ends, by bisection."""
    low, high = values[inside].min(), values[inside].max()
    edges = []
    for i in np.flatnonzero(inside[1:] != inside[:-1]):
        a, b, first = z[i], z[i + 1], bool(inside[i])
        for _ in range(60):
            middle = 0.5 * (a + b)
            value = float(np.asarray(weight(np.array([middle])))[0])
            same = (low <= value <= high) == first
            a, b = (middle, b) if same else (a, middle)
        edges.append(0.5 * (a + b))
    return tuple(edges)


class _Within:
    """1 in every other interval between edges; first : in the one before all edges."""

    def __init__(self, edges: tuple[float, ...], first: bool) -> None:
        self.edges, self.first = np.array(edges), first

    def __call__(self, z: Any) -> Any:
        passed = np.searchsorted(self.edges, z)
        return ((passed % 2 == 0) == self.first).astype(float)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Within):
            return NotImplemented
        return self.first == other.first and np.array_equal(self.edges, other.edges)

    def __hash__(self) -> int:
        return hash((tuple(self.edges), self.first))
