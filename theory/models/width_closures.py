"""How each model closes the master equations: what a width does to samples, excess and spread.

A closure turns the scale η into the excess z = base − df1 (df1 with the activation's residual in it,
for random features), base the smaller of samples and width. In all of them p is the *penalty*, nλ
in units of the weights, or nλ/s² where entries have a variance s². Everything broadcasts: width,
penalty, samples, η and z may be arrays.
"""

import dataclasses
from typing import Generic, Self, TypeVar

import numpy as np

from ..base.arrays import Number, Numbers

__all__ = ["Closure", "GaussianClosure", "LinearClosure", "OrthogonalClosure"]

N = TypeVar("N", Number, Numbers)
"""One problem, or arrays of many: what a closure is made of and all that it is asked."""


class Closure(Generic[N]):
    """The interface of closures.

    width : m, None without one; penalty : p; missing : d − m of orthonormal columns, else None.
    """

    width: N | None
    penalty: N
    missing: N | None

    def with_penalty(self, penalty: N) -> Self:
        """The same closure at another ridge."""
        return dataclasses.replace(self, penalty=penalty)  # type: ignore[type-var]

    def smaller_dimension(self, samples: N) -> N:
        """base: the smaller of samples and width, which limits df1."""
        raise NotImplementedError

    def excess(self, η: N, samples: N) -> tuple[N, N]:
        """z at the solution, by the root without cancellation, and dz/dlog η."""
        raise NotImplementedError

    def scale_at_excess(self, z: N, samples: N) -> N:
        """The η at which the excess is z: the inverse of ``excess``."""
        raise NotImplementedError

    def counts_left(self, z: N, samples: N) -> tuple[N, N | None]:
        """(n₊ − df1, m − df1) from z, the second None without a width."""
        raise NotImplementedError

    def width_coupling(self, z: N, samples: N, spread: N) -> tuple[N, N]:
        """(χ, φ): the width's part in second order, spread = df1 − df2.

        A projection adds c(A) P² to P A P, with c(A) = χ tr(PAP) and φ = 1 − χ·spread > 0.
        """
        raise NotImplementedError

    def degrees_left(self, z: N, samples: N, spread: N) -> tuple[N, N | None]:
        """The degrees of freedom left to samples and to features, the second None without a width."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class LinearClosure(Closure[N]):
    """No projection: t = n − df1 = p/η."""

    penalty: N

    width = missing = None

    def smaller_dimension(self, samples: N) -> N:
        return samples

    def excess(self, η: N, samples: N) -> tuple[N, N]:
        z = self.penalty / η
        return z, -z

    def scale_at_excess(self, z: N, samples: N) -> N:
        return self.penalty / z

    def counts_left(self, z: N, samples: N) -> tuple[N, None]:
        return z, None

    def width_coupling(self, z: N, samples: N, spread: N) -> tuple[N, N]:
        return spread * 0, spread * 0 + 1

    def degrees_left(self, z: N, samples: N, spread: N) -> tuple[N, None]:
        """n₊ − df2."""
        return z + spread, None


@dataclasses.dataclass(frozen=True)
class _WidthClosure(Closure[N]):
    """The base class of projections."""

    width: N
    penalty: N

    def smaller_dimension(self, samples: N) -> N:
        return np.minimum(samples, self.width)

    def surplus(self, samples: N) -> N:
        """gap ≥ 0: by how much the larger of samples and width exceeds the smaller."""
        return abs(samples - self.width)

    def counts_left(self, z: N, samples: N) -> tuple[N, N]:
        """The smaller of the two is z, the other z + gap."""
        base = self.smaller_dimension(samples)
        return z + (samples - base), z + (self.width - base)

    def degrees_left(self, z: N, samples: N, spread: N) -> tuple[N, N]:
        """(n₊ − df1) + φ (df1 − df2), and the same with samples and width exchanged."""
        φ = self.width_coupling(z, samples, spread)[1]
        of_samples, of_width = self.counts_left(z, samples)
        return of_samples + φ * spread, of_width + of_samples / (of_samples + spread) * spread


@dataclasses.dataclass(frozen=True)
class GaussianClosure(_WidthClosure[N]):
    """Independent Gaussian entries: z (z + gap) = p/η.  c(A) = tr(PAP)/(m − df2)."""

    missing = None

    def excess(self, η: N, samples: N) -> tuple[N, N]:
        load, gap = self.penalty / η, self.surplus(samples)
        z = 2 * load / (gap + (gap * gap + 4 * load) ** 0.5)
        return z, -z * (z + gap) / (2 * z + gap)

    def scale_at_excess(self, z: N, samples: N) -> N:
        return self.penalty / (z * (z + self.surplus(samples)))

    def width_coupling(self, z: N, samples: N, spread: N) -> tuple[N, N]:
        """χ = 1/(m − df2), φ = (m − df1)/(m − df2)."""
        width_left = self.counts_left(z, samples)[1]
        return 1 / (width_left + spread), width_left / (width_left + spread)


@dataclasses.dataclass(frozen=True)
class OrthogonalClosure(_WidthClosure[N]):
    """Orthonormal columns, m < d: z (z + gap) = (p/η)(z + d − base). missing : d − m.

    c(A) = (d − m) tr(PAP)/D with D = (tr P)² − (d − m) tr P² = (d − df1)(m − df1) + (d − m) spread.
    """

    missing: N

    def beyond(self, samples: N) -> N:
        """d − base, the directions beyond those of the smaller of samples and features."""
        return self.missing + (self.width - self.smaller_dimension(samples))

    def excess(self, η: N, samples: N) -> tuple[N, N]:
        load = self.penalty / η
        beyond = self.beyond(samples)
        b = self.surplus(samples) - load
        root = (b * b + 4 * load * beyond) ** 0.5
        z = np.where(b > 0, 2 * load * beyond / (abs(b) + root), (abs(b) + root) / 2)[()]
        return z, -load * (z + beyond) / root

    def scale_at_excess(self, z: N, samples: N) -> N:
        beyond = self.beyond(samples)
        return self.penalty * (z + beyond) / (z * (z + self.surplus(samples)))

    def width_coupling(self, z: N, samples: N, spread: N) -> tuple[N, N]:
        """χ = (d − m)/D, φ = (d − df1)(m − df1)/D."""
        width_left = self.counts_left(z, samples)[1]
        whole = (z + self.beyond(samples)) * width_left
        D = whole + self.missing * spread
        return self.missing / D, whole / D

    def degrees_left(self, z: N, samples: N, spread: N) -> tuple[N, N]:
        """Those of the features are multiplied by d/(d − m), since m orthonormal columns fluctuate
        less than independent ones."""
        of_samples, of_features = _WidthClosure.degrees_left(self, z, samples, spread)
        return of_samples, of_features * (1 + self.width / self.missing)
