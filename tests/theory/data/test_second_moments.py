"""Matrices, fixed truths and joint moments: what they hold and what they say."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

import detequiv as de
from helpers.strategies import in_basis, joint_moments, mild_spectra, problems, rotation, seeds
from helpers.transformations import joint, label_variances

MATRIX = np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
S = [1.0, 0.5, 0.25]


# Covariances


def test_a_covariance_knows_its_dimension_trace_eigenvalues_and_rank():
    c = de.Covariance(MATRIX)
    assert (c.d, len(c), c.trace, c.rank) == (3, 3, 5.0, 3)
    np.testing.assert_allclose(c.eigenvalues, [3, 1, 1], rtol=1e-15)
    assert c.diagonal is None
    assert c.weights.tolist() == [1.0] * 3


@settings(max_examples=30)
@given(mild_spectra(6), seeds)
def test_eigenvalues_of_the_size_of_rounding_are_zero(values, seed):
    """d·eps of the largest; the others are right to that."""
    c = de.Covariance(in_basis(values, rotation(6, seed)))
    assert c.rank == np.count_nonzero(values)
    rounding = 6 * np.finfo(float).eps * values.max()
    np.testing.assert_allclose(c.eigenvalues, -np.sort(-values), atol=4 * rounding)
    assert (np.diff(c.eigenvalues) <= 0).all()


def test_the_eigenvalues_of_a_diagonal_matrix_are_its_diagonal_however_small():
    c = de.Covariance(np.diag([1e-30, 2.0, 0.0]))
    assert c.diagonal.tolist() == [1e-30, 2.0, 0.0]
    assert c.eigenvalues.tolist() == [2.0, 1e-30, 0.0]
    assert c.rank == 2


def test_lists_arrays_and_covariances_are_one_thing():
    a = de.Source(3, MATRIX.tolist())
    assert a == de.Source(3, MATRIX) == de.Source(3, de.Covariance(MATRIX))
    assert isinstance(a.covariance, de.Covariance)
    assert de.Target(MATRIX).covariance == a.covariance


def test_one_row_and_column_is_a_matrix_too():
    c = de.Source(3, [[2.0]]).covariance
    assert (c.d, c.trace, c.rank) == (1, 2.0, 1)


def test_the_precision_shift_of_a_matrix_is_a_matrix_of_that_quality():
    shift = de.label_shift(MATRIX, 0.7)
    np.testing.assert_allclose(shift @ MATRIX, np.eye(3) * 0.7 / 3, atol=1e-15)
    synthetic = de.Source(4, MATRIX, shift=shift)
    mix = de.Problem(signal=1.0, sources=[de.Source(9, MATRIX), synthetic], ridge=0.1)
    assert mix.quality(1) == pytest.approx(0.7, rel=1e-14)
    assert de.label_shift(MATRIX, 0.7, shape="isotropic") == 0.7 / 5


def test_a_precision_shift_does_not_depend_on_the_basis():
    values, Q = np.array([2.0, 1.0, 0.5]), rotation(3, 0)
    turned = de.label_shift(in_basis(values, Q), 0.7)
    np.testing.assert_allclose(turned, in_basis(de.label_shift(values, 0.7), Q), atol=1e-14)


# Qualities


@settings(max_examples=30)
@given(seeds)
def test_the_quality_of_any_shift_is_its_trace_with_the_covariance(seed):
    shift = in_basis(np.array([1.0, 0.3, 0.0]), rotation(3, seed))
    for covariance in (S, MATRIX):
        dense = np.diag(covariance) if np.ndim(covariance) == 1 else covariance
        source = de.Source(4, covariance, shift=shift)
        mix = de.Problem(signal=1.0, sources=[source], ridge=0.1)
        assert mix.quality(0) == pytest.approx(np.trace(dense @ shift), rel=1e-14)


@pytest.mark.parametrize("covariance", [S, MATRIX], ids=["diagonal", "dense"])
def test_the_quality_of_a_fixed_shift_is_its_square(covariance):
    dense = np.diag(covariance) if np.ndim(covariance) == 1 else covariance
    δ = np.array([[1.0, 0.0], [-1.0, 2.0], [0.5, 0.0]])
    source = de.Source(4, covariance, shift=de.Fixed(δ))
    mix = de.Problem(signal=1.0, sources=[source, de.Source(1, S)], ridge=0.1)
    assert mix.quality(0) == pytest.approx(np.trace(δ.T @ dense @ δ), rel=1e-14)
    assert mix.quality(1) == 0.0


@pytest.mark.parametrize("form", ["scalars", "diagonals", "matrices"])
def test_the_quality_of_joint_moments_is_that_of_the_difference(form):
    truths = joint_moments(3, 2, 5, form)
    mix = de.Problem(truths=truths, sources=[de.Source(3, S), de.Source(4, MATRIX)], ridge=0.1)
    for k, Σ in enumerate((np.diag(S), MATRIX)):
        W = truths.blocks
        gap = [W[k][k], W[2][2], -np.asarray(W[k][2]), -np.asarray(W[2][k])]
        full = sum(b * np.eye(3) if np.ndim(b) == 0 else np.diag(b) if np.ndim(b) == 1 else b for b in gap)
        assert mix.quality(k) == pytest.approx(np.trace(Σ @ full), rel=1e-13)


@pytest.mark.parametrize("covariance", [S, MATRIX], ids=["diagonal", "dense"])
def test_a_gain_is_a_shift_of_the_labels_too(covariance):
    """c² = (1 − g)² tr ΣΓ + tr ΣΔ where w_t is random, |(g − 1)w_t + δ|² in Σ where it is fixed."""
    dense = np.diag(covariance) if np.ndim(covariance) == 1 else covariance
    source = de.Source(4, covariance, shift=0.25, gain=0.5)
    mix = de.Problem(signal=2.0, sources=[source], ridge=0.1)
    assert mix.quality(0) == pytest.approx((0.25 * 2 + 0.25) * np.trace(dense), rel=1e-14)
    w, δ = np.array([1.0, -2.0, 0.5]), np.array([0.5, 0.0, 1.0])
    source = dataclasses.replace(source, shift=de.Fixed(δ))
    fixed = de.Problem(signal=de.Fixed(w), sources=[source], ridge=0.1)
    ε = δ - 0.5 * w
    assert fixed.quality(0) == pytest.approx(ε @ dense @ ε, rel=1e-14)


@settings(max_examples=30)
@given(problems(truths=("random", "fixed")))
def test_the_quality_is_that_of_the_joint_moments(mix):
    for k, size in enumerate(label_variances(mix)[:-1]):
        wanted = joint(mix).quality(k)
        assert mix.quality(k) == pytest.approx(wanted, rel=1e-13, abs=1e-13 * (size + wanted))


# Data


def test_the_covariance_of_data_is_in_their_own_coordinates():
    rows = np.random.default_rng(0).normal(size=(50, 3)) @ MATRIX + [5.0, -2.0, 0.0]
    c = de.Covariance.from_data(rows)
    np.testing.assert_allclose(c.matrix, np.cov(rows, rowvar=False, bias=True), rtol=1e-12)
    spectrum = de.Spectrum.from_data(rows)
    np.testing.assert_allclose(c.eigenvalues, spectrum.values, rtol=1e-12)
    ways = [de.Source(9, c, noise_variance=0.1), de.Source(9, spectrum, noise_variance=0.1)]
    a, b = (de.predict(de.Problem(signal=1.0, sources=[s], ridge=0.1)) for s in ways)
    assert a.error == pytest.approx(b.error, rel=1e-12)


def test_two_kinds_of_data_go_together_as_matrices():
    rng = np.random.default_rng(0)
    covariances = [de.Covariance.from_data(rng.normal(size=(30, 3)) @ M) for M in (MATRIX, MATRIX.T)]
    mix = de.Problem(signal=1.0, sources=[de.Source(9, c) for c in covariances], ridge=0.1)
    assert not mix.commuting and de.predict(mix).error > 0


# Fixed truths


def test_a_fixed_truth_has_columns():
    assert de.Fixed([1.0, 2.0]).columns.shape == (2, 1)
    assert de.Fixed([[1.0, 2.0, 3.0]]).columns.shape == (1, 3)
    assert de.Fixed([1.0, 2.0]).w.shape == (2,)


def test_fixed_truths_keep_their_signs():
    mix = de.Problem(signal=de.Fixed([1.0, -1.0, 0.0]), sources=[de.Source(3, S)], ridge=0.1)
    assert mix.signal.w.tolist() == [1.0, -1.0, 0.0]
    assert mix.coordinates.truths[0].target.tolist() == [[1.0], [-1.0], [0.0]]


def test_entries_of_a_fixed_truth_go_with_eigenvalues_or_with_coordinates():
    s = de.Spectrum([2.0, 1.0], [1.0, 2.0])
    short = de.Problem(signal=de.Fixed([1.0, 2.0]), sources=[de.Source(3, s)], ridge=0.1)
    long = de.Problem(signal=de.Fixed([1.0, 2.0, 2.0]), sources=[de.Source(3, s)], ridge=0.1)
    assert short.coordinates.multiplicities.tolist() == [1.0, 2.0]
    assert long.coordinates.multiplicities.tolist() == [1.0] * 3
    assert de.predict(short).error == pytest.approx(de.predict(long).error, rel=1e-14)


# What they say


def test_they_print_what_they_are():
    assert repr(de.Covariance(MATRIX)) == "Covariance(d=3, trace=5, eigenvalues 3 to 1)"
    assert repr(de.Fixed([1.0, -1.0])) == "Fixed(d=2, |w|²=2)"
    assert repr(de.Fixed([[1.0, 0.0], [0.0, 3.0]])) == "Fixed(d=2, outputs=2, |w|²=10)"
    assert repr(de.Moments(np.eye(3))) == "Moments(2 sources and the target)"
    assert repr(de.OrthogonalProjection(5)) == "OrthogonalProjection(width=5)"
    assert "tanh" in repr(de.RandomFeatures(5, de.activations.tanh))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (de.OrthogonalProjection(2), "2 orthogonal projections"),
        (de.RandomFeatures(7, de.activations.erf), "7 random features (erf)"),
    ],
    ids=["orthogonal", "features"],
)
def test_models_print_as_sentences(model, said):
    mix = de.Problem(signal=1.0, sources=[de.Source(9, S)], ridge=0.1, model=model)
    assert said in str(mix)
    assert said.split()[0] in repr(mix)


def test_a_problem_of_matrices_prints_shortly():
    d = 60
    Σ = in_basis(np.arange(1.0, d + 1), rotation(d, 0))
    source = de.Source(9, Σ, shift=Σ)
    mix = de.Problem(signal=Σ, sources=[source], ridge=0.1, target=de.Target(Σ))
    assert len(repr(mix)) < 400 and len(str(mix)) < 300
    assert "Covariance(d=60" in repr(mix)
    assert "quality c²" in str(mix)


def test_fixed_and_joint_truths_print_in_a_problem():
    fixed = de.Source(4, S, shift=de.Fixed([0.0, 1.0, 0.0]))
    text = repr(de.Problem(signal=de.Fixed([1.0, 0, 0]), sources=[fixed], ridge=0.1))
    assert "signal=Fixed(d=3" in text and "shift=Fixed(d=3" in text
    truths = de.Moments([[1.0, 0.5], [0.5, 1.0]])
    mix = de.Problem(truths=truths, sources=[de.Source(4, S)], ridge=0.1)
    assert "truths=Moments(" in repr(mix) and "signal" not in repr(mix)
    assert "quality c² = 1.75" in str(mix)  # (1 + 1 − 2/2) tr Σ


def test_predictions_of_every_kind_print():
    sources = [de.Source(4, S, noise_variance=0.1), de.Source(5, MATRIX)]
    truths = de.Moments([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]])
    for fields in ({"signal": de.Fixed([1.0, 2, 3])}, {"truths": truths}, {"signal": MATRIX}):
        for ridge in (0.0, 0.1):
            prediction = de.predict(de.Problem(sources=sources, ridge=ridge, **fields))
            assert f"{prediction.error:.4g}" in str(prediction)
            assert "noise excluded" in str(prediction)


# Moments


def test_moments_take_scalars_diagonals_and_matrices():
    W = de.Moments([[MATRIX, 0.5, 0.0], [0.5, [1.0, 2.0, 3.0], 0.0], [0.0, 0.0, 1.0]])
    assert W.entries == 3
    assert W.blocks[0][1] == 0.5 and type(W.blocks[0][1]) is float
    assert [np.ndim(b) for b in (W.blocks[0][0], W.blocks[1][1], W.blocks[2][2])] == [2, 1, 0]
    assert de.Moments([[1.0, 0.0], [0.0, 1.0]]).entries is None


def test_the_last_row_is_the_truth_of_the_target():
    """The target's truth is the last row, whatever the target's covariance."""
    truths = de.Moments([[4.0, 2.0], [2.0, 1.0]])  # w_1 = 2w_t
    source = de.Source(9, S)
    joint = de.Problem(truths=truths, sources=[source], ridge=0.1)
    gained = de.Problem(signal=1.0, sources=[dataclasses.replace(source, gain=2.0)], ridge=0.1)
    a, b = de.predict(joint), de.predict(gained)
    assert (a.bias, a.null_error) == pytest.approx((b.bias, b.null_error), rel=1e-14)
    assert a.collapse == pytest.approx(b.collapse, rel=1e-13)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_two_sources_that_share_a_shift_need_joint_moments(d):
    """One shift of both sources does more harm than two independent ones of the same size."""
    s, n = [1.0] * d, 4 * d
    shared = de.Moments([[1.5, 1.5, 1.0], [1.5, 1.5, 1.0], [1.0, 1.0, 1.0]])
    sources = [de.Source(n, s), de.Source(n, s)]
    together = de.predict(de.Problem(truths=shared, sources=sources, ridge=1e-3))
    sources = [de.Source(n, s, shift=0.5), de.Source(n, s, shift=0.5)]
    apart = de.predict(de.Problem(signal=1.0, sources=sources, ridge=1e-3))
    assert together.collapse > 1.2 * apart.collapse
    assert together.bias == pytest.approx(apart.bias, rel=1e-13)
