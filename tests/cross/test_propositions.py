"""Propositions 1 to 4 of arXiv 2410.04840 v2 against the master equations and against simulation.

The propositions are derived by differentiating the paper's fixed point, the master equations by
leaving samples out: two routes that share the solved point and nothing else.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.numerics.solved_statements import paper_variables, proposition_linear, proposition_projection
from helpers.strategies import (
    changed,
    counts,
    dimensions,
    moments,
    noises,
    paper_mixes,
    positive,
    projections,
    ridges,
    spectra,
    terms,
)

EQUAL = 1e-11
"""Relative; what predict promises. The most seen in 1500 mixes is 5e−13."""


@st.composite
def two_source_mixes(draw, model=None, empty=False):
    """Real and synthetic data of unlike covariance, weight and noise, and a target of its own."""
    d = draw(dimensions)
    least = 0 if empty else 1
    real = de.Source(
        draw(counts(d)),
        draw(spectra(d)),
        noise_variance=draw(noises),
        weight=draw(st.one_of(st.just(1.0), positive)),
    )
    synthetic = de.Source(
        draw(st.one_of(st.just(least), counts(d))),
        draw(spectra(d)),
        noise_variance=draw(noises),
        weight=draw(st.one_of(st.just(1.0), positive)),
        shift=draw(st.one_of(st.none(), moments(d))),
    )
    return de.Problem(
        signal=draw(moments(d)),
        sources=[real, synthetic],
        ridge=draw(ridges),
        model=de.Linear() if model is None else draw(model(d, real.n + synthetic.n)),
        target=draw(st.one_of(st.none(), spectra(d).map(de.Target))),
    )


def proposition_of(mix):
    linear = isinstance(mix.model, de.Linear)
    return (proposition_linear if linear else proposition_projection)(mix)


def rounded(prediction):
    """Where the width is nearly used up, τ = 1 − df₁/m is small, and the proposition, in doubles,
    adds terms that are 1/τ times what is left of them; each of some eight is rounded."""
    point = prediction.fixed_point
    τ = point.width_left / (point.width_left + point.df1)
    return max(EQUAL, 8 * np.finfo(float).eps / τ) if τ > 0 else EQUAL


def assert_same(decomposition, other, tolerance=EQUAL):
    np.testing.assert_allclose(terms(decomposition), terms(other), rtol=tolerance, atol=1e-300)


@settings(max_examples=40)
@given(two_source_mixes())
def test_the_linear_propositions_are_the_master_equations(mix):
    assert_same(proposition_linear(mix), de.predict(mix))


@settings(max_examples=60)
@given(two_source_mixes(model=projections))
def test_the_projected_propositions_are_the_master_equations(mix):
    prediction = de.predict(mix)
    assert_same(proposition_projection(mix), prediction, rounded(prediction))


def test_a_proposition_loses_digits_where_the_width_is_used_up_and_predict_does_not():
    s = de.isotropic(5)
    mix = de.Problem(
        signal=0.2, sources=[de.Source(5, s), de.Source(5, s)], ridge=1e-8, model=de.RandomProjection(5, 10.0)
    )
    prediction = de.predict(mix)
    assert prediction.bias == pytest.approx(float(de.predict(mix, digits=30).bias), rel=1e-14)
    assert_same(proposition_projection(mix), prediction, rounded(prediction))
    assert 1e-11 < rounded(prediction) < 1e-10


@settings(max_examples=20)
@given(two_source_mixes(model=projections, empty=True), st.booleans())
def test_one_source_may_have_no_samples_or_no_weight(mix, weightless):
    real, synthetic = mix.sources
    emptied = changed(synthetic, weight=0.0) if weightless else changed(synthetic, n=0)
    mix = dataclasses.replace(mix, sources=[real, emptied])
    assert_same(proposition_projection(mix), de.predict(mix))
    swapped = dataclasses.replace(mix, sources=[changed(emptied, shift=None), changed(real, shift=0.1)])
    assert_same(proposition_projection(swapped), de.predict(swapped))


@settings(max_examples=25)
@given(paper_mixes())
def test_with_one_covariance_they_are_theorem_1(mix):
    assert_same(proposition_linear(mix), de.theorem_1(mix))


@settings(max_examples=25)
@given(paper_mixes(model=projections))
def test_with_one_covariance_they_are_the_corrected_theorem_2(mix):
    assert_same(proposition_projection(mix), de.theorem_2(mix))


def rotated(values, seed):
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(values),) * 2))[0]
    matrix = (basis * values) @ basis.T
    return (matrix + matrix.T) / 2


@pytest.mark.parametrize(
    "model", [de.Linear(), de.RandomProjection(12), de.RandomProjection(40, 0.1)], ids=str
)
@pytest.mark.parametrize("ridge", [0.01, 1.0])
def test_covariances_and_truths_need_not_commute(model, ridge):
    d = 24
    j = np.arange(1.0, d + 1)
    mix = de.Problem(
        signal=rotated(1 / j, 1),
        ridge=ridge,
        model=model,
        sources=[
            de.Source(20, rotated(j**-0.5, 2), noise_variance=0.3),
            de.Source(
                15, rotated(2 * j**-0.9, 3), noise_variance=0.7, weight=0.7, shift=rotated(0.1 * j**-0.3, 4)
            ),
        ],
        target=de.Target(rotated(j**-0.7, 5)),
    )
    assert_same(proposition_of(mix), de.predict(mix))


def test_multiplicities_count():
    values, copies = np.array([2.0, 0.5, 0.1]), np.array([3.0, 10.0, 7.0])
    first, second = de.Spectrum(values, copies), de.Spectrum(values[::-1], copies)
    mix = de.Problem(
        signal=0.2,
        ridge=0.05,
        model=de.RandomProjection(9),
        sources=[
            de.Source(11, first, noise_variance=0.1),
            de.Source(8, second, noise_variance=0.2, shift=[0.1, 0.2, 0.3]),
        ],
    )
    assert_same(proposition_projection(mix), de.predict(mix))


# The variables of the paper


@settings(max_examples=25)
@given(two_source_mixes(model=projections))
def test_the_variables_of_the_paper_solve_the_equations_of_the_paper(mix):
    """As Definition 2 writes them, typed anew: ψ = m/n, γ = m/d, traces over d, for s² = 1/d."""
    mix = dataclasses.replace(mix, model=de.RandomProjection(mix.model.width))
    v = paper_variables(mix)
    d, n, m, λ = mix.d, mix.n, mix.model.width, mix.ridge
    Σ = np.array([source.covariance.values for source in mix.sources])
    Σt = mix.target_covariance.values
    p, a = np.array(mix.fractions), np.array([source.weight for source in mix.sources])
    (e, u), γ, ψ = map(np.array, (v.e, v.u)), m / d, m / n
    K0, L = (p * e) @ Σ, Σt + (p * u) @ Σ
    K = γ * v.tau * K0 + λ
    np.testing.assert_allclose(1 / e, 1 / a + ψ * v.tau * np.mean(Σ / K, axis=1), rtol=EQUAL)
    assert 1 / v.tau == pytest.approx(1 + np.mean(K0 / K), rel=EQUAL)
    second = ψ * e**2 * np.mean(Σ * (γ * v.tau**2 * L + v.omega) / K**2, axis=1)
    np.testing.assert_allclose(u, second, rtol=EQUAL)
    spill = v.tau**2 * np.mean((γ * v.omega * K0**2 + λ**2 * L) / K**2)
    assert v.omega == pytest.approx(spill, rel=EQUAL)


@settings(max_examples=20)
@given(two_source_mixes(model=projections))
def test_u_is_what_multiplies_the_noise(mix):
    v = paper_variables(mix)
    noise = [source.noise_variance for source in mix.sources]
    assert de.predict(mix).variance == pytest.approx(np.sum(np.array(mix.fractions) * v.u * noise), rel=EQUAL)


def test_the_variables_print_as_a_sentence():
    s = de.isotropic(20)
    mix = de.Problem(signal=1, sources=[de.Source(20, s), de.Source(20, s)], ridge=0.1)
    linear = paper_variables(mix)
    projected = paper_variables(dataclasses.replace(mix, model=de.RandomProjection(15)))
    assert linear.tau is linear.omega is None
    assert "τ" not in str(linear)
    assert str(projected).startswith("e_1 = 0.")
    assert f"τ = {projected.tau:.6g}, ω = {projected.omega:.6g}" in str(projected)


# Simulation

D = 300
J = np.arange(1.0, D + 1)


@pytest.mark.parametrize(
    ("model", "shown"), [(de.Linear(), "1.398906"), (de.RandomProjection(80), "1.356181")], ids=str
)
def test_set_up_a_as_printed_and_as_simulated(model, shown):
    """The error at finite size is O(1/n), here .4% at 300 trials."""
    mix = de.Problem(
        signal=1 / D,
        sources=[
            de.Source(150, J**-0.5 / np.mean(J**-0.5), noise_variance=0.6),
            de.Source(
                70,
                np.roll(J**-0.9, 50) * (2 / np.mean(J**-0.9)),
                noise_variance=0.3,
                shift=0.5 / D,
                weight=0.7,
            ),
        ],
        ridge=0.02,
        model=model,
    )
    stated = proposition_of(mix)
    assert f"{stated.total:.6f}" == shown
    run = de.simulate(mix, trials=30, training=False)
    for name in ("bias", "variance", "collapse"):
        value, mean = getattr(stated, name), getattr(run.mean, name)
        assert abs(mean - value) <= 4 * getattr(run.stderr, name) + stated.total / 220


# Refusals

s = de.power_law(5, 1.0)
REAL, SYNTHETIC = de.Source(8, s), de.Source(4, [1.0] * 5, shift=0.1)


def mix_of(*sources, model, ridge=0.1):
    return de.Problem(signal=1.0, sources=sources, ridge=ridge, model=model)


def refusal(statement, mix):
    with pytest.raises(de.SpecError) as refused:
        statement(mix)
    return str(refused.value)


BOTH = [(proposition_linear, de.Linear()), (proposition_projection, de.RandomProjection(3))]


@pytest.mark.parametrize(("statement", "model"), BOTH)
@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([REAL], "got 1"),
        ([REAL, SYNTHETIC, SYNTHETIC.again()], "got 3"),
        ([SYNTHETIC, REAL], "only the second one a shift"),
        ([REAL, changed(SYNTHETIC, gain=0.5)], "without gain"),
    ],
    ids=["one source", "three", "order", "gain"],
)
def test_the_propositions_refuse_what_they_do_not_cover(statement, model, sources, said):
    message = refusal(statement, mix_of(*sources, model=model))
    assert said in message
    assert "predict takes" in message


LINEAR, PROJECTION = de.Linear(), de.RandomProjection(3)
OTHERS = [de.OrthogonalProjection(3), de.RandomFeatures(3, de.activations.tanh)]


@pytest.mark.parametrize(
    ("statement", "models", "remedy"),
    [
        (proposition_linear, [PROJECTION, *OTHERS], "proposition_projection takes"),
        (proposition_projection, [LINEAR, *OTHERS], "proposition_linear takes"),
        (paper_variables, OTHERS, "fixed_point has"),
    ],
)
def test_each_is_about_its_model_and_names_who_takes_others(statement, models, remedy):
    for model in models:
        message = refusal(statement, mix_of(REAL, SYNTHETIC, model=model))
        assert message.startswith(f"{statement.__name__} is about")
        assert repr(model) in message
        assert remedy in message


STATED = [*BOTH, (paper_variables, LINEAR), (paper_variables, PROJECTION)]


def mixes_of_other_truths(model):
    """Fixed truths, joint moments and gains."""
    fixed = de.Fixed(np.ones(5))
    plain = changed(SYNTHETIC, shift=None)
    made = {"ridge": 0.1, "model": model}
    return {
        "random truths": [
            de.Problem(signal=fixed, sources=[REAL, SYNTHETIC], **made),
            de.Problem(signal=1.0, sources=[REAL, changed(SYNTHETIC, shift=fixed)], **made),
            de.Problem(truths=de.Moments(np.eye(3)), sources=[REAL, plain], **made),
        ],
        "without gain": [de.Problem(signal=1.0, sources=[REAL, changed(plain, gain=0.5)], **made)],
    }


@pytest.mark.parametrize(("statement", "model"), STATED)
def test_fixed_truths_joint_moments_and_gains_are_left_to_predict(statement, model):
    for said, mixes in mixes_of_other_truths(model).items():
        for mix in mixes:
            message = refusal(statement, mix)
            assert statement.__name__ in message
            assert said in message
            assert "predict takes" in message


@pytest.mark.parametrize(("statement", "model"), STATED)
@pytest.mark.parametrize("n", [2, 8], ids=["fewer samples than dimensions", "more"])
def test_without_ridge_they_refuse_in_a_sentence_and_without_a_warning(statement, model, n):
    """Warnings are errors in this suite."""
    mix = mix_of(changed(REAL, n=n), changed(SYNTHETIC, n=1), model=model, ridge=0.0)
    message = refusal(statement, mix)
    assert f"{statement.__name__} needs a positive ridge; got 0" in message
    assert "predict has the limit" in message


@pytest.mark.parametrize(("statement", "model"), STATED)
def test_a_shift_of_nothing_is_none(statement, model):
    shifted = changed(REAL, shift=0.0)
    assert statement(mix_of(shifted, SYNTHETIC, model=model)) == statement(
        mix_of(REAL, SYNTHETIC, model=model)
    )


@pytest.mark.parametrize(("statement", "model"), BOTH)
def test_what_is_not_a_problem_is_refused(statement, model):
    assert "got str" in refusal(statement, "a mix")
