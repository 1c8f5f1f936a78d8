"""What a rule keeps of labelled samples: the moments of scores and label that training depends on."""

import dataclasses
from functools import cached_property

import numpy as np

from ..base.argument_checks import checked_call
from ..base.arrays import Array, frozen_array
from ..base.errors import SpecError
from ..base.frozen_value import Value
from ..base.validation import refusal
from ..base.wording import short_repr
from ..data.covariance import CovarianceLike, as_covariance
from .effective_labels import EffectiveLabels, effective_labels
from .kept_moments import kept_moments
from .label_laws import LabelLaw, MixtureLabels
from .score_axes import ScoreAxes, score_axes
from .selection_integrand import Integrand
from .selection_rules import Rule

__all__ = ["SelectedMoments", "selected_moments"]

RARE = 1e-9
"""Kept shares below are integrated again with the tails beyond 9.5 standard deviations."""
NOTHING = 1e-300
ROUNDING = 16 * float(np.finfo(float).eps)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SelectedMoments(Value):
    """Moments, about 0, of the kept samples: of u = Vᵀx with VᵀΣV = I, and of the label y.

    Attributes
    ----------
    basis : ndarray
        (d, r) V, which spans the directions of labels and rules.
    kept : float
        p, the share of samples that are kept.
    mean : ndarray
        (r,) E u.
    second_moment : ndarray
        (r, r) M = E uuᵀ.
    label_mean, label_square : float
        E y and v = E y².
    label_moment : ndarray
        (r,) b = E uy.
    truth : ndarray
        (r,) β = M⁻¹b: of the linear labels closest to y; in input space V β.
    noise_variance : float
        v − bᵀM⁻¹b, what they leave of y.
    singular : bool
        Whether M is singular, so that its pseudo-inverse was used.
    integration_error : float
        An estimate of the largest error of these numbers, except for the basis.
    fourth : ndarray or None
        (r + 2, r + 2, r + 2, r + 2), the moments of (1, u, y) of degree 4, if asked for.
    """

    basis: Array
    kept: float
    mean: Array
    second_moment: Array
    label_mean: float
    label_moment: Array
    label_square: float
    truth: Array
    noise_variance: float
    singular: bool
    integration_error: float
    fourth: Array | None = None

    @cached_property
    def product_covariance(self) -> Array:
        """Ω = Cov((u, y)(u, y)ᵀ) of one kept sample, (r + 1, r + 1, r + 1, r + 1); needs degree=4."""
        if self.fourth is None:
            raise SpecError(
                "product_covariance needs moments of degree 4; got those of degree 2. Ask for degree=4."
            )
        S = self.joint_second_moment
        found: Array = self.fourth[1:, 1:, 1:, 1:] - np.einsum("ij,kl->ijkl", S, S)
        return found

    @cached_property
    def joint_second_moment(self) -> Array:
        """E (u, y)(u, y)ᵀ, (r + 1, r + 1)."""
        r = len(self.mean)
        S = np.empty((r + 1, r + 1))
        S[:r, :r], S[:r, r], S[r, :r], S[r, r] = (
            self.second_moment,
            self.label_moment,
            self.label_moment,
            self.label_square,
        )
        return S

    def __repr__(self) -> str:
        return (
            f"SelectedMoments(kept={self.kept:.6g}, truth={np.array2string(self.truth, precision=6)}, "
            f"noise_variance={self.noise_variance:.6g}, integration_error={self.integration_error:.1g})"
        )


@checked_call
def selected_moments(
    labels: LabelLaw, rule: Rule, covariance: "CovarianceLike", degree: int = 2
) -> SelectedMoments:
    """Moments of scores and label of the samples that a rule keeps.

    Parameters
    ----------
    labels : of ``detequiv.labels``
        How samples x ~ N(0, Σ) are labelled.
    rule : of ``detequiv.rules``
        Which of them are kept.
    covariance : Spectrum, array or matrix
        Σ: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix.
    degree : int
        2, or 4 for all moments up to degree 4.

    Returns
    -------
    SelectedMoments

    Raises
    ------
    SpecError, ShapeError
        Vectors of another length than Σ; a rule whose score does not vary; more than three scores that
        need quadrature; a rule that keeps nothing (less than 1e-300).

    Notes
    -----
    Limits on one score of linear, sign, probit or mixture labels are closed forms. With more scores, all
    but one are integrated by adaptive quadrature between the places where limits meet; functions of users
    are, too, and so are polynomial and function labels.

    Examples
    --------
    Labels of a generator that a verifier filters:

    >>> from detequiv import labels, rules
    >>> found = selected_moments(labels.linear([1.0, 0.5], 0.25), rules.near([1.0, 0.0], 0.5), [1.0, 1.0])
    >>> round(found.kept, 6), (found.basis @ found.truth).round(6), round(found.noise_variance, 6)
    (0.5205, array([1.     , 0.13482]), 0.06741)
    """
    _check("labels", labels, LabelLaw, "Make them by detequiv.labels, such as labels.linear(w).")
    _check("rule", rule, Rule, "Make one by detequiv.rules, such as rules.near(w, 0.5).")
    if degree not in (2, 4):
        raise SpecError(refusal("degree", "must be 2 or 4", degree, "4 adds the moments up to degree 4."))
    axes = score_axes(labels, rule, as_covariance(covariance))
    tail = False
    T, errors, classes = _integrated(axes, degree, tail)
    if T.flat[0] < RARE:
        tail = True
        T, errors, classes = _integrated(axes, degree, tail)
    kept = float(T.flat[0])
    if not kept > NOTHING:
        raise SpecError(
            f"rule must keep a share of the samples above 1e-300; got {kept:.1e} for {short_repr(rule)}. "
            f"Loosen its limits."
        )
    second = (T if degree == 2 else T[0, 0]) / kept
    found = effective_labels(axes, second, classes, kept)
    return _result(axes, kept, second, found, errors, T / kept if degree == 4 else None)


def _check(name: str, value: object, kind: type, remedy: str) -> None:
    if not isinstance(value, kind):
        what = "the law of labels" if name == "labels" else "a rule for samples"
        raise SpecError(refusal(name, f"must be {what}", value, remedy))


Classes = list[tuple[Integrand, dict[tuple[int, ...], float]]]


def _integrated(axes: ScoreAxes, degree: int, tail: bool) -> tuple[Array, float, Classes]:
    """Moments of (1, u, y), the largest relative error of those of the axes, and what they are made of."""
    signs = (1.0, -1.0) if isinstance(axes.labels, MixtureLabels) else (0.0,)
    r = len(axes.axes) - 1
    T, error, classes = np.zeros((r + 2,) * degree), 0.0, []
    for sign in signs:
        integrand = Integrand(axes, sign, degree, tail)
        powers, missed = integrand.expectations()
        T += kept_moments(axes, powers, sign, degree) / len(signs)
        error = max(error, missed)
        classes.append((integrand, powers))
    return T, error, classes


def _result(
    axes: ScoreAxes, kept: float, second: Array, found: EffectiveLabels, error: float, fourth: Array | None
) -> SelectedMoments:
    return SelectedMoments(
        basis=frozen_array(axes.basis, "basis", ""),
        kept=kept,
        mean=frozen_array(second[0, 1:-1], "mean", ""),
        second_moment=frozen_array(second[1:-1, 1:-1], "second_moment", ""),
        label_mean=float(second[0, -1]),
        label_moment=frozen_array(second[1:-1, -1], "label_moment", ""),
        label_square=float(second[-1, -1]),
        truth=frozen_array(found.truth, "truth", ""),
        noise_variance=found.noise_variance,
        singular=found.singular,
        integration_error=_propagated(second, found, error),
        fourth=None if fourth is None else frozen_array(fourth, "fourth", ""),
    )


def _propagated(second: Array, found: EffectiveLabels, error: float) -> float:
    """The error of moments, truth and noise variance, given the relative one of the moments of the axes."""
    relative = 2.0 * error + ROUNDING
    size = max(float(np.diagonal(second).max()), 1.0)
    return relative * max(size * found.amplified, found.steepness)
