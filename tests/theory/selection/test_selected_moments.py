"""Moments of selected samples: public values, sampling, closed forms, and small numbers."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import gammainc
from scipy.stats import norm

import detequiv as de
from detequiv import labels, rules
from detequiv.theory.base.errors import ShapeError, SpecError
from detequiv.theory.selection import selection_integrand
from detequiv.theory.selection.selected_moments import selected_moments
from helpers.refusals import refused
from helpers.selections import (
    GENERATOR,
    LABELS,
    PUBLISHED,
    RULES,
    SMOOTH,
    VARIANCES,
    VERIFIER,
    deviations,
    numeric_scores,
    published_basis,
    published_labels,
    published_rule,
)

SOURCES = [
    pytest.param(case, source, effective, id=f"{case['name']} {i}")
    for case in PUBLISHED["cases"]
    for i, (source, effective) in enumerate(zip(case["sources"], case["effective"], strict=True))
]


@pytest.mark.parametrize(("case", "source", "effective"), SOURCES)
def test_the_public_cases(case, source, effective):
    S, E = published_basis(case["beta"])
    law, rule = published_labels(source["label"], E, S), published_rule(source["keep"], E)
    found = selected_moments(law, rule, S)
    G = E.T @ (S[:, None] * found.basis)
    M = G @ found.second_moment @ G.T + np.eye(3) - G @ G.T
    assert found.kept == pytest.approx(effective["kept"], abs=1e-12)
    assert np.allclose(G @ found.mean, effective["mean"], atol=1e-12)
    assert np.allclose(M, effective["M"], atol=1e-12)
    assert np.allclose(G @ found.truth, effective["beta"], atol=1e-12)
    # the noise of the cubic case is given with 12 digits
    assert found.noise_variance == pytest.approx(effective["noise"], abs=2e-12)
    assert found.integration_error < 1e-12


QUICK = [
    (label, rule)
    for label in LABELS
    for rule in RULES
    if label not in SMOOTH or (numeric_scores(label, rule) < 3 and not (label == "step" and "near" in rule))
]


@pytest.mark.slow(keep=10)
@pytest.mark.parametrize(("label", "rule"), QUICK)
def test_moments_agree_with_sampling(label, rule):
    # at most 15 moments of 2e5 samples: exceeds 4.5 standard errors by chance in 1e-4 of the cases
    found = selected_moments(LABELS[label], RULES[rule], VARIANCES)
    assert deviations(found, LABELS[label], RULES[rule], seed=3, count=200_000).max() < 4.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("label", "rule"), [("cubic", "sigmoid of label"), ("cubic", "random, agree, agree")]
)
def test_three_scores_agree_with_sampling(label, rule):
    found = selected_moments(LABELS[label], RULES[rule], VARIANCES)
    assert found.integration_error < 1e-6
    assert deviations(found, LABELS[label], RULES[rule], seed=3, count=200_000).max() < 4.5


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize(
    ("label", "rule"),
    [
        ("linear", "near"),
        ("linear", "agree, margin"),
        ("sign", "agree"),
        ("probit", "near"),
        ("cubic", "margin"),
        ("tanh", "label"),
        ("mixture", "agree"),
    ],
)
def test_fourth_moments_agree_with_sampling(label, rule):
    # some 50 moments of 2e5 samples, with heavy tails in the cubic case
    found = selected_moments(LABELS[label], RULES[rule], VARIANCES, degree=4)
    plain = selected_moments(LABELS[label], RULES[rule], VARIANCES)
    assert np.allclose(found.second_moment, plain.second_moment, atol=1e-12)
    assert np.allclose(found.fourth[0, 0, 1:, 1:], found.joint_second_moment, atol=1e-12)
    assert deviations(found, LABELS[label], RULES[rule], seed=4, count=200_000).max() < 5


@pytest.mark.parametrize("rule", ["everything", "random"])
def test_nothing_pruned_leaves_gaussian_moments(rule):
    keep = rules.everything() if rule == "everything" else rules.random(0.3)
    found = selected_moments(LABELS["linear"], keep, VARIANCES, degree=4)
    S = found.joint_second_moment
    wick = np.einsum("ik,jl->ijkl", S, S) + np.einsum("il,jk->ijkl", S, S)
    assert np.allclose(found.product_covariance, wick, atol=1e-14)
    assert found.kept == (1.0 if rule == "everything" else 0.3)
    assert np.allclose(found.basis @ found.truth, GENERATOR) and found.noise_variance == 0.25


# ---- closed forms (made_theory.md, B3 and B4)


def filtered(w, v, variance, t):
    """p, w_eff and σ_eff² of linear labels near a verifier's."""
    D = float((w - v) @ (VARIANCES * (w - v)))
    a = t / math.sqrt(D + variance)
    kept = gammainc(0.5, a * a / 2)
    rr = gammainc(1.5, a * a / 2) / kept
    γ = rr * (D + variance) / (variance + rr * D) if variance else 1.0
    return kept, v + γ * (w - v), γ * variance


@pytest.mark.parametrize("t", [1e-6, 1e-3, 0.5, 10.0])
@pytest.mark.parametrize("variance", [0.25, 1e-6, 0.0])
@pytest.mark.parametrize("distance", [1.0, 1e-4, 1e-8])
def test_a_filter_keeps_all_digits(t, variance, distance):
    v = GENERATOR + distance * (VERIFIER - GENERATOR)
    kept, truth, noise = filtered(GENERATOR, v, variance, t)
    found = selected_moments(labels.linear(GENERATOR, variance), rules.near(v, t), VARIANCES)
    assert found.kept == pytest.approx(kept, rel=2e-13)
    assert np.abs(found.basis @ found.truth - truth).max() < 2e-13
    assert found.noise_variance == pytest.approx(noise, rel=2e-13, abs=0)


@pytest.mark.parametrize("distance", [1.0, 1e-2, 1e-4, 1e-8, 0.0])
def test_agreement_turns_the_truth_to_the_bisector(distance):
    oracle = GENERATOR + distance * (VERIFIER - GENERATOR)
    g, o = (w / math.sqrt(w @ (VARIANCES * w)) for w in (GENERATOR, oracle))
    half = math.sqrt((g - o) @ (VARIANCES * (g - o))) / 2
    p, s = 1 - 2 * math.asin(half) / math.pi, 2 * half * math.sqrt(1 - half**2)
    r = 1 - 2 * half**2
    found = selected_moments(labels.sign(GENERATOR), rules.agree(oracle), VARIANCES)
    truth = (g + o) / (math.sqrt(2 * math.pi) * (p + s / math.pi))
    assert found.kept == pytest.approx(p, abs=1e-14)
    assert np.abs(found.basis @ found.truth - truth).max() < 1e-13
    assert found.noise_variance == pytest.approx(1 - (1 + r) / (math.pi * p * (p + s / math.pi)), abs=1e-13)


def test_truncated_scores():
    length = math.sqrt(VERIFIER @ (VARIANCES * VERIFIER))
    for a in (0.5, 2.0, 10.0):
        tail = norm.sf(a)
        found = selected_moments(LABELS["linear"], rules.one_sided(VERIFIER, above=a * length), VARIANCES)
        assert found.kept == pytest.approx(tail, rel=1e-13)
        assert found.mean[0] == pytest.approx(norm.pdf(a) / tail, rel=1e-13)
        assert found.second_moment[0, 0] == pytest.approx(1 + a * norm.pdf(a) / tail, rel=1e-13)
        both = selected_moments(LABELS["linear"], rules.margin(VERIFIER, above=a * length), VARIANCES)
        assert both.kept == pytest.approx(2 * tail, rel=1e-13)
        assert both.second_moment[0, 0] == pytest.approx(1 + a * norm.pdf(a) / tail, rel=1e-13)


def test_steep_probit_labels_are_signs():
    # labels of scale s differ from signs by O(s²)
    for rule in ("agree", "margin", "near", "agree, margin"):
        steep = selected_moments(labels.probit(GENERATOR, 1e-3), RULES[rule], VARIANCES)
        sign = selected_moments(labels.sign(GENERATOR), RULES[rule], VARIANCES)
        assert steep.kept == pytest.approx(sign.kept, abs=1e-6)
        assert np.abs(steep.truth - sign.truth).max() < 1e-5


@pytest.mark.parametrize("label", ["linear", "sign", "probit", "cubic", "square"])
def test_a_tight_filter_leaves_the_variance_of_a_uniform_label(label):
    # y − xᵀw_v is uniform in ±t for small t, whatever the labels, and independent of x for noisy ones
    t = 1e-6
    found = selected_moments(LABELS[label], rules.near(VERIFIER, t), VARIANCES)
    assert np.abs(found.basis @ found.truth - VERIFIER).max() < 1e-9
    assert found.noise_variance == pytest.approx(t**2 / 3, rel=1e-6)


# ---- invariances


@given(st.floats(0.05, 3.0), st.floats(0.0, 2.0), st.integers(0, 10**6))
@example(1.0, 2.3e-309, 0)  # the noise's part of the axes is 1e-154: its square is not a normal number
@settings(max_examples=20, deadline=None)
def test_units_of_inputs_do_not_matter(t, variance, seed):
    rng = np.random.default_rng(seed)
    w, v, scale = rng.standard_normal(5), rng.standard_normal(5), 10 ** rng.uniform(-3, 3, 5)
    rule = rules.near(v, t) & rules.margin(v, above=0.1)
    found = selected_moments(labels.linear(w, variance), rule, VARIANCES)
    scaled_rule = rules.near(v / scale, t) & rules.margin(v / scale, above=0.1)
    other = selected_moments(labels.linear(w / scale, variance), scaled_rule, VARIANCES * scale**2)
    assert other.kept == pytest.approx(found.kept, rel=1e-9)
    assert np.allclose(scale * (other.basis @ other.truth), found.basis @ found.truth, atol=1e-8)
    assert 0 <= found.noise_variance <= variance * (1 + 1e-12)


def test_a_matrix_and_its_diagonal_say_the_same():
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    dense = turn @ np.diag(VARIANCES) @ turn.T
    rule = rules.agree(turn @ VERIFIER) & rules.margin(turn @ VERIFIER, above=0.5)
    found = selected_moments(labels.sign(turn @ GENERATOR, 0.1), rule, dense)
    plain = selected_moments(LABELS["sign"], RULES["agree, margin"], VARIANCES)
    assert found.kept == pytest.approx(plain.kept, rel=1e-12)
    assert np.allclose(turn.T @ found.basis @ found.truth, plain.basis @ plain.truth, atol=1e-12)
    moved = selected_moments(
        labels.mixture(turn @ LABELS["mixture"].w, 0.15), rules.agree(turn @ VERIFIER), de.Covariance(dense)
    )
    still = selected_moments(LABELS["mixture"], RULES["agree"], VARIANCES)
    assert np.allclose(turn.T @ moved.basis @ moved.truth, still.basis @ still.truth, atol=1e-12)


def test_selection_by_input_alone_leaves_linear_labels_alone():
    for rule in ("margin", "one_sided", "sigmoid", "jump"):
        found = selected_moments(LABELS["linear"], RULES[rule], VARIANCES)
        assert np.allclose(found.basis @ found.truth, GENERATOR, atol=1e-14)
        assert found.noise_variance == pytest.approx(0.25, rel=1e-13)


# ---- errors


HARD = [
    ("linear", "jump"),
    ("linear", "sigmoid of label"),
    ("linear", "random, agree, agree"),
    ("sign", "near, one_sided"),
    ("cubic", "near"),
    ("cubic", "agree"),
    ("square", "agree, margin"),
    ("step", "agree"),
    ("tanh", "near"),
]


@pytest.mark.slow(keep=3)
@pytest.mark.parametrize(("label", "rule"), HARD)
def test_the_estimate_bounds_the_error(label, rule, monkeypatch):
    exact = selected_moments(LABELS[label], RULES[rule], VARIANCES)
    monkeypatch.setattr(selection_integrand, "TOLERANCE", {1: 1e-5, 2: 1e-5, 3: 1e-5})
    rough = selected_moments(LABELS[label], RULES[rule], VARIANCES)
    gaps = [
        abs(rough.kept - exact.kept),
        np.abs(rough.second_moment - exact.second_moment).max(),
        np.abs(rough.truth - exact.truth).max(),
        abs(rough.noise_variance - exact.noise_variance),
    ]
    assert max(gaps) <= rough.integration_error + exact.integration_error


def test_kinks_that_are_not_declared_are_found():
    capped = rules.probability(lambda z: np.minimum(1.0, np.abs(z) / 0.7), VERIFIER)
    declared = rules.probability(lambda z: np.minimum(1.0, np.abs(z) / 0.7), VERIFIER, breaks=[-0.7, 0, 0.7])
    a, b = (selected_moments(LABELS["sign"], rule, VARIANCES) for rule in (capped, declared))
    assert abs(a.kept - b.kept) < 1e-12 and np.abs(a.truth - b.truth).max() < 1e-11


# ---- refusals


def test_refusals():
    law = LABELS["linear"]
    with refused(ShapeError, "w of the rule", "entry", ("2", "5")):
        selected_moments(law, rules.agree([1.0, 0.0]), VARIANCES)
    with refused(SpecError, "w of the rule", "score varies", "0"):
        selected_moments(labels.linear([1.0, 0.0]), rules.agree([0.0, 1.0]), [1.0, 0.0])
    with refused(SpecError, "rule", "keep share above 1e-300", "0.0e+00"):
        selected_moments(law, rules.one_sided(VERIFIER, above=100.0), VARIANCES)
    with refused(SpecError, "labels and rule", "at most 3 scores", "4"):
        many = rules.everything()
        for k in range(4):
            many = many & rules.probability(sigmoid_of, np.eye(5)[k])
        selected_moments(law, many, VARIANCES)
    with refused(SpecError, "degree", "2 or 4", "3"):
        selected_moments(law, rules.everything(), VARIANCES, degree=3)
    with refused(SpecError, "mu", "range", "1"):
        selected_moments(labels.mixture([0.0, 1.0]), rules.everything(), [1.0, 0.0])
    with refused(SpecError, "labels", "law", "1"):
        selected_moments(1, rules.everything(), VARIANCES)
    with refused(SpecError, "rule", "rule", "1"):
        selected_moments(law, 1, VARIANCES)
    with refused(SpecError, "product_covariance", "degree", "4"):
        _ = selected_moments(law, rules.everything(), VARIANCES).product_covariance


def sigmoid_of(z):
    return 1 / (1 + np.exp(-z))


def test_a_score_without_variance_leaves_noise():
    found = selected_moments(labels.linear([0.0, 1.0], 0.5), rules.agree([1.0, 0.0]), [1.0, 0.0])
    assert found.kept == pytest.approx(0.5) and 0 < found.noise_variance < 0.5
