"""A sketch by random coordinates: three witnesses of its prediction, its spread over draws, refusals.

The witnesses are the linear model averaged over all draws of the coordinates (exact except for 1/d), the
symbolic engine with a 0/1 letter, and simulation.
"""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import detequiv as de
from helpers.strategies import TERMS, everything, joint_moments, problems, terms

fp = de.freeprob


def sketch(width: int, **fields) -> de.Problem:
    """Two sources of unlike covariances, weights and noises, the second one shifted."""
    one, other = np.array([1.0, 0.6, 0.3, 0.1]), np.array([0.3, 0.9, 0.2, 0.5])
    m = np.array([8.0, 12.0, 10.0, 10.0])
    sources = [
        de.Source(30, de.Spectrum(one, m), noise_variance=0.3, weight=1.0),
        de.Source(25, de.Spectrum(other, m), noise_variance=0.1, weight=0.4, shift=0.02, gain=0.9),
    ]
    given = {"signal": 0.05, "ridge": 0.02, "sources": sources} | fields
    return de.Problem(model=de.RandomCoordinates(width), **given)


STEEP = de.Problem(
    signal=1.0,
    sources=[de.Source(100, de.power_law(400, 2, trace=1), noise_variance=0.01)],
    ridge=0.01,
    model=de.RandomCoordinates(200),
)
"""Where one draw says little of another."""


# The linear model, given what is drawn


def given_draw(problem: de.Problem, kept: np.ndarray) -> np.ndarray:
    """(bias, variance, collapse) of the linear model on so many copies of each coordinate.

    What is dropped is noise of the labels: its share of the error is bias with the truths of the
    target, and collapse beyond that.
    """
    total = problem.coordinates.multiplicities
    there = kept > 0
    covariances = [Σ * np.ones(len(total)) for Σ in problem.coordinates.covariances]
    sources, missed, own = [], [], []
    gamma = problem.signal * np.ones(len(total))
    for source, Σ in zip(problem.sources, covariances, strict=False):
        shift = 0.0 if source.shift is None else source.shift
        missed.append(float((total - kept) @ (Σ * gamma)))
        own.append(float((total - kept) @ (Σ * (source.gain**2 * gamma + shift))))
        covariance = de.Spectrum(Σ[there], kept[there])
        sources.append(dataclasses.replace(source, covariance=covariance))
    target = de.Target(de.Spectrum(covariances[-1][there], kept[there]))
    fields = {"model": de.Linear(), "target": target}

    def predicted(noises: list[float]) -> np.ndarray:
        pairs = zip(sources, noises, strict=True)
        noisy = [dataclasses.replace(s, noise_variance=x) for s, x in pairs]
        return terms(de.predict(dataclasses.replace(problem, sources=noisy, **fields)))

    noise = [source.noise_variance for source in problem.sources]
    silent = predicted([0.0] * len(noise))
    from_missed, from_own = predicted(missed)[1], predicted(own)[1]
    lost = float((total - kept) @ (covariances[-1] * gamma))
    return np.array([silent[0] + from_missed + lost, predicted(noise)[1], silent[2] + from_own - from_missed])


def over_draws(problem: de.Problem, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of all draws (by how many copies of each coordinate are kept), and the terms."""
    total = problem.coordinates.multiplicities.astype(int)
    kept = [np.array(k) for k in itertools.product(*(range(m + 1) for m in total)) if sum(k) == width]
    ways = [math.prod(math.comb(m, k) for m, k in zip(total, row, strict=True)) for row in kept]
    values = np.array([given_draw(problem, row.astype(float)) for row in kept])
    return np.array(ways) / math.comb(int(total.sum()), width), values


@pytest.mark.slow
@pytest.mark.parametrize("ridge", [0.02, 0.3])
def test_it_is_the_average_over_all_draws_up_to_one_over_d(ridge: float) -> None:
    """At twice the size the difference is half as large, and is what is estimated."""
    left = []
    for factor in (1, 2):
        m = factor * np.array([4.0, 3.0, 5.0])
        s, other = de.Spectrum([1.0, 0.4, 0.1], m), de.Spectrum([0.5, 0.7, 0.2], m)
        sources = [
            de.Source(7 * factor, s, noise_variance=0.3),
            de.Source(6 * factor, other, noise_variance=0.1, weight=0.5, shift=0.1 / factor, gain=0.8),
        ]
        mix = de.Problem(
            signal=0.2 / factor, sources=sources, ridge=ridge, model=de.RandomCoordinates(6 * factor)
        )
        ways, values = over_draws(mix, 6 * factor)
        mean = ways @ values
        predicted = de.predict(mix)
        left.append(mean - terms(predicted))
        exact = math.sqrt(ways @ (values.sum(axis=1) - mean.sum()) ** 2)
        assert predicted.spread == pytest.approx(exact, rel=0.05 / factor)
    assert left[1] == pytest.approx(left[0] / 2, rel=0.15, abs=2e-4)
    assert abs(left[1]).max() < 0.01 * mean.sum()


def test_at_full_width_it_is_the_linear_model() -> None:
    mix = sketch(40)
    linear = dataclasses.replace(mix, model=de.Linear())
    assert everything(de.predict(mix)) == pytest.approx(everything(de.predict(linear)), rel=1e-14)
    assert de.predict(mix).spread == 0


@given(problems(geometries=("diagonal",), models=("linear",)), st.data())
def test_it_is_a_linear_model_for_any_truths(mix: de.Problem, data: st.DataObject) -> None:
    """Full width for problems of every kind; half of twofold coordinates bounds the null error."""
    full = dataclasses.replace(mix, model=de.RandomCoordinates(int(mix.d)))
    a, b = everything(de.predict(full)), everything(de.predict(mix))
    assert np.allclose(a, b, rtol=1e-11, atol=1e-13, equal_nan=True)


def test_least_squares_has_its_closed_form() -> None:
    """m < n, ridge 0: the error is (missed + noise) m/(n − m) + missed, missed = (1 − m/d) tr ΣΓ."""
    s = de.power_law(60, 0.7)
    mix = de.Problem(
        signal=0.1, sources=[de.Source(90, s, noise_variance=0.3)], ridge=0, model=de.RandomCoordinates(40)
    )
    missed = (1 - 40 / 60) * 0.1 * s.trace
    prediction = de.predict(mix)
    assert prediction.bias == pytest.approx(missed * (1 + 40 / 50), rel=1e-12)
    assert prediction.variance == pytest.approx(0.3 * 40 / 50, rel=1e-12)
    assert prediction.fixed_point.df1 == pytest.approx(40, rel=1e-12)
    assert prediction.fixed_point.width_left == pytest.approx(0, abs=1e-12)


def test_without_ridge_it_diverges_where_samples_are_as_many_as_coordinates() -> None:
    for d, m in ((7, 3), (60, 49), (400, 199)):
        s = de.power_law(d, 1.0)
        mix = de.Problem(signal=1.0, sources=[de.Source(m, s)], ridge=0, model=de.RandomCoordinates(m))
        prediction = de.predict(mix)
        assert prediction.status is de.Status.DIVERGES
        assert math.isinf(prediction.bias)
        assert any(f"n = rank = {m}" in note for note in prediction.notes)


@pytest.mark.parametrize("digits", [30])
def test_more_digits_agree(digits: int) -> None:
    mix = sketch(17)
    rough, fine = de.predict(mix), de.predict(mix, digits=digits)
    for term in TERMS:
        assert getattr(rough, term) == pytest.approx(float(getattr(fine, term)), rel=1e-13)
    assert fine.spread == pytest.approx(rough.spread, rel=1e-9)


def test_joint_moments_of_gains_and_shifts_are_the_same() -> None:
    mix = sketch(17)
    Γ, (first, second) = mix.signal, mix.sources
    gain, shift = second.gain, second.shift
    W = [[Γ, gain * Γ, Γ], [gain * Γ, gain**2 * Γ + shift, gain * Γ], [Γ, gain * Γ, Γ]]
    plain = dataclasses.replace(second, gain=1.0, shift=None)
    joint = dataclasses.replace(mix, signal=None, truths=de.Moments(W), sources=[first, plain])
    assert everything(de.predict(joint)) == pytest.approx(everything(de.predict(mix)), rel=1e-12)


# The engine


def test_the_engine_derives_it_with_a_letter_of_zeros_and_ones() -> None:
    """Every eigenvalue twice, once kept and once dropped: half of the coordinates."""
    n, d = fp.dimensions("n d")
    λ = sympy.Symbol("lam", positive=True)
    Σ, P, Γ = (fp.Deterministic(d, name) for name in ("Sigma", "P", "Gamma"))
    X = fp.Gaussian(n, d, "X", variance=1 / n, column_covariance=Σ)
    G = X.T @ X
    R = P @ (P @ G @ P + λ * fp.identity(d)).inv() @ P
    values, moment = np.array([1.0, 0.5, 0.25, 0.1]), np.array([0.3, 0.1, 0.4, 0.2])
    numbers = {
        n: 6,
        d: 8,
        λ: 0.07,
        Σ: np.repeat(values, 2),
        P: np.tile([1.0, 0.0], 4),
        Γ: np.repeat(moment, 2),
    }
    bias = fp.trace(Σ @ Γ) - 2 * fp.trace(Σ @ R @ G @ Γ) + fp.trace(Σ @ R @ G @ Γ @ G @ R)
    variance = fp.trace(Σ @ R @ G @ R) / n
    spectrum = de.Spectrum(values, np.full(4, 2.0))
    mix = de.Problem(
        signal=moment,
        sources=[de.Source(6, spectrum, noise_variance=1.0)],
        ridge=0.07,
        model=de.RandomCoordinates(4),
    )
    prediction = de.predict(mix)
    assert fp.solve(fp.derive(bias), numbers) == pytest.approx(prediction.bias, rel=1e-11)
    assert fp.solve(fp.derive(variance), numbers) == pytest.approx(prediction.variance, rel=1e-11)


# Simulation


@pytest.mark.slow
@pytest.mark.parametrize("ridge", [0.02, 0.0])
@pytest.mark.parametrize("method", ["conditional", "naive"])
def test_simulation_agrees(ridge: float, method: str) -> None:
    """Fails by chance once in a thousand (alpha)."""
    mix = sketch(22, ridge=ridge)
    trials = 1500 if method == "conditional" else 4000
    run = de.simulate(mix, trials=trials, method=method, seed=3)
    agreement = de.compare(de.predict(mix), run, alpha=1e-3)
    assert agreement.verdict is not de.Verdict.DISAGREES, agreement


@pytest.mark.slow
def test_the_spread_over_draws_is_that_of_simulations() -> None:
    """The sample's own standard error of a standard deviation is 3%; one trial's data add 1%."""
    prediction = de.predict(STEEP)
    errors = de.simulate(STEEP, trials=600, seed=1).samples.error
    assert prediction.spread == pytest.approx(errors.std(), rel=0.1)
    assert abs(errors.mean() - prediction.error) < 3 * errors.std() / len(errors) ** 0.5
    assert prediction.error == pytest.approx(0.546, abs=5e-4)
    assert prediction.spread == pytest.approx(0.321, abs=5e-4)
    assert prediction.status is de.Status.APPROXIMATE
    assert any("standard deviation over draws is 59%" in note for note in prediction.notes)


THREE = {"sources": [de.Source(9, [1.0, 0.5, 0.1], noise_variance=0.1)], "model": de.RandomCoordinates(2)}


@pytest.mark.parametrize("size", [1e-250, 1e250])
def test_the_spread_does_not_depend_on_the_units_of_the_signal(size: float) -> None:
    """Squares of terms of 1e−250 vanish in float64."""
    noisy = [dataclasses.replace(THREE["sources"][0], noise_variance=0.1 * size)]
    fields = THREE | {"sources": noisy}
    prediction = de.predict(de.Problem(signal=size, ridge=0.01, **fields))
    plain = de.predict(de.Problem(signal=1.0, ridge=0.01, **THREE))
    assert prediction.spread / prediction.error == pytest.approx(plain.spread / plain.error, rel=1e-12)


@pytest.mark.parametrize(("ridge", "digits"), [(0.0, 50), (0.0, 60), (1e-300, None), (1e-320, None)], ids=str)
def test_the_spread_is_finite_at_any_small_ridge(ridge: float, digits: int | None) -> None:
    """The scale η is then below the range of float64."""
    plain = de.predict(de.Problem(signal=1.0, ridge=0.0, **THREE))
    prediction = de.predict(de.Problem(signal=1.0, ridge=ridge, **THREE), digits=digits)
    assert prediction.spread == pytest.approx(plain.spread, rel=1e-9)
    assert prediction.approximation_error == pytest.approx(plain.approximation_error, rel=1e-9)


def test_equal_coordinates_count_as_one_however_they_are_written() -> None:
    """Beyond 20 000 entries the second order was left out, and the status was ok."""
    values = np.zeros(20_100)
    values[:39] = 1.0
    found = []
    for spectrum in (values, de.Spectrum([1.0, 0.0], [39.0, 20_061.0])):
        source = de.Source(27, spectrum, noise_variance=9.65)
        mix = de.Problem(signal=1 / 39, sources=[source], ridge=0.00527, model=de.RandomCoordinates(14_070))
        found.append(de.predict(mix))
    assert found[0].status is found[1].status is de.Status.APPROXIMATE
    assert found[0].spread == pytest.approx(found[1].spread, rel=1e-9)


def test_a_spread_that_diverges_is_infinite_and_other_models_have_none() -> None:
    s = np.ones(5)
    source = de.Source(3, s, noise_variance=1.0)
    sketched = de.Problem(signal=1.0, sources=[source], ridge=0, model=de.RandomCoordinates(3))
    assert math.isinf(de.predict(sketched).spread)
    linear = de.Problem(signal=1.0, sources=[dataclasses.replace(source, n=5)], ridge=0)
    assert de.predict(linear).spread == 0


def test_where_all_coordinates_are_alike_no_draw_differs() -> None:
    source = de.Source(150, de.isotropic(200, trace=1), noise_variance=0.1)
    prediction = de.predict(
        de.Problem(signal=1.0, sources=[source], ridge=0.01, model=de.RandomCoordinates(100))
    )
    assert prediction.spread < 1e-12
    assert prediction.status is de.Status.OK


def test_a_trial_sees_so_many_different_coordinates() -> None:
    from detequiv.verify.simulators.draw import Ensemble

    S = Ensemble.of(sketch(22)).design(np.random.default_rng(0)).S
    assert S.shape == (40, 22)
    assert sorted(S.sum(axis=1)) == [0.0] * 18 + [1.0] * 22
    assert (S.sum(axis=0) == 1).all()


# What it is as a value, and what is refused


def test_files_and_larger_copies_hold_it(tmp_path) -> None:
    from detequiv.theory.specification.scaled_copies import enlarged

    mix = sketch(17)
    file = tmp_path / "sketch.toml"
    file.write_text(mix.to_toml(), encoding="utf-8")
    assert de.Problem.from_toml(file) == mix
    assert 'kind = "random-coordinates"' in file.read_text(encoding="utf-8")
    large = enlarged(mix, 3)
    assert large.model == de.RandomCoordinates(51)
    assert everything(de.predict(large)) == pytest.approx(everything(de.predict(mix)), rel=1e-12)


def test_a_sweep_over_its_width_has_status_and_spread() -> None:
    found = de.sweep(lambda width: sketch(width), width=[10, 20, 40])
    each = [de.predict(sketch(width)) for width in (10, 20, 40)]
    assert found.error.values.tolist() == [p.error for p in each]
    assert found.status.values.tolist() == [p.status.value for p in each]
    assert found.spread.values.tolist() == [p.spread for p in each]
    plain = de.sweep(
        lambda ridge: dataclasses.replace(sketch(40), ridge=ridge, model=de.Linear()), ridge=[1, 2]
    )
    assert "spread" not in plain


def test_a_width_above_the_dimension_is_refused() -> None:
    with pytest.raises(de.SpecError, match=r"width.*at most.*40.*41"):
        sketch(41)


@pytest.mark.parametrize(("where", "name"), [("source", "source 0"), ("target", "the target")])
def test_covariances_that_are_not_diagonal_are_refused(where: str, name: str) -> None:
    matrix = np.array([[1.0, 0.2], [0.2, 1.0]])
    covariance = matrix if where == "source" else np.eye(2)
    target = de.Target(matrix) if where == "target" else None
    with pytest.raises(de.SpecError, match=f"diagonal.*{name}"):
        de.Problem(
            signal=1.0,
            sources=[de.Source(9, covariance)],
            ridge=1,
            target=target,
            model=de.RandomCoordinates(1),
        )


def test_moments_may_be_matrices_whose_diagonals_count() -> None:
    Γ = np.array([[1.0, 0.3], [0.3, 0.5]])
    s = np.array([1.0, 0.4])
    fields = {"sources": [de.Source(9, s)], "ridge": 0.1, "model": de.RandomCoordinates(1)}
    dense, diagonal = (de.Problem(signal=M, **fields) for M in (Γ, np.diag(Γ)))
    assert everything(de.predict(dense)) == pytest.approx(everything(de.predict(diagonal)), rel=1e-14)
    moments = joint_moments(2, 1, 0, "diagonals")
    assert math.isfinite(de.predict(de.Problem(truths=moments, **fields)).error)
