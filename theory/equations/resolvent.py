"""G = (η + Y)⁻¹ and the traces of the master equations, summed without cancellation.

A count n − tr YG is the difference of two nearly equal numbers where the load Y saturates n of its
coordinates. Each coordinate with y > η contributes 1 − yG = ηG instead of yG, so that

    n − tr YG = (n − #) + Σ_{y > η} ηG − Σ_{y ≤ η} yG,    # the number of coordinates with y > η,

is found to a few eps of the sum of the absolute values of *these* summands; for one source among
several, "η" is all that is not its own load.

Random features add a tail to every load: N_k = a_kβ_kμ*_k²/(s²η), the trace of Y_kG over infinitely
many coordinates of vanishing size in which the residual of the activation lives. It counts in
tr Y_kG and η tr Y_kG², and in no product of two loads.
"""

import math

import numpy as np

from ..base.arrays import Number, Numbers, PerCoordinate, PerGroup, Stack, inner_product
from .low_rank_algebra import LowRankAlgebra
from .matrix_algebra import DenseAlgebra

__all__ = ["MatrixResolvent", "Resolvent", "Total"]


class Resolvent:
    """G at loads Y, (G, p), and scale η; multiplicities : (p,); tails : (G,) N_k."""

    def __init__(self, Y: Stack, η: Number, multiplicities: PerCoordinate, tails: PerGroup) -> None:
        self.Y, self.η, self.multiplicities, self.tails = Y, η, multiplicities, tails
        self.total = Y.sum(axis=0)
        self.inverse = 1 / (η + self.total)

    def second_order(self) -> tuple[Numbers, PerGroup, PerGroup]:
        """A_kj = tr Y_kGY_jG, (G, G); B_k = η tr Y_kG² + N_k, D_k = tr Y_kG + N_k, both (G,)."""
        YG = self.Y * self.inverse
        weighted = YG * self.multiplicities
        B = self.η * (weighted @ self.inverse) + self.tails
        return weighted @ YG.T, B, weighted.sum(axis=1) + self.tails

    def stable_count(self, counts: PerGroup) -> tuple[PerGroup, PerGroup]:
        """n_k − tr Y_kG − N_k and the sum of the absolute values of its summands, both (G,)."""
        pairs = [self._counted_one(n, k) for k, n in enumerate(counts)]
        return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])

    def stable_total(self, base: Number) -> tuple[Number, Number]:
        """base − tr YG − Σ N_k and the sum of the absolute values of its summands."""
        left, size = self._split(base, self.total, self.η + 0 * self.total)
        return left - self.tails.sum(), size + self.tails.sum()

    def _counted_one(self, n: Number, k: int) -> tuple[Number, Number]:
        rest = self.η + np.delete(self.Y, k, axis=0).sum(axis=0)
        left, size = self._split(n, self.Y[k], rest)
        return left - self.tails[k], size + self.tails[k]

    def _split(self, n: Number, own: PerCoordinate, rest: PerCoordinate) -> tuple[Number, Number]:
        large = own > rest
        parts = np.minimum(own, rest) * self.inverse * self.multiplicities
        whole = _less(n, self.multiplicities[large])
        return whole + parts @ np.where(large, 1.0, -1.0), abs(whole) + parts.sum()


class MatrixResolvent:
    """G at loads Y, (G, p, p) or (G,), and scale η; rank : beyond it all loads are 0; tails : (G,) N_k.

    Here n_k − tr Y_kG is a difference as it stands; only the total has a second form,
    base − tr YG = (base − rank) + η tr G over the range of Y, and the one with smaller summands is
    taken.
    """

    def __init__(self, Y: Stack, η: Number, algebra: DenseAlgebra | LowRankAlgebra, tails: PerGroup) -> None:
        self.Y, self.η, self.rank, self.tails = Y, η, algebra.rank, tails
        self.inverse = algebra.inverse(Y.sum(axis=0), η)
        self.YG = algebra.times(Y, self.inverse)
        self.algebra = algebra
        self.D = algebra.traces(self.YG) + tails

    def second_order(self) -> tuple[Numbers, PerGroup, PerGroup]:
        """A_kj = tr Y_kGY_jG, (G, G); B_k = η tr Y_kG² + N_k, D_k = tr Y_kG + N_k, both (G,)."""
        A = self.algebra.gram(self.YG, self.YG)
        B = self.algebra.traces_with(self.YG, self.η * self.inverse) + self.tails
        return A, B, self.D

    def stable_count(self, counts: PerGroup) -> tuple[PerGroup, PerGroup]:
        """n_k − tr Y_kG − N_k and the sum of the absolute values of its summands, both (G,)."""
        return counts - self.D, counts + self.D

    def stable_total(self, base: Number) -> tuple[Number, Number]:
        """base − tr YG − Σ N_k and the sum of the absolute values of its summands."""
        direct = base + self.D.sum()
        whole, ν = base - self.rank, self.tails.sum()
        rest = self.η * self.algebra.range_trace(self.inverse)
        if abs(whole) + rest + ν < direct:
            return whole + rest - ν, abs(whole) + rest + ν
        return base - self.D.sum(), direct


class Total:
    """The total load in descending order, for the total equation alone: few passes over it.

    tail : Σ a_kβ_kμ*_k²/s², so that ν = tail/η.
    """

    def __init__(self, load: PerCoordinate, multiplicities: PerCoordinate, tail: Number = 0.0) -> None:
        self.tail = tail
        if not (load[1:] <= load[:-1]).all():
            order = np.argsort(-load, kind="stable")
            load, multiplicities = load[order], multiplicities[order]
        self.load, self.multiplicities = load, multiplicities
        self._ascending = load[::-1]
        self._weighted = multiplicities * load
        self.trace = self._weighted.sum() + tail
        exact = multiplicities.dtype != object and _whole_numbers(multiplicities)
        self._running = multiplicities.cumsum() if exact else None

    def stable_count(self, base: Number, η: Number) -> tuple[Number, Number, Number]:
        """base − tr YG − ν, the sum of the absolute values of its summands, and η tr YG² + ν.

        The last, df1 − df2, is the derivative of the first in log η.
        """
        large = self.load.size - int(self._ascending.searchsorted(η, side="right"))
        G = 1 / (η + self.load)
        YG = self._weighted * G
        whole = self._whole(base, large)
        gained = η * (self.multiplicities[:large] @ G[:large])
        lost = YG[large:].sum()
        ν = self.tail / η
        left, size = (whole + gained) - (lost + ν), abs(whole) + gained + lost + ν
        return left, size, η * inner_product(YG, G) + ν

    def _whole(self, base: Number, large: int) -> Number:
        """base less the number of coordinates with y > η."""
        if self._running is None:
            return _less(base, self.multiplicities[:large])
        return base - self._running[large - 1] if large else base


def _less(n: Number, multiplicities: PerCoordinate) -> Number:
    """n − Σ multiplicities, correctly rounded in double precision."""
    if multiplicities.dtype == object or _whole_numbers(multiplicities):
        return n - multiplicities.sum()
    return math.fsum([n, *(-multiplicities)])


def _whole_numbers(multiplicities: PerCoordinate) -> bool:
    return bool((multiplicities == np.floor(multiplicities)).all())
