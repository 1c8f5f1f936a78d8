"""What changes nothing, or changes errors in a known way: for problems of every kind.

Drawn over diagonal, commuting and other covariances; random, fixed and jointly given truths; linear
models, projections and random features; ridges from 0 to 10.

EQUAL, for two computations of one number in other coordinates. Eigenvalues range over three decades
and a matrix is rounded by some 1e−15 of its largest entry, which is 1e−12 of its smallest
eigenvalue; errors follow with factors of order one.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from helpers.strategies import (
    changed,
    decades,
    dense_moments,
    everything,
    in_basis,
    mild_spectra,
    positive_ridges,
    problems,
    rotation,
    seeds,
)
from helpers.transformations import (
    agree,
    as_target,
    beside,
    has_products,
    in_units,
    joint,
    label_variances,
    mapped,
    only,
    reweighted,
    rotated,
    square,
)

EQUAL = 1e-11


def sizes(prediction):
    """What the numbers of ``everything`` are right relative to: themselves where their summands are
    positive; the variance of the labels beside them where truths have products."""
    problem = prediction.problem
    size = np.abs(everything(prediction))
    finite = np.where(np.isfinite(size), size, 0)
    if has_products(problem):
        own, null = np.split(label_variances(problem), [-1])
        finite[[0, 1, 3, 5]] += 4 * (finite[0] + finite[1] + null[0])
        finite[6:] += np.repeat(own + null, 3)
    return finite


def same(a, b):
    """Equal to the tolerance; infinite or missing in both."""
    assert a.status == b.status
    agree(everything(a), everything(b), sizes(b), EQUAL)


def identical(a, b):
    np.testing.assert_array_equal(everything(a), everything(b))


def with_fixed_entry_variance(mix):
    """s² written out where its default depends on the first source."""
    if isinstance(mix.model, de.RandomFeatures):
        model = dataclasses.replace(mix.model, entry_variance=mix.entry_variance)
        return dataclasses.replace(mix, model=model)
    return mix


# Coordinates


@settings(max_examples=18)
@given(problems(), seeds)
def test_a_rotation_of_everything_changes_nothing(mix, seed):
    same(de.predict(rotated(mix, rotation(mix.d, seed))), de.predict(mix))


@settings(max_examples=15)
@given(problems(), seeds)
def test_the_order_of_the_coordinates_does_not_matter(mix, seed):
    order = np.random.default_rng(seed).permutation(mix.d)

    def moved(M):
        return M if np.ndim(M) == 0 else M[order] if M.ndim == 1 else M[np.ix_(order, order)]

    same(de.predict(mapped(mix, moved, moved, lambda w: w[order])), de.predict(mix))


@settings(max_examples=15)
@given(problems(geometries=("diagonal",)))
def test_a_matrix_that_is_diagonal_is_its_diagonal_to_all_digits(mix):
    identical(de.predict(mapped(mix, covariance=square, moment=square)), de.predict(mix))


@settings(max_examples=15)
@given(problems(geometries=("dense",)))
def test_a_diagonal_moment_may_be_a_matrix_beside_dense_covariances(mix):
    same(de.predict(mapped(mix, moment=square)), de.predict(mix))


@settings(max_examples=15)
@given(st.data())
def test_multiplicities_beside_a_matrix_are_repeated_eigenvalues(data):
    times = np.array(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)), dtype=float)
    d = int(times.sum())
    values = data.draw(mild_spectra(len(times)))
    dense = in_basis(data.draw(mild_spectra(d)), rotation(d, data.draw(seeds)))
    ridge, shift = data.draw(positive_ridges), data.draw(dense_moments(len(times)))
    if np.ndim(shift) == 2:
        shift = np.diagonal(shift)

    def mix(covariance, shift):
        real = de.Source(3, covariance, noise_variance=0.1, shift=shift)
        return de.Problem(signal=1.0, sources=[real, de.Source(4, dense)], ridge=ridge)

    repeated = np.repeat(np.arange(len(times)), times.astype(int))
    long_shift = shift[repeated] if np.ndim(shift) else shift
    short, long = mix(de.Spectrum(values, times), shift), mix(values[repeated], long_shift)
    identical(de.predict(short), de.predict(long))


# Units


@settings(max_examples=15)
@given(problems(), st.sampled_from([-100, -53, -1, 1, 53, 100]))
def test_covariances_noise_and_ridge_in_other_units_give_the_same_digits(mix, exponent):
    c = 2.0**exponent
    found, wanted = everything(de.predict(in_units(mix, c))), everything(de.predict(mix))
    np.testing.assert_array_equal(found, c * wanted)


@settings(max_examples=15)
@given(problems(), decades(-6, 6))
def test_any_unit_of_the_covariances_will_do(mix, c):
    prediction = de.predict(mix)
    found = everything(de.predict(in_units(mix, c))) / c
    agree(found, everything(prediction), sizes(prediction), EQUAL)


@pytest.mark.slow
@settings(max_examples=15)
@given(problems(), st.sampled_from([-53, -1, 1, 53]))
def test_labels_in_other_units_give_the_same_digits(mix, exponent):
    """Truths 2^e times as long; noise variances and errors 4^e times as large."""
    c = 2.0**exponent
    there = mapped(mix, moment=lambda M: c * c * M, vector=lambda w: c * w)
    sources = [changed(s, noise_variance=c * c * s.noise_variance) for s in there.sources]
    found = everything(de.predict(dataclasses.replace(there, sources=sources)))
    np.testing.assert_array_equal(found, c * c * everything(de.predict(mix)))


@settings(max_examples=15)
@given(problems(), st.sampled_from([-100, -53, 53, 100]))
def test_weights_and_ridge_in_other_units_give_the_same_digits(mix, exponent):
    identical(de.predict(reweighted(mix, 2.0**exponent)), de.predict(mix))


@settings(max_examples=15)
@given(problems(), decades(-6, 6))
def test_a_common_factor_of_weights_and_ridge_changes_nothing(mix, c):
    same(de.predict(reweighted(mix, c)), de.predict(mix))


# Sources


@settings(max_examples=15)
@given(problems(most=2), st.integers(0, 20))
def test_merging_two_sources_with_one_truth_changes_nothing(mix, n):
    """A random shift would be drawn anew; a fixed one, or a joint moment, is the same truth."""
    first, *rest = mix.sources
    shift = first.shift if isinstance(first.shift, de.Fixed) else None
    first = changed(first, shift=shift)
    mix = dataclasses.replace(mix, sources=[first, *rest])
    split = de.predict(beside(mix, changed(first, n=n).again(), like=0))
    merged = de.predict(dataclasses.replace(mix, sources=[changed(first, n=first.n + n), *rest]))
    k, last = len(mix.sources), split.sources[-1]
    same(dataclasses.replace(split, problem=merged.problem, sources=split.sources[:k]), merged)
    assert (last.error, last.error_with_noise) == pytest.approx(
        (split.sources[0].error, split.sources[0].error_with_noise), rel=EQUAL, abs=EQUAL
    )


@settings(max_examples=15)
@given(problems(), seeds, st.sampled_from(["diagonal", "dense"]))
def test_a_source_without_samples_changes_nothing_for_the_others(mix, seed, geometry):
    values = np.arange(mix.d, 0, -1.0)
    if isinstance(mix.model, de.RandomFeatures):
        values *= mix.sources[0].covariance.trace / values.sum()
    dense = in_basis(values, rotation(mix.d, seed))
    extra = de.Source(0, dense if geometry == "dense" else values, noise_variance=0.25)
    more = de.predict(beside(mix, extra))
    assert more.sources[-1].training_error is None
    rest = more.sources[:-1]
    same(dataclasses.replace(more, problem=mix, sources=rest), de.predict(mix))


@settings(max_examples=15)
@given(problems(), st.integers(1, 20))
def test_weight_zero_is_leaving_out_at_a_larger_ridge(mix, n):
    """Weight 0 keeps the samples in n: the same as leaving out at ridge λ n/n₊."""
    ignored = changed(mix.sources[0], n=n, weight=0.0, noise_variance=0.5)
    more = de.predict(beside(mix, ignored))
    left_out = dataclasses.replace(mix, ridge=mix.ridge * ((mix.n + n) / mix.n))
    same(dataclasses.replace(more, problem=left_out, sources=more.sources[:-1]), de.predict(left_out))
    assert more.fixed_point.f[-1] == 0
    last = more.sources[-1]
    assert last.training_error == pytest.approx(last.error_with_noise, rel=1e-14)  # summed anew


@settings(max_examples=15)
@given(problems(), st.data())
def test_one_source_with_samples_is_plain_ridge_on_it_alone(mix, data):
    """p_2 = 0, p_2 = 1, and the like for three sources."""
    mix = with_fixed_entry_variance(mix)
    k = data.draw(st.integers(0, len(mix.sources) - 1))
    emptied = [changed(s, n=s.n if i == k else 0) for i, s in enumerate(mix.sources)]
    among = de.predict(dataclasses.replace(mix, sources=emptied))
    alone = de.predict(only(mix, [k]))
    same(dataclasses.replace(among, problem=alone.problem, sources=among.sources[k : k + 1]), alone)


@settings(max_examples=15)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_sources_does_not_matter(mix, random):
    mix = with_fixed_entry_variance(mix)
    order = random.sample(range(len(mix.sources)), len(mix.sources))
    a, b = de.predict(only(mix, sorted(order))), de.predict(only(mix, order))
    back = [order.index(k) for k in range(len(order))]
    same(dataclasses.replace(b, problem=a.problem, sources=tuple(b.sources[i] for i in back)), a)


@settings(max_examples=18)
@given(problems(), st.data())
def test_the_error_on_a_source_is_that_on_a_target_like_it(mix, data):
    k = data.draw(st.integers(0, len(mix.sources) - 1))
    here = de.predict(mix)
    there = de.predict(as_target(mix, k))
    source = here.sources[k]
    found, wanted = np.array([source.error]), np.array([there.error])
    agree(found, wanted, sizes(here)[6 + 3 * k], EQUAL)
    assert source.error_with_noise == source.error + mix.sources[k].noise_variance


# Truths


@settings(max_examples=18)
@given(problems(truths=("random", "fixed")))
def test_signal_gains_and_shifts_are_short_for_joint_moments(mix):
    same(de.predict(joint(mix)), de.predict(mix))


@settings(max_examples=15)
@given(problems(truths=("fixed",)))
def test_a_column_is_a_vector(mix):
    column = mapped(mix, vector=lambda w: w.reshape(len(w), -1)[:, :1])
    vector = mapped(column, vector=np.ravel)
    identical(de.predict(vector), de.predict(column))


@settings(max_examples=15)
@given(problems(truths=("fixed",)), seeds)
def test_outputs_add_up(mix, seed):
    """Two outputs at once; noise and random shifts count with the first of them."""
    mix = mapped(mix, vector=lambda w: w.reshape(len(w), -1)[:, :1])
    columns = iter(np.random.default_rng(seed).normal(size=(1 + len(mix.sources), mix.d, 1)))
    others = [de.Fixed(next(columns)) if isinstance(m, de.Fixed) else None for m in _labels(mix)]
    silent = [
        changed(source, shift=other, noise_variance=0.0)
        for source, other in zip(mix.sources, others[1:], strict=True)
    ]
    both = [
        source if other is None else changed(source, shift=_together(source.shift, other))
        for source, other in zip(mix.sources, others[1:], strict=True)
    ]
    target = de.Target(mix.target_covariance, noise_variance=0.0)
    first = dataclasses.replace(mix, target=target)
    second = dataclasses.replace(first, signal=others[0], sources=silent)
    signal = _together(mix.signal, others[0])
    whole = de.predict(dataclasses.replace(first, signal=signal, sources=both))
    parts = [everything(de.predict(part)) for part in (first, second)]
    found = everything(whole)
    decided = parts[0] != -parts[1]  # of opposite infinities the faster one wins
    decided |= np.isfinite(parts[0])
    wanted = np.add(*parts, where=decided, out=found.copy())
    agree(found, wanted, sizes(whole), EQUAL)


def _labels(mix):
    return [mix.signal, *(source.shift for source in mix.sources)]


def _together(a, b):
    return de.Fixed(np.column_stack([a.columns, b.columns]))
