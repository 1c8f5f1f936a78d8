"""Covariances given as matrices: predictions and the estimated effect of rounding."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest

import detequiv as de

TERMS = ("bias", "variance", "collapse")


def orthonormal(rng, d):
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


def matrix_of(Q, values):
    A = (Q * values) @ Q.T
    return (A + A.T) / 2


def models(d):
    return [de.Linear(), de.RandomProjection(d // 2), de.OrthogonalProjection(d // 2)]


def spectra_of(d):
    j = np.arange(1, d + 1.0)
    return {
        "power law and its reverse": [1 / j, 1 / j[::-1]],
        "steep and its reverse": [j**-4, j[::-1] ** -4],
        "three": [1 / j, 1 / j[::-1], np.where(j % 3 == 0, 2.0, 0.0)],
        "low rank": [np.where(j <= d / 2, 1 / j, 0.0), np.where(j > d / 3, 1.0, 0.0)],
    }


def truths_of(kind, rng, Q, d):
    """The same truth in the eigenbasis and in the coordinates of the matrices."""
    if kind == "fixed":
        w = rng.normal(size=d)
        return de.Fixed(w), de.Fixed(Q @ w)
    if kind == "diagonal":
        values = rng.random(d)
        return values, matrix_of(Q, values)
    W = matrix_of(orthonormal(rng, d), rng.random(d))
    turned = Q.T @ W @ Q
    return (turned + turned.T) / 2, W


def both(spectra, kind, ridge, model, seed):
    """One problem, with eigenvalues and with matrices in a random common basis."""
    d, rng = len(spectra[0]), np.random.default_rng(seed)
    Q = orthonormal(rng, d)
    counts, noise = rng.integers(d // 3, 2 * d, len(spectra)), rng.random(len(spectra))
    signal = truths_of(kind, rng, Q, d)
    shifts = [truths_of(kind, rng, Q, d) for _ in spectra]
    for i in range(2):
        yield de.Problem(
            signal=signal[i],
            sources=[
                de.Source(
                    n,
                    values if i == 0 else matrix_of(Q, values),
                    noise_variance=σ2,
                    shift=None if k == 0 else shift[i],
                )
                for k, (n, values, σ2, shift) in enumerate(zip(counts, spectra, noise, shifts, strict=True))
            ],
            ridge=ridge,
            model=model,
        )


def relative_difference(first, second):
    """The largest difference of a term, relative to the magnitude of its summands."""
    sizes = {name: abs(float(getattr(second, name))) for name in TERMS}
    sizes["collapse"] += 2 * sizes["bias"]
    gaps = {name: abs(float(getattr(first, name) - getattr(second, name))) for name in TERMS}
    return max(gaps[name] / sizes[name] for name in TERMS if gaps[name])


@pytest.mark.parametrize("family", list(spectra_of(3)))
@pytest.mark.parametrize("kind", ["fixed", "diagonal", "matrix"])
def test_a_random_common_basis_changes_nothing(family, kind):
    for d, ridge in itertools.product((6, 40), (0.0, 1e-12, 1e-2)):
        for model in models(d):
            plain, dense = both(spectra_of(d)[family], kind, ridge, model, seed=d)
            assert dense.commuting
            a, b = de.predict(plain), de.predict(dense)
            assert a.status == b.status
            if all(np.isfinite(getattr(a, name)) for name in TERMS) and a.error != b.error:
                # the matrices themselves are rounded, which doubles the error
                assert relative_difference(b, a) <= 2 * b.fixed_point.estimated_error


def test_matrices_in_a_hundred_dimensions_give_the_errors_of_their_eigenvalues():
    for seed in range(4):
        plain, dense = both(
            spectra_of(100)["power law and its reverse"], "fixed", 1e-3, de.RandomProjection(50), seed
        )
        assert dense.commuting
        assert relative_difference(de.predict(dense), de.predict(plain)) <= 1e-12


@pytest.mark.parametrize("ridge", [1e-14, 1e-10, 1e-6, 1.0])
def test_the_estimated_error_covers_steep_matrices(ridge, monkeypatch):
    """Eigenvalues down to 1e-14 of the largest, of which double precision has few digits or none.

    More digits take the matrices as they are. In 24 cases the largest ratio was 0.1.
    """
    monkeypatch.setattr(
        "detequiv.numerics.solver.precision_choice.LARGEST_PRECISE", 0
    )  # stay in double precision
    for seed, common in itertools.product(range(3), (True, False)):
        rng = np.random.default_rng([seed, 3])
        Q = orthonormal(rng, 4)
        sources = [
            de.Source(
                int(rng.integers(1, 12)),
                matrix_of(Q if common else orthonormal(rng, 4), rng.permutation(steep)),
                noise_variance=0.3,
                shift=de.Fixed(rng.normal(size=4)) if k else None,
            )
            for k, steep in enumerate([10 ** -np.linspace(0, 14, 4), 10 ** -np.linspace(0, 8, 4)])
        ]
        problem = de.Problem(signal=de.Fixed(rng.normal(size=4)), sources=sources, ridge=ridge)
        found = de.predict(problem)
        exact = de.predict(problem, digits=30)
        assert relative_difference(found, exact) <= found.fixed_point.estimated_error


def test_small_eigenvalues_of_one_source_under_large_ones_of_another_are_uncertain():
    """The first source dominates G there, but not the trace of the second."""
    rng = np.random.default_rng(1)
    Q = orthonormal(rng, 3)
    first, second = (matrix_of(Q, 10.0 ** np.array(e)) for e in ([0, -4, -8], [-8, -4, 0]))
    sources = [de.Source(1, first, noise_variance=0.5), de.Source(4, second, noise_variance=0.1)]
    problem = de.Problem(signal=1.0, sources=sources, ridge=1e-12)
    found, exact = de.predict(problem), de.predict(problem, digits=30)
    assert 1e-12 < relative_difference(found, exact) <= found.fixed_point.estimated_error


# BLAS threads

ANY_THREADS = """
import sys
import numpy as np
import detequiv as de


CASES = [
    (300, 2, True, 200, 199, 1e-9),
    (60, 3, True, 120, 30, 1e-3),
    (60, 4, False, 120, 30, 1e-3),
    (60, 5, False, 30, 29, 1e-9),
    (60, 6, False, 60, None, 1e-6),
]


def problems():
    for d, seed, common, n, width, ridge in CASES:
        rng, j = np.random.default_rng(seed), np.arange(1, d + 1.0)
        mirrors = rng.normal(size=(3, d))

        def matrix(values, mirrors):  # without BLAS, whose threads are under test
            A = np.diag(values)
            for v in mirrors:
                v = v / np.sqrt((v * v).sum())
                A = A - 2 * np.multiply.outer(v, (v[:, None] * A).sum(axis=0))
                A = A - 2 * np.multiply.outer((A * v).sum(axis=1), v)
            return (A + A.T) / 2

        first = matrix(1 / j, mirrors)
        second = matrix(np.where(j > 5, j**-2, 0.0)[::-1], mirrors if common else mirrors[::-1])
        truth, shift = de.Fixed(rng.normal(size=d)), de.Fixed(rng.normal(size=d))
        sources = [
            de.Source(n // 2, first, noise_variance=0.1),
            de.Source(n - n // 2, second, noise_variance=0.2, shift=shift),
        ]
        model = de.Linear() if width is None else de.RandomProjection(width)
        yield de.Problem(signal=truth, sources=sources, ridge=ridge, model=model)


def numbers(problem):
    p = de.predict(problem)
    error, *rest = (p.fixed_point.estimated_error, p.bias, p.variance, p.collapse, p.error)
    return [x.hex() for x in (error, *rest, *(s.error for s in p.sources))]


def of_sweep(problem):
    table = de.sweep(lambda ridge: de.Problem(
        signal=problem.signal, sources=problem.sources, ridge=ridge, model=problem.model
    ), ridge=[1e-2, 1e-5])
    return [float(x).hex() for x in table.error.values]


if sys.argv[1] == "free":
    for problem in problems():
        print(*numbers(problem))
else:
    first = next(problems())
    assert first.commuting  # caches the frame computed with other threads
    with de.one_thread():
        for problem in (first, *problems()):
            print(*numbers(problem))
        print(*of_sweep(first))
"""


def run_with(threads, how, tmp_path):
    script = tmp_path / "predictions.py"
    script.write_text(ANY_THREADS)
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    out = subprocess.run([sys.executable, str(script), how], env=environment, text=True, capture_output=True)
    assert out.returncode == 0, out.stderr
    return [[float.fromhex(x) for x in line.split()] for line in out.stdout.splitlines()]


@pytest.mark.slow
def test_threads_change_predictions_by_less_than_their_estimated_error(tmp_path):
    one, two = (run_with(threads, "free", tmp_path) for threads in (1, 2))
    assert len(one) == 5
    for (error, *first), (_, *second) in zip(one, two, strict=True):
        bias, variance, collapse, *_ = first
        sizes = np.array([bias, variance, collapse + 2 * bias, *first[3:]])
        assert (np.abs(np.subtract(first, second)) <= error * sizes).all()


@pytest.mark.slow
def test_one_thread_gives_the_same_bits_for_any_number_of_threads(tmp_path):
    one, two = (run_with(threads, "one", tmp_path) for threads in (1, 2))
    assert one == two
    assert one[0] == one[1], "the same problem, whether or not its frame was known before"
