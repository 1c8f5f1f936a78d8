"""The two-sided equivalent of random features, given the modes of ``radial_modes``.

n_a samples and m_b features at each radius; δ_a = nλ/weight, the ridge of the kernel matrix.
Unknown are the diagonals q_a of (δ + ΦΦᵀ)⁻¹ and p_b of (1 + Φᵀδ⁻¹Φ)⁻¹; with D = diag(n_a q_a),
D̃ = diag(m_b p_b),

    1/q_a = δ_a + Σ_α M_α [A_αᵀE_αA_α]_aa + Σ_b τ[b, a] m_b p_b     E_α = (D̃⁻¹ + A_α D A_αᵀ)⁻¹
    1/p_b = 1 + Σ_α M_α [A_αF_αA_αᵀ]_bb + Σ_a τ[b, a] n_a q_a       F_α = (D⁻¹ + A_αᵀ D̃ A_α)⁻¹

The loss that the fit attains is J = Σ_i M_i λ_i tr W_i F_i + Σ_a σ_a² n_a q_a, with
W_i[a, b] = √w_ia √w_ib E w_ai w_bi, w_a the truth of the population of a; by leaving one sample
out, the test error with noise at radius a is −(∂J/∂δ_a)/(n_a q_a²). A population of vanishing n_a
and no noise is a target.

Source: our own derivation; with one bin and degree 1 it gives ``master_equations`` for features.
"""

import dataclasses

import numpy as np

from ..base.arrays import Array
from .radial_modes import RadialModes

__all__ = ["RadialEquations", "RadialPoint"]


@dataclasses.dataclass(frozen=True)
class RadialPoint:
    """The equations at (log q, log p): residual (2N,) and jacobian (2N, 2N), of logarithms.

    D, D̃, and the modes' matrices K = AᵀEA and AF; scale : 1/q by the right-hand side.
    """

    residual: Array
    jacobian: Array
    D: Array
    widths: Array
    K: Array
    AF: Array
    scale: Array


@dataclasses.dataclass(frozen=True)
class RadialEquations:
    """samples : (KN,) n_a; width : m; ridges : (KN,) δ_a in units of one ridge δ."""

    modes: RadialModes
    samples: Array
    width: float
    ridges: Array

    @property
    def power(self) -> float:
        """E act², on average over the radii and the samples."""
        m = self.modes
        linear = np.tensordot(m.multiplicities, m.amplitudes**2, 1)
        return float(m.widths @ (linear + m.rest) @ self.samples / self.samples.sum())

    def at(self, x: Array, δ: float) -> RadialPoint:
        """Residuals and derivatives at x = (log q, log p), (KN + N,)."""
        A, M, τ = self.modes.amplitudes, self.modes.multiplicities, self.modes.rest
        N = len(self.samples)
        At, place = A.swapaxes(1, 2), np.arange(A.shape[1])
        q, p = np.exp(x[:N]), np.exp(x[N:])
        D, widths = self.samples * q, self.width * self.modes.widths * p
        AD = A * D
        H = AD @ At
        H[:, place, place] += 1 / widths
        EA = np.linalg.inv(H) @ A
        K = At @ EA
        AF = AD - (AD @ K) * D
        L = AF @ At
        samples = δ * self.ridges + np.tensordot(M, K, 1).diagonal() + τ.T @ widths
        features = 1 + np.tensordot(M, L, 1).diagonal() + τ @ D
        J = np.empty((len(x), len(x)))
        J[:N, :N] = -np.tensordot(M, K**2, 1) * D
        J[:N, N:] = np.tensordot(M, EA**2, 1).T / widths + τ.T * widths
        J[N:, N:] = -np.tensordot(M, L**2, 1) * widths
        J[N:, :N] = np.tensordot(M, AF**2, 1) / D + τ * D
        J = J / np.concatenate([samples, features])[:, None] + np.eye(len(x))
        residual = np.concatenate([np.log(q * samples), np.log(p * features)])
        return RadialPoint(residual, J, D, widths, K, AF, samples)

    def error(self, point: RadialPoint, q: Array, truths: Array, noise: Array, on: Array) -> float:
        """The test error.

        truths : (p, K, K) M_iλ_i E w_ki w_li; noise : (KN,) σ²; on : (KN,) how often each radius
        occurs among the test samples, whose noise counts.
        """
        linear, β = self.modes.linear, self.modes.coordinate_radii
        K, AF, D = point.K[linear], point.AF[linear], point.D
        N = len(D) // truths.shape[1]
        W = np.repeat(np.repeat(truths, N, axis=1), N, axis=2) * β[:, :, None] * β[:, None, :]
        F = np.eye(len(D)) * D - D[:, None] * K * D
        FWF = np.einsum("iab,ibc,ica->a", F, W, F, optimize=True)
        AFWFA = np.einsum("iba,iac,ibc->b", AF, W, AF, optimize=True)
        slope = np.concatenate([FWF / D + noise * D, -AFWFA * point.widths])
        push = np.zeros(len(slope))
        push[: len(D)] = on / (self.samples * q) / (q * point.scale)
        return float(slope @ np.linalg.solve(point.jacobian, push))
