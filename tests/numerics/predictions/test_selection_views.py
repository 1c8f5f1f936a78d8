"""What a prediction says of selected samples: in words, tables, HTML, dictionaries and data sets."""

import json
import math
from typing import Any

import pytest

import detequiv as de
from detequiv.numerics.predictions.class_error import class_error
from detequiv.numerics.predictions.rendering import as_tables
from helpers.refusals import refused

W, V, S = [1.0, 0.5], [1.0, 0.0], [1.0, 0.5]
REAL = de.Source(60, S, noise_variance=0.2)


def problem(labels: Any, keep: Any = None, **fields: Any) -> de.Problem:
    kept = de.select(1000, S, labels=labels, keep=keep)
    return de.Problem(**{"signal": de.Fixed(W), "sources": [REAL, kept], "ridge": 0.1} | fields)


HALF = problem(de.labels.linear(W, noise_variance=0.25), de.rules.one_sided(V, above=0))
SIGNS = problem(de.labels.sign(W, flip=0.1), de.rules.agree(V))


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_problem_says_what_is_kept() -> None:
    kept = "500 samples kept of 1000 (50%, effective noise variance 0.25)"
    for text in (str(HALF), words(str(de.predict(HALF))), words(str(de.simulate(HALF, trials=2)))):
        assert kept in text and "gain 0" not in text
    html = HALF._repr_html_()
    assert all(f">{cell}<" in html for cell in ("drawn N", "1000", "kept fraction", "0.5", "kept n", "500"))
    light = de.select(10, S, labels=de.labels.linear(W), weight=0.5)
    assert "10 samples kept of 10 (100%, effective noise variance 0, weight 0.5)" in str(
        de.Problem(signal=1.0, sources=[light], ridge=0.1)
    )


def test_tables_and_html_have_a_row_for_each_selection() -> None:
    table = as_tables(de.predict(HALF)).split("\n\n")[3].splitlines()
    head = "selected source drawn N kept fraction kept n effective noise variance"
    assert words(table[0]) == head
    assert table[1].split() == ["1", "1000", "0.5", "500", "0.25"]
    html = de.predict(HALF)._repr_html_()
    assert all(f">{cell}<" in html for cell in ("drawn N", "1000", "kept fraction", "0.5"))
    plain = de.predict(de.Problem(signal=1.0, sources=[REAL], ridge=0.1))
    assert "selected" not in as_tables(plain) and "drawn N" not in plain._repr_html_()


def test_numbers_of_selections_are_in_dictionaries_and_data_sets() -> None:
    p = de.predict(HALF)
    plain, table = p.to_dict(), p.to_xarray()
    assert json.loads(json.dumps(plain)) == plain and "classification_error" not in plain
    said = {"drawn": 1000, "kept": 0.5, "samples": 500, "noise_variance": p.problem.sources[1].noise_variance}
    assert said.items() <= plain["sources"][1].items() and "drawn" not in plain["sources"][0]
    assert table.drawn.values.tolist() == [60, 1000] and table.samples.values.tolist() == [60, 500]
    assert table.kept.values.tolist() == [1.0, 0.5] and "classification_error" not in table
    assert "drawn" not in de.predict(de.Problem(signal=1.0, sources=[REAL], ridge=0.1)).to_xarray()


def test_classes_have_a_0_1_error() -> None:
    p = de.predict(SIGNS)
    error = p.classification_error()
    said = f"0-1 error {error:.4g}, of sign f(x) against sign xᵀw_t."
    assert said in words(str(p)) and said in words(as_tables(p))
    assert "0-1 error of sign f(x)" in p._repr_html_()
    assert p.to_dict()["classification_error"] == error == p.to_xarray().classification_error.item()
    assert class_error(de.predict(HALF)) is None


def test_the_class_of_a_mixture_is_the_test_label_where_the_target_is_the_mixture() -> None:
    """μ = Σ_t w_t = (1, 0.25)."""
    p = de.predict(problem(de.labels.mixture([1.0, 0.25], flip=0.1)))
    found = class_error(p)
    assert found is not None and found.error == p.classification_error(mixture=True) and found.mixture
    assert "against the class of the mixture" in words(str(p))
    other = class_error(de.predict(problem(de.labels.mixture([1.0, 0.3]))))
    random = class_error(de.predict(problem(de.labels.mixture([1.0, 0.25]), signal=1.0)))
    assert other is not None and random is not None and not other.mixture and not random.mixture


def test_with_an_intercept_the_slope_classifies() -> None:
    """Without selection the samples have mean 0: on 60 of them the slope is that of 59 without intercept."""
    p = de.predict(problem(de.labels.sign(W, 0.1), de.rules.one_sided(W, above=-0.5), intercept=True))
    assert "of the sign of f(x) less its intercept" in words(str(p))
    m, q, rho = p.overlaps
    assert m * m <= q * rho and 0 < p.classification_error() < 0.5
    source = de.Source(60, S, noise_variance=0.2)
    with_intercept = de.Problem(signal=de.Fixed(W), sources=[source], ridge=0.1, intercept=True)
    fewer = de.Source(59, S, noise_variance=0.2)
    without = de.Problem(signal=de.Fixed(W), sources=[fewer], ridge=0.1 * 60 / 59)
    assert de.overlaps(with_intercept) == pytest.approx(de.overlaps(without), rel=1e-12)


def test_an_infinite_error_has_no_0_1_error() -> None:
    two = de.select(4, S, labels=de.labels.sign(W), keep=de.rules.random(0.5))
    p = de.predict(de.Problem(signal=de.Fixed(W), sources=[two], ridge=0))
    assert math.isinf(p.error) and class_error(p) is None and "0-1" not in str(p)


def test_selections_by_trained_models_have_a_predicted_quality() -> None:
    fit = de.Problem(signal=de.Fixed(W), sources=[de.Source(50, S, noise_variance=0.1)], ridge=0.1)
    mix = problem(de.labels.linear(fit), de.rules.random(0.5))
    assert "500 samples kept of 1000 labelled or selected by a trained model" in str(mix)
    assert ">of a model<" in mix._repr_html_()
    with refused(de.SpecError, "sources[1]", "trained model predicted", (), "predict(problem).quality(1)"):
        mix.quality(1)
    assert de.predict(mix).quality(1) == pytest.approx(de.predict(fit).error, rel=0.05)
