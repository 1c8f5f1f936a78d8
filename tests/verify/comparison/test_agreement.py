"""The agreement test: three verdicts, their error rates, and what it refuses."""

import dataclasses
import types
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.errors import ArgumentError
from detequiv.verify import TERMS, Agreement, Simulation, TermAgreement, Terms, Verdict, compare
from detequiv.verify.comparison.term_comparison import compare_mean

MIX = de.Problem(
    signal=1 / 40,
    sources=[
        de.Source(50, de.isotropic(40), noise_variance=0.2),
        de.Source(30, de.isotropic(40), noise_variance=0.1, shift=0.02),
    ],
    ridge=0.1,
    model=de.RandomProjection(30),
)
MEANS = {"error": 1.0, "bias": 0.6, "variance": 0.3, "collapse": 0.1}


def theory(**changes: Any) -> Any:
    return types.SimpleNamespace(**{"problem": MIX} | MEANS | changes)


def simulation(spread: float = 0.05, trials: int = 100, **changes: float) -> Simulation:
    """Samples that have exactly these means, and this standard deviation, in no periodic order."""
    shape = np.random.default_rng(0).permutation(np.resize([1.0, -1.0], trials))
    samples = Terms(**{name: m + spread * shape for name, m in (MEANS | changes).items()})
    return Simulation(problem=MIX, samples=samples, seed=0, method="naive")


def test_an_interval_inside_the_band_agrees() -> None:
    agreement = compare(theory(), simulation(spread=0.01))
    assert agreement.verdict is Verdict.AGREES
    assert [term.name for term in agreement.terms] == list(TERMS)
    assert agreement.tolerance == pytest.approx(0.02)


def test_an_interval_outside_the_band_disagrees_though_the_others_agree() -> None:
    agreement = compare(theory(collapse=0.15), simulation(spread=0.01))
    assert agreement.verdict is Verdict.DISAGREES
    assert agreement.term("collapse").verdict is Verdict.DISAGREES
    assert agreement.term("error").verdict is Verdict.AGREES
    assert "(collapse)" in str(agreement)


def test_a_straddling_interval_is_undecided() -> None:
    assert compare(theory(), simulation(spread=1.0)).verdict is Verdict.UNDECIDED
    assert compare(theory(error=1.03), simulation(spread=0.05)).verdict is Verdict.UNDECIDED


def test_disagreement_outweighs_indecision() -> None:
    agreement = compare(theory(error=2.0, bias=0.61), simulation(spread=0.06), tolerance=0.02)
    assert agreement.term("bias").verdict is Verdict.UNDECIDED
    assert agreement.verdict is Verdict.DISAGREES


def test_terms_without_spread_have_an_interval_of_no_width() -> None:
    exact = simulation(spread=0.0, collapse=0.0)
    right, wrong = theory(collapse=0.0), theory(collapse=0.1)
    assert compare(right, exact, deterministic=True).verdict is Verdict.AGREES
    assert compare(right, exact, deterministic=True).term("collapse").stderr == 0.0
    assert compare(wrong, exact, deterministic=True).verdict is Verdict.DISAGREES


def test_the_tolerance_is_always_stated() -> None:
    default = compare(theory(), simulation())
    assert "The tolerance is ± 0.02, 2% of the predicted error" in " ".join(str(default).split())
    given = compare(theory(), simulation(), tolerance=0.5)
    assert {term.tolerance for term in given.terms} == {0.5}
    assert "The tolerance is ± 0.5, as given" in " ".join(str(given).split())


def test_the_old_name_of_the_tolerance_works_and_both_are_refused() -> None:
    old: Any = compare
    agreement = old(theory(), simulation(), band=0.5)
    assert agreement == compare(theory(), simulation(), tolerance=0.5)
    assert (agreement.band, agreement.band_origin) == (agreement.tolerance, agreement.tolerance_origin)
    assert agreement.terms[0].band == agreement.terms[0].tolerance == 0.5
    with pytest.raises(ArgumentError, match=r"compare got tolerance twice, .* Omit band"):
        old(theory(), simulation(), tolerance=0.5, band=0.5)


def test_it_prints_aligned_columns_and_one_sentence() -> None:
    lines = str(compare(theory(), simulation(trials=64), alpha=0.05)).splitlines()
    table, sentence = lines[:5], " ".join(lines[5:])
    assert all(len(line) <= 100 for line in lines)
    starts = {line.index(word) for line, word in zip(table[1:], 4 * ["["], strict=True)}
    assert starts == {table[0].index("interval")}
    assert "64 trials, seed 0, with alpha = 0.05 split over 4 terms" in sentence


def test_rounding_of_a_term_that_is_0_does_not_leave_it_undecided() -> None:
    """One draw of 1e-28 outweighs all others, and is nothing beside the tolerance."""
    samples = np.zeros(64)
    samples[3] = 1e-28
    term = compare_mean("bias", 0.0, samples, tolerance=0.3, alpha=0.05)
    assert term.skewness > 0.4 * 8
    assert term.verdict is Verdict.AGREES


def test_it_repeats_what_the_prediction_notes() -> None:
    noted = theory(notes=("Only 2 degrees of freedom are left.",))
    assert str(compare(noted, simulation())).endswith("Only 2 degrees of freedom are left.")


def test_it_is_neither_true_nor_false() -> None:
    with pytest.raises(TypeError, match="no truth value"):
        bool(compare(theory(), simulation()))


def test_the_t_interval_is_the_textbook_one() -> None:
    """Two-sided 95% for 1 … 5: 3 ± 2.7764 · √2.5/√5, t from the tables."""
    term = compare_mean("error", 3.0, np.arange(1.0, 6.0), tolerance=2.0, alpha=0.05)
    assert (term.low, term.high) == pytest.approx((3 - 1.96324, 3 + 1.96324), abs=1e-4)


@pytest.mark.parametrize(
    ("changes", "keywords", "sentence"),
    [
        (dict.fromkeys(TERMS, np.inf), {}, "the predicted error is inf"),
        ({"variance": np.nan}, {}, "the predicted variance is nan"),
        ({"error": np.inf, "variance": np.nan}, {}, "the predicted variance is nan"),
        ({"error": np.inf} | dict.fromkeys(TERMS[1:], 0.0), {}, "Pass a tolerance of its size"),
        ({}, {"tolerance": 0.0}, r"tolerance must be positive; got 0\. With none"),
        ({}, {"tolerance": -1.0}, "tolerance must be positive; got -1"),
        ({"error": 0.0}, {}, "the predicted error is 0, .* Pass a tolerance of its size"),
        ({}, {"alpha": 0.0}, "alpha must lie between 0 and 1; got 0.0"),
        ({}, {"alpha": 1.0}, "alpha must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(changes: Any, keywords: Any, sentence: str) -> None:
    with pytest.raises(de.SpecError, match=sentence):
        compare(theory(**changes), simulation(), **keywords)


def test_infinite_terms_are_left_out_and_named() -> None:
    """Of error and variance infinite, bias and collapse are compared, at alpha/2 each."""
    agreement = compare(theory(error=np.inf, variance=np.inf), simulation(spread=0.001))
    assert agreement.verdict is Verdict.AGREES
    assert [term.name for term in agreement.terms] == ["bias", "collapse"]
    assert agreement.left_out == (("error", np.inf), ("variance", np.inf))
    assert "Left out, for theory predicts them to diverge" in agreement.sentence
    assert "finite: error (inf), variance (inf)." in agreement.sentence
    assert "split over 2 terms" in agreement.sentence
    by_hand = compare_mean("bias", 0.6, simulation(0.001).samples.bias, tolerance=1.0, alpha=0.005)
    assert agreement.term("bias").low == by_hand.low
    with pytest.raises(de.SpecError, match="the predicted variance is inf, so it was not compared"):
        agreement.term("variance")


def test_without_an_error_the_band_is_a_share_of_what_is_finite() -> None:
    agreement = compare(theory(error=np.inf, variance=np.inf), simulation(spread=0.001))
    assert agreement.tolerance == pytest.approx(0.02 * (0.6 + 0.1))
    assert "2% of the finite terms added up" in agreement.sentence
    opposite = compare(theory(variance=np.inf, collapse=-np.inf), simulation(spread=0.001))
    assert opposite.tolerance == pytest.approx(0.02)
    assert "variance (inf), collapse (-inf)" in opposite.sentence


def test_a_wrong_finite_term_is_caught_beside_an_infinite_one() -> None:
    wrong = compare(theory(error=np.inf, variance=np.inf, bias=0.7), simulation(spread=0.001))
    assert wrong.verdict is Verdict.DISAGREES
    assert wrong.term("collapse").verdict is Verdict.AGREES


def test_nothing_is_said_of_terms_left_out_where_all_are_finite() -> None:
    assert compare(theory(), simulation()).left_out == ()
    assert "Left out" not in str(compare(theory(), simulation()))


def test_different_problems_are_refused() -> None:
    other = dataclasses.replace(MIX, ridge=0.2)
    with pytest.raises(de.SpecError, match="of different problems"):
        compare(theory(problem=other), simulation())
    with pytest.raises(de.SpecError, match="they differ in ridge"):
        compare(theory(problem=other), simulation())


def test_what_is_no_prediction_or_no_simulation_is_refused_by_name() -> None:
    run: Any = simulation()
    prediction: Any = de.predict(MIX)
    for wrong in ((prediction, prediction), (run, run), (run, prediction), (MIX, run)):
        with pytest.raises(de.SpecError, match="a prediction and then a simulation; got"):
            compare(*wrong)


def test_a_mean_that_few_trials_carry_is_undecided() -> None:
    """Heavy tails: nearly all trials lie far below the mean, and so does the naive interval."""
    samples = np.full(30, 1.0)
    samples[7] = 3000.0
    term = compare_mean("error", 3000.0, samples, tolerance=60.0, alpha=0.01)
    assert term.high < 3000.0 - 60.0
    assert term.lopsided and term.verdict is Verdict.UNDECIDED
    run = simulation(spread=0.01)
    skewed = dataclasses.replace(run.samples, error=np.append(run.samples.error[1:], 1.4))
    agreement = compare(theory(), dataclasses.replace(run, samples=skewed))
    assert agreement.verdict is Verdict.UNDECIDED
    assert "A few trials carry the mean of error" in str(agreement)


def test_a_band_wider_than_the_term_is_said() -> None:
    agreement = compare(theory(variance=0.3), simulation(spread=0.01), tolerance=0.5)
    assert "For variance, collapse the tolerance is larger than the term itself" in agreement.sentence


def test_a_verdict_is_a_word_and_neither_true_nor_false() -> None:
    verdict = compare(theory(), simulation(spread=0.01)).verdict
    assert verdict == "agrees"
    with pytest.raises(TypeError, match="no truth value"):
        bool(verdict)


def test_false_alarms_are_as_rare_as_promised() -> None:
    """On the edge of the tolerance, where they are most likely, either false verdict has rate α/2.

    4 standard deviations of a binomial share; seeds are fixed."""
    rng, α, repetitions = np.random.default_rng(1), 0.1, 4000
    tolerance = 4 * np.sqrt(α / 2 * (1 - α / 2) / repetitions)
    verdicts = [
        compare_mean("error", 0.0, 1.0 + rng.standard_normal(20), tolerance=1.0, alpha=α).verdict
        for _ in range(repetitions)
    ]
    for verdict in (Verdict.AGREES, Verdict.DISAGREES):
        assert abs(verdicts.count(verdict) / repetitions - α / 2) <= tolerance


def test_four_terms_share_alpha() -> None:
    """Independent terms on the edge of the tolerance: a false alarm in at most α of the calls."""
    rng, α, repetitions = np.random.default_rng(2), 0.2, 500
    wrong = 0
    for _ in range(repetitions):
        draws = {name: value + rng.standard_normal(16) for name, value in MEANS.items()}
        run = Simulation(problem=MIX, samples=Terms(**draws), seed=0, method="naive")
        shifted = {name: value + 1.0 for name, value in MEANS.items()}
        verdict = compare(theory(**shifted), run, tolerance=1.0, alpha=α).verdict
        wrong += verdict is Verdict.DISAGREES
    assert wrong / repetitions <= α / 2 + 4 * np.sqrt(α / 2 / repetitions)


def run_of_mix() -> Agreement:
    return compare(de.predict(MIX), de.simulate(MIX, trials=300, seed=1))


def test_the_prediction_agrees_with_its_simulation() -> None:
    """At d = 40 the finite-size error is within the default tolerance."""
    assert run_of_mix().verdict is Verdict.AGREES


@pytest.mark.parametrize("name", TERMS)
def test_a_wrong_prediction_is_caught(name: str) -> None:
    """One term off by 5% of the error."""
    right = de.predict(MIX)
    terms = {term: getattr(right, term) for term in TERMS}
    wrong = theory(**terms | {name: terms[name] + 0.05 * right.error})
    agreement = compare(wrong, de.simulate(MIX, trials=300, seed=1))
    assert agreement.verdict is Verdict.DISAGREES
    assert agreement.term(name).verdict is Verdict.DISAGREES


def term(**changes: float) -> TermAgreement:
    """A straddling term: the edge of the tolerance is 0.01 above the mean, the interval extends 0.1."""
    numbers = {"predicted": 0.0, "simulated": 0.99, "stderr": 0.03, "low": 0.89, "high": 1.09}
    more = {"tolerance": 1.0, "skewness": 0.0, "trials": 100}
    return TermAgreement("error", **(numbers | more | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-1.0, 1.0, Verdict.AGREES),
        (-1.0 - 1e-9, 0.0, Verdict.UNDECIDED),
        (0.0, 1.0 + 1e-9, Verdict.UNDECIDED),
        (1.0, 2.0, Verdict.UNDECIDED),
        (1.0 + 1e-9, 2.0, Verdict.DISAGREES),
        (-2.0, -1.0, Verdict.UNDECIDED),
        (-2.0, -1.0 - 1e-9, Verdict.DISAGREES),
    ],
)
def test_the_edges_of_the_band_belong_to_it(low: float, high: float, verdict: Verdict) -> None:
    assert term(low=low, high=high).verdict is verdict


@pytest.mark.parametrize("sign", [1, -1])
def test_a_mean_is_lopsided_above_two_fifths_of_the_root_of_its_trials(sign: int) -> None:
    """0.4 · √100 = 4."""
    assert not term(skewness=4.0 * sign).lopsided
    assert term(skewness=(4 + 1e-9) * sign).lopsided
    narrow = term(skewness=6.0 * sign, low=0.985, high=0.995)
    assert narrow.trials_needed == pytest.approx(225)


def test_a_spread_below_a_millionth_of_the_band_is_never_lopsided() -> None:
    """stderr · trials = 1e-6 of the tolerance is the limit."""
    assert not term(skewness=9.0, stderr=1e-8).lopsided
    assert term(skewness=9.0, stderr=1.0001e-8).lopsided


def test_trials_needed_shrink_the_interval_to_the_edge_of_the_band() -> None:
    """The interval extends 0.1 and must shrink to 0.01: a hundred times the trials."""
    assert term().trials_needed == pytest.approx(100 * 100)
    assert term(low=0.5).trials_needed == pytest.approx(100 * 49**2)
    assert term(simulated=1.0).trials_needed == np.inf
    assert term(low=0.985, high=0.995).trials_needed == 100


@pytest.mark.parametrize(("reach", "told"), [(30.8, True), (32.0, False)])
def test_no_number_of_trials_above_a_billion_is_recommended(reach: float, told: bool) -> None:
    """100 trials times (reach/0.01)², 9.5e8 and 1.02e9."""
    wide = term(low=0.99 - reach, high=0.99 + reach)
    agreement = Agreement((wide,), 0.01, 1.0, "as given", 100, 0)
    assert ("no number of trials will tell" in agreement.sentence) is not told
    assert ("undecided (error): about 950000000 trials would decide it" in agreement.sentence) is told


def test_a_tolerance_is_called_large_only_if_it_exceeds_a_nonzero_term() -> None:
    for predicted, wide in ((0.0, False), (0.5, True), (-0.5, True), (1.0, False), (2.0, False)):
        one = term(predicted=predicted)
        agreement = Agreement((one,), 0.01, 1.0, "as given", 100, 0)
        assert ("larger than the term itself" in agreement.sentence) is wide


@pytest.mark.parametrize(
    ("looks", "said"), [((), False), ((100,), False), ((50, 100), True), ((50, 200), False)]
)
def test_the_look_is_named_if_there_are_several(looks: tuple[int, ...], said: bool) -> None:
    agreement = Agreement((term(),), 0.01, 1.0, "as given", 100, 0, looks=looks)
    assert (", at look 2 of 2" in agreement.sentence) is said
    assert ("2 looks" in agreement.sentence) is (len(looks) > 1)
    assert "1 look" not in agreement.sentence
    assert ("at look" in agreement.sentence) is said


def test_each_warning_is_given_exactly_when_it_applies() -> None:
    plain = Agreement((term(),), 0.01, 1.0, "as given", 100, 0).sentence
    for sentence in ("Left out", "one look", "A few trials carry", "earlier one", "own generator"):
        assert sentence not in plain
    half = Agreement((dataclasses.replace(term(), repeats=50),), 0.01, 1.0, "as given", 100, 0)
    assert "earlier one" not in half.sentence
    more = Agreement((dataclasses.replace(term(), repeats=51),), 0.01, 1.0, "as given", 100, 0)
    assert "51 of the 100 samples of error equal an earlier one" in more.sentence
