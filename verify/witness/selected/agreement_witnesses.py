"""Sign labels that are kept where an oracle agrees, with a margin or without."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import cached_property, partial

import numpy as np

from ....theory import Spectrum
from ....theory.base.arrays import Array
from ....theory.selection import labels, rules
from ....theory.selection.label_laws import LabelLaw
from ....theory.selection.selection import Selection
from ....theory.selection.selection_rules import Rule
from ....theory.statements.selection.agreement_margins import MarginLabels, agreement_with_margin
from ....theory.statements.selection.sign_agreement import (
    agreement_helps,
    agreement_labels,
    agreement_plateau,
    worst_useful_oracle,
)
from ..run_size import Size
from ..shared_trials import SharedTrials
from ..statement import Group, Number, Statement
from ..witnessed_problem import EQUATIONS, INTEGRALS
from .plain_selections import Kept, PlainSource, angle_error, flipped_signs, least_squares, selected_samples
from .selected_problems import eigenvalues, plateau_problem, predicted_classification, turned_by

__all__ = ["groups"]

DEGREES = math.pi / 180
GENERATOR = 40 * DEGREES

DIMENSION, DRAWS = 5, 20000
"""Of simulated plateaus."""


def groups(size: Size) -> Iterator[Group]:
    """One group."""
    yield Group(
        "Sign labels where an oracle agrees",
        f"Labels are the signs of a generator at {GENERATOR / DEGREES:g}° to the truth in the metric of S. "
        "They are kept where an oracle has the same sign, in some rows only with a margin of its score; "
        "then least squares. Inputs as above. Numbers are 0-1 errors without selection. For plateaus "
        f"*equations* is solved at N = 10¹⁶; simulation has N = {DRAWS} or as said, and exceeds the "
        "plateau by less than 1 % of it. The worst useful oracle has the plateau of all labels. Errors at "
        "given N have their terms of order 1/d, and leave out the fluctuation along the truth, which the "
        "equations do not.",
        (*_labels(), *_plateaus(size), *_helps(size), *_limited(size)),
    )


@dataclasses.dataclass(frozen=True)
class _Oracle:
    """The angle of an oracle to the truth, across the plane of the generator; None: nothing is selected."""

    angle: float | None
    above: float | None = None
    below: float | None = None
    d: int = DIMENSION
    draws: int = DRAWS

    @property
    def text(self) -> str:
        """What it is in the table."""
        if self.angle is None:
            return "all kept"
        oracle = "exact oracle" if self.angle == 0 else f"oracle at {self.angle / DEGREES:.6g}°"
        margin = [f"> {self.above:g}"] if self.above else [f"< {self.below:g}"] if self.below else []
        return ", ".join([oracle, *(f"size of its score {m}" for m in margin)])

    @property
    def law(self) -> LabelLaw:
        """The labels."""
        return labels.sign(turned_by(self.d, GENERATOR))

    @property
    def vector(self) -> Array:
        """The oracle's."""
        return turned_by(self.d, self.angle or 0.0, 2)

    @property
    def keep(self) -> Rule | None:
        """The rule."""
        if self.angle is None:
            return None
        agree = rules.agree(self.vector)
        if self.above is None and self.below is None:
            return agree
        return agree & rules.margin(self.vector, above=self.above, below=self.below)

    @cached_property
    def trials(self) -> SharedTrials:
        """The 0-1 error of least squares."""
        return SharedTrials(self._trial)

    def _trial(self, rng: np.random.Generator) -> Array:
        S, w_o = eigenvalues(self.d), self.vector
        low, high = self.above or 0.0, self.below or math.inf

        def keep(X: Array, y: Array) -> Kept:
            z = X @ w_o
            return np.asarray((y * z > 0) & (np.abs(z) > low) & (np.abs(z) < high))

        chosen = None if self.angle is None else keep
        source = PlainSource(self.draws, np.sqrt(S), flipped_signs(turned_by(self.d, GENERATOR)), chosen)
        X, y = selected_samples(rng, source)
        w = least_squares(X, y)
        return np.array([angle_error(w, turned_by(self.d, 0.0), S)])

    @property
    def unlimited(self) -> Number:
        """The plateau by the equations."""
        return predicted_classification(plateau_problem(self.d, self.law, self.keep))

    def with_margin(self) -> MarginLabels:
        """The closed form with a margin."""
        return agreement_with_margin(
            generator_angle=GENERATOR, oracle_angle=self.angle or 0.0, above=self.above, below=self.below
        )

    def statement(self, name: str, number: Number, source: str = "plateau") -> Statement:
        """The 0-1 error with unlimited samples."""
        return Statement(
            f"0-1 error{name}",
            source,
            f"d = {self.d}, N = {self.draws}, {self.text}",
            number,
            self.trials.entry(0),
            witnesses={EQUATIONS: self.unlimited},
        )


def _labels() -> Iterator[Statement]:
    """Share, slope and noise, in two dimensions."""
    r = 0.5
    trials = SharedTrials(partial(_label_trial, r))
    for i, (name, field) in enumerate((("p", "kept"), ("b", "slope"), ("σ_eff²", "noise_variance"))):
        yield Statement(
            name,
            "agreement",
            f"r = {r:g}",
            partial(lambda field: float(getattr(agreement_labels(r), field)), field),
            trials.entry(i),
            witnesses={INTEGRALS: partial(_integrated, r, i)},
        )


def _scores(r: float) -> tuple[Array, Array]:
    return np.array([1.0, 0.0]), np.array([r, math.sqrt(1 - r * r)])


def _label_trial(r: float, rng: np.random.Generator) -> Array:
    """Share, slope along w_g + w_o, residual variance."""
    w_g, w_o = _scores(r)
    source = PlainSource(DRAWS, np.ones(2), flipped_signs(w_g), lambda X, y: y * (X @ w_o) > 0)
    X, y = selected_samples(rng, source)
    w = least_squares(X, y)
    both = w_g + w_o
    return np.array([len(y) / DRAWS, w @ both / (both @ both), np.mean((y - X @ w) ** 2)])


def _integrated(r: float, i: int) -> float:
    w_g, w_o = _scores(r)
    selection = Selection(draws=1, inputs=Spectrum([1.0, 1.0]), law=labels.sign(w_g), keep=rules.agree(w_o))
    truth, both = selection.source.truth, w_g + w_o
    assert truth is not None
    slope = truth.columns[:, 0] @ both / (both @ both)
    return float((selection.kept, slope, selection.noise_variance)[i])


def _plateaus(size: Size) -> Iterator[Statement]:
    of_oracle = partial(agreement_plateau, generator_angle=GENERATOR)
    exact = _Oracle(0.0)
    yield exact.statement(", half of that of the generator", partial(of_oracle, oracle_angle=0.0))
    worst = worst_useful_oracle(GENERATOR)
    yield _Oracle(worst).statement(" of the worst useful oracle", lambda: GENERATOR / math.pi)
    if not size.full:
        return
    yield _Oracle(None).statement("", lambda: GENERATOR / math.pi)
    across = _Oracle(30 * DEGREES)
    yield across.statement("", partial(of_oracle, oracle_angle=30 * DEGREES))
    margins = (_Oracle(0.0, above=1.0, draws=200000), _Oracle(0.0, below=0.5, draws=100000))
    for margin in margins:
        yield margin.statement("", partial(_margin_plateau, margin))


def _margin_plateau(oracle: _Oracle) -> float:
    return oracle.with_margin().plateau


def _helps(size: Size) -> Iterator[Statement]:
    """What agreement gains: the margin of the criterion; a loss is negative."""
    for angle in (30 * DEGREES, 80 * DEGREES) if size.full else ():
        oracle, none = _Oracle(angle), _Oracle(None)
        helps = agreement_helps(generator_angle=GENERATOR, oracle_angle=angle)
        yield Statement(
            f"gain of an oracle {'that helps' if helps else 'that does harm'}",
            "plateau",
            f"d = {DIMENSION}, N = {DRAWS}, {oracle.text}",
            partial(float, helps.margin),
            partial(_difference, none.trials.entry(0), oracle.trials.entry(0)),
            witnesses={EQUATIONS: partial(_predicted_gain, oracle, none)},
        )


def _predicted_gain(oracle: _Oracle, none: _Oracle) -> float:
    return none.unlimited() - oracle.unlimited()


def _difference(
    first: Callable[[np.random.Generator], float],
    second: Callable[[np.random.Generator], float],
    rng: np.random.Generator,
) -> float:
    """The difference of two trials on draws of their own."""
    own, other = rng.spawn(2)
    return first(own) - second(other)


def _limited(size: Size) -> Iterator[Statement]:
    d, draws = size(60), size(6000)
    margins = (
        _Oracle(0.0, d=d, draws=draws),
        _Oracle(0.0, above=1.0, d=d, draws=draws),
        _Oracle(0.0, below=0.5, d=d, draws=draws),
    )
    for oracle in margins if size.full else ():
        yield Statement(
            "0-1 error at N",
            "margins",
            f"d = {d}, N = {draws}, {oracle.text}",
            partial(_error_with_margin, oracle),
            oracle.trials.entry(0),
        )


def _error_with_margin(oracle: _Oracle) -> float:
    return oracle.with_margin().error(aspect_ratio=oracle.d / oracle.draws, dimension=oracle.d)
