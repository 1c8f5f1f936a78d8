"""The activations of random features: a function, and what Gaussian equivalence keeps of it.

Of act(z) with z ~ N(0, q) the equivalent keeps three numbers, ``activation.moments(q)``: its mean,
its slope E[z act(z)]/q, and its residual E(act(z) − mean − slope z)². ``relu``, ``tanh``, ``erf``,
``identity``, ``sine``, ``softplus``, ``gelu``, ``sign``, ``leaky_relu(slope)`` and
``polynomial(coefficients)`` know theirs, in as many digits as asked for; those of any other
function are found by quadrature, whose error is estimated.

Each of these names is made when it is first used; only erf and gelu load SciPy.
"""

from typing import TYPE_CHECKING

from .activation import Activation as Activation
from .activation import built_in as _built_in
from .activation import leaky_relu as leaky_relu
from .activation import polynomial as polynomial
from .elementary import BUILT_IN as BUILT_IN
from .gaussian_moments import ActivationMoments as ActivationMoments

if TYPE_CHECKING:
    erf: Activation
    gelu: Activation
    identity: Activation
    relu: Activation
    sign: Activation
    sine: Activation
    softplus: Activation
    tanh: Activation

__all__ = [
    "BUILT_IN",
    "Activation",
    "ActivationMoments",
    "erf",
    "gelu",
    "identity",
    "leaky_relu",
    "polynomial",
    "relu",
    "sign",
    "sine",
    "softplus",
    "tanh",
]


def __getattr__(name: str) -> Activation:
    if name not in BUILT_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _built_in(name)


def __dir__() -> list[str]:
    return sorted(__all__)
