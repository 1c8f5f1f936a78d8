"""The result of ``predict``: the terms, the errors on the sources, and how they were obtained."""

import dataclasses
import enum
import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...theory.base.accepted_values import RealNumber
from ...theory.base.argument_checks import checked_call
from ...theory.base.errors import SpecError
from ...theory.specification.problem import Problem
from ...theory.statements.classification import classification_error
from ...theory.statements.fixed_point import FixedPoint
from ..approximation.approximation_error import Estimate
from .prediction_data import as_dataset, as_dict, plot_prediction
from .regime_notes import regime_notes
from .rendering import as_html, as_text

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

    from .overlaps import Overlaps

__all__ = ["FittedLabels", "Prediction", "SourcePrediction", "Status"]


class Status(enum.StrEnum):
    """The status of a prediction.

    Attributes
    ----------
    sentence : str
        What the status means.

    Notes
    -----
    ``approximate`` is not a failure: the equations are solved to the usual accuracy, but the mean of
    simulations is expected to differ from their solution by more than a few percent. Values are the
    words that tables hold.

    Examples
    --------
    >>> print(Status.OK, Status("diverges") is Status.DIVERGES)
    ok True
    >>> print(Status.DIVERGES.sentence)
    Without ridge some terms are infinite; the notes give the reason.
    """

    OK = "ok"
    APPROXIMATE = "approximate"
    DIVERGES = "diverges"

    @property
    def sentence(self) -> str:
        """The status in one sentence."""
        return {
            Status.OK: "The equations are solved; all terms are finite and accurate to the estimated error.",
            Status.APPROXIMATE: "The equations are solved, but the estimated error of the theory "
            "exceeds a few percent; the notes give the reason.",
            Status.DIVERGES: "Without ridge some terms are infinite; the notes give the reason.",
        }[self]


@dataclasses.dataclass(frozen=True)
class SourcePrediction:
    """The errors of the trained model on one source, in labels squared, summed over outputs.

    Attributes
    ----------
    error : float
        On fresh data of the source, against the source's own truth, noise excluded.
    error_with_noise : float
        The same plus the source's noise variance.
    training_error : float or None
        On the training samples of the source, noise included; None for a source without samples.

    Examples
    --------
    >>> import detequiv as de
    >>> real = de.Source(200, de.isotropic(100), noise_variance=1.0)
    >>> source = de.predict(de.Problem(signal=0.01, sources=[real], ridge=0.75)).sources[0]
    >>> f"{source.error:.6g}, {source.error_with_noise:.6g}, {source.training_error:.6g}"
    '0.428571, 1.42857, 0.803571'
    """

    error: float
    error_with_noise: float
    training_error: float | None


@dataclasses.dataclass(frozen=True)
class FittedLabels:
    """What labels of trained models do to a prediction, in labels squared.

    Attributes
    ----------
    contributions : dict
        The error of the target, by its causes: "truth", and "noise of sources[k]" for each noise, those
        of the labellers' own sources as "noise of sources[k].labels.sources[j]". They sum to the error.
    against_fresh : float
        The error if each fit had samples of its own: the labellers trained on other samples than the mix.
    without : float or None
        The error without the sources that are labelled by trained models, at the same ridge; None where
        nothing would be left.
    shared : bool
        Whether a labeller was trained on samples of the mix.
    labelled : tuple of int
        The sources that are labelled by trained models.
    qualities : tuple of float
        The quality c² of each source: of a trained model, its error on the inputs of the source.

    Examples
    --------
    >>> import detequiv as de
    >>> real = de.Source(600, de.isotropic(300), noise_variance=0.5)
    >>> generator = de.Problem(signal=1 / 300, sources=[real], ridge=0)
    >>> synthetic = de.Source(600, de.isotropic(300), labels=generator, noise_variance=0.3)
    >>> p = de.predict(de.Problem(signal=1 / 300, sources=[real, synthetic], ridge=0))
    >>> print(f"{p.error:.3f} {p.fitted_labels.without:.3f} {p.fitted_labels.against_fresh:.3f}")
    0.550 0.500 0.300
    """

    contributions: dict[str, float]
    against_fresh: float
    without: float | None
    shared: bool
    labelled: tuple[int, ...]
    qualities: tuple[float, ...]


@dataclasses.dataclass(frozen=True, repr=False)
class Prediction:
    """The deterministic equivalent of a problem's test error, and its three terms.

    Errors are in labels squared and exclude the noise of the target, unless stated.

    Attributes
    ----------
    problem : Problem
        The problem.
    error : float
        E‖f − xᵀw_t‖² on the target: bias + variance + collapse.
    bias : float
        The error with all truths equal to w_t and without noise.
    variance : float
        The contribution of the noise.
    collapse : float
        The rest, which is present only because truths differ; it can be negative with gains, fixed or
        joint truths.
    null_error : float
        tr ΓΣ_t, the error of f = 0.
    sources : tuple of SourcePrediction
        The errors on each source.
    fixed_point : FixedPoint
        The solved point and how it was obtained. The κ of the paper is its ``effective_ridge``; its
        ``kappa`` is that of the master equations.
    estimate : Estimate
        The source of ``approximation_error``, ``status`` and ``notes``, computed on first access to
        one of them.
    remarks : tuple of str
        The notes on the solution alone.
    fitted_labels : FittedLabels or None
        The part of trained models that label, and of samples that fits share; None without those.
    intercept : float
        The mean intercept of the trained model, in labels; 0 without one. Its mean square, with the
        fluctuation of the mean of n residuals, is part of error and collapse.
    status : Status
        "diverges" without ridge if a term is infinite; "approximate" if ``approximation_error``
        exceeds 4 % (less where fewer than 5 degrees of freedom are left), for random features with
        (tr Σ)²/tr Σ² < 3, and for random coordinates whose ``spread`` exceeds 4 % of the error; else
        "ok".
    notes : tuple of str
        Sentences on the validity of the result: terms that diverge and why, a size too small for the
        theory, additional digits used.

    See Also
    --------
    predict : returns it.
    compare : compares it with a simulation.

    Examples
    --------
    >>> import detequiv as de
    >>> source = de.Source(200, de.isotropic(100), noise_variance=1.0)
    >>> de.predict(de.Problem(signal=0.01, sources=[source], ridge=0.75))
    Prediction(error=0.428571, bias=0.285714, variance=0.142857, collapse=0, status=ok, notes=0)
    """

    problem: Problem
    error: float
    bias: float
    variance: float
    collapse: float
    null_error: float
    sources: tuple[SourcePrediction, ...]
    fixed_point: FixedPoint
    estimate: Estimate
    remarks: tuple[str, ...]
    fitted_labels: FittedLabels | None = None
    intercept: float = 0.0

    @property
    def approximation_error(self) -> float:
        """Estimated relative error of the theory, (mean of simulations − error)/error.

        Positive if simulated errors should be larger than predicted; above −1. It is inf if there is
        no estimate, if the correction is as large as the error, or if rounding hides it; 0 if the
        error is infinite or 0.

        Notes
        -----
        The sum of the first finite-size correction and, for random features, the error of Gaussian
        equivalence.

        Examples
        --------
        >>> from detequiv import Problem, Source, isotropic, predict
        >>> source = Source(50, isotropic(20), noise_variance=1.0)
        >>> p = predict(Problem(signal=1.0, sources=[source], ridge=0))
        >>> round(p.error, 4), round(20 / (50 - 20 - 1), 4), round(p.approximation_error, 4)
        (0.6667, 0.6897, 0.0333)
        """
        return self.estimate.value.error

    @property
    def finite_size(self) -> float:
        """The estimated mean of simulations less the predicted error, in labels squared.

        The error times ``approximation_error``; inf where there is no estimate. For selected samples it
        includes the fluctuation of their moments and number.
        """
        estimate = self.approximation_error
        return math.inf if math.isinf(estimate) else float(self.error) * estimate

    @property
    def spread(self) -> float:
        """Standard deviation of the error over draws of random coordinates, averaged over the data.

        In labels squared, to second order in the draw. It is 0 for other models, whose error is the
        same for nearly every draw, and inf if the error is.
        """
        if self.problem.model.coordinates_seen is None:
            return 0.0
        if not abs(self.error) < math.inf:
            return math.inf
        return float(self.error) * self.estimate.value.spread

    @property
    def status(self) -> Status:
        """The status: ok, approximate or diverges."""
        if not all(abs(term) < math.inf for term in (self.bias, self.variance, self.collapse)):
            return Status.DIVERGES
        return Status.APPROXIMATE if self.estimate.value.exceeds_tolerance else Status.OK

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the solution and on the accuracy of the theory at this size."""
        regime = regime_notes(self.problem, self.fixed_point, self.estimate.value)
        return (*self.remarks, *regime)

    @property
    def error_with_noise(self) -> float:
        """Error plus the noise variance of the target."""
        return self.error + self.problem.target_noise_variance

    @property
    def against_fresh(self) -> float:
        """The error if all labellers had been trained on other samples; the error itself without any."""
        return self.error if self.fitted_labels is None else self.fitted_labels.against_fresh

    @cached_property
    def overlaps(self) -> "Overlaps":
        """m, q and rho of the trained model; see :func:`detequiv.overlaps`."""
        from .overlaps import overlaps

        return overlaps(self.problem)

    @checked_call
    def classification_error(
        self, flip: "RealNumber" = 0.0, scale: "RealNumber" = 0.0, *, mixture: bool = False
    ) -> float:
        """The 0-1 error of sign f(x) on the target.

        Parameters
        ----------
        flip : float
            The probability that a test label is flipped.
        scale : float
            0 for test labels sign xᵀw_t; τ > 0 for labels that are 1 with probability Φ(xᵀw_t/τ).
        mixture : bool
            Whether test labels are the class t = ±1 of x ~ N(t μ, Σ_t), with w_t = Σ_t⁻¹μ.

        Returns
        -------
        float
            The probability that sign f(x) is not the test label, between 0 and 1. 0.5 if f is 0.

        Raises
        ------
        SpecError
            A probability outside [0, 1]; a negative scale; several outputs; both scale and mixture.

        Notes
        -----
        arccos(m/√(qρ))/π of the overlaps, Φ(−m/√q) for a mixture. It is taken at the means of m and q, with
        an error of O(1/n). With an intercept it is that of the slope.

        Source: the angle between two hyperplanes.

        Examples
        --------
        >>> import detequiv as de
        >>> source = de.Source(200, de.isotropic(100), noise_variance=1.0)
        >>> p = de.predict(de.Problem(signal=0.01, sources=[source], ridge=0.75))
        >>> round(p.classification_error(), 4), round(p.classification_error(flip=0.1), 4)
        (0.2262, 0.281)
        """
        if self.problem.outputs > 1:
            raise SpecError(
                f"the 0-1 error is that of one output; got {self.problem.outputs}. Predict each by itself."
            )
        m, q, ρ = map(float, self.overlaps)
        return classification_error(m, q, ρ, flip=flip, scale=scale, mixture=mixture)

    def quality(self, k: int) -> float:
        """The quality c² of a source, in labels squared: of a trained model, its error on these inputs."""
        return self.problem.quality(k) if self.fitted_labels is None else self.fitted_labels.qualities[k]

    def to_dict(self) -> dict[str, Any]:
        """The result as numbers, strings, lists and dictionaries.

        Returns
        -------
        dict
            The errors, ``status``, ``fixed_point``, ``sources``, ``notes``, ``outputs``, and ``spread``
            if the model sees random coordinates: what ``detequiv predict --json`` prints. The problem
            is represented by ``description`` and ``digest``; ``detequiv_version`` is added.

        Notes
        -----
        ``json.dumps`` writes it and ``json.loads`` reads it back exactly; infinities are written as
        Infinity. Numbers of ``predict(problem, digits=...)`` are strings with all digits.

        Examples
        --------
        >>> import detequiv as de, json
        >>> p = de.predict(de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1))
        >>> json.loads(json.dumps(p.to_dict())) == p.to_dict()
        True
        """
        return as_dict(self)

    def to_xarray(self) -> "xarray.Dataset":
        """The result as a labelled data set.

        Returns
        -------
        xarray.Dataset
            ``predicted`` over ``term`` (error, bias, variance, collapse); ``source_error``,
            ``training_error``, ``quality`` and ``samples`` over ``source``; and scalars such as
            ``error_with_noise`` and ``degrees_left``. All in double precision. Attributes:
            ``description``, ``digest``, ``detequiv_version``, ``status``, ``notes``.

        Examples
        --------
        >>> import detequiv as de
        >>> p = de.predict(de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1))
        >>> p.to_xarray().predicted.sel(term="bias").item() == p.bias
        True
        """
        return as_dataset(self)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Plot the terms as a stacked bar, beside the errors on the sources.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None
            The axes to plot on; None creates a figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes. Infinite terms are marked ∞.

        Examples
        --------
        >>> import detequiv as de
        >>> p = de.predict(de.Problem(signal=1.0, sources=[de.Source(50, [1.0, 0.5])], ridge=0.1))
        >>> p.plot().get_ylabel()
        'error, noise excluded [labels squared]'
        """
        return plot_prediction(self, ax)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)

    def __repr__(self) -> str:
        return (
            f"Prediction(error={float(self.error):.6g}, bias={float(self.bias):.6g}, "
            f"variance={float(self.variance):.6g}, collapse={float(self.collapse):.6g}, "
            f"status={self.status.value}, notes={len(self.notes)})"
        )
