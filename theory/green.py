"""G = (η + Y)⁻¹ and the traces of the master equations, summed without cancellation.

A count n − tr YG is the difference of two nearly equal numbers where the load Y saturates n of its
coordinates. Each coordinate with y > η contributes 1 − yG = ηG instead of yG, so that

    n − tr YG = (n − #) + Σ_{y > η} ηG − Σ_{y ≤ η} yG,    # the number of coordinates with y > η,

is found to a few eps of the sum of the absolute values of *these* summands; for one source among
several, "η" is all that is not its own load.
"""

import math

import numpy as np

from .arrays import Numbers

__all__ = ["Green", "Total"]


class Green:
    """G at loads Y, (G, p), and scale η; multiplicities : (p,)."""

    def __init__(self, Y: Numbers, η: Numbers, multiplicities: Numbers) -> None:
        self.Y, self.η, self.multiplicities = Y, η, multiplicities
        self.total = Y.sum(axis=0)
        self.inverse = 1 / (η + self.total)

    def second_order(self) -> tuple[Numbers, Numbers, Numbers]:
        """A_kj = tr Y_kGY_jG, (G, G); B_k = η tr Y_kG², (G,); D_k = tr Y_kG, (G,)."""
        YG = self.Y * self.inverse
        weighted = YG * self.multiplicities
        return weighted @ YG.T, self.η * (weighted @ self.inverse), weighted.sum(axis=1)

    def counted(self, counts: Numbers) -> tuple[Numbers, Numbers]:
        """n_k − tr Y_kG and the sum of the absolute values of its summands, both (G,)."""
        pairs = [self._counted_one(n, k) for k, n in enumerate(counts)]
        return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])

    def counted_in_all(self, base: Numbers) -> tuple[Numbers, Numbers]:
        """base − tr YG and the sum of the absolute values of its summands."""
        return self._split(base, self.total, self.η + 0 * self.total)

    def _counted_one(self, n: Numbers, k: int) -> tuple[Numbers, Numbers]:
        return self._split(n, self.Y[k], self.η + np.delete(self.Y, k, axis=0).sum(axis=0))

    def _split(self, n: Numbers, own: Numbers, rest: Numbers) -> tuple[Numbers, Numbers]:
        large = own > rest
        parts = np.minimum(own, rest) * self.inverse * self.multiplicities
        whole = _less(n, self.multiplicities[large])
        return whole + parts @ np.where(large, 1.0, -1.0), abs(whole) + parts.sum()


class Total:
    """The total load in descending order, for the total equation alone: few passes over it."""

    def __init__(self, load: Numbers, multiplicities: Numbers) -> None:
        if not (load[1:] <= load[:-1]).all():
            order = np.argsort(-load, kind="stable")
            load, multiplicities = load[order], multiplicities[order]
        self.load, self.multiplicities = load, multiplicities
        self._ascending = load[::-1]
        self._weighted = multiplicities * load
        self.trace = self._weighted.sum()
        exact = multiplicities.dtype != object and _whole_numbers(multiplicities)
        self._running = multiplicities.cumsum() if exact else None

    def counted(self, base: Numbers, η: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """base − tr YG, the sum of the absolute values of its summands, and η tr YG².

        The last, df1 − df2, is the derivative of the first in log η.
        """
        large = self.load.size - int(self._ascending.searchsorted(η, side="right"))
        G = 1 / (η + self.load)
        YG = self._weighted * G
        whole = self._whole(base, large)
        gained = η * (self.multiplicities[:large] @ G[:large])
        lost = YG[large:].sum()
        return (whole + gained) - lost, abs(whole) + gained + lost, η * (YG @ G)

    def _whole(self, base: Numbers, large: int) -> Numbers:
        """base less the number of coordinates with y > η."""
        if self._running is None:
            return _less(base, self.multiplicities[:large])
        return base - self._running[large - 1] if large else base


def _less(n: Numbers, multiplicities: Numbers) -> Numbers:
    """n − Σ multiplicities, correctly rounded in double precision."""
    if multiplicities.dtype == object or _whole_numbers(multiplicities):
        return n - multiplicities.sum()
    return math.fsum([n, *(-multiplicities)])


def _whole_numbers(multiplicities: Numbers) -> bool:
    return bool((multiplicities == np.floor(multiplicities)).all())
