"""The two-sided deterministic equivalent of random features with the modes of ``radial_modes``.

There are n_a samples and m_b features at each radius, and ridge δ = nλ of the kernel matrix. The
unknowns are the diagonals q_a of (δ + ΦΦᵀ)⁻¹ and p_b of (1 + ΦᵀΦ/δ)⁻¹. With D = diag(n_a q_a) and
D̃ = diag(m_b p_b),

    1/q_a = δ + Σ_α M_α [A_αᵀE_αA_α]_aa + Σ_b τ[b, a] m_b p_b     E_α = (D̃⁻¹ + A_α D A_αᵀ)⁻¹
    1/p_b = 1 + Σ_α M_α [A_αF_αA_αᵀ]_bb + Σ_a τ[b, a] n_a q_a     F_α = (D⁻¹ + A_αᵀ D̃ A_α)⁻¹

The minimal loss is J(δ) = Σ_i power_i β_iᵀF_iβ_i + σ² Σ_a n_a q_a with β_i = √v_i. By leaving one
sample out, the test error including noise is −dJ/dε at δ_a + ε/(n q_a²).

Source: our own derivation. With one bin and degree 1 it reduces to ``theory.master`` for random
features. Regime: that of ``theory.radial_modes``.
"""

import dataclasses

import numpy as np

from .arrays import Array
from .radial_modes import RadialModes

__all__ = ["RadialEquations", "RadialPoint"]


@dataclasses.dataclass(frozen=True)
class RadialPoint:
    """The equations at (log q, log p): residual (2N,) and jacobian (2N, 2N) in logarithms.

    D, widths : (N,) the diagonals of D and D̃; K, AF : (modes, N, N) AᵀEA and AF; scale : (N,) the
    right-hand side for 1/q.
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
    """The equations for n samples and m features.

    samples, width : n and m, distributed over the radii by ``modes.shares``.
    """

    modes: RadialModes
    samples: float
    width: float

    @property
    def power(self) -> float:
        """E (act − E act)², averaged over the radii."""
        m = self.modes
        linear = np.tensordot(m.multiplicities, m.amplitudes**2, 1)
        return float(m.shares @ (linear + m.rest) @ m.shares)

    def at(self, x: Array, δ: float) -> RadialPoint:
        """Residuals and derivatives at x = (log q, log p), (2N,)."""
        A, M, τ = self.modes.amplitudes, self.modes.multiplicities, self.modes.rest
        N = len(x) // 2
        At, place = A.swapaxes(1, 2), np.arange(N)
        q, p = np.exp(x[:N]), np.exp(x[N:])
        D, widths = self.samples * self.modes.shares * q, self.width * self.modes.shares * p
        AD = A * D
        H = AD @ At
        H[:, place, place] += 1 / widths
        EA = np.linalg.inv(H) @ A
        K = At @ EA
        AF = AD - (AD @ K) * D
        L = AF @ At
        samples = δ + np.tensordot(M, K, 1).diagonal() + τ.T @ widths
        features = 1 + np.tensordot(M, L, 1).diagonal() + τ @ D
        J = np.empty((2 * N, 2 * N))
        J[:N, :N] = -np.tensordot(M, K**2, 1) * D
        J[:N, N:] = np.tensordot(M, EA**2, 1).T / widths + τ.T * widths
        J[N:, N:] = -np.tensordot(M, L**2, 1) * widths
        J[N:, :N] = np.tensordot(M, AF**2, 1) / D + τ * D
        J = J / np.concatenate([samples, features])[:, None] + np.eye(2 * N)
        residual = np.concatenate([np.log(q * samples), np.log(p * features)])
        return RadialPoint(residual, J, D, widths, K, AF, samples)

    def error(self, point: RadialPoint, q: Array, power: Array, noise: float) -> float:
        """The test error, noise excluded.

        q : (N,); power : (coordinates,) λ_i E w_i², multiplicities included; noise : σ². Raises
        numpy's LinAlgError if the Jacobian is singular.
        """
        linear, β = self.modes.linear, self.modes.coordinate_radii
        K, AF, D = point.K[linear], point.AF[linear], point.D
        Fβ = D * β - D * np.einsum("kab,kb->ka", K, D * β)
        AFβ = np.einsum("kba,ka->kb", AF, β)
        slope = np.concatenate([power @ Fβ**2 / D + noise * D, -(power @ AFβ**2) * point.widths])
        push = np.concatenate([1 / (self.samples * q**2) / point.scale, 0 * q])
        return float(slope @ np.linalg.solve(point.jacobian, push)) - noise
