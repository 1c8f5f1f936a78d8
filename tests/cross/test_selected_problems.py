"""The public cases of selected data, end to end: m, q, errors and 0-1 errors of trained models."""

import dataclasses

import numpy as np
import pytest

import detequiv as de
from helpers.selections import PUBLISHED, published_basis, published_labels, published_rule

RESULTS = [(case, result) for case in PUBLISHED["cases"] for result in case["results"]]


def problem(case, d, plain=False):
    """The problem of a case; plain : with the ordinary source of the same effect."""
    S, E = published_basis(case["beta"], d)
    sources = []
    for given in case["sources"]:
        selection = de.select(
            round(given["N_over_d"] * d),
            S,
            labels=published_labels(given["label"], E, S),
            keep=published_rule(given["keep"], E),
            weight=given.get("weight", 1.0),
        )
        sources.append(selection.source if plain else selection)
    signal = de.Fixed(E @ case["star"])
    return de.Problem(signal=signal, sources=sources, ridge=case["ridge"], target=de.Target(S))


@pytest.mark.parametrize(("case", "result"), RESULTS, ids=[f"{c['name'][:20]} {r['d']}" for c, r in RESULTS])
def test_the_public_cases(case, result):
    given = problem(case, result["d"])
    p = de.predict(given)
    assert [source.n for source in given.sources] == result["n"]
    assert p.overlaps == pytest.approx([result["m"], result["q"], result["rho"]], rel=1e-9)
    mixture = case["metric"] == "mixture"
    value = p.error if case["metric"] == "mse" else p.classification_error(mixture=mixture)
    assert value == pytest.approx(result["theory"], rel=1e-9)


@pytest.mark.parametrize("case", PUBLISHED["cases"], ids=[c["name"][:20] for c in PUBLISHED["cases"]])
@pytest.mark.parametrize("ridge", [0.0, 0.3])
@pytest.mark.parametrize("model", [de.Linear(), de.RandomProjection(40)], ids=["linear", "projection"])
def test_selections_are_their_ordinary_sources(case, ridge, model):
    found, expected = (
        de.predict(dataclasses.replace(problem(case, 60, plain), ridge=ridge, model=model))
        for plain in (False, True)
    )
    assert (found.error, found.bias, found.collapse) == (expected.error, expected.bias, expected.collapse)
    assert found.sources == expected.sources


def test_rounds_of_filtered_labels_of_a_fixed_verifier():
    """made_theory.md, B4: the second round is better than the verifier, .04, and later ones return to it."""
    d, expected = 50, [0.05588, 0.03729, 0.03880, 0.03981]
    rng = np.random.default_rng(0)
    truth, e_v, e_g = np.linalg.qr(rng.normal(size=(d, 3)))[0].T
    verifier, model = truth + np.sqrt(0.04) * e_v, truth + np.sqrt(0.49) * e_g
    for error in expected:
        labels = de.labels.linear(model, noise_variance=0.25)
        kept = de.select(20_000, np.ones(d), labels=labels, keep=de.rules.near(verifier, 0.5))
        model = de.Problem(signal=de.Fixed(truth), sources=[kept], ridge=0)
        assert de.predict(model).error == pytest.approx(
            error, abs=2e-5
        )  # printed ones neglect O(d/n) of these


def test_units_do_not_matter():
    case = PUBLISHED["cases"][1]
    (given,) = problem(case, 60).sources
    law, rule = given.law, given.keep
    base = de.Problem(signal=de.Fixed(law.w), sources=[given], ridge=0.05)
    labels = de.labels.linear(100 * law.w, noise_variance=1e4 * law.noise_variance)
    keep = de.rules.near(100 * rule.w, 100 * rule.t)
    louder = dataclasses.replace(given, law=labels, keep=keep)
    found = de.predict(de.Problem(signal=de.Fixed(100 * law.w), sources=[louder], ridge=0.05))
    assert found.error == pytest.approx(1e4 * de.predict(base).error, rel=1e-10)
    assert found.classification_error() == pytest.approx(de.predict(base).classification_error(), rel=1e-10)


def test_two_halves_are_the_whole():
    case = PUBLISHED["cases"][0]
    (whole,) = problem(case, 60).sources
    half = dataclasses.replace(whole, draws=whole.draws // 2)
    signal = de.Fixed(whole.law.w + 0.01)
    found = [
        de.predict(de.Problem(signal=signal, sources=s, ridge=0.05)).error
        for s in ([whole], [half, half.again()])
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-12)
