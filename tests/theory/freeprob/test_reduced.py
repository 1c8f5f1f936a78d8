"""Reduced systems: fewer unknowns, the same numbers; what is printed for people."""

import dataclasses

import numpy as np
import pytest
import sympy

from detequiv.numerics.freeprob import compile
from detequiv.theory import SolveError, SpecError
from detequiv.theory.freeprob import (
    Deterministic,
    Gaussian,
    closed_form,
    derive,
    dimensions,
    identity,
    stages,
    trace,
)
from detequiv.theory.freeprob.derivations.named_expectations import OBJECTS, Mix, by_total, derived
from detequiv.theory.freeprob.symbols.printing import latex, plain
from detequiv.theory.freeprob.systems.feedback_vertex_set import kept_unknowns
from detequiv.verify.freeprob.example_values import example_values
from helpers.refusals import refused

lam = sympy.Symbol("lam", positive=True)

n, d = dimensions("n d")
Σ, A = Deterministic(d, "Sigma"), Deterministic(d, "A")
X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
R = (X.T @ X + lam * identity(d)).inv()

# Unknowns as derived, and left.
COUNTS = {
    "marchenko-pastur": (2, 1),
    "subordination": (2, 1),
    "ridge-bias": (4, 2),
    "mixture": (4, 2),
    "definition-2-mixture": (6, 3),
    "qaq-linear": (8, 4),
    "qaq-projected": (12, 7),
    "features": (6, 4),
}


@pytest.mark.parametrize("name", COUNTS)
def test_what_follows_is_written_out(name: str) -> None:
    system = derived(name)
    assert (len(system.full.equations), len(system.equations)) == COUNTS[name]
    assert system.remark == "Reduced from {} unknowns to {}.".format(*COUNTS[name])


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("name", [x for x in OBJECTS if x != "features-error"])
def test_a_reduced_system_has_the_solution_of_the_one_it_was_made_from(name: str) -> None:
    """Equations are solved to 1e−13; both ways of writing them cancel at most two digits here."""
    system = derived(name)
    alone = dataclasses.replace(system, unreduced=None)
    values = example_values(system)
    both = [compile(x).solution(values) for x in (system, alone)]
    assert both[0].value == pytest.approx(both[1].value, rel=1e-11)
    assert both[0].unknowns.keys() == both[1].unknowns.keys() == system.equations.keys()
    for symbol, number in both[0].unknowns.items():
        assert number == pytest.approx(both[1].unknowns[symbol], rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("name", ["mixture", "qaq-projected", "features"])
def test_the_equations_printed_hold_at_the_numbers_given(name: str) -> None:
    """With traces of words evaluated by numpy from what is printed."""
    system = derived(name)
    values = example_values(system)
    solution = compile(system).solution(values)
    numbers = {x: v for x, v in values.items() if isinstance(x, sympy.Symbol)} | dict(solution.unknowns)
    rows = {key.name: row for key, row in values.items() if not isinstance(key, sympy.Symbol)}
    ((P, inverse),) = system.inverses.items()
    size = len(next(iter(rows.values())))
    total = np.zeros(size)
    for term in sympy.Add.make_args(sympy.expand(inverse)):
        scalars, letters = term.args_cnc() if term.is_Mul else ([], [term])
        c = float(sympy.Mul(*scalars).subs(numbers))
        total += c * np.prod([rows.get(str(x), np.ones(size)) for x in letters], axis=0)
    rows[P.name] = 1 / total
    for symbol, right in (*system.equations.items(), (None, system.observable)):
        atoms = {
            atom: np.prod([rows[x] ** k for x, k in atom.factors], axis=0).sum()
            for atom in right.free_symbols
            if hasattr(atom, "factors")
        }
        found = float(right.subs(atoms | numbers))
        assert found == pytest.approx(numbers[symbol] if symbol else solution.value, rel=1e-9)


def test_ordered_letters_are_reduced_in_their_order() -> None:
    n, d = dimensions("n d", commuting=False)
    Σ, A = Deterministic(d, "Sigma"), Deterministic(d, "A")
    X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    R = (X.T @ X + lam * identity(d)).inv()
    system = derive(trace(R @ A @ R @ Σ))
    assert (len(system.full.equations), len(system.equations)) == (4, 2)
    assert "tr(Σ P A P)" in plain(system.observable) or "tr(A P Σ P)" in plain(system.observable)


def test_without_unknowns_nothing_is_reduced_and_it_is_said() -> None:
    assert derive(trace(X.T @ X)).remark == "There are no unknowns."
    assert derive(trace(R)).full.remark == "The equations are as they were derived."


def test_what_cannot_be_reduced_says_so_and_still_evaluates() -> None:
    """The semicircle: G = 1/(λ − 2 var G) of Y + Yᵀ, one unknown."""
    Y = Gaussian(d, d, "Y", variance=1 / d)
    system = derive(trace((Y + Y.T + lam * identity(d)).inv()) / d)
    assert system.remark == "Not reduced: no unknown can be written out by what the others are."
    found = compile(system)({d: 60, lam: 5.0})
    assert found == pytest.approx((5 - np.sqrt(25 - 8)) / 4, rel=1e-13)


def test_repeated_inverses_get_a_name() -> None:
    text = str(derive(trace(R @ A @ R @ Σ)))
    assert text.startswith("tr(R A R Σ) ≃") and "\n  R = (Xᵀ X + λ I_d)⁻¹\n" in text
    other = Gaussian(n, d, "R", variance=1 / n)
    taken = str(derive(trace(R @ A @ R @ other.T @ other)))
    assert taken.startswith("tr(R₁ A R₁ Rᵀ R) ≃") and "  R₁ = (Xᵀ X + λ I_d)⁻¹" in taken


def test_nested_inverses_are_named_one_in_another() -> None:
    outer = (R + lam * identity(d)).inv()
    text = str(derive(trace(outer @ A @ outer @ R @ Σ)))
    assert "R₁ = (R₂ + λ I_d)⁻¹" in text and "R₂ = (Xᵀ X + λ I_d)⁻¹" in text


def test_sums_begin_without_a_minus_sign_where_they_can() -> None:
    x, y = sympy.symbols("x y")
    assert plain(y - x) == "y - x" and plain((y - 2 * x) / (y - x**2)) == "(y - 2 x)/(y - x²)"
    assert plain(-x - y) == "-x - y" and latex(y - x) == "y - x"


def test_kept_unknowns_are_as_few_as_can_be() -> None:
    (block,) = derived("definition-2-mixture").full.blocks
    assert len(block.equations) == 6 and len(kept_unknowns(block)) == 3


def test_the_stages_of_a_derivation_are_checked_and_printed() -> None:
    found = stages(trace(R @ A @ R @ Σ) + trace(X.T @ X @ R))
    assert found.schur_errors == [(0, 0), (0, 0)]
    text = str(found)
    for heading in ("Pencil, ", "All of them, ", "Components: ", "Covariance map", "Equations, G"):
        assert heading in text
    assert text.endswith(str(found.system))


# ---- closed forms


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ridge-bias", "ridge-variance", "definition-2", "theorem-1"])
def test_closed_forms_are_curves_through_the_solutions(name: str) -> None:
    """Both are right to the rounding of some hundred operations."""
    system = derived(name)
    form, values = closed_form(system), example_values(system)
    ridges, found = form.at(np.array([0.4, 0.9, 2.0]), values)
    assert (ridges > 0).all()
    assert found == pytest.approx(compile(system)({**values, lam: ridges}), rel=1e-10)


def test_a_closed_form_reads_as_the_theorem() -> None:
    form = closed_form(derived("ridge-bias"))
    assert str(form).splitlines()[1:] == [
        "    n θ²/(n - df₂) tr(Γ Σ T⁻²)",
        "  R = (Xᵀ X + λ I_d)⁻¹",
        "  λ = θ (n - df₁)/n",
        "  T = θ I_d + Σ",
        "  df₁ = tr(Σ T⁻¹)",
        "  df₂ = tr(Σ² T⁻²)",
    ]
    assert r"\frac{n \theta^{2} \operatorname{tr}\left(\Gamma \Sigma T^{-2}\right)}" in form.latex()


def test_three_resolvents_have_a_closed_form_too() -> None:
    """At θ with λ by the form, beside the system's own numbers."""
    system = derive(trace(R @ A @ R @ A @ R @ Σ))
    values = {n: 80, d: 50, Σ: np.linspace(0.2, 2, 50), A: np.linspace(1, 0.1, 50)}
    ridges, found = closed_form(system).at(0.7, values)
    assert found == pytest.approx(compile(system)({**values, lam: ridges}), rel=1e-10)


@pytest.mark.slow
def test_values_in_totals_are_found_from_counts() -> None:
    system = derived("theorem-1")
    n1, n2 = dimensions("n1 n2")
    total = sympy.Symbol("n", positive=True)
    values = example_values(system)
    plainly = closed_form(system).at(0.4, values)
    by_total = closed_form(system, replaced={n1: total - n2}).at(0.4, values)
    assert np.array(plainly) == pytest.approx(np.array(by_total), rel=1e-13)


ONE_RIDGE = ("one effective ridge",)
NUMBERS = "solve(system, values)"


@pytest.mark.parametrize(
    ("call", "facts"),
    [
        (
            lambda: closed_form(derived("mixture")),
            ("closed form", *ONE_RIDGE, "(λ I + t Σ₁ + t Σ₂)⁻¹", NUMBERS),
        ),
        (lambda: closed_form(trace(R)), ("system", "derived needed", str(trace(R)), "derive(expression)")),
        (lambda: closed_form(derive(trace(R))).at(-1.0, {}), ("effective ridges", "positive", "-1")),
        (lambda: closed_form(derive(trace(R))).at(1.0, {n: 3}), ("values", "no value for", "d and Sigma")),
        (
            lambda: closed_form(derive(trace((X.T @ X + identity(d)).inv()))),
            ("ridge", "symbol called lam", "tr((Xᵀ X + I_d)⁻¹)"),
        ),
    ],
    ids=["two covariances", "an expression", "a negative ridge", "values missing", "no ridge"],
)
def test_what_has_no_closed_form_is_refused_with_the_reason(call, facts) -> None:
    with refused(SpecError, *facts):
        call()


@pytest.mark.parametrize("name", ["theta", "T", "df_1"])
def test_the_names_of_closed_forms_are_theirs(name: str) -> None:
    letter = Deterministic(d, name)
    with refused(SpecError, name, "closed forms own", remedy="rename"):
        closed_form(derive(trace(R @ letter)))


def test_unequal_weights_have_no_closed_form_and_it_is_said() -> None:
    system = derive(Mix(weighted=True).bias)
    with refused(SolveError, "unknowns", "not rational effective ridge", "tau_2", NUMBERS):
        closed_form(system)
    assert compile(system)(example_values(system)) > 0


def test_three_sources_have_the_closed_form_of_two_where_they_are_alike() -> None:
    """The bias knows of all samples alone."""
    two, three = (derive(Mix(("Sigma",) * k).bias) for k in (2, 3))
    forms = [closed_form(system, replaced=by_total(system)) for system in (two, three)]
    assert forms[0].value == forms[1].value and forms[0].ridge == forms[1].ridge


def test_ordered_letters_have_no_closed_form() -> None:
    n, d = dimensions("n d", commuting=False)
    X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Deterministic(d, "Sigma"))
    with refused(SpecError, "closed form", *ONE_RIDGE, "(λ I + t Σ)⁻¹", NUMBERS):
        closed_form(derive(trace((X.T @ X + lam * identity(d)).inv())))
