"""Errors of connected fits: published cases, other routes, formulas in closed form, and simulation."""

import dataclasses

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.specification.scaled_copies import enlarged
from helpers.connected import CASES, FIRST, KINDS, SECOND, D, case, mix, projection

TERMS = ("error", "bias", "variance", "collapse")


@pytest.mark.parametrize("name", CASES)
def test_published_cases(name):
    """By an independent program, the engine and simulation; ridge 0 there is a ridge of 1e-10 or so."""
    given, p = CASES[name], de.predict(case(name))
    loose = 1e-8 if given["note"] else 1e-11
    for term in TERMS:
        assert getattr(p, term) == pytest.approx(given[term], rel=loose, abs=loose)
    assert p.against_fresh == pytest.approx(given["fresh"], rel=loose)
    parts = p.fitted_labels.contributions
    assert sum(parts.values()) == pytest.approx(p.error, rel=1e-12)
    assert (
        sorted(parts.values())
        == pytest.approx(sorted(v for v in given["parts"].values() if v), rel=10 * loose, abs=10 * loose)
        or given["note"]
    )


@pytest.mark.parametrize("name", CASES)
def test_published_simulations(name):
    """Extrapolated in 1/d from d = 100 and 300."""
    mean, stderr = CASES[name]["simulated"]["extrapolated"]
    assert abs(de.predict(case(name)).error - mean) < 3.5 * stderr


@pytest.mark.parametrize("kind", KINDS)
def test_simulations_differ_by_the_finite_size_error(kind):
    """Every number of the prediction, within three times the estimate, relative to the error."""
    problem = KINDS[kind]()
    p = de.predict(problem)
    run = de.simulate(problem, trials=150, seed=1)
    tolerance = 3 * abs(p.approximation_error) + 0.003
    for found, se, predicted in _all_numbers(run, p):
        assert abs(found - predicted) < 4 * se + tolerance * max(predicted, p.error)


def _all_numbers(run, p):
    mean, stderr = run.mean, run.stderr
    for term in TERMS:
        yield getattr(mean, term), getattr(stderr, term), getattr(p, term)
    for k, source in enumerate(p.sources):
        yield mean.source_errors[k], stderr.source_errors[k], source.error
        yield mean.training_errors[k], stderr.training_errors[k], source.training_error


@pytest.mark.slow(keep=4)
@pytest.mark.parametrize("kind", KINDS)
def test_labels_drawn_and_integrated_out_agree(kind):
    problem = KINDS[kind]()
    drawn = de.simulate(problem, trials=400, method="naive", seed=2)
    exact = de.simulate(problem, trials=200, seed=3)
    for a, b in zip(_simulated(drawn), _simulated(exact), strict=True):
        assert abs(a[0] - b[0]) < 4.5 * np.hypot(a[1], b[1]) + 1e-12


def _simulated(run):
    mean, stderr = run.mean, run.stderr
    yield from ((getattr(mean, t), getattr(stderr, t)) for t in TERMS)
    yield from zip(mean.source_errors, stderr.source_errors, strict=True)
    yield from zip(mean.training_errors, stderr.training_errors, strict=True)


@pytest.mark.parametrize("kind", [k for k in KINDS if "matrices" not in k])
def test_thirty_digits_agree_with_doubles(kind):
    problem = KINDS[kind]()
    p, precise = de.predict(problem), de.predict(problem, digits=30)
    for term in TERMS:
        assert float(getattr(precise, term)) == pytest.approx(getattr(p, term), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("kind", ["random truth", "shifts and gains", "one projection", "two projections"])
def test_a_rotation_of_all_coordinates_changes_nothing(kind):
    Q = np.linalg.qr(np.random.default_rng(1).normal(size=(D, D)))[0]
    rotated = lambda values: Q @ np.diag(values) @ Q.T  # noqa: E731
    options = {
        "random truth": {},
        "shifts and gains": {"other": {"shift": 0.5 / D, "gain": 0.8}},
        "one projection": {"model": projection(54, "a"), "labeller": projection(54, "a")},
        "two projections": {"model": projection(54), "labeller": projection(30)},
    }[kind]
    plain, other = mix(**options), mix(rotated(FIRST), rotated(SECOND), **options)
    a, b = de.predict(plain), de.predict(other)
    for term in TERMS:
        assert getattr(b, term) == pytest.approx(getattr(a, term), rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_units_do_not_matter(kind):
    """Covariances, noise and ridges times c multiply errors by c."""
    assert de.predict(_in_units(KINDS[kind](), 64.0)).error == pytest.approx(
        64 * de.predict(KINDS[kind]()).error, rel=1e-12
    )


def _in_units(problem, c, known=None):
    known = {} if known is None else known
    sources = []
    for source in problem.sources:
        key = source.drawn.noise, source.drawn.start
        if key not in known:
            known[key] = _source_in_units(source, c, known)
        sources.append(dataclasses.replace(known[key], weight=source.weight))
    target = problem.target and de.Target(_times(problem.target.covariance, c))
    return dataclasses.replace(problem, sources=sources, ridge=c * problem.ridge, target=target)


def _times(covariance, c):
    return c * (covariance.matrix if isinstance(covariance, de.Covariance) else covariance.values)


def _source_in_units(source, c, known):
    labels = source.labels and _in_units(source.labels, c, known)
    fields = {"noise_variance": c * source.noise_variance, "labels": labels}
    new = dataclasses.replace(source, covariance=_times(source.covariance, c), **fields)
    return dataclasses.replace(new, identity=dataclasses.replace(source.drawn, content=None))


# Formulas in closed form.


def least_squares(n1, n2, d, noises, ns=None, weight=1.0):
    """A generator by least squares on ns of n1 real samples, and the mix with n2 of its samples."""
    real = de.Source(n1, de.isotropic(d), noise_variance=noises[0])
    part, rest = real.split(n1 if ns is None else ns)
    generator = de.Problem(signal=1 / d, sources=[part], ridge=0)
    synthetic = de.Source(n2, de.isotropic(d), noise_variance=noises[1], labels=generator, weight=weight)
    reals = [part] if ns is None else [part, rest]
    return de.Problem(signal=1 / d, sources=[*reals, synthetic], ridge=0)


@pytest.mark.parametrize(("n1", "n2", "d"), [(600, 600, 300), (900, 300, 300), (320, 40, 300)])
@pytest.mark.parametrize("weight", [1.0, 0.2, 5.0])
def test_least_squares_on_the_same_data_adds_the_noise_of_the_generator(n1, n2, d, weight):
    s1, s2 = 0.5, 0.3
    a = 1 / (n1 + weight * n2)
    π1, π2 = n1 * a, weight * n2 * a
    expected_weight_one = s1 * d / (n1 - d) + s2 * (n2 / (n1 + n2)) * (d / (n1 + n2)) / (1 - d / (n1 + n2))
    p = de.predict(least_squares(n1, n2, d, (s1, s2), weight=weight))
    if weight == 1:
        assert p.error == pytest.approx(expected_weight_one, rel=1e-10)
    assert p.error > p.fitted_labels.without == pytest.approx(s1 * d / (n1 - d), rel=1e-10)
    assert p.fitted_labels.contributions["noise of sources[0]"] == pytest.approx(s1 * d / (n1 - d), rel=1e-9)
    assert π1 + π2 == pytest.approx(1)


@pytest.mark.parametrize("ns", [400, 450, 800])
def test_least_squares_on_part_of_the_data(ns):
    n1, n2, d, s1, s2 = 900, 900, 300, 0.5, 0.3
    n = n1 + n2
    p2, φ, φs = n2 / n, d / n, d / ns
    expected = ((φ - p2 * φ) * s1 + p2 * φ * s2) / (1 - φ)
    p = de.predict(least_squares(n1, n2, d, (s1, s2), ns=ns))
    found = (φ * s1 + p2 * φ * s2 + p2 * (φ + p2 * φs) * s1 / (1 - φs)) / (1 - φ)
    assert p.error == pytest.approx(found, rel=1e-10) and p.error > expected


def test_a_model_relabelling_its_own_data_at_the_same_total_ridge_is_reproduced():
    """The zero-residual identity: n λ is the same in both fits, and no label noise."""
    real = de.Source(60, FIRST, noise_variance=0.5)
    generator = de.Problem(signal=1 / D, sources=[real], ridge=0.2)
    synthetic = de.Source(90, SECOND, labels=generator, weight=3.0)
    neutral = de.Problem(
        signal=1 / D, sources=[real, synthetic], ridge=0.2 * 60 / 150, target=de.Target(FIRST)
    )
    assert de.predict(neutral).error == pytest.approx(de.predict(generator).error, rel=1e-12)
    other = dataclasses.replace(neutral, ridge=0.2)
    assert de.predict(other).error != pytest.approx(de.predict(generator).error, rel=1e-3)


def test_with_the_best_ridge_and_an_isotropic_signal_own_labels_never_help():
    """Plain ridge at σ²d/(n r²) is the linear posterior mean."""
    real = de.Source(60, FIRST, noise_variance=0.5)
    best = de.predict(de.Problem(signal=1 / D, sources=[real], ridge=0.5 * D / 60)).error
    rng = np.random.default_rng(3)
    for _ in range(12):
        generator = de.Problem(signal=1 / D, sources=[real], ridge=float(10 ** rng.uniform(-2, 1)))
        weight = float(10 ** rng.uniform(-1, 1))
        synthetic = de.Source(int(rng.integers(10, 200)), SECOND, labels=generator, weight=weight)
        student = de.Problem(
            signal=1 / D,
            sources=[real, synthetic],
            ridge=float(10 ** rng.uniform(-2, 1)),
            target=de.Target(FIRST),
        )
        assert de.predict(student).error >= best * (1 - 1e-12)


def test_label_mixing_at_fixed_inputs_is_ridge_on_the_weighted_labels():
    """With the truth's own labels twice, at weights a and b: one source of the averaged noise."""
    real = de.Source(60, FIRST, noise_variance=0.5)
    again = dataclasses.replace(real.relabelled(noise_variance=0.2), weight=3.0)
    both = de.predict(de.Problem(signal=1 / D, sources=[real, again], ridge=0.3))
    averaged = de.Source(60, FIRST, noise_variance=(0.5 + 9 * 0.2) / 16, weight=4.0)
    one = de.predict(de.Problem(signal=1 / D, sources=[averaged], ridge=2 * 0.3))
    assert both.error == pytest.approx(one.error, rel=1e-12)


@pytest.mark.parametrize("model", [de.Linear(), projection(24)])
def test_a_labeller_of_other_data_is_a_source_with_a_shift(model):
    """Without noise of its own, and in the limit of many samples, it is the truth."""
    real = de.Source(60, FIRST, noise_variance=0.5)
    generator = de.Problem(signal=1 / D, sources=[de.Source(10**9, FIRST)], ridge=0)
    synthetic = de.Source(30, FIRST, labels=generator, noise_variance=0.2)
    own = de.Source(30, FIRST, noise_variance=0.2)
    a, b = (
        de.predict(de.Problem(signal=1 / D, sources=[real, s], ridge=0.1, model=model))
        for s in (synthetic, own)
    )
    assert a.error == pytest.approx(b.error, rel=1e-8) and "other samples" in a.notes[0]


def test_ties_diverge_and_say_so():
    real = de.Source(D, FIRST, noise_variance=0.5)
    generator = de.Problem(signal=1 / D, sources=[real], ridge=0)
    p = de.predict(
        de.Problem(signal=1 / D, sources=[real, de.Source(60, FIRST, labels=generator)], ridge=0.1)
    )
    assert p.error == p.collapse == np.inf and p.status == de.Status.DIVERGES
    assert any("as many samples as dimensions" in note for note in p.notes)
    assert 0 < p.bias < np.inf


def test_tiny_ridges_approach_the_limit_without_one():
    def at(ridge):
        real = de.Source(24, FIRST, noise_variance=0.5)
        generator = de.Problem(signal=1 / D, sources=[real], ridge=ridge)
        synthetic = de.Source(30, SECOND, labels=generator, noise_variance=0.1)
        return de.predict(de.Problem(signal=1 / D, sources=[real, synthetic], ridge=ridge)).error

    assert at(1e-9) == pytest.approx(at(0), rel=1e-6)
    assert at(1e-13) == pytest.approx(at(0), rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_problem_of_the_same_shape_has_the_same_prediction(kind):
    problem = KINDS[kind]()
    a, b = de.predict(problem), de.predict(enlarged(problem, 2))
    for term in TERMS:
        assert getattr(b, term) == pytest.approx(getattr(a, term), rel=1e-10)
    assert b.against_fresh == pytest.approx(a.against_fresh, rel=1e-10)


def test_simulations_of_larger_problems_are_nearer():
    problem = KINDS["random truth"]()
    p, departures = de.predict(problem), []
    for factor, trials in ((1, 400), (4, 60)):
        run = de.simulate(enlarged(problem, factor), trials=trials)
        departures.append((run.mean.error - p.error) / p.error)
        assert abs(departures[-1] * factor) < 0.03
    assert abs(departures[1]) < abs(departures[0]) / 2 + 3 * run.stderr.error / p.error
