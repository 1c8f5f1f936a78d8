"""How far the mean fits are from the truths: w − E what, and its forms.

Summing what the fits of ``stage_responses`` do to the labels, with d_k the deficits of set k,

    p = w − E what = G (K 1 + Σ_k Σ_k B_k d_k)         e_k = (1 − L_k) p − d_k

p for the T fits, and e_k what the labels of set k have more than the fits predict. Where all labels are
of the target's truth, or of models of it, d = 0 and nothing is subtracted.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.arrays import Numbers
from .stage_responses import Responses
from .truth_parts import TruthPart

__all__ = ["Deviations"]


class Deviations:
    """For one part of the truths: p (T, ...) of each fit, and the forms of the e_k."""

    def __init__(self, responses: Responses, part: TruthPart) -> None:
        self.responses, self.stages, self.part = responses, responses.stages, part
        self.p: Numbers = np.array([part.deviation(responses, t) for t in range(self.stages.fits)])

    def to_labels(self) -> Numbers:
        """(K, T, T) tr Σ_k E e_kt e_ksᵀ."""
        kinds = self.stages.covariance_of
        rows = enumerate(self.responses.unlabelled)
        return np.array([self.on(kinds[k], self.excess(row, self.part.deficits[k])) for k, row in rows])

    def excess(self, rows: Numbers, deficits: Sequence[Any]) -> Numbers:
        """rows p − deficits, for rows (T', T) and deficits of each row."""
        return self.part.less(self.stages, np.tensordot(rows, self.p, axes=(1, 0)), deficits)

    def on(self, c: int, e: Numbers) -> Numbers:
        """(T', T') tr Σ_c E e_t e_sᵀ."""
        return self.part.gram(self.stages, self.stages.covariances[c], e)

    def of_means(self, rows: Numbers) -> Numbers:
        """(T', T') tr E (rows E what)(rows E what)ᵀ, coordinates counted with their multiplicities."""
        mean = self.part.mean(self.stages, self.p)
        one = self.stages.algebra.shifted(0 * self.stages.covariances[0], 1)
        return self.part.gram(self.stages, one, np.tensordot(rows, mean, axes=(1, 0)))
