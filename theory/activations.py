"""The activations of random features: a function, and what Gaussian equivalence keeps of it.

Of act(z) with z ~ N(0, q) the equivalent keeps three numbers, ``activation.moments(q)``: its mean,
its slope E[z act(z)]/q, and its residual E(act(z) − mean − slope z)². ``relu``, ``tanh``, ``erf``,
``identity``, ``sine``, ``softplus``, ``gelu``, ``sign``, ``leaky_relu(slope)`` and
``polynomial(coefficients)`` know theirs to the last digits, in as many digits as asked for; those
of any other function are found by quadrature, whose error is checked.

Each is made when it is first used, and only erf and gelu load SciPy, when they are evaluated.
"""

import dataclasses
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import cache
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .arrays import Array, frozen_array
from .checks import count, positive, real, sentence
from .errors import ShapeError, SpecError
from .value import Value

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

Function = Callable[[Any], Any]

POINTS = frozen_array(
    [*2.0 ** np.arange(-24, -3), *0.109 * np.arange(1, 76), 11.3, 17.9, 31.7], "points", ""
)
"""Where activations are told apart, with 0 and the negatives; no simple function has all as zeros.
"""
KEPT_BITS = 32
"""Of the values on the grid: processors differ in the last bits of tanh, digests should not."""
LEAST_ACCURACY = 1e-10
"""The largest error of moments found by quadrature that is let through, relative to E act²."""
ROUNDING = 2e-15
"""Of √(E act²): a residual this small is that of rounded values of a linear function."""
REMEMBERED = 4096
"""Moments kept per activation."""
MOST_DIGITS = 4000


@dataclasses.dataclass(frozen=True)
class ActivationMoments:
    """What Gaussian equivalence keeps of act(z), z ~ N(0, q): act(z) ≈ mean + slope z + noise.

    Attributes
    ----------
    mean : E act(z).
    slope : μ = E[z act(z)]/q, which is E act′(z) where act is differentiable.
    residual : μ*² = E(act(z) − mean − slope z)², the variance of the noise.

    Floats, or mpmath numbers where digits were asked for.
    """

    mean: Any
    slope: Any
    residual: Any


@runtime_checkable
class Known(Protocol):
    """A function that knows its moments; ``precise`` may lose digits, ``moments`` may not."""

    def __call__(self, z: Any, /) -> Any: ...

    def moments(self, q: float) -> ActivationMoments: ...

    def precise(self, q: Any, mp: Any) -> ActivationMoments: ...


class _Kept(Value):
    """What an activation has but is not told apart by: only fields of a dataclass are compared."""

    name: str
    function: Function
    breaks: tuple[float, ...]
    odd: bool
    even: bool
    _elementwise: Function
    _moments: dict[Any, ActivationMoments]


@dataclasses.dataclass(frozen=True, eq=False, init=False, repr=False)
class Activation(_Kept):
    """A function of one real variable, applied to every random feature.

    Parameters
    ----------
    name : for people; two activations with the same values are equal whatever their names.
    function : takes and returns a float64 array of any shape, element by element. A function of
        single numbers is taken too, and called in a loop.
    breaks : points where the function jumps or has a kink; 0 need not be named. Quadrature finds
        most of them by itself, more slowly.

    Attributes
    ----------
    values : the function at fixed points between −31.7 and 31.7, to 32 bits; equality and the
        digest go by these, so that functions that differ by less than 1e-10 of each value, or only
        far out, count as equal.
    odd, even : whether act(−z) is exactly −act(z) at these points, or exactly act(z); then the
        mean, or the slope, is exactly 0.

    Pickling keeps name, function and breaks, and fails as pickle does where the function cannot be.

    Raises
    ------
    SpecError
        If the function is not callable, not real, not finite, or constant at these points, or not
        applied element by element.

    >>> cube = Activation("cube", lambda z: z**3)
    >>> cube == polynomial([0, 0, 0, 1])
    True
    >>> cube.moments(2.0).slope
    6.0
    """

    values: Array

    def __init__(self, name: str, function: Function, breaks: Iterable[float] = ()) -> None:
        _named(name)
        elementwise, at_zero, right, left = _tabulated(name, function)
        here = {
            "name": name,
            "function": function,
            "breaks": tuple(sorted(real(z, "breaks", "Pass numbers.") for z in breaks)),
            "odd": at_zero == 0 and bool(np.array_equal(left, -right)),
            "even": bool(np.array_equal(left, right)),
            "values": frozen_array(
                _rounded(np.concatenate([[at_zero], right, left])), "values", ""
            ),
            "_elementwise": elementwise,
            "_moments": {},
        }
        for key, value in here.items():
            object.__setattr__(self, key, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.function, self.breaks)

    def __call__(self, z: Any) -> Array:
        """act(z), element by element: a float64 array of the shape of z."""
        return np.asarray(self._elementwise(np.asarray(z, dtype=float)), dtype=float)

    def moments(self, q: Any, *, digits: int | None = None) -> ActivationMoments:
        """Mean, slope and residual for z ~ N(0, q).

        Slope and residual of the named activations are right to 1e-13 of themselves for q from
        1e-12 to 1e12. For other functions the error of the mean and of slope √q is below 1e-10 of
        √(E act²) and that of the residual below 1e-10 of E act², by estimate.

        Parameters
        ----------
        q : the variance of the pre-activations, positive; a float, or an mpmath number with digits.
        digits : None for floats; a number of digits for mpmath numbers, right to that many. Named
            activations only.

        Raises
        ------
        SpecError
            If the moments are not finite or the quadrature is not certain of them, if the function
            is constant at this q, or if digits are asked of a function that is only a callable.

        >>> relu.moments(1.0)
        ActivationMoments(mean=0.398942280401432..., slope=0.5, residual=0.0908450569081046...)
        >>> print(erf.moments(1.0, digits=30).slope)
        0.651470015870559895448512830451
        """
        rounded = positive(q, "q", "It is the variance of the pre-activations, s² tr Σ.")
        variance = q if digits is not None and hasattr(q, "_mpf_") else rounded
        key = (variance, digits)
        if key not in self._moments:
            if len(self._moments) >= REMEMBERED:
                self._moments.clear()
            self._moments[key] = self._found(variance, digits)
        return self._moments[key]

    def _found(self, q: Any, digits: int | None) -> ActivationMoments:
        if digits is None:
            found = self._in_floats(q)
        elif isinstance(self.function, Known):
            digits = count(digits, "digits", 1, f"At most {MOST_DIGITS} are given.")
            found = _in_digits(self, self.function, q, digits)
        else:
            raise SpecError(
                f"digits must be None for {self.name}, whose values are floats; got {digits}. The "
                f"named activations have any number: {', '.join(BUILT_IN)}, polynomial, leaky_relu."
            )
        if found.slope == 0 and found.residual == 0:
            raise SpecError(
                f"{self.name} must not be constant where its argument has variance q = {q}: "
                "nothing is left after centring. Take a larger entry_variance or another function."
            )
        return found

    def _in_floats(self, q: float) -> ActivationMoments:
        one = self.function
        with np.errstate(all="ignore"):
            try:
                found = one.moments(q) if isinstance(one, Known) else _measured(self, q)
            except OverflowError:
                found = ActivationMoments(math.inf, math.inf, math.inf)
        if not all(map(math.isfinite, dataclasses.astuple(found))):
            raise SpecError(
                f"the moments of {self.name} must be finite; they overflow at q = {q:.6g}. Take a "
                "smaller entry_variance."
            )
        return found

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"

    def __str__(self) -> str:
        return self.name


# Construction


def _named(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise SpecError(sentence("name", "must be a text", name, "It is for people to read."))


def _called(function: object) -> None:
    if not callable(function):
        remedy = "Pass a function of an array, such as numpy.tanh."
        raise SpecError(sentence("function", "must be callable", function, remedy))


def _tabulated(name: str, function: Function) -> tuple[Function, float, Array, Array]:
    """The function made elementwise, and its values at 0, the points and their negatives."""
    elementwise = _elementwise(name, function)
    zero, right, left = (_values(name, elementwise, z) for z in (np.zeros(1), POINTS, -POINTS))
    if np.ptp(np.concatenate([zero, right, left])) == 0:
        raise SpecError(f"{name} must not be constant: nothing is left after centring.")
    some = np.s_[1::-1]  # in another order and shape
    parts = _values(name, elementwise, POINTS.reshape(3, -1)[some])
    # not ==: rows of another length may be evaluated by other instructions
    if not np.allclose(parts, right.reshape(3, -1)[some], rtol=1e-9, atol=0):
        raise SpecError(
            f"{name} must be applied element by element; its value at a point changes with the "
            "other points of the array. Pass a function of each number by itself."
        )
    return elementwise, float(zero[0]), right, left


def _elementwise(name: str, function: Function) -> Function:
    """The function itself if it takes an array, or a loop over the array's numbers."""
    _called(function)
    looped = np.vectorize(function, otypes=[float])
    try:
        _call(function, np.concatenate([[0.0], POINTS, -POINTS]))
    except Exception as on_arrays:
        try:
            _call(looped, np.concatenate([[0.0], POINTS, -POINTS]))
        except Exception as on_numbers:
            raise SpecError(
                f"{name} must take and return float64 numbers between ±32, in arrays or one by "
                f"one; got {_told(on_arrays)} on an array and {_told(on_numbers)} on a number."
            ) from on_numbers
        return looped
    return function


def _told(error: Exception) -> str:
    return f"{type(error).__name__} ({error})"


def _call(function: Function, z: Array) -> Any:
    """Called on an array that cannot be written to, for a user's might be needed afterwards."""
    with np.errstate(all="ignore"):
        return function(frozen_array(z, "z", ""))


def _values(name: str, function: Function, z: Array) -> Array:
    """The values at z, or a sentence that says what is wrong with them."""
    values = np.asarray(_call(function, z))
    if values.shape != z.shape:
        raise ShapeError(
            f"{name} must return an array of the shape of its argument; got {values.shape} for "
            f"{z.shape}. Pass a function that is applied element by element."
        )
    if values.dtype.kind not in "fiub":
        remedy = "Take its real part, or its absolute value."
        raise SpecError(sentence(name, "must be real", str(values.dtype), remedy))
    if not np.isfinite(values).all():
        at = z[~np.isfinite(values)][0]
        raise SpecError(
            f"{name} must be finite; got {values[~np.isfinite(values)][0]} at {at:.6g}."
        )
    return values.astype(float)


def _rounded(values: Array) -> Array:
    """To KEPT_BITS significant bits."""
    mantissas, exponents = np.frexp(values)
    kept: Array = np.ldexp(np.round(np.ldexp(mantissas, KEPT_BITS)), exponents - KEPT_BITS) + 0.0
    return kept


# Quadrature over u = z/√q

FARTHEST = 38.0
"""exp(−u²/2) underflows a little further out."""
TAIL = 36.0
"""What lies beyond must not count, or the moment may not be finite."""
DEEPEST = 60
"""Bisections: a jump is then shut into a panel of no weight."""
MOST_PANELS = 4096
"""Bisected at one time."""
WANTED = 1e-15
"""The error of a panel, relative to the integral of absolute values."""


@cache
def _nodes() -> tuple[Array, Array]:
    """Lobatto's twenty nodes and weights on [−1, 1]: ±1 and the extrema of Legendre's P_19.

    With the ends among the nodes a jump anywhere in a panel makes the sums before and after a
    bisection differ by 0.0013 of it at least; Gauss's nodes overlook those near ends and middle.
    The ends are taken just inside, where a jump at 0 has happened.
    """
    P = np.polynomial.Legendre.basis(19)
    inner = P.deriv().roots()
    x = np.concatenate([[-1.0], np.sort(inner - P.deriv()(inner) / P.deriv(2)(inner)), [1.0]])
    w = 2 / (19 * 20 * P(x) ** 2)
    return x * (1 - np.finfo(float).eps * (np.abs(x) == 1)), w * (2 / w.sum())


def _panel_integrals(f: Function, a: Array, b: Array) -> Array:
    """(k, panels): the k integrals over each panel [a, b]; f maps (panels, nodes) to k of these."""
    x, w = _nodes()
    half = (b - a) / 2
    integrals: Array = f((a + half)[:, None] + half[:, None] * x) @ w * half
    return integrals


def _integrals(f: Function, edges: Array) -> tuple[Array, Array]:
    """k integrals over panels between the edges, and their estimated errors: one Lobatto rule
    per panel against two, with bisection where these differ."""
    a, b = edges[:-1], edges[1:]
    whole = _panel_integrals(f, a, b)
    size = np.abs(whole).sum(axis=1, keepdims=True)
    total = errors = np.zeros(len(whole))
    for depth in range(DEEPEST):
        middle = (a + b) / 2
        left, right = _panel_integrals(f, a, middle), _panel_integrals(f, middle, b)
        missed = np.abs(left + right - whole)
        size = np.maximum(size, np.abs(left + right).sum(axis=1, keepdims=True))
        open_ = (missed > WANTED * size).any(axis=0)
        if depth == DEEPEST - 1 or open_.sum() > MOST_PANELS:
            open_[:] = False
        total = total + (left + right)[:, ~open_].sum(axis=1)
        errors = errors + missed[:, ~open_].sum(axis=1)
        if not open_.any():
            break
        a, b = (
            np.concatenate(ends) for ends in ((a[open_], middle[open_]), (middle[open_], b[open_]))
        )
        whole = np.concatenate([left[:, open_], right[:, open_]], axis=1)
    return total, errors


def _edges(q: float) -> Array:
    """Panels of u ≥ 0, fine enough for the Gaussian and for changes at |z| of about 1."""
    root = math.sqrt(q)
    changes = 2.0 ** np.arange(-2, math.log2(FARTHEST * root)) / root
    gaussian = np.concatenate([np.arange(13.0), [15.0, 19.0, 24.0, 30.0, TAIL, FARTHEST]])
    return np.unique(np.concatenate([gaussian, changes]))


def _half_density(u: Array) -> Array:
    """The root of the Gaussian density: one for each factor, since squares alone overflow first."""
    root: Array = np.exp(-(u**2) / 4) / (2 * math.pi) ** 0.25
    return root


def _over_half(f: Function, q: float) -> Array:
    """E f(z) for k even functions of z."""
    root = math.sqrt(q)
    found, _ = _integrals(lambda u: 2 * np.stack(f(root * u)) * _half_density(u) ** 2, _edges(q))
    return found


def _measured(activation: Activation, q: float) -> ActivationMoments:
    """The moments of any function, or a sentence if the quadrature is not certain of them."""
    root, right = math.sqrt(q), _edges(q)
    breaks = np.array(activation.breaks) / root
    edges = np.unique(np.concatenate([-right, right, breaks[np.abs(breaks) < FARTHEST]]))

    def first(u: Array) -> Array:
        half = _half_density(u)
        a = activation(root * u) * half
        return np.stack([a * half, u * a * half, a**2, a**2 * (np.abs(u) > TAIL)])

    def square(u: Array) -> Array:
        return np.stack([(activation(root * u) - mean - tilt * u) * _half_density(u)]) ** 2

    (mean, tilt, second, tail), errors = _integrals(first, edges)
    mean, tilt = mean * (not activation.odd), tilt * (not activation.even)
    (residual,), (residual_error,) = _integrals(square, edges)
    missed = max([*errors[:2] * math.sqrt(second), errors[2], tail, residual_error])
    if not missed <= LEAST_ACCURACY * second < math.inf:
        raise SpecError(_uncertain(activation.name, q, missed / second if second else math.nan))
    residual *= residual > ROUNDING**2 * second
    return ActivationMoments(float(mean) + 0.0, float(tilt) / root + 0.0, float(residual))


def _uncertain(name: str, q: float, missed: float) -> str:
    if not math.isfinite(missed):
        return (
            f"the moments of {name} must be finite; they are not for an argument of variance q = "
            f"{q:.6g}. Take a smaller entry_variance, or a form of {name} that does not overflow."
        )
    return (
        f"the moments of {name} must be known to {LEAST_ACCURACY:g} of E act²; the estimated error "
        f"is {missed:.1e} at q = {q:.6g}. Pass breaks= where it jumps; where "
        "it oscillates, grows fast or is 0 except far out, take another entry_variance."
    )


# More digits


def _in_digits(activation: Activation, known: Known, q: Any, digits: int) -> ActivationMoments:
    """More and more working digits, until two evaluations agree to those wanted."""
    working, before = digits + 10, None
    while working <= MOST_DIGITS:
        context = _context(working)
        now = known.precise(context.mpf(q), context)
        if before and _agree(before, now, context.mpf(10) ** -digits):
            kept = _context(digits)
            return ActivationMoments(*(+kept.mpf(number) for number in _numbers(now)))
        working, before = working + max(10, working // 2), now
    raise SpecError(
        f"{digits} digits of {activation.name} at q = {q} must not need more than {MOST_DIGITS} in "
        "between. Ask for fewer."
    )


def _agree(before: ActivationMoments, now: ActivationMoments, within: Any) -> bool:
    pairs = zip(_numbers(before), _numbers(now), strict=True)
    return all(abs(a - b) <= abs(b) * within for a, b in pairs)


def _context(digits: int) -> Any:
    import mpmath

    context = mpmath.MPContext()
    context.dps = digits
    return context


def _numbers(moments: ActivationMoments) -> tuple[Any, Any, Any]:
    return moments.mean, moments.slope, moments.residual


def _by_second_moment(mean: Any, slope: Any, second: Any, q: Any) -> ActivationMoments:
    """Where digits can be spared: the residual as E act² − mean² − slope² q."""
    return ActivationMoments(mean, slope, second - mean**2 - slope**2 * q)


def _mp_expectations(f: Function, q: Any, mp: Any) -> tuple[Any, Any]:
    """E of the two functions that f returns: even, 0 at 0, analytic but for the imaginary axis.

    By the trapezoidal rule in t, with z = √q c sinh t and c = min(1, 1/√q): the integrand is then
    analytic and decays where |Im t| < π/4, so that a step h has an error of e^(−π²/(2h)).
    """
    root = mp.sqrt(q)
    c = min(mp.one, 1 / root)
    bits = mp.prec * mp.log(2)
    h, end = mp.pi**2 / 2 / bits, mp.asinh((mp.sqrt(2 * bits) + 3) / c)
    first = second = mp.zero
    for k in range(1, int(end / h) + 2):
        u = c * mp.sinh(k * h)
        weight = mp.cosh(k * h) * mp.exp(-(u**2) / 2)
        a, b = f(root * u)
        first, second = first + weight * a, second + weight * b
    scale = h * c * mp.sqrt(2 / mp.pi)
    return scale * first, scale * second


# The named activations


@dataclasses.dataclass(frozen=True)
class LeakyRelu:
    """z where z ≥ 0, slope·z elsewhere: (1 + slope)/2 z + (1 − slope)/2 |z|."""

    slope: float

    def __call__(self, z: Any) -> Any:
        return np.maximum(z, 0.0) if self.slope == 0 else np.where(z < 0, self.slope * z, z)

    def moments(self, q: float) -> ActivationMoments:
        half = (1 - self.slope) / 2
        return ActivationMoments(
            half * math.sqrt(2 * q / math.pi),
            (1 + self.slope) / 2,
            half**2 * q * (1 - 2 / math.pi),
        )

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        half = (1 - mp.mpf(self.slope)) / 2
        mean = half * mp.sqrt(2 * q / mp.pi)
        return ActivationMoments(mean, 1 - half, half**2 * q * (1 - 2 / mp.pi))


@dataclasses.dataclass(frozen=True)
class Sign:
    """−1, 0 or 1."""

    def __call__(self, z: Any) -> Any:
        return np.sign(z)

    def moments(self, q: float) -> ActivationMoments:
        return ActivationMoments(0.0, math.sqrt(2 / math.pi / q), 1 - 2 / math.pi)

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        return ActivationMoments(mp.mpf(0), mp.sqrt(2 / mp.pi / q), 1 - 2 / mp.pi)


@dataclasses.dataclass(frozen=True)
class Erf:
    """The error function. With t = 2q/(1 + 2q): slope² q = 2t/π and E erf² = (2/π) arcsin t."""

    def __call__(self, z: Any) -> Any:
        from scipy.special import erf

        return erf(z)

    def moments(self, q: float) -> ActivationMoments:
        slope = 2 / math.sqrt(math.pi * (1 + 2 * q))
        return ActivationMoments(0.0, slope, 2 / math.pi * _arcsine_excess(q))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        slope = 2 / mp.sqrt(mp.pi * (1 + 2 * q))
        second = 2 / mp.pi * mp.atan2(2 * q, mp.sqrt(1 + 4 * q))
        return _by_second_moment(mp.mpf(0), slope, second, q)


def _arcsine_excess(q: float) -> float:
    """arcsin t − t at t = 2q/(1 + 2q), by its series where the difference would cancel."""
    t = 2 * q / (1 + 2 * q)
    if t > 0.5:
        return math.atan2(2 * q, math.sqrt(1 + 4 * q)) - t
    term, total = t, 0.0
    for k in range(1, 30):
        term *= t * t * (2 * k - 1) / (2 * k)
        total += term / (2 * k + 1)
    return total


@dataclasses.dataclass(frozen=True)
class Sine:
    """sin z: slope e^(−q/2), residual e^(−q)(sinh q − q)."""

    def __call__(self, z: Any) -> Any:
        return np.sin(z)

    def moments(self, q: float) -> ActivationMoments:
        if q > 1:
            residual = -math.expm1(-2 * q) / 2 - q * math.exp(-q)
        else:
            terms = (q ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(1, 10))
            residual = math.exp(-q) * math.fsum(terms)
        return ActivationMoments(0.0, math.exp(-q / 2), residual)

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        return _by_second_moment(mp.mpf(0), mp.exp(-q / 2), -mp.expm1(-2 * q) / 2, q)


@dataclasses.dataclass(frozen=True)
class Gelu:
    """z Φ(z) = z/2 + z erf(z/√2)/2, whose second part is even: the slope is 1/2."""

    def __call__(self, z: Any) -> Any:
        from scipy.special import ndtr

        return z * ndtr(z)

    def moments(self, q: float) -> ActivationMoments:
        mean = q / math.sqrt(2 * math.pi * (1 + q))
        even = q / (2 * math.pi) * math.atan2(q, math.sqrt(1 + 2 * q))
        even += q**2 / math.pi / ((1 + q) * math.sqrt(1 + 2 * q))
        return ActivationMoments(mean, 0.5, even - mean**2)

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        mean = q / mp.sqrt(2 * mp.pi * (1 + q))
        even = q / (2 * mp.pi) * mp.atan2(q, mp.sqrt(1 + 2 * q))
        even += q**2 / mp.pi / ((1 + q) * mp.sqrt(1 + 2 * q))
        return ActivationMoments(mean, mp.mpf(0.5), even - mean**2)


@dataclasses.dataclass(frozen=True)
class Tanh:
    """tanh z, by quadrature: of tanh z − z for small q, where the residual is about 2q³/3."""

    def __call__(self, z: Any) -> Any:
        return np.tanh(z)

    def moments(self, q: float) -> ActivationMoments:
        linear = 1.0 if q < 1 else 0.0
        act = _tanh_minus_z if q < 1 else np.tanh
        ((tilt,),) = (_over_half(lambda z: [z * act(z)], q) / q,)
        (residual,) = _over_half(lambda z: [(act(z) - tilt * z) ** 2], q)
        return ActivationMoments(0.0, linear + float(tilt), float(residual))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        def both(z: Any) -> tuple[Any, Any]:
            act = mp.tanh(z)
            return z * act, act**2

        tilt, second = _mp_expectations(both, q, mp)
        return _by_second_moment(mp.mpf(0), tilt / q, second, q)


def _tanh_minus_z(z: Array) -> Array:
    """By Lambert's continued fraction z/(1 + w), w = z²/(3 + z²/(5 + …)), where z < 1."""
    square = np.minimum(z, 1.0) ** 2
    tail = np.zeros_like(square)
    for odd in range(21, 1, -2):
        tail = square / (odd + tail)
    small: Array = np.where(z < 1, -z * tail / (1 + tail), np.tanh(z) - z)
    return small


@dataclasses.dataclass(frozen=True)
class Softplus:
    """log(1 + eᶻ) = log 2 + z/2 + log cosh(z/2), by quadrature of the last: the slope is 1/2."""

    def __call__(self, z: Any) -> Any:
        return np.logaddexp(0.0, z)

    def moments(self, q: float) -> ActivationMoments:
        (even,) = _over_half(lambda z: [_log_cosh(z / 2)], q)
        (residual,) = _over_half(lambda z: [(_log_cosh(z / 2) - even) ** 2], q)
        return ActivationMoments(math.log(2) + float(even), 0.5, float(residual))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        def both(z: Any) -> tuple[Any, Any]:
            even = mp.log(mp.cosh(z / 2))
            return even, even**2

        even, square = _mp_expectations(both, q, mp)
        return ActivationMoments(mp.log(2) + even, mp.mpf(0.5), square - even**2)


def _log_cosh(z: Array) -> Array:
    """log cosh z of z ≥ 0, as log(1 + 2 sinh²(z/2)) where it is small."""
    near = np.log1p(2 * np.sinh(np.minimum(z, 1.0) / 2) ** 2)
    value: Array = np.where(z < 1, near, z + np.log1p(np.exp(-2 * z)) - math.log(2))
    return value


@dataclasses.dataclass(frozen=True)
class Polynomial:
    """Σ_j c_j z^j, whose moments are computed in rational numbers and rounded once."""

    coefficients: tuple[float, ...]

    def __call__(self, z: Any) -> Any:
        value = np.zeros_like(z)
        for coefficient in reversed(self.coefficients):
            value = value * z + coefficient
        return value

    def moments(self, q: float) -> ActivationMoments:
        return ActivationMoments(*map(float, self._exact(Fraction(q))))

    def precise(self, q: Any, mp: Any) -> ActivationMoments:
        sign, mantissa, exponent, _ = q._mpf_
        exact = self._exact(
            Fraction(int(-mantissa if sign else mantissa)) * Fraction(2) ** exponent
        )
        return ActivationMoments(*(mp.mpf(x.numerator) / x.denominator for x in exact))

    def _exact(self, q: Fraction) -> tuple[Fraction, Fraction, Fraction]:
        a = self._hermite(q)
        residual = sum((math.factorial(k) * q**k * a[k] ** 2 for k in range(2, len(a))), Fraction())
        return a[0], a[1], residual

    def _hermite(self, q: Fraction) -> list[Fraction]:
        """a with act = Σ_k a_k He_k, by z^j = Σ_i j!/(2^i i! (j−2i)!) q^i He_{j−2i}."""
        a = [Fraction() for _ in range(max(2, len(self.coefficients)))]
        for j, coefficient in enumerate(self.coefficients):
            for i in range(j // 2 + 1):
                ways = math.factorial(j) // (2**i * math.factorial(i) * math.factorial(j - 2 * i))
                a[j - 2 * i] += Fraction(coefficient) * ways * q**i
        return a


def leaky_relu(slope: float) -> Activation:
    """z where z ≥ 0 and slope·z elsewhere.

    >>> leaky_relu(0.0) == relu
    True
    """
    slope = real(slope, "slope", "relu has slope 0 on the left.")
    return Activation(f"leaky_relu({slope:g})", LeakyRelu(slope))


def polynomial(coefficients: Iterable[float]) -> Activation:
    """Σ_j c_j z^j, lowest power first.

    >>> polynomial([0.0, -3.0, 0.0, 1.0]).moments(1.0)  # the third Hermite polynomial
    ActivationMoments(mean=0.0, slope=0.0, residual=6.0)
    """
    numbers = [real(c, "coefficients", "Pass one number per power.") for c in coefficients]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    shown = ", ".join(f"{number:g}" for number in numbers)
    return Activation(f"polynomial([{shown}])", Polynomial(tuple(numbers)))


BUILT_IN: dict[str, Function] = {
    "erf": Erf(),
    "gelu": Gelu(),
    "identity": Polynomial((0.0, 1.0)),
    "relu": LeakyRelu(0.0),
    "sign": Sign(),
    "sine": Sine(),
    "softplus": Softplus(),
    "tanh": Tanh(),
}

erf: Activation
gelu: Activation
identity: Activation
relu: Activation
sign: Activation
sine: Activation
softplus: Activation
tanh: Activation


def __getattr__(name: str) -> Activation:
    if name not in BUILT_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: Activation = globals().setdefault(name, Activation(name, BUILT_IN[name]))
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
