"""The independent parts of the truths that label connected fits: random vectors, and fixed ones."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..base.arrays import Columns, MomentNumbers, Number, Numbers

if TYPE_CHECKING:
    from .fitted_stages import JointFits
    from .stage_responses import Responses

__all__ = ["FixedPart", "RandomPart", "TruthPart"]


class TruthPart:
    """One part. Its vectors are operators on a random vector, or columns.

    deficits : by set and fit, by how much of the part the labels have less than if all of them were the
        target's truth.
    """

    deficits: Any

    def perfect(self) -> Self:
        """The same where the last fit is the only one, and all its labels are the target's truth."""
        raise NotImplementedError

    def deviation(self, responses: "Responses", t: int) -> Numbers:
        """Σ_s G_ts (Σ_r K_sr w + Σ_k Σ_k (B_kd_k)_s) of fit t."""
        raise NotImplementedError

    def gram(self, stages: "JointFits", C: Numbers, e: Numbers) -> Numbers:
        """(T, T) E e_tᵀC e_s."""
        raise NotImplementedError

    def less(self, stages: "JointFits", e: Numbers, deficits: Sequence[Any]) -> Numbers:
        """The part e, less the deficits of the labels."""
        raise NotImplementedError

    def mean(self, stages: "JointFits", p: Numbers) -> Numbers:
        """The truth w less the mean deviations p."""
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class RandomPart(TruthPart):
    """A random vector u: moment, E uuᵀ, and its amount in the target's truth, a number.

    deficits : (K, T) amounts of u.
    """

    moment: MomentNumbers
    target: Number
    deficits: Numbers

    def perfect(self) -> Self:
        return dataclasses.replace(self, deficits=0 * self.deficits[:, -1:])

    def deviation(self, responses: "Responses", t: int) -> Numbers:
        st = responses.stages
        driven = st.by_covariance((responses.B * self.deficits[:, None, :]).sum(axis=2))
        return responses.through(t, self.target * responses.K.sum(axis=1), driven)

    def gram(self, stages: "JointFits", C: Numbers, e: Numbers) -> Numbers:
        algebra = stages.algebra
        if C.ndim > 1:
            forms = [[algebra.quadratic_forms(C[None], x, y, self.moment)[0] for y in e] for x in e]
            return np.array(forms)
        weighted: Numbers = e * (algebra.multiplicities * C * self.moment)  # type: ignore[union-attr]
        return weighted @ e.T

    def less(self, stages: "JointFits", e: Numbers, deficits: Sequence[Any]) -> Numbers:
        rows = zip(e, deficits, strict=True)
        return np.array([stages.algebra.shifted(x, -d) if d else x for x, d in rows])

    def mean(self, stages: "JointFits", p: Numbers) -> Numbers:
        return np.array([stages.algebra.shifted(-x, self.target) for x in p])


@dataclasses.dataclass(frozen=True)
class FixedPart(TruthPart):
    """Deterministic truths: target, (p, outputs); deficits : (K, T) of the same, None for 0."""

    target: Columns
    deficits: tuple[tuple[Columns | None, ...], ...]

    def perfect(self) -> Self:
        return dataclasses.replace(self, deficits=tuple((None,) for _ in self.deficits))

    def deviation(self, responses: "Responses", t: int) -> Numbers:
        st, algebra = responses.stages, responses.stages.algebra
        total = 0 * self.target
        for s in range(t + 1):
            driven = responses.K[s].sum() * self.target
            for k, row in enumerate(self.deficits):
                amounts = [b * v for b, v in zip(responses.B[k, s], row, strict=True) if v is not None]
                if amounts:
                    Σ = st.covariances[st.covariance_of[k]]
                    driven = driven + algebra.apply(Σ, sum(amounts))
            total = total + algebra.apply(responses.G[t, s], driven)
        return total

    def gram(self, stages: "JointFits", C: Numbers, e: Numbers) -> Numbers:
        form = stages.algebra.quadratic_forms_of_vectors
        return np.array([[form(C[None], x, y)[0] for y in e] for x in e])

    def less(self, stages: "JointFits", e: Numbers, deficits: Sequence[Any]) -> Numbers:
        return np.array([x if v is None else x - v for x, v in zip(e, deficits, strict=True)])

    def mean(self, stages: "JointFits", p: Numbers) -> Numbers:
        return self.target[None] - p
