"""The witnesses of selected samples: their simulator, and that false statements are caught."""

import dataclasses
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.verify import trial_seed, witness
from detequiv.verify.witness.selected import (
    agreement_witnesses,
    filter_round_witnesses,
    filter_witnesses,
    kept_moments_by_hand,
    selected_designs,
    selected_sources,
)
from detequiv.verify.witness.selected.plain_selections import PlainSource, noisy, square_error, trained
from detequiv.verify.witness.selected.selected_problems import direction, eigenvalues, selected, with_target
from detequiv.verify.witness.witnessed_problem import EQUATIONS, INTEGRALS

MODULES: tuple[Any, ...] = (
    selected_sources,
    selected_designs,
    filter_witnesses,
    filter_round_witnesses,
    agreement_witnesses,
)


def statements(size: witness.Size) -> list[witness.Statement]:
    return [s for module in MODULES for group in module.groups(size) for s in group.statements]


def found(text: str, size: witness.Size = witness.FULL) -> witness.Statement:
    """The first statement whose key has this text."""
    return next(s for s in statements(size) if text in s.key)


@pytest.mark.slow
@pytest.mark.parametrize("intercept", [False, True])
def test_the_plain_simulator_is_that_of_the_library(intercept: bool) -> None:
    """Within 4.5 standard errors of the difference: about once in 10⁵ by chance, for each of the cases."""
    d, draws, t, trials = 10, 80, 0.6, 600
    S, w_t, w_g, w_v = eigenvalues(d), direction(d, 1), direction(d, 1, 0.7), direction(d, 1, 0, 0.3)
    law, rule = de.labels.linear(w_g, 0.25), de.rules.near(w_v, t) & de.rules.one_sided(w_v, above=-0.5)
    problem = with_target(d, [selected(d, draws, law, rule)], 0.1, intercept=intercept)
    library = de.simulate(problem, trials=trials, seed=1)
    plain = PlainSource(
        draws, np.sqrt(S), noisy(w_g, 0.25), lambda X, y: (np.abs(y - X @ w_v) < t) & (X @ w_v > -0.5)
    )
    errors = []
    for i in range(trials):
        rng = np.random.default_rng(trial_seed(2, i))
        w, b = trained(rng, [plain], 0.1, intercept=intercept)
        errors.append(square_error(w, w_t, S) + b**2)
    error = np.hypot(np.std(errors) / np.sqrt(trials), library.stderr.error)
    assert abs(np.mean(errors) - library.mean.error) < 4.5 * error


@pytest.mark.parametrize("moment", ["M", "b", "v", "kept"])
def test_moments_that_are_slightly_off_are_seen(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The equations see 1e−9 of them before any simulation; a share is seen where it changes n."""
    right = kept_moments_by_hand.near_verifier

    def wrong(*arguments: Any) -> kept_moments_by_hand.ScoreMoments:
        moments, factor = right(*arguments), 1.01 if moment == "kept" else 1 + 1e-9
        return dataclasses.replace(moments, **{moment: getattr(moments, moment) * factor})

    s = found("near a verifier: E (", witness.QUICK)
    assert s.theory() == pytest.approx(s.witnesses[EQUATIONS](), rel=1e-12)
    monkeypatch.setattr(kept_moments_by_hand, "near_verifier", wrong)
    s = found("near a verifier: E (", witness.QUICK)
    assert s.theory() != pytest.approx(s.witnesses[EQUATIONS](), rel=1e-12)


@pytest.mark.slow
def test_closed_forms_of_a_filter_are_what_integrals_give() -> None:
    integrated = [s for s in statements(witness.FULL) if INTEGRALS in s.witnesses]
    assert len(integrated) == 9
    for s in integrated:
        assert s.theory() == pytest.approx(s.witnesses[INTEGRALS](), rel=1e-12), s.key


def test_criteria_have_the_sign_of_what_they_gain() -> None:
    """One of each, as the name says, and by the equations too."""
    for text in ("light filter, which", "oracle that"):
        gains = {s.name: s for s in statements(witness.FULL) if text in s.name}
        assert len(gains) == 2
        for name, s in gains.items():
            sign = 1 if "help" in name else -1
            assert sign * s.theory() > 0 and sign * s.witnesses[EQUATIONS]() > 0


@pytest.mark.slow
def test_the_best_number_to_keep_is_about_twice_the_dimension() -> None:
    best = found("exact verifier: best n")
    assert best.theory() == best.witnesses[EQUATIONS]()
    assert 1.9 * 120 < best.theory() < 2 * 120


def test_the_best_filter_beats_its_verifier_and_no_other_beats_it() -> None:
    least = found("least E, below")
    assert least.theory() < filter_witnesses.VERIFIER
    assert least.theory() == pytest.approx(least.witnesses[EQUATIONS](), rel=1e-12)


def test_a_filter_of_labels_without_noise_changes_nothing() -> None:
    """To rounding, in every trial."""
    s = found("E, labels without noise", witness.QUICK)
    errors = [s.draw(np.random.default_rng(trial_seed(0, i))) for i in range(3)]
    assert errors == pytest.approx([filter_witnesses.GENERATOR] * 3, rel=1e-12)


def test_a_wrong_threshold_of_rounds_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A threshold of 0.6 in place of 0.5."""
    right = filter_round_witnesses.filter_rounds
    s = found("many samples: E after t = 2", witness.QUICK)
    assert s.theory() == pytest.approx(s.witnesses[EQUATIONS](), rel=1e-12)
    monkeypatch.setattr(
        filter_round_witnesses, "filter_rounds", lambda t, **given: right(t, **{**given, "threshold": 0.6})
    )
    assert abs(s.theory() / s.witnesses[EQUATIONS]() - 1) > 1e-3


def test_the_quick_run_has_a_part_of_the_statements_of_the_page() -> None:
    quick, full = ({(s.source, s.name) for s in statements(size)} for size in (witness.QUICK, witness.FULL))
    assert quick < full
