"""Activations: what is told apart, and moments to the last digits."""

import copy
import math
import os
import pickle
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detequiv.theory import activations
from detequiv.theory.activations import Activation, leaky_relu, polynomial
from detequiv.theory.base.errors import SpecError
from helpers.refusals import refused

ROOT = Path(__file__).resolve().parents[3]

NAMED = {name: getattr(activations, name) for name in activations.BUILT_IN} | {
    "leaky_relu": leaky_relu(0.1),
    "cubic": polynomial([0.3, -3.0, 0.5, 1.0]),
}
ODD = ["erf", "identity", "sign", "sine", "tanh"]
DECADES = [1e-12, 1e-9, 1e-6, 1e-3, 0.3, 0.9999, 1.0, 4.0, 50.0, 1e3, 1e6, 1e9, 1e12]
variances = st.floats(-12, 12).map(lambda power: 10.0**power)


def second_moment(moments, q):
    return moments.mean**2 + moments.slope**2 * q + moments.residual


def in_mpmath(name, z, mp):
    """The activation written anew, for one mpmath number."""
    return {
        "relu": lambda: max(z, mp.zero),
        "leaky_relu": lambda: z if z > 0 else mp.mpf(0.1) * z,
        "identity": lambda: z,
        "sign": lambda: mp.sign(z),
        "erf": lambda: mp.erf(z),
        "sine": lambda: mp.sin(z),
        "gelu": lambda: z * mp.ncdf(z),
        "softplus": lambda: mp.log1p(mp.exp(z)),
        "tanh": lambda: mp.tanh(z),
        "cubic": lambda: mp.mpf(0.3) - 3 * z + z**2 / 2 + z**3,
    }[name]()


def by_definition(name, q, digits):
    """Mean, slope and residual as they are defined, by Gauss-Legendre panels in mpmath."""
    mp = mpmath.MPContext()
    mp.dps = digits
    q = mp.mpf(q)
    fine = [k / mp.sqrt(q) for k in (1, 2, 4, 8, 16, 32, 64) if k < 9 * mp.sqrt(q)]
    right = sorted([mp.zero, *map(mp.mpf, (1, 2, 4, 6, 9, 14)), *fine])
    edges = [-u for u in reversed(right[1:])] + right

    @cache
    def at(u):
        """z, act(z) and the density: all three integrals have the same nodes."""
        z = mp.sqrt(q) * u
        return z, in_mpmath(name, z, mp), mp.npdf(u)

    def expectation(f):
        def integrand(u):
            z, act, density = at(u)
            return f(z, act) * density

        return mp.quad(integrand, edges, method="gauss-legendre", maxdegree=4)

    mean, slope = expectation(lambda z, act: act), expectation(lambda z, act: z * act) / q
    return mean, slope, expectation(lambda z, act: (act - mean - slope * z) ** 2)


# Moments of the named activations


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("q", [0.01, 40.0])
@pytest.mark.parametrize("name", NAMED)
def test_moments_are_those_of_the_definition(name, q):
    mean, slope, residual = by_definition(name, q, 20)  # 16 of which are right, at the worst
    found = NAMED[name].moments(q)
    # 1e-13 is what is promised; the mean may cancel, and counts in the scale of the function
    assert abs(found.mean - mean) <= 1e-13 * math.sqrt(second_moment(found, q))
    assert abs(found.slope - slope) <= 1e-13 * abs(slope)
    assert abs(found.residual - residual) <= 1e-13 * abs(residual) + 1e-30


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("name", NAMED)
def test_floats_have_thirteen_digits_over_24_decades(name):
    """The two routes have their formulas apart: floats avoid differences that mpmath can afford."""
    for q in DECADES:
        found, exact = NAMED[name].moments(q), NAMED[name].moments(q, digits=20)
        for field in ("mean", "slope", "residual"):
            a, b = getattr(found, field), getattr(exact, field)
            # a slope of e^(−q/2) underflows
            assert abs(a - b) <= 1e-13 * abs(b) + 1e-300, (q, field)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cubic", "erf", "gelu", "leaky_relu", "softplus", "tanh"])
def test_digits_are_those_asked_for(name):
    """Against the definition in 45 digits; at q = 1/50, residuals have lost some on the way."""
    q = 1 / 50
    mean, slope, residual = by_definition(name, q, 45)
    found = NAMED[name].moments(q, digits=30)
    for a, b in ((found.mean, mean), (found.slope, slope), (found.residual, residual)):
        # 40: the second term is for a mean of 0, integrated to nearly the working 45 digits
        assert abs(a - b) <= mpmath.mpf(10) ** -30 * abs(b) + mpmath.mpf(10) ** -40


@pytest.mark.parametrize("q", [1e-7, 3.0, 1e5])
@pytest.mark.parametrize("name", ["erf", "gelu", "sine", "softplus", "tanh"])
def test_more_digits_continue_fewer(name, q):
    few, many = (NAMED[name].moments(q, digits=digits) for digits in (15, 35))
    for field in ("mean", "slope", "residual"):
        a, b = getattr(few, field), getattr(many, field)
        assert abs(a - b) <= 1e-15 * abs(b)


def test_digits_take_mpmath_variances_whole_and_leave_the_global_context_alone():
    precision = mpmath.mp.prec
    with mpmath.workdps(60):
        third = mpmath.mpf(1) / 3
        wanted = 2 / mpmath.sqrt(mpmath.pi * (1 + 2 * third))
    found = activations.erf.moments(third, digits=50).slope
    assert abs(found - wanted) < mpmath.mpf(10) ** -50
    assert found != activations.erf.moments(1 / 3, digits=50).slope
    assert mpmath.mp.prec == precision


@pytest.mark.parametrize("name", ["tanh", "erf", "sine"])
def test_residuals_grow_as_the_cube_of_a_small_variance(name):
    """act = c(z − az³ + …) has the residual 6a²c²q³ of its third Hermite polynomial, and a
    relative correction of order q."""
    c, a = {"tanh": (1, 1 / 3), "erf": (2 / math.sqrt(math.pi), 1 / 3), "sine": (1, 1 / 6)}[name]
    for q in (1e-12, 1e-8, 1e-5):
        found = NAMED[name].moments(q)
        assert abs(found.residual / (6 * a**2 * c**2 * q**3) - 1) <= 20 * q + 1e-13
        assert abs((1 - found.slope / c) / (3 * a * q) - 1) <= 20 * q + 1e-15 / q


@pytest.mark.parametrize("name", NAMED)
@settings(max_examples=15)
@given(st.floats(-1, 1))
def test_neighbouring_variances_have_neighbouring_moments(name, power):
    """Also on both sides of where the formula changes, near q = 1."""
    for q in (10.0**power, 1.0, 0.5, 0.995):
        below, above = (NAMED[name].moments(q * (1 + ε)) for ε in (-1e-12, 1e-12))
        # powers up to q³ change by 6e-12
        assert above.residual == pytest.approx(below.residual, rel=1e-11, abs=1e-30)
        assert above.slope == pytest.approx(below.slope, rel=1e-11, abs=1e-10)


@pytest.mark.parametrize(("name", "limit"), [("tanh", "sign"), ("erf", "sign"), ("gelu", "relu")])
def test_large_variances_approach_the_activation_seen_from_far(name, limit):
    q = 1e12
    found, wanted = NAMED[name].moments(q), NAMED[limit].moments(q)
    assert found.slope == pytest.approx(wanted.slope, rel=1e-11)
    # the bend has a width of about 1 where z is of size 10⁶
    assert found.residual == pytest.approx(wanted.residual, rel=1e-5)


@given(variances)
def test_odd_activations_have_no_mean_at_all(q):
    for name in ODD:
        assert NAMED[name].odd
        assert NAMED[name].moments(q).mean == 0.0


@pytest.mark.parametrize("function", [np.tanh, np.cbrt, lambda z: z * np.abs(z) + np.sin(3 * z)])
def test_odd_callables_have_no_mean_either(function):
    mine = Activation("mine", function)
    assert mine.odd
    assert {mine.moments(q).mean for q in np.geomspace(1e-3, 1e3, 13)} == {0.0}


@pytest.mark.parametrize("degree", range(1, 8))
def test_polynomials_of_one_parity_are_recognised_despite_rounding_of_powers(degree):
    """numpy 2.0 and 2.5 round (−z)**3 differently from −z**3. In Hermite polynomials terms also
    cancel, from degree 8 on beyond the tolerance."""
    coefficients = [0] * degree + [1]

    def hermite(z):
        powers = np.polynomial.hermite_e.herme2poly(coefficients)
        return sum(c * z**k for k, c in enumerate(powers))

    for function in (hermite, lambda z: z**degree, lambda z: hermite(z) * (1 + 2e-16 * (z > 0))):
        mine = Activation("mine", function)
        assert (mine.odd, mine.even) == (degree % 2 == 1, degree % 2 == 0)


@pytest.mark.parametrize("part", [1e-12, -1e-14])
@pytest.mark.parametrize("at", [3e-7, 0.5, 1.0, 10.0])
def test_a_small_part_of_the_other_parity_is_detected_at_any_scale(part, at):
    """A part 1e-14 times the function, only between at/2 and 2 at."""
    mine = Activation("odd but for", lambda z: np.sin(z) + part * z * (z > at / 2) * (z < 2 * at))
    assert not mine.odd
    mine = Activation("even but for", lambda z: z**2 * (1 + part * (z > at / 2) * (z < 2 * at)))
    assert not mine.even


def test_other_activations_are_not_odd():
    assert sorted(name for name in NAMED if NAMED[name].odd) == ODD


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=7), st.fractions(0, 20))
def test_polynomials_are_exact(coefficients, q):
    """Against E z^2i = (2i − 1)!! q^i and the residual as a difference, in rational numbers."""
    if not any(coefficients[1:]) or q < Fraction(1, 1000):
        return
    q = Fraction(float(q))
    raw = lambda j: math.prod(range(1, j, 2)) * q ** (j // 2) if j % 2 == 0 else Fraction(0)  # noqa: E731
    c = list(enumerate(coefficients))
    mean = sum(a * raw(j) for j, a in c)
    slope = sum(a * raw(j + 1) for j, a in c) / q
    residual = sum(a * b * raw(i + j) for i, a in c for j, b in c) - mean**2 - slope**2 * q
    if slope == residual == 0:
        return
    found = polynomial(coefficients).moments(float(q))
    assert (found.mean, found.slope, found.residual) == (float(mean), float(slope), float(residual))


def test_a_slope_that_vanishes_is_exactly_0():
    hermite = polynomial([0, -3, 0, 1])
    assert hermite.moments(1.0).slope == 0.0
    assert Activation("cosine", np.cos).moments(0.7).slope == 0.0
    assert Activation("modulus", np.abs).moments(0.7).slope == 0.0


# Moments of any function, by quadrature


CALLABLE = {
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.1 * z),
    "sign": np.sign,
    "sine": np.sin,
    "softplus": lambda z: np.logaddexp(0, z),
    "tanh": np.tanh,
    "cubic": lambda z: 0.3 - 3 * z + 0.5 * z**2 + z**3,
}


def assert_to_1e10(found, wanted, q):
    """What is promised of quadrature."""
    second = second_moment(wanted, q)
    assert abs(found.mean - wanted.mean) <= 1e-10 * math.sqrt(second)
    assert abs(found.slope - wanted.slope) <= 1e-10 * math.sqrt(second / q)
    assert abs(found.residual - wanted.residual) <= 1e-10 * second


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLABLE)
@settings(max_examples=15)
@given(q=st.floats(-12, 8).map(lambda power: 10.0**power))
def test_a_callable_has_the_moments_of_its_named_twin_or_is_refused(name, q):
    try:
        found = Activation("mine", CALLABLE[name]).moments(q)
    except SpecError as refused:
        assert name == "sine" and q > 1e4  # many thousands of periods
        assert "estimated error" in str(refused)
    else:
        assert_to_1e10(found, NAMED[name].moments(q), q)


def steps(jumps):
    return lambda z: sum((height * (z > at) for at, height in jumps), np.zeros_like(z))


def moments_of_steps(jumps, q):
    """E of steps and products of steps are tails of the Gaussian."""
    tail = lambda t: math.erfc(t / math.sqrt(2 * q)) / 2  # noqa: E731
    mean = sum(h * tail(t) for t, h in jumps)
    slope = sum(h * math.exp(-(t**2) / 2 / q) for t, h in jumps) / math.sqrt(2 * math.pi * q)
    second = sum(g * h * tail(max(s, t)) for s, g in jumps for t, h in jumps)
    return activations.ActivationMoments(mean, slope, second - mean**2 - slope**2 * q)


jumps = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 2)), min_size=1, max_size=4)


@settings(max_examples=30)
@given(jumps, st.floats(0.5, 1e4), st.booleans())
def test_jumps_are_found_and_may_be_named(at, q, named):
    found = Activation("steps", steps(at), breaks=[t for t, _ in at] if named else ())
    assert_to_1e10(found.moments(q), moments_of_steps(at, q), q)


@pytest.mark.slow
@pytest.mark.parametrize("q", [0.7, 730.0])
def test_no_place_of_a_jump_is_overlooked(q):
    """Gauss's rules agree before and after a bisection where the jump is near the middle."""
    for at in np.linspace(0.51, 0.99, 40):
        step = [(float(at), 0.5), (0.0, 2.0)]
        assert_to_1e10(Activation("s", steps(step)).moments(q), moments_of_steps(step, q), q)


def test_a_linear_callable_has_no_residual_at_all():
    for q in DECADES[::2]:
        for function in (lambda z: 0.1 * z, lambda z: 1 + z / 3):
            assert Activation("line", function).moments(q).residual == 0.0


@pytest.mark.parametrize(("q", "finite"), [(0.5, True), (1.7, True), (2.0, False), (3.0, False)])
def test_a_second_moment_that_is_not_finite_is_refused(q, finite):
    """E exp(z²/4) = (1 − q/2)^(−1/2)."""
    growing = Activation("growing", lambda z: np.exp(z**2 / 8))
    if finite:
        wanted = (1 - q / 2) ** -0.5
        assert second_moment(growing.moments(q), q) == pytest.approx(wanted, rel=1e-10)
    else:
        with refused(SpecError, "growing", "known", (f"q = {q:g}", "1e-10"), ("breaks=", "entry_variance")):
            growing.moments(q)


@pytest.mark.parametrize("q", [1.0, 25.0, 144.0])
def test_fast_growth_is_followed_where_the_moments_are_finite(q):
    found = Activation("exponential", np.exp).moments(q)
    assert found.mean == pytest.approx(math.exp(q / 2), rel=1e-12)
    assert found.slope == pytest.approx(math.exp(q / 2), rel=1e-12)


def test_moments_are_computed_once_per_variance():
    calls = []
    counted = Activation("counted", lambda z: calls.append(1) or np.tanh(z))
    first = counted.moments(1.3)
    before = len(calls)
    assert counted.moments(np.float64(1.3)) is first
    assert len(calls) == before
    assert counted.moments(1.4) != first
    assert activations.tanh.moments(1.3) is activations.tanh.moments(1.3)
    assert activations.tanh.moments(1.3, digits=20) is not activations.tanh.moments(1.3)


# Values


def test_activations_are_told_apart_by_values_not_by_names():
    mine = Activation("mine", lambda z: np.maximum(z, 0))
    assert mine == activations.relu == leaky_relu(0)
    assert mine.digest == activations.relu.digest
    assert hash(mine) == hash(activations.relu)
    assert mine != Activation("mine", lambda z: np.maximum(z, 0) ** 2)
    assert activations.identity == polynomial([0, 1.0, 0.0]) == leaky_relu(1.0)


def test_different_activations_have_different_digests():
    assert len({one.digest for one in NAMED.values()}) == len(NAMED)
    assert len(set(NAMED.values())) == len(NAMED)


def test_last_bits_do_not_change_the_digest():
    """Another processor's tanh may differ in them."""
    noisy = Activation("noisy", lambda z: np.tanh(z) * (1 + 2e-16))
    assert noisy.digest == activations.tanh.digest
    assert Activation("other", lambda z: np.tanh(z) * (1 + 1e-8)).digest != activations.tanh.digest


def test_equal_values_on_the_grid_share_no_moments():
    """They are equal by decree; what is computed is each function's own."""
    far = Activation("far", lambda z: np.where(np.abs(z) > 1e3, 0.0, z))
    assert far == activations.identity
    assert far.moments(1e8).slope < 0.1
    assert activations.identity.moments(1e8).slope == 1.0


@pytest.mark.parametrize("name", NAMED)
def test_pickling_keeps_name_function_and_moments(name):
    for again in (pickle.loads(pickle.dumps(NAMED[name])), copy.deepcopy(NAMED[name])):
        assert again == NAMED[name]
        assert again.name == NAMED[name].name
        assert again.function == NAMED[name].function
        assert again.moments(0.7) == NAMED[name].moments(0.7)


def test_pickling_keeps_breaks_and_fails_where_the_function_cannot_be_pickled():
    again = pickle.loads(pickle.dumps(Activation("jump", np.sign, breaks=[2, 0.5])))
    assert (again.name, again.function, again.breaks) == ("jump", np.sign, (0.5, 2.0))
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(Activation("mine", lambda z: z**2))


def test_activations_are_frozen():
    with pytest.raises(AttributeError):
        activations.relu.name = "mine"
    with pytest.raises(ValueError, match="read-only"):
        activations.relu.values[0] = 1.0


def test_activations_print_as_their_names():
    assert repr(activations.relu) == "Activation('relu')"
    assert str(polynomial([0, 1, -0.5])) == "polynomial([0, 1, -0.5])"


def test_digests_are_the_same_in_every_process_and_only_erf_and_gelu_load_scipy():
    code = (
        "import sys; from detequiv.theory import activations as a; "
        "[getattr(a, name).moments(2.0) for name in ('relu', 'tanh', 'softplus', 'sine', 'sign')]; "
        "a.polynomial([1, 2, 3]).moments(1.0); a.Activation('mine', abs).moments(1.0); "
        "print(a.tanh.digest, *[m for m in ('scipy', 'mpmath', 'sympy') if m in sys.modules])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == [activations.tanh.digest], done.stderr


def test_unknown_names_are_missing_attributes_and_known_ones_are_listed():
    with pytest.raises(AttributeError, match="'swish'"):
        _ = activations.swish
    assert set(activations.__all__) <= set(dir(activations))


# Functions


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 2)])
@pytest.mark.parametrize("name", NAMED)
def test_called_on_any_shape_it_is_applied_to_each_number(name, shape):
    z = np.random.default_rng(7).normal(size=shape) * 3
    values = NAMED[name](z)
    assert values.shape == shape
    assert values.dtype == np.float64
    wanted = [float(in_mpmath(name, mpmath.mpf(x), mpmath.mp)) for x in z.ravel()]
    # 4e-16: one or two roundings of special functions; the cubic cancels
    np.testing.assert_allclose(values.ravel(), wanted, rtol=4e-15, atol=1e-15)


def test_functions_of_single_numbers_are_looped_over():
    scalar = Activation("scalar", lambda z: math.tanh(z) if z > -50 else -1.0)
    assert scalar == activations.tanh
    assert scalar(np.zeros((2, 3))).shape == (2, 3)
    assert scalar.moments(1.0).slope == pytest.approx(activations.tanh.moments(1.0).slope)


def test_steps_of_booleans_and_integers_become_floats():
    assert Activation("step", lambda z: z > 0)(np.array([-1.0, 2.0])).tolist() == [0.0, 1.0]
    whole = Activation("whole", lambda z: np.floor(z).astype(int))
    assert whole(1.5).dtype == np.float64
