"""How the error depends on which coordinates a sketch by random coordinates has drawn.

In one draw coordinate i is kept (s_i = 1) or dropped (s_i = 0); averaged, s_i = s = m/d. The error is
a function E(s) of all s_i through the equations

    n_k = β_k t + Σ_i s_i y_ki G_i,  Σ_k β_k = 1,     t = p/η,  y_ki = a_k β_k σ_ki,  G = 1/(η + Σ_k y_k)
    n_k u_k = a_k β_k (σ_k² + b_k) + Σ_j A_kj u_j,    b_τ = Σ_i σ_τi [s_i E r_τi² + (1 − s_i) E w_τi²]
    E = b_t + Σ_k T_k u_k,                            A_kj = Σ_i s_i G_i² y_ki y_ji,  T_k likewise with σ_t,

sums over coordinates counting multiplicities, and r_τ = w_τ − G Σ_j y_j w_j. With multipliers v of the
second line and μ of the first, L(Y) of Y = (log β, log η, u, v, μ) is stationary at the solution and is
linear in s, L = ℓ_0 + Σ_i s_i ℓ_i(Y), so that ∂E/∂s_i = ℓ_i and ∂²E/∂s_i∂s_j = −∇ℓ_iᵀ H⁻¹ ∇ℓ_j, H = ∂²L/∂Y².

m of d coordinates without replacement have Cov(s_i, s_j) = q (δ_ij − 1/d), q = s (1 − s) d/(d − 1). With
C the covariance of Σ_i s_i ∇ℓ_i and M = H⁻¹C, the mean over draws is E − ½ tr M and the variance

    q Σ (ℓ_i − ℓ̄)² + ½ tr M² + (1 − 2s) q Σ (ℓ_i − ℓ̄) h̃_i,     h̃_i = −(∇ℓ_i − mean)ᵀ H⁻¹ (∇ℓ_i − mean)

to second order. Regime: the first order is exact for an error that is linear in s, as where a few large
coordinates that a draw misses dominate it, whatever their distribution. It fails where the number of
samples is that of the kept coordinates of nonzero variance, which is then random; the second order is
large there.

Source: our own derivation; not in arXiv 2410.04840.
"""

import dataclasses
import functools

import numpy as np

from ..base.arrays import Array, Numbers

__all__ = ["CoordinateDraws", "DrawEffect"]

STEP = 1e-30
"""Of derivatives by complex differences, which have no cancellation."""

LEAST_SCALE, MOST_SCALE = 1e-40, 1e40
"""Of the smallest and the largest load: scales beyond these are as good as 0 and infinite."""


@dataclasses.dataclass(frozen=True)
class DrawEffect:
    """variance : of the error over draws; shift : its mean over draws less the error at s = m/d."""

    variance: float
    shift: float


@dataclasses.dataclass(frozen=True)
class CoordinateDraws:
    """The fitted sources, the target, and what is solved for them; K sources, p coordinates.

    multiplicities : (p,); covariances : (K + 1, p), the target's last; weights, counts, noise : (K,);
    moments : (K + 1, K + 1, p) E w_j w_k of each coordinate; share : s; samples_left : t;
    shares : (K,) β; scale : η. In units of the error, so that nothing overflows.
    """

    multiplicities: Array
    covariances: Array
    weights: Array
    counts: Array
    noise: Array
    moments: Array
    share: float
    samples_left: float
    shares: Array
    scale: float

    def effect(self) -> DrawEffect:
        """Mean and variance over draws, to second order. Cost: 4K + 2 passes over the coordinates."""
        K, d = len(self.weights), float(self.multiplicities.sum())
        if d <= 1:
            return DrawEffect(0.0, 0.0)
        Y = self._stationary()
        q = self.share * (1 - self.share) * d / (d - 1)
        ℓ = self._kept(Y, self._at(Y))
        ℓ = ℓ - self.multiplicities @ ℓ / d
        H, rows = np.zeros((4 * K + 2, 4 * K + 2)), np.zeros((4 * K + 2, len(ℓ)))
        for c in range(len(H)):
            moved = Y.astype(complex)
            moved[c] += 1j * STEP
            at = self._at(moved)
            H[c] = self._gradient(moved, at).imag / STEP
            rows[c] = self._kept(moved, at).imag / STEP
        rows = rows - (rows @ self.multiplicities / d)[:, None]
        M = np.linalg.solve(H, q * (rows * self.multiplicities) @ rows.T)
        curvature = -(rows * np.linalg.solve(H, rows)).sum(axis=0)
        first = q * (self.multiplicities @ ℓ**2)
        third = q * (1 - 2 * self.share) * (self.multiplicities @ (ℓ * curvature))
        variance = first + 0.5 * np.trace(M @ M) + third
        return DrawEffect(max(float(variance), 0.0), -0.5 * float(np.trace(M)))

    def merged(self) -> "CoordinateDraws":
        """Equal coordinates as one, as often as all of them."""
        K = len(self.weights)
        rows = np.vstack([self.covariances, self.moments.reshape((K + 1) ** 2, -1)])
        _, first, group = np.unique(rows, axis=1, return_index=True, return_inverse=True)
        return dataclasses.replace(
            self,
            multiplicities=np.asarray(np.bincount(group.ravel(), self.multiplicities), dtype=float),
            covariances=self.covariances[:, first],
            moments=self.moments[:, :, first],
        )

    @functools.cached_property
    def _scale(self) -> float:
        """η within the bounds beyond which nothing depends on it."""
        loads = (self.weights * self.shares) @ self.covariances[:-1]
        loads = loads[loads > 0]
        return float(np.clip(self.scale, LEAST_SCALE * loads.min(), MOST_SCALE * loads.max()))

    def _at(self, Y: Numbers) -> "_SolvedSums":
        return _SolvedSums(self, Y[: len(self.weights) + 1], self.samples_left * self._scale)

    def _stationary(self) -> Array:
        """Y at which L is stationary: the solved fixed point and its multipliers."""
        K = len(self.weights)
        x = np.log(np.append(self.shares, self._scale))
        at = self._at(x)
        u = np.linalg.solve(at.response, at.drive)
        v = np.linalg.solve(at.response.T, at.target)
        zero = np.concatenate([x, u, v, np.zeros(K + 1)])
        μ = -np.linalg.solve(at.jacobian.T, self._gradient(zero, at)[: K + 1])
        return np.concatenate([x, u, v, μ])

    def _kept(self, Y: Numbers, at: "_SolvedSums") -> Numbers:
        """ℓ_i for each coordinate, (p,)."""
        u, v, μ = self._split(Y)
        uyG, vy = (u @ at.y) * at.G, v @ at.y
        gained = np.einsum("aap->ap", at.residuals - self.moments)
        ℓ = self.covariances[-1] * (gained[-1] + uyG * at.G) + vy * at.G * uyG
        ℓ = ℓ + (v[:, None] * at.y * gained[:-1]).sum(axis=0)
        kept: Numbers = ℓ + (μ[:-1] / self.counts) @ at.y * at.G
        return kept

    def _gradient(self, Y: Numbers, at: "_SolvedSums") -> Numbers:
        """(4K + 2,) ∇L."""
        u, v, μ = self._split(Y)
        K = len(self.weights)
        strengths = np.append(v * at.strength, 1.0)
        pull = strengths[:, None] * self.covariances
        of_β = -2 * np.einsum("p,lp,ap,alp->l", at.kept * at.G, at.y, pull, at.residuals[:, :K])
        of_η = 2 * np.einsum("p,ap,ap->", at.kept * (at.η * at.G), pull, at.residual_fits)
        uy, vy = u @ at.y, self.covariances[-1] + v @ at.y
        G2 = at.kept * at.G**2
        Z = G2 * at.G * vy * uy
        of_β = of_β + v * at.strength * (at.b[:K] + self.noise)
        of_β = of_β + u * (at.y @ (G2 * vy)) + v * (at.y @ (G2 * uy)) - 2 * at.y @ Z
        of_η = of_η - 2 * at.η * Z.sum()
        of_x = np.append(of_β, of_η) + μ @ at.jacobian
        of_u = at.target - v * self.counts + v @ at.A
        of_v = at.drive - self.counts * u + at.A @ u
        return np.concatenate([of_x, of_u, of_v, at.excess])

    def _split(self, Y: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """The parts u, v and μ of Y."""
        K = len(self.weights)
        return Y[K + 1 : 2 * K + 1], Y[2 * K + 1 : 3 * K + 1], Y[3 * K + 1 :]


class _SolvedSums:
    """The sums of the equations at x = (log β, log η), real or complex; penalty : t η."""

    def __init__(self, m: CoordinateDraws, x: Numbers, penalty: float) -> None:
        K = len(m.weights)
        β, self.η = np.exp(x[:-1]), np.exp(x[-1])
        self.strength = m.weights * β
        self.y = self.strength[:, None] * m.covariances[:-1]
        self.G = 1 / (self.η + self.y.sum(axis=0))
        self.kept = m.share * m.multiplicities
        t, yG = penalty / self.η, self.y * self.G
        self.A = (yG * self.kept) @ yG.T
        D, B = yG @ self.kept, self.η * (yG @ (self.kept * self.G))
        self.target = self.y @ (self.kept * self.G**2 * m.covariances[-1])
        self.excess = np.append((β * t + D) / m.counts - 1, β.sum() - 1)
        self.jacobian = np.zeros((K + 1, K + 1), dtype=x.dtype)
        self.jacobian[:K, :K] = (np.diag(β * t + D) - self.A) / m.counts[:, None]
        self.jacobian[:K, K] = -(β * t + B) / m.counts
        self.jacobian[K, :K] = β
        self.response = np.diag(β * t + B + self.A.sum(axis=1)) - self.A
        self._residuals(m, K)
        missed = np.einsum("p,ap,aap->a", (1 - m.share) * m.multiplicities, m.covariances, m.moments)
        kept = np.einsum("p,ap,aap->a", self.kept, m.covariances, self.residuals)
        self.b = kept + missed
        self.drive = self.strength * (self.b[:K] + m.noise)

    def _residuals(self, m: CoordinateDraws, K: int) -> None:
        """E r_j r_k, (K + 1, K + 1, p), and E r_k (w_k − r_k), (K + 1, p)."""
        through = np.zeros((K + 1, K + 1, len(self.G)), dtype=self.G.dtype)
        through[:, :K] = -(self.y * self.G)[None]
        own = np.arange(K)
        through[own, own] = self.G * (self.η + (self.y.sum(axis=0) - self.y))
        through[K, K] = 1
        half = np.einsum("akp,kjp->ajp", through, m.moments)
        self.residuals = np.einsum("ajp,cjp->acp", half, through)
        self.residual_fits = np.einsum("aap->ap", half) - np.einsum("aap->ap", self.residuals)
