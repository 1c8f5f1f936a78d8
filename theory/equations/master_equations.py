"""The master equations, in variables that stay bounded for every ridge.

Samples of K sources share the effective ridge. With Σ_k the covariances, a_k the loss weights, n_k
the samples (n in all, n₊ = Σ n_k over the sources that are fitted: those with n_k a_k > 0), the
unknowns are the *shares* β_k > 0 with Σ β_k = 1 and a scale η > 0, and

    Y_k = a_k β_k Σ_k,     Y = Σ Y_k,     G = (η + Y)⁻¹,     df1 = tr YG,     df2 = tr (YG)²

    n_k = β_k t + tr Y_kG                  one equation for each source                     (source)
    n₊ − df1 = t                           their sum: t samples are left to the ridge       (total)

    linear              t = nλ/η
    random projection   t (m − df1) = nλ/(s²η)                                              (width)

In the unknowns f_k and κ, in which deterministic equivalents are usually written, they are

    1/f_k = κ/a_k + tr(Σ_kP)/n,     P = (I + Σ_k (n_k/n) f_kΣ_k)⁻¹,
    λ = κ (linear),     λ = m s² κ (1 − df1/m) (random projection),

with β_k = (n_k f_k/n a_k) η, η = 1/Σ_k (n_k f_k/n a_k), P = ηG, t = nκ/η: every factor that
vanishes or diverges as λ → 0 (κ, f, P) has become the one number η. At fixed κ the map
f ↦ 1/(κ/a + tr ΣP/n) is positive, at most a/κ, increasing and strictly sub-homogeneous in f: it has
exactly one positive fixed point, and the width equation is increasing in κ: whatever positive
numbers solve the equations are *the* solution.

Sources of equal covariance and weight have f in common and are one *group* here.

An orthogonal projection closes them by t (m − df1) = (nλ/η)(d − df1). Random features are a random
projection in which Σ_k is μ_k²Σ_k and a tail N_k = a_kβ_kμ*_k²/(s²η) is part of every tr Y_kG (see
``resolvent``): the residual of the activation acts as infinitely many more coordinates.

Everything is plain arithmetic on numpy arrays, diagonals or matrices (``matrix_algebra``): float64
or object arrays of mpmath numbers run the same lines. Sums are arranged so that no two nearly equal
numbers are subtracted: a relative error δ in (β, η) moves every result by a few δ, relative to the
sum of the absolute values of its summands.

Source: arXiv 2410.04840 v2, Propositions 1 to 4 and Theorems 1 and 2 (K = 2), for any K.
"""

import dataclasses

import numpy as np

from ..base.arrays import Number, Numbers, PerGroup, Stack, inner_product
from ..models.width_closures import Closure
from .matrix_algebra import Algebra, DiagonalAlgebra
from .resolvent import MatrixResolvent, Resolvent, Total

__all__ = ["Equations", "Linearised"]


@dataclasses.dataclass(frozen=True)
class Equations:
    """The numbers that the equations are made of, for G groups of sources.

    counts : (G,) samples n_k of each group, weights : (G,) a_k,
    covariances : (G, p) eigenvalues, (G, p, p) matrices, or (G,) diagonals with parts of low rank;
    tails : (G,) μ*_k²/s², 0 except for random features; algebra : of these.
    """

    counts: PerGroup
    weights: PerGroup
    covariances: Stack
    tails: PerGroup
    algebra: Algebra
    closure: Closure[Number]

    @property
    def samples(self) -> Number:
        """n₊, the samples that are fitted."""
        return self.counts.sum()

    @property
    def base(self) -> Number:
        """The smaller of samples and width, which limits df1."""
        return self.closure.smaller_dimension(self.samples)

    def loads(self, β: PerGroup) -> Stack:
        """Y_k = a_k β_k Σ_k, (G, p) or (G, p, p)."""
        strength = self.weights * β
        return strength.reshape(-1, *(1,) * (self.covariances.ndim - 1)) * self.covariances

    def green(self, β: PerGroup, η: Number) -> Resolvent | MatrixResolvent:
        """G and what is made of it at shares β, (G,), and scale η."""
        tails = self.weights * β * self.tails / η
        if isinstance(self.algebra, DiagonalAlgebra):
            return Resolvent(self.loads(β), η, self.algebra.multiplicities, tails)
        return MatrixResolvent(self.loads(β), η, self.algebra, tails)

    def total(self, β: PerGroup) -> Total:
        """The terms of the total equation at shares β; with low-rank parts those of the diagonal."""
        load, tail = self.loads(β).sum(axis=0), inner_product(self.weights * β, self.tails)
        if isinstance(self.algebra, DiagonalAlgebra):
            return Total(load, self.algebra.multiplicities, tail)
        return Total(*self.algebra.eigenvalues(load), tail)

    def linearised(self, β: PerGroup, η: Number) -> "Linearised":
        """Residuals of all equations and their derivatives in (log β, log η).

        Every source gives two rows, one in the form n_k = β_k t + tr Y_kG, relative to n_k, and one
        in the form (n_k − tr Y_kG) = β_k t with the left side summed without cancellation,
        relative to the sum of its absolute values; then the total equation in the second form; then
        Σ β_k = 1. These 2G + 2 rows in G + 1 unknowns agree at the solution. Near a tie the first
        form of a source says nothing and its second form everything; elsewhere they say the same.
        """
        green = self.green(β, η)
        samples = self.samples
        z, dz = self.closure.excess(η, samples)
        t, _ = self.closure.counts_left(z, samples)
        A, B, D = green.second_order()

        sources = (β * t + D) / self.counts - 1
        sources_u = (np.diag(β * t + D) - A) / self.counts[:, None]
        sources_η = (β * dz - B) / self.counts

        left, size = green.stable_count(self.counts)
        scale = size + β * t
        counted = (left - β * t) / scale
        others = A.sum(axis=1) - A.diagonal()
        counted_u = (A - np.diag(A.diagonal() + B + others + β * t)) / scale[:, None]
        counted_η = (B - β * dz) / scale

        total_left, total_size = green.stable_total(self.base)
        total = (total_left - z) / (total_size + z)
        total_u, total_η = -B / (total_size + z), (B.sum() - dz) / (total_size + z)

        residual = np.concatenate([sources, counted, [total], [β.sum() - 1]])
        columns = np.vstack([sources_u, counted_u, total_u[None, :], β[None, :]])
        last = np.concatenate([sources_η, counted_η, [total_η], [η * 0]])
        return Linearised(residual, np.column_stack([columns, last]))


@dataclasses.dataclass(frozen=True)
class Linearised:
    """residual : (2G + 2,), relative; jacobian : (2G + 2, G + 1) in (log β, log η)."""

    residual: Numbers
    jacobian: Numbers
