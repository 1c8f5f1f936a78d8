"""Every operation of matrices D + L RᵀW against the dense one, in doubles and in mpmath."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detequiv.theory.base.low_rank_matrix import DiagonalPlusLowRank, in_one_span, solved_small, stacked
from detequiv.theory.equations.low_rank_algebra import LowRankAlgebra


def drawn(seed, p, ranks, weighted=False):
    """Matrices that are not indefinite, of these ranks, and their weights."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 4, p) / 2.0 if weighted else np.ones(p)
    found = []
    for r in ranks:
        D, U = np.exp(rng.normal(size=p)), rng.normal(size=(p, r))
        N = rng.normal(size=(r, r))
        N = N @ N.T
        if r:  # one direction is taken away from, by half of what there is
            least = np.linalg.eigvalsh((U[:, :1] * weights[:, None]).T @ (U[:, :1] / D[:, None]))[0]
            N = np.diag([-0.5 / least, *[0.3] * (r - 1)]) if seed % 2 else N
        found.append(DiagonalPlusLowRank.of(D, U, N, weights))
    return found, weights


def dense(A):
    """As an operator on coordinates, without its weights divided out."""
    return np.diag(A.diagonal) + A.left @ (A.weights[:, None] * A.right).T


shapes = st.tuples(
    st.integers(0, 9999), st.integers(1, 7), st.lists(st.integers(0, 3), min_size=2, max_size=2)
)


@settings(max_examples=40, deadline=None)
@given(shapes, st.booleans())
def test_algebra_is_that_of_dense_matrices(shape, weighted):
    (A, B), weights = drawn(*shape, weighted)
    a, b, W = dense(A), dense(B), np.diag(weights)
    near = {"rel": 1e-10, "abs": 1e-10}
    assert dense(A @ B) == pytest.approx(a @ b, **near)
    assert dense((A @ B) @ A.T) == pytest.approx(a @ b @ a, **near)
    assert dense(A + 2.0 * B) == pytest.approx(a + 2 * b, **near)
    assert dense(A.plus_scalar(0.3).inverse()) == pytest.approx(
        np.linalg.inv(a + 0.3 * np.eye(len(a))), **near
    )
    diagonal = A.diagonal + (A.left * A.right).sum(axis=1)
    assert A.trace() == pytest.approx(weights @ diagonal, **near)
    x, y = np.ones((len(a), 1)), np.arange(len(a))[:, None] + 1.0
    assert A @ y == pytest.approx(a @ y, **near)
    assert A.vector_form(x, y) == pytest.approx(float((x.T @ W @ a @ y)[0, 0]), **near)


@settings(max_examples=30, deadline=None)
@given(shapes)
def test_traces_and_forms(shape):
    (A, B), weights = drawn(*shape)
    a, b, p = dense(A), dense(B), len(weights)
    algebra = LowRankAlgebra(weights, np.ones(p, dtype=bool))
    both = stacked([A, B])
    near = {"rel": 1e-10, "abs": 1e-10}
    assert algebra.traces(both) == pytest.approx(np.array([np.trace(a), np.trace(b)]), **near)
    assert algebra.traces_with(both, B) == pytest.approx(np.array([np.trace(a @ b), np.trace(b @ b)]), **near)
    assert algebra.gram(both, both)[0, 1] == pytest.approx(np.trace(a @ b), **near)
    M = np.arange(1.0, p + 1)
    expected = [np.trace(c @ a @ np.diag(M) @ b.T) for c in (a, b)]
    assert algebra.quadratic_forms(both, A, B, M) == pytest.approx(np.array(expected), **near)
    assert algebra.quadratic_form(A, B, M) == pytest.approx(np.trace(a @ np.diag(M) @ b.T), **near)
    assert algebra.moment_trace(A, M) == pytest.approx(np.trace(a @ np.diag(M)), **near)
    inverse = np.linalg.inv(0.2 * np.eye(p) + 0.5 * a + 2 * b)
    assert dense(algebra.inverse(algebra.load(np.array([0.5, 2.0]), both), 0.2)) == pytest.approx(
        inverse, **near
    )
    sizes = algebra.sizes(both)
    assert (sizes >= [np.abs(np.linalg.eigvals(c)).max() * (1 - 1e-12) for c in (a, b)]).all()


@settings(max_examples=30, deadline=None)
@given(shapes)
def test_one_span_changes_no_matrix(shape):
    matrices, _ = drawn(*shape)
    common = in_one_span(matrices)
    assert len({id(A.right) for A in common if A.right.shape[1]}) <= 1
    for A, B in zip(matrices, common, strict=True):
        assert dense(B) == pytest.approx(dense(A), rel=1e-12, abs=1e-12)


def test_other_numbers_keep_their_digits():
    (A, _), _ = drawn(1, 4, [2, 0])
    with mpmath.workdps(40):
        exact = A.converted(np.vectorize(mpmath.mpf, otypes=[object]))
        product = exact.plus_scalar(mpmath.mpf("1e-20")).inverse() @ exact
        assert abs(product.trace() - 4 + mpmath.mpf("1e-20") * exact.inverse().trace()) < mpmath.mpf("1e-35")


def test_elimination_exchanges_rows():
    A = np.array([[0.0, 2.0, 1.0], [1e-18, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert solved_small(A, np.eye(3)) @ A == pytest.approx(np.eye(3), abs=1e-15)
    with pytest.raises(ArithmeticError):
        solved_small(np.zeros((2, 2)), np.eye(2))
