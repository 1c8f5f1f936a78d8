"""How each model closes the master equations: what a width does to samples, slack and spread.

A closure turns the scale η into the slack z = base − df1 (df1 with the activation's residual in it,
for random features), base the smaller of samples and width. In all of them p is the *penalty*, nλ
in units of the weights, or nλ/s² where entries have a variance s². Everything broadcasts: width,
penalty, samples, η and z may be arrays.
"""

import dataclasses

import numpy as np

from ..base.arrays import Numbers

__all__ = ["Closure", "GaussianClosure", "LinearClosure", "OrthogonalClosure"]


@dataclasses.dataclass(frozen=True)
class LinearClosure:
    """No projection: t = n − df1 = p/η."""

    penalty: Numbers

    @property
    def width(self) -> None:
        """There is none."""
        return None

    def smaller_dimension(self, samples: Numbers) -> Numbers:
        """base: the smaller of samples and width, which limits df1."""
        return samples

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """z at the solution, and dz/dlog η."""
        load = self.penalty / η
        return load, -load

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        """The η at which the slack is z: the inverse of ``excess``."""
        return self.penalty / z

    def counts_left(self, z: Numbers, samples: Numbers) -> tuple[Numbers, Numbers | None]:
        """(n₊ − df1, m − df1) from z, the second None without a width."""
        return z, None

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """(χ, φ): the width's part in second order, spread = df1 − df2.

        A projection adds c(A) P² to P A P, with c(A) = χ tr(PAP) and φ = 1 − χ·spread > 0.
        """
        return spread * 0, spread * 0 + 1

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, None]:
        """The degrees of freedom left to samples, n₊ − df2; there are no features."""
        return z + spread, None


@dataclasses.dataclass(frozen=True)
class _Width:
    """What the projections have in common."""

    width: Numbers
    penalty: Numbers

    def smaller_dimension(self, samples: Numbers) -> Numbers:
        """base: the smaller of samples and width, which limits df1."""
        return np.minimum(samples, self.width)

    def surplus(self, samples: Numbers) -> Numbers:
        """gap ≥ 0: by how much the larger of samples and width exceeds the smaller."""
        return abs(samples - self.width)

    def counts_left(self, z: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """(n₊ − df1, m − df1) from z: the smaller of the two is z, the other z + gap."""
        base = self.smaller_dimension(samples)
        return z + (samples - base), z + (self.width - base)

    def _degrees_left(
        self, z: Numbers, samples: Numbers, spread: Numbers, φ: Numbers
    ) -> tuple[Numbers, Numbers]:
        left, spare = self.counts_left(z, samples)
        return left + φ * spread, spare + left / (left + spread) * spread


@dataclasses.dataclass(frozen=True)
class GaussianClosure(_Width):
    """Independent Gaussian entries: z (z + gap) = p/η.  c(A) = tr(PAP)/(m − df2)."""

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """z, by the root without cancellation, and dz/dlog η."""
        load, gap = self.penalty / η, self.surplus(samples)
        z = 2 * load / (gap + (gap * gap + 4 * load) ** 0.5)
        return z, -z * (z + gap) / (2 * z + gap)

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        """The η at which the slack is z."""
        return self.penalty / (z * (z + self.surplus(samples)))

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """χ = 1/(m − df2), φ = (m − df1)/(m − df2)."""
        spare = self.counts_left(z, samples)[1]
        return 1 / (spare + spread), spare / (spare + spread)

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """The degrees of freedom left to samples, (n₊ − df1) + φ (df1 − df2), and to features, with
        samples and width exchanged."""
        return self._degrees_left(z, samples, spread, self.width_coupling(z, samples, spread)[1])


@dataclasses.dataclass(frozen=True)
class OrthogonalClosure(_Width):
    """Orthonormal columns, m < d: z (z + gap) = (p/η)(z + d − base). lost : d − m.

    c(A) = (d − m) tr(PAP)/D with D = (tr P)² − (d − m) tr P² = (d − df1)(m − df1) + (d − m) spread.
    """

    lost: Numbers

    def beyond(self, samples: Numbers) -> Numbers:
        """d − base."""
        return self.lost + (self.width - self.smaller_dimension(samples))

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """z, by the root without cancellation, and dz/dlog η."""
        load = self.penalty / η
        beyond = self.beyond(samples)
        b = self.surplus(samples) - load
        root = (b * b + 4 * load * beyond) ** 0.5
        z = np.where(b > 0, 2 * load * beyond / (abs(b) + root), (abs(b) + root) / 2)[()]
        return z, -load * (z + beyond) / root

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        """The η at which the slack is z."""
        beyond = self.beyond(samples)
        return self.penalty * (z + beyond) / (z * (z + self.surplus(samples)))

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """χ = (d − m)/D, φ = (d − df1)(m − df1)/D."""
        spare = self.counts_left(z, samples)[1]
        whole = (z + self.beyond(samples)) * spare
        D = whole + self.lost * spread
        return self.lost / D, whole / D

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """The degrees of freedom left to samples and to features; the latter are multiplied by
        d/(d − m), since m orthonormal columns fluctuate less than independent ones."""
        φ = self.width_coupling(z, samples, spread)[1]
        of_samples, of_features = self._degrees_left(z, samples, spread, φ)
        return of_samples, of_features * (1 + self.width / self.lost)


Closure = LinearClosure | GaussianClosure | OrthogonalClosure
