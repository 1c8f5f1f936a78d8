"""The specification: a mix of data sources, a model, a ridge and a test distribution."""

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .arrays import Array, frozen_array
from .checks import count, non_negative, real
from .errors import ShapeError, SpecError
from .models import Linear, Model
from .spectrum import Spectrum, as_spectrum
from .value import Value

__all__ = ["Moment", "Problem", "Source", "Target"]

Moment = float | Array
"""A second moment: a scalar times the identity, or the (d,) diagonal in the coordinates in use."""

LARGEST_EXPANSION = 10_000_000


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Source(Value):
    """n training samples x ~ N(0, covariance) with labels y = xᵀw + ε.

    Parameters
    ----------
    n : number of samples, an integer; may be 0 (the prediction then says how the trained model
        would do on this source).
    covariance : Σ, a :class:`Spectrum` or a 1-D array of eigenvalues.
    noise_variance : Var ε = σ², a variance and not a standard deviation.
    shift : Δ = E[δδᵀ], a scalar (times I), a 1-D array with one entry per eigenvalue (or per
        coordinate, where integer multiplicities repeat them), or None for no shift. Shifts of
        different sources are independent.
    gain : g; the source's truth is w = g w_t + δ, with w_t the target's truth.
    weight : a ≥ 0, the weight of each of its samples in the loss
        (1/n) Σ_k a_k Σ_i (y_i − f(x_i))² + ridge |v|². Weight 0 keeps the samples in n; leaving a
        source out does not.

    >>> Source(300, [1.0, 0.5], noise_variance=0.01, shift=2.0)
    Source(n=300, covariance=Spectrum([1, 0.5], d=2, trace=1.5), noise_variance=0.01, shift=2)
    """

    n: int
    covariance: Spectrum
    _: dataclasses.KW_ONLY
    noise_variance: float = 0.0
    shift: Moment | None = None
    gain: float = 1.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "n", count(self.n, "n", 0, "It is a number of samples."))
        put(self, "covariance", as_spectrum(self.covariance))
        variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
        put(self, "noise_variance", variance)
        if self.shift is not None:
            put(self, "shift", _moment(self.shift, "shift"))
            _fits(self.shift, "shift", (self.covariance,))
        put(self, "gain", real(self.gain, "gain", "The source's truth is gain·w_t + δ."))
        put(self, "weight", non_negative(self.weight, "weight", "0 ignores the source's labels."))

    @property
    def active(self) -> bool:
        """Whether the fit looks at this source at all: it has samples and a positive weight."""
        return self.n > 0 and self.weight > 0

    def __repr__(self) -> str:
        parts = [f"n={self.n}", f"covariance={self.covariance!r}"]
        parts.append(f"noise_variance={self.noise_variance:g}")
        if self.shift is not None:
            parts.append(f"shift={_short(self.shift)}")
        parts += [
            f"{name}={value:g}"
            for name, value in (("gain", self.gain), ("weight", self.weight))
            if value != 1.0
        ]
        return f"Source({', '.join(parts)})"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Target(Value):
    """The test distribution x ~ N(0, covariance); its truth is always w_t.

    Parameters
    ----------
    covariance : Σ_t, a :class:`Spectrum` or a 1-D array of eigenvalues.
    noise_variance : σ_t², which counts in ``error_with_noise`` only; None takes that of the first
        source.

    >>> Target([1.0, 1.0])
    Target(covariance=Spectrum([1, 1], d=2, trace=2))
    """

    covariance: Spectrum
    _: dataclasses.KW_ONLY
    noise_variance: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", as_spectrum(self.covariance))
        if self.noise_variance is not None:
            variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
            object.__setattr__(self, "noise_variance", variance)

    def __repr__(self) -> str:
        noise = "" if self.noise_variance is None else f", noise_variance={self.noise_variance:g}"
        return f"Target(covariance={self.covariance!r}{noise})"


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Problem(Value):
    """Ridge regression trained on a mix of sources and tested against a target.

    The estimator minimises (1/n) Σ_k a_k Σ_{i∈k} (y_i − f(x_i))² + ridge |v|² with f(x) = vᵀφ(x)
    and n = Σ n_k: the ridge multiplies |v|² after a 1/n loss. (Elsewhere one finds n·ridge added
    to XᵀX.)

    Parameters
    ----------
    signal : Γ = E[w_t w_tᵀ], a scalar (times I, so that the null error is Γ tr Σ_t) or a 1-D array
        in the coordinates in use.
    sources : one or several :class:`Source`, not all of them empty.
    ridge : λ ≥ 0.
    model : :class:`Linear` or :class:`RandomProjection`.
    target : a :class:`Target`; None takes covariance and noise of the first source.

    Raises
    ------
    SpecError, ShapeError
        With the value, the rule and the remedy. Spectra with multiplicities must have the same
        ones; if they differ and are integers, every eigenvalue is repeated.

    Source: arXiv 2410.04840 v2, section 2, for any number of sources.

    >>> s = Spectrum([1.0, 0.5, 0.25])
    >>> mix = Problem(signal=1.0, sources=[Source(30, s), Source(20, s, shift=0.1)], ridge=0.1)
    >>> mix.n, mix.fractions, round(mix.quality(1), 6)
    (50, (0.6, 0.4), 0.175)
    >>> dataclasses.replace(mix, ridge=0.2).sources is mix.sources
    True
    """

    signal: Moment
    sources: Sequence[Source]
    ridge: float
    model: Model = dataclasses.field(default_factory=Linear)
    target: Target | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "sources", _sources(self.sources))
        put(
            self, "ridge", non_negative(self.ridge, "ridge", "It multiplies |v|² after a 1/n loss.")
        )
        if not isinstance(self.model, Model):
            raise SpecError(
                f"model must be Linear() or RandomProjection(width); got {self.model!r}."
            )
        if not isinstance(self.target, Target | None):
            raise SpecError(
                f"target must be a Target(covariance) or None; got "
                f"{type(self.target).__name__}. Write Target(...) around it."
            )
        put(self, "signal", _moment(self.signal, "signal"))
        _fits(self.signal, "signal", self._covariances)
        _one_basis(self._covariances)
        if self._repeats:  # raises where the layouts do not fit
            _ = self.signal_values, self.shifts

    @property
    def n(self) -> int:
        """Samples in all, those of weight 0 included."""
        return sum(source.n for source in self.sources)

    @cached_property
    def fractions(self) -> tuple[float, ...]:
        """α_k = n_k/n."""
        return tuple(source.n / self.n for source in self.sources)

    @property
    def d(self) -> int | float:
        """The dimension of the features."""
        return self.sources[0].covariance.d

    @property
    def target_covariance(self) -> Spectrum:
        """Σ_t."""
        return self.sources[0].covariance if self.target is None else self.target.covariance

    @property
    def target_noise_variance(self) -> float:
        """σ_t²."""
        if self.target is None or self.target.noise_variance is None:
            return self.sources[0].noise_variance
        return self.target.noise_variance

    def quality(self, k: int) -> float:
        """c² = tr Σ_kΔ_k of source k, counted from 0; 0 where the source has no shift.

        Definition 1 of the paper (v2) has a factor 1/d more; its corollaries and figures, and we,
        have not.
        """
        k = count(k, "k", 0, "Sources are counted from 0.")
        if k >= len(self.sources):
            raise SpecError(
                f"k must be below {len(self.sources)}, the number of sources; got {k}. Sources "
                f"are counted from 0."
            )
        shift = self.shifts[k]
        if shift is None:
            return 0.0
        return float(np.sum(self.multiplicities * self.spectra[k] * shift))

    # What solvers and simulators read: everything in one set of coordinates.

    @cached_property
    def multiplicities(self) -> Array:
        """(p,) how often each coordinate is repeated."""
        if self._repeats:
            return np.ones(int(self.d))
        return self.sources[0].covariance.weights

    @cached_property
    def spectra(self) -> tuple[Array, ...]:
        """The (p,) eigenvalues of each source, the target's last; equal ones are one object."""
        found: list[Array] = []
        for covariance in self._covariances:
            values = self._expanded(covariance.values, covariance)
            equal = (other for other in found if other is values or np.array_equal(other, values))
            found.append(next(equal, values))
        return tuple(found)

    @cached_property
    def signal_values(self) -> Array:
        """(p,) Γ, entry by entry."""
        return self._expanded(self.signal, *self._covariances)

    @cached_property
    def shifts(self) -> tuple[Array | None, ...]:
        """The (p,) Δ_k of each source, entry by entry; None where there is no shift."""
        return tuple(
            None if source.shift is None else self._expanded(source.shift, source.covariance)
            for source in self.sources
        )

    @property
    def _covariances(self) -> tuple[Spectrum, ...]:
        return (*(source.covariance for source in self.sources), self.target_covariance)

    @cached_property
    def _repeats(self) -> bool:
        """Whether the spectra only fit once every eigenvalue is repeated."""
        first, *others = self._covariances
        arrays = [
            m for m in (self.signal, *(s.shift for s in self.sources)) if isinstance(m, np.ndarray)
        ]
        same = all(_same_layout(first, other) for other in others)
        if same and all(a.size == len(first) for a in arrays):
            return False
        sizes = [covariance.d for covariance in self._covariances]
        if len(set(sizes)) > 1:
            raise ShapeError(
                f"all covariances of a problem must have one dimension; got "
                f"{', '.join(f'{d:g}' for d in sizes[:-1])} for the sources and {sizes[-1]:g} for "
                f"the target."
            )
        if not all((c.weights == np.round(c.weights)).all() for c in self._covariances):
            raise ShapeError(
                "multiplicities that are not integers must be the same in every covariance of a "
                "problem, with one signal and shift entry per value."
            )
        if sizes[0] > LARGEST_EXPANSION:
            raise ShapeError(
                f"unlike multiplicities would need {sizes[0]:g} repeated eigenvalues; give all "
                f"covariances of the problem the same multiplicities."
            )
        return True

    def _expanded(self, moment: Moment, *covariances: Spectrum) -> Array:
        """The moment entry by entry, repeated like the covariance whose values it goes with."""
        if not isinstance(moment, np.ndarray):
            return np.full(self.multiplicities.size, moment)
        if not self._repeats or moment.size == self.d:
            return moment
        first, *others = (c for c in covariances if len(c) == moment.size)
        if any(not _same_layout(first, other) for other in others):
            raise ShapeError(
                f"{moment.size} entries fit several covariances with unlike multiplicities; give "
                f"one entry for each of the d = {self.d:g} coordinates."
            )
        return np.repeat(moment, first.weights.astype(int))

    def __str__(self) -> str:
        parts = []
        for k, source in enumerate(self.sources):
            text = f"{source.n} samples"
            if source.shift is not None:
                text += f" of quality c² = {self.quality(k):.4g}"
            if source.gain != 1:
                text += f" of gain {source.gain:.4g}"
            weight = "" if source.weight == 1 else f", weight {source.weight:.4g}"
            parts.append(text + f" (noise variance {source.noise_variance:.4g}{weight})")
        other = "" if self.target is None else ", tested on a target of its own"
        return (
            f"{self.model} with ridge {self.ridge:.4g} in dimension {self.d:g}, trained on "
            f"{' and '.join(parts)}{other}."
        )

    def __repr__(self) -> str:
        target = "" if self.target is None else f", target={self.target!r}"
        return (
            f"Problem(signal={_short(self.signal)}, sources={list(self.sources)!r}, "
            f"ridge={self.ridge:g}, model={self.model!r}{target})"
        )


def _sources(given: object) -> tuple[Source, ...]:
    if isinstance(given, Source):
        raise SpecError("sources must be a list of Source; got one Source. Write [Source(...)].")
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise SpecError(
            f"sources must be a list of Source; got {type(given).__name__}. Write "
            f"list(...) around it, if it holds them."
        )
    for k, source in enumerate(given):
        if not isinstance(source, Source):
            raise SpecError(f"sources[{k}] must be a Source; got {source!r:.80}.")
    if not given:
        raise SpecError("sources must hold at least one Source; got none.")
    if not any(source.n for source in given):
        raise SpecError("at least one source must have n ≥ 1 samples; all have n = 0.")
    return given if isinstance(given, tuple) else tuple(given)


def _moment(given: object, name: str) -> Moment:
    if isinstance(given, str | bytes | type(None)):
        raise SpecError(f"{name} must be a number or a 1-D array; got {given!r}.")
    if np.isscalar(given) or (isinstance(given, np.ndarray) and given.ndim == 0):
        return non_negative(given, name, "It is a second moment, a scalar times the identity.")
    array = frozen_array(
        given, name, "It is a second moment: a number, or one number for each eigenvalue."
    )
    if array.ndim != 1:
        raise ShapeError(
            f"{name} must be a scalar or a 1-D array in the coordinates in use; got shape "
            f"{array.shape}. Dense second moments are not supported by this version."
        )
    if (array < 0).any():
        i = int(np.argmax(array < 0))
        raise SpecError(
            f"{name}[{i}] must be non-negative; got {array[i]:.17g}. It is a second "
            f"moment: square a fixed vector entry by entry first."
        )
    return array


def _fits(moment: Moment | None, name: str, covariances: tuple[Spectrum, ...]) -> None:
    if not isinstance(moment, np.ndarray):
        return
    allowed = {len(c) for c in covariances} | {c.d for c in covariances}
    if moment.size not in allowed:
        sizes = " or ".join(f"{size:g}" for size in sorted(allowed))
        raise ShapeError(
            f"{name} has {moment.size} entries but the covariance has {sizes} coordinates; give "
            f"one entry per eigenvalue, or a scalar for a multiple of the identity."
        )


def _one_basis(covariances: tuple[Spectrum, ...]) -> None:
    bases = [c.basis for c in covariances if c.basis is not None]
    if any(b is not bases[0] and not np.array_equal(b, bases[0]) for b in bases[1:]):
        raise SpecError(
            "two spectra of this problem were estimated in different bases, so their eigenvalues "
            "do not belong together index by index. Estimate both in one basis: pass the variances "
            "of spectrum.project(X) as a 1-D array for the second."
        )


def _same_layout(a: Spectrum, b: Spectrum) -> bool:
    if a is b or a.multiplicities is b.multiplicities:
        return len(a) == len(b)
    return len(a) == len(b) and bool(np.array_equal(a.weights, b.weights))


def _short(moment: Moment) -> str:
    if isinstance(moment, np.ndarray):
        return f"<{moment.size} entries, {moment.min():.4g} to {moment.max():.4g}>"
    return f"{moment:g}"
