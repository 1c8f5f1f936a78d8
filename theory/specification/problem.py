"""The specification: a mix of data sources, a model, a ridge and a test distribution."""

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..base.accepted_values import Count, RealNumber
from ..base.argument_checks import checked_call
from ..base.blas_threads import on_one_thread
from ..base.errors import ShapeError, SpecError
from ..base.frozen_value import same
from ..base.validation import count, non_negative
from ..base.wording import enumerated, plural, short_repr, shortest_float
from ..coordinates.common_basis import eigenframe
from ..coordinates.multiplicity_layout import Layout, distinct, truths_of
from ..coordinates.problem_arrays import Frame
from ..data.covariance import Covariance
from ..data.labeller import Labeller
from ..data.second_moments import (
    Fixed,
    Moment,
    MomentLike,
    Moments,
    as_moment,
    entries_of,
    fixed_of,
    is_matrix,
)
from ..data.source import Source as Source
from ..data.source import Target as Target
from ..data.source import check_fits, short
from ..data.spectrum import Spectrum
from ..models.linear import Linear
from ..models.model import Model
from ..models.model_table import MODELS, parameters_of
from .fit_graph import FitGraph, check_sources, fit_graph
from .intercept import Centring, centred
from .problem_view import problem_html

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Problem", "Source", "Target"]


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Problem(Labeller):
    r"""Ridge regression trained on a mix of sources and tested on a target.

    With n = Σ n_k, the estimator f(x) = vᵀφ(x) minimises

    .. math::

        \frac{1}{n} \sum_k a_k \sum_{i \in k} (y_i - f(x_i))^2 + \lambda \lVert v \rVert^2.

    The ridge λ multiplies ‖v‖² after a 1/n loss.

    Parameters
    ----------
    signal : float, array_like, Fixed or None
        Γ = E[w_t w_tᵀ], the second moment of the target's truth: a scalar (times I, so that the null
        error is Γ tr Σ_t), a 1-D array or a (d, d) matrix in the coordinates in use, or ``Fixed(w)``.
    sources : sequence of Source
        One or more, not all of them empty.
    ridge : float
        λ ≥ 0; 0 is the minimum-norm solution, the limit λ → 0.
    model : Linear, RandomProjection, OrthogonalProjection, RandomFeatures or RandomCoordinates
        The features φ (default: Linear()).
    target : Target or None
        The test distribution; None takes covariance and noise of the first source, the covariance before
        selection if it is one. Its truth is always w_t.
    truths : Moments or None
        The joint moments of all truths, in place of signal, shifts and gains.
    intercept : bool
        Whether the model has an intercept, which is not penalised: f(x) = vᵀφ(x) + b. The error is that
        of f, whose target has none. For features that are linear in x.

    Raises
    ------
    SpecError, ShapeError
        Values that are not valid, with the value, the rule and the remedy.

    Notes
    -----
    Other programs add n·ridge to XᵀX. Spectra with multiplicities must have the same ones; if they
    differ and are integers, every eigenvalue is repeated.

    References
    ----------
    arXiv 2410.04840 v2, section 2, for any number of sources.

    Examples
    --------
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
    intercept: bool = False

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            signal: MomentLike | None = None,
            sources: Sequence[Source],
            ridge: RealNumber,
            model: Model = ...,
            target: Target | None = None,
            truths: Moments | None = None,
            intercept: bool = False,
        ) -> None: ...

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "sources", _sources(self.sources))
        check_sources(self.sources)
        put(self, "ridge", non_negative(self.ridge, "ridge", "It multiplies |v|² after a 1/n loss."))
        if not isinstance(self.model, Model):
            raise SpecError(f"model must be {_models()}; got {short_repr(self.model)}. Write one of these.")
        if not isinstance(self.target, Target | None):
            raise SpecError(
                f"target must be a Target(covariance) or None; got "
                f"{type(self.target).__name__}. Write Target(...) around it."
            )
        self._check_model()
        self._check_truths()
        moments = [self.signal, *(source.label_shift for source in self.sources)]
        blocks = [] if self.truths is None else [b for row in self.truths.blocks for b in row]
        _one_basis(self.covariances, [*moments, *blocks])
        if self.layout.repeats:  # raises where the layouts do not fit
            _ = self.coordinates
        self.model.check(self.d, self.covariances)
        self._check_labellers()

    def _check_model(self) -> None:
        if not isinstance(self.intercept, bool):
            raise SpecError(
                f"intercept must be True or False; got {short_repr(self.intercept)}. It is a property of the "
                f"model, f(x) = vᵀφ(x) + b."
            )
        if self.model.activation is None:
            return
        if self.intercept:
            raise SpecError(
                f"an intercept is for features that are linear in x; got {self.model!r}. Use Linear() or a "
                f"projection, or leave it out."
            )
        selected = [k for k, source in enumerate(self.sources) if source.selected]
        if selected:
            raise SpecError(
                f"selected samples are for features that are linear in x: sources[{selected[0]}] is a "
                f"selection, the model {self.model!r}. Use Linear() or a projection."
            )

    @cached_property
    def centring(self) -> Centring:
        """The problem without intercept, on centred samples; this one where it has none."""
        return centred(self) if self.intercept else Centring(self, None, 0.0)

    def _check_labellers(self) -> None:
        for k, source in enumerate(self.sources):
            if source.labels is None:
                continue
            labeller = source.labels
            if not isinstance(labeller, Problem):
                raise SpecError(f"sources[{k}].labels must be a Problem; got {type(labeller).__name__}.")
            if self.intercept or labeller.intercept:
                raise SpecError(
                    f"sources[{k}] has the labels of a trained model, which goes without an intercept; got "
                    f"intercept=True. Leave it out of this problem and of the labeller."
                )
            if self.truths is not None or labeller.truths is not None:
                raise SpecError(
                    f"sources[{k}] has the labels of a trained model, which takes signal and shifts; got "
                    f"truths=Moments(...). Give signal=..., and a shift to each source that has one."
                )
            if not same(labeller.signal, self.signal):
                raise SpecError(
                    f"sources[{k}].labels is trained on another truth: its signal is "
                    f"{short(labeller.signal)}, that of this problem {short(self.signal)}. Give both "
                    f"the same signal, and what differs as a shift of its sources."
                )
        if self.selecting_fits:
            self._check_selecting_fits()
        if not self._plain:
            _ = self.trained_as  # now, while that of the labellers is known: chains of them can be long

    def _check_selecting_fits(self) -> None:
        if self.truths is not None or self.intercept or self.connected:
            raise SpecError(
                "samples that trained models label or select go with a signal, without an intercept and "
                "without labels=Problem in other sources; leave these out."
            )
        seen = {source.drawn.inputs for source in self.sources}
        known: set[str] = set()
        for fit in self.selecting_fits:
            if not same(fit.signal, self.signal):
                raise SpecError(
                    f"a model that labels or selects samples is trained on another truth: its signal is "
                    f"{short(fit.signal)}, that of this problem {short(self.signal)}. Give both the same."
                )
            inputs = (*(source.population for source in fit.sources), fit.target_covariance)
            if fit.connected or not all(isinstance(c, Spectrum) for c in inputs):
                raise SpecError(
                    "a model that labels or selects samples needs diagonal covariances, and no "
                    "labels=Problem in its own sources; write its generator as labels of a selection."
                )
            own = {source.drawn.inputs for source in fit.all_sources}
            if own & seen or (own & known and fit.trained_as not in known):
                raise SpecError(
                    "a model that labels or selects samples must be trained on samples of its own; some are "
                    "in the mix, or in another such model. Use source.again() for one of them, or "
                    "labels=Problem without a rule where they are the same."
                )
            known |= own | {fit.trained_as}

    @property
    def all_sources(self) -> "tuple[Source, ...]":
        """The sources, and those of the fits that label or select for them."""
        return (*self.sources, *(s for fit in self.selecting_fits for s in fit.all_sources))

    @cached_property
    def trained_as(self) -> str:
        """Names the trained model: problems of one name are one fit, with the same samples and features."""
        parts = [self.digest_of_values.encode(), (self.model.draw or "").encode()]
        for source in self.sources:
            drawn = source.drawn
            parts += [f"{drawn.inputs},{drawn.noise},{drawn.truth},{drawn.start};".encode()]
            models = [*source.fits, *([] if source.labels is None else [source.labels])]
            parts += [model.trained_as.encode() for model in models]  # type: ignore[attr-defined]
        return hashlib.sha256(b"|".join(parts)).hexdigest()

    @cached_property
    def stages(self) -> FitGraph:
        """The fits of the problem: itself and, before it, every model that labels for it."""
        return fit_graph(self)

    @property
    def _plain(self) -> bool:
        """Whether no source has labels of a model, or inputs of another source."""
        inputs = [source.drawn.inputs for source in self.sources]
        return all(s.labels is None for s in self.sources) and len(set(inputs)) == len(inputs)

    @property
    def selecting_fits(self) -> "tuple[Problem, ...]":
        """The fits whose weights label or select samples."""
        return tuple(fit for s in self.sources for fit in s.fits if isinstance(fit, Problem))

    @property
    def classifies(self) -> bool:
        """Whether labels of selected samples are classes ±1."""
        return any(source.classes for source in self.sources)

    @property
    def connected(self) -> bool:
        """Whether sources have labels of trained models, or inputs in common."""
        return not self._plain and self.stages.connected

    def _sameness(self) -> bytes:
        if self._plain:
            return b""
        pattern = self.stages.pattern()
        return repr(pattern).encode() if pattern else b""

    def _check_truths(self) -> None:
        if (self.signal is None) == (self.truths is None):
            raise SpecError(
                "a problem takes exactly one of signal (Γ, or Fixed(w)) and truths (Moments); got "
                f"{'neither. Give one' if self.signal is None else 'both. Leave one out'}."
            )
        if self.truths is not None:
            _check_joint(self.truths, self.sources, self.covariances)
            return
        object.__setattr__(self, "signal", as_moment(self.signal, "signal"))
        check_fits(self.signal, "signal", self.covariances)
        outputs = {m.columns.shape[1] for m in self._fixed}
        if len(outputs) > 1:
            raise ShapeError(
                f"the Fixed(w) of one problem must have the same outputs; got "
                f"{' and '.join(map(str, sorted(outputs)))}. Add columns of zeros."
            )

    @classmethod
    @checked_call
    def from_toml(cls, path: "str | Path") -> "Problem":
        """Read a problem from a TOML file.

        Parameters
        ----------
        path : str or Path
            The file.

        Returns
        -------
        Problem
            The problem.

        Raises
        ------
        SpecError, ShapeError
            With the place in the file: a file that cannot be read, an unknown key (with the nearest
            known one), and all that this class refuses.

        Notes
        -----
        Keys are the names of this class and of :class:`Source` and :class:`Target`: ``ridge``,
        ``signal`` or ``truths``, ``[model]`` with kind, width, activation and entry_variance, one
        ``[[sources]]`` for each with n, covariance, noise_variance, shift, gain and weight, and
        ``[target]``. A covariance is ``{ power_law = { d, exponent, trace } }``, ``{ isotropic =
        { d, trace } }``, ``{ values, multiplicities }``, an array or ``"first"``; a moment is a
        number, an array or ``{ fixed = [...] }``, a shift also ``{ quality, shape }``. A fixed
        truth has one number per coordinate; ``{ fixed = [[...], ...], outputs = 2 }`` has two
        columns, one per output, and errors are sums over them. Any array may be replaced by
        ``{ file = "a.npz", key = "name" }``, a .npy, .npz or text file with a path relative to the
        TOML file. A text file holds only numbers, with decimal points, in columns separated by
        commas (.csv), tabs (.tsv), semicolons or blanks.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "problem.toml"
        >>> mix = Problem(signal=1.0, sources=[Source(30, Spectrum([1.0, 0.5]))], ridge=0.1)
        >>> file.write_text(mix.to_toml()) > 0
        True
        >>> Problem.from_toml(file) == mix
        True
        """
        from .toml import read

        return read(path)

    def to_toml(self) -> str:
        """Write the problem as the text of a TOML file, which :meth:`from_toml` reads.

        Returns
        -------
        str
            The text; the problem that is read from it is equal to this one.

        Raises
        ------
        SpecError
            An activation that is a function of your own, which no file can hold.

        Examples
        --------
        >>> mix = Problem(signal=1.0, sources=[Source(30, Spectrum([1.0, 0.5]))], ridge=0.1)
        >>> print(mix.to_toml())
        ridge = 0.1
        signal = 1.0
        <BLANKLINE>
        [model]
        kind = "linear"
        <BLANKLINE>
        [[sources]]
        n = 30
        covariance = [1.0, 0.5]
        noise_variance = 0.0
        <BLANKLINE>
        """
        from .toml import as_toml

        return as_toml(self)

    @property
    def n(self) -> int:
        """Total number of samples n, including sources of weight 0."""
        return sum(source.n for source in self.sources)

    @cached_property
    def fractions(self) -> tuple[float, ...]:
        """Shares n_k/n of the sources."""
        return tuple(source.n / self.n for source in self.sources)

    @property
    def d(self) -> int | float:
        """The dimension of the features."""
        return self.sources[0].covariance.d

    @property
    def target_covariance(self) -> Spectrum | Covariance:
        """Covariance Σ_t of the target."""
        return self.sources[0].population if self.target is None else self.target.covariance

    @property
    def tested(self) -> Target:
        """The target, where it is that of the first source, too."""
        return self.target or Target(self.target_covariance, noise_variance=self.target_noise_variance)

    @property
    def target_noise_variance(self) -> float:
        """Noise variance σ_t² of the target."""
        if self.target is None or self.target.noise_variance is None:
            return self.sources[0].noise_variance
        return self.target.noise_variance

    def quality(self, k: "Count") -> float:
        """The quality c² of a source, in labels squared; 0 for labels of the target's truth.

        Parameters
        ----------
        k : int
            The index of the source, from 0.

        Returns
        -------
        float
            c² = tr Σ_k E[(w_k − w_t)(w_k − w_t)ᵀ]; tr Σ_kΔ_k if the gain is 1.

        Raises
        ------
        SpecError
            No such source.

        Notes
        -----
        Definition 1 of the paper (v2) has an additional factor 1/d; its corollaries and figures do
        not, nor does this.
        """
        k = count(k, "k", 0, "Sources are counted from 0.")
        if k >= len(self.sources):
            raise SpecError(
                f"k must be below {len(self.sources)}, the number of sources; got {k}. Sources "
                f"are counted from 0."
            )
        if self.sources[k].labels is not None:
            raise SpecError(
                f"sources[{k}] is labelled by a trained model, the quality of which is predicted: take "
                f"predict(problem).quality({k})."
            )
        frame = self.coordinates
        return float(sum(part.deviation(frame, frame.covariances[k], k) for part in frame.truths))

    @property
    def outputs(self) -> int:
        """Number of outputs over which errors and noise variances are summed; 1 unless truths are Fixed.

        Examples
        --------
        >>> Problem(signal=Fixed([[1.0, 0.0], [0.0, 1.0]]), sources=[Source(9, [1, 1])],
        ...         ridge=1).outputs
        2
        """
        return next((moment.columns.shape[1] for moment in self._fixed), 1)

    @property
    def entry_variance(self) -> float | None:
        """Variance s² of the entries of the projection or the features; None if there are none."""
        return self.model.entry_variance_in(self.d, self.sources[0].population.trace)

    # What solvers and simulators read: everything in one set of coordinates.

    @cached_property
    def coordinates(self) -> Frame:
        """Covariances and truths in the coordinates in use, as simulators draw from them.

        Eigenvalues are repeated where multiplicities differ.
        """
        layout = self.layout
        covariances = distinct([layout.entries(covariance) for covariance in self.covariances])
        parts = truths_of(self.signal, self.truths, self.sources, layout)
        return Frame(layout.multiplicities, covariances, parts)

    @property
    def frame(self) -> Frame:
        """Covariances and truths in coordinates that suit the equations: an eigenbasis if there is one.

        If all covariances commute they are diagonal there, whatever the truths. Computed once, and
        once more under :func:`one_thread`, whose bits must not depend on earlier results.
        """
        return self._frame_of_one_thread if on_one_thread() else self._frame

    @cached_property
    def _frame(self) -> Frame:
        return self._eigenframe()

    @cached_property
    def _frame_of_one_thread(self) -> Frame:
        return self._eigenframe()

    def _eigenframe(self) -> Frame:
        counts = [source.n if source.active else 0 for source in self.sources]
        return eigenframe(self.coordinates, counts, ridge=self.ridge > 0)

    @property
    def commuting(self) -> bool:
        """Whether all covariances, including the target's, have one eigenbasis."""
        return self.frame.diagonal

    @property
    def _fixed(self) -> list[Fixed]:
        moments = (self.signal, *(source.label_shift for source in self.sources))
        return [fixed for fixed in map(fixed_of, moments) if fixed is not None]

    @property
    def covariances(self) -> tuple[Spectrum | Covariance, ...]:
        """Covariances of the sources and, last, of the target."""
        return (*(source.covariance for source in self.sources), self.target_covariance)

    @cached_property
    def layout(self) -> Layout:
        """How entries of covariances and moments correspond."""
        if self.truths is not None:
            sizes = [self.truths.entries]
        else:
            sizes = [entries_of(m) for m in (self.signal, *(s.label_shift for s in self.sources))]
        return Layout(self.covariances, tuple(size for size in sizes if size is not None))

    def __str__(self) -> str:
        parts = []
        for k, source in enumerate(self.sources):
            text = plural(source.n, "sample")
            if source.label_shift is not None or self.truths is not None or source.label_gain != 1:
                text += f" of quality c² = {self.quality(k):.4g}"
            if source.label_gain != 1:
                text += f", gain {source.label_gain:.4g}"
            weight = "" if source.weight == 1 else f", weight {source.weight:.4g}"
            if source.labels is not None:
                text += " labelled by a trained model"
            parts.append(text + f" (noise variance {source.noise_variance:.4g}{weight})")
        other = ""
        if self.target is not None:
            other = f", tested on a target of its own (tr Σ_t = {self.target.covariance.trace:.4g})"
        sums = ""
        if self.outputs > 1:
            sums = f"; errors and noise variances are sums over {self.outputs} outputs"
        with_intercept = " and an intercept" if self.intercept else ""
        return (
            f"{self.model} with ridge {self.ridge:.4g}{with_intercept} in dimension {self.d:g}, trained on "
            f"{enumerated(parts)}{other}{sums}."
        )

    def _repr_html_(self) -> str:
        return problem_html(self)

    def __repr__(self) -> str:
        target = "" if self.target is None else f", target={self.target!r}"
        truths = f"signal={short(self.signal)}" if self.truths is None else f"truths={self.truths}"
        target += ", intercept=True" if self.intercept else ""
        return (
            f"Problem({truths}, sources={list(self.sources)!r}, "
            f"ridge={self.ridge:g}, model={self.model!r}{target})"
        )


def _sources(given: object) -> tuple[Source, ...]:
    if isinstance(given, Source):
        raise SpecError("sources must be a list of Source; got one Source. Write [Source(...)].")
    if not isinstance(given, Sequence) or isinstance(given, str | bytes):
        holds = isinstance(given, Iterable) and not isinstance(given, str | bytes)
        around = "list(...) around it, if it holds them"
        raise SpecError(
            f"sources must be a list of Source; got {type(given).__name__}. Write "
            f"{around if holds else '[Source(n, covariance), ...]'}."
        )
    for k, source in enumerate(given):
        if not isinstance(source, Source):
            raise SpecError(
                f"sources[{k}] must be a Source; got {short_repr(source)}. Write Source(n, covariance)."
            )
    if not given:
        raise SpecError("sources must hold at least one Source; got none. Write [Source(n, covariance)].")
    if not any(source.n for source in given):
        raise SpecError(
            "at least one source must have n ≥ 1 samples; got n = 0 in all. A fit needs a sample."
        )
    return given if isinstance(given, tuple) else tuple(given)


def _check_joint(
    truths: object, sources: Sequence[Source], covariances: tuple[Spectrum | Covariance, ...]
) -> None:
    if not isinstance(truths, Moments):
        raise SpecError(
            f"truths must be Moments(blocks); got {type(truths).__name__}. Write Moments(...) "
            f"around the blocks; pass a single second moment as the signal."
        )
    rows = len(sources) + 1
    if len(truths.blocks) != rows:
        each = f"each of the {rows - 1} sources" if rows > 2 else "the one source"
        raise ShapeError(
            f"truths must have one row for {each} and one, the last, for the target; got "
            f"{len(truths.blocks)} rows. Give {rows} rows of {rows} blocks."
        )
    said = [k for k, s in enumerate(sources) if s.label_shift is not None or s.label_gain != 1]
    if said:
        raise SpecError(
            f"where truths are given, shifts and gains must not be: source {said[0]} has one. Its "
            f"truth is defined by the blocks."
        )
    sizes = {c.d for c in covariances}
    if not any(is_matrix(block) for row in truths.blocks for block in row):
        sizes |= {len(c) for c in covariances}
    if truths.entries is not None and truths.entries not in sizes:
        raise ShapeError(
            f"truths has blocks of {plural(truths.entries, 'coordinate')} but the covariance has "
            f"{' or '.join(map(shortest_float, sorted(sizes)))} coordinates. Give blocks one entry per "
            f"eigenvalue, or (d, d) matrices, or scalars."
        )


def checked_problem(problem: object) -> Problem:
    """The problem; anything else raises SpecError."""
    if not isinstance(problem, Problem):
        raise SpecError(
            f"expected a Problem; got {type(problem).__name__}. Write Problem(signal=..., "
            f"sources=[...], ridge=...)."
        )
    return problem


def _one_basis(covariances: Sequence[Spectrum | Covariance], others: Sequence[object]) -> None:
    """Refuse values that would be read in a basis of data in which they were not written."""
    spectra = [c for c in covariances if isinstance(c, Spectrum)]
    bases = [c.basis for c in spectra if c.basis is not None]
    if not bases:
        return
    if any(b is not bases[0] and not np.array_equal(b, bases[0]) for b in bases[1:]):
        raise SpecError(
            "two spectra of this problem were estimated in different bases, so their eigenvalues "
            "do not belong together index by index. Pass both covariances as matrices: "
            "Covariance.from_data(X)."
        )
    given = [*covariances, *others]
    matrices = (isinstance(x, Covariance) or is_matrix(x) for x in given)
    if any(matrices) or any(fixed_of(x) is not None for x in others):
        raise SpecError(
            "a spectrum made from data has coordinates of its own, its basis, and a matrix or "
            "Fixed beside it would be read in those. Pass Covariance.from_data(X) for the data, "
            "and everything else in the coordinates of X; or Spectrum(spectrum.values) for the "
            "data, if the others are in its basis (spectrum.basis.T @ w)."
        )


def _models() -> str:
    """The constructor calls of all models."""
    calls = []
    for model in MODELS.values():
        needed = [name for name, required in parameters_of(model).items() if required]
        calls.append(f"{model.__name__}({', '.join(needed)})")
    return enumerated(calls, "or")
