"""The interface of models.

A model f(x) = vᵀφ(x) is fitted by ridge regression. ``Model`` has the defaults of features that are
linear in x and see all of it. A new model is a subclass in a file of its own, listed in
``model_table``; docs/how_to/extend.md walks through one.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, Self

from ..activations.activation import Activation
from ..base.arrays import Number
from ..base.errors import SpecError
from ..base.frozen_value import Value
from ..base.validation import count
from ..data.covariance import Covariance
from ..data.spectrum import Spectrum
from .width_closures import Closure

__all__ = ["Measures", "Model", "checked_width"]


class Measures(Protocol):
    """Numbers of a problem in the arithmetic that its equations are solved in."""

    def number(self, value: float) -> Number:
        """A float in this arithmetic."""

    def dimension(self, less: int = 0) -> Number:
        """d − less, summed without rounding."""

    def first_trace(self) -> Number:
        """tr Σ_1."""


class Model(Value):
    """A model of a :class:`Problem`.

    Attributes
    ----------
    kind : its name in problem files.
    statements : names of the paper's theorems and propositions that are about it.
    width : m, the number of features; None where the features are x itself.
    entry_variance : s² as it was given; None where none was given, or there are no entries.
    activation : of nonlinear features; None for features that are linear in x.
    draw : a name that problems with one draw of the features have in common; None for a draw of its own.
    joins_stages : whether fits of such models that share samples are predicted.
    """

    kind: ClassVar[str]
    statements: ClassVar[frozenset[str]] = frozenset()
    width: int | None = None
    entry_variance: float | None = None
    activation: Activation | None = None
    draw: str | None = None
    joins_stages: ClassVar[bool] = False

    def check(self, d: float, covariances: Sequence[Spectrum | Covariance]) -> None:
        """Raise SpecError where the model is not defined, or not predicted, for such a problem.

        covariances : of the sources and, last, the target.
        """

    @property
    def coordinates_seen(self) -> int | None:
        """How many coordinates of x the features depend on; None for all."""
        return None

    def entry_variance_in(self, d: float, first_trace: float) -> float | None:
        """The s² in use in dimension d with tr Σ_1 = first_trace; None where there are no entries."""
        return None

    def share_seen(self, d: float) -> float:
        """The share of the coordinates of x that the features depend on."""
        return 1.0 if self.coordinates_seen is None else self.coordinates_seen / float(d)

    def gain(self, d: float, first_trace: float) -> float:
        """c in E SSᵀ = c I on what is seen: κ tends to ridge/c as the data vanish."""
        return 1.0

    def closure(self, penalty: Number, measures: Measures) -> Closure[Number]:
        """How the master equations close; penalty : n·ridge in units of the loss weights."""
        raise NotImplementedError

    def enlarged(self, factor: int) -> Self:
        """The model at ``factor`` times the dimensions, with the same prediction."""
        changes: dict[str, Any] = {}
        if self.width is not None:
            changes["width"] = factor * self.width
        if self.entry_variance is not None:
            changes["entry_variance"] = self.entry_variance / factor
        return dataclasses.replace(self, **changes) if changes else self  # type: ignore[type-var]


def checked_width(width: object, meaning: str = "It is m, the number of columns of S.") -> int:
    """A width as an integer of at least 1."""
    return count(width, "width", 1, meaning)


def check_at_most(width: int, d: float, reason: str) -> None:
    """Raise SpecError for a width above the dimension."""
    if width > d:
        raise SpecError(f"width must be at most the dimension d = {d:g}; got {width}. {reason}")
