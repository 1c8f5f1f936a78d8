"""What counts as agreement: which terms are compared, within which band, at which error rate."""

import math

from ..theory import SpecError
from ..theory.checks import real
from .simulation import TERMS

__all__ = ["chosen_band", "finite_terms", "level"]

DEFAULT_BAND = 0.02
"""Half-width of the default band, as a share of the predicted error."""


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


def chosen_band(band: float | None, predicted: dict[str, float]) -> tuple[float, str]:
    if band is not None:
        width, origin = (
            real(band, "band", "It is the half-width of what counts as agreement."),
            "as given",
        )
    elif "error" in predicted:
        width = DEFAULT_BAND * abs(predicted["error"])
        origin = f"{DEFAULT_BAND:.0%} of the predicted error"
    else:
        width = DEFAULT_BAND * sum(map(abs, predicted.values()))
        origin = f"{DEFAULT_BAND:.0%} of the finite terms added up"
    if band is None and width == 0:
        raise SpecError(
            "the predicted error is 0, and the default band 2 % of it: simulation only departs "
            "from that by rounding. Pass a band of its size, such as band=1e-12 in these units."
        )
    if not width > 0:
        raise SpecError(
            f"band must be positive; got {width:g} ({origin}). With none nothing can ever agree: "
            f"theory is asymptotic, simulation is finite."
        )
    return width, origin


def level(alpha: float) -> float:
    """The error rate, refused outside (0, 1)."""
    level = real(alpha, "alpha", "It is an error rate.")
    if not 0 < level < 1:
        raise SpecError(f"alpha must lie between 0 and 1; got {alpha!r}. It is an error rate.")
    return level
