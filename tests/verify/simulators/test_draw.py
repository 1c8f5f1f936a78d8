"""What is drawn: covariances and truths of any kind, projections, and in which order."""

from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv import activations
from detequiv.verify.simulators import naive
from detequiv.verify.simulators.draw import Ensemble
from detequiv.verify.simulators.matrix_roots import symmetric_root

Array = np.ndarray[Any, Any]

D = 6
VALUES = np.arange(1.0, D + 1) ** -0.7


def turned(values: Array, seed: int) -> Array:
    """A matrix with these eigenvalues in a random basis."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((len(values), len(values))))[0]
    matrix: Array = basis * values @ basis.T
    return (matrix + matrix.T) / 2


def vectors(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def assert_second_moments(draws: Array, expected: Array, mean: Array | None = None) -> None:
    """Of (N, p) normal draws around a mean: entries of their sample moments have variance
    (W_ii W_jj + W_ij²)/N. Five standard deviations (6e-7 each; seeds are fixed)."""
    centred = draws if mean is None else draws - mean
    W = expected if mean is None else expected - np.outer(mean, mean)
    found, diagonal = centred.T @ centred / len(draws), np.diagonal(W)
    spread = np.sqrt((np.outer(diagonal, diagonal) + W**2) / len(draws))
    rounding = 1e-12 * (1 + np.abs(expected).max())
    assert (np.abs(found - W) <= 5 * spread + rounding).all()
    assert (np.abs(centred.mean(axis=0)) <= 5 * np.sqrt(diagonal / len(draws)) + rounding).all()


@pytest.mark.parametrize("rank", [D, 4, 1])
@pytest.mark.parametrize("power", [0.0, 2.0, 8.0])
def test_a_symmetric_root_squares_to_its_matrix(rank: int, power: float) -> None:
    """To a few roundings of the largest eigenvalue, 1."""
    values = np.where(np.arange(D) < rank, np.arange(1.0, D + 1) ** -power, 0.0)
    M = turned(values, 1)
    root = symmetric_root(M)
    np.testing.assert_array_equal(root, root.T)
    np.testing.assert_allclose(root @ root, M, rtol=0, atol=1e-14)
    assert np.linalg.eigvalsh(root).min() >= -1e-14


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_draws_have_the_rank_of_their_covariance(rank: int) -> None:
    """What the fit counts as a singular value, max(n, d)·eps of the largest, and no more."""
    Σ = turned(np.where(np.arange(D) < rank, VALUES, 0.0), 2)
    mix = de.Problem(signal=1.0, sources=[de.Source(50, Σ)], ridge=0)
    X = Ensemble.of(mix).design(np.random.default_rng(0)).X
    singular = np.linalg.svd(X, compute_uv=False)
    assert (singular > 50 * np.finfo(float).eps * singular[0]).sum() == rank


def test_inputs_have_their_covariances() -> None:
    Σ = turned(VALUES, 3)
    mix = de.Problem(signal=1.0, sources=[de.Source(20_000, Σ), de.Source(20_000, VALUES)], ridge=0.1)
    ensemble = Ensemble.of(mix)
    X = ensemble.design(np.random.default_rng(1)).X
    assert_second_moments(X[ensemble.rows[0]], Σ)
    assert_second_moments(X[ensemble.rows[1]], np.diag(VALUES))


SIGNAL, SHIFT = turned(VALUES, 4), turned(np.where(np.arange(D) < 3, 1.0, 0.0), 5)
ONE, TWO = vectors(6, D, 2), vectors(7, D, 2)
JOINT = vectors(8, 3 * D, 2 * D) @ vectors(8, 3 * D, 2 * D).T
ENTRYWISE = np.einsum("dij,dkj->ikd", vectors(9, D, 3, 2), vectors(9, D, 3, 2))
UPPER = [[ENTRYWISE[min(j, k), max(j, k)] for k in range(3)] for j in range(3)]


def mix_of(signal: Any = None, shift: Any = None, truths: Any = None) -> de.Problem:
    gain = 1.0 if truths is not None else -0.5
    return de.Problem(
        signal=signal,
        truths=truths,
        sources=[
            de.Source(3, VALUES, noise_variance=0.5, gain=gain),
            de.Source(2, VALUES, noise_variance=0.1, shift=shift),
        ],
        ridge=0.1,
    )


def blocks(W: list[list[Any]]) -> Array:
    return np.block([[np.diag(b) if np.ndim(b) == 1 else b for b in row] for row in W])


SQUARE = JOINT.reshape(3, D, 3, D).transpose(0, 2, 1, 3)
Z = np.zeros((D, D))
TRUTHS = {
    "dense": (mix_of(SIGNAL, SHIFT), SIGNAL, SHIFT, None),
    "diagonal": (mix_of(VALUES, 0.3), np.diag(VALUES), 0.3 * np.eye(D), None),
    "fixed": (mix_of(de.Fixed(ONE), de.Fixed(TWO)), Z, Z, (ONE, TWO)),
    "fixed signal": (mix_of(de.Fixed(ONE), SHIFT), Z, SHIFT, (ONE, 0 * ONE)),
    "fixed shift": (mix_of(SIGNAL, de.Fixed(TWO)), SIGNAL, Z, (0 * TWO, TWO)),
}


def drawn(mix: de.Problem, times: int = 4000) -> tuple[Array, Array]:
    """(times, outputs, 3d) truths of the two sources and the target; (times, n, outputs) noise."""
    ensemble, rng = Ensemble.of(mix), np.random.default_rng(2)
    labels = [ensemble.labels(rng) for _ in range(times)]
    truths = np.array([np.vstack([*one.truths, one.target]).T for one in labels])
    return truths, np.array([one.noise for one in labels])


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUTHS)
def test_truths_have_their_second_moments(name: str) -> None:
    """w_1 = −w_t/2 and w_2 = w_t + δ, summed over outputs, around what is fixed of them."""
    mix, Γ, Δ, fixed = TRUTHS[name]
    truths, _ = drawn(mix)
    W = blocks([[Γ / 4, -Γ / 2, -Γ / 2], [-Γ / 2, Γ + Δ, Γ], [-Γ / 2, Γ, Γ]])
    outputs = truths.shape[1]
    for i in range(outputs):
        mean = None
        if fixed is not None:
            w, δ = fixed[0][:, i], fixed[1][:, i]
            mean = np.concatenate([-w / 2, w + δ, w])
        moments = W / outputs + (0 if mean is None else np.outer(mean, mean))
        assert_second_moments(truths[:, i], moments, mean)


@pytest.mark.parametrize(
    ("given", "W"), [(list(map(list, SQUARE)), JOINT), (UPPER, blocks(UPPER))], ids=["2-D", "1-D"]
)
def test_joint_truths_have_their_joint_moments(given: Any, W: Array) -> None:
    """Of deficient rank, both."""
    truths, _ = drawn(mix_of(truths=de.Moments(given)))
    assert_second_moments(truths[:, 0], W)


def test_noise_variance_is_that_of_all_outputs_together() -> None:
    """Mean squares of 12 000 and 8 000 draws: five times √2/√draws."""
    _, noise = drawn(mix_of(de.Fixed(vectors(1, D, 3))))
    per_sample = (noise**2).sum(axis=2).mean(axis=0)
    assert abs(per_sample[:3].mean() / 0.5 - 1) <= 5 * np.sqrt(2 / 12_000)
    assert abs(per_sample[3:].mean() / 0.1 - 1) <= 5 * np.sqrt(2 / 8_000)


def test_orthogonal_projections_are_orthonormal_and_uniform() -> None:
    """Uniform: entries have mean 0 and mean square 1/d; those of a QR as it comes do not."""
    mix = de.Problem(signal=1.0, sources=[de.Source(1, VALUES)], ridge=0.1, model=de.OrthogonalProjection(4))
    ensemble, rng = Ensemble.of(mix), np.random.default_rng(3)
    S = np.array([ensemble.design(rng).S for _ in range(4000)])
    eye = np.broadcast_to(np.eye(4), (4000, 4, 4))
    np.testing.assert_allclose(np.swapaxes(S, 1, 2) @ S, eye, rtol=0, atol=1e-14)
    assert np.abs(S.mean(axis=0)).max() <= 5 / np.sqrt(D * 4000)
    assert np.abs((S**2).mean(axis=0) * D - 1).max() <= 5 * np.sqrt(2 / 4000)


MODELS: dict[str, Any] = {
    "projection": de.RandomProjection(5, 0.2),
    "relu": de.RandomFeatures(5, activations.relu, 0.2),
    "tanh": de.RandomFeatures(5, activations.tanh, 0.2),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_models_see_the_same_inputs_and_projection(model: Any) -> None:
    """X before S, test sets after both."""
    mix = mix_of(1.0, 0.3)
    linear = Ensemble.of(mix).design(np.random.default_rng(4))
    problem = de.Problem(signal=1.0, sources=mix.sources, ridge=0.1, model=model)
    design = Ensemble.of(problem).design(np.random.default_rng(4))
    np.testing.assert_array_equal(design.X, linear.X)
    rng = np.random.default_rng(4)
    rng.standard_normal(design.X.shape)
    np.testing.assert_array_equal(design.S, rng.standard_normal((D, 5)) * np.sqrt(0.2))


def test_test_sets_are_drawn_once_for_each_covariance_and_before_the_labels() -> None:
    Σ = turned(VALUES, 3)
    mix = de.Problem(
        signal=1.0,
        sources=[de.Source(3, VALUES), de.Source(2, Σ), de.Source(1, VALUES, noise_variance=0.2)],
        ridge=0.1,
        model=MODELS["tanh"],
    )
    ensemble = Ensemble.of(mix)
    design = ensemble.design(np.random.default_rng(5))
    assert [X.shape for X in design.tests] == [(2000, D), (2000, D)]
    assert_second_moments(design.tests[0], np.diag(VALUES))
    assert_second_moments(design.tests[1], Σ)
    first, second, third, target = ensemble.meters(design)
    assert first is third is target is not second
    rng = np.random.default_rng(5)
    assert ensemble.design(rng).tests[1].tolist() == design.tests[1].tolist()
    seen = naive.trial(ensemble, np.random.default_rng(5))
    np.testing.assert_allclose(
        seen.terms[1], ensemble_bias(ensemble, rng), rtol=1e-10
    )  # the fit written otherwise: condition numbers are below 1e4


def ensemble_bias(ensemble: Ensemble, rng: np.random.Generator) -> float:
    """The bias of a naive trial whose design was drawn already, on its test set."""
    labels, design = ensemble.labels(rng), ensemble.design(np.random.default_rng(5))
    Φ, w = design.features, labels.target
    v = np.linalg.solve(Φ.T @ Φ / 6 + 0.1 * np.eye(5), Φ.T @ (design.X @ w) / 6)
    tests = design.tests[0]
    return float(np.mean((design.features_of(tests) @ v - tests @ w) ** 2))
