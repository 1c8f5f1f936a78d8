"""Long batches, many eigenvalues and ordered letters: pieces, weights, neighbours, derivatives."""

import functools
from typing import Any

import numpy as np
import pytest
import sympy

import detequiv as de
from detequiv.numerics.freeprob import batches
from detequiv.numerics.freeprob import named_values as values
from detequiv.numerics.freeprob import scalar_evaluation as evaluate
from detequiv.numerics.freeprob.branch_following import Path, iterated_unknowns
from detequiv.numerics.freeprob.duals import Dual
from detequiv.numerics.freeprob.scalar_evaluation import NumericValues, ScalarEvaluation, rows_at_once
from detequiv.theory.freeprob.derivations.named_expectations import named
from detequiv.theory.freeprob.symbols.scalar_table import Scalars
from detequiv.theory.freeprob.symbols.words import Space, Spaces

fp = de.freeprob
lam = sympy.Symbol("lam", positive=True)

ROUNDED = 1e-12
"""Relative: sums of some hundred terms in another order, and Newton's last step."""


@functools.cache
def compiled(name: str) -> Any:
    return fp.compile(fp.derive(named(name).build()))


def numbers_for(run: Any, d: int, **changed: float) -> dict[Any, Any]:
    """Values of a named object at this dimension."""
    sizes = {"d": d, "n": d // 2, "n1": d // 2, "n2": d // 3, "m": d // 2, "lam": 0.01} | changed
    found: dict[Any, Any] = {x: sizes.get(x.name, 0.5) for x in run.system.full.symbols}
    for space in run.system.full.spaces:
        for k, name in enumerate(space.letters):
            falling = np.arange(1.0, d + 1) ** -(0.8 / (k + 1))
            found[fp.Deterministic(space.dimension, name)] = np.roll(falling, 7 * k)
    return found


def nested(commuting: bool) -> Any:
    """An inverse in an inverse: eight unknowns."""
    n, d = fp.dimensions("n d", commuting=commuting)
    A, B = fp.Deterministic(d, "A"), fp.Deterministic(d, "B")
    X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=B)
    inner = (X.T @ X + lam * fp.identity(d)).inv()
    expression = fp.trace(A @ (inner + X.T @ X + A).inv())
    rng = np.random.default_rng(1)
    found: dict[Any, Any] = {n: 15, d: 9, lam: 0.5}
    for letter in (A, B):
        spectrum = rng.uniform(0.5, 1.5, 9)
        basis = np.linalg.qr(rng.standard_normal((9, 9)))[0]
        matrix = (basis * spectrum) @ basis.T
        found[letter] = spectrum if commuting else (matrix + matrix.T) / 2
    return fp.compile(fp.derive(expression)), found


# ---- long batches

TIED = {"n": 24.0, "n1": 12.0, "n2": 12.0, "m": 24.0}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["subordination", "definition-2-mixture"])
@pytest.mark.parametrize("changed", [{}, TIED], ids=["apart", "tied"])
def test_a_long_batch_is_its_rows_one_by_one(name: str, changed: dict[str, float]) -> None:
    """At ties, where n = d = m, branches meet as the ridge vanishes."""
    run = compiled(name)
    given = numbers_for(run, 24, **changed)
    ridges = np.random.default_rng(0).permutation(np.logspace(-8, 0, 120))
    solution = run.solution(given | {lam: ridges})
    some = slice(None, None, 20)
    alone = [run.solution(given | {lam: ridge}).value for ridge in ridges[some]]
    allowed = max(ROUNDED, 100 * solution.estimated_error)
    assert solution.value[some] == pytest.approx(alone, rel=allowed)


def test_a_grid_of_two_scalars_is_its_points() -> None:
    run = compiled("ridge-bias")
    n = next(x for x in run.system.full.symbols if x.name == "n")
    counts, ridges = np.linspace(5, 60, 10)[None], np.logspace(-2, 0, 12)[:, None]
    given = numbers_for(run, 24)
    found = run(given | {n: counts, lam: ridges})
    assert found.shape == (12, 10)
    for i, j in ((0, 0), (3, 4), (11, 9)):
        one = run(given | {n: counts[0, j], lam: ridges[i, 0]})
        assert found[i, j] == pytest.approx(one, rel=ROUNDED)


def test_most_rows_begin_at_a_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    followed = []
    original = Path._followed
    monkeypatch.setattr(Path, "_followed", lambda self: followed.append(self.batch) or original(self))
    run = compiled("definition-2-mixture")
    run(numbers_for(run, 24) | {lam: np.logspace(-4, 0, 300)})
    assert sum(followed) < 50


def test_a_neighbour_on_another_branch_is_not_believed() -> None:
    """n = d, isotropic: λg² + λg = 1 has two roots g, and Newton stays at either."""
    n, d = fp.dimensions("n d")
    X = fp.Gaussian(n, d, "X", variance=1 / n)
    system = fp.derive(fp.trace((X.T @ X + lam * fp.identity(d)).inv()) / d).full
    (block,) = system.blocks
    λ = 0.01
    g = np.array([-1, 1]) * np.sqrt(0.25 + 1 / λ) - 0.5
    numbers = values.checked_numeric_values(system, {n: 10, d: 10, lam: λ}).numbers
    path = Path(iterated_unknowns(block), numbers, 1)
    right = path.solved()
    (unknown,) = path.unknowns
    # τ₁ = 1/(1 + τ₂) with τ₂ = g, and both solve the same equation
    first, second = 1 / (1 + g[1:]), 1 / (1 + g[:1])
    if not np.isclose(right[unknown], first, rtol=1e-12).all():
        first, second = g[1:], g[:1]
    assert right[unknown] == pytest.approx(first, rel=1e-12)
    assert path.step(second[:, None], np.ones(1))[0][0] == pytest.approx(second, rel=1e-12)
    for begun in (first, second):
        assert path.solved({unknown: begun})[unknown] == pytest.approx(first, rel=1e-12)


def test_a_batch_may_be_empty() -> None:
    run = compiled("subordination")
    assert run(numbers_for(run, 24) | {lam: np.array([])}).shape == (0,)


# ---- many eigenvalues


@pytest.mark.parametrize("name", ["ridge-variance", "definition-2-mixture"])
def test_pieces_of_eigenvalues_add_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = compiled(name)
    given = numbers_for(run, 100) | {lam: np.logspace(-2, 0, 40)}
    whole = run(given)
    monkeypatch.setattr(evaluate, "COLUMNS", 7)
    monkeypatch.setattr(evaluate, "PIECE", 70)
    assert run(given) == pytest.approx(whole, rel=ROUNDED)


def test_few_rows_are_worked_on_at_once() -> None:
    run = compiled("subordination")
    for d, most in ((10, 2**16 // 10), (10**5, 8)):
        given = values.checked_numeric_values(run.system.full, numbers_for(run, d)).numbers
        assert rows_at_once(given) == most


@pytest.mark.parametrize("name", ["subordination", "collapse-unlike"])
def test_equal_eigenvalues_are_counted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = compiled(name)
    given = {
        x: np.repeat(value[:12], 3) if isinstance(value, np.ndarray) else value
        for x, value in numbers_for(run, 36).items()
    }
    numbers = values.checked_numeric_values(run.system.full, given).numbers
    (space,) = numbers.weights
    assert numbers.length(space) == 12 and numbers.weights[space].sum() == numbers.sizes[space]
    counted = run(given)
    monkeypatch.setattr(values, "_counts", lambda letters: None)
    assert counted == pytest.approx(run(given), rel=ROUNDED)


def test_all_letters_must_repeat_together() -> None:
    """Two letters that take two values each, four pairs; and two that never meet again."""
    first, second = np.tile([1.0, 2.0], 8), np.repeat([1.0, 2.0], 8)
    places, counts = values._counts([first, second])
    assert sorted(zip(first[places], second[places], counts, strict=True)) == [
        (1, 1, 4),
        (1, 2, 4),
        (2, 1, 4),
        (2, 2, 4),
    ]
    assert values._counts([first, np.arange(16.0)]) is None
    assert values._counts([np.ones(3)])[1].tolist() == [3]


# ---- ordered letters


def test_ordered_letters_take_arrays_of_scalars() -> None:
    run, given = nested(commuting=False)
    ridges = np.logspace(-1, 0.3, 8)
    alone = [run(given | {lam: ridge}) for ridge in ridges[::3]]
    assert run(given | {lam: ridges})[::3] == pytest.approx(alone, rel=ROUNDED)


# ---- derivatives


@pytest.mark.parametrize("commuting", [True, False])
@pytest.mark.parametrize("repeated", [False, True])
def test_derivatives_are_limits_of_differences(commuting: bool, repeated: bool) -> None:
    """Of traces with an inverse, an inverse of what has that in it, and a name for a polynomial,
    each there twice; where eigenvalues repeat, too."""
    d = fp.dimensions("d", commuting=commuting)
    spaces = Spaces(Scalars())
    table, space = spaces.scalars, spaces[d]
    x, y = table.parameter("x"), table.parameter("y")
    A, B, one = space.letter("A"), space.letter("B"), space.identity
    P = space.inverse(one.scaled(x) + A.scaled(y))
    Q = space.inverse(one + P @ A @ P + B.scaled(x * y))
    N = (Q.scaled(y) + A @ B @ P).named
    (((name,), _),) = N.terms.items()
    assert name.name_of is not None
    words = [P @ A @ P @ B, Q @ A @ Q @ P, N, N @ Q @ N @ A, A @ N @ A @ N]
    numbers = given_letters(space, commuting, repeated)
    point, ε = np.array([0.7, 0.4]), 1e-5

    def traces(values: np.ndarray[Any, Any], count: int) -> list[Dual]:
        known = {
            u: Dual.unknown(values[[i]], i, 2) if count else Dual(values[[i]]) for i, u in enumerate((x, y))
        }
        run = ScalarEvaluation(numbers, known, {})
        return [run(poly.trace) for poly in words]

    for k, found in enumerate(traces(point, 2)):
        for i, step in enumerate(ε * np.eye(2)):
            up, down = traces(point + step, 0)[k], traces(point - step, 0)[k]
            # central differences: ε² of the third derivative and 1e-16/ε of rounding
            assert found.slope[0, i] == pytest.approx((up.value - down.value) / (2 * ε), rel=1e-7)


def given_letters(space: Space, commuting: bool, repeated: bool) -> NumericValues:
    """Two letters of dimension 6, or 18 where their eigenvalues are there three times."""
    rng = np.random.default_rng(2)
    found = {}
    for letter in space.letters.values():
        spectrum = rng.uniform(0.5, 1.5, 6)
        basis = np.linalg.qr(rng.standard_normal((6, 6)))[0]
        matrix = spectrum if commuting else (basis * spectrum) @ basis.T
        found[letter] = np.kron(np.eye(3), matrix) if repeated and not commuting else matrix
    weights = {space: np.full(6, 3.0)} if repeated and commuting else {}
    return NumericValues({}, found, {space: 18 if repeated else 6}, weights)


def test_given_numbers_are_cut_by_rows() -> None:
    table = compiled("subordination").system.full.spaces.scalars
    a, b = table.parameter("a"), table.parameter("b")
    cut = NumericValues({a: np.arange(5.0), b: np.ones(1)}, {}, {}).rows(np.array([3, 1]))
    assert cut.scalars[a].tolist() == [3, 1] and cut.scalars[b].tolist() == [1]


def test_rows_within_a_factor_are_in_one_cell() -> None:
    numbers = [np.array([1.0, 1.1, -1.0, 0.0, 1.9, 0.0]), np.ones(6)]
    assert batches._anchors(numbers, 0.5).tolist() == [0, 0, 2, 3, 4, 3]
