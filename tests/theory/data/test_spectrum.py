"""Spectra: eigenvalues in the coordinates in use, given or estimated from data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from helpers.refusals import refused
from helpers.strategies import decades, spectra

ROWS = np.random.default_rng(5).normal(size=(40, 3)) @ np.array([[2, 1, 0], [0, 1, 0], [0, 0, 3.0]])


def test_a_spectrum_counts_its_dimension_and_trace():
    assert (de.Spectrum([2.0, 1.0, 0.0]).d, de.Spectrum([2.0, 1.0, 0.0]).trace) == (3, 3.0)
    several = de.Spectrum([2.0, 1.0], [3.0, 4.0])
    assert (len(several), several.d, several.trace) == (2, 7, 10.0)


def test_the_dimension_is_an_integer_where_it_is_one():
    assert type(de.Spectrum([1.0], [5.0]).d) is int
    assert de.Spectrum([1.0, 1.0], [0.25, 1.0]).d == 1.25
    assert de.Spectrum([1.0], [1e9]).d == 10**9


def test_the_order_of_the_eigenvalues_is_kept():
    assert de.Spectrum([1.0, 3.0, 2.0]).values.tolist() == [1.0, 3.0, 2.0]


def test_an_isotropic_spectrum_is_one_value():
    s = de.isotropic(100)
    assert (len(s), s.d, s.trace, s.values.tolist()) == (1, 100, 100.0, [1.0])
    assert de.isotropic(100, trace=1.0).values.tolist() == [0.01]
    assert de.isotropic(2.5).d == 2.5


def test_a_power_law_falls_as_it_says():
    np.testing.assert_allclose(de.power_law(4, 2.0).values, [1, 1 / 4, 1 / 9, 1 / 16], rtol=1e-15)
    assert de.power_law(4, 0.0).values.tolist() == [1.0] * 4
    assert de.power_law(4.0, 1.0) == de.power_law(4, 1)


@settings(max_examples=30)
@given(st.integers(1, 50), st.floats(0, 5), decades(-6, 6))
def test_a_power_law_has_the_trace_that_was_asked_for(d, exponent, trace):
    assert de.power_law(d, exponent, trace=trace).trace == pytest.approx(trace, rel=1e-13)


def test_a_power_law_that_underflows_is_refused():
    with refused(de.SpecError, "exponent", "above 1e-308", ("400", "d = 100")):
        de.power_law(100, 400.0)


def test_a_spectrum_prints_what_it_is():
    assert repr(de.power_law(600, 1.0)) == "Spectrum([1, 0.5, 0.3333, …], d=600, trace=6.97498)"
    assert "2 distinct" in repr(de.Spectrum([1.0, 2.0], [3.0, 4.0]))
    assert "estimated from data" in repr(de.Spectrum.from_data(ROWS))


# From data


def test_eigenvalues_from_data_are_those_of_the_centred_second_moment():
    s = de.Spectrum.from_data(ROWS)
    wanted = np.linalg.eigvalsh(np.cov(ROWS.T, bias=True))[::-1]
    np.testing.assert_allclose(s.values, wanted, rtol=1e-12)
    assert (np.diff(s.values) <= 0).all()


def test_projected_data_are_uncorrelated_with_these_variances():
    s = de.Spectrum.from_data(ROWS)
    covariance = np.cov(s.project(ROWS).T, bias=True)
    np.testing.assert_allclose(covariance, np.diag(s.values), atol=1e-12 * s.trace)


def test_the_basis_is_orthonormal():
    basis = de.Spectrum.from_data(ROWS).basis
    np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-14)


def test_the_mean_does_not_matter():
    a, b = de.Spectrum.from_data(ROWS), de.Spectrum.from_data(ROWS + np.array([5.0, -3.0, 100.0]))
    np.testing.assert_allclose(a.values, b.values, rtol=1e-12)


def test_fewer_rows_than_features_leave_exact_zeros():
    s = de.Spectrum.from_data(np.random.default_rng(0).normal(size=(4, 10)))
    assert s.d == 10
    assert (s.values[:3] > 0).all()
    assert (s.values[3:] == 0).all()
    assert s.basis.shape == (10, 10)


def test_a_constant_column_has_an_exact_zero():
    s = de.Spectrum.from_data(np.column_stack([ROWS, np.full(40, 7.0)]))
    assert s.values[-1] == 0.0


def test_a_spectrum_without_basis_projects_onto_itself():
    np.testing.assert_array_equal(de.Spectrum([1.0, 2.0, 3.0]).project(ROWS), ROWS)


def test_one_estimated_spectrum_may_serve_several_sources():
    s = de.Spectrum.from_data(ROWS)
    sources = [de.Source(9, s), de.Source(4, s, shift=0.1)]
    assert de.predict(de.Problem(signal=1.0, sources=sources, ridge=0.1)).error > 0


def test_the_same_estimate_made_twice_is_the_same_basis():
    twice = [de.Source(9, de.Spectrum.from_data(ROWS)) for _ in range(2)]
    assert de.predict(de.Problem(signal=1.0, sources=twice, ridge=0.1)).error > 0


def test_variances_in_the_basis_of_another_spectrum_go_with_it():
    s = de.Spectrum.from_data(ROWS)
    other = s.project(np.random.default_rng(6).normal(size=(30, 3))).var(axis=0)
    mix = de.Problem(signal=1.0, sources=[de.Source(9, s), de.Source(4, other)], ridge=0.1)
    assert de.predict(mix).error > 0


def test_bases_that_differ_in_one_sign_are_different():
    s = de.Spectrum.from_data(ROWS)
    flipped = de.Spectrum(s.values, basis=s.basis * [1, 1, -1])
    with refused(de.SpecError, "spectra", "different bases", remedy="Covariance.from_data(X)"):
        de.Problem(signal=1.0, sources=[de.Source(9, s), de.Source(4, flipped)], ridge=0.1)


# Label shifts and mixing weights


@settings(max_examples=40)
@given(spectra(8, zeros=False), decades(-3, 2), st.sampled_from(["precision", "isotropic"]))
def test_the_quality_of_a_label_shift_is_read_back(values, quality, shape):
    shift = de.label_shift(values, quality, shape=shape)
    synthetic = de.Source(4, values, shift=shift)
    mix = de.Problem(signal=1.0, sources=[de.Source(9, values), synthetic], ridge=0.1)
    assert mix.quality(1) == pytest.approx(quality, rel=1e-14)
    assert mix.quality(0) == 0.0


def test_quality_counts_multiplicities():
    s = de.Spectrum([2.0, 1.0], [3.0, 4.0])
    mix = de.Problem(signal=1.0, sources=[de.Source(4, s, shift=de.label_shift(s, 0.7))], ridge=0.1)
    assert mix.quality(0) == pytest.approx(0.7, rel=1e-15)
    assert de.label_shift(s, 0.7, shape="isotropic") == pytest.approx(0.7 / 10)


def test_a_precision_shift_is_inverse_to_the_covariance():
    np.testing.assert_allclose(de.label_shift([2.0, 1.0, 0.5], 3.0), [0.5, 1.0, 2.0], rtol=1e-15)


def test_a_quality_of_zero_is_no_shift_at_all():
    assert de.label_shift([2.0, 1.0], 0.0).tolist() == [0.0, 0.0]
    assert de.label_shift([2.0, 0.0], 0.0, shape="isotropic") == 0.0


@settings(max_examples=40)
@given(st.floats(0, 1), st.integers(1, 500), st.integers(1, 500))
def test_mixing_weights_give_each_source_its_share_of_the_loss(a, n1, n2):
    p1, p2 = n1 / (n1 + n2), n2 / (n1 + n2)
    first, second = de.mixing_weights(a, (p1, p2))
    assert p2 * second == pytest.approx(a, rel=1e-14, abs=1e-300)
    assert p1 * first + p2 * second == pytest.approx(1, rel=1e-14)
    assert de.mixing_weights(a, (n1, n2)) == pytest.approx((first, second), rel=1e-13)


def test_the_share_may_be_named_as_it_used_to_be():
    old = de.mixing_weights(a=0.5, fractions=(300, 100))
    assert old == de.mixing_weights(synthetic_share=0.5, fractions=(300, 100)) == (2 / 3, 2.0)
    with pytest.raises(de.SpecError, match="got synthetic_share twice, the second time by its old name a"):
        de.mixing_weights(a=0.5, synthetic_share=0.5, fractions=(1, 1))


def test_the_share_p2_is_the_plain_mix():
    assert de.mixing_weights(0.25, (3, 1)) == (1.0, 1.0)


def test_the_extreme_shares_leave_one_source():
    assert de.mixing_weights(0.0, (0.5, 0.5)) == (2.0, 0.0)
    assert de.mixing_weights(1.0, (0.5, 0.5)) == (0.0, 2.0)
