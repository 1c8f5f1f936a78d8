r"""Second order: the covariances of the fits, and their errors.

The residuals of the sample that was left out have covariances C_k across the fits, and the fits

    C_k = N_k + E e_kᵀΣ_ke_k + (1 − L_k) tr(Σ_k cov) (1 − L_k)ᵀ
    W = Σ_k (Σ_k/n_k) B_k C_k B_kᵀ       Ξ = ⊕ Φ_g/m_g       cov = G (W + Ξ) Gᵀ
    Φ_g = tr [K E what whatᵀ Kᵀ + K G W Gᵀ Kᵀ + J G Ξ Gᵀ Jᵀ]      the block of the fits g with one projection

(T × T, W, Ξ and cov of operators; Ξ = 0 between fits that do not share a projection and where there is
none; N_k of the label noise). The error of fit t is tr Σ_t E p_tp_tᵀ + tr Σ_t cov_tt. All this is linear in
the truths and in each noise, and is found row by row, pair of fits by pair of fits, from pairs of earlier
ones: what a pair adds to itself is the system of ``stage_pairs``.
"""

import numpy as np

from ..base.arrays import Indices, Numbers
from ..equations.matrix_algebra import Algebra
from .fitted_stages import JointFits
from .stage_responses import Responses
from .truth_deviations import Deviations

__all__ = ["Covariances"]


class Covariances:
    """R rows, one for each part of the truths, then one for each noise.

    residuals : (R, K, T, T) C_k; traces : (R, q, T, T) tr Σ_c cov; deviations : of each part of the truths.
    """

    def __init__(self, responses: Responses) -> None:
        self.responses, self.stages = responses, responses.stages
        st = self.stages
        self.deviations = [Deviations(responses, part) for part in st.truths]
        T, R = st.fits, len(st.truths) + len(st.noises)
        zero = 0 * st.η[0]
        K, q = len(st.counts), len(st.covariances)
        known = [d.to_labels() for d in self.deviations]
        self._start = np.concatenate([np.array(known).reshape(-1, K, T, T), st.noises]) + zero
        self.residuals = np.zeros((R, K, T, T)) + zero
        self.traces = np.zeros((R, q, T, T)) + zero
        self._W = np.zeros((R, q, T, T)) + zero
        self._Ξ = np.zeros((R, T, T)) + zero
        shape = (T, T, R, *responses.G.shape[2:])
        self._half = np.zeros(shape) + zero
        self.cov = np.zeros(shape) + zero
        self._projected = bool((st.group >= 0).any())
        if self._projected:
            self._moved = _moved(responses)
            self._means = np.array(
                [*(d.of_means(responses.K) for d in self.deviations), *(0 * st.noises[:, 0])]
            )
        for t in range(T):
            for s in range(t + 1):
                self._pair(t, s)

    def _pair(self, t: int, s: int) -> None:
        st, r, algebra = self.stages, self.responses, self.stages.algebra
        pair = r.pairs[t, s]
        common = pair.common
        inner = np.zeros(self._start.shape[:2]) + 0 * st.η[0]
        earlier = self.residuals[:, common, : t + 1, : s + 1]
        inner[:, common] = _forms(r.B[common, t, : t + 1], earlier, r.B[common, s, : s + 1])
        W = _by_covariance(st, inner / st.counts)
        half = self._half_of(t, s, W, 0 * W[:, 0])
        cov = self._cov_of(t, s, half)
        self.traces[:, :, t, s] = algebra.gram(st.covariances, cov).T
        c = self._start[:, :, t, s].copy()
        c[:, common] += self._spread(t, s, common)
        e = self._projection_drive(t, s, W) if pair.shared else 0 * W[:, 0]
        x, y = pair.solve(c, e)
        more = _by_covariance(st, pair.weights * x)
        self.residuals[:, :, t, s] = self.residuals[:, :, s, t] = x
        self._W[:, :, t, s] = self._W[:, :, s, t] = W + more
        self._Ξ[:, t, s] = self._Ξ[:, s, t] = y
        gained = algebra.times(r.own[t], self._loaded(more, y))
        self._half[t, s] = half + gained
        self.cov[t, s] = cov + algebra.times(gained, r.own[s])
        self.traces[:, :, t, s] += algebra.gram(st.covariances, algebra.times(gained, r.own[s])).T
        if s < t:
            self.cov[s, t] = _transposed(self.cov[t, s])
            self.traces[:, :, s, t] = self.traces[:, :, t, s]
            self._half[s, t] = self._half_of(s, t, W + more, y)

    def _loaded(self, W: Numbers, Ξ: Numbers) -> Numbers:
        """Σ_c W_c Σ_c + Ξ of each row."""
        Σ = self.stages.covariances
        loaded = np.tensordot(W, Σ, axes=(1, 0))
        if not self._projected:
            return loaded
        return loaded + Ξ.reshape(-1, *(1,) * (Σ.ndim - 1)) * (np.eye(len(Σ[0])) if Σ.ndim == 3 else 1)

    def _half_of(self, t: int, s: int, W: Numbers, Ξ: Numbers) -> Numbers:
        """[(K + J)⁻¹ (W + Ξ)]_ts, from the rows above it."""
        r, algebra, Σ = self.responses, self.stages.algebra, self.stages.covariances
        rest = self._loaded(W, Ξ)
        if t:
            above = self._half[:t, s]
            carried = np.tensordot(r.J[:, t, :t], above, axes=(1, 0))
            for c, X in enumerate(carried):
                rest = rest - algebra.times(Σ[c], X)
            if self._projected:
                rest = rest - np.tensordot(r.K[t, :t], above, axes=(0, 0))
        return algebra.times(r.own[t], rest)

    def _cov_of(self, t: int, s: int, half: Numbers) -> Numbers:
        """[(K + J)⁻¹ (W + Ξ) (K + J)⁻ᵀ]_ts, from the columns to its left."""
        r, algebra, Σ = self.responses, self.stages.algebra, self.stages.covariances
        rest = half
        if s:
            before = self.cov[t, :s]
            carried = np.tensordot(r.J[:, s, :s], before, axes=(1, 0))
            for c, X in enumerate(carried):
                rest = rest - algebra.times(X, Σ[c])
            if self._projected:
                rest = rest - np.tensordot(r.K[s, :s], before, axes=(0, 0))
        return algebra.times(rest, r.own[s])

    def _spread(self, t: int, s: int, sets: Indices) -> Numbers:
        """[(1 − L_k) tr(Σ_k cov) (1 − L_k)ᵀ]_ts of each row, for these sets."""
        U = self.responses.unlabelled
        traces = self.traces[:, self.stages.covariance_of[sets], : t + 1, : s + 1]
        return _forms(U[sets, t, : t + 1], traces, U[sets, s, : s + 1])

    def _projection_drive(self, t: int, s: int, W: Numbers) -> Numbers:
        """(R,) what Φ_ts is without its own pair."""
        st, algebra = self.stages, self.stages.algebra
        Z, U = self._moved
        Ws = self._W[:, :, : t + 1, : s + 1].copy()
        Ws[:, :, t, s] = W
        total = self._means[:, t, s]
        for i in range(t + 1):
            for j in range(s + 1):
                pulled = algebra.times(st.covariances, Z[t, i])
                total = total + Ws[:, :, i, j] @ _pair_traces(algebra, pulled, Z[s, j])
                if (i, j) != (t, s) and st.shares_projection(i, j):
                    total = total + self._Ξ[:, i, j] * _pair_traces(algebra, U[t, i][None], U[s, j])[0]
        return total

    def errors(self) -> Numbers:
        """(R, T) the error of every fit on the target, noise of the target excluded."""
        st = self.stages
        own = np.array([np.diagonal(d.on(st.target, d.p)) for d in self.deviations]).reshape(-1, st.fits)
        spread = np.diagonal(self.traces[:, st.target], axis1=1, axis2=2).copy()
        spread[: len(own)] += own
        return spread


def _by_covariance(stages: JointFits, rows: Numbers) -> Numbers:
    """(R, K) to (R, q)."""
    return stages.by_covariance(rows.T).T


def _forms(left: Numbers, middle: Numbers, right: Numbers) -> Numbers:
    """left_kᵀ middle_ik right_k, (R, K)."""
    products = (middle @ right[:, :, None])[..., 0]
    return np.asarray((products * left).sum(axis=-1))


def _transposed(stack: Numbers) -> Numbers:
    return stack.swapaxes(1, 2) if stack.ndim == 3 else stack


def _pair_traces(algebra: Algebra, stack: Numbers, B: Numbers) -> Numbers:
    """tr A Bᵀ of each A of the stack."""
    return algebra.traces_with(stack, B if B.ndim == 1 else B.T)


Blocks = dict[tuple[int, int], Numbers]


def _moved(responses: Responses) -> tuple[Blocks, Blocks]:
    """Z = KG and U = JG = 1 − Z, for the rows of fits with a projection."""
    st = responses.stages
    Z: Blocks = {}
    U: Blocks = {}
    for t in np.flatnonzero(st.group >= 0).tolist():
        for i in range(t + 1):
            Z[t, i] = np.tensordot(responses.K[t, i : t + 1], responses.G[i : t + 1, i], axes=(0, 0))
            U[t, i] = -Z[t, i]
        U[t, t] = st.algebra.load(st.by_covariance(st.strength[:, t]), responses.dressed[t])
    return Z, U
