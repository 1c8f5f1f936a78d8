"""What the errors of a mixture depend on, source by source."""

import dataclasses
from typing import Any

import numpy as np

from .arrays import Numbers

__all__ = ["Mixture"]


@dataclasses.dataclass(frozen=True)
class Mixture:
    """The sources, the target, and the second moments of their labels.

    counts, weights, noise, gains : (K,); group : (K,) index of the source's group of equations, −1
    where the source is not fitted (n_k a_k = 0); covariances : (q, p) the different covariances;
    covariance_of : (K + 1,) their indices, the target's last; signal : (p,) Γ; shifts : K arrays
    (p,) or None; multiplicities : (p,).
    """

    counts: Numbers
    weights: Numbers
    noise: Numbers
    gains: Numbers
    group: Any
    covariances: Numbers
    covariance_of: Any
    signal: Numbers
    shifts: tuple[Numbers | None, ...]
    multiplicities: Numbers

    def null_error(self) -> Numbers:
        """tr ΓΣ_t, the error of f = 0."""
        covariance = self.covariances[self.covariance_of[-1]]
        return (self.multiplicities * covariance) @ self.signal

    def mixed(self, coefficients: Numbers) -> Numbers:
        """Σ_k coefficients_k Σ_k, (p,), summed covariance by covariance."""
        sources = self.covariance_of[:-1]
        kinds = range(len(self.covariances))
        return np.array([coefficients[sources == c].sum() for c in kinds]) @ self.covariances

    def own_shares(self, shares: Numbers) -> Numbers:
        """(K,) β_k, the group's share split by samples; 0 for sources that are not fitted."""
        own = self.counts * 0
        for g, share in enumerate(shares):
            members = self.group == g
            own[members] = self.counts[members] * (share / self.counts[members].sum())
        return own
