"""Adlam and Pennington 2020, S67 and S68, compared with the engine's equations for random features.

F = act(WX/√d), K = FᵀF/m + λ, W and X of N(0, 1) entries, m×d and d×n; τ_1 = tr K⁻¹/n and
τ_2 = tr XᵀXK⁻¹/(dn); φ = d/n, ψ = d/m, η = Var act, ζ = μ². The pair says

    φ(ζτ_2τ_1 + φ(τ_2 − τ_1)) + ζτ_1τ_2ψ(λτ_1 − 1) = 0
    ζτ_1τ_2(λτ_1 − 1) = φ(τ_2 − τ_1)(ζ(τ_2 − τ_1) + ητ_1)

The engine knows act(WX/√d) as μWX/√d + μ_* z: ζ = μ² and η = μ² + μ_*².
"""

from collections.abc import Mapping
from typing import Any

import sympy

from ...theory.freeprob import Gaussian, derive, dimensions, identity, trace
from ...theory.freeprob.closed_forms.rational import RationalSystem
from ...theory.freeprob.closed_forms.rational_solution import Element, solve_linear_unknowns, with_values
from ...theory.freeprob.closed_forms.spectral_moments import θ
from ...theory.freeprob.derivations.named_expectations import named

__all__ = ["engine_solution", "pair", "pair_of_features", "pair_solution", "traces_of_kernel"]

d, n, m = dimensions("d n m")
λ, μ, μ_rest = sympy.symbols("lam mu mu_star", positive=True)
φ, ψ = sympy.symbols("phi psi")
t1, t2 = sympy.symbols("t_1 t_2")
"""τ_1 and τ_2: the engine has unknowns of these names."""


def pair(values: Mapping[sympy.Symbol, Any]) -> tuple[Any, Any]:
    """The two expressions that S67 and S68 set to 0, at these values of λ, φ, ψ, μ, μ_*, τ_1 and τ_2."""
    ridge, phi, psi, slope, rest, τ1, τ2 = (values[x] for x in (λ, φ, ψ, μ, μ_rest, t1, t2))
    ζ, η = slope**2, slope**2 + rest**2
    trained = ζ * τ1 * τ2 * (ridge * τ1 - 1)
    first = phi * (ζ * τ2 * τ1 + phi * (τ2 - τ1)) + psi * trained
    return first, trained - phi * (τ2 - τ1) * (ζ * (τ2 - τ1) + η * τ1)


def traces_of_kernel() -> tuple[sympy.Expr, sympy.Expr]:
    """τ_1 and τ_2 as they are defined, of Gaussian equivalents of features."""
    W, X = Gaussian(m, d, "W", variance=1 / d), Gaussian(d, n, "X")
    F = μ * W @ X + μ_rest * Gaussian(m, n, "Z")
    inverse = (F.T @ F / m + λ * identity(n)).inv()
    return trace(inverse) / n, trace(X.T @ X @ inverse) / (d * n)


def pair_solution() -> dict[sympy.Symbol, sympy.Expr]:
    """λ and ψ as functions of τ_1, τ_2 and φ, by the pair: it is linear in one after the other.

    >>> sorted(map(str, pair_solution()))
    ['lam', 'psi']
    """
    K = sympy.ZZ.frac_field(λ, φ, ψ, μ, μ_rest, t1, t2).field
    rows = pair({x: K.from_expr(x) for x in K.symbols})
    return {x: value.as_expr() for x, value in solve_linear_unknowns(rows, [λ, ψ]).items()}


def engine_solution() -> dict[sympy.Symbol, sympy.Expr]:
    """λ and ψ by the engine's equations for both traces, with all its unknowns eliminated.

    If the two solutions are equal, each of the two systems implies the other.
    """
    first, second = traces_of_kernel()
    weight = sympy.Symbol("weight")
    system = derive(first + weight * second)  # one system, so that unknowns are shared
    rational = RationalSystem(system, _moment, {d: φ * n, m: φ * n / ψ}, more=(t1, t2))
    K, total = rational.field, rational(rational.system.value)
    values = [_at(total, weight, K.from_expr(sympy.Integer(value))) for value in (0, 1)]
    τ1, τ2 = map(K.from_expr, (t1, t2))
    equations = [*rational.equations, values[0] - τ1, values[1] - values[0] - τ2]
    solution = solve_linear_unknowns(equations, [*rational.unknowns, ψ], nonzero=[ψ])
    return {x: solution[x].as_expr() for x in (λ, ψ)}


def pair_of_features() -> tuple[Any, Any]:
    """The two expressions of S67 and S68 at τ_1 of the engine's object "features", with Σ = 1 and θ a symbol.

    Its resolvent is that of FFᵀ/n, its ridge λm/n; τ_2 is the root of S67.
    """
    n1 = dimensions("n1")
    system = derive(named("features").build())
    rational = RationalSystem(system, _moment, {d: φ * n, m: φ * n / ψ, n1: n})
    engine_ridge = rational.solve()[rational.ridge]
    K = rational.field
    phi, psi, slope, rest = (K.from_expr(x) for x in (φ, ψ, μ, μ_rest))
    width = phi / psi  # m/n
    ridge = engine_ridge / width
    τ1 = width * rational(rational.system.value) * width + (1 - width) / ridge
    ζ = slope**2
    τ2 = phi**2 * τ1 / (phi**2 + ζ * τ1 * (phi + psi * (ridge * τ1 - 1)))
    return pair({λ: ridge, φ: phi, ψ: psi, μ: slope, μ_rest: rest, t1: τ1, t2: τ2})


def _moment(names: tuple[str, ...], a: int, b: int) -> sympy.Expr:
    """tr Σᵃ(1 + Σ/θ)⁻ᵇ where Σ = 1."""
    assert not names
    return φ * n * (θ / (1 + θ)) ** b


def _at(value: Element, symbol: sympy.Symbol, number: Element) -> Element:
    """A rational function with a number for one symbol."""
    K = value.field
    numerator, denominator = (with_values(part, {symbol: number}, K) for part in (value.numer, value.denom))
    return numerator / denominator
