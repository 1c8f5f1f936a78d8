"""The coordinates in which a selection is integrated.

Inputs are u = Vᵀx, standard normal; labels that are linear or a sign of a noisy score add a standard
normal ε. Scores of the rule and of the labels are linear in (u, ε), and span the axes h; everything else
is independent of what is kept.
"""

import dataclasses
from collections.abc import Callable
from functools import cached_property

import numpy as np

from ..base.arrays import Array
from ..base.errors import ShapeError, SpecError
from ..base.wording import plural
from ..data.covariance import Covariance
from ..data.spectrum import Spectrum
from .label_laws import (
    FunctionLabels,
    LabelLaw,
    LinearLabels,
    MixtureLabels,
    PolynomialLabels,
    ProbitLabels,
    SignLabels,
)
from .orthonormal_directions import orthonormalised
from .selection_rules import Rule

__all__ = ["Cut", "ScoreAxes", "score_axes"]

MOST_NUMERIC = 3
NARROW = 0.1
Inner = Callable[[Array, Array], float]
Smooth = (PolynomialLabels, FunctionLabels)
"""Labels whose score is integrated numerically."""


@dataclasses.dataclass(frozen=True)
class Cut:
    """Where the integrand may jump or bend: normal·h = at."""

    normal: Array
    at: float


@dataclasses.dataclass(frozen=True)
class ScoreAxes:
    """Axes h of the scores, (u, ε) = axes h + rest ξ.

    basis : (d, r) V with VᵀΣV = I. axes : (r + 1, K) Q. scores : (parts, K) of the rule, rows of 0 for
    rules without one. joint : of rules that see only what linear labels differ by from a score, that
    difference, which is a label for which the score is 0. label_score : (K,); the linear label, or what
    the label is a function of. truth : (r + 1,) coefficients of label_score in (u, ε). shift : (r,) the mean
    of u in class 1 of a mixture. numeric : axes that need quadrature; the last axis is closed if there is
    one more. noise : how the noise of smooth labels is treated: "none" if rules do not see it, "closed" or
    "numeric".
    """

    labels: LabelLaw
    rule: Rule
    basis: Array
    axes: Array
    scores: Array
    label_score: Array
    truth: Array
    shift: Array
    numeric: int
    noise: str
    joint: dict[int, Array]

    @property
    def count(self) -> int:
        """K."""
        return int(self.axes.shape[1])

    @property
    def closed(self) -> bool:
        """Whether the last axis needs no quadrature."""
        return self.count > self.numeric

    @property
    def dimensions(self) -> int:
        """Numeric axes, that of the noise included."""
        return self.numeric + (self.noise == "numeric")

    @cached_property
    def rest(self) -> Array:
        """(r + 1, ·), an orthonormal basis of what is orthogonal to the axes."""
        complete: Array = np.linalg.qr(self.axes, mode="complete")[0]
        return complete[:, self.count :]


def score_axes(labels: LabelLaw, rule: Rule, covariance: Spectrum | Covariance) -> ScoreAxes:
    """Collect the directions, and choose the axes; refuse what cannot be integrated."""
    matrix = _inner_matrix(covariance)
    d = len(matrix)
    for name, vector in (("labels", labels.w), *(("rule", w) for w in rule.directions)):
        if vector.size != d:
            raise ShapeError(
                f"w of the {name} has {plural(vector.size, 'entry', 'entries')} but the covariance has {d} "
                f"coordinates. Give one entry per coordinate."
            )

    def inner(a: Array, b: Array) -> float:
        return float(a @ (matrix * b if matrix.ndim == 1 else matrix @ b))

    _check_variances(labels, rule, inner)
    linear, mixed = isinstance(labels, LinearLabels), isinstance(labels, MixtureLabels)
    own = _inverse(matrix, labels.w) if mixed else labels.w
    near = [
        (i, plane.label, plane.score, plane.label * labels.w + plane.score * part.direction)
        for i, part in enumerate(rule.parts)
        for plane in part.planes[:1]
        if linear and plane.label and plane.score and part.direction is not None
    ]
    scored = [(i, p.direction) for i, p in enumerate(rule.parts) if p.direction is not None]
    varying = [(i, w) for i, w in scored if rule.parts[i].varies]
    firm = [(i, w) for i, w in scored if not rule.parts[i].varies]
    vectors = [*(w for *_, w in near), *(w for _, w in varying), *(w for _, w in firm), own]
    V, R = orthonormalised(vectors, inner)
    R = np.vstack([R, np.zeros(len(vectors))])
    noise = _latent_noise(labels)
    R[-1, : len(near)] = [label * noise for _, label, *_ in near]
    R[-1, -1] = noise
    near_forms, forms, label_form = list(R.T[: len(near)]), R.T[len(near) : -1], R[:, -1]
    of_part = dict(zip([i for i, _ in (*varying, *firm)], forms, strict=True))
    shift = label_form[:-1] * 0.0
    if mixed:
        shift, label_form = label_form[:-1].copy(), np.zeros_like(label_form)

    forced = [of_part[i] for i, _ in varying]
    numeric_label = isinstance(labels, Smooth) or (
        linear and any(p.varies and p.sees_label for p in rule.parts)
    )
    joint = {i for i, *_ in near}
    others = [*near_forms, *(of_part[i] for i, _ in firm if i not in joint)]
    alone = any(plane.label and not plane.score for plane in rule.planes)
    if isinstance(labels, Smooth):
        first = [i for i, _ in firm if rule.parts[i].sees_label or _is_narrow(rule.parts[i], of_part[i])]
        forced = [*forced, *(of_part[i] for i in first), label_form]
        others = [of_part[i] for i, _ in firm if i not in first]
    elif numeric_label:
        forced = [*forced, label_form]
    elif (linear and alone) or isinstance(labels, SignLabels | ProbitLabels):
        others = [*others, label_form]
    wanted = [*forced, *others]
    Q, coordinates = orthonormalised(wanted, lambda a, b: float(a @ b)) if wanted else _none(len(R))
    numeric = _rank(coordinates[:, : len(forced)])
    closed_needed = Q.shape[1] - numeric
    numeric += max(closed_needed - 1, 0)
    treated = _noise_treatment(labels, rule)

    def found(form: Array) -> Array:
        """Coordinates in the axes: as they were orthonormalised, where they were."""
        for j, other in enumerate(wanted):
            if form is other:
                return coordinates[:, j]
        return form @ Q

    scores = np.zeros((len(rule.parts), Q.shape[1]))
    for i, form in of_part.items():
        if i not in joint:
            scores[i] = found(form)
    axes = ScoreAxes(
        labels=labels,
        rule=rule,
        basis=V,
        axes=Q,
        scores=scores,
        label_score=found(label_form),
        truth=label_form,
        shift=shift,
        numeric=numeric,
        noise=treated,
        joint={i: found(f) / label for (i, label, *_), f in zip(near, near_forms, strict=True)},
    )
    if axes.dimensions > MOST_NUMERIC:
        raise SpecError(
            f"labels and rule must be functions of at most {MOST_NUMERIC} scores that need quadrature; got "
            f"{axes.dimensions}. Combine fewer rules, or rules that share directions."
        )
    return axes


def _is_narrow(part: Rule, form: Array) -> bool:
    """Whether limits on the score are so close that it should be an axis itself, to keep its digits."""
    limits = part.score_breaks()
    return len(limits) > 1 and min(np.diff(limits)) < NARROW * float(np.linalg.norm(form))


def _none(size: int) -> tuple[Array, Array]:
    return np.zeros((size, 0)), np.zeros((0, 0))


def _rank(coordinates: Array) -> int:
    return int(np.max(np.nonzero(coordinates.any(axis=1))[0], initial=-1)) + 1


def _inner_matrix(covariance: Spectrum | Covariance) -> Array:
    """Σ, or its diagonal."""
    if isinstance(covariance, Covariance):
        return covariance.matrix if covariance.diagonal is None else covariance.diagonal
    times = covariance.weights
    if (times != np.round(times)).any():
        raise SpecError(
            f"multiplicities must be integers, so that vectors have one entry per coordinate; got "
            f"{times[times != np.round(times)][0]:g}. Round them."
        )
    expanded: Array = np.repeat(covariance.values, times.astype(int))
    return expanded


def _inverse(matrix: Array, mean: Array) -> Array:
    """Σ⁻¹ of the mean of a class."""
    if matrix.ndim == 1:
        there = matrix > 0
        if mean[~there].any():
            raise SpecError(
                f"mu must be in the range of the covariance; got {mean[~there][0]:g} where that is 0. "
                f"Classes would be told apart without error: give it a variance."
            )
        return np.where(there, mean / np.where(there, matrix, 1.0), 0.0)
    solution, *_ = np.linalg.lstsq(matrix, mean, rcond=len(matrix) * float(np.finfo(float).eps))
    if np.abs(matrix @ solution - mean).max() > 1e-8 * np.abs(mean).max():
        raise SpecError(
            "mu must lie in the range of the covariance; got one outside. The classes would be told apart "
            "without error: give every direction of mu a variance."
        )
    return np.asarray(solution, dtype=float)


def _check_variances(labels: LabelLaw, rule: Rule, inner: "Inner") -> None:
    vectors = [("rule", w) for w in rule.directions]
    if isinstance(labels, SignLabels):
        vectors.append(("labels", labels.w))
    for name, w in vectors:
        if not inner(w, w) > 0:
            raise SpecError(
                f"w of the {name} must have a score that varies; got wᵀΣw = 0. Give a vector with "
                f"components where the covariance is positive."
            )


def _latent_noise(labels: LabelLaw) -> float:
    """The coefficient of ε in the label's score."""
    if isinstance(labels, LinearLabels):
        return float(np.sqrt(labels.noise_variance))
    return labels.scale if isinstance(labels, ProbitLabels) else 0.0


def _noise_treatment(labels: LabelLaw, rule: Rule) -> str:
    if not (isinstance(labels, Smooth) and labels.noisy) or not rule.sees_label:
        return "none"
    return "numeric" if any(p.varies and p.sees_label for p in rule.parts) else "closed"
