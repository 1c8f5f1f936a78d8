"""Sources of training data, and the test distribution."""

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base.accepted_values import Count, RealArray, RealNumber
from ..base.argument_checks import checked_call
from ..base.arrays import Array
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import Value
from ..base.validation import count, non_negative, real
from ..base.wording import plural, short_repr, shortest_float
from .covariance import Covariance, CovarianceLike, as_covariance
from .labeller import Labeller
from .samples import Samples
from .second_moments import Fixed, Moment, MomentLike, as_moment, entries_of, fixed_of, is_matrix
from .spectrum import Spectrum

__all__ = ["Source", "Target", "check_fits", "short"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Source(Value):
    """n training samples x ~ N(0, Σ) with labels y = xᵀw + ε.

    Parameters
    ----------
    n : int
        The number of samples. With 0, the prediction tells how the trained model does on this source.
    covariance : Spectrum, array or matrix
        Σ: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix, in the coordinates in use.
    noise_variance : float
        Var ε = σ², a variance and not a standard deviation, in total over outputs.
    shift : None, float, array, matrix or Fixed
        Δ = E[δδᵀ]: a scalar (times I), a 1-D array with one entry per eigenvalue (or per coordinate, with
        integer multiplicities), or a (d, d) matrix. Random shifts of different sources are independent
        (:class:`Moments` describes others). ``Fixed(δ)`` is a shift that is not random; None is no shift.
    gain : float
        g; the truth of the source is w = g w_t + δ, with w_t the truth of the target.
    truth : Fixed, array or None
        The truth w of the source itself, (d,) or (d, outputs), in place of gain and shift.
    weight : float
        a ≥ 0, the weight of each sample in the loss (1/n) Σ_k a_k Σ_i (y_i − f(x_i))² + ridge ‖v‖². With
        weight 0 the samples still count in n; leaving the source out changes n.
    labels : Problem or None
        The model that labels the samples, y = f(x) + ε, as it was trained in that problem; None labels by
        a truth. A source that is in that problem too is the same samples.
    identity : Samples or None
        Leave it out: a new source has new samples. ``replace`` of the weight, copies and pickling pass it
        on; ``replace`` of anything else makes new samples.

    Raises
    ------
    SpecError, ShapeError
        n is not a count; a covariance or shift is not a second moment, or the shift has another size; a
        negative noise variance or weight; a number that is not finite; labels that are no Problem, or have
        a gain, a shift or a truth beside them; a truth with a gain or a shift beside it.

    See Also
    --------
    rounds : problems that label for each other, round after round.

    Notes
    -----
    Samples are independent of each other, and the noise is independent of inputs and truths. 1-D arrays
    are in the coordinates in which Σ is diagonal.

    A shift describes a generator that was trained on other data than the mix. If it was trained on real
    samples of the mix, its labels are correlated with their noise: pass the generator as ``labels``.

    Source: arXiv 2410.04840 v2, section 2, for shifts with gain 1 and one weight; extended to gains,
    weights and fitted labels.

    Examples
    --------
    >>> Source(300, [1.0, 0.5], noise_variance=0.01, shift=2.0)
    Source(n=300, covariance=Spectrum([1, 0.5], d=2, trace=1.5), noise_variance=0.01, shift=2)
    """

    n: int
    covariance: Spectrum | Covariance
    _: dataclasses.KW_ONLY
    noise_variance: float = 0.0
    shift: Moment | None = None
    gain: float = 1.0
    truth: Fixed | None = None
    weight: float = 1.0
    labels: Labeller | None = None
    identity: Samples | None = dataclasses.field(default=None, compare=False)

    if TYPE_CHECKING:

        def __init__(
            self,
            n: Count,
            covariance: CovarianceLike,
            *,
            noise_variance: RealNumber = 0.0,
            shift: MomentLike | None = None,
            gain: RealNumber = 1.0,
            truth: Fixed | RealArray | None = None,
            weight: RealNumber = 1.0,
            labels: Labeller | None = None,
            identity: Samples | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "n", count(self.n, "n", 0, "It is a number of samples."))
        put(self, "covariance", as_covariance(self.covariance))
        variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
        put(self, "noise_variance", variance)
        if self.shift is not None:
            put(self, "shift", as_moment(self.shift, "shift"))
            check_fits(self.shift, "shift", (self.covariance,))
        put(self, "gain", real(self.gain, "gain", "The source's truth is gain·w_t + δ."))
        put(self, "weight", non_negative(self.weight, "weight", "0 ignores the source's labels."))
        self._check_truth()
        self._check_labels()
        if self.identity is None or not self.identity.are_of(self._content):
            put(self, "identity", Samples.new(self._content))
        elif self.identity.content is None:
            put(self, "identity", self.identity.part(0, self._content))

    def _check_truth(self) -> None:
        if self.truth is None:
            return
        object.__setattr__(self, "truth", _as_fixed(self.truth))
        check_fits(self.truth, "truth", (self.covariance,))
        for name, value, usual in (("shift", self.shift, None), ("gain", self.gain, 1.0)):
            if value is not usual and value != usual:
                raise SpecError(
                    f"a source has either a truth or a {name}; got both. truth=w is w itself: leave the "
                    f"{name} out, or write the truth as gain·w_t + shift."
                )

    def _check_labels(self) -> None:
        if self.labels is None:
            return
        if not isinstance(self.labels, Labeller):
            raise SpecError(
                f"labels must be a Problem, whose trained model labels, or None; got "
                f"{short_repr(self.labels)}. Write labels=Problem(...)."
            )
        given = (("shift", self.shift, None), ("gain", self.gain, 1.0), ("truth", self.truth, None))
        for name, value, usual in given:
            if value is not usual and value != usual:
                raise SpecError(
                    f"a source has either labels or a {name}; got both. The labels are those of the trained "
                    f"model: leave the {name} out, or give it to a source of that model's problem."
                )

    @property
    def _content(self) -> tuple[Any, ...]:
        return self.n, self.covariance, self.noise_variance, self.shift, self.gain, self.truth, self.labels

    @property
    def drawn(self) -> Samples:
        """The identity of the samples; equal identities are the same samples."""
        assert self.identity is not None
        return self.identity

    @property
    def label_gain(self) -> float:
        """The coefficient of w_t in the source's truth: the gain, 0 where the truth is given."""
        return self.gain if self.truth is None else 0.0

    @property
    def label_shift(self) -> Moment | None:
        """What the source's truth has beyond that: the shift, or the truth that is given."""
        return self.shift if self.truth is None else self.truth

    @property
    def population(self) -> Spectrum | Covariance:
        """The covariance of the distribution that samples are from, before any selection."""
        return self.covariance

    @property
    def population_noise(self) -> float:
        """The noise variance of labels before any selection."""
        return self.noise_variance

    @property
    def input_mean(self) -> Array | None:
        """(d,) the mean of the inputs; None for 0."""
        return None

    @property
    def label_mean(self) -> float:
        """The mean of the labels."""
        return 0.0

    @property
    def selected(self) -> bool:
        """Whether the samples were drawn and selected by a rule."""
        return False

    @property
    def fits(self) -> tuple[Labeller, ...]:
        """The fits whose weights are vectors of its labels or of the rule that selects it."""
        return ()

    @property
    def classes(self) -> bool:
        """Whether labels are classes ±1."""
        return False

    @property
    def active(self) -> bool:
        """Whether the fit uses this source: it has samples and a positive weight."""
        return self.n > 0 and self.weight > 0

    def again(self) -> "Source":
        """Other samples of the same distribution.

        Returns
        -------
        Source
            Equal to this one, with samples, labels and shift drawn independently.

        Examples
        --------
        >>> real = Source(300, [1.0, 0.5])
        >>> real.again() == real
        True
        """
        return dataclasses.replace(self, identity=None)

    @checked_call
    def split(self, n: "Count") -> "tuple[Source, Source]":
        """The samples in two parts.

        Parameters
        ----------
        n : int
            The number of samples of the first part, at most that of the source.

        Returns
        -------
        tuple of two Source
            The first n samples, and the others.

        Raises
        ------
        SpecError
            n is no count, or exceeds the number of samples.

        Examples
        --------
        >>> part, rest = Source(300, [1.0, 0.5]).split(100)
        >>> part.n, rest.n
        (100, 200)
        """
        n = count(n, "n", 0, "It is the number of samples of the first part.")
        if n > self.n:
            raise SpecError(f"n must be at most {self.n}, the samples of the source; got {n}. Take fewer.")
        return self._part(0, n), self._part(n, self.n - n)

    def _part(self, offset: int, n: int) -> "Source":
        content = (n, *self._content[1:])
        return dataclasses.replace(self, n=n, identity=self.drawn.part(offset, content))

    @checked_call
    def relabelled(
        self, labels: "Labeller | None" = None, *, noise_variance: "RealNumber | None" = None
    ) -> "Source":
        """The same inputs with new labels.

        Parameters
        ----------
        labels : Problem or None
            The model that labels them; None labels them anew by the source's own truth.
        noise_variance : float or None
            σ² of the new labels; None is 0 for a model, else that of the source.

        Returns
        -------
        Source
            With this weight, to be used instead of this source or beside it.

        Raises
        ------
        SpecError
            labels that are no Problem; a negative noise variance.

        Examples
        --------
        >>> real = Source(300, [1.0, 0.5], noise_variance=0.5)
        >>> real.relabelled(noise_variance=0.1).noise_variance
        0.1
        """
        usual = self.noise_variance if labels is None else 0.0
        variance = usual if noise_variance is None else noise_variance
        shift, gain, truth = (self.shift, self.gain, self.truth) if labels is None else (None, 1.0, None)
        new = Source(
            self.n,
            self.covariance,
            noise_variance=variance,
            shift=shift,
            gain=gain,
            truth=truth,
            weight=self.weight,
            labels=labels,
        )
        same_truth = labels is None and truth is None  # one that is given is not drawn
        samples = self.drawn.relabelled(new._content, same_truth)
        return dataclasses.replace(new, identity=samples)

    def __repr__(self) -> str:
        parts = [f"n={self.n}", f"covariance={self.covariance!r}"]
        parts.append(f"noise_variance={self.noise_variance:g}")
        if self.shift is not None:
            parts.append(f"shift={short(self.shift)}")
        if self.truth is not None:
            parts.append(f"truth={self.truth!r}")
        parts += [
            f"{name}={value:g}"
            for name, value in (("gain", self.gain), ("weight", self.weight))
            if value != 1.0
        ]
        if self.labels is not None:
            parts.append(f"labels={self.labels!r}")
        return f"Source({', '.join(parts)})"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Target(Value):
    """The test distribution x ~ N(0, Σ_t); its truth is always w_t.

    Parameters
    ----------
    covariance : Spectrum, array or matrix
        Σ_t: a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix.
    noise_variance : float or None
        σ_t², which only ``error_with_noise`` includes; None is that of the first source.

    Raises
    ------
    SpecError, ShapeError
        An invalid covariance; a negative noise variance.

    Notes
    -----
    Source: arXiv 2410.04840 v2, section 2, where the target is distributed like the real data.

    Examples
    --------
    >>> Target([1.0, 1.0])
    Target(covariance=Spectrum([1, 1], d=2, trace=2))
    """

    covariance: Spectrum | Covariance
    _: dataclasses.KW_ONLY
    noise_variance: float | None = None

    if TYPE_CHECKING:

        def __init__(
            self, covariance: CovarianceLike, *, noise_variance: RealNumber | None = None
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", as_covariance(self.covariance))
        if self.noise_variance is not None:
            variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
            object.__setattr__(self, "noise_variance", variance)

    def __repr__(self) -> str:
        noise = "" if self.noise_variance is None else f", noise_variance={self.noise_variance:g}"
        return f"Target(covariance={self.covariance!r}{noise})"


def _as_fixed(truth: Any) -> Fixed:
    return truth if isinstance(truth, Fixed) else Fixed(truth)


def check_fits(moment: Moment | None, name: str, covariances: tuple[Spectrum | Covariance, ...]) -> None:
    """Refuse a moment whose entries are not those of any of the covariances."""
    size = entries_of(moment)
    allowed = {c.d for c in covariances}
    if not is_matrix(moment):
        allowed |= {len(c) for c in covariances}
    if size is not None and size not in allowed:
        sizes = " or ".join(map(shortest_float, sorted(allowed)))
        raise ShapeError(_misfit(moment, name, size, sizes))


def _misfit(moment: Moment | None, name: str, size: int, sizes: str) -> str:
    """The size that differs from the covariance's, and the sizes that fit."""
    has, remedy = plural(size, "entry", "entries"), "one entry per eigenvalue, or a scalar for a "
    remedy += "multiple of the identity"
    if fixed_of(moment) is not None:
        has += " per output"
        remedy = "Fixed(w) a (d,) or (d, outputs) array with one entry or row per coordinate"
    elif is_matrix(moment):
        has, remedy = f"{plural(size, 'row')} and columns", f"a (d, d) matrix, {remedy}"
    return f"{name} has {has} but the covariance has {sizes} coordinates. Give {remedy}."


def short(moment: Moment | None) -> str:
    """A moment in a few words."""
    if isinstance(moment, np.ndarray):
        return f"<{moment.size} entries, {moment.min():.4g} to {moment.max():.4g}>"
    return f"{moment:g}" if fixed_of(moment) is None else f"{moment!r}"
