"""The result of a simulation: samples of every term, their means and standard errors."""

import dataclasses
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from ...theory import Problem, ShapeError, SpecError
from ...theory.base.accepted_values import RealNumber
from ...theory.base.argument_checks import checked_call
from ...theory.base.arrays import Array, frozen_array
from ...theory.base.filled_text import filled
from ...theory.base.frozen_value import Value
from ...theory.base.validation import non_negative
from ...theory.data.second_moments import rescaled
from ...theory.statements.classification import classification_error
from .simulation_data import as_dataset, as_dict, as_html, plot_simulation
from .trial_seeds import Root

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["TERMS", "Simulation", "Terms"]

TERMS = ("error", "bias", "variance", "collapse")
"""The terms at the target, in the order of all tables."""

T = TypeVar("T")
U = TypeVar("U")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Terms(Value, Generic[T]):
    """One value for each quantity that a trial measures: a number, or an array over trials.

    error, bias, variance, collapse : at the target, its noise excluded.
    training_errors : for each source, on its own training samples, noise included; None where a
        source has no samples, or where training errors were not asked for.
    source_errors : for each source, on fresh data from it, its noise excluded.

    All are in labels squared, summed over outputs.

    >>> draws = np.array([1.0, 3.0])
    >>> Terms(error=draws, bias=draws, variance=0 * draws, collapse=0 * draws).map(len).error
    2
    """

    error: T
    bias: T
    variance: T
    collapse: T
    training_errors: tuple[T | None, ...] = ()
    source_errors: tuple[T, ...] = ()

    def map(self, function: Callable[[T], U]) -> "Terms[U]":
        """Apply a function to every value."""
        return Terms(
            error=function(self.error),
            bias=function(self.bias),
            variance=function(self.variance),
            collapse=function(self.collapse),
            training_errors=tuple(
                None if value is None else function(value) for value in self.training_errors
            ),
            source_errors=tuple(map(function, self.source_errors)),
        )


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Simulation(Value):
    """Simulated test errors and their terms, one sample per trial.

    Attributes
    ----------
    problem : Problem
        The simulated problem.
    samples : Terms
        (trials,) arrays, trials ≥ 2, of error, bias, variance and collapse (noise of the target
        excluded), and for each source ``source_errors`` (noise excluded) and ``training_errors``
        (noise included; None where there are none), in labels squared.
    seed : int or tuple of int
        The root seed: trial i was drawn from child i of ``numpy.random.SeedSequence(seed)``, and
        ``simulate(problem, seed=seed, ...)`` repeats the run.
    method : str
        "conditional" or "naive".
    from_shifts : Terms or None
        The part of every sample that is linear in the shifts' second moments, where it is known:
        with labels integrated out, all gains 1, and no fixed shift together with a fixed signal.

    overlaps : tuple of array or None
        ŵᵀΣ_tw_t and ŵᵀΣ_tŵ of every trial, (trials,) each; None with labels integrated out.

    Raises
    ------
    SpecError, ShapeError
        Samples that are not finite, or not 1-D and of one length of at least 2.

    See Also
    --------
    simulate : returns it.
    compare : compares a prediction with it.

    Examples
    --------
    >>> draws = np.array([1.0, 3.0])
    >>> from detequiv.theory import Source
    >>> simulation = Simulation(
    ...     problem=Problem(signal=1, sources=[Source(2, [1.0])], ridge=1), seed=0, method="naive",
    ...     samples=Terms(error=draws, bias=draws, variance=0 * draws, collapse=0 * draws))
    >>> simulation.mean.error, simulation.stderr.error, simulation.trials
    (2.0, 1.0, 2)
    """

    problem: Problem
    samples: Terms[Array]
    seed: Root
    method: str
    from_shifts: Terms[Array] | None = None
    overlaps: tuple[Array, Array] | None = None

    def __post_init__(self) -> None:
        samples = self.samples.map(
            lambda values: frozen_array(values, "simulated errors", "They are measured, one for each trial.")
        )
        trials = samples.error.shape
        shapes: list[tuple[int, ...]] = []
        samples.map(lambda values: shapes.append(values.shape))
        if len(trials) != 1 or trials[0] < 2 or any(shape != trials for shape in shapes):
            raise ShapeError(
                f"samples must be 1-D arrays of one length of at least 2; got shapes "
                f"{', '.join(map(str, sorted(set(shapes))))}."
            )
        object.__setattr__(self, "samples", samples)

    @property
    def trials(self) -> int:
        """Number of trials."""
        return int(self.samples.error.size)

    @cached_property
    def mean(self) -> Terms[float]:
        """Means over trials."""
        return self.samples.map(lambda values: float(values.mean()))

    @cached_property
    def stderr(self) -> Terms[float]:
        """Standard errors of the means: standard deviation (ddof 1) / √trials."""
        return self.samples.map(lambda values: float(values.std(ddof=1) / np.sqrt(values.size)))

    @checked_call
    def with_shift_scaled(self, factor: float) -> "Simulation":
        """The simulation of the problem with every shift Δ_k multiplied by ``factor``.

        Parameters
        ----------
        factor : float
            Non-negative. A fixed shift δ_k is multiplied by √factor; qualities c² scale by ``factor``.

        Returns
        -------
        Simulation
            The same draws; nothing is simulated again. Compare it with the prediction for its own
            ``problem``.

        Raises
        ------
        SpecError
            A negative factor, or a simulation whose collapse is not linear in the shifts' second
            moments: labels were drawn (method "naive"), a gain is not 1, truths are joint moments,
            or there is a fixed shift together with a fixed signal.

        Notes
        -----
        Given the data and the projection, collapse and the shifts' part of training and source
        errors are linear in the shifts' second moments.

        Examples
        --------
        >>> import detequiv as de
        >>> real, synthetic = (de.Source(8, [1.0, 0.5], shift=shift) for shift in (None, 0.2))
        >>> mix = de.Problem(signal=1, sources=[real, synthetic], ridge=0.1)
        >>> worse = de.simulate(mix, trials=5).with_shift_scaled(4.0)
        >>> worse.problem.quality(1) / mix.quality(1)
        4.0
        """
        number = non_negative(factor, "factor", "Shifts are second moments; they scale by c².")
        if self.from_shifts is None:
            raise SpecError(
                f"the shifts' part of this simulation is not known, because {_why_not_known(self)}. "
                f"Simulate the problem with scaled shifts instead."
            )
        part = self.from_shifts.map(lambda values: number * values)
        rest = _zipped(self.samples, self.from_shifts, np.subtract)
        return dataclasses.replace(
            self, problem=_scaled(self.problem, number), samples=_zipped(rest, part, np.add), from_shifts=part
        )

    @checked_call
    def classification_error(
        self, flip: "RealNumber" = 0.0, scale: "RealNumber" = 0.0, *, mixture: bool = False
    ) -> tuple[float, float]:
        """The mean 0-1 error of sign f(x) on the target, and its standard error.

        Parameters
        ----------
        flip, scale, mixture
            The test labels, as in :meth:`Prediction.classification_error`.

        Returns
        -------
        tuple of float
            The mean over trials of the 0-1 error of each, computed from its ŵ, and the standard error.

        Raises
        ------
        SpecError
            A simulation that integrates labels out, so that it knows no ŵ.

        Examples
        --------
        >>> import detequiv as de
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> mean, stderr = de.simulate(mix, trials=5, method="naive").classification_error()
        >>> 0 < mean < 0.1
        True
        """
        errors = self.classification_errors(flip=flip, scale=scale, mixture=mixture)
        return float(errors.mean()), float(errors.std(ddof=1) / np.sqrt(errors.size))

    def classification_errors(
        self, flip: "RealNumber" = 0.0, scale: "RealNumber" = 0.0, *, mixture: bool = False
    ) -> Array:
        """(trials,) the 0-1 error of every trial; see :meth:`classification_error`."""
        if self.overlaps is None:
            raise SpecError(
                "0-1 errors need trained weights, which this simulation integrates out. Simulate with "
                'method="naive".'
            )
        m, q = self.overlaps
        ρ = self._null_errors()
        given: dict[str, Any] = {"flip": flip, "scale": scale, "mixture": mixture}
        return np.array([classification_error(*map(float, x), **given) for x in zip(m, q, ρ, strict=True)])

    def _null_errors(self) -> Array:
        """(trials,) w_tᵀΣ_tw_t, from error = q − 2m + ρ."""
        assert self.overlaps is not None
        m, q = self.overlaps
        return np.maximum(self.samples.error - q + 2 * m, 0.0)

    def to_dict(self) -> dict[str, Any]:
        """The result as numbers, strings, lists and dictionaries.

        Returns
        -------
        dict
            ``mean``, ``stderr``, ``trials``, ``seed`` and ``method``: what ``detequiv simulate --json``
            prints; and ``description``, ``digest`` and ``detequiv_version``. The samples are in
            :meth:`to_xarray`.

        Notes
        -----
        ``json.dumps`` writes it and ``json.loads`` reads it back exactly; infinities are written as
        Infinity.

        Examples
        --------
        >>> import detequiv as de, json
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> run = de.simulate(mix, trials=4)
        >>> json.loads(json.dumps(run.to_dict())) == run.to_dict()
        True
        """
        return as_dict(self)

    def to_xarray(self) -> "xarray.Dataset":
        """The result as a labelled data set.

        Returns
        -------
        xarray.Dataset
            ``simulated`` over ``term``, ``source_error`` and ``training_error`` over ``source``: means,
            with the standard errors ``…_stderr`` and the samples ``…_samples`` over ``trial``. NaN for
            what was not measured. Attributes: ``description``, ``digest``, ``detequiv_version``,
            ``seed``, ``trials``, ``method``.

        Examples
        --------
        >>> import detequiv as de
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> de.simulate(mix, trials=4).to_xarray().simulated_samples.dims
        ('term', 'trial')
        """
        return as_dataset(self)

    def plot(
        self, ax: "Axes | None" = None, *, term: str = "error", predicted: float | None = None
    ) -> "Axes":
        """Plot the distribution of one term over trials, with its mean and the predicted value.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            The axes to plot on; None creates a figure.
        term : {"error", "bias", "variance", "collapse"}
            The term.
        predicted : float or None
            The value to mark, in labels squared; None predicts the problem.

        Returns
        -------
        matplotlib.axes.Axes
            The axes; the mean is shaded ± one standard error.

        Raises
        ------
        SpecError
            An unknown term.

        Examples
        --------
        >>> import detequiv as de
        >>> mix = de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1)
        >>> de.simulate(mix, trials=9).plot().get_xlabel()
        'test error E, noise excluded [labels squared]'
        """
        return plot_simulation(self, ax, term, predicted)

    def __str__(self) -> str:
        lines = self._lines()
        width = max(map(len, lines))
        table = (f"  {label:<{width}}  {mean:.6g} ± {stderr:.2g}" for label, (mean, stderr) in lines.items())
        return "\n".join(
            [
                filled(
                    f"{self.trials} {self.method} trials (seed {self.seed}) of {self.problem} "
                    f"Means in labels squared, noise of the target excluded, ± one standard error:"
                ),
                *table,
            ]
        )

    def _repr_html_(self) -> str:
        return as_html(self)

    def __repr__(self) -> str:
        return (
            f"Simulation(error={self.mean.error:.6g} ± {self.stderr.error:.2g}, "
            f"trials={self.trials}, seed={self.seed}, method={self.method!r})"
        )

    def _lines(self) -> dict[str, tuple[float, float]]:
        means, stderrs = (_labelled(values) for values in (self.mean, self.stderr))
        return {label: (means[label], stderrs[label]) for label in means}


def _labelled(values: Terms[float]) -> dict[str, float]:
    """All values by their printed labels; sources count from 0."""
    named = {name: float(getattr(values, name)) for name in TERMS}
    for k, error in enumerate(values.source_errors):
        named[f"error on source {k}"] = error
    for k, training_error in enumerate(values.training_errors):
        if training_error is not None:
            named[f"training error on source {k}"] = training_error
    return named


def _zipped(a: Terms[Array], b: Terms[Array], function: Callable[..., Array]) -> Terms[Array]:
    return Terms(
        **{name: function(getattr(a, name), getattr(b, name)) for name in TERMS},
        training_errors=tuple(
            None if x is None or y is None else function(x, y)
            for x, y in zip(a.training_errors, b.training_errors, strict=True)
        ),
        source_errors=tuple(map(function, a.source_errors, b.source_errors)),
    )


def _scaled(problem: Problem, factor: float) -> Problem:
    sources = tuple(
        source if source.shift is None else dataclasses.replace(source, shift=rescaled(source.shift, factor))
        for source in problem.sources
    )
    return dataclasses.replace(problem, sources=sources)


def _why_not_known(simulation: Simulation) -> str:
    problem = simulation.problem
    if simulation.method != "conditional":
        return f"its labels were drawn (method {simulation.method!r})"
    if problem.truths is not None:
        return "its truths are joint moments, which have no separate shifts"
    gains = [f"{source.label_gain:g}" for source in problem.sources]
    if any(source.label_gain != 1 for source in problem.sources):
        return f"its gains are {', '.join(gains)}, and not all of them 1"
    return "a fixed shift and a fixed signal have a product, which is not linear in Δ"
