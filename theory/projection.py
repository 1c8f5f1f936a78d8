"""How the model closes the master equations: what a width does to samples, slack and spread."""

import dataclasses

import numpy as np

from .arrays import Numbers

__all__ = ["Projection"]


@dataclasses.dataclass(frozen=True)
class Projection:
    """How the model closes the equations: a width for random projections, none for linear models.

    width : m, or None for the linear model.
    penalty : p = nλ for the linear model, nλ/s² for a random projection.

    Everything broadcasts: width, penalty, samples, η and z may be arrays.
    """

    width: Numbers | None
    penalty: Numbers

    def binding(self, samples: Numbers) -> Numbers:
        """base: the smaller of samples and width, which limits df1."""
        return samples if self.width is None else np.minimum(samples, self.width)

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
        """(n₊ − df1, m − df1) from z: the smaller of the two is z, the other z + gap."""
        base = self.binding(samples)
        return z + (samples - base), None if self.width is None else z + (self.width - base)
