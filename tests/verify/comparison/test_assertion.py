"""assert_agrees: looks, confirmation, anyone's theory and simulation, and what it says."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.theory.base.errors import ArgumentError
from detequiv.verify.comparison.alpha_spending import levels, looks
from detequiv.verify.comparison.assertion import run_agreement_test
from detequiv.verify.comparison.growing_samples import confirmation_seed
from detequiv.verify.comparison.intervals import Mean, interval

s = de.power_law(30, 1.0, trace=1.0)
MIX = de.Problem(
    signal=1.0,
    sources=[
        de.Source(90, s, noise_variance=0.05),
        de.Source(60, s, noise_variance=0.05, shift=de.label_shift(s, 0.5)),
    ],
    ridge=1e-3,
    model=de.RandomProjection(20),
)


def darts(rng: np.random.Generator) -> float:
    """π, from a hundred of them."""
    return float(4 * np.mean(np.sum(rng.uniform(-1, 1, (100, 2)) ** 2, axis=1) < 1))


# The statistic


@pytest.mark.parametrize(("trials", "wanted"), [(2, (2,)), (128, (128,)), (129, (128, 129))])
def test_looks_double_from_128_on(trials: int, wanted: tuple[int, ...]) -> None:
    assert looks(trials) == wanted
    assert looks(2048) == (128, 256, 512, 1024, 2048)


@pytest.mark.parametrize("trials", [128, 1000, 4096])
def test_the_levels_spend_alpha_on_a_normal_mean(trials: int) -> None:
    """Simulated: sums of normal steps cross their bounds with probability alpha."""
    from scipy.special import ndtri

    steps, alpha = looks(trials), 0.05
    bounds = -ndtri(np.array(levels(steps, alpha)) / 2)
    rng = np.random.default_rng(0)
    increments = np.sqrt(np.diff(steps, prepend=0)) * rng.standard_normal((200_000, len(steps)))
    z = np.cumsum(increments, axis=1) / np.sqrt(steps)
    crossed = (np.abs(z) > bounds).any(axis=1).mean()
    assert crossed == pytest.approx(alpha, abs=4 * np.sqrt(alpha / 200_000))


@pytest.mark.parametrize("skewness", [-3.0, 0.0, 1e-12, 1.5])
@pytest.mark.parametrize("alpha", [0.5, 0.01, 1e-6])
def test_the_interval_inverts_halls_transform(skewness: float, alpha: float) -> None:
    from scipy.special import stdtrit

    mean = Mean(trials=200, mean=2.0, stderr=0.1, skewness=skewness)
    low, high = interval(mean, alpha)
    for edge, sign in ((low, 1), (high, -1)):
        t, γ = (mean.mean - edge) / mean.stderr, skewness / np.sqrt(mean.trials)
        g = t + γ * (t**2 / 3 + 1 / 6) + γ**2 * t**3 / 27
        assert g == pytest.approx(sign * -stdtrit(199, alpha / 2), rel=1e-9)


@pytest.mark.slow
def test_false_alarms_of_skewed_samples_keep_their_rate() -> None:
    """χ²(4), 2000 repetitions of 4 looks at 5%: within four standard errors, and 1% of rate."""
    rng, steps = np.random.default_rng(0), looks(1024)
    shares, alarms = levels(steps, 0.05), 0
    for _ in range(2000):
        x = 2 * rng.standard_gamma(2.0, steps[-1])
        for n, share in zip(steps, shares, strict=True):
            low, high = interval(Mean.of(x[:n]), share)
            if not low <= 4 <= high:
                alarms += 1
                break
    assert alarms / 2000 <= 0.05 + 0.01 + 4 * np.sqrt(0.05 / 2000)


# Our own theory and simulation


def test_the_right_prediction_agrees_and_says_so() -> None:
    agreement = de.assert_agrees(MIX)
    assert agreement.verdict is de.Verdict.AGREES
    text = " ".join(str(agreement).split())
    assert "Hall's skewness-corrected t" in text and "of 5, with alpha" in text
    assert "split over 5 looks and 4 terms" in text


def test_its_trials_are_those_of_simulate() -> None:
    agreement = de.assert_agrees(MIX, seed=7, tolerance=0.05)
    run = de.simulate(MIX, trials=agreement.trials, seed=7)
    assert agreement.term("error").simulated == pytest.approx(run.mean.error, rel=1e-13)


def test_the_printed_theorem_2_is_rejected_and_the_right_one_accepted() -> None:
    de.assert_agrees(MIX, theory=de.theorem_2(MIX))
    with pytest.raises(de.DisagreementError) as failed:
        de.assert_agrees(MIX, theory=de.theorem_2_printed(MIX))
    agreement = failed.value.agreement
    assert agreement.term("variance").verdict is de.Verdict.DISAGREES
    assert agreement.confirmation is not None
    text = str(failed.value)
    assert f"Replay: simulate(problem, trials={agreement.trials}, seed=0)" in text
    assert "predicted" in text and "±" in text and "variance" in text


@pytest.mark.parametrize("off", [0.95, 1.05])
def test_a_prediction_off_by_5_percent_is_caught(off: float) -> None:
    error = de.predict(MIX).error
    with pytest.raises(de.DisagreementError, match="error"):
        de.assert_agrees(MIX, theory=off * error, tolerance=0.01 * error)


def test_both_errors_are_assertion_errors() -> None:
    assert issubclass(de.DisagreementError, AssertionError)
    assert issubclass(de.UndecidedError, AssertionError)


def test_undecided_says_how_many_trials_would_settle_it() -> None:
    with pytest.raises(de.UndecidedError) as failed:
        de.assert_agrees(MIX, trials=4, tolerance=1e-3)
    needed = failed.value.agreement.trials_needed
    assert needed > 4 and "trials would decide it" in " ".join(str(failed.value).split())
    settled = run_agreement_test(MIX, trials=int(8 * needed), tolerance=1e-3)
    assert settled.verdict is not de.Verdict.UNDECIDED


def test_terms_that_are_infinite_are_left_out() -> None:
    """n = d without ridge: the noise diverges, and nothing is missed of what all sources share."""
    sources = [de.Source(20, s, noise_variance=0.05), de.Source(10, s, noise_variance=0.05)]
    tie = de.Problem(signal=1.0, sources=sources, ridge=0)
    agreement = de.assert_agrees(tie, tolerance=1e-6, trials=128)
    assert [term.name for term in agreement.terms] == ["bias", "collapse"]
    assert [name for name, _ in agreement.left_out] == ["error", "variance"]
    assert "Left out" in str(agreement)


# Anyone's theory, anyone's simulation


def test_a_number_and_a_function_need_no_problem() -> None:
    agreement = de.assert_agrees(theory=np.pi, simulation=darts, tolerance=0.03)
    assert [term.name for term in agreement.terms] == ["error"]
    with pytest.raises(de.DisagreementError, match=r"default_rng\(trial_seed\(0, i\)\)"):
        de.assert_agrees(theory=3.5, simulation=darts, tolerance=0.03)


def test_ones_own_simulation_of_our_problem() -> None:
    rng = np.random.default_rng(0)
    error = de.predict(MIX).error
    samples = error * (1 + 0.1 * rng.standard_normal(4000))
    assert de.assert_agrees(MIX, simulation=samples).trials == 4000
    with pytest.raises(de.DisagreementError) as failed:
        de.assert_agrees(MIX, simulation=1.1 * samples)
    agreement = failed.value.agreement
    assert agreement.confirmation is None and agreement.looks == (4000,)
    text = " ".join(str(failed.value).split())
    assert "allow one look, and no fresh draws" in text and "Replay" not in text


def test_a_simulation_that_is_there_is_looked_at_once() -> None:
    run = de.simulate(MIX, trials=300)
    agreement = de.assert_agrees(MIX, simulation=run)
    assert (agreement.trials, agreement.looks) == (300, (300,))
    assert len(agreement.terms) == 4


def test_a_disagreement_must_repeat_on_fresh_seeds() -> None:
    """A simulation that is wrong under its first seed alone is undecided in the end."""
    first = {np.random.default_rng(de.verify.trial_seed(0, i)).random() for i in range(2048)}

    def biased(rng: np.random.Generator) -> float:
        wrong = rng.random() in first
        return 1.0 * wrong + 0.1 * float(rng.standard_normal())

    agreement = run_agreement_test(theory=0.0, simulation=biased, tolerance=0.05, trials=256)
    assert agreement.verdict is de.Verdict.UNDECIDED
    assert agreement.term("error").verdict is de.Verdict.DISAGREES
    assert agreement.confirmation is not None
    assert agreement.confirmation.verdict is de.Verdict.AGREES
    assert "not again on fresh draws" in " ".join(str(agreement).split())


def test_fresh_seeds_are_others_and_repeat() -> None:
    seeds = [confirmation_seed(seed) for seed in range(50)]
    assert len(set(seeds)) == 50 and confirmation_seed(3) == seeds[3]
    assert seeds[:2] == [1115911174736451823, 614802387137957541]  # as they have always been


# What is refused


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "theory, simulation and tolerance are all needed; theory is missing"),
        ({"theory": 1.0, "simulation": darts}, "tolerance is missing"),
        ({"theory": 1.0, "tolerance": 1.0}, "simulation is missing"),
        ({"theory": 1.0, "simulation": darts, "tolerance": 0}, "tolerance must be positive"),
        ({"theory": "1", "simulation": darts, "tolerance": 1}, "theory must be one real number"),
        ({"theory": 1.0, "simulation": [1.0], "tolerance": 1}, "at least two samples"),
        ({"theory": 1.0, "simulation": [1.0, np.nan], "tolerance": 1}, "must be finite"),
        ({"theory": 1.0, "simulation": lambda: 1.0, "tolerance": 1}, "cannot be called so"),
        ({"theory": 1.0, "simulation": lambda rng: None, "tolerance": 1}, "must return a finite number"),
        ({"theory": 1.0, "simulation": darts, "tolerance": 1, "alpha": 2}, "alpha must lie"),
        ({"theory": 1.0, "simulation": darts, "tolerance": 1, "trials": 1}, "trials must be"),
        ({"theory": 1.0, "simulation": darts, "tolerance": 1, "seed": -1}, "seed must be"),
        ({"problem": 3}, "problem must be a Problem; got 3"),
    ],
)
def test_what_cannot_be_examined_is_refused(fields: Any, said: str) -> None:
    with pytest.raises(de.SpecError) as refused:
        de.assert_agrees(**fields)
    assert said in str(refused.value)


def test_the_old_name_of_the_tolerance_works_and_both_are_refused() -> None:
    old: Any = de.assert_agrees
    question = {"theory": 1.0, "simulation": [0.9, 1.1, 1.0, 1.05] * 4, "deterministic": True}
    assert old(**question, band=0.5) == de.assert_agrees(**question, tolerance=0.5)
    with pytest.raises(ArgumentError, match=r"assert_agrees got tolerance twice, .* Omit band"):
        old(**question, tolerance=0.5, band=0.5)


def test_it_works_without_a_test_runner() -> None:
    code = (
        "import detequiv as de; "
        "de.assert_agrees(theory=1.0, simulation=lambda rng: rng.normal(), tolerance=0.1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "DisagreementError" in done.stderr


def test_the_last_default_look_is_at_2048_trials() -> None:
    agreement = run_agreement_test(theory=0.0, simulation=lambda rng: rng.normal(), tolerance=1e-3)
    assert agreement.looks == (128, 256, 512, 1024, 2048) and agreement.trials == 2048
    assert agreement.verdict is de.Verdict.UNDECIDED
    with pytest.raises(de.UndecidedError) as failed:
        de.assert_agrees(theory=0.0, simulation=lambda rng: rng.normal(), tolerance=1e-3)
    assert failed.value.agreement == agreement


@pytest.mark.parametrize("trials", [256, 512, 4096])
def test_the_levels_agree_with_an_independent_integration(trials: int) -> None:
    """The first two looks, at 128 and 256 of all trials, alpha = 1%: the crossing probabilities by a
    bivariate normal distribution (scipy's, another algorithm) are the shares that are spent, to 1e-6
    of alpha. The earlier the looks, the smaller are the sums that they bound."""
    from scipy.special import ndtri
    from scipy.stats import multivariate_normal

    alpha = 0.01
    first, second = levels(looks(trials), alpha)[:2]
    a, b = -ndtri(first / 2), -ndtri(second / 2)
    both = multivariate_normal(cov=[[1, np.sqrt(0.5)], [np.sqrt(0.5), 1]])
    stays = both.cdf([a, b])
    assert first == pytest.approx(alpha * 128 / trials, rel=1e-12)
    assert 1 - stays == pytest.approx(alpha / 2 * 256 / trials, abs=alpha / 2 * 1e-6)


def test_a_simulation_of_the_caller_is_replayed_from_its_seeds() -> None:
    with pytest.raises(de.DisagreementError, match=r"f\(default_rng\(trial_seed\(3, i\)\)\)"):
        de.assert_agrees(MIX, simulation=lambda rng: rng.normal(9.0), seed=3)
    with pytest.raises(de.DisagreementError, match=r"Replay: simulate\(problem, trials="):
        de.assert_agrees(MIX, theory=9.0, seed=3)


def test_a_theory_of_the_caller_gets_the_band_of_the_prediction() -> None:
    agreement = run_agreement_test(MIX, theory=9.0, trials=128)
    assert agreement.tolerance == run_agreement_test(MIX, trials=128).tolerance
    assert agreement.verdict is de.Verdict.DISAGREES


def test_a_simulation_with_a_theory_of_infinite_error_is_refused() -> None:
    tie = de.Problem(signal=1.0, sources=[de.Source(30, s, noise_variance=0.05)], ridge=0)
    with pytest.raises(de.SpecError, match="the predicted error is infinite"):
        de.assert_agrees(tie, simulation=darts, tolerance=1.0)
