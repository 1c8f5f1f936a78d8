"""Closed forms, the pair of Adlam and Pennington and symbolic theorems, by exact elimination."""

import pytest
import sympy

import detequiv as de
from detequiv.numerics.freeprob import solve
from detequiv.theory import SolveError, SpecError
from detequiv.theory.freeprob import derive, dimensions
from detequiv.theory.freeprob.closed_forms import rational
from detequiv.theory.freeprob.closed_forms.rational import RationalSystem, effective_ridge
from detequiv.theory.freeprob.closed_forms.rational_solution import solve_linear_unknowns
from detequiv.theory.freeprob.derivations.named_expectations import named
from detequiv.theory.freeprob.derived_theorems.isotropic_expressions import isotropic_theorem
from detequiv.theory.statements.corollaries_1_and_4 import corollary_1, corollary_4, corollary_4_as_printed
from detequiv.verify.freeprob import kernel_pair, symbolic_proof
from detequiv.verify.freeprob.kernel_pair import (
    engine_solution,
    pair,
    pair_of_features,
    pair_solution,
    traces_of_kernel,
)
from detequiv.verify.freeprob.symbolic_proof import proved_symbolically
from helpers.refusals import refused

κ, φ, ψ, p2 = sympy.symbols("kappa phi psi p_2", positive=True)

ROUNDED = 1e-13
"""Relative: a formula of ten operations in double precision against another."""


def same(one: sympy.Expr, other: sympy.Expr) -> bool:
    return bool(sympy.cancel(one - other) == 0)


@pytest.mark.slow
def test_the_isotropic_ridge_has_its_closed_form() -> None:
    found = isotropic_theorem()
    left = (1 + κ) ** 2 - φ
    assert same(found.ridge, κ * (κ + 1 - φ) / (κ + 1))
    assert same(found.bias, κ**2 / left)
    assert same(found.variance, φ / left)
    ζ = p2 * (κ * p2 + κ * φ - 2 * p2 * φ + p2 + φ) / ((κ + 1) * left)
    assert same(found.collapse, ζ)


def test_without_ridge_it_is_corollary_1_and_the_right_corollary_4() -> None:
    below, above = isotropic_theorem().ridgeless.values()
    assert below.bias == 0 and same(below.variance, φ / (1 - φ))
    assert same(below.collapse, p2**2 + (1 - p2) * p2 * φ / (1 - φ))
    assert same(above.bias, 1 - 1 / φ) and same(above.variance, 1 / (φ - 1))
    assert same(above.collapse, p2 * (φ - p2) / (φ * (φ - 1)))
    printed = p2 / φ**2 * (p2 * (φ - p2) / (φ - 1) + (φ - p2) ** 2)
    assert not same(above.collapse, printed)


@pytest.mark.parametrize(("ratio", "share"), [(0.5, 0.2), (0.9, 1.0), (1.5, 0.3), (4.0, 0.8)])
def test_the_functions_of_the_corollaries_have_the_values_of_the_closed_forms(ratio, share) -> None:
    arguments = {"aspect_ratio": ratio, "synthetic_share": share, "noise_variances": (1, 1)}
    form = isotropic_theorem().ridgeless[φ - 1 if ratio > 1 else sympy.Integer(0)]
    at = {φ: sympy.Rational(str(ratio)), p2: sympy.Rational(str(share))}
    stated = (corollary_4 if ratio > 1 else corollary_1)(**arguments, quality=1)
    for name in ("bias", "variance", "collapse"):
        assert getattr(stated, name) == pytest.approx(float(getattr(form, name).subs(at)), rel=ROUNDED)
    if ratio > 1:
        printed = corollary_4_as_printed(**arguments, quality=1).collapse
        assert abs(printed / float(form.collapse.subs(at)) - 1) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize("sizes", [(90, 40, 60), (40, 90, 60), (60, 90, 40)])
def test_the_closed_forms_are_those_of_the_library_at_every_ridge(projected, sizes) -> None:
    """predict promises 1e−11, relative; 1e−12 is for what is 0."""
    form = isotropic_theorem(projected=projected)
    n, d, m = sizes
    model = de.RandomProjection(m) if projected else de.Linear()
    sources = [
        de.Source(n - n // 4, de.isotropic(d), noise_variance=1.0),
        de.Source(n // 4, de.isotropic(d), noise_variance=1.0, shift=1 / d),
    ]
    ratios = {φ: sympy.Rational(d, n), ψ: sympy.Rational(m, n), p2: sympy.Rational(n // 4, n)}
    roots = [sympy.sympify(limit).subs(ratios) for limit in form.ridgeless]
    for ridge in (0.0, 0.3):
        mix = de.Problem(signal=1 / d, sources=sources, ridge=ridge, model=model)
        predicted = de.predict(mix)
        numbers = form.at(predicted.fixed_point.effective_ridge if ridge else max(roots))
        assert float(numbers.ridge.subs(ratios)) == pytest.approx(ridge, rel=1e-11, abs=1e-12)
        for name in ("bias", "variance", "collapse"):
            value = float(getattr(numbers, name).subs(ratios))
            assert getattr(predicted, name) == pytest.approx(value, rel=1e-11, abs=1e-12)


def test_the_engine_and_the_pair_of_adlam_and_pennington_imply_each_other() -> None:
    found, stated = engine_solution(), pair_solution()
    assert found.keys() == stated.keys() and len(found) == 2
    assert all(same(found[x], stated[x]) for x in found)
    other = {kernel_pair.μ_rest: 2 * kernel_pair.μ_rest}
    assert not any(same(found[x].subs(other), stated[x]) for x in found)


def test_the_features_of_the_engine_solve_the_pair() -> None:
    assert pair_of_features() == (0, 0)


@pytest.mark.parametrize(
    ("sizes", "ridge", "slope", "rest"),
    [((60, 50, 40), 0.1, 0.6, 0.2), ((30, 90, 200), 1e-3, 0.8, 0.5), ((300, 40, 70), 2.0, 0.5, 0.9)],
)
def test_the_numbers_of_the_engine_solve_the_pair(sizes, ridge, slope, rest) -> None:
    """Each equation is a sum of terms that cancel: relative to the largest, 1e−12."""
    d, n, m = dimensions("d n m")
    values = dict(zip((d, n, m), sizes, strict=True))
    values |= {kernel_pair.λ: ridge, kernel_pair.μ: slope, kernel_pair.μ_rest: rest}
    τ1, τ2 = (solve(derive(expression), values) for expression in traces_of_kernel())
    letters = {
        kernel_pair.λ: ridge,
        kernel_pair.μ: slope,
        kernel_pair.μ_rest: rest,
        kernel_pair.t1: τ1,
        kernel_pair.t2: τ2,
        kernel_pair.φ: sizes[0] / sizes[1],
        kernel_pair.ψ: sizes[0] / sizes[2],
    }
    scale = max(1.0, *(abs(letters[kernel_pair.φ]) ** k * τ1 * max(τ1, τ2) for k in (1, 2)))
    assert all(abs(left) < 1e-12 * scale for left in pair(letters))
    letters[kernel_pair.t2] = τ2 * 1.001
    assert all(abs(left) > 1e-9 * scale for left in pair(letters))


def test_theorem_2_is_proved_with_symbols_and_the_printed_one_refuted() -> None:
    proof = proved_symbolically(2)
    assert proof.proved
    assert proof.printed == {"ridge": True, "bias": True, "variance": False, "collapse": False}


def test_a_wrong_theorem_is_not_proved_with_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    right = symbolic_proof.collapse
    monkeypatch.setattr(
        symbolic_proof, "collapse", lambda *x, **more: right(*x, **more) * 10**12 / (10**12 + 1)
    )
    found = proved_symbolically(1).right
    assert found == {"ridge": True, "bias": True, "variance": True, "collapse": False}


def test_what_has_no_rational_solution_is_refused() -> None:
    x, y = sympy.symbols("x y")
    K = sympy.QQ.frac_field(x, y).field
    with refused(SolveError, "equation", "degree 1", "x"):
        solve_linear_unknowns([K.from_expr(x**2 - y)], [x])


@pytest.mark.parametrize("name", ["tau_1", "lam"])
def test_a_solution_that_is_none_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments):
        return {x: value + (x.name == name) for x, value in solve_linear_unknowns(*arguments).items()}

    system = derive(named("definition-2").build())
    assert RationalSystem(system).solve()
    monkeypatch.setattr(rational, "solve_linear_unknowns", wrong)
    with refused(SolveError, "equation", "elimination lost", "tr("):
        RationalSystem(system).solve()


def test_unlike_covariances_have_no_effective_ridge() -> None:
    with refused(SpecError, "closed form", "one effective ridge", remedy="solve(system, values)"):
        effective_ridge(derive(named("mixture").build()))


@pytest.mark.parametrize("scalar", [sympy.exp(κ), sympy.sqrt(κ), sympy.cos(κ) ** 2])
def test_scalars_that_are_not_rational_are_refused(scalar: sympy.Expr) -> None:
    """Sympy raised a bare ValueError."""
    fp = de.freeprob
    n, d = fp.dimensions("n d")
    X = fp.Gaussian(n, d, "X", variance=1 / n)
    observable = fp.trace((X.T @ X + φ * fp.identity(d)).inv())
    with refused(SpecError, "closed forms", "rational scalars", str(scalar).removesuffix("**2"), "symbol"):
        fp.closed_form(derive(scalar * observable))
    with refused(SpecError, "closed forms", "rational scalars", str(scalar), "symbol"):
        fp.closed_form(derive(n * observable), replaced={n: scalar})
