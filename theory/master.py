"""The master equations, in variables that stay bounded for every ridge.

Samples of K sources share the effective ridge. With Σ_k the covariances, a_k the loss weights, n_k
the samples (n in all, n₊ = Σ n_k over the sources that are fitted: those with n_k a_k > 0), the
unknowns are the *shares* β_k > 0 with Σ β_k = 1 and a scale η > 0, and

    Y_k = a_k β_k Σ_k,     Y = Σ Y_k,     G = (η + Y)⁻¹,     df1 = tr YG,     df2 = tr (YG)²

    n_k = β_k t + tr Y_kG                  one equation for each source                     (source)
    n₊ − df1 = t                           their sum: t samples are left to the ridge       (total)

    linear              t = nλ/η
    random projection   t (m − df1) = nλ/(s²η)                                              (width)

They are the equations of theory of the mixture,

    1/f_k = κ/a_k + tr(Σ_kP)/n,     P = (I + Σ_k (n_k/n) f_kΣ_k)⁻¹,
    λ = κ (linear),     λ = m s² κ (1 − df1/m) (random projection),

with β_k = (n_k f_k/n a_k) η, η = 1/Σ_k (n_k f_k/n a_k), P = ηG, t = nκ/η: every factor that
vanishes or diverges as λ → 0 (κ, f, P) has become the one number η. At fixed κ the map
f ↦ 1/(κ/a + tr ΣP/n) is positive, increasing and strictly sub-homogeneous in f, so that it has
exactly one positive fixed point, and the width equation is increasing in κ: whatever positive
numbers solve the equations are *the* solution.

Sources of equal covariance and weight have f in common and are one *group* here.

Everything is plain arithmetic on numpy arrays: float64 or object arrays of mpmath numbers run the
same lines. Sums are arranged so that no two nearly equal numbers are subtracted: a relative error δ
in (β, η) moves every result by a few δ, relative to the sum of the absolute values of its summands.

Source: arXiv 2410.04840 v2, Propositions 1 to 4 and Theorems 1 and 2 (K = 2), for any K.
"""

import dataclasses
from typing import Any

import numpy as np

__all__ = ["Equations", "Green", "Linearised", "Projection"]

Numbers = Any
"""float64 arrays, or object arrays of mpmath numbers."""


@dataclasses.dataclass(frozen=True)
class Projection:
    """How the model closes the equations: a width for random projections, none for linear models.

    width : m, or None for the linear model.
    penalty : p = nλ for the linear model, nλ/s² for a random projection.
    """

    width: Numbers | None
    penalty: Numbers

    def binding(self, samples: Numbers) -> Numbers:
        """base: the smaller of samples and width, which limits df1."""
        return samples if self.width is None else min(samples, self.width)

    def surplus(self, samples: Numbers) -> Numbers:
        """gap ≥ 0: by how much the larger of samples and width exceeds the smaller."""
        return samples * 0 if self.width is None else abs(samples - self.width)

    def slack(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """z = base − df1 at the solution, and dz/dlog η.

        Linear: z = p/η. Random projection: z (z + gap) = p/η, by the root without cancellation.
        """
        load = self.penalty / η
        if self.width is None:
            return load, -load
        gap = self.surplus(samples)
        z = 2 * load / (gap + (gap * gap + 4 * load) ** 0.5)
        return z, -z * (z + gap) / (2 * z + gap)

    def scale_with(self, z: Numbers, samples: Numbers) -> Numbers:
        """The η at which the slack is z: the inverse of ``slack``."""
        return self.penalty / (z if self.width is None else z * (z + self.surplus(samples)))

    def coupling(self, spare: Numbers | None, spread: Numbers) -> tuple[Numbers, Numbers]:
        """(χ, φ) from spare = m − df1 and spread = df1 − df2: the width's part in second order.

        The projection adds c(A) P² to P A P, with c(A) = χ tr(PAP). Linear: χ = 0, φ = 1. Random
        projection: χ = 1/(m − df2), φ = 1 − χ (df1 − df2) = (m − df1)/(m − df2).
        """
        if spare is None:
            return spread * 0, spread * 0 + 1
        return 1 / (spare + spread), spare / (spare + spread)

    def left(self, z: Numbers, samples: Numbers) -> tuple[Numbers, Numbers | None]:
        """(n₊ − df1, m − df1) from z: one of the two is z, the other z + gap."""
        if self.width is None:
            return z, None
        gap = self.surplus(samples)
        return (z, z + gap) if samples <= self.width else (z + gap, z)


@dataclasses.dataclass(frozen=True)
class Equations:
    """The numbers that the equations are made of, for G groups of sources.

    counts : (G,) samples n_k of each group, weights : (G,) a_k,
    spectra : (G, p) eigenvalues, in descending order where G = 1; multiplicities : (p,) how often
    each coordinate is repeated.
    """

    counts: Numbers
    weights: Numbers
    spectra: Numbers
    multiplicities: Numbers
    projection: Projection

    @property
    def samples(self) -> Numbers:
        """n₊, the samples that are fitted."""
        return self.counts.sum()

    def loads(self, β: Numbers) -> Numbers:
        """Y_k = a_k β_k Σ_k, (G, p)."""
        return (self.weights * β)[:, None] * self.spectra

    def green(self, β: Numbers, η: Numbers) -> "Green":
        """G and what is made of it at shares β, (G,), and scale η."""
        return Green.of(self.loads(β), η, self.multiplicities)

    def linearised(self, β: Numbers, η: Numbers) -> "Linearised":
        """Residuals of all equations and their derivatives in (log β, log η).

        Every source gives two rows, one in the form n_k = β_k t + tr Y_kG, relative to n_k, and one
        in the form (n_k − tr Y_kG) = β_k t with the left side summed without cancellation,
        relative to the sum of its absolute values; then the total equation in the second form; then
        Σ β_k = 1. These 2G + 2 rows in G + 1 unknowns agree at the solution. Near a tie the first
        form of a source says nothing and its second form everything; elsewhere they say the same.
        """
        green = self.green(β, η)
        samples = self.samples
        z, dz = self.projection.slack(η, samples)
        t, _ = self.projection.left(z, samples)
        A, B, D = green.second_order()

        sources = (β * t + D) / self.counts - 1
        sources_u = (np.diag(β * t + D) - A) / self.counts[:, None]
        sources_η = (β * dz - B) / self.counts

        left, size = green.counted(self.counts)
        scale = size + β * t
        counted = (left - β * t) / scale
        others = A.sum(axis=1) - A.diagonal()
        counted_u = (A - np.diag(A.diagonal() + B + others + β * t)) / scale[:, None]
        counted_η = (B - β * dz) / scale

        base = self.projection.binding(samples)
        left, size = green.counted_in_all(base)
        total = (left - z) / (size + z)
        total_u, total_η = -B / (size + z), (B.sum() - dz) / (size + z)

        residual = np.concatenate([sources, counted, [total], [β.sum() - 1]])
        columns = np.vstack([sources_u, counted_u, total_u[None, :], β[None, :]])
        last = np.concatenate([sources_η, counted_η, [total_η], [η * 0]])
        return Linearised(residual, np.column_stack([columns, last]))


@dataclasses.dataclass(frozen=True)
class Linearised:
    """residual : (2G + 2,), relative; jacobian : (2G + 2, G + 1) in (log β, log η)."""

    residual: Numbers
    jacobian: Numbers


@dataclasses.dataclass(frozen=True)
class Green:
    """G = (η + Y)⁻¹ entry by entry: Y (G, p), its sum ``total`` (p,), ``inverse`` (p,).

    ``ordered`` says that the total descends, as it does for one group.
    """

    Y: Numbers
    total: Numbers
    inverse: Numbers
    η: Numbers
    multiplicities: Numbers
    ordered: bool

    @classmethod
    def of(cls, Y: Numbers, η: Numbers, multiplicities: Numbers) -> "Green":
        """G at loads Y, (G, p), and scale η."""
        total = Y[0] if len(Y) == 1 else Y.sum(axis=0)
        return cls(Y, total, 1 / (η + total), η, multiplicities, len(Y) == 1)

    def at(self, η: Numbers) -> "Green":
        """The same loads at another scale."""
        return Green(
            self.Y, self.total, 1 / (η + self.total), η, self.multiplicities, self.ordered
        )

    def second_order(self) -> tuple[Numbers, Numbers, Numbers]:
        """A_kj = tr Y_kGY_jG, (G, G); B_k = η tr Y_kG², (G,); D_k = tr Y_kG, (G,)."""
        YG = self.Y * self.inverse
        weighted = YG * self.multiplicities
        return weighted @ YG.T, self.η * (weighted @ self.inverse), weighted.sum(axis=1)

    def spread(self) -> Numbers:
        """df1 − df2 = η tr YG², the derivative of −df1 in log η."""
        return self.η * ((self.multiplicities * self.total * self.inverse) @ self.inverse)

    def counted(self, counts: Numbers) -> tuple[Numbers, Numbers]:
        """n_k − tr Y_kG and the sum of the absolute values of its summands, both (G,).

        Where y_k is more than half of η + Y, its term 1 − y_kG is summed as (the rest)·G.
        """
        pairs = [self._counted_one(n, k) for k, n in enumerate(counts)]
        return np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])

    def counted_in_all(self, base: Numbers) -> tuple[Numbers, Numbers]:
        """base − tr YG, summed in the same way, and the sum of absolute values."""
        if self.ordered:
            return self._split_in_order(base)
        return self._split(base, self.total, self.η + 0 * self.total)

    def _counted_one(self, n: Numbers, k: int) -> tuple[Numbers, Numbers]:
        rest = self.η + np.delete(self.Y, k, axis=0).sum(axis=0)
        return self._split(n, self.Y[k], rest)

    def _split(self, n: Numbers, own: Numbers, rest: Numbers) -> tuple[Numbers, Numbers]:
        large = own > rest
        parts = np.minimum(own, rest) * self.inverse * self.multiplicities
        whole = n - self.multiplicities @ large
        return whole + parts @ np.where(large, 1.0, -1.0), abs(whole) + parts.sum()

    def _split_in_order(self, n: Numbers) -> tuple[Numbers, Numbers]:
        """``_split`` of the total load, which descends: the large ones are a slice."""
        i = self.total.size - np.searchsorted(self.total[::-1], self.η, side="right")
        mG = self.multiplicities * self.inverse
        whole = n - self.multiplicities[:i].sum()
        gained = self.η * mG[:i].sum()
        lost = mG[i:] @ self.total[i:]
        return (whole + gained) - lost, abs(whole) + gained + lost
