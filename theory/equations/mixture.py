"""The numbers that the errors of a mixture depend on, by source."""

import dataclasses

import numpy as np

from ..base.arrays import Indices, Number, PerCovariance, PerGroup, PerSource, Stack
from ..coordinates.truths import Truth
from .matrix_algebra import Algebra

__all__ = ["Mixture"]


@dataclasses.dataclass(frozen=True)
class Mixture:
    """The sources, the target, and their truths, in one frame.

    counts, weights, noise : (K,); group : (K,) index of the source's group of equations, −1 where
    the source is not fitted (n_k a_k = 0); covariances : (q, p) or (q, p, p), the different ones;
    covariance_of : (K + 1,) their indices, the target's last; slopes, tails : (q,) μ and μ*²/s² of
    the activation at each covariance, 1 and 0 except for random features; share : of the coordinates that
    the model sees, 1 except for random coordinates, where counts are those of n d/m samples.
    """

    counts: PerSource
    weights: PerSource
    noise: PerSource
    group: Indices
    covariances: Stack
    covariance_of: Indices
    slopes: PerCovariance
    tails: PerCovariance
    truths: tuple[Truth, ...]
    algebra: Algebra
    share: Number = 1.0

    def null_error(self) -> Number:
        """tr ΓΣ_t, the error of f = 0."""
        C = self.covariances[self.covariance_of[-1]]
        return sum(part.second_moment(self.algebra, C, -1) for part in self.truths)

    def by_kind(self, coefficients: PerSource) -> PerCovariance:
        """(q,) sums of coefficients (K,) over the sources of each covariance."""
        sources = self.covariance_of[:-1]
        kinds = range(len(self.covariances))
        return np.array([coefficients[sources == c].sum() for c in kinds])

    def own_shares(self, shares: PerGroup) -> PerSource:
        """(K,) β_k, the group's share split by samples; 0 for sources that are not fitted."""
        own = self.counts * 0
        for g, share in enumerate(shares):
            members = self.group == g
            own[members] = self.counts[members] * (share / self.counts[members].sum())
        return own
