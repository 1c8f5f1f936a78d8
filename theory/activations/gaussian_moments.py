"""The Gaussian moments of an activation, and the interface of functions that know them."""

import dataclasses
from typing import Any, Protocol, runtime_checkable

__all__ = ["ActivationMoments", "Known", "by_second_moment"]


@dataclasses.dataclass(frozen=True)
class ActivationMoments:
    """The moments that Gaussian equivalence keeps of act(z), z ~ N(0, q): act(z) ≈ mean + slope z + noise.

    Attributes
    ----------
    mean : float or mpf
        E act(z).
    slope : float or mpf
        μ = E[z act(z)]/q, which is E act′(z) if act is differentiable.
    residual : float or mpf
        μ*² = E(act(z) − mean − slope z)², the variance of the noise.
    """

    mean: Any
    slope: Any
    residual: Any


@runtime_checkable
class Known(Protocol):
    """A function that knows its moments; ``precise`` may lose digits, ``moments`` may not.

    ``precise`` takes a q of the mpmath context mp, and returns numbers of that context.
    """

    def __call__(self, z: Any, /) -> Any: ...

    def moments(self, q: float) -> ActivationMoments: ...

    def precise(self, q: Any, mp: Any) -> ActivationMoments: ...


def by_second_moment(mean: Any, slope: Any, second: Any, q: Any) -> ActivationMoments:
    """Where digits can be spared: the residual as E act² − mean² − slope² q."""
    return ActivationMoments(mean, slope, second - mean**2 - slope**2 * q)
