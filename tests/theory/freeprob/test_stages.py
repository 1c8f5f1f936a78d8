"""The stages of a derivation, each alone: from scalars and words to equations."""

import random
from fractions import Fraction

import pytest
import sympy

from detequiv.theory.freeprob import Deterministic, Gaussian, Matrix, derive, dimensions, identity, stages
from detequiv.theory.freeprob.expressions.traces import trace
from detequiv.theory.freeprob.pencils.components import components, reachable
from detequiv.theory.freeprob.pencils.draft import Draft
from detequiv.theory.freeprob.pencils.letter_polynomials import matrix_of
from detequiv.theory.freeprob.pencils.minimal_realization import smallest_pencil, transposed
from detequiv.theory.freeprob.pencils.pencil import Pencil
from detequiv.theory.freeprob.pencils.pencil_check import schur_error
from detequiv.theory.freeprob.symbols.elimination import inverse_matrix
from detequiv.theory.freeprob.symbols.folds import InSympy, fold, substituted
from detequiv.theory.freeprob.symbols.primes import FINGERPRINT_PRIME
from detequiv.theory.freeprob.symbols.scalar_table import Scalars
from detequiv.theory.freeprob.symbols.words import Spaces

lam = sympy.Symbol("lam", positive=True)


def setup(commuting: bool) -> dict[str, Matrix]:
    """The objects of the theory of test errors, two sources, with and without projection."""
    n1, n2, d, m = dimensions("n1 n2 d m", commuting=commuting)
    n = n1 + n2
    A, Σ, T = (Deterministic(d, name) for name in ("A", "Sigma", "T"))
    X1 = Gaussian(n1, d, "X1", variance=1 / n, column_covariance=Σ)
    X2 = Gaussian(n2, d, "X2", variance=1 / n, column_covariance=T)
    S = Gaussian(d, m, "S", variance=1 / d)
    M1, M2, I = X1.T @ X1, X2.T @ X2, identity(d)
    R = (M1 + M2 + lam * I).inv()
    Q = S @ (S.T @ (M1 + M2) @ S + lam * identity(m)).inv() @ S.T
    P = Q @ (M1 + M2) - I
    return {
        "R": R,
        "RAR": R @ A @ R,
        "MRARM": M1 @ R @ A @ R @ M2,
        "RARAR": R @ A @ R @ A @ R,
        "Q": Q,
        "QAQ": Q @ A @ Q,
        "bias": P.T @ A @ P @ Σ,
        "collapse": (Q @ M2).T @ A @ Q @ M2,
        "inside": (X1.T @ (X1 @ A @ X1.T + identity(n1)).inv() @ X1 + lam * I).inv(),
        "difference": ((X1 - 0.5 * X1 @ A).T @ (X1 - 0.5 * X1 @ A) + lam * I).inv(),
    }


CASES = [(name, commuting) for commuting in (True, False) for name in setup(True)]


def drafted(name: str, commuting: bool) -> tuple[Matrix, Pencil, Spaces]:
    expression, spaces = setup(commuting)[name], Spaces(Scalars())
    draft = Draft(spaces)
    draft.add(expression)
    return expression, draft.pencil(), spaces


# ---- scalars


def test_equal_scalars_are_one_node() -> None:
    table = Scalars()
    x, y = table.parameter("x"), table.parameter("y")
    assert (x + y) ** 2 is x * x + table.number(2) * x * y + y * y
    assert x / y * y is x and (x - x).is_zero and not (x - y).is_zero
    assert (x + y) / (table.number(2) * x + table.number(2) * y) is table.number(Fraction(1, 2))


def test_a_scalar_goes_to_sympy_and_back() -> None:
    x, y = sympy.symbols("x y")
    given = (x + 2 * y) ** 3 / (x * y - sympy.Rational(1, 3)) - x**-2
    scalar = Scalars().of(given)
    assert sympy.simplify(fold(scalar, InSympy(lambda leaf: leaf.key)) - given) == 0


def test_what_is_not_rational_is_a_leaf() -> None:
    x = sympy.Symbol("x")
    scalar = Scalars().of(sympy.sqrt(x) * 2)
    assert fold(scalar, InSympy(lambda leaf: leaf.key)) == 2 * sympy.sqrt(x)


def test_numbers_in_place_of_leaves() -> None:
    table = Scalars()
    x, y = table.parameter("x"), table.parameter("y")
    assert substituted(x / (x + y), {x: y}) is table.number(Fraction(1, 2))


def test_fingerprints_are_values() -> None:
    table = Scalars()
    x = table.parameter("x", 3)
    assert ((x + table.one) ** -1).value * 4 % FINGERPRINT_PRIME == 1


# ---- words


@pytest.mark.parametrize("commuting", [True, False])
def test_traces_do_not_mind_rotation_and_transposition(commuting: bool) -> None:
    d = dimensions("d", commuting=commuting)
    spaces = Spaces(Scalars())
    A, B, C = (matrix_of(Deterministic(d, name), spaces) for name in "ABC")
    assert (A @ B @ C).trace is (B @ C @ A).trace is (C @ B @ A).trace
    assert ((A @ B @ A @ C).trace is (A @ A @ B @ C).trace) == commuting


@pytest.mark.parametrize("commuting", [True, False])
def test_named_inverses_are_recognised(commuting: bool) -> None:
    d = dimensions("d", commuting=commuting)
    spaces = Spaces(Scalars())
    space, A = spaces[d], matrix_of(Deterministic(d, "A"), spaces)
    θ = spaces.scalars.parameter("theta")
    K = A + space.identity.scaled(θ)
    P = space.inverse(K)
    twice = space.inverse(K.scaled(spaces.scalars.number(2)))
    assert (twice.scaled(spaces.scalars.number(2)) - P).is_zero and len(space.inverses) == 1
    assert (P @ K - space.identity).is_zero
    assert (A @ P).trace + θ * P.trace is space.size  # tr AP + θ tr P = d


@pytest.mark.parametrize("commuting", [True, False])
def test_small_matrices_are_inverted(commuting: bool) -> None:
    d = dimensions("d", commuting=commuting)
    spaces = Spaces(Scalars())
    space = spaces[d]
    A, B = (matrix_of(Deterministic(d, name), spaces) for name in "AB")
    I, t = space.identity, spaces.scalars.parameter("t")
    fixed = [[I, space.zero, A], [space.zero, B, I], [space.zero, space.zero, I]]
    matrix = [[x + y.scaled(t) for x, y in zip(row, (A, B, I), strict=True)] for row in fixed]
    found = inverse_matrix(matrix, fixed, space)
    for i, row in enumerate(matrix):
        for j in range(3):
            total = space.zero
            for k, x in enumerate(row):
                total = total + x @ found[k][j]
            assert (total - (I if i == j else space.zero)).is_zero


# ---- pencils


@pytest.mark.parametrize(("name", "commuting"), CASES)
def test_the_schur_complement_of_a_pencil_is_the_expression(name: str, commuting: bool) -> None:
    expression, pencil, spaces = drafted(name, commuting)
    small = smallest_pencil(pencil)
    assert schur_error(expression, pencil, spaces) == 0
    assert schur_error(expression, small, spaces) == 0
    assert schur_error(expression.T, transposed(pencil), spaces) == 0
    assert len(small.spaces) <= len(pencil.spaces)


@pytest.mark.parametrize("name", ["RAR", "bias", "collapse"])
def test_a_wrong_pencil_is_caught(name: str) -> None:
    expression, pencil, spaces = drafted(name, True)
    wrong = dict(pencil.fixed)
    place = random.Random(0).choice(sorted(wrong))
    wrong[place] = wrong[place].scaled(spaces.scalars.number(2))
    broken = Pencil(pencil.spaces, wrong, pencil.gaussian, pencil.right, pencil.results)
    assert schur_error(expression, broken, spaces) > 0


# Sizes at which nothing is left out any more: variables of the smallest pencil.
SIZES = {"R": 3, "RAR": 6, "MRARM": 8, "RARAR": 9, "Q": 5, "QAQ": 10, "bias": 10, "collapse": 12}


@pytest.mark.parametrize("name", SIZES)
def test_pencils_are_small(name: str) -> None:
    _, pencil, _ = drafted(name, True)
    small = smallest_pencil(pencil)
    assert len(small.spaces) == SIZES[name]
    assert len(smallest_pencil(small).spaces) == SIZES[name]


# ---- components and equations


def test_components_are_found_and_ordered() -> None:
    graph = {0: [1], 1: [0, 2], 2: [3], 3: [2, 4], 4: [], 5: [0]}
    groups = components(graph)
    assert groups == [[4], [2, 3], [0, 1], [5]]
    assert reachable(graph, groups) == [{0}, {0, 1}, {0, 1, 2}, {0, 1, 2, 3}]


ORDERS: list[tuple[dict[int, list[int]], list[list[int]]]] = [
    ({}, []),
    ({0: [], 1: [], 2: []}, [[0], [1], [2]]),
    ({0: [0, 2], 1: [1], 2: [2]}, [[2], [0], [1]]),
    ({0: [3, 1], 1: [], 2: [0], 3: []}, [[3], [1], [0], [2]]),
    ({0: [1, 3], 1: [], 2: [0], 3: []}, [[1], [3], [0], [2]]),
    ({2: [1], 1: [2], 0: [1]}, [[1, 2], [0]]),
]
"""Graphs with their components, in the order that unknowns are numbered by."""


@pytest.mark.parametrize(("graph", "groups"), ORDERS)
def test_components_are_in_the_order_of_nodes_and_successors(
    graph: dict[int, list[int]], groups: list[list[int]]
) -> None:
    assert components(graph) == groups


def test_every_component_comes_after_those_that_it_leads_to() -> None:
    """Of random graphs, with loops and isolated nodes; two nodes are together if each leads to the
    other."""
    rng = random.Random(3)
    for size in range(12):
        for density in (0.05, 0.15, 0.3):
            graph = {i: [j for j in range(size) if rng.random() < density] for i in range(size)}
            leads = {i: {i, *graph[i]} for i in graph}
            for k in graph:
                leads = {i: js | leads[k] if k in js else js for i, js in leads.items()}
            groups = components(graph)
            group = {i: k for k, members in enumerate(groups) for i in members}
            assert sorted(group) == list(range(size)) and all(x == sorted(x) for x in groups)
            for i in graph:
                assert all(group[j] <= group[i] for j in leads[i])
                assert all((group[j] == group[i]) == (i in leads[j]) for j in leads[i])


# Unknowns of each block, of unlike covariances: products of resolvents add linear ones alone.
UNKNOWNS = {
    "R": [4],
    "RAR": [4, 4],
    "MRARM": [4, 4],
    "RARAR": [4, 4, 4],
    "Q": [6],
    "QAQ": [6, 6],
    "bias": [6, 6],
    "collapse": [6, 6],
}


@pytest.mark.parametrize("name", UNKNOWNS)
def test_only_the_first_block_is_nonlinear(name: str) -> None:
    system = derive(trace(setup(True)[name])).full
    assert [len(block.equations) for block in system.blocks] == UNKNOWNS[name]
    assert [block.linear for block in system.blocks] == [k > 0 for k in range(len(system.blocks))]


def test_objects_that_share_their_resolvents_share_their_unknowns() -> None:
    cases = setup(True)
    system = derive(sum(trace(cases[name]) for name in ("Q", "QAQ", "bias", "collapse")))
    nonlinear = [len(block.equations) for block in system.full.blocks if not block.linear]
    assert nonlinear == [6]


def test_marchenko_pastur() -> None:
    """The Stieltjes transform of XᵀX, isotropic: one quadratic equation."""
    n, d = dimensions("n d")
    X = Gaussian(n, d, "X", variance=1 / n)
    system = derive(trace((X.T @ X + lam * identity(d)).inv()) / d).full
    (first, right), (second, other) = system.bare_equations.items()
    g, φ = system.bare_observable, d / n
    quadratic = lam * φ * g**2 + (lam + 1 - φ) * g - 1  # of g(−λ), in the first unknown
    left = sympy.numer(sympy.together(quadratic))
    equation = sympy.numer(sympy.together(first - right.subs(second, other)))
    assert sympy.rem(left, equation, first) == 0


def test_a_derivation_prints_and_names_what_it_uses() -> None:
    n, d = dimensions("n d")
    Σ = Deterministic(d, "Sigma")
    X = Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    system = derive(trace(Σ @ (X.T @ X + lam * identity(d)).inv()))
    assert str(system).splitlines() == [
        "tr(Σ (Xᵀ X + λ I_d)⁻¹) ≃ tr(Σ P)",
        "  τ = n/(n + tr(Σ P))",
        "  P⁻¹ = λ I_d + τ Σ",
    ]
    assert "in proportion" in system.assumptions


def test_a_pencil_prints_row_by_row() -> None:
    n, d = dimensions("n d")
    Σ = Deterministic(d, "Sigma")
    X = Gaussian(n, d, "X", variance=1 / n)
    draft = Draft(Spaces(Scalars()))
    draft.add(Σ @ (X.T @ X + lam * identity(d)).inv())
    assert str(draft.pencil()).splitlines() == [
        "d: λ I x0 + Xᵀ x1 = u",
        "n: x1 + X (-I) x0 = 0",
        "result: Σ x0",
    ]


def test_pairs_of_gaussian_terms_are_all_that_the_covariance_map_has() -> None:
    """Of a product of two resolvents of one X: pairs within each of them, and from the first to the
    second, but none back."""
    n, d = dimensions("n d")
    X, A = Gaussian(n, d, "X", variance=1 / n), Deterministic(d, "A")
    R = (X.T @ X + identity(d)).inv()
    found = stages(trace(R @ A @ R))
    components = found.green.components
    pairs = {(components.group[pair.a], components.group[pair.b]) for pair in components.pairs}
    assert len(components.groups) == 2 and pairs == {(0, 0), (1, 1), (1, 0)}
    assert all(pair.first.factor.opposite == pair.second.factor for pair in components.pairs)
    assert str(found).count("+= ") == len(components.pairs) == 6
