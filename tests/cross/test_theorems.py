"""Theorems 1 and 2 against the master equations, and what they refuse.

Both routes start at one solved point, and every term is a sum of positive summands on both; what
can differ is round-off: 1e−10 is asserted, some 1e−14 is seen.
"""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.theory.statements.theorems import Traces, bias, collapse, own_collapse
from helpers.strategies import (
    arrays,
    counts,
    decades,
    dimensions,
    in_basis,
    letters,
    models,
    moments,
    paper_mixes,
    positive,
    projections,
    ridges,
    rotation,
    seeds,
    spectra,
    terms,
)
from helpers.transformations import mapped

EQUAL = 1e-10


@settings(max_examples=50)
@given(paper_mixes())
def test_theorem_1_is_the_master_equations(mix):
    np.testing.assert_allclose(terms(de.theorem_1(mix)), terms(de.predict(mix)), rtol=EQUAL)


@pytest.mark.slow
@settings(max_examples=100)
@given(paper_mixes(model=projections))
def test_the_corrected_theorem_2_is_the_master_equations(mix):
    np.testing.assert_allclose(terms(de.theorem_2(mix)), terms(de.predict(mix)), rtol=EQUAL)


@settings(max_examples=40)
@given(paper_mixes(model=projections))
def test_the_printed_variance_is_what_is_printed(mix):
    """(tr Σ²T⁻² + (ω′ − θu) tr ΣT⁻²) σ²/e as it stands; its summands cancel to u(n − df1)."""
    Σ, _, _, θ, u, ω = letters(mix)
    left = de.predict(mix).fixed_point.samples_left
    σ2 = np.dot(mix.fractions, [source.noise_variance for source in mix.sources])
    summands = [np.sum((Σ / (Σ + θ)) ** 2), *(np.array([ω, -θ * u]) * np.sum(Σ / (Σ + θ) ** 2))]
    stated = np.sum(summands) * σ2 * mix.n / left
    tolerance = 1e-11 * np.sum(np.abs(summands)) * σ2 * mix.n / left  # m − df2 is a difference
    assert abs(de.theorem_2_as_printed(mix).variance - stated) <= tolerance


@settings(max_examples=40)
@given(paper_mixes(model=projections))
def test_the_printed_collapse_is_too_large_and_the_printed_bias_is_right(mix):
    """At a ridge of .1; as the ridge vanishes, so does ω′ where d is the smallest, and with it the
    difference p_1p_2ω′ tr ΔΣ²T⁻²."""
    mix = dataclasses.replace(mix, ridge=0.1)
    right, printed = de.theorem_2(mix), de.theorem_2_as_printed(mix)
    assert printed.bias == right.bias
    assert printed.collapse > right.collapse


@st.composite
def one_sided_mixes(draw):
    """All data synthetic: p_2 = 1, where printed and right collapse coincide."""
    d = draw(dimensions)
    s = draw(spectra(d))
    n = draw(counts(d))
    return de.Problem(
        signal=draw(moments(d)),
        sources=[
            de.Source(0, s, noise_variance=1.0),
            de.Source(n, s, noise_variance=draw(positive), shift=draw(moments(d))),
        ],
        ridge=draw(ridges),
        model=draw(projections(d, n)),
    )


@settings(max_examples=40)
@given(one_sided_mixes())
def test_with_synthetic_data_alone_the_printed_collapse_is_right(mix):
    right, printed = de.theorem_2(mix), de.theorem_2_as_printed(mix)
    assert printed.collapse == pytest.approx(right.collapse, rel=1e-14)  # p_2 = p_2² = 1
    assert terms(right) == pytest.approx(terms(de.predict(mix)), rel=EQUAL)


@settings(max_examples=40)
@given(paper_mixes(), st.sampled_from([1.0, 1.5]), decades(-2, 2))
def test_theorem_1_takes_a_common_weight(mix, factor, weight):
    sources = [dataclasses.replace(source, weight=weight) for source in mix.sources]
    mix = dataclasses.replace(mix, sources=sources, ridge=factor * mix.ridge)
    np.testing.assert_allclose(terms(de.theorem_1(mix)), terms(de.predict(mix)), rtol=EQUAL)


@settings(max_examples=40)
@given(st.integers(1, 9), arrays(6, st.floats(0.1, 2)), ridges)
def test_theorem_2_takes_multiplicities(copies, values, ridge):
    distinct = de.Spectrum(values, np.full(6, float(copies)))
    real = de.Source(11, distinct, noise_variance=0.1)
    synthetic = de.Source(8, distinct, noise_variance=0.2, shift=np.arange(6) / 6)
    mix = de.Problem(signal=1.0, sources=[real, synthetic], ridge=ridge, model=de.RandomProjection(7))
    np.testing.assert_allclose(terms(de.theorem_2(mix)), terms(de.predict(mix)), rtol=EQUAL)


def turned(mix, seed):
    """The mix with its covariance as a matrix, and its moments with it."""
    Q = rotation(mix.d, seed)

    def there(M):
        return M if np.ndim(M) == 0 else in_basis(M, Q)

    return mapped(mix, covariance=lambda Σ: in_basis(Σ, Q), moment=there)


@settings(max_examples=30)
@given(paper_mixes(model=models, zeros=False), seeds)
def test_the_theorems_take_a_matrix(mix, seed):
    """Both read the same matrix, so that its rounding does not matter."""
    theorem = de.theorem_1 if isinstance(mix.model, de.Linear) else de.theorem_2
    there = turned(mix, seed)
    np.testing.assert_allclose(terms(theorem(there)), terms(de.predict(there)), rtol=EQUAL)


@settings(max_examples=30)
@given(paper_mixes(model=models, zeros=False), seeds)
def test_the_theorems_take_fixed_truths_that_have_no_products(mix, seed):
    """A fixed signal beside a random shift: only its squares count."""
    theorem = de.theorem_1 if isinstance(mix.model, de.Linear) else de.theorem_2
    w = np.random.default_rng(seed).normal(size=(mix.d, 2))
    fixed = dataclasses.replace(mix, signal=de.Fixed(w))
    squares = dataclasses.replace(mix, signal=(w**2).sum(axis=1))
    np.testing.assert_allclose(terms(theorem(fixed)), terms(de.predict(fixed)), rtol=EQUAL)
    np.testing.assert_allclose(terms(theorem(fixed)), terms(theorem(squares)), rtol=EQUAL)


@settings(max_examples=60)
@given(paper_mixes(model=models, zeros=False))
def test_the_theorems_hold_without_ridge_but_at_ties(mix):
    mix = dataclasses.replace(mix, ridge=0.0)
    theorem = de.theorem_1 if isinstance(mix.model, de.Linear) else de.theorem_2
    n, m = mix.n, mix.d if isinstance(mix.model, de.Linear) else mix.model.width
    if n == min(m, mix.d):
        with pytest.raises(de.SpecError, match="predict says which terms diverge"):
            theorem(mix)
    else:
        np.testing.assert_allclose(terms(theorem(mix)), terms(de.predict(mix)), rtol=EQUAL)


TIES = {
    "n = d": (de.Linear(), 4, 4),
    "n = d < m": (de.RandomProjection(7), 4, 4),
    "n = m < d": (de.RandomProjection(4), 4, 7),
    "n = m = d": (de.RandomProjection(4), 4, 4),
}
NEAR_TIES = {
    "n < d": (de.Linear(), 2, 4),  # n − df1 = 0, df1 − df2 = n(1 − n/d) = 1
    "n > d": (de.Linear(), 5, 4),
    "n < m < d": (de.RandomProjection(5), 4, 8),  # m − df1 = 1
    "m < n < d": (de.RandomProjection(4), 5, 8),
    "m = d < n": (de.RandomProjection(4), 5, 4),
}


def ridgeless(model, n, d):
    sources = [
        de.Source(1, de.isotropic(d), noise_variance=1.0),
        de.Source(n - 1, de.isotropic(d), shift=0.1),
    ]
    return de.Problem(signal=1.0, sources=sources, ridge=0.0, model=model)


@pytest.mark.parametrize("name", TIES)
def test_without_ridge_every_tie_of_the_samples_is_refused(name):
    mix = ridgeless(*TIES[name])
    theorem = de.theorem_1 if isinstance(mix.model, de.Linear) else de.theorem_2
    assert de.predict(mix).variance == np.inf
    with pytest.raises(de.SpecError, match="predict says which terms diverge"):
        theorem(mix)


@pytest.mark.parametrize("name", NEAR_TIES)
def test_without_ridge_what_is_next_to_a_tie_is_covered(name):
    mix = ridgeless(*NEAR_TIES[name])
    theorem = de.theorem_1 if isinstance(mix.model, de.Linear) else de.theorem_2
    np.testing.assert_allclose(terms(theorem(mix)), terms(de.predict(mix)), rtol=EQUAL)


@settings(max_examples=40)
@given(paper_mixes(model=models))
def test_the_shifted_source_has_a_collapse_of_its_own(mix):
    """The error on the second source, against its own truth, where there is nothing but the shift."""
    silent = [dataclasses.replace(source, noise_variance=0.0) for source in mix.sources]
    shifted = de.predict(dataclasses.replace(mix, signal=0.0, sources=silent))
    Σ, _, Δ, θ, u, ω = letters(mix)
    T = np.where(Σ > 0, Σ + θ, 1.0)
    traces = Traces(*(np.sum(Δ * Σ**k / T**2) for k in (1, 2, 3)))
    p = mix.fractions[1]
    assert collapse(p, u, ω, θ, traces) == pytest.approx(shifted.error, rel=EQUAL)
    assert own_collapse(p, u, ω, θ, traces) == pytest.approx(shifted.sources[1].error, rel=EQUAL)


def test_the_own_collapse_of_no_and_of_all_samples():
    """With p = 0 nothing of the shift is learnt, and the error is tr ΔΣ; with p = 1 it is the truth of
    all samples, and the error is its bias. Exact, at Σ = 1 and 2, θ = 3."""
    Σ, Δ, T = np.array([1, 2]), np.array([5, 7]), np.array([4, 5])
    traces = Traces(
        *(sum(Fraction(int(x), int(t)) for x, t in zip(Δ * Σ**k, T**2, strict=True)) for k in (1, 2, 3))
    )
    u, ω = Fraction(2, 7), Fraction(1, 11)
    assert own_collapse(Fraction(0), u, ω, Fraction(3), traces) == 5 * 1 + 7 * 2
    assert own_collapse(Fraction(1), u, ω, Fraction(3), traces) == bias(u, ω, Fraction(3), traces)


def isotropic_terms(φ, λ, p2, σ2, r2, c2):
    """The isotropic closed form of Theorem 1; κ by the root that does not cancel."""
    half = 0.5 * (λ + φ - 1)
    root = np.hypot(half, np.sqrt(λ))
    κ = half + root if half > 0 else λ / (root - half)
    left = (1 + κ) ** 2 - φ
    u = φ / left
    ζ = p2 * c2 * (p2 * (1 + (1 - p2) * u) + (1 - p2 + κ) ** 2 * u) / (1 + κ) ** 2
    return κ**2 * r2 / left, σ2 * u, ζ


@settings(max_examples=50)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 60),
    decades(-6, 1),
    st.tuples(positive, positive, positive, positive),
)
def test_isotropic_covariances_give_the_closed_form(real, synthetic, d, λ, sizes):
    """At n = d, (1 + κ)² − φ cancels to about √λ ≥ 1e−3, and the closed form with it: 1e−11."""
    noise_1, noise_2, r2, c2 = sizes
    s, n = de.isotropic(d), real + synthetic
    mix = de.Problem(
        signal=r2 / d,
        sources=[
            de.Source(real, s, noise_variance=noise_1),
            de.Source(synthetic, s, noise_variance=noise_2, shift=c2 / d),
        ],
        ridge=λ,
    )
    σ2 = (real * noise_1 + synthetic * noise_2) / n
    wanted = isotropic_terms(d / n, λ, synthetic / n, σ2, r2, c2)
    np.testing.assert_allclose(terms(de.theorem_1(mix)), wanted, rtol=1e-11)
    np.testing.assert_allclose(terms(de.predict(mix)), wanted, rtol=1e-11)


# Refusals

s = de.power_law(5, 1.0)
REAL, SYNTHETIC = de.Source(8, s), de.Source(4, s, shift=0.1)
PROJECTION = de.RandomProjection(3)


def mix_of(*sources, model=PROJECTION, target=None):
    return de.Problem(signal=1.0, sources=sources, ridge=0.1, model=model, target=target)


def refusal(theorem, mix):
    with pytest.raises(de.SpecError) as refused:
        theorem(mix)
    return str(refused.value)


PROJECTED = [de.theorem_2, de.theorem_2_as_printed]
SOLVED = {
    "theorem 1": (de.theorem_1, de.Linear()),
    "theorem 2": (de.theorem_2, PROJECTION),
    "eq. 15": (de.theorem_2_as_printed, PROJECTION),
    "linear": (de.proposition_linear, de.Linear()),
    "projection": (de.proposition_projection, PROJECTION),
    "variables": (de.paper_variables, PROJECTION),
}


@pytest.mark.parametrize(("statement", "model"), SOLVED.values(), ids=SOLVED)
def test_a_statement_takes_a_point_that_is_solved_already(statement, model):
    mix = mix_of(REAL, SYNTHETIC, model=model)
    solved = statement(mix)
    assert statement(mix, de.predict(mix).fixed_point) == solved
    precise = statement(mix, point=de.predict(mix, digits=30).fixed_point)
    assert str(precise) == str(solved)


@pytest.mark.parametrize(("statement", "model"), SOLVED.values(), ids=SOLVED)
def test_a_statement_refuses_what_is_not_the_point_of_the_problem(statement, model):
    mix = mix_of(REAL, SYNTHETIC, model=model)
    other = mix_of(REAL, SYNTHETIC, model=PROJECTION if model == de.Linear() else de.Linear())
    for point, said in [
        (de.predict(mix), "must be the solved point of the problem; got Prediction"),
        (de.predict(other).fixed_point, "other sources or another model"),
        (de.predict(mix_of(REAL, model=model)).fixed_point, "other sources or another model"),
    ]:
        with pytest.raises(de.SpecError, match=said):
            statement(mix, point)
    with pytest.raises(de.SpecError, match="expected a Problem; got int"):
        statement(5, de.predict(mix).fixed_point)


ALL = [(de.theorem_1, de.Linear()), *((theorem, PROJECTION) for theorem in PROJECTED)]


def test_theorem_1_refuses_a_projection_by_name():
    message = refusal(de.theorem_1, mix_of(REAL, SYNTHETIC))
    assert "RandomProjection(width=3" in message
    assert "linear model" in message
    assert "theorem_2 takes" in message


@pytest.mark.parametrize("theorem", PROJECTED)
def test_theorem_2_refuses_a_linear_model_by_name(theorem):
    message = refusal(theorem, mix_of(REAL, SYNTHETIC, model=de.Linear()))
    assert "Linear()" in message
    assert "random projection" in message
    assert "theorem_1 takes" in message


@pytest.mark.parametrize("theorem", [de.theorem_1, *PROJECTED])
@pytest.mark.parametrize(
    "model", [de.OrthogonalProjection(3), de.RandomFeatures(3, de.activations.tanh)], ids=repr
)
def test_no_theorem_is_about_orthogonal_projections_or_features(theorem, model):
    message = refusal(theorem, mix_of(REAL, SYNTHETIC, model=model))
    assert repr(model) in message
    assert "predict any" in message


@pytest.mark.parametrize("theorem", [de.theorem_1, *PROJECTED])
@pytest.mark.parametrize(
    "other", [de.OrthogonalProjection(3), de.RandomFeatures(3, de.activations.identity)], ids=str
)
def test_the_theorems_refuse_other_models_by_name(theorem, other):
    assert repr(other) in refusal(theorem, mix_of(REAL, SYNTHETIC, model=other))


@pytest.mark.parametrize(("theorem", "model"), ALL)
def test_the_theorems_refuse_truths_with_products(theorem, model):
    fixed, w = dataclasses.replace(SYNTHETIC, shift=de.Fixed(np.ones(5))), de.Fixed(np.arange(5.0))
    both = dataclasses.replace(mix_of(REAL, fixed, model=model), signal=w)
    plain = [REAL, dataclasses.replace(SYNTHETIC, shift=None)]
    truths = de.Moments([[1.0, 1, 1], [1, 1.5, 1], [1, 1, 1]])
    joint = dataclasses.replace(mix_of(*plain, model=model), signal=None, truths=truths)
    for mix in (both, joint):
        assert "predict takes" in refusal(theorem, mix)


@pytest.mark.parametrize(("theorem", "model"), ALL)
@pytest.mark.parametrize(
    ("sources", "target", "said"),
    [
        ([REAL], None, "got 1"),
        ([REAL, SYNTHETIC, SYNTHETIC.again()], None, "got 3"),
        ([REAL, dataclasses.replace(SYNTHETIC, covariance=s.values * 2)], None, "one covariance"),
        ([REAL, SYNTHETIC], de.Target(np.ones(5)), "one covariance"),
        ([REAL, dataclasses.replace(SYNTHETIC, weight=0.5)], None, "got 1 and 0.5"),
        ([SYNTHETIC, REAL], None, "only the second one a shift"),
        ([REAL, dataclasses.replace(SYNTHETIC, gain=0.5)], None, "without gain"),
    ],
    ids=["one source", "three", "unlike covariances", "unlike target", "weights", "order", "gain"],
)
def test_the_theorems_refuse_what_they_do_not_cover(theorem, model, sources, target, said):
    message = refusal(theorem, mix_of(*sources, model=model, target=target))
    assert said in message
    assert "predict take" in message


FIXED = de.Fixed(np.arange(1.0, 6.0))
RIGHT = [(de.theorem_1, de.Linear()), (de.theorem_2, PROJECTION)]


@pytest.mark.parametrize(("theorem", "model"), RIGHT)
@pytest.mark.parametrize("ridge", [0.0, 0.1])
@pytest.mark.parametrize("rotated", [False, True])
def test_fixed_truths_that_do_not_mix_are_covered(theorem, model, ridge, rotated):
    """A fixed signal beside a random shift, and the other way round; predict has their products."""
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(5, 5)))[0] if rotated else np.eye(5)
    Σ = (turn * s.values) @ turn.T if rotated else s
    for signal, shift in ((FIXED, 0.1), (1.0, FIXED)):
        mix = de.Problem(
            signal=signal,
            sources=[de.Source(8, Σ, noise_variance=0.1), de.Source(4, Σ, noise_variance=0.2, shift=shift)],
            ridge=ridge,
            model=model,
        )
        np.testing.assert_allclose(terms(theorem(mix)), terms(de.predict(mix)), rtol=EQUAL)


@pytest.mark.parametrize(("theorem", "model"), ALL)
def test_fixed_truths_with_products_and_joint_moments_are_left_to_predict(theorem, model):
    plain = dataclasses.replace(SYNTHETIC, shift=None)
    made = {"ridge": 0.1, "model": model}
    both_fixed = [REAL, dataclasses.replace(SYNTHETIC, shift=FIXED)]
    for mix in (
        de.Problem(signal=FIXED, sources=both_fixed, **made),
        de.Problem(truths=de.Moments(np.eye(3)), sources=[REAL, plain], **made),
    ):
        assert "predict takes other truths" in refusal(theorem, mix)


@pytest.mark.parametrize(("theorem", "model"), ALL)
def test_a_shift_of_nothing_is_none(theorem, model):
    shifted = dataclasses.replace(REAL, shift=0.0)
    assert theorem(mix_of(shifted, SYNTHETIC, model=model)) == theorem(mix_of(REAL, SYNTHETIC, model=model))


@pytest.mark.parametrize(("theorem", "model"), ALL)
def test_equal_covariances_need_not_be_one_object(theorem, model):
    again = dataclasses.replace(SYNTHETIC, covariance=s.values.copy())
    target = de.Target(s.values.copy())
    assert theorem(mix_of(REAL, again, model=model, target=target)) == theorem(
        mix_of(REAL, SYNTHETIC, model=model)
    )


@pytest.mark.parametrize(("theorem", "model"), ALL)
def test_the_theorems_refuse_what_is_not_a_problem(theorem, model):
    assert "got str" in refusal(theorem, "a mix")


def test_a_decomposition_adds_up():
    right = de.theorem_2(mix_of(REAL, SYNTHETIC))
    assert right.total == right.bias + right.variance + right.collapse


@pytest.mark.parametrize("other", ["ridge", "width", "samples", "model"])
def test_the_point_of_another_problem_is_refused(other: str) -> None:
    s = de.power_law(20, 1.0)
    sources = [de.Source(30, s, noise_variance=0.1), de.Source(20, s, shift=0.1)]
    mix = de.Problem(signal=1.0, sources=sources, ridge=0.1, model=de.RandomProjection(15))
    assert de.theorem_2(mix, de.predict(mix).fixed_point) == de.theorem_2(mix)
    fields = {
        "ridge": {"ridge": 0.2},
        "width": {"model": de.RandomProjection(16)},
        "samples": {"sources": [dataclasses.replace(sources[0], n=31), sources[1]]},
        "model": {"model": de.RandomCoordinates(10)},
    }
    wrong = de.predict(dataclasses.replace(mix, **fields[other])).fixed_point
    with pytest.raises(de.SpecError, match="point belongs to a problem with other"):
        de.theorem_2(mix, wrong)
