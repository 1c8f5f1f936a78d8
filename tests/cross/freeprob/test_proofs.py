"""Theorems derived and proved exactly, named objects, and what neither may let pass."""

from fractions import Fraction
from typing import Any

import pytest
import sympy

from detequiv.cli import main
from detequiv.numerics.freeprob.rational_values import exact_value
from detequiv.theory import SolveError, SpecError
from detequiv.theory.freeprob import Deterministic, Gaussian, derive, dimensions, identity, trace
from detequiv.theory.freeprob.derivations.named_expectations import OBJECTS, named
from detequiv.verify import Verdict
from detequiv.verify.freeprob import check, proofs
from detequiv.verify.freeprob.example_values import example_values
from helpers.refusals import refused

λ = sympy.Symbol("lam", positive=True)


@pytest.mark.parametrize("number", [1, 2])
def test_the_theorems_follow_from_the_definitions(number: int) -> None:
    proof = proofs.proved_theorem(number, points=4, seed=5)
    assert proof.right and not proof.printed
    said = str(proof)
    assert "in exact fractions at 4 random points: the two are equal at every point." in said
    assert proof.apart == 0 and ("as corrected" in said) == (number == 2)
    if number == 2:
        assert proof.printed_apart is not None and proof.printed_apart[0] > 0
        assert "as printed (v2) differs from it at every point, by " in said


def test_what_differs_is_said_with_its_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "bias", lambda *x: 0 * x[2])
    proof = proofs.proved_theorem(1, points=3)
    assert 0 < proof.apart < 1 and f"the two differ, by up to {proof.apart:.2g} times" in str(proof)


@pytest.mark.parametrize("wrong", ["bias", "collapse"])
def test_a_wrong_theorem_is_not_proved(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = getattr(proofs, wrong)
    monkeypatch.setattr(
        proofs, wrong, lambda *x, **options: right(*x, **options) * Fraction(10**12 + 1, 10**12)
    )
    assert not proofs.proved_theorem(2, points=1).right


def isotropic_resolvent() -> Any:
    n, d = dimensions("n d")
    X = Gaussian(n, d, "X", variance=1 / n)
    return n, d, derive(trace((X.T @ X + λ * identity(d)).inv()) / d)


@pytest.mark.parametrize("κ", [Fraction(1), Fraction(2, 7)])
def test_an_exact_value_is_the_closed_form(κ: Fraction) -> None:
    """λ = κ(κ + 1 − φ)/(κ + 1) makes the resolvent 1/(1 + κ) times κ/λ: rational."""
    n, d, system = isotropic_resolvent()
    φ = Fraction(3, 5)
    ridge = κ * (κ + 1 - φ) / (κ + 1)
    found = exact_value(system, {n: Fraction(5), d: Fraction(3), λ: ridge}, {}, [3])
    assert found == κ / ridge / (1 + κ)


def test_what_is_not_rational_is_not_given_out() -> None:
    n, d, system = isotropic_resolvent()
    with refused(SolveError, "tau_1", "not rational digits"):
        exact_value(system, {n: Fraction(5), d: Fraction(3), λ: Fraction(1)}, {}, [3])


def test_the_bias_of_the_isotropic_ridge_is_two_sevenths() -> None:
    """κ = 1, φ = ½, λ = ¾, over the rationals."""
    n, d = dimensions("n d")
    X, Γ = Gaussian(n, d, "X", variance=1 / n), Deterministic(d, "Gamma")
    R = (X.T @ X + λ * identity(d)).inv()
    system = derive(λ**2 * trace(R @ R @ Γ))
    scalars = {n: Fraction(4), d: Fraction(2), λ: Fraction(3, 4)}
    assert exact_value(system, scalars, {Γ: [Fraction(1, 2)]}, [2]) == Fraction(2, 7)


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("name", [x for x in OBJECTS if x not in ("theorem-2", "features-error")])
def test_every_named_object_is_derived(name: str) -> None:
    system = derive(named(name).build())
    assert len(system.equations) == sum(len(block.equations) for block in system.blocks) > 0
    assert system.latex().startswith("\\begin{aligned}") and str(system).count("\n") >= 1


@pytest.mark.parametrize("name", ["mixture", "features"])
def test_named_objects_agree_with_samples(name: str) -> None:
    expression = named(name).build()
    assert check(expression, example_values(expression), seed=2).verdict is Verdict.AGREES


def test_an_unknown_name_is_refused_with_the_names() -> None:
    with refused(SpecError, "'9'", remedy=("theorem-1", "marchenko-pastur"), longest=500):
        named("9")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["derive", "--list"], "theorem-2"),
        (["derive", "subordination", "--system"], "τ = n/(n + tr(Σ P))"),
        (["derive", "subordination", "--system", "--latex"], r"\tau &="),
        (["derive", "marchenko-pastur", "--check"], "agrees"),
        (["derive", "subordination", "--stages"], "Components: {x0 x1}"),
        (["derive", "ridge-bias", "--closed"], "n θ²/(n - df₂) tr(Γ Σ T⁻²)"),
        (["derive", "isotropic"], "V/σ² = φ/(κ² + 2 κ + 1 - φ)"),
        (["derive", "isotropic", "--latex"], r"B/r^2 &= \frac{\kappa^{2}}"),
    ],
)
def test_the_command_prints_what_is_asked_for(line: list[str], said: str, capsys: Any) -> None:
    assert main(line) == 0
    assert said in capsys.readouterr().out
