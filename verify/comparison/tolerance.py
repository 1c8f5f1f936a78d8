"""The criterion of agreement: which terms are compared, with which tolerance, at which error rate."""

import math
from typing import Any

from ...theory import SpecError
from ...theory.base.validation import positive, real
from ...theory.base.wording import shortest_float
from ..simulators.simulation import TERMS

__all__ = ["checked_alpha", "chosen_tolerance", "finite_terms"]

MEANING = "It bounds the probability of a false verdict."

DEFAULT_SHARE = 0.02
"""Half-width of the default tolerance at large sizes, as a share of the predicted error."""

ESTIMATE_FACTOR = 2.0
"""Half-width of the default tolerance in units of the theory's own estimated error
(``Prediction.approximation_error``). The factor leaves room for higher orders than the first
finite-size correction (its accuracy is stated in ``first_correction``)."""

DEGREES_FACTOR = 2.0
"""The same without an estimate, in units of the error over D (``FixedPoint.degrees_left``)."""


def finite_terms(theory: object) -> tuple[dict[str, float], tuple[tuple[str, float], ...]]:
    """The terms that can be compared, and those that are infinite."""
    terms = {name: float(getattr(theory, name)) for name in TERMS[1:]}
    predicted = {"error": float(getattr(theory, "error", sum(terms.values())))} | terms
    finite = {name: value for name, value in predicted.items() if math.isfinite(value)}
    for name, value in predicted.items():
        if math.isnan(value) or not finite:
            raise SpecError(
                f"the predicted {name} is {value}; no simulation can agree or disagree with that. "
                f"Compare at a ridge or a size where the term is finite."
            )
    return finite, tuple((name, value) for name, value in predicted.items() if name not in finite)


def chosen_tolerance(tolerance: Any, predicted: dict[str, float], theory: object = None) -> tuple[float, str]:
    """The half-width and how it was chosen, in words."""
    if hasattr(tolerance, "finite_size_tolerance"):
        width = positive(tolerance.finite_size_tolerance, "tolerance", "It comes from extrapolate.")
        return width, tolerance.finite_size_tolerance_origin
    if tolerance is not None:
        width = real(tolerance, "tolerance", "It is the half-width of what counts as agreement.")
        if not width > 0:
            raise SpecError(
                f"tolerance must be positive; got {shortest_float(width)}. With none nothing can ever agree: "
                f"theory is asymptotic, simulation is finite."
            )
        return width, "as given"
    size, of = _size(predicted)
    if size == 0:
        raise SpecError(
            "the predicted error is 0, and the default tolerance a share of it: simulation only departs "
            "from that by rounding. Pass a tolerance of its size, such as tolerance=1e-12 in these units."
        )
    share, reason = _finite_size_share(theory)
    if share > DEFAULT_SHARE:
        return share * size, f"{share:.2g} of {of} ({reason})"
    return DEFAULT_SHARE * size, f"{DEFAULT_SHARE:.0%} of {of}"


def _finite_size_share(theory: object) -> tuple[float, str]:
    """Half-width for the theory's own error, as a share of the predicted error, and its reason."""
    estimate = float(getattr(theory, "approximation_error", 0.0))
    if math.isfinite(estimate):
        reason = f"twice the theory's estimated error, {100 * estimate:+.1f}%"
        return ESTIMATE_FACTOR * abs(estimate), reason
    D = float(getattr(getattr(theory, "fixed_point", None), "degrees_left", math.inf))
    reason = f"{DEGREES_FACTOR:g}/D, D = {D:.3g} degrees left"
    return min(DEGREES_FACTOR / D, 1.0) if D > 0 else 1.0, reason


def _size(predicted: dict[str, float]) -> tuple[float, str]:
    if "error" in predicted:
        return abs(predicted["error"]), "the predicted error"
    return sum(map(abs, predicted.values())), "the finite terms added up"


def checked_alpha(alpha: float) -> float:
    """Alpha, refused outside (0, 1)."""
    level = real(alpha, "alpha", MEANING)
    if not 0 < level < 1:
        raise SpecError(f"alpha must lie between 0 and 1; got {alpha!r}. {MEANING}")
    return level
