"""Several fits at their own solved points, and how they are connected."""

import dataclasses

import numpy as np

from ..base.arrays import Indices, Numbers, PerCovariance, Stack
from ..equations.matrix_algebra import Algebra
from .truth_parts import TruthPart

__all__ = ["JointFits"]


@dataclasses.dataclass(frozen=True)
class JointFits:
    """T fits to K sets of samples, each fit at the solved point of its own master equations.

    counts : (K,) n_k. covariances : (q, p) or (q, p, p), the different ones; covariance_of : (K,) their
        indices, and target the index of the target's.
    strength : (K, T) a_kt β_kt, 0 where a fit does not use the set; η : (T,); shares_left : (K, T) β_kt t_t,
        the samples of the set that are left to the ridge.
    labelled_by : (K, T, T), L_k[t, s] the share of model s in the labels of set k in fit t; 0 unless s < t.
    noises : (R, K, T, T), for each noise the covariance of what it adds to the labels of set k in two fits.
    truths : the parts of the truths, independent of each other.
    group : (T,) the projection of each fit, −1 for a linear one; fits of one group share their
        projection. widths, width_left : (T,) m and m − df1, where there is one.
    """

    counts: Numbers
    covariances: Stack
    covariance_of: Indices
    target: int
    strength: Numbers
    η: Numbers
    shares_left: Numbers
    labelled_by: Numbers
    noises: Numbers
    truths: tuple[TruthPart, ...]
    group: Indices
    widths: Numbers
    width_left: Numbers
    algebra: Algebra

    @property
    def fits(self) -> int:
        """T, the number of fits."""
        return len(self.η)

    @property
    def used(self) -> Numbers:
        """(K, T), whether the fit uses the set."""
        return np.asarray(self.strength != 0)

    def by_covariance(self, values: Numbers) -> Numbers:
        """Sums over the sets of each covariance: (K, ...) to (q, ...)."""
        kinds = range(len(self.covariances))
        return np.array([values[self.covariance_of == c].sum(axis=0) for c in kinds])

    def of_sets(self, values: PerCovariance) -> Numbers:
        """The values of each set's covariance: (q, ...) to (K, ...)."""
        found: Numbers = values[self.covariance_of]
        return found

    def shares_projection(self, t: int, s: int) -> bool:
        """Whether two fits have one projection."""
        return bool(self.group[t] >= 0 and self.group[t] == self.group[s])
