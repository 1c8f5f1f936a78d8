"""How far the mean fits are from the truths: w − E what, and its forms.

Summing what the fits at ``stage_responses`` do to the labels, with d_k the deficits of set k,

    p = w − E what = G (K 1 + Σ_k Σ_k B_k d_k)         e_k = (1 − L_k) p − d_k

p for the T fits, and e_k what the labels of set k have more than the fits predict. Where all labels are
of the target's truth, or of models of it, d = 0 and nothing is subtracted.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.arrays import Numbers
from .stage_data import FixedPart, RandomPart, TruthPart
from .stage_responses import Responses

__all__ = ["Deviations"]


class Deviations:
    """For one part of the truths: p (T, ...) of each fit, and the forms of the e_k."""

    def __init__(self, responses: Responses, part: TruthPart) -> None:
        self.responses, self.stages, self.part = responses, responses.stages, part
        self._form, make = _KINDS[type(part)]
        self.p: Numbers = np.array([make(responses, part, t) for t in range(self.stages.fits)])

    def to_labels(self) -> Numbers:
        """(K, T, T) tr Σ_k E e_kt e_ksᵀ."""
        st = self.stages
        kinds = st.covariance_of
        return np.array(
            [
                self._gram(st.covariances[kinds[k]], self.excess(unlabelled, self.deficits(k)))
                for k, unlabelled in enumerate(self.responses.unlabelled)
            ]
        )

    def deficits(self, k: int) -> Any:
        """Of set k in each fit."""
        return self.part.deficits[k]

    def excess(self, rows: Numbers, deficits: Any) -> Numbers:
        """rows p − deficits, for rows (T', T) and deficits of each row."""
        e = np.tensordot(rows, self.p, axes=(1, 0))
        return _KINDS_LESS[type(self.part)](self.stages, e, deficits)

    def _gram(self, C: Numbers, e: Numbers) -> Numbers:
        return self._form(self.stages, self.part, C, e)

    def on(self, c: int, e: Numbers) -> Numbers:
        """(T', T') tr Σ_c E e_t e_sᵀ."""
        return self._gram(self.stages.covariances[c], e)

    def of_means(self, rows: Numbers) -> Numbers:
        """(T', T') tr E (rows E what)(rows E what)ᵀ, coordinates counted with their multiplicities."""
        mean = _KINDS_MEAN[type(self.part)](self.stages, self.part, self.p)
        return self._gram(_identity(self.stages), np.tensordot(rows, mean, axes=(1, 0)))


def _identity(stages: Any) -> Numbers:
    Σ = stages.covariances[0]
    return np.ones(len(Σ)) + 0 * Σ if Σ.ndim == 1 else np.eye(len(Σ)) + 0 * Σ


def _random(responses: Responses, part: RandomPart, t: int) -> Numbers:
    st = responses.stages
    driven = st.by_covariance((responses.B * part.deficits[:, None, :]).sum(axis=2))
    return responses.through(t, part.target * responses.K.sum(axis=1), driven)


def _fixed(responses: Responses, part: FixedPart, t: int) -> Numbers:
    st, algebra = responses.stages, responses.stages.algebra
    total = 0 * part.target
    for s in range(t + 1):
        total = total + algebra.apply(responses.G[t, s], responses.K[s].sum() * part.target)
        for k, row in enumerate(part.deficits):
            amount = [b * v for b, v in zip(responses.B[k, s], row, strict=True) if v is not None]
            if amount:
                through = algebra.times(responses.G[t, s], st.covariances[st.covariance_of[k]])
                total = total + algebra.apply(through, sum(amount))
    return total


def _random_gram(stages: Any, part: RandomPart, C: Numbers, e: Numbers) -> Numbers:
    algebra = stages.algebra
    if C.ndim == 1:
        return (e * (algebra.multiplicities * C * part.moment)) @ e.T
    return np.array([[algebra.quadratic_forms(C[None], x, y, part.moment)[0] for y in e] for x in e])


def _fixed_gram(stages: Any, part: FixedPart, C: Numbers, e: Numbers) -> Numbers:
    algebra = stages.algebra
    return np.array([[algebra.quadratic_forms_of_vectors(C[None], x, y)[0] for y in e] for x in e])


def _random_less(stages: Any, e: Numbers, deficits: Numbers) -> Numbers:
    return np.array([stages.algebra.shifted(x, -d) if d else x for x, d in zip(e, deficits, strict=True)])


def _fixed_less(stages: Any, e: Numbers, deficits: Any) -> Numbers:
    return np.array([x if v is None else x - v for x, v in zip(e, deficits, strict=True)])


def _random_mean(stages: Any, part: RandomPart, p: Numbers) -> Numbers:
    return np.array([stages.algebra.shifted(-x, part.target) for x in p])


def _fixed_mean(stages: Any, part: FixedPart, p: Numbers) -> Numbers:
    return part.target[None] - p


_KINDS: dict[type, tuple[Callable[..., Numbers], Callable[..., Numbers]]] = {
    RandomPart: (_random_gram, _random),
    FixedPart: (_fixed_gram, _fixed),
}
_KINDS_LESS: dict[type, Callable[..., Numbers]] = {RandomPart: _random_less, FixedPart: _fixed_less}
_KINDS_MEAN: dict[type, Callable[..., Numbers]] = {RandomPart: _random_mean, FixedPart: _fixed_mean}
