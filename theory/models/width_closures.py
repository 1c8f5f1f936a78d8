"""How each model closes the master equations: what a width does to samples, excess and spread.

A closure turns the scale η into the excess z = base − df1 (df1 with the activation's residual in it,
for random features), base the smaller of samples and width. In all of them p is the *penalty*, nλ
in units of the weights, or nλ/s² where entries have a variance s². Everything broadcasts: width,
penalty, samples, η and z may be arrays.
"""

import dataclasses
from typing import Self

import numpy as np

from ..base.arrays import Numbers

__all__ = ["Closure", "GaussianClosure", "LinearClosure", "OrthogonalClosure"]


class Closure:
    """What the equations ask of a closure.

    width : m, None without one; penalty : p; missing : d − m of orthonormal columns, else None.
    """

    width: Numbers | None
    penalty: Numbers
    missing: Numbers | None

    def with_penalty(self, penalty: Numbers) -> Self:
        """The same closure at another ridge."""
        return dataclasses.replace(self, penalty=penalty)  # type: ignore[type-var]

    def smaller_dimension(self, samples: Numbers) -> Numbers:
        """base: the smaller of samples and width, which limits df1."""
        raise NotImplementedError

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """z at the solution, by the root without cancellation, and dz/dlog η."""
        raise NotImplementedError

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        """The η at which the excess is z: the inverse of ``excess``."""
        raise NotImplementedError

    def counts_left(self, z: Numbers, samples: Numbers) -> tuple[Numbers, Numbers | None]:
        """(n₊ − df1, m − df1) from z, the second None without a width."""
        raise NotImplementedError

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """(χ, φ): the width's part in second order, spread = df1 − df2.

        A projection adds c(A) P² to P A P, with c(A) = χ tr(PAP) and φ = 1 − χ·spread > 0.
        """
        raise NotImplementedError

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers | None]:
        """The degrees of freedom left to samples and to features, the second None without a width."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class LinearClosure(Closure):
    """No projection: t = n − df1 = p/η."""

    penalty: Numbers

    width = missing = None

    def smaller_dimension(self, samples: Numbers) -> Numbers:
        return samples

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        z = self.penalty / η
        return z, -z

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        return self.penalty / z

    def counts_left(self, z: Numbers, samples: Numbers) -> tuple[Numbers, None]:
        return z, None

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        return spread * 0, spread * 0 + 1

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, None]:
        """n₊ − df2."""
        return z + spread, None


@dataclasses.dataclass(frozen=True)
class _WidthClosure(Closure):
    """What the projections have in common."""

    width: Numbers
    penalty: Numbers

    def smaller_dimension(self, samples: Numbers) -> Numbers:
        return np.minimum(samples, self.width)

    def surplus(self, samples: Numbers) -> Numbers:
        """gap ≥ 0: by how much the larger of samples and width exceeds the smaller."""
        return abs(samples - self.width)

    def counts_left(self, z: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        """The smaller of the two is z, the other z + gap."""
        base = self.smaller_dimension(samples)
        return z + (samples - base), z + (self.width - base)

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """(n₊ − df1) + φ (df1 − df2), and the same with samples and width exchanged."""
        φ = self.width_coupling(z, samples, spread)[1]
        of_samples, of_width = self.counts_left(z, samples)
        return of_samples + φ * spread, of_width + of_samples / (of_samples + spread) * spread


@dataclasses.dataclass(frozen=True)
class GaussianClosure(_WidthClosure):
    """Independent Gaussian entries: z (z + gap) = p/η.  c(A) = tr(PAP)/(m − df2)."""

    missing = None

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        load, gap = self.penalty / η, self.surplus(samples)
        z = 2 * load / (gap + (gap * gap + 4 * load) ** 0.5)
        return z, -z * (z + gap) / (2 * z + gap)

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        return self.penalty / (z * (z + self.surplus(samples)))

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """χ = 1/(m − df2), φ = (m − df1)/(m − df2)."""
        width_left = self.counts_left(z, samples)[1]
        return 1 / (width_left + spread), width_left / (width_left + spread)


@dataclasses.dataclass(frozen=True)
class OrthogonalClosure(_WidthClosure):
    """Orthonormal columns, m < d: z (z + gap) = (p/η)(z + d − base). missing : d − m.

    c(A) = (d − m) tr(PAP)/D with D = (tr P)² − (d − m) tr P² = (d − df1)(m − df1) + (d − m) spread.
    """

    missing: Numbers

    def beyond(self, samples: Numbers) -> Numbers:
        """d − base."""
        return self.missing + (self.width - self.smaller_dimension(samples))

    def excess(self, η: Numbers, samples: Numbers) -> tuple[Numbers, Numbers]:
        load = self.penalty / η
        beyond = self.beyond(samples)
        b = self.surplus(samples) - load
        root = (b * b + 4 * load * beyond) ** 0.5
        z = np.where(b > 0, 2 * load * beyond / (abs(b) + root), (abs(b) + root) / 2)[()]
        return z, -load * (z + beyond) / root

    def scale_at_excess(self, z: Numbers, samples: Numbers) -> Numbers:
        beyond = self.beyond(samples)
        return self.penalty * (z + beyond) / (z * (z + self.surplus(samples)))

    def width_coupling(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """χ = (d − m)/D, φ = (d − df1)(m − df1)/D."""
        width_left = self.counts_left(z, samples)[1]
        whole = (z + self.beyond(samples)) * width_left
        D = whole + self.missing * spread
        return self.missing / D, whole / D

    def degrees_left(self, z: Numbers, samples: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
        """Those of the features are multiplied by d/(d − m), since m orthonormal columns fluctuate
        less than independent ones."""
        of_samples, of_features = super().degrees_left(z, samples, spread)
        return of_samples, of_features * (1 + self.width / self.missing)
