r"""First order: how every fit responds to the samples, through its own fit and through its labellers.

Take sample x of set k out of every fit. With ρ its residuals in the fits without it and r those with it,
all T of them, r = ρ − (1 − L_k) γ_k D_k r, D_k = diag(a_kt/n_t): the fit moves, and so do the labels that
were given by a model that saw the sample. With M_k = (1 + (1 − L_k) γ_k D_k)⁻¹ and B_k = n_k D_k M_k,

    J = Σ_k Σ_k B_k (1 − L_k)          G = (K + J)⁻¹          γ_k = tr Σ_kG

where L_k, γ_k, B_k, K (T × T) and J, G (T × T operators) are lower triangular: a fit depends on fits before
it. K is diag(λ) for linear fits; for fits with one projection K = (diag(λ) + s² tr JGK)/(m s²), the block of
them. On their diagonals stand the T separate solved points; what stands below is affine in γ_ts and K_ts,
diagonal by diagonal, with the matrix of ``stage_pairs``.

Everything is bounded as a ridge vanishes. With R = diag(n_t-scaled samples left to the ridge t, t_t/n_t),
the rows of J and K are in units of R and the columns of G and γ in units of R⁻¹, in which

    B_k = n_k (diag(t_t/a_kt) + (1 − L_k) γ_k)⁻¹  on the fits that use the set,  and  K_tt = η_t.

Source: derived in docs/explanation/fitted_labels.md; T = 1 is ``master_equations``.
"""

import numpy as np

from ..base.arrays import Numbers
from .fitted_stages import JointFits
from .stage_pairs import Pair

__all__ = ["Responses"]


class Responses:
    """B, γ : (K, T, T); J : (q, T, T), so that J = Σ_c J_c Σ_c; K : (T, T); G : (T, T, p) or (T, T, p, p)."""

    def __init__(self, stages: JointFits) -> None:
        self.stages = stages
        T = stages.fits
        zero = 0 * stages.η[0]
        K_sets, q = len(stages.counts), len(stages.covariances)
        one = np.eye(T) + zero
        self.unlabelled = one[None] - stages.labelled_by
        self.B = np.zeros((K_sets, T, T)) + zero
        self.J = np.zeros((q, T, T)) + zero
        self.K = np.zeros((T, T)) + zero
        self.G = np.zeros((T, T, *stages.covariances.shape[1:])) + zero
        self.γ, self._Q, self._u = self.B.copy(), self.B.copy(), self.K.copy()
        self.own: list[Numbers] = []
        self.dressed: list[Numbers] = []
        for t in range(T):
            self._diagonal(t)
        self.pairs = {
            (t, s): Pair(stages, t, s, self.own, self.dressed) for t in range(T) for s in range(t + 1)
        }
        for t in range(T):
            for s in reversed(range(t)):
                self._below(t, s)

    def _diagonal(self, t: int) -> None:
        st, algebra = self.stages, self.stages.algebra
        strength = st.by_covariance(st.strength[:, t])
        own = algebra.inverse(algebra.load(strength, st.covariances), st.η[t])
        dressed = algebra.times(st.covariances, own)
        self.own.append(own)
        self.dressed.append(dressed)
        self.G[t, t], self.K[t, t] = own, st.η[t]
        self.B[:, t, t] = st.strength[:, t]
        self.J[:, t, t] = strength
        self.γ[:, t, t] = st.of_sets(algebra.traces(dressed))
        used = st.used[:, t]
        self._Q[used, t, t] = st.counts[used] / st.strength[used, t]
        self._u[t, t] = strength @ algebra.traces(dressed)

    def _below(self, t: int, s: int) -> None:
        """The entries (t, s), from those of lower distance."""
        st, algebra, pair = self.stages, self.stages.algebra, self.pairs[t, s]
        B, J, K, G, γ, Q = self.B, self.J, self.K, self.G, self.γ, self._Q
        L, between = st.labelled_by, slice(s + 1, t)
        through = -(L[:, t, s:t] * γ[:, s:t, s]).sum(axis=1)
        inner = through * B[:, s, s] + (Q[:, t, between] * B[:, between, s]).sum(axis=1)
        both = st.used[:, t] & st.used[:, s]
        b = np.where(both, -B[:, t, t] / st.counts * inner, 0 * inner)
        labelled = (B[:, t, s + 1 : t + 1] * L[:, s + 1 : t + 1, s]).sum(axis=1)
        j = st.by_covariance(b - labelled)
        carried = np.tensordot(J[:, t, between], G[between, s], axes=(1, 0))
        passed = np.tensordot(K[t, between], G[between, s], axes=(0, 0))
        driven = algebra.times(st.covariances, carried + _each(j, self.own[s])).sum(axis=0)
        known = -algebra.times(self.own[t], driven + passed)
        trace_known = algebra.traces(known[None])[0]
        border = 0 * trace_known
        if pair.shared:
            trace_passed = algebra.traces(passed[None])[0]
            border = (
                st.η[s] * (st.η[t] * trace_known + trace_passed) - (self._u[t, between] * K[between, s]).sum()
            )
        rows = st.of_sets(algebra.traces_with(st.covariances, known))
        x, y = pair.solve(rows[None], np.array([border]))
        wγ = pair.weights * x[0]
        γ[:, t, s] = x[0]
        Q[:, t, s] = np.where(both, x[0] + through, 0 * through)
        B[:, t, s] = np.where(both, b - wγ, 0 * b)
        J[:, t, s] = j - st.by_covariance(wγ)
        K[t, s] = -y[0]
        gained = algebra.shifted(algebra.load(st.by_covariance(wγ), st.covariances), y[0])
        G[t, s] = known + algebra.times(algebra.times(self.own[t], gained), self.own[s])
        if st.group[t] >= 0:
            self._u[t, s] = -K[t, s : t + 1] @ algebra.traces(G[s : t + 1, s])

    def through(self, t: int, start: Numbers, driven: Numbers) -> Numbers:
        """Σ_s G_ts (start_s + Σ_c driven_cs Σ_c), for start (T,) and driven (q, T)."""
        st, algebra, s = self.stages, self.stages.algebra, slice(0, t + 1)
        plain = np.tensordot(start[s], self.G[t, s], axes=(0, 0))
        if not driven.any():
            return plain
        moved = np.tensordot(driven[:, s], self.G[t, s], axes=(1, 0))
        total: Numbers = plain + algebra.times(moved, st.covariances).sum(axis=0)
        return total


def _each(coefficients: Numbers, operator: Numbers) -> Numbers:
    """A stack of the operator times each of the coefficients."""
    return coefficients.reshape(-1, *(1,) * operator.ndim) * operator
