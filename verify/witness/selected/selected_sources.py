"""Selected samples act like an ordinary source: laws of labels, each with a rule."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np

from ....theory import Problem
from ....theory.base.arrays import Array
from ....theory.selection import labels, rules
from ....theory.selection.label_laws import LabelLaw
from ....theory.selection.selection_rules import Rule
from ....theory.statements.classification import flipped_error, mixture_error, probit_error, sign_error
from ..run_size import Size
from ..shared_trials import SharedTrials
from ..statement import Group, Number, Statement
from ..witnessed_problem import EQUATIONS
from . import kept_moments_by_hand as by_hand
from .plain_selections import (
    PlainLabels,
    PlainRule,
    PlainSource,
    flipped_signs,
    mixture,
    noisy,
    square_error,
    trained,
)
from .selected_problems import (
    INPUTS,
    direction,
    eigenvalues,
    predicted_classification,
    predicted_error,
    selected,
    turned_by,
    with_target,
)

__all__ = ["groups"]

RIDGE, NOISE = 0.05, 0.25

FLIP, SCALE = 0.1, 0.5
"""Of labels: the share of flipped ones, and the noise on their score."""

CUBIC = 0.2
"""The coefficient of z³."""

DEGREES = math.pi / 180


def groups(size: Size) -> Iterator[Group]:
    """One group: the error and the 0-1 error of each pair."""
    yield Group(
        "Selected samples: the ordinary source that they act like",
        "N samples are drawn and labelled, a rule selects n, and ridge regression is fitted to these. "
        f"{INPUTS} The stated number is that of an ordinary source, whose covariance, truth and noise are "
        "the moments of kept samples in closed form, written as dense matrices; *equations* takes the "
        f"selection itself. Linear labels have the noise {NOISE:g}; of the others {FLIP:g} are flipped "
        "where it says so. The 0-1 error is that against test labels of the same kind (scores with noise "
        "or flips; for mixtures against the classes), without selection. The last mixture has no closed "
        "form. For cubic labels, whose tails are heavy, the stated error has the 1/n term of selections, "
        "which is no part of the equations.",
        tuple(statement for pair in _pairs(size) for statement in pair.statements()),
    )


@dataclasses.dataclass(frozen=True)
class _Pair:
    """Labels and a rule, for the equations and for the simulator, and the moments of kept samples.

    errors : the 0-1 error of the overlaps m, q, ρ; options : the same for ``classification_error``.
    """

    name: str
    d: int
    draws: int
    law: LabelLaw
    rule: Rule | None
    plain_labels: PlainLabels
    plain_rule: PlainRule | None
    moments: by_hand.ScoreMoments | None
    truth: Array
    error_of_overlaps: Callable[[float, float, float], float]
    options: dict[str, float] = dataclasses.field(default_factory=dict)
    after_term: bool = False

    @cached_property
    def trials(self) -> SharedTrials:
        """Error and 0-1 error of a fit."""
        return SharedTrials(self._trial)

    def _trial(self, rng: np.random.Generator) -> Array:
        S = eigenvalues(self.d)
        source = PlainSource(self.draws, np.sqrt(S), self.plain_labels, self.plain_rule)
        w, _ = trained(rng, [source], RIDGE)
        overlaps = (float(a @ (S * b)) for a, b in ((w, self.truth), (w, w), (self.truth, self.truth)))
        return np.array([square_error(w, self.truth, S), self.error_of_overlaps(*overlaps)])

    @cached_property
    def problem(self) -> Problem:
        """With the selection."""
        source = selected(self.d, self.draws, self.law, self.rule)
        return with_target(self.d, [source], RIDGE, truth=self.truth)

    @cached_property
    def ordinary(self) -> Problem:
        """With the ordinary source."""
        assert self.moments is not None
        source = by_hand.ordinary_source(self.moments, self.draws, eigenvalues(self.d))
        return with_target(self.d, [source], RIDGE, truth=self.truth)

    def statements(self) -> Iterator[Statement]:
        """The test error and the 0-1 error."""
        n = self.problem.n
        parameters = f"d = {self.d}, n = {n} of {self.draws}, λ = {RIDGE:g}"
        exact: tuple[Number, Number] = (
            predicted_error(self.problem),
            predicted_classification(self.problem, **self.options),
        )
        if self.after_term:
            yield Statement(
                "E, after the 1/n term", self.name, parameters, self._corrected, self.trials.entry(0)
            )
            return
        stated = exact if self.moments is None else (predicted_error(self.ordinary), self._classification)
        for i, name in enumerate(("E", "0-1 error")):
            witnesses = {} if self.moments is None else {EQUATIONS: exact[i]}
            yield Statement(name, self.name, parameters, stated[i], self.trials.entry(i), witnesses=witnesses)

    def _classification(self) -> float:
        from ....numerics.predictions.fit_overlaps import overlaps

        return self.error_of_overlaps(*map(float, overlaps(self.ordinary)))

    def _corrected(self) -> float:
        from ....numerics.approximation.selection_effect import selection_effect

        return predicted_error(self.problem)() + selection_effect(self.problem)


def _pairs(size: Size) -> Iterator[_Pair]:
    yield _filtered(size(80), size(800))
    yield _agreed(size(80), size(400))
    if size.full:
        d = size(80)
        yield from _margins(d, size(600))
        yield from _unselected(d, size(320))
        yield from _mixtures(d, size(400))
        yield _cubic(size(100), size(600))


def _filtered(d: int, draws: int) -> _Pair:
    S, t = eigenvalues(d), 0.5
    w_t, w_g, w_v = direction(d, 1), direction(d, 1, 0.7), direction(d, 1, 0, 0.3)
    return _Pair(
        name="linear labels near a verifier",
        d=d,
        draws=draws,
        law=labels.linear(w_g, NOISE),
        rule=rules.near(w_v, t),
        plain_labels=noisy(w_g, NOISE),
        plain_rule=lambda X, y: np.abs(y - X @ w_v) < t,
        moments=by_hand.near_verifier(w_g, w_v, S, NOISE, t),
        truth=w_t,
        error_of_overlaps=_sign_error,
    )


def _agreed(d: int, draws: int) -> _Pair:
    w_t, w_g, w_o = direction(d, 1), turned_by(d, 45 * DEGREES), turned_by(d, 30 * DEGREES, 2)
    return _Pair(
        name="sign labels where an oracle agrees",
        d=d,
        draws=draws,
        law=labels.sign(w_g),
        rule=rules.agree(w_o),
        plain_labels=flipped_signs(w_g),
        plain_rule=lambda X, y: y * (X @ w_o) > 0,
        moments=by_hand.agreed(w_g, w_o, eigenvalues(d)),
        truth=w_t,
        error_of_overlaps=_sign_error,
    )


def _margins(d: int, draws: int) -> Iterator[_Pair]:
    S = eigenvalues(d)
    w_t, w_g, w_v = direction(d, 1), direction(d, 1, 0.5), turned_by(d, 45 * DEGREES, 2)
    cases: tuple[tuple[str, float, Rule, PlainRule, Callable[..., by_hand.ScoreMoments]], ...] = (
        (
            "linear labels beyond a margin",
            1.0,
            rules.margin(w_v, above=1.0),
            lambda X, y: np.abs(X @ w_v) > 1.0,
            by_hand.beyond_margin,
        ),
        (
            "linear labels on one side",
            0.0,
            rules.one_sided(w_v, above=0.0),
            lambda X, y: X @ w_v > 0.0,
            by_hand.positive_side,
        ),
    )
    for name, t, rule, plain, moments in cases:
        yield _Pair(
            name=name,
            d=d,
            draws=draws,
            law=labels.linear(w_g, NOISE),
            rule=rule,
            plain_labels=noisy(w_g, NOISE),
            plain_rule=plain,
            moments=moments(w_g, w_v, S, NOISE, t),
            truth=w_t,
            error_of_overlaps=_sign_error,
        )


def _unselected(d: int, draws: int) -> Iterator[_Pair]:
    w_t, w_g = direction(d, 1), turned_by(d, 30 * DEGREES)
    yield _Pair(
        name="flipped signs, all kept",
        d=d,
        draws=draws,
        law=labels.sign(w_g, FLIP),
        rule=None,
        plain_labels=flipped_signs(w_g, FLIP),
        plain_rule=None,
        moments=by_hand.all_signs(w_g, FLIP),
        truth=w_t,
        error_of_overlaps=lambda m, q, ρ: flipped_error(_sign_error(m, q, ρ), flip=FLIP),
        options={"flip": FLIP},
    )
    yield _Pair(
        name="signs of noisy scores, all kept",
        d=d,
        draws=draws,
        law=labels.probit(w_g, SCALE),
        rule=None,
        plain_labels=flipped_signs(w_g, scale=SCALE),
        plain_rule=None,
        moments=by_hand.all_probit(w_g, SCALE),
        truth=w_t,
        error_of_overlaps=_probit_error,
        options={"scale": SCALE},
    )


def _mixtures(d: int, draws: int) -> Iterator[_Pair]:
    """Classes of means ±μ: the truth is S⁻¹μ, and the oracle the truth turned by 30 degrees."""
    S = eigenvalues(d)
    w_t = 1.2 * direction(d, 1)
    w_o, mu = turned_by(d, 30 * DEGREES, 2), S * w_t
    agree: PlainRule = lambda X, y: y * (X @ w_o) > 0  # noqa: E731
    kinds: tuple[tuple[str, Rule | None, PlainRule | None, by_hand.ScoreMoments | None], ...] = (
        ("mixture with flips, all kept", None, None, by_hand.mixed_classes(mu, S, FLIP)),
        ("mixture with flips where an oracle agrees", rules.agree(w_o), agree, None),
    )
    for name, rule, plain, moments in kinds:
        yield _Pair(
            name=name,
            d=d,
            draws=draws,
            law=labels.mixture(mu, FLIP),
            rule=rule,
            plain_labels=mixture(mu, FLIP),
            plain_rule=plain,
            moments=moments,
            truth=w_t,
            error_of_overlaps=_mixture_error,
            options={"mixture": True},
        )


def _cubic(d: int, draws: int) -> _Pair:
    w_t, w_g = direction(d, 1), direction(d, 1, 0.3)
    return _Pair(
        name="cubic labels, all kept",
        d=d,
        draws=draws,
        law=labels.polynomial(w_g / math.sqrt(1.09), [0, 1, 0, CUBIC], NOISE),
        rule=None,
        plain_labels=noisy(w_g / math.sqrt(1.09), NOISE, CUBIC),
        plain_rule=None,
        moments=by_hand.all_cubic(w_g / math.sqrt(1.09), CUBIC, NOISE),
        truth=w_t,
        error_of_overlaps=_sign_error,
        after_term=True,
    )


def _sign_error(m: float, q: float, ρ: float) -> float:
    return sign_error(overlap=m, squared_norm=q, truth_squared_norm=ρ)


def _probit_error(m: float, q: float, ρ: float) -> float:
    return probit_error(overlap=m, squared_norm=q, truth_squared_norm=ρ, scale=SCALE)


def _mixture_error(m: float, q: float, ρ: float) -> float:
    return mixture_error(overlap=m, squared_norm=q)
