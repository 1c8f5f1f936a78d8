"""The sources of random features and their target, in a few coordinates of one basis."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from ...theory.base.arrays import Array
from ...theory.equations.mixture import Mixture
from ...theory.finite_size.pooled_sources import in_one_basis, second_moments

__all__ = ["Populations", "populations"]

MOST_COORDINATES = 48
"""Coordinates above which those of similar size are grouped: steps of log λ of one covariance."""

MOST_GROUPS, LEAST_STEPS = 300, 8
"""Groups with several unlike covariances, and the least steps of each of these."""


@dataclasses.dataclass(frozen=True)
class Populations:
    """K populations: the fitted sources, those of one covariance and weight together; last, the
    target.

    sizes : (p,) λ_i of a reference in descending order, half the target and half the sources by
        their samples; counts : (p,); ratios : (K, p) λ_ik/λ_i.
    slopes, tails : (K,) μ and μ*²/s² of the activation; samples, weights : (K − 1,).
    truths : (p, K, K) M_iλ_i E w_ki w_li, of the means over the sources of a population; spread :
        (K, p) M_iλ_i E (w − w_k)² of its sources; noise : (K,). Those of the target are 0.
    """

    sizes: Array
    counts: Array
    ratios: Array
    slopes: Array
    tails: Array
    samples: Array
    weights: Array
    truths: Array
    spread: Array
    noise: Array

    @property
    def coordinates(self) -> float:
        """The least (tr Σ)²/tr Σ²."""
        own = self.ratios * (self.sizes / float(self.sizes[0]))
        return float((own @ self.counts / np.sqrt(own**2 @ self.counts)).min() ** 2)


def populations(m: Mixture) -> Populations:
    """In the mixture's units; m : in float64, with a fitted source."""
    group = np.asarray(m.group)
    K = int(group.max()) + 1
    counts = np.asarray(m.counts, dtype=float)
    member = (group == np.arange(K)[:, None]) * counts
    samples = member.sum(axis=1)
    shares = member / samples[:, None]
    leaders = [int(np.argmax(group == g)) for g in range(K)]
    M, Σ, truths = in_one_basis(m, member.sum(axis=0))
    reference = (counts * (group >= 0) @ Σ[:-1] / samples.sum() + Σ[-1]) / 2
    there = np.flatnonzero(reference > 0)
    there = there[np.argsort(-reference[there], kind="stable")]
    of = np.zeros((K + 1, len(Σ)))
    of[:K, :-1], of[K, -1] = shares, 1.0
    kinds = np.asarray(m.covariance_of)[[*leaders, -1]]
    M, reference, own = M[there], reference[there], Σ[[*leaders, -1]][:, there]
    labels = _labels(own[np.unique(kinds, return_index=True)[1]], reference)

    def added(values: Array) -> Array:
        return np.asarray(np.bincount(labels, values), dtype=float)

    def product(a: Array, b: Array) -> Array:
        wide = np.ones(Σ.shape[1])
        moments = second_moments(truths, a[:, None] * wide, b[:, None] * wide)
        return np.asarray(moments[there] * M * reference)

    total = added(M * reference)
    W = [[added(product(a, b)) for b in of] for a in of]
    single = [added(product(one, one)) for one in np.eye(len(Σ))]
    spread = of @ np.array(single) - np.array([W[k][k] for k in range(K + 1)])
    noise = np.asarray(m.noise, dtype=float)
    return Populations(
        sizes=total / added(M),
        counts=added(M),
        ratios=np.array([added(M * row) for row in own]) / total,
        slopes=np.asarray(m.slopes, dtype=float)[kinds],
        tails=np.asarray(m.tails, dtype=float)[kinds],
        samples=samples,
        weights=np.asarray(m.weights, dtype=float)[leaders],
        truths=np.array(W).transpose(2, 0, 1),
        spread=np.maximum(spread, 0.0),
        noise=np.append(shares @ noise, 0.0),
    )


def _labels(Σ: Array, reference: Array) -> NDArray[np.int64]:
    """(p,) the group of each coordinate, by size in every covariance, by descending reference."""
    if len(reference) <= MOST_COORDINATES:
        return np.arange(len(reference))
    levels = min(MOST_COORDINATES, max(LEAST_STEPS, int(MOST_GROUPS ** (1 / len(Σ)))))
    label = np.zeros(len(reference), dtype=np.int64)
    for row in Σ:
        label = np.unique(label * (levels + 1) + _level(row, levels), return_inverse=True)[1]
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[group])


def _level(values: Array, levels: int) -> NDArray[np.int64]:
    """0 to levels − 1 in equal steps of the logarithm; levels where the value is 0."""
    log = np.log(np.where(values > 0, values, values.max()))
    steps = (log.max() - log) / (np.ptp(log) or 1.0) * (levels - 1)
    return np.where(values > 0, np.ceil(steps), levels).astype(np.int64)
