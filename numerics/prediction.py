"""What predict returns: the terms, how the sources fare, and how it was obtained."""

import dataclasses
import enum
import math

from ..theory.fixed_point import FixedPoint
from ..theory.problem import Problem
from .approximation import Estimate
from .notes import regime_notes
from .shown import as_html, as_text

__all__ = ["Prediction", "SourcePrediction", "Status"]


class Status(enum.StrEnum):
    """How a prediction went; ``sentence`` says it, the value is the word that tables hold.

    ``approximate`` is no failure: the equations are solved as accurately as ever, but their
    solution is known to differ from the mean of simulations by more than a few percent.

    >>> print(Status.OK, Status("diverges") is Status.DIVERGES)
    ok True
    >>> print(Status.DIVERGES.sentence)
    Without ridge some terms are infinite; the notes say which and why.
    """

    OK = "ok"
    APPROXIMATE = "approximate"
    DIVERGES = "diverges"

    @property
    def sentence(self) -> str:
        """What the word means."""
        return {
            Status.OK: "The equations are solved, all terms are finite and hold to the estimated "
            "error.",
            Status.APPROXIMATE: "The equations are solved, but the theory itself is off by more "
            "than a few percent here; the notes say why.",
            Status.DIVERGES: "Without ridge some terms are infinite; the notes say which and why.",
        }[self]


@dataclasses.dataclass(frozen=True)
class SourcePrediction:
    """How the trained model does on one source.

    error : on fresh data of the source, against the source's own truth, noise excluded.
    error_with_noise : the same plus the source's noise variance.
    training_error : noisy error on the training samples of the source; None where it has none.

    All are in labels squared, summed over outputs.

    >>> import detequiv as de
    >>> real = de.Source(200, de.isotropic(100), noise_variance=1.0)
    >>> source = de.predict(de.Problem(signal=0.01, sources=[real], ridge=0.75)).sources[0]
    >>> f"{source.error:.6g}, {source.error_with_noise:.6g}, {source.training_error:.6g}"
    '0.428571, 1.42857, 0.803571'
    """

    error: float
    error_with_noise: float
    training_error: float | None


@dataclasses.dataclass(frozen=True, repr=False)
class Prediction:
    """Deterministic-equivalent test error of a problem, noise excluded.

    problem : what was predicted.
    error : bias + variance + collapse, E‖f − xᵀw_t‖² on the target, in the units of labels squared;
        ``error_with_noise`` adds the target's noise variance.
    bias : with all truths equal to w_t and no noise. variance : of the noise. collapse : the rest,
        there only because truths differ; negative at times with gains, fixed or joint truths.
    null_error : tr ΓΣ_t, the error of f = 0.
    sources : how the model does on each source, :class:`SourcePrediction`.
    fixed_point : the solved point and how it was obtained, :class:`FixedPoint`.
    approximation_error : estimated relative error of the theory itself, (mean of simulations −
        error)/error: its first finite-size correction and, for random features, what Gaussian
        equivalence misses. inf where there is no estimate, 0 where the error is infinite or 0.
    status : :class:`Status`, ok, approximate (``approximation_error`` exceeds 4 %, less where fewer
        than 5 degrees of freedom are left), or diverges (without ridge; the terms are then inf).
    notes : sentences that a reader should know: which terms diverge and why, too small a size for
        the theory, more digits taken. remarks : those on the solution alone.
    estimate : what ``approximation_error``, ``status`` and ``notes`` are made of, computed when the
        first of them is looked at.

    ``predict`` makes it, and raises SpecError or SolveError where there is none.

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

    @property
    def approximation_error(self) -> float:
        """Estimated relative error of the theory itself, (mean of simulations − error)/error."""
        return self.estimate.known.error

    @property
    def status(self) -> Status:
        """How it went."""
        if not all(abs(term) < math.inf for term in (self.bias, self.variance, self.collapse)):
            return Status.DIVERGES
        return Status.APPROXIMATE if self.estimate.known.rough else Status.OK

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know: of the solution, and of the regime of the theory."""
        regime = regime_notes(self.problem, self.fixed_point, self.estimate.known)
        return (*self.remarks, *regime)

    @property
    def error_with_noise(self) -> float:
        """Error plus the noise variance of the target."""
        return self.error + self.problem.target_noise_variance

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
