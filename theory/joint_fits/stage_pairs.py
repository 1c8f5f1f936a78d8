r"""Two fits to common samples: the linear system that first and second order have in common.

With G_t = (η_t + Y_t)⁻¹, Y_kt = a_kt β_kt Σ_k, of fit t at its solved point, whatever two fits t and s
owe to their common samples, and to a common projection, solves

    x_k = c_k + Σ_j tr(Σ_kG_tΣ_jG_s) w_j x_j + y tr(Σ_kG_tG_s)            w_k = a_kt β_kt a_ks β_ks / n_k
    y (m − tr U_tU_s) = e + η_t η_s Σ_j tr(G_tΣ_jG_s) w_j x_j              U_t = Y_tG_t

where k runs over the sets that both use, and y = 0 unless they share their projection. With
x_k = n_k z_k/(a_kt β_kt) it is

    n_k z_k − Σ_j (A_kj + χ B_k B'_j) z_j = a_kt β_kt (c_k + ...)
    A_kj = tr Y_ktG_tY_jsG_s,   B_k = η_s tr Y_ktG_tG_s,   B'_j = η_t tr G_tY_jsG_s,   χ = 1/(m − tr U_tU_s),

the row sums of which are a sum of positive numbers, since n_k = β_kt t_t + tr Y_ktG_t, Σ_j Y_js = Y_s and
Y_sG_s = 1 − η_sG_s:

    β_kt t_t + B_k φ + Σ_{j not in both} (A_kj + χ B_k B'_j),     φ = (m − df1_s)/(m − tr U_tU_s),
    m − tr U_tU_s = (m − df1_s) + η_t tr G_tY_sG_s.

So it is an M-matrix, and elimination without subtraction finds every entry of its inverse to a few eps,
however close a fit is to its interpolation threshold.
"""

from functools import cached_property

import numpy as np

from ..base.arrays import Indices, Number, Numbers, Operator, inner_product
from ..equations.response import positive_solve
from .fitted_stages import JointFits

__all__ = ["Pair"]


class Pair:
    """The system of fits t and s; G : their own resolvents; dressed : the Σ_cG of all covariances."""

    def __init__(self, stages: JointFits, t: int, s: int, G: list[Operator], dressed: list[Numbers]) -> None:
        self.stages, self.t, self.s = stages, t, s
        self.G, self.dressed = G, dressed
        self.shared = stages.shares_projection(t, s)

    @cached_property
    def common(self) -> Indices:
        """The sets that both fits use."""
        used = self.stages.used
        return np.flatnonzero(used[:, self.t] & used[:, self.s])

    @cached_property
    def weights(self) -> Numbers:
        """(K,) w_k, 0 except for common sets."""
        strength = self.stages.strength
        return strength[:, self.t] * strength[:, self.s] / self.stages.counts

    @cached_property
    def gram(self) -> Numbers:
        """(q, q) tr Σ_cG_tΣ_eG_s."""
        return self.stages.algebra.gram(self.dressed[self.t], self.dressed[self.s])

    @cached_property
    def own(self) -> Numbers:
        """(q,) tr Σ_cG_tG_s."""
        return self.stages.algebra.traces_with(self.dressed[self.t], self.G[self.s])

    @cached_property
    def others(self) -> Numbers:
        """(q,) tr G_tΣ_eG_s."""
        return self.stages.algebra.traces_with(self.dressed[self.s], self.G[self.t])

    @cached_property
    def width_excess(self) -> Number:
        """m − tr U_tU_s."""
        st = self.stages
        of_s = st.by_covariance(st.strength)[:, self.s]
        excess: Number = st.width_left[self.s] + st.η[self.t] * inner_product(of_s, self.others)
        return excess

    @cached_property
    def _matrix(self) -> tuple[Numbers, Numbers]:
        """The entries A_kj + χ B_kB'_j of the common sets, and the row sums."""
        st, t, s, k = self.stages, self.t, self.s, self.common
        kinds = st.covariance_of
        B_t, B_s = st.strength[:, t], st.strength[:, s]
        A = B_t[k][:, None] * self.gram[kinds[k]][:, kinds] * B_s
        B = st.η[s] * B_t[k] * self.own[kinds[k]]
        φ = 1 + 0 * st.η[s]
        if self.shared:
            A = A + B[:, None] * (st.η[t] * B_s * self.others[kinds]) / self.width_excess
            φ = st.width_left[s] / self.width_excess
        outside = np.setdiff1d(np.flatnonzero(st.used[:, s]), k)
        left = st.shares_left[k, t]
        return A[:, k], left + B * φ + A[:, outside].sum(axis=1)

    def solve(self, c: Numbers, e: Numbers) -> tuple[Numbers, Numbers]:
        """x, (R, K), and y, (R,), for rows c, (R, K), and e, (R,); x is c plus what its terms add."""
        st, t, k = self.stages, self.t, self.common
        kinds = st.covariance_of
        own = self.own[kinds]
        y = 0 * e
        if self.shared:
            y = e / self.width_excess
            c = c + y[:, None] * own
        if not len(k):
            return c, y
        z = positive_solve(*self._matrix, st.strength[k, t] * c[:, k])
        wx = 0 * c
        wx[:, k] = z * st.strength[k, self.s]
        x = c + wx @ self.gram[kinds][:, kinds].T
        if self.shared:
            more = st.η[t] * st.η[self.s] * (wx @ self.others[kinds]) / self.width_excess
            x, y = x + more[:, None] * own, y + more
        return x, y
