"""Selected samples: drawn, labelled, and kept where a rule says so."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.accepted_values import Count, RealNumber
from ..base.arrays import Array
from ..base.errors import SpecError
from ..base.validation import count
from ..base.wording import short_repr
from ..data.covariance import Covariance, CovarianceLike, as_covariance
from ..data.effective_covariances import applied, updated
from ..data.labeller import Labeller
from ..data.samples import Samples
from ..data.second_moments import Fixed
from ..data.source import Source
from ..data.spectrum import Spectrum
from .label_laws import LabelLaw
from .rules import everything
from .selected_moments import SelectedMoments, selected_moments
from .selection_rules import Rule
from .vectors import vectors_of

__all__ = ["Selection", "effective_covariance", "update_of"]

Integrate = Callable[[LabelLaw, Rule, Any], SelectedMoments]

NEGLIGIBLE = 4e-15
"""Changes of a second moment below this, relative to it, are rounding."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Selection(Source):
    """A source whose samples were selected; made by :func:`detequiv.select`.

    Attributes
    ----------
    draws : int
        N, the samples that were drawn.
    inputs : Spectrum or Covariance
        S, the covariance of all of them.
    law : LabelLaw
        How they are labelled.
    keep : Rule
        Which are kept.
    integrate : callable
        How the moments of kept samples are found; leave it out.
    weight : float
        The loss weight of the kept ones.
    n : int
        The number that is kept, N times ``kept`` rounded (half down).
    covariance, truth, noise_variance
        The ordinary source that has the same effect, ``source``.

    Notes
    -----
    It is a source of a :class:`Problem` as it stands. Equations see ``source``; simulators draw, label and
    select. Copies, ``replace`` and ``again`` work as for a source.

    Examples
    --------
    >>> import detequiv as de
    >>> w = [1.0, 0.0]
    >>> kept = de.select(1000, [1.0, 1.0], labels=de.labels.linear(w), keep=de.rules.one_sided(w, above=0))
    >>> kept.n, kept.kept, kept.source.noise_variance
    (500, 0.5, 0.0)
    """

    n: int = dataclasses.field(init=False, compare=False)
    covariance: Spectrum | Covariance = dataclasses.field(init=False, compare=False)
    noise_variance: float = dataclasses.field(init=False, compare=False)
    shift: None = dataclasses.field(init=False, compare=False)
    gain: float = dataclasses.field(init=False, compare=False)
    truth: Fixed | None = dataclasses.field(init=False, compare=False)
    labels: None = dataclasses.field(init=False, compare=False)
    _: dataclasses.KW_ONLY
    draws: int
    inputs: Spectrum | Covariance
    law: LabelLaw
    keep: Rule = dataclasses.field(default_factory=everything)
    integrate: Integrate = dataclasses.field(default=selected_moments, compare=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            draws: Count,
            inputs: CovarianceLike,
            law: LabelLaw,
            keep: Rule = ...,
            integrate: Integrate = ...,
            weight: RealNumber = 1.0,
            identity: Samples | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "draws", count(self.draws, "N", 0, "It is the number of samples that are drawn."))
        put(self, "inputs", as_covariance(self.inputs))
        for name, value, kind, remedy in (
            ("labels", self.law, LabelLaw, "de.labels.linear(w)"),
            ("keep", self.keep, Rule, "de.rules.near(w, 0.5)"),
        ):
            if not isinstance(value, kind):
                raise SpecError(
                    f"{name} must be made by de.{_home(name)}; got {short_repr(value)}. Write {remedy}."
                )
        moments = self.integrate(self.law, self.keep, self.inputs)
        put(self, "moments", moments)
        put(self, "n", _rounded(self.draws * moments.kept))
        put(self, "noise_variance", moments.noise_variance)
        put(self, "covariance", self.inputs if self.fits else effective_covariance(self.inputs, moments))
        put(self, "truth", None if self.fits else Fixed(moments.basis @ moments.truth))
        for name, usual in (("shift", None), ("gain", 1.0), ("labels", None)):
            put(self, name, usual)
        super().__post_init__()

    if TYPE_CHECKING:
        moments: SelectedMoments
        """The moments of scores and label of a kept sample."""

    @property
    def _content(self) -> tuple[Any, ...]:
        return self.draws, self.inputs, self.law, self.keep

    @cached_property
    def fits(self) -> tuple[Labeller, ...]:
        """The fits whose weights are vectors of labels and rule."""
        vectors = (*vectors_of(self.law), *vectors_of(self.keep))
        return tuple(w for w in vectors if isinstance(w, Labeller))

    @cached_property
    def source(self) -> Source:
        """The ordinary source with the same effect on every fit.

        Raises
        ------
        SpecError
            Labels or a rule that take the weights of fits: the source depends on these.
        """
        if self.fits:
            raise SpecError(
                "a selection by trained models has no ordinary source, since it depends on their weights. "
                "Give a vector instead of each Problem, or predict the problem as it is."
            )
        return Source(
            self.n, self.covariance, noise_variance=self.noise_variance, truth=self.truth, weight=self.weight
        )

    @property
    def kept(self) -> float:
        """The fraction that is kept."""
        return self.moments.kept

    @cached_property
    def mean(self) -> Array:
        """(d,) the mean of the kept inputs."""
        mean: Array = self._spread @ self.moments.mean
        return mean

    @property
    def selected(self) -> bool:
        """True."""
        return True

    @property
    def classes(self) -> bool:
        """Whether labels are classes ±1."""
        return self.law.classes

    @property
    def population(self) -> Spectrum | Covariance:
        """The covariance of the samples before they are selected."""
        return self.inputs

    @property
    def input_mean(self) -> Array | None:
        """The mean of the kept inputs; None where it is 0 up to rounding."""
        return self.mean if np.abs(self.moments.mean).max(initial=0.0) > NEGLIGIBLE else None

    @property
    def label_mean(self) -> float:
        """The mean of the kept labels."""
        return self.moments.label_mean

    @property
    def second_moment(self) -> Array:
        """(r, r) second moment of the kept scores in ``moments.basis``, in which it was I before."""
        return self.moments.second_moment

    @property
    def integration_error(self) -> float:
        """The estimated error of the integrals over the scores."""
        return self.moments.integration_error

    @property
    def _spread(self) -> Array:
        return applied(self.inputs, self.moments.basis)

    def split(self, n: "Count") -> "tuple[Source, Source]":
        """Refused: parts of selected samples are not described."""
        raise SpecError("a selection cannot be split. Select from two smaller numbers of draws.")

    def relabelled(self, labels: Any = None, *, noise_variance: "RealNumber | None" = None) -> "Source":
        """Refused: the inputs of selected samples are not Gaussian."""
        raise SpecError("a selection cannot be relabelled. Use selection.source, the ordinary source.")

    def __repr__(self) -> str:
        weight = "" if self.weight == 1 else f", weight={self.weight:g}"
        return (
            f"Selection(draws={self.draws}, inputs={self.inputs!r}, labels={self.law!r}, keep={self.keep!r}"
            f"{weight}: n={self.n}, kept={self.kept:.4g})"
        )


def _home(name: str) -> str:
    return "labels" if name == "labels" else "rules"


def _rounded(number: float) -> int:
    """The nearest integer; the smaller one if they are equally near up to 1e-9, so that it does not hang on
    the last digits of an integral."""
    return int(np.ceil(number - 0.5 - 1e-9 * max(1.0, number)))


def update_of(moments: SelectedMoments) -> tuple[Array, Array]:
    """Directions (d, r) and a diagonal (r, r) of M − I, in the fewest of them."""
    values, turned = np.linalg.eigh(moments.second_moment - np.eye(len(moments.second_moment)))
    there = np.abs(values) > NEGLIGIBLE * (1 + np.abs(values).max(initial=0.0))
    return moments.basis @ turned[:, there], np.diag(values[there])


def effective_covariance(inputs: Spectrum | Covariance, moments: SelectedMoments) -> Spectrum | Covariance:
    """S + A (M − I) Aᵀ."""
    directions, coefficients = update_of(moments)
    return updated(inputs, applied(inputs, directions), coefficients)
