"""Closed forms at effective ridges where terms cancel."""

import warnings
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

import detequiv as de
from detequiv.theory.freeprob.closed_forms import refined_ridges
from detequiv.theory.freeprob.closed_forms.spectral_moments import order_of
from detequiv.theory.freeprob.expressions.unknown_functions import bare
from detequiv.theory.freeprob.symbols.printing import TraceOf

fp = de.freeprob
n, d = fp.dimensions("n d")
lam = sympy.Symbol("lam", positive=True)
I = fp.identity(d)
Σ, A = fp.Deterministic(d, "Sigma"), fp.Deterministic(d, "A")
X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
R = (X.T @ X + lam * I).inv()
LEFT = R @ X.T @ X - I
"""Is −λR: terms of order 1 cancel."""

FORMS = {
    "resolvent": fp.trace(R),
    "cancelling": fp.trace(LEFT.T @ Σ @ LEFT),
    "difference of traces": fp.trace(A @ R @ X.T @ X) - fp.trace(A) + fp.trace(A @ R @ A) * lam**2,
    "product": fp.trace(A @ LEFT @ Σ) * fp.trace(A @ R) / d,
    "power": fp.trace(R @ X.T @ X @ R @ X.T @ X) - 2 * fp.trace(R @ X.T @ X) + d,
}
CLOSED = {name: fp.closed_form(fp.derive(expression)) for name, expression in FORMS.items()}
SPECTRUM = 1 / np.arange(1.0, 31)
VALUES: dict[Any, Any] = {n: 40, d: 30, Σ: SPECTRUM, A: np.linspace(-1.0, 1.5, 30)}
RIDGES = np.array([1e-300, 1e-40, 1e-14, 1e-9, 1e-4, 1.0, 1e6, 1e40])


def exactly(expression: sympy.Expr, ridge: float, values: dict[Any, Any]) -> Any:
    """In 1000 digits, with sums as they are defined."""
    letters = {"Sigma": values[Σ], "A": values[A]}
    with mpmath.workdps(1000):
        t = mpmath.mpf(ridge)
        numbers: dict[Any, Any] = {sympy.Symbol("theta"): t, n: values[n], d: values[d]}
        for x in expression.free_symbols - numbers.keys():
            k = order_of(x)
            factors = (("Sigma", k), ("T", -k)) if k is not None else x.factors
            total = mpmath.mpf(0)
            for j, s in enumerate(values[Σ]):
                term = mpmath.mpf(1)
                for name, power in factors:
                    base = mpmath.mpf(s) + t if name == "T" else mpmath.mpf(letters[name][j])
                    term *= base**power
                total += term
            numbers[x] = total
        order = list(numbers)
        return sympy.lambdify(order, expression, "mpmath")(*(numbers[x] for x in order))


@pytest.mark.parametrize("samples", [20, 30, 40])
@pytest.mark.parametrize("name", CLOSED)
def test_every_digit_of_a_closed_form_is_right(name: str, samples: int) -> None:
    form, values = CLOSED[name], VALUES | {n: samples}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = form.at(RIDGES, values)
    for curve, expression in zip(found, (form.ridge, form.value), strict=True):
        for ridge, number in zip(RIDGES, curve, strict=True):
            right = exactly(bare(expression), float(ridge), values)
            if np.isfinite(float(right)) and abs(right) > 1e-300:
                assert abs(mpmath.mpf(float(number)) / right - 1) <= 1e-10  # what is promised


def test_doubles_are_left_where_they_hold() -> None:
    """To the last bit, as sympy's function of doubles has them."""
    form, ridges = CLOSED["resolvent"], np.array([0.1, 1.0, 10.0])
    _, found = form.at(ridges, VALUES)
    df = sum(s / (s + ridges) for s in SPECTRUM)
    assert found == pytest.approx(form_of_resolvent(df, ridges), rel=1e-14)
    assert np.array_equal(form.at(ridges, VALUES)[1], [form.at(x, VALUES)[1] for x in ridges])


def form_of_resolvent(df: Any, ridges: Any) -> Any:
    """tr R = κ/λ tr(Σ + κ)⁻¹, with λ = κ(1 − df/n)."""
    return (30 - df) / (ridges * (1 - df / 40))


def test_what_is_too_expensive_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refined_ridges, "AFFORDED", 60)  # two rows
    with pytest.warns(fp.PrecisionWarning, match="relative error may be .* terms cancel") as caught:
        CLOSED["cancelling"].at(np.array([1e-12, 1e-11, 1e-10, 1.0]), VALUES)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CLOSED["cancelling"].at(np.array([1e-12, 1e-11, 1.0]), VALUES)


def test_eigenvalues_of_matrices_are_not_exact_and_it_is_said() -> None:
    """n = d, and an eigenvalue of 10⁻¹⁴ that is next to rounding."""
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((30, 30)))
    spectrum = np.append(SPECTRUM[1:], 1e-14)
    plain = VALUES | {n: 30, Σ: spectrum, A: np.ones(30)}
    matrices = plain | {Σ: (Q * spectrum) @ Q.T, A: np.eye(30)}
    with pytest.warns(fp.PrecisionWarning, match="eigenvalues in place of matrices"):
        CLOSED["resolvent"].at(1e-14, matrices)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CLOSED["resolvent"].at(1e-14, plain)
        found = CLOSED["resolvent"].at(1e-2, matrices)
    right = np.array(CLOSED["resolvent"].at(1e-2, plain))
    assert np.array(found) == pytest.approx(right, rel=1e-10)


def test_terms_that_cancel_to_all_digits_are_flagged() -> None:
    """tr A(Σ + θ)⁻¹ of Σ = 1 and A of trace 1/3 − 1/3."""
    third = np.array([1 / 3, -1 / 3]).repeat(15)
    form = fp.closed_form(fp.derive(fp.trace(A @ R)))
    with pytest.warns(fp.PrecisionWarning, match="100%"):
        _, value = form.at(0.1, VALUES | {Σ: np.full(30, 0.7), A: third})
    assert abs(value) < 1e-300


def test_zeros_of_letters_and_of_values_are_numbers() -> None:
    zero = VALUES | {Σ: np.append(SPECTRUM[1:], 0.0), A: np.zeros(30)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, form in CLOSED.items():
            ridge, value = form.at(np.array([1e-12, 1.0]), zero)
            assert np.isfinite(ridge).all() and np.isfinite(value).all(), name
        assert (CLOSED["product"].at(RIDGES, zero)[1] == 0).all()


def test_arrays_of_scalars_and_of_ridges_keep_their_shape() -> None:
    ridges = np.array([[1e-12, 1.0], [1e-10, 2.0]])
    ridge, value = CLOSED["cancelling"].at(ridges, VALUES | {n: np.array([40.0, 50.0])})
    alone = CLOSED["cancelling"].at(1e-10, VALUES)
    assert ridge.shape == value.shape == (2, 2) and value[1, 0] == alone[1]
    assert CLOSED["cancelling"].at(np.zeros((0, 3)) + 1, VALUES)[1].shape == (0, 3)
    assert isinstance(next(iter(CLOSED["product"].value.atoms(TraceOf))), TraceOf)
