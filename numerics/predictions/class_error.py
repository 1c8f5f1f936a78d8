"""The 0-1 error of a prediction whose labels are classes, and against which test labels it is."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...theory.data.effective_covariances import applied
from ...theory.data.second_moments import Fixed
from ...theory.selection.label_laws import MixtureLabels
from ...theory.selection.selection import Selection
from ...theory.specification.problem import Problem

if TYPE_CHECKING:
    from .prediction import Prediction

__all__ = ["ClassError", "class_error"]

CLOSE = 1e-9
"""Rounding of μ = Σ_t w_t, relative to its size."""


class ClassError(NamedTuple):
    """error : between 0 and 1; mixture : against the class of a mixture, else sign xᵀw_t; slope : of the
    model without its intercept."""

    error: float
    mixture: bool
    slope: bool

    @property
    def labels(self) -> str:
        """The test labels in words."""
        return "the class of the mixture" if self.mixture else "sign xᵀw_t"

    @property
    def classifier(self) -> str:
        """What classifies, in words."""
        return "the sign of f(x) less its intercept" if self.slope else "sign f(x)"

    def __str__(self) -> str:
        return f"0-1 error {self.error:.4g}, of {self.classifier} against {self.labels}."


def class_error(p: "Prediction") -> ClassError | None:
    """That of a problem with classes as labels; None for others, and where the error is infinite."""
    if not p.problem.classifies or p.problem.outputs > 1 or not math.isfinite(p.error):
        return None
    mixture = _is_mixture(p.problem)
    return ClassError(p.classification_error(mixture=mixture), mixture, p.problem.intercept)


def _is_mixture(problem: Problem) -> bool:
    """Whether all classes are those of one mixture ±μ, of which the target is: w_t = Σ_t⁻¹μ."""
    laws = [s.law for s in problem.sources if isinstance(s, Selection) and s.classes]
    signal, covariance = problem.signal, problem.target_covariance
    if not isinstance(signal, Fixed) or not all(isinstance(law, MixtureLabels) for law in laws):
        return False
    mean = applied(covariance, signal.columns[:, 0])
    return all(np.allclose(law.w, mean, rtol=0, atol=CLOSE * float(np.abs(law.w).max())) for law in laws)
