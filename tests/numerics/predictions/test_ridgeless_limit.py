"""ridge = 0: closed forms, ties, and what is said of them.

Closed forms are compared to 1e−12: the limit is taken at ridges 1e−20 and 1e−40 of the smallest
eigenvalue, where corrections are of order 1e−20 away from ties.
"""

import dataclasses
from functools import cache

import numpy as np
import pytest

import detequiv as de
from helpers.strategies import in_basis, rotation, terms

CLOSE = 1e-12
S = np.array([2.0, 1.0, 1.0, 0.5, 0.5, 0.25])
d = len(S)


def mix(n=(5, 4), model=None, spectrum=S, **fields):
    """Real and synthetic data of one covariance; all terms have a coefficient."""
    real = de.Source(n[0], spectrum, noise_variance=0.5)
    synthetic = de.Source(n[1], spectrum, noise_variance=0.3, shift=0.2)
    plain = {"signal": 1.0, "sources": [real, synthetic], "ridge": 0.0}
    return de.Problem(model=de.Linear() if model is None else model, **{**plain, **fields})


predicted = cache(de.predict)
"""For problems that several tests look at."""


def of(problem, **fields):
    """The problem with fields of all sources replaced."""
    sources = [dataclasses.replace(source, **fields) for source in problem.sources]
    return dataclasses.replace(problem, sources=sources)


# Closed forms


@pytest.mark.parametrize("n", [(8, 2), (13, 0), (0, 7), (300, 500)], ids=str)
@pytest.mark.parametrize("m", [None, 6, 7, 90])
def test_with_more_samples_than_dimensions_it_is_least_squares(n, m):
    """B = 0, V = σ²φ/(1 − φ), ζ = (p_2² + p_1p_2φ/(1 − φ))c², whatever the width (Corollary 1)."""
    problem = mix(n, None if m is None else de.RandomProjection(m))
    φ, (p1, p2) = d / problem.n, problem.fractions
    σ2, c2 = 0.5 * p1 + 0.3 * p2, 0.2 * S.sum()
    prediction = de.predict(problem)
    wanted = [0, σ2 * φ / (1 - φ), (p2**2 + p1 * p2 * φ / (1 - φ)) * c2]
    np.testing.assert_allclose(terms(prediction), wanted, rtol=CLOSE)
    assert prediction.bias == 0
    assert prediction.status is not de.Status.DIVERGES


@pytest.mark.parametrize("n", [(1, 0), (2, 3), (0, 5), (3, 1)], ids=str)
def test_with_fewer_samples_than_equal_dimensions_it_is_corollary_4(n):
    """B = r²(1 − 1/φ), V = σ²/(φ − 1), ζ = p_2c²(φ − p_2)/(φ(φ − 1))."""
    problem = mix(n, spectrum=np.ones(d))
    φ, (p1, p2) = d / problem.n, problem.fractions
    r2, σ2, c2 = d, 0.5 * p1 + 0.3 * p2, 0.2 * d
    wanted = [r2 * (1 - 1 / φ), σ2 / (φ - 1), p2 * c2 * (φ - p2) / (φ * (φ - 1))]
    np.testing.assert_allclose(terms(de.predict(problem)), wanted, rtol=CLOSE)


@pytest.mark.parametrize("m", [1, 4, 5])
def test_an_orthogonal_projection_of_equal_dimensions_hides_the_others(m):
    """m of d equal dimensions, n > m: what is hidden is noise r²(1 − m/d) and error as well."""
    problem = mix((20, 0), de.OrthogonalProjection(m), spectrum=np.ones(d))
    hidden = d - m
    φ = m / 20
    prediction = de.predict(problem)
    assert prediction.variance == pytest.approx(0.5 * φ / (1 - φ), rel=CLOSE)
    assert prediction.bias == pytest.approx(hidden + hidden * φ / (1 - φ), rel=CLOSE)


def test_with_many_samples_training_errors_are_those_of_least_squares():
    """σ²(1 − d/n) on the samples, with σ² of all of them."""
    (source,) = de.predict(mix((24, 0), sources=[de.Source(24, S, noise_variance=0.5)])).sources
    assert source.training_error == pytest.approx(0.5 * (1 - d / 24), rel=CLOSE)


# Which of samples, width and rank is used up


@pytest.mark.parametrize(
    ("n", "m", "kappa", "f"),
    [
        ((2, 2), None, "zero", "finite"),
        ((2, 2), 5, "zero", "finite"),
        ((2, 2), 50, "zero", "finite"),
        ((4, 4), 3, "positive", "finite"),
        ((2, 3), 4, "positive", "finite"),
        ((5, 4), None, "zero", "infinite"),
        ((5, 4), 8, "zero", "infinite"),
    ],
)
def test_the_smallest_count_decides_what_vanishes(n, m, kappa, f):
    problem = mix(n, None if m is None else de.RandomProjection(m))
    point = de.predict(problem).fixed_point
    assert (point.kappa == 0) == (kappa == "zero")
    assert np.isfinite(point.f).all() == (f == "finite")
    assert point.df1 == pytest.approx(min(sum(n), m or d, d), rel=CLOSE)
    assert point.effective_ridge == de.effective_ridge(problem)
    assert (point.effective_ridge == 0) == (f == "infinite")


@pytest.mark.parametrize("model", [None, de.RandomProjection(9), de.OrthogonalProjection(5)])
def test_what_interpolates_has_no_training_error(model):
    prediction = de.predict(mix((2, 2), model))
    assert [source.training_error for source in prediction.sources] == [0.0, 0.0]


def test_features_have_as_many_dimensions_as_one_likes():
    """The rank does not bind: with more samples and features than dimensions, one of them does."""
    features = de.RandomFeatures(30, de.activations.relu)
    few, many = de.predict(mix((10, 5), features)), de.predict(mix((40, 20), features))
    assert [source.training_error for source in few.sources] == [0.0, 0.0]
    assert few.fixed_point.samples_left == 0
    assert many.fixed_point.width_left == 0
    assert many.fixed_point.kappa > 0
    assert many.fixed_point.df1 < d


# Ties

INFINITE = float("inf")
TIES = {
    # model, samples: bias, variance, collapse are infinite
    "n = m < r": (de.RandomProjection(4), (2, 2), (True, True, True)),
    "n = m < r, orthogonal": (de.OrthogonalProjection(4), (2, 2), (True, True, True)),
    "n = r, linear": (de.Linear(), (4, 2), (False, True, True)),
    "n = r < m": (de.RandomProjection(9), (4, 2), (False, True, True)),
    "n = r = m": (de.RandomProjection(6), (4, 2), (False, True, True)),
    "n = r = m, orthogonal": (de.OrthogonalProjection(6), (4, 2), (False, True, True)),
    "m = r < n": (de.RandomProjection(6), (7, 4), (False, False, False)),
    "m = r < n, orthogonal": (de.OrthogonalProjection(6), (7, 4), (False, False, False)),
    "features, n = m": (de.RandomFeatures(9, de.activations.tanh), (5, 4), (True, True, True)),
    "features, n = r": (de.RandomFeatures(9, de.activations.tanh), (4, 2), (False, False, False)),
    "features, m = r": (de.RandomFeatures(6, de.activations.tanh), (7, 4), (False, False, False)),
}
each_tie = pytest.mark.parametrize("name", TIES)


@pytest.mark.parametrize("turned", [False, True], ids=["diagonal", "turned"])
@each_tie
def test_at_a_tie_just_these_terms_diverge(name, turned):
    model, n, infinite = TIES[name]
    spectrum = in_basis(S, rotation(d, 3)) if turned else S
    prediction = de.predict(mix(n, model, spectrum=spectrum))
    assert tuple(np.isinf(terms(prediction))) == infinite
    assert (prediction.error == INFINITE) == any(infinite)
    assert (prediction.status is de.Status.DIVERGES) == any(infinite)
    assert not np.isnan(terms(prediction)).any()


@each_tie
def test_a_note_says_which_terms_diverge_and_why(name):
    model, n, infinite = TIES[name]
    prediction = de.predict(mix(n, model))
    said = [note for note in prediction.notes if "diverge" in note]
    assert bool(said) == any(infinite)
    if said:
        assert str(sum(n)) in said[0], "the number that is equal"
        for term, is_infinite in zip(("bias", "variance", "collapse"), infinite, strict=True):
            assert (term in said[0]) == is_infinite
        shown = " ".join(str(prediction).split())
        assert said[0] in shown and "inf" in shown


@each_tie
def test_a_tie_is_where_small_ridges_grow(name):
    """What diverges grows like λ^−½ or λ^−⅓; what does not has its limit, to some √λ."""
    model, n, infinite = TIES[name]
    limit = terms(de.predict(mix(n, model)))
    near, far = (terms(de.predict(mix(n, model, ridge=x))) for x in (1e-18, 1e-15))
    growth = near / np.maximum(far, 1e-300)
    assert tuple(growth > 5) == infinite
    finite = ~np.isinf(limit)
    np.testing.assert_allclose(near[finite], limit[finite], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["n = m < r", "n = r, linear", "n = r < m", "features, n = m"])
def test_what_diverges_with_a_coefficient_of_zero_does_not(name):
    model, n, _ = TIES[name]
    full = de.predict(mix(n, model))
    silent = de.predict(of(mix(n, model), noise_variance=0.0))
    assert silent.variance == 0
    assert silent.collapse == full.collapse == INFINITE
    alike = de.predict(of(mix(n, model), shift=None))
    assert alike.collapse == 0 and alike.variance == INFINITE
    real = de.predict(mix((sum(n), 0), model))
    assert real.collapse == 0 and real.variance == INFINITE


def test_synthetic_data_alone_have_a_finite_collapse_where_samples_are_as_many_as_dimensions():
    """p_1 = 0 at n = r: the shifted truth is fitted as exactly as the target's would be."""
    prediction = de.predict(mix((0, 6)))
    assert prediction.collapse == pytest.approx(0.2 * S.sum(), rel=CLOSE)
    assert (prediction.bias, prediction.variance) == (0, INFINITE)


def test_one_noisy_source_is_enough_to_diverge():
    problem = mix((4, 2))
    sources = [dataclasses.replace(problem.sources[0], noise_variance=0.0), problem.sources[1]]
    assert de.predict(dataclasses.replace(problem, sources=sources)).variance == INFINITE


def test_a_gain_below_one_has_a_collapse_of_minus_infinity():
    """Labels that are half as large: the bias of w_t diverges, the error by less."""
    problem = of(mix((2, 2), de.RandomProjection(4)), gain=0.5, shift=None)
    prediction = de.predict(problem)
    assert (prediction.bias, prediction.collapse) == (INFINITE, -INFINITE)
    assert prediction.error == INFINITE
    near = de.predict(dataclasses.replace(problem, ridge=1e-15))
    assert near.collapse < 0 < near.error < near.bias


def test_opposite_infinities_are_decided_by_size():
    """Of a gain of −½ and a large shift; half the labels have another sign."""
    for shift, sign in ((1e-3, -1), (1e3, 1)):
        problem = of(mix((2, 2), de.RandomProjection(4)), gain=0.5, shift=shift)
        near = de.predict(dataclasses.replace(problem, ridge=1e-15))
        assert np.sign(near.collapse) == sign
        assert de.predict(problem).collapse == sign * INFINITE


@pytest.mark.parametrize(
    ("model", "bias"),
    [(de.Linear(), 0.0), (de.RandomProjection(11), 0.0), (de.RandomProjection(d), "triple")],
    ids=["linear", "wide", "triple tie"],
)
@pytest.mark.parametrize("gain", [1.0, 0.5, 0.0, -1.0])
def test_a_tie_without_noise_or_shift_is_finite(model, bias, gain):
    """n = r: the fit finds gain·w_t, so that the error is (1 − gain)² tr ΓΣ + gain² B. B = 0, but
    n tr Γ/(3 tr Σ⁻¹) where m is n and r as well: there n − df_1 = m − df_1 = θ tr Σ⁻¹, with
    1 + u = n/(3θ tr Σ⁻¹/2) and ω′ = (1 + u)θ/2."""
    problem = of(mix((4, 2), model), gain=gain, shift=None, noise_variance=0.0)
    prediction = de.predict(problem)
    B = d * d / (3 * np.sum(1 / S)) if bias == "triple" else 0.0
    error = (1 - gain) ** 2 * S.sum() + gain**2 * B
    assert prediction.bias == pytest.approx(B, rel=CLOSE)
    assert prediction.error == pytest.approx(error, rel=CLOSE)
    assert prediction.collapse == pytest.approx(error - B, rel=CLOSE, abs=CLOSE)


# Targets that the training data do not reach

RANK = np.array([2.0, 1.0, 1.0, 0.5, 0.0, 0.0])
WIDE = de.Target(np.array([1.0, 1.0, 1.0, 1.0, 3.0, 4.0]))
SIGNAL = np.array([1.0, 1.0, 1.0, 1.0, 0.5, 0.25])
OUT = 3 * 0.5 + 4 * 0.25
"""tr_N(W_ttΣ_t): what the truth has where no data are."""


@pytest.mark.parametrize(
    ("model", "spill"),
    [
        (de.Linear(), 0.0),
        (de.RandomProjection(9), 7 / (9 - 4)),
        (de.RandomProjection(5), 7 / (5 - 4)),
        (de.OrthogonalProjection(5), (6 - 5) * 7 / ((6 - 4) * (5 - 4))),
        (de.OrthogonalProjection(6), 0.0),
    ],
    ids=str,
)
def test_outside_the_range_of_the_data_the_truth_is_missed_and_the_fit_spills(model, spill):
    """n > r = 4 < m: bias = tr_N(W_ttΣ_t) + c_t |h|², c_t = tr_N(Σ_t)/(m − r) for Gaussian
    entries and (d − m) tr_N(Σ_t)/((d − r)(m − r)) for orthogonal columns; h is w_t on the range."""
    source = de.Source(40, RANK)
    problem = de.Problem(signal=SIGNAL, sources=[source], ridge=0, model=model, target=WIDE)
    prediction = de.predict(problem)
    assert prediction.bias == pytest.approx(OUT + spill * SIGNAL[:4].sum(), rel=CLOSE)
    assert prediction.sources[0].error == 0


@pytest.mark.parametrize("model", [de.RandomProjection(4), de.OrthogonalProjection(4)], ids=str)
def test_as_many_features_as_the_rank_diverge_outside_the_range_and_say_so(model):
    source = de.Source(40, RANK, noise_variance=0.1)
    problem = de.Problem(signal=SIGNAL, sources=[source], ridge=0, model=model, target=WIDE)
    prediction = de.predict(problem)
    assert prediction.error == INFINITE
    (note,) = (note for note in prediction.notes if "diverge" in note)
    assert "m = rank = 4" in note and "outside" in note
    inside = dataclasses.replace(problem, target=None)
    assert np.isfinite(terms(de.predict(inside))).all()


# Sources with unlike supports


def split(n1, n2, **fields):
    """Source 1 reaches four coordinates, source 2 two others; the target all of them."""
    first, second = np.array([1.0] * 4 + [0.0] * 2), np.array([0.0] * 4 + [1.0] * 2)
    sources = [de.Source(n1, first, noise_variance=0.5), de.Source(n2, second, noise_variance=0.3, shift=0.2)]
    target = de.Target(np.ones(6))
    return de.Problem(signal=1.0, sources=sources, ridge=0.0, target=target, **fields)


def test_sources_can_split_into_those_that_interpolate_and_those_that_do_not():
    """n_1 = 2 < 4: bias 4(1 − 2/4), variance .5/(4/2 − 1); n_2 = 5 > 2: variance .3·2/(5 − 2)."""
    prediction = de.predict(split(2, 5))
    assert prediction.bias == pytest.approx(2, rel=CLOSE)
    assert prediction.variance == pytest.approx(0.5 + 0.3 * 2 / 3, rel=CLOSE)
    assert prediction.collapse == pytest.approx(0.2 * 2, rel=CLOSE)
    assert np.isfinite(prediction.fixed_point.f).tolist() == [True, False]
    assert prediction.sources[0].training_error == 0
    assert prediction.sources[1].training_error == pytest.approx(0.3 * (1 - 2 / 5), rel=CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "infinite"), [((4, 5), [0]), ((7, 2), [1]), ((4, 2), [0, 1]), ((2, 2), [1]), ((7, 5), [])], ids=str
)
def test_a_tie_of_one_part_is_told_by_the_noise_that_diverges(n, infinite):
    """And where it does, a note says that it is a tie of some of the sources, or of all."""
    problem = split(*n)
    for k in (0, 1):
        others = list(problem.sources)
        others[1 - k] = dataclasses.replace(others[1 - k], noise_variance=0.0)
        variance = de.predict(dataclasses.replace(problem, sources=others)).variance
        assert (variance == INFINITE) == (k in infinite)
    prediction = predicted(problem)
    assert (prediction.status is de.Status.DIVERGES) == bool(infinite)
    assert np.isfinite(prediction.bias)
    assert any("as many samples" in note for note in prediction.notes) == bool(infinite)


@pytest.mark.parametrize("n", [(2, 5), (4, 5), (7, 2), (3, 1)], ids=str)
def test_the_split_does_not_depend_on_the_basis(n):
    problem, Q = split(*n), rotation(6, 1)
    turned = [
        dataclasses.replace(source, covariance=in_basis(source.covariance.values, Q))
        for source in problem.sources
    ]
    turned = dataclasses.replace(problem, sources=turned)
    np.testing.assert_allclose(terms(de.predict(turned)), terms(predicted(problem)), rtol=1e-11)


def test_overlapping_supports_that_do_not_commute_can_split_too():
    """A plane in four dimensions with three samples, everything with one more: four unknowns."""
    plane = in_basis(np.array([1.0, 1.0, 0.0, 0.0]), rotation(4, 2))
    sources = [
        de.Source(9, plane, noise_variance=0.5),
        de.Source(1, [1.0, 2.0, 3.0, 4.0], noise_variance=0.3),
    ]
    problem = de.Problem(signal=1.0, sources=sources, ridge=0.0)
    prediction = de.predict(problem)
    assert np.isfinite(prediction.fixed_point.f).tolist() == [False, True]
    assert prediction.fixed_point.df1 == pytest.approx(2 + 1, rel=CLOSE)
    assert prediction.sources[1].training_error == 0
    near = de.predict(dataclasses.replace(problem, ridge=1e-10))
    np.testing.assert_allclose(terms(prediction), terms(near), rtol=1e-8, atol=1e-12)


# Matrices whose ranges are nested, disjoint or generic: their rounding must decide nothing

each_seed = pytest.mark.parametrize("seed", range(3))


@each_seed
def test_a_line_in_the_plane_of_another_source_stays_there(seed):
    """Both truths meet in the plane: the error is that of a compromise, 1.24, and the third
    dimension is not learnt. So it is when a source in another basis is only looked at."""
    Q = rotation(3, seed)
    plane, line = (in_basis(np.array(v), Q) for v in ([1.0, 0.5, 0.0], [1.0, 0.0, 0.0]))
    sources = [de.Source(3, plane, gain=-1.0), de.Source(3, line)]
    mix = de.Problem(signal=1 / 3, sources=sources, ridge=0.0)
    looked_at = [*sources, de.Source(0, [3.0, 2.0, 1.0])]
    for problem in (mix, dataclasses.replace(mix, sources=looked_at)):
        prediction = de.predict(problem)
        assert prediction.error == pytest.approx(1.24, rel=1e-11)
        assert prediction.fixed_point.df1 == pytest.approx(2, rel=1e-11)


@each_seed
def test_a_tie_on_one_range_does_not_reach_one_that_is_orthogonal(seed):
    """n_2 = 1 in one dimension: its shift and noise diverge there, and nowhere else."""
    Q = rotation(4, seed)
    space, line = (in_basis(np.array(v), Q) for v in ([1.0, 1, 1, 0], [0.0, 0, 0, 1]))
    sources = [de.Source(1, space), de.Source(1, line, noise_variance=0.3, shift=0.25)]
    prediction = de.predict(de.Problem(signal=0.25, sources=sources, ridge=0.0))
    assert prediction.sources[0].error == pytest.approx(0.25 * (3 - 1), rel=1e-11)
    assert prediction.sources[1].error == INFINITE


@pytest.mark.slow
@pytest.mark.parametrize("n", [(1, 2), (1, 1), (1, 5), (4, 2)], ids=str)
def test_a_line_and_a_plane_in_space_are_two_problems(n):
    """Each source finds its truth on its own range if it has enough samples, and its noise is
    σ²r/(n − r) there, infinite at n = r; nothing is found beyond."""
    rng = np.random.default_rng(0)
    u, V = rng.normal(size=(3, 1)), rng.normal(size=(3, 2))
    sources = [de.Source(n[0], u @ u.T), de.Source(n[1], V @ V.T)]
    mix = de.Problem(signal=1.0, sources=sources, ridge=0.0)
    silent, noisy = de.predict(mix), de.predict(of(mix, noise_variance=0.5))
    for k, rank in ((0, 1), (1, 2)):
        found = silent.sources[k].error, noisy.sources[k].error
        if n[k] > rank:
            assert found == pytest.approx((0, 0.5 * rank / (n[k] - rank)), rel=1e-11, abs=1e-11)
        else:
            assert (found[0] > 0.01) == (n[k] < rank)
            assert found[1] == INFINITE  # of the line's tie, where the plane has one sample


def on_some_coordinates(rng, d):
    """A covariance on a random set of coordinates, exact zeros elsewhere; diagonal or not."""
    place = np.sort(rng.choice(d, rng.integers(1, d + 1), replace=False))
    matrix = np.zeros((d, d))
    if rng.random() < 0.4:
        matrix[place, place] = rng.integers(1, 5, size=len(place))
    else:
        factor = rng.normal(size=(len(place), len(place) + 2))
        matrix[np.ix_(place, place)] = factor @ factor.T / len(place)
    return matrix


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize("ridge", [0.0, 1e-25, 1e-14])
@pytest.mark.parametrize("seed", range(12))
def test_how_ranges_lie_to_each_other_does_not_depend_on_the_basis(seed, ridge):
    """Ranges that are nested, overlap or are orthogonal by exact zeros; turned, by rounding. Some
    sources are only looked at, and the target has a covariance of its own."""
    rng = np.random.default_rng(seed)
    d, K = int(rng.integers(2, 8)), int(rng.integers(1, 4))
    covariances = [on_some_coordinates(rng, d) for _ in range(K + 1)]
    counts = [int(rng.integers(0 if k else 1, d + 3)) for k in range(K)]
    labels = [{"noise_variance": rng.choice([0.0, 0.3]), "shift": rng.choice([0.0, 0.2])} for _ in range(K)]
    widths = int(rng.integers(1, d + 4)), int(rng.integers(1, d + 1))
    models = [de.Linear(), de.RandomProjection(widths[0]), de.OrthogonalProjection(widths[1])]

    def mixed(turned):
        *sources, target = map(turned, covariances)
        return de.Problem(
            signal=1.0,
            sources=[de.Source(n, Σ, **said) for n, Σ, said in zip(counts, sources, labels, strict=True)],
            ridge=ridge,
            model=models[seed % 3],
            target=de.Target(target),
        )

    Q = rotation(d, seed)
    here = de.predict(mixed(lambda Σ: Σ))
    there = de.predict(mixed(lambda Σ: (Q @ Σ @ Q.T + (Q @ Σ @ Q.T).T) / 2))
    assert there.status is here.status
    size = 1 + np.abs(np.nan_to_num(terms(here), posinf=0)).max()
    for a, b in ((terms(here), terms(there)), *zip(errors(here), errors(there), strict=True)):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-10 * size)


def errors(prediction):
    return [source.error for source in prediction.sources]


@pytest.mark.slow
def test_a_width_that_is_the_rank_of_all_samples_is_named_so():
    """Two samples in four dimensions, five in two others: together they span four."""
    u, v = np.array([1.0] * 4 + [0.0] * 2), np.array([0.0] * 4 + [1.0] * 2)
    sources = [de.Source(2, u, noise_variance=0.5), de.Source(5, v, noise_variance=0.3, shift=0.2)]
    mix = de.Problem(signal=1.0, ridge=0, model=de.RandomProjection(4), sources=sources, target=WIDE)
    (note,) = (note for note in de.predict(mix).notes if "diverge" in note)
    assert "as many features as the samples span dimensions, m = 4" in note


# Digits, and what a limit costs


def test_digits_of_a_limit_are_right():
    """V = σ²φ/(1 − φ) and ζ with sevenths: 30 digits of both."""
    prediction = de.predict(mix((8, 4)), digits=30)
    number = type(prediction.variance)
    φ, p2 = number(1) / 2, number(1) / 3
    noise = (1 - p2) * number(0.5) + p2 * number(0.3)
    shift = (p2**2 + (1 - p2) * p2 * φ / (1 - φ)) * number(0.2) * number(5.25)
    assert abs(prediction.variance / (noise * φ / (1 - φ)) - 1) < 1e-29
    assert abs(prediction.collapse / shift - 1) < 1e-29
    assert prediction.bias == 0


@pytest.mark.slow(keep=4)
@each_tie
def test_with_digits_the_same_terms_diverge(name):
    model, n, infinite = TIES[name]
    prediction = de.predict(mix(n, model), digits=20)
    assert tuple(abs(float(x)) == INFINITE for x in terms(prediction)) == infinite


def test_a_limit_says_how_it_was_obtained():
    point = de.predict(mix()).fixed_point
    assert point.residual <= point.estimated_error <= 1e-11
    assert point.digits == 16
    assert 0 < point.iterations < 200


def test_large_problems_have_limits_too():
    """The threshold itself, d = 2000: bias 0 where samples and dimensions are equal in number."""
    s = de.power_law(2000, 1.0)
    source = de.Source(2000, s, noise_variance=0.1)
    prediction = de.predict(de.Problem(signal=1.0, sources=[source], ridge=0))
    assert (prediction.bias, prediction.variance) == (0, INFINITE)
    fewer = dataclasses.replace(source, n=1999)
    there = de.predict(de.Problem(signal=1.0, sources=[fewer], ridge=0))
    assert 0 < there.bias < INFINITE and there.variance > 10


# Sweeps


def test_a_sweep_goes_through_the_threshold():
    """The tie is infinite and has the word for it, its neighbours are finite."""
    table = de.sweep(lambda width: mix((2, 2), de.RandomProjection(width)), width=range(1, 13))
    at = table.sel(width=4)
    assert (float(at.error), str(at.status.item())) == (INFINITE, "diverges")
    others = table.drop_sel(width=4)
    assert np.isfinite(others.error).all() and "diverges" not in others.status.values
    for width in (1, 3, 5, 6, 12):
        wanted = de.predict(mix((2, 2), de.RandomProjection(width))).error
        assert table.error.sel(width=width).item() == pytest.approx(wanted, rel=1e-11)


def test_a_sweep_of_ridges_may_start_at_zero():
    table = de.sweep(lambda ridge: mix(ridge=ridge), ridge=[0.0, 1e-12, 0.1])
    assert table.error.values[0] == de.predict(mix()).error
    assert table.error.values[1] == pytest.approx(table.error.values[0], rel=1e-9)
