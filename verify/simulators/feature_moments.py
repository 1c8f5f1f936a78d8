"""Exact moments of the features act(Sᵀx) of Gaussian x, given S, where a closed form is known.

Pre-activations z = Sᵀx of x ~ N(0, Σ) are N(0, C) with C = SᵀΣS. By Stein's lemma
E[act(z) xᵀ] = diag(J) SᵀΣ with J_i = E[z_i act(z_i)]/C_ii, and by Price's theorem
K_ij = E[act(z_i) act(z_j)] is a function of C_ii, C_jj and C_ij alone, which is elementary for the
kernels below. An oracle shares no code with what it checks: of ``theory.activations`` only the
classes are used, to tell which activation it is.

The kernels are written in √(C_ii C_jj − C_ij²) and arc tangents of it, never in the arcsine of a
correlation, which near ±1 keeps half of its digits: the error of K_ij is a few roundings of
√(K_ii K_jj), and what the roundings of C itself come to. That is as little, but √q times more for
erf with large q, and for the sign half of the digits between pre-activations all but equal.

Leading axes of S, C and all that is made of them are trials.

Sources: Williams, Neural Computation 10 (1998) 1203 (erf); Cho and Saul, NIPS 2009 (relu); Price,
IRE Trans. Inform. Theory 4 (1958) 69 (the rest follow from his theorem).
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from ...theory.activations.activation import Activation
from ...theory.activations.elementary import Erf, Gelu, LeakyRelu, Polynomial, Sign, Sine
from ...theory.base.arrays import Array

__all__ = ["FeatureMoments", "feature_moments", "gaussian_moments", "known", "pre_activations"]


@dataclasses.dataclass(frozen=True, eq=False)
class FeatureMoments:
    """Of φ = act(z) with z ~ N(0, C) in m dimensions.

    second : (…, m, m), K = E φφᵀ, not centred. mean : (…, m), E φ. gain : (…, m), J with
    E φzᵀ = diag(J) C and, where z = Sᵀx, E φxᵀ = diag(J) SᵀΣ.
    """

    second: Array
    mean: Array
    gain: Array

    def about(self, centre: float) -> "FeatureMoments":
        """The moments of act − centre, whose gain is the same."""
        across = centre * self.mean
        second = self.second - across[..., :, None] - across[..., None, :] + centre**2
        return FeatureMoments(second, self.mean - centre, self.gain)


def feature_moments(activation: Activation, S: Array, covariance: Array) -> FeatureMoments | None:
    """The moments of act(Sᵀx), x ~ N(0, Σ), or None where no closed form is known.

    S is (…, d, m); the covariance Σ is (d,), its diagonal, or (d, d). Known are relu, leaky_relu,
    erf, sign, sine, gelu and polynomials, identity among them; those of tanh, softplus and of a
    plain callable are not.

    >>> from detequiv import activations
    >>> S = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> feature_moments(activations.relu, S, np.ones(2)).second.round(3)
    array([[0.5  , 0.159],
           [0.159, 0.5  ]])
    """
    if not known(activation):
        return None
    return gaussian_moments(activation, pre_activations(S, covariance))


def pre_activations(S: Array, covariance: Array) -> Array:
    """C = SᵀΣS, (…, m, m), exactly symmetric."""
    through = covariance[:, None] * S if covariance.ndim == 1 else covariance @ S
    C: Array = S.mT @ through
    return (C + C.mT) / 2


def gaussian_moments(activation: Activation, C: Array) -> FeatureMoments | None:
    """The moments of act(z), z ~ N(0, C), or None where no closed form is known; C is
    (…, m, m)."""
    function = activation.function
    match function:
        case LeakyRelu():
            return _leaky_relu(C, function.slope)
        case Polynomial():
            return _polynomial(C, function.coefficients)
    kernel = _KERNELS.get(type(function))
    return kernel(C) if kernel else None


def known(activation: Activation) -> bool:
    """Whether a closed form is known."""
    return isinstance(activation.function, (LeakyRelu, Polynomial, *_KERNELS))


def _variances(C: Array) -> tuple[Array, Array, Array]:
    """(…, m, 1) and (…, 1, m) variances, and their products less C², which rounding may make
    negative where two pre-activations are all but equal or opposite."""
    q, p = _diagonal(C)[..., :, None], _diagonal(C)[..., None, :]
    mean = np.sqrt(q * p)
    return q, p, np.maximum((mean - C) * (mean + C), 0.0)


def _diagonal(C: Array) -> Array:
    """The variances on the diagonals of (…, m, m) covariances."""
    return np.diagonal(C, axis1=-2, axis2=-1)


def _leaky_relu(C: Array, slope: float) -> FeatureMoments:
    """(1 + slope)/2 z + (1 − slope)/2 |z|, of which the two products z|z′| have mean 0, and
    E|z z′| = (2/π)(√det + c arcsin ρ)."""
    straight, bent = (1 + slope) / 2, (1 - slope) / 2
    root = np.sqrt(_variances(C)[2])
    moduli = 2 / math.pi * (root + C * np.arctan2(C, root))
    mean = bent * np.sqrt(2 / math.pi * _diagonal(C))
    gain = np.full_like(mean, straight)
    return FeatureMoments(straight**2 * C + bent**2 * moduli, mean, gain)


def _erf(C: Array) -> FeatureMoments:
    """(2/π) arcsin(2c/√((1 + 2q)(1 + 2q′)))."""
    q, p, det = _variances(C)
    second = 2 / math.pi * np.arctan2(2 * C, np.sqrt(1 + 2 * (q + p) + 4 * det))
    gain = 2 / np.sqrt(math.pi * (1 + 2 * _diagonal(C)))
    return FeatureMoments(second, np.zeros_like(gain), gain)


def _sign(C: Array) -> FeatureMoments:
    """(2/π) arcsin ρ; a feature that is always 0 has gain 0, which multiplies 0."""
    q = _diagonal(C)
    gain = np.zeros_like(q)
    gain[q > 0] = np.sqrt(2 / math.pi / q[q > 0])
    second = 2 / math.pi * np.arctan2(C, np.sqrt(_variances(C)[2]))
    return FeatureMoments(second, np.zeros_like(gain), gain)


def _sine(C: Array) -> FeatureMoments:
    """e^(−(q + q′)/2) sinh c, without its overflow: the sum is at least 2|c|."""
    q, p, _ = _variances(C)
    size = np.abs(C)
    second = -np.sign(C) * np.exp(size - (q + p) / 2) * np.expm1(-2 * size) / 2
    gain = np.exp(-_diagonal(C) / 2)
    return FeatureMoments(second, np.zeros_like(gain), gain)


def _gelu(C: Array) -> FeatureMoments:
    """z/2 + z erf(z/√2)/2, of which the products of unlike parts have mean 0. With A = 1 + q,
    B = 1 + q′ and D = AB − c² the second parts make
    (1/2π)[c arctan(c/√D) + (qq′ − c² + c²/A + c²/B)/√D]."""
    q, p, det = _variances(C)
    root = np.sqrt(1 + (q + p) + det)
    second = C * np.arctan2(C, root) + (det + C**2 * (1 / (1 + q) + 1 / (1 + p))) / root
    mean = _diagonal(C) / np.sqrt(2 * math.pi * (1 + _diagonal(C)))
    return FeatureMoments(C / 4 + second / (2 * math.pi), mean, np.full_like(mean, 0.5))


_KERNELS: dict[type, Callable[[Array], FeatureMoments]] = {Erf: _erf, Gelu: _gelu, Sign: _sign, Sine: _sine}


def _polynomial(C: Array, coefficients: tuple[float, ...]) -> FeatureMoments:
    """Σ_k (c^k/k!) D_k D_k′, D_k the mean of the kth derivative (Price, in powers of c)."""
    means, derivative = [], np.array(coefficients)
    while len(derivative):
        means.append(_mean_of(derivative, _diagonal(C)))
        derivative = derivative[1:] * np.arange(1, len(derivative))
    second = sum(
        (C**k / math.factorial(k) * (D[..., :, None] * D[..., None, :]) for k, D in enumerate(means)),
        np.zeros_like(C),
    )
    return FeatureMoments(second, means[0], means[1])


def _mean_of(coefficients: Array, q: Array) -> Array:
    """E Σ_j c_j z^j = Σ_i c_2i (2i − 1)!! q^i."""
    moment, total = np.ones_like(q), np.zeros_like(q)
    for i, coefficient in enumerate(coefficients[::2]):
        total = total + coefficient * moment
        moment = moment * (2 * i + 1) * q
    return total
