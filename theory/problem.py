"""The specification: a mix of data sources, a model, a ridge and a test distribution."""

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from .arrays import Array, frozen_array
from .checks import count, non_negative, real
from .covariance import Covariance, as_covariance
from .errors import ShapeError, SpecError
from .frame import Frame, eigenframe
from .models import Linear, Model, OrthogonalProjection, RandomFeatures
from .moments import Fixed, Moment, Moments, as_moment, entries_of
from .spectrum import Spectrum
from .truths import FixedTruth, JointTruth, RandomTruth, Truth
from .value import Value

__all__ = ["Problem", "Source", "Target"]

LARGEST_EXPANSION = 10_000_000


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Source(Value):
    """n training samples x ~ N(0, covariance) with labels y = xᵀw + ε.

    Parameters
    ----------
    n : number of samples, an integer; may be 0 (the prediction then says how the trained model
        would do on this source).
    covariance : Σ, a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix, in the
        coordinates in use.
    noise_variance : Var ε = σ², a variance and not a standard deviation; of all outputs together.
    shift : Δ = E[δδᵀ], a scalar (times I), a 1-D array with one entry per eigenvalue (or per
        coordinate, where integer multiplicities repeat them), a (d, d) matrix, or None for no
        shift: the random shifts of different sources are independent (``Moments`` for others). Or
        ``Fixed(δ)``, a shift that is not random.
    gain : g; the source's truth is w = g w_t + δ, with w_t the target's truth.
    weight : a ≥ 0, the weight of each of its samples in the loss
        (1/n) Σ_k a_k Σ_i (y_i − f(x_i))² + ridge |v|². Weight 0 keeps the samples in n; leaving a
        source out does not.

    >>> Source(300, [1.0, 0.5], noise_variance=0.01, shift=2.0)
    Source(n=300, covariance=Spectrum([1, 0.5], d=2, trace=1.5), noise_variance=0.01, shift=2)
    """

    n: int
    covariance: Spectrum | Covariance
    _: dataclasses.KW_ONLY
    noise_variance: float = 0.0
    shift: Moment | None = None
    gain: float = 1.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "n", count(self.n, "n", 0, "It is a number of samples."))
        put(self, "covariance", as_covariance(self.covariance))
        variance = non_negative(self.noise_variance, "noise_variance", "It is σ², not σ.")
        put(self, "noise_variance", variance)
        if self.shift is not None:
            put(self, "shift", as_moment(self.shift, "shift"))
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
    covariance : Σ_t, a :class:`Spectrum`, a 1-D array of eigenvalues, or a (d, d) matrix.
    noise_variance : σ_t², which counts in ``error_with_noise`` only; None takes that of the first
        source.

    >>> Target([1.0, 1.0])
    Target(covariance=Spectrum([1, 1], d=2, trace=2))
    """

    covariance: Spectrum | Covariance
    _: dataclasses.KW_ONLY
    noise_variance: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", as_covariance(self.covariance))
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
    signal : Γ = E[w_t w_tᵀ], a scalar (times I, so that the null error is Γ tr Σ_t), a 1-D array or
        a (d, d) matrix in the coordinates in use, or ``Fixed(w)``.
    truths : instead of a signal (and of shifts and gains), :class:`Moments` of all truths.
    sources : one or several :class:`Source`, not all of them empty.
    ridge : λ ≥ 0; 0 is the minimum-norm solution, the limit λ → 0.
    model : :class:`Linear`, :class:`RandomProjection`, :class:`OrthogonalProjection` or
        :class:`RandomFeatures`.
    target : a :class:`Target`; None takes covariance and noise of the first source. Its truth is
        always w_t.

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

    signal: Moment | None = None
    sources: Sequence[Source]
    ridge: float
    model: Model = dataclasses.field(default_factory=Linear)
    target: Target | None = None
    truths: Moments | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "sources", _sources(self.sources))
        put(
            self, "ridge", non_negative(self.ridge, "ridge", "It multiplies |v|² after a 1/n loss.")
        )
        if not isinstance(self.model, Model):
            raise SpecError(
                f"model must be Linear(), RandomProjection(width), OrthogonalProjection(width) or "
                f"RandomFeatures(width, activation); got {self.model!r}."
            )
        if not isinstance(self.target, Target | None):
            raise SpecError(
                f"target must be a Target(covariance) or None; got "
                f"{type(self.target).__name__}. Write Target(...) around it."
            )
        _one_basis(self._covariances)
        self._check_truths()
        if self._repeats:  # raises where the layouts do not fit
            _ = self.coordinates
        self._check_model()

    def _check_truths(self) -> None:
        if (self.signal is None) == (self.truths is None):
            raise SpecError(
                "a problem takes exactly one of signal (Γ, or Fixed(w)) and truths (Moments); got "
                f"{'neither' if self.signal is None else 'both'}."
            )
        if self.truths is not None:
            _check_joint(self.truths, self.sources, self._covariances)
            return
        object.__setattr__(self, "signal", as_moment(self.signal, "signal"))
        _fits(self.signal, "signal", self._covariances)
        outputs = {m.columns.shape[1] for m in self._fixed}
        if len(outputs) > 1:
            raise ShapeError(
                f"fixed truths of one problem must have the same outputs; got "
                f"{' and '.join(map(str, sorted(outputs)))}. Add columns of zeros."
            )

    def _check_model(self) -> None:
        model = self.model
        if isinstance(model, OrthogonalProjection) and model.width > self.d:
            raise SpecError(
                f"width must be at most the dimension d = {self.d:g}; got {model.width}. No more "
                f"than d columns are orthonormal; RandomProjection takes any width."
            )
        if isinstance(model, RandomFeatures):
            _check_centred(model, self._preactivation_variances)

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
    def target_covariance(self) -> Spectrum | Covariance:
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

        Where the truths are joint moments: tr Σ_k E[(w_k − w_t)(w_k − w_t)ᵀ].

        Definition 1 of the paper (v2) has a factor 1/d more; its corollaries and figures, and we,
        have not.
        """
        k = count(k, "k", 0, "Sources are counted from 0.")
        if k >= len(self.sources):
            raise SpecError(
                f"k must be below {len(self.sources)}, the number of sources; got {k}. Sources "
                f"are counted from 0."
            )
        frame = self.coordinates
        return float(sum(_quality(part, k, frame) for part in frame.truths))

    @property
    def entry_variance(self) -> float | None:
        """s² of the projection's or the features' entries in use; None where there are none."""
        if isinstance(self.model, RandomFeatures):
            return self.model.entry_variance_at(self.sources[0].covariance.trace)
        if isinstance(self.model, Linear | OrthogonalProjection):
            return None
        return self.model.entry_variance_at(self.d)

    # What solvers and simulators read: everything in one set of coordinates.

    @cached_property
    def coordinates(self) -> Frame:
        """Covariances and truths in the coordinates in use, every eigenvalue repeated if need be.

        What simulators draw from.
        """
        found: list[Array] = []
        for covariance in self._covariances:
            values = self._entries(covariance)
            equal = (
                other
                for other in found
                if other is values
                or (other.shape == values.shape and np.array_equal(other, values))
            )
            found.append(next(equal, values))
        return Frame(self._multiplicities, tuple(found), tuple(self._parts()))

    @cached_property
    def frame(self) -> Frame:
        """The same in coordinates that suit the equations: an eigenbasis if there is one.

        Where all covariances commute they are diagonal there, whatever the truths.
        """
        return eigenframe(
            self.coordinates, [source.n if source.active else 0 for source in self.sources]
        )

    @property
    def commuting(self) -> bool:
        """Whether all covariances, the target's too, have one eigenbasis."""
        return self.frame.diagonal

    def _parts(self) -> list[Truth]:
        """The independent parts of the truths."""
        sources = self.sources
        K = len(sources)
        if self.truths is not None:
            return [JointTruth(tuple(tuple(self._expanded(b) for b in r) for r in self.truths.blocks))]
        gains = np.array([source.gain for source in sources])
        parts: list[Truth] = []
        if not isinstance(self.signal, Fixed):
            moment = self._expanded(self.signal, *self._covariances)
            parts.append(RandomTruth(moment, 1.0, gains, np.zeros(K)))
        for k, source in enumerate(sources):
            if source.shift is not None and not isinstance(source.shift, Fixed):
                moment = self._expanded(source.shift, source.covariance)
                parts.append(RandomTruth(moment, 0.0, np.zeros(K), np.eye(K)[k]))
        return [*parts, self._fixed_part(gains)] if self._fixed else parts

    def _fixed_part(self, gains: Array) -> FixedTruth:
        added = tuple(
            self._columns(source.shift) if isinstance(source.shift, Fixed) else None
            for source in self.sources
        )
        if isinstance(self.signal, Fixed):
            return FixedTruth(self._columns(self.signal), gains, added)
        some = next(δ for δ in added if δ is not None)
        return FixedTruth(np.zeros_like(some), gains, added)

    def _columns(self, fixed: Fixed) -> Array:
        """(p, outputs)."""
        columns = [self._expanded(column, *self._covariances) for column in fixed.columns.T]
        return np.array(columns).T

    @property
    def _fixed(self) -> list[Fixed]:
        moments = (self.signal, *(source.shift for source in self.sources))
        return [moment for moment in moments if isinstance(moment, Fixed)]

    @property
    def _preactivation_variances(self) -> list[float]:
        """q = s² tr Σ of every source and, last, the target."""
        s2 = self.entry_variance or 1.0
        return [s2 * covariance.trace for covariance in self._covariances]

    @cached_property
    def _multiplicities(self) -> Array:
        if self._repeats:
            return np.ones(int(self.d))
        return self.sources[0].covariance.weights

    def _entries(self, covariance: Spectrum | Covariance) -> Array:
        """(p,) eigenvalues, or the (p, p) matrix where it is not diagonal."""
        if isinstance(covariance, Spectrum):
            values = self._expanded(covariance.values, covariance)
            assert isinstance(values, np.ndarray)
            return values
        return covariance.matrix if covariance.diagonal is None else covariance.diagonal

    @property
    def _covariances(self) -> tuple[Spectrum | Covariance, ...]:
        return (*(source.covariance for source in self.sources), self.target_covariance)

    @cached_property
    def _repeats(self) -> bool:
        """Whether the spectra only fit once every eigenvalue is repeated."""
        first, *others = self._covariances
        same = all(_same_layout(first, other) for other in others)
        if same and all(size == len(first) for size in self._sizes):
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

    @property
    def _sizes(self) -> list[int]:
        """The sizes of all signals, shifts and joint moments that have one."""
        if self.truths is not None:
            return [] if self.truths.entries is None else [self.truths.entries]
        moments = (self.signal, *(source.shift for source in self.sources))
        return [size for m in moments if (size := entries_of(m)) is not None]

    def _expanded(self, moment: float | Array, *covariances: Spectrum | Covariance) -> float | Array:
        """The moment entry by entry, repeated like the covariance whose values it goes with."""
        if not isinstance(moment, np.ndarray) or not self._repeats or len(moment) == self.d:
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
            if source.shift is not None or self.truths is not None:
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
        truths = f"signal={_short(self.signal)}" if self.truths is None else f"truths={self.truths}"
        return (
            f"Problem({truths}, sources={list(self.sources)!r}, "
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


def _fits(
    moment: Moment | None, name: str, covariances: tuple[Spectrum | Covariance, ...]
) -> None:
    size = entries_of(moment)
    allowed = {c.d for c in covariances}
    if np.ndim(moment) != 2:  # type: ignore[arg-type]
        allowed |= {len(c) for c in covariances}
    if size is not None and size not in allowed:
        sizes = " or ".join(f"{size:g}" for size in sorted(allowed))
        raise ShapeError(
            f"{name} has {size} entries but the covariance has {sizes} coordinates; give "
            f"one entry per eigenvalue, or a scalar for a multiple of the identity."
        )


def _check_joint(
    truths: object, sources: Sequence[Source], covariances: tuple[Spectrum | Covariance, ...]
) -> None:
    if not isinstance(truths, Moments):
        raise SpecError(f"truths must be Moments(blocks); got {type(truths).__name__}.")
    if len(truths.blocks) != len(sources) + 1:
        raise ShapeError(
            f"truths must have one row for each of the {len(sources)} sources and one, the last, "
            f"for the target; got {len(truths.blocks)} rows."
        )
    said = [k for k, s in enumerate(sources) if s.shift is not None or s.gain != 1]
    if said:
        raise SpecError(
            f"where truths are given, shifts and gains must not be: source {said[0]} has one. The "
            f"blocks say all about its truth."
        )
    sizes = {c.d for c in covariances} | {len(c) for c in covariances}
    if truths.entries is not None and truths.entries not in sizes:
        raise ShapeError(
            f"truths has blocks of {truths.entries} entries but the covariance has "
            f"{' or '.join(f'{size:g}' for size in sorted(sizes))} coordinates."
        )


def _check_centred(model: RandomFeatures, variances: list[float]) -> None:
    """One constant can centre the features of all sources and the target."""
    if model.activation.odd:
        return
    means = [model.activation.moments(q).mean for q in variances]
    least, most = min(means), max(means)
    if most - least > 1e-12 * max(abs(least), abs(most)):
        raise SpecError(
            f"features of {model.activation.name}, which is not odd, need one mean of the "
            f"activation for all sources and the target, since one constant cannot centre unlike "
            f"ones; got means from {least:.6g} to {most:.6g}. Give all covariances one trace, or "
            f"take an odd activation."
        )


def _quality(part: Truth, k: int, frame: Frame) -> float:
    Σ, m = frame.covariances[k], frame.multiplicities
    if isinstance(part, RandomTruth):
        return float(part.added[k] ** 2 * frame.trace(Σ, part.moment))
    if isinstance(part, JointTruth):
        W = part.blocks
        pairs = ((W[k][k], 1), (W[k][-1], -1), (W[-1][k], -1), (W[-1][-1], 1))
        return float(sum(sign * frame.trace(Σ, block) for block, sign in pairs))
    δ = part.added[k]
    if δ is None:
        return 0.0
    return float(np.sum(m[:, None] * δ * (Σ[:, None] * δ if Σ.ndim == 1 else Σ @ δ)))


def _one_basis(covariances: tuple[Spectrum | Covariance, ...]) -> None:
    spectra = [c for c in covariances if isinstance(c, Spectrum)]
    bases = [c.basis for c in spectra if c.basis is not None]
    if any(b is not bases[0] and not np.array_equal(b, bases[0]) for b in bases[1:]):
        raise SpecError(
            "two spectra of this problem were estimated in different bases, so their eigenvalues "
            "do not belong together index by index. Estimate both in one basis: pass the variances "
            "of spectrum.project(X) as a 1-D array for the second."
        )


def _same_layout(a: Spectrum | Covariance, b: Spectrum | Covariance) -> bool:
    if len(a) != len(b) or a is b:
        return len(a) == len(b)
    if isinstance(a, Spectrum) and isinstance(b, Spectrum) and a.multiplicities is b.multiplicities:
        return True
    return bool(np.array_equal(a.weights, b.weights))


def _short(moment: Moment | None) -> str:
    if isinstance(moment, np.ndarray):
        return f"<{moment.size} entries, {moment.min():.4g} to {moment.max():.4g}>"
    return f"{moment!r}" if isinstance(moment, Fixed) else f"{moment:g}"
