"""Problems, sources, targets and models: what they hold and what they say."""

import dataclasses
import math

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused

S = de.Spectrum([1.0, 0.5, 0.25])
REAL = de.Source(30, S, noise_variance=0.1)
SYNTHETIC = de.Source(20, S, noise_variance=0.2, shift=0.1)


def mix(**fields):
    plain = {"signal": 1.0, "sources": [REAL, SYNTHETIC], "ridge": 0.1}
    return de.Problem(**{**plain, **fields})


def test_a_problem_knows_its_sizes():
    problem = mix()
    assert (problem.n, problem.d, problem.fractions) == (50, 3, (0.6, 0.4))


def test_the_default_model_is_linear():
    assert mix().model == de.Linear()


def test_the_default_target_has_covariance_and_noise_of_the_first_source():
    assert mix().target is None
    assert mix().target_covariance is S
    assert mix().target_noise_variance == 0.1


def test_a_target_without_noise_takes_that_of_the_first_source():
    assert mix(target=de.Target([1.0, 1.0, 1.0])).target_noise_variance == 0.1
    assert mix(target=de.Target(S, noise_variance=0.0)).target_noise_variance == 0.0


@pytest.mark.parametrize("sources", [[REAL, SYNTHETIC], (REAL, SYNTHETIC)], ids=["list", "tuple"])
def test_sources_become_a_tuple(sources):
    assert mix(sources=sources).sources == (REAL, SYNTHETIC)


def test_an_array_of_eigenvalues_becomes_a_spectrum():
    assert de.Source(3, [1.0, 0.5, 0.25]).covariance == S
    assert de.Target(np.array([1.0, 0.5, 0.25])).covariance == S


def test_integral_floats_are_counts_and_widths():
    assert de.Source(300.0, S) == de.Source(300, S)
    assert de.RandomProjection(100.0) == de.RandomProjection(100)
    assert de.RandomProjection(np.float64(100)) == de.RandomProjection(np.int32(100))
    assert type(de.RandomProjection(1e3).width) is type(de.Source(3.0, S).n) is int


def test_scalars_may_be_arrays_of_no_dimension():
    assert mix(ridge=np.array(0.1)) == mix()
    assert mix(signal=np.array(1.0)) == mix()


def test_the_default_entry_variance_is_one_over_d():
    assert de.RandomProjection(5).entry_variance is None
    assert de.RandomProjection(5).entry_variance_in(200) == 1 / 200
    assert de.RandomProjection(5, 0.3).entry_variance_in(200) == 0.3


def test_a_source_is_active_with_samples_and_weight():
    assert REAL.active
    assert not de.Source(0, S).active
    assert not de.Source(5, S, weight=0.0).active


def test_ridge_zero_is_a_fine_specification():
    assert mix(ridge=0).ridge == 0.0


def test_a_mix_may_have_sources_without_samples():
    assert mix(sources=[de.Source(0, S), SYNTHETIC]).fractions == (0.0, 1.0)


# What solvers and simulators read


def test_everything_is_laid_out_in_one_set_of_coordinates():
    problem = mix(signal=[1.0, 2.0, 3.0], target=de.Target([3.0, 2.0, 1.0]))
    frame = problem.coordinates
    assert [values.tolist() for values in frame.covariances] == [
        [1.0, 0.5, 0.25],
        [1.0, 0.5, 0.25],
        [3.0, 2.0, 1.0],
    ]
    assert frame.covariances[0] is frame.covariances[1]
    assert frame.independent.signal.tolist() == [1.0, 2.0, 3.0]
    assert frame.independent.shifts[0] is None
    assert frame.independent.shifts[1].tolist() == [0.1] * 3
    assert frame.multiplicities.tolist() == [1.0] * 3
    assert problem.frame.covariances == frame.covariances


def test_common_multiplicities_are_kept():
    s = de.Spectrum([2.0, 1.0], [1e9, 0.5])
    frame = mix(sources=[de.Source(5, s, shift=[1.0, 2.0])], signal=[3.0, 4.0]).coordinates
    assert frame.multiplicities.tolist() == [1e9, 0.5]
    assert frame.independent.signal.tolist() == [3.0, 4.0]
    assert frame.independent.shifts[0].tolist() == [1.0, 2.0]


def test_unlike_multiplicities_are_repeated():
    a, b = de.Spectrum([2.0, 1.0], [1.0, 3.0]), de.isotropic(4)
    frame = mix(sources=[de.Source(5, a, shift=[0.1, 0.2]), de.Source(5, b)]).coordinates
    assert [values.tolist() for values in frame.covariances[:2]] == [[2, 1, 1, 1], [1] * 4]
    assert frame.independent.shifts[0].tolist() == [0.1, 0.2, 0.2, 0.2]
    assert frame.multiplicities.tolist() == [1.0] * 4


def test_a_signal_with_one_entry_per_coordinate_repeats_the_eigenvalues():
    problem = mix(sources=[de.Source(5, de.isotropic(4))], signal=[1.0, 2.0, 3.0, 4.0])
    assert problem.coordinates.covariances[0].tolist() == [1.0] * 4
    assert problem.coordinates.independent.signal.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("moment", [np.eye(4), de.Fixed(np.ones(4)), de.Fixed(np.ones((4, 2)))], ids=str)
def test_so_does_a_signal_that_is_a_matrix_or_a_vector(moment):
    problem = mix(sources=[de.Source(5, de.isotropic(4), shift=[1.0])], signal=moment)
    assert problem.coordinates.covariances[0].tolist() == [1.0] * 4
    assert problem.frame.multiplicities.tolist() == [1.0] * 4
    assert problem.quality(0) == 4.0


def test_multiplicities_beside_a_matrix_are_repeated():
    dense = de.Source(5, [[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    short = de.Source(5, de.Spectrum([2.0, 1.0], [1.0, 2.0]), shift=[0.1, 0.2])
    frame = mix(sources=[short, dense]).coordinates
    assert frame.covariances[0].tolist() == [2.0, 1.0, 1.0]
    assert frame.covariances[1].shape == (3, 3)
    assert frame.truths[1].moment.tolist() == [0.1, 0.2, 0.2]


def test_the_signal_and_shifts_have_no_products_unless_something_says_so():
    """`independent` is what families and theorems go by."""
    plain, one = mix(), de.Source(5, S)
    assert plain.coordinates.independent is not None
    assert mix(sources=[one], signal=de.Fixed([1.0, 0, 2])).coordinates.independent is not None
    for other in (
        mix(sources=[dataclasses.replace(SYNTHETIC, gain=0.5)]),
        mix(signal=de.Fixed([1.0, 0, 2]), sources=[de.Source(5, S, shift=de.Fixed([0, 1, 0]))]),
        de.Problem(truths=de.Moments([[1.0, 1], [1, 1]]), sources=[one], ridge=0.1),
        mix(sources=[de.Source(5, DENSE)]),
    ):
        assert other.coordinates.independent is None


def test_a_signal_that_fits_two_unlike_layouts_is_refused():
    a, b = de.Spectrum([2.0, 1.0], [1.0, 3.0]), de.Spectrum([2.0, 1.0], [3.0, 1.0])
    with refused(de.ShapeError, "entries", "unlike multiplicities", "2 entries", "d = 4 coordinates"):
        mix(sources=[de.Source(5, a), de.Source(5, b)], signal=[1.0, 2.0])


# Coordinates for the equations

DENSE = [[2.0, 0.5, 0.0], [0.5, 1.0, 0.25], [0.0, 0.25, 1.0]]


def test_covariances_that_commute_are_diagonal_in_the_frame_of_the_equations():
    basis = np.linalg.eigh(DENSE)[1]
    other = basis * [5.0, 0.0, 3.0] @ basis.T
    problem = mix(sources=[de.Source(5, DENSE), de.Source(5, (other + other.T) / 2)])
    assert problem.commuting
    frame = problem.frame
    assert [values.ndim for values in frame.covariances] == [1, 1, 1]
    np.testing.assert_allclose(np.sort(frame.covariances[0]), np.linalg.eigvalsh(DENSE), rtol=1e-14)
    np.testing.assert_allclose(np.sort(frame.covariances[1]), [0, 3, 5], rtol=1e-14)
    assert 0.0 in frame.covariances[1], "rounding below d·eps of the largest is 0"
    np.testing.assert_allclose(frame.basis.T @ frame.basis, np.eye(3), atol=1e-14)


def test_others_stay_matrices():
    problem = mix(sources=[de.Source(5, DENSE), de.Source(5, [3.0, 2.0, 1.0])])
    assert not problem.commuting
    assert [Σ.shape for Σ in problem.frame.covariances] == [(3, 3)] * 3
    assert problem.coordinates.covariances[1].shape == (3,), "the coordinates in use stay"


def test_a_multiple_of_the_identity_commutes_with_everything():
    dense = de.Source(5, DENSE)
    assert mix(sources=[dense, de.Source(5, [2.0] * 3)]).commuting
    assert not mix(sources=[dense, de.Source(5, np.eye(3)), de.Source(2, S)]).commuting


def test_covariances_that_commute_up_to_rounding_do():
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(30, 30)))[0]
    first, second = (Q * np.arange(1.0, 31) ** p @ Q.T for p in (-1, -2))
    sources = [de.Source(9, (Σ + Σ.T) / 2) for Σ in (first, second)]
    assert de.Problem(signal=1.0, sources=sources, ridge=0.1).commuting
    nudged = (second + second.T) / 2 + 1e-9 * np.diag(np.arange(30) % 2)
    sources = [sources[0], de.Source(9, nudged)]
    assert not de.Problem(signal=1.0, sources=sources, ridge=0.1).commuting


def test_ranges_come_first_in_the_frame_of_unlike_supports():
    """Two planes in four dimensions that meet in a line: G is of three sizes as the ridge vanishes,
    and the frame has exact zeros where one source ends."""
    rng = np.random.default_rng(1)
    Q = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    first = Q[:, :2] @ np.diag([2.0, 1.0]) @ Q[:, :2].T
    other = Q[:, [0, 2]] @ np.array([[2.0, 0.5], [0.5, 1.0]]) @ Q[:, [0, 2]].T
    sources = [de.Source(9, (Σ + Σ.T) / 2) for Σ in (first, other)]
    frame = de.Problem(signal=1.0, sources=sources, ridge=0.1).frame
    assert 3 in [range_.rank for range_ in frame.ranges]
    assert not np.any(frame.covariances[0][3:]) and not np.any(frame.covariances[1][3:])
    assert not np.any(frame.covariances[1][:, 3:])


def test_the_entry_variance_in_use_depends_on_the_model():
    assert mix().entry_variance is None
    assert mix(model=de.OrthogonalProjection(2)).entry_variance is None
    assert mix(model=de.RandomProjection(2)).entry_variance == 1 / 3
    assert mix(model=de.RandomProjection(2, 0.5)).entry_variance == 0.5
    features = de.RandomFeatures(2, de.activations.tanh)
    assert mix(model=features).entry_variance == 1 / 1.75, "unit pre-activations"
    assert mix(model=dataclasses.replace(features, entry_variance=2)).entry_variance == 2.0


# What they say


def test_a_problem_prints_as_a_sentence():
    text = str(mix(model=de.RandomProjection(7)))
    assert text.startswith("ridge regression on 7 random projections with ridge 0.1")
    assert "in dimension 3" in text
    assert "30 samples (noise variance 0.1)" in text
    assert "20 samples of quality c² = 0.175 (noise variance 0.2)" in text
    assert text.endswith(".")


def test_representations_name_what_differs_from_the_defaults():
    assert repr(REAL) == (
        "Source(n=30, covariance=Spectrum([1, 0.5, 0.25], d=3, trace=1.75), noise_variance=0.1)"
    )
    assert "gain=0.5, weight=2)" in repr(de.Source(3, S, gain=0.5, weight=2.0))
    assert "<3 entries, 1 to 3>" in repr(mix(signal=[1.0, 2.0, 3.0]))
    assert "target=Target(" in repr(mix(target=de.Target(S)))
    assert "target" not in repr(mix())
    assert repr(de.RandomProjection(5)) == "RandomProjection(width=5, entry_variance=None)"


def test_representations_stay_short_in_many_dimensions():
    s = de.power_law(10_000, 1.0)
    big = mix(sources=[de.Source(5, s, shift=s.values)], signal=s.values)
    assert len(repr(big)) < 400


@pytest.mark.parametrize("k", [0, 1])
def test_qualities_are_read_source_by_source(k):
    assert mix().quality(k) == pytest.approx([0.0, 0.1 * 1.75][k])


@pytest.mark.parametrize(
    ("k", "rule"),
    [(-1, "integer least 0"), (2, "below 2 sources"), (0.5, "integer least 0"), (None, "integer least 0")],
)
def test_a_source_that_is_not_there_has_no_quality(k, rule):
    with refused(de.SpecError, "k", rule, f"got {k}", "from 0"):
        mix().quality(k)


def test_numbers_of_any_size_are_fine():
    tiny, huge = 5e-324, 1.7976931348623157e308
    for value in (tiny, huge):
        assert de.Source(1, [value], noise_variance=value, weight=value).covariance.trace == value
        assert math.isfinite(mix(ridge=value).ridge)
