"""What the errors of a mixture depend on, source by source."""

import dataclasses
from typing import Any

import numpy as np

from ..base.arrays import Numbers
from ..coordinates.truths import FixedTruth, JointTruth, Truth
from .matrix_algebra import Algebra

__all__ = ["Mixture", "second_moment"]


@dataclasses.dataclass(frozen=True)
class Mixture:
    """The sources, the target, and their truths, in one frame.

    counts, weights, noise : (K,); group : (K,) index of the source's group of equations, −1 where
    the source is not fitted (n_k a_k = 0); covariances : (q, p) or (q, p, p), the different ones;
    covariance_of : (K + 1,) their indices, the target's last; slopes, tails : (q,) μ and μ*²/s² of
    the activation at each covariance, 1 and 0 but for random features.
    """

    counts: Numbers
    weights: Numbers
    noise: Numbers
    group: Any
    covariances: Numbers
    covariance_of: Any
    slopes: Numbers
    tails: Numbers
    truths: tuple[Truth, ...]
    algebra: Algebra

    def null_error(self) -> Numbers:
        """tr ΓΣ_t, the error of f = 0."""
        target = len(self.covariance_of) - 1
        C = self.covariances[self.covariance_of[target]]
        return sum(second_moment(self.algebra, part, C, target) for part in self.truths)

    def by_kind(self, coefficients: Numbers) -> Numbers:
        """(q,) sums of coefficients (K,) over the sources of each covariance."""
        sources = self.covariance_of[:-1]
        kinds = range(len(self.covariances))
        return np.array([coefficients[sources == c].sum() for c in kinds])

    def own_shares(self, shares: Numbers) -> Numbers:
        """(K,) β_k, the group's share split by samples; 0 for sources that are not fitted."""
        own = self.counts * 0
        for g, share in enumerate(shares):
            members = self.group == g
            own[members] = self.counts[members] * (share / self.counts[members].sum())
        return own


def second_moment(algebra: Algebra, part: Truth, C: Numbers, k: int) -> Numbers:
    """E w_kᵀCw_k of this part, k = K for the target."""
    if isinstance(part, JointTruth):
        return algebra.moment_trace(C, part.blocks[k][k])
    own = k < len(part.gains)
    if isinstance(part, FixedTruth):
        δ = part.added[k] if own else None
        w = (part.gains[k] * part.target if own else part.target) + (0 if δ is None else δ)
        return algebra.quadratic_forms_of_vectors(C[None], w, w)[0]
    amount = part.gains[k] * part.target + part.added[k] if own else part.target
    return amount * amount * algebra.moment_trace(C, part.moment) if amount else amount
