"""Degenerate samples are undecided: periodic ones, and identical ones unless they are declared or
implied by the problem."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.verify import Simulation, Terms
from detequiv.verify.comparison.alpha_spending import levels, looks
from detequiv.verify.comparison.assertion import run_agreement_test
from detequiv.verify.comparison.constant_terms import constant_terms
from detequiv.verify.comparison.evidence import (
    period,
    problem_degeneracies,
    repeats,
    sample_degeneracies,
    successive_correlation,
)
from detequiv.verify.comparison.term_comparison import compare_mean

AGREES, DISAGREES, UNDECIDED = de.Verdict.AGREES, de.Verdict.DISAGREES, de.Verdict.UNDECIDED

Draw = Callable[[np.random.Generator], float]


def fixed_seed(rng: np.random.Generator) -> float:
    return float(np.random.default_rng(42).normal(1.0, 0.1, 100).mean())


def theorys_own_value(rng: np.random.Generator) -> float:
    return 1.0


def nearly_constant(rng: np.random.Generator) -> float:
    """A fixed seed, with sums reordered by threads."""
    return 1.0 + 4e-16 * float(rng.integers(-2, 3))


def nearly_zero(rng: np.random.Generator) -> float:
    """The same for a difference of two equal numbers."""
    return 4e-16 * float(rng.integers(-2, 3))


def never_seen(rng: np.random.Generator) -> float:
    return float(rng.random() < 1e-9)


@functools.lru_cache
def cached(key: int) -> float:
    return float(np.random.default_rng(key).normal(1.0, 0.1))


def through_a_cache(rng: np.random.Generator) -> float:
    return cached(0)


def rotating_seeds() -> Draw:
    """Eight seeds in rotation."""
    calls = iter(range(10**6))
    return lambda rng: float(np.random.default_rng(next(calls) % 8).normal(1.0, 0.1))


# Simulations of the caller


@pytest.mark.parametrize(
    "draw", [fixed_seed, theorys_own_value, nearly_constant, through_a_cache, lambda rng: 1]
)
@pytest.mark.parametrize("theory", [1.0, 2.0])
def test_identical_values_are_undecided_whatever_the_theory(draw: Draw, theory: float) -> None:
    with pytest.raises(de.UndecidedError) as failed:
        de.assert_agrees(theory=theory, simulation=draw, tolerance=0.5, trials=200)
    said = " ".join(str(failed.value).split())
    assert "(error): such samples say nothing about their mean" in said
    assert "All 200 samples of error are 1" in said or "All 200 samples of error are 0.9" in said
    assert "let every trial draw from the generator passed to it" in said
    assert "pass deterministic=True" in said and "would decide it" not in said
    assert failed.value.agreement.trials_needed == np.inf


@pytest.mark.parametrize("draw", [nearly_zero, never_seen])
def test_samples_that_are_all_zero_are_undecided(draw: Draw) -> None:
    assert run_agreement_test(theory=0.0, simulation=draw, tolerance=0.1, trials=256).verdict is UNDECIDED


@pytest.mark.parametrize("draw", [fixed_seed, theorys_own_value, nearly_constant])
def test_a_simulation_may_be_declared_deterministic(draw: Draw) -> None:
    de.assert_agrees(theory=1.0, simulation=draw, tolerance=0.5, deterministic=True)
    with pytest.raises(de.DisagreementError):
        de.assert_agrees(theory=2.0, simulation=draw, tolerance=0.5, deterministic=True)


def test_declaring_it_changes_nothing_if_samples_vary() -> None:
    def draw(rng: np.random.Generator) -> float:
        return float(rng.normal(1.0, 0.1))

    runs = [
        run_agreement_test(theory=1.0, simulation=draw, tolerance=0.1, deterministic=flag)
        for flag in (True, False)
    ]
    assert runs[0] == runs[1] and runs[0].verdict is AGREES


@pytest.mark.parametrize("samples", [[1.0, 1.0], [3, 3, 3], np.full(500, 0.1), [0.0] * 128])
def test_given_samples_that_are_identical_are_undecided(samples: Any) -> None:
    value = float(samples[0])
    assert run_agreement_test(theory=value, simulation=samples, tolerance=0.5).verdict is UNDECIDED
    same = run_agreement_test(theory=value, simulation=samples, tolerance=0.5, deterministic=True)
    assert same.verdict is AGREES


def test_a_simulation_is_decided_once_it_varies() -> None:
    """The first 128 values are equal and later ones vary: the look at 256 decides."""
    calls = iter(range(10**6))

    def draw(rng: np.random.Generator) -> float:
        return 1.0 + (next(calls) >= 128) * float(rng.normal(0, 0.01))

    agreement = de.assert_agrees(theory=1.0, simulation=draw, tolerance=0.1)
    assert agreement.trials == 256 and "say nothing about" not in str(agreement)


def test_identical_values_do_not_confirm_a_disagreement() -> None:
    calls = iter(range(10**6))

    def draw(rng: np.random.Generator) -> float:
        return float(rng.normal()) if next(calls) < 128 else 5.0

    agreement = run_agreement_test(theory=5.0, simulation=draw, tolerance=0.5, trials=128)
    assert agreement.term("error").verdict is DISAGREES and agreement.verdict is UNDECIDED
    assert "fresh draws, where all 128 samples of error are 5" in agreement.sentence


@pytest.mark.parametrize("values", [range(1, 7), (0, 1), (1 / 3, 2 / 3, 1.0)])
def test_discrete_simulations_agree(values: Any) -> None:
    """A die, a coin, thirds; the mean is inside the tolerance by more than 8 standard errors."""
    mean, spread = float(np.mean(values)), float(np.std(values))

    def draw(rng: np.random.Generator) -> float:
        return float(rng.choice(values))

    assert de.assert_agrees(theory=mean, simulation=draw, tolerance=spread).trials == 128


@pytest.mark.parametrize("deterministic", [0, 1, None, "yes"])
def test_deterministic_must_be_true_or_false(deterministic: Any) -> None:
    with pytest.raises(de.SpecError, match="deterministic must be True or False; got"):
        de.assert_agrees(theory=1.0, simulation=fixed_seed, tolerance=1.0, deterministic=deterministic)


# Periodic and repeated samples


@pytest.mark.parametrize("theory", [1.0, 9.0])
def test_seeds_in_rotation_are_undecided(theory: float) -> None:
    """Whether or not the simulation is declared deterministic."""
    for flag in (False, True):
        agreement = run_agreement_test(
            theory=theory, simulation=rotating_seeds(), tolerance=1.0, trials=256, deterministic=flag
        )
        assert agreement.verdict is UNDECIDED
        assert "The samples of error repeat with period 8: let every" in agreement.sentence


@pytest.mark.parametrize("theory", [1.0, 9.0])
def test_seeds_in_turn_are_undecided_where_sums_round_differently(theory: float) -> None:
    calls = iter(range(10**6))

    def draw(rng: np.random.Generator) -> float:
        mean = np.random.default_rng(next(calls) % 8).normal(1.0, 0.1)
        return float(mean) + 4e-16 * float(rng.integers(-2, 3))

    agreement = run_agreement_test(theory=theory, simulation=draw, tolerance=1.0, trials=256)
    assert agreement.verdict is UNDECIDED
    assert "The samples of error repeat with period 8: let every" in agreement.sentence


def continued(rng: np.random.Generator, state: list[float]) -> float:
    """A chain that goes on from the trial before: mean 1, correlation 0.95."""
    state[0] += 0.05 * (1 - state[0]) + 0.3 * float(rng.normal())
    return state[0]


def counted(rng: np.random.Generator, state: list[float]) -> float:
    state[0] += 0.001
    return state[0] + 0.01 * float(rng.normal())


def reused(rng: np.random.Generator, state: list[float]) -> float:
    """A draw that serves 16 trials."""
    if state[-1] % 16 == 0:
        state[0] = float(rng.normal(1.0, 0.1))
    state[-1] += 1
    return state[0]


@pytest.mark.parametrize("draw", [continued, counted, reused])
@pytest.mark.parametrize("theory", [1.0, 9.0])
def test_trials_that_depend_on_the_one_before_are_undecided(draw: Any, theory: float) -> None:
    state = [1.0, 0.0]
    agreement = run_agreement_test(
        theory=theory, simulation=functools.partial(draw, state=state), tolerance=5.0, trials=256
    )
    assert agreement.verdict is UNDECIDED
    assert "uccessive samples of error are correlated (rank correlation 0.9" in agreement.sentence


def test_independent_trials_are_hardly_ever_correlated() -> None:
    """6 standard errors; of 4000 normal variables the largest is below 4.5 but once in 70 runs."""
    rng = np.random.default_rng(4)
    for draw in (rng.standard_cauchy, lambda n: rng.integers(0, 6, n), lambda n: rng.random(n) < 0.4):
        found = [successive_correlation(np.asarray(draw(128), float)) for _ in range(4000)]
        assert max(found) * 128**0.5 < 4.5
    rare = np.zeros(256)
    rare[100:102] = 1
    assert successive_correlation(rare) == 0


def test_given_samples_may_be_in_any_order() -> None:
    samples = np.sort(np.random.default_rng(0).normal(1.0, 0.1, 128))
    assert run_agreement_test(theory=1.0, simulation=samples, tolerance=0.1).verdict is AGREES


def test_a_period_is_seen_four_times_in_32_samples_or_more() -> None:
    rng = np.random.default_rng(0)
    assert period(np.tile(rng.random(8), 4)) == 8
    assert period(np.tile(rng.random(9), 4)[:35]) == 0
    assert period(np.tile(rng.random(4), 7)) == 0
    assert period(np.resize(rng.random(2), 31)) == 0
    assert period(np.resize(rng.random(2), 32)) == 2
    assert period(np.append(np.tile(rng.random(8), 16), 0.5)) == 0
    assert period(np.tile([1.0, 2.0, 1.0, 3.0], 16)) == 4


def test_tosses_of_a_coin_are_almost_never_periodic() -> None:
    """The bound in the docstring: 1 in 10⁶ samples of 32 tosses."""
    throws = np.random.default_rng(1).integers(0, 2, (20_000, 32)).astype(float)
    assert sum(period(x) > 0 for x in throws) == 0


def test_one_rare_event_is_not_a_period() -> None:
    for k in range(32):
        assert period(np.eye(32)[k]) == 0


@pytest.mark.parametrize(("seeds", "said"), [(8, True), (60, True), (100_000, False)])
def test_continuous_values_that_repeat_give_a_warning(seeds: int, said: bool) -> None:
    def draw(rng: np.random.Generator) -> float:
        return float(np.random.default_rng(rng.integers(seeds)).normal(1.0, 0.1))

    agreement = run_agreement_test(theory=1.0, simulation=draw, tolerance=1.0)
    assert ("equal an earlier one to the last digit" in agreement.sentence) is said
    throws = run_agreement_test(theory=3.5, simulation=lambda rng: float(rng.integers(1, 7)), tolerance=1.0)
    assert "earlier one" not in throws.sentence


def test_the_first_occurrence_is_not_a_repeat() -> None:
    assert repeats(np.array([0.1, 0.1, 0.1, 1 / 3, 0.25, 0.25, 7.0, 7.0, 0.0, 0.0])) == 2


# Rare events

RATES = [
    (0.005, 0.0, 0.0049),
    (0.005, 0.0, 0.001),
    (0.02, 0.0, 0.0199),
    (0.05, 0.0, 0.0499),
    (0.1, 0.0, 0.0999),
    (0.01, 0.02, 0.0099),
    (0.02, 0.03, 0.0099),
]


@pytest.mark.parametrize(("rate", "theory", "tolerance"), RATES)
def test_rare_events_outside_the_tolerance_agree_in_at_most_alpha(
    rate: float, theory: float, tolerance: float
) -> None:
    """Exact, from the binomial distribution of events at looks up to 1024. The truth lies outside
    the tolerance by at most 2% of it, and false agreement has the rate alpha/2."""
    from scipy.stats import binom

    alpha, agreed = 0.01, 0.0
    undecided, before = np.ones(1), 0
    for n, share in zip(steps := looks(1024), levels(steps, alpha), strict=True):
        more = binom.pmf(np.arange(n - before + 1), n - before, rate)
        chances = np.convolve(undecided, more)
        verdicts = [
            verdict_of(n, k, theory, tolerance, share) if chance > 1e-9 else DISAGREES
            for k, chance in enumerate(chances)
        ]
        agreed += sum(p for p, v in zip(chances, verdicts, strict=True) if v is AGREES)
        undecided = chances * [verdict is UNDECIDED for verdict in verdicts]
        before = n
    assert agreed <= alpha / 2


@functools.cache
def verdict_of(n: int, k: int, theory: float, tolerance: float, share: float) -> de.Verdict:
    """The verdict on a Bernoulli variable that was 1 in k of n trials."""
    samples = (np.arange(n) < k).astype(float)
    if k in (0, n):
        return run_agreement_test(theory=theory, simulation=samples, tolerance=tolerance).verdict
    return compare_mean("error", theory, samples, tolerance=tolerance, alpha=share).verdict


@pytest.mark.parametrize(("events", "verdict"), [(0, UNDECIDED), (6, UNDECIDED), (7, AGREES)])
def test_a_rare_event_is_decided_once_seen_seven_times(events: int, verdict: de.Verdict) -> None:
    samples = np.random.default_rng(0).permutation((np.arange(2048) < events).astype(float))
    assert run_agreement_test(theory=0.0, simulation=samples, tolerance=0.05).verdict is verdict


def test_a_rare_event_of_the_predicted_rate_ends_in_agreement() -> None:
    def draw(rng: np.random.Generator) -> float:
        return float(rng.random() < 1 / 200)

    assert de.assert_agrees(theory=1 / 200, simulation=draw, tolerance=0.01, trials=4096).trials > 128


# Simulations of detequiv

s = de.Spectrum([1.0, 0.5, 0.25, 0.1])
NOISY = de.Problem(
    signal=1.0,
    sources=[de.Source(12, s, noise_variance=0.1), de.Source(8, s, noise_variance=0.1, shift=0.1)],
    ridge=0.1,
)


def mixed(**changes: Any) -> de.Problem:
    """NOISY with the same changes to both sources, and changes to the problem."""
    of_problem = {k: v for k, v in changes.items() if k in {"ridge", "model", "signal", "truths"}}
    of_source = {k: v for k, v in changes.items() if k not in of_problem}
    sources = [dataclasses.replace(source, **of_source) for source in NOISY.sources]
    return dataclasses.replace(NOISY, sources=sources, **of_problem)


def isotropic(n: int, **changes: Any) -> de.Problem:
    """One source with n samples, without ridge, in dimension 8."""
    of_problem = {k: v for k, v in changes.items() if k in {"ridge", "signal", "target"}}
    of_source = {"noise_variance": 0.1} | {k: v for k, v in changes.items() if k not in of_problem}
    source = de.Source(n, de.isotropic(8), **of_source)
    return de.Problem(**{"signal": 1.0, "ridge": 0.0, "sources": [source]} | of_problem)


def unlike(model: Any) -> de.Problem:
    """NOISY without ridge, with another covariance for the second source."""
    first, second = NOISY.sources
    sources = [first, dataclasses.replace(second, covariance=de.Spectrum([0.1, 0.3, 1.0, 2.0]))]
    return dataclasses.replace(NOISY, ridge=0, model=model, sources=sources)


ONE = {"sources": [de.Source(12, s, shift=0.1)]}
JOINT = de.Moments([[[1.0] * 4, [1.0] * 4, [1.0] * 4]] * 3)
CONSTANT: list[tuple[str, de.Problem, str]] = [
    ("noise and shift", NOISY, ""),
    ("no noise", mixed(noise_variance=0.0), "variance"),
    ("no shift", mixed(shift=None), "collapse"),
    ("no signal", mixed(signal=0.0), "bias"),
    ("neither", mixed(noise_variance=0.0, shift=None), "variance collapse"),
    ("a fixed truth", mixed(signal=de.Fixed([1.0, 0, 0, 0]), shift=None), "collapse"),
    ("fixed, gain", mixed(signal=de.Fixed([1.0, 0, 0, 0]), shift=None, gain=2.0), ""),
    ("isotropic, few samples", isotropic(3), "bias collapse"),
    ("isotropic, one source", isotropic(3, shift=0.1), "bias collapse"),
    ("isotropic, one gain", isotropic(3, gain=0.5), "bias collapse"),
    ("isotropic, noiseless", isotropic(3, noise_variance=0.0, shift=0.1), "bias variance collapse"),
    ("isotropic, fixed shift", isotropic(3, shift=de.Fixed([0.1] * 8)), "bias"),
    ("isotropic, fixed truth", isotropic(3, signal=de.Fixed([0.1] * 8), gain=0.5), ""),
    ("isotropic, shift alone", isotropic(3, signal=np.arange(8.0), shift=0.1), "collapse"),
    ("isotropic, ridge", isotropic(3, ridge=0.1), "collapse"),
    ("isotropic, other target", isotropic(3, target=de.Target(de.power_law(8, 1.0))), "collapse"),
    ("isotropic, other signal", isotropic(3, signal=np.arange(8.0)), "collapse"),
    ("a gain", mixed(shift=None, gain=2.0), ""),
    ("joint, all equal", mixed(shift=None, signal=None, truths=JOINT), "collapse"),
    ("a weight of 0", mixed(weight=0.0), "bias variance collapse"),
    ("a weight of 0, no ridge", mixed(weight=0.0, ridge=0), "bias variance collapse"),
    ("as many samples as dimensions", mixed(ridge=0, n=2), "bias"),
    ("a huge ridge", mixed(ridge=1e13), "bias variance collapse"),
    ("a large ridge", mixed(ridge=1e8), ""),
    ("no ridge", mixed(ridge=0), "bias"),
    ("no ridge, one gain", mixed(ridge=0, shift=None, gain=2.0), "bias collapse"),
    ("no ridge, few samples", mixed(ridge=0, n=1), ""),
    ("no ridge, one source", dataclasses.replace(NOISY, ridge=0, **ONE), "bias variance collapse"),
    ("tiny ridge, one source", dataclasses.replace(NOISY, ridge=1e-15, **ONE), "bias variance collapse"),
    ("small ridge, one source", dataclasses.replace(NOISY, ridge=1e-6, **ONE), "variance"),
    ("wide, no ridge", mixed(ridge=0, model=de.RandomProjection(9)), "bias"),
    ("wide, ridge", mixed(ridge=1e-3, model=de.RandomProjection(9)), ""),
    ("narrow, no ridge", mixed(ridge=0, model=de.RandomProjection(3)), ""),
    ("wide, two covariances", unlike(de.RandomProjection(9)), "bias"),
    ("square, two covariances", unlike(de.OrthogonalProjection(4)), "bias"),
    ("narrow, two covariances", unlike(de.OrthogonalProjection(3)), ""),
    ("isotropic, dense signal", isotropic(3, signal=np.ones((8, 8))), "collapse"),
    (
        "as many features as rank",
        mixed(ridge=0, covariance=de.Spectrum([1.0, 0.5, 0, 0]), model=de.RandomProjection(2)),
        "bias",
    ),
    ("as many samples as rank", mixed(ridge=0, n=2, covariance=de.Spectrum([1.0, 0.5, 0, 0])), "bias"),
    (
        "one range, no ridge",
        mixed(ridge=0, covariance=de.Spectrum([1.0, 0.5, 0, 0]), model=de.RandomProjection(3)),
        "bias",
    ),
    (
        "one range, fewer features",
        mixed(ridge=0, covariance=de.Spectrum([1.0, 0.5, 0.1, 0]), model=de.OrthogonalProjection(2)),
        "",
    ),
    ("singular, no ridge", mixed(ridge=0, covariance=de.Spectrum([1.0, 0.5, 0, 0])), "bias"),
    ("singular, few samples", mixed(ridge=0, n=1, covariance=de.Spectrum([1.0, 0.5, 0.2, 0])), ""),
    ("square, no ridge", mixed(ridge=0, model=de.OrthogonalProjection(4)), "bias"),
    (
        "features, huge ridge",
        mixed(ridge=1e13, model=de.RandomFeatures(3, de.activations.relu)),
        "bias variance collapse",
    ),
    ("features", mixed(ridge=0, model=de.RandomFeatures(9, de.activations.relu)), ""),
]


@pytest.mark.parametrize(
    ("problem", "constant"), [case[1:] for case in CONSTANT], ids=[case[0] for case in CONSTANT]
)
def test_constant_terms_are_exactly_those_that_do_not_vary(problem: de.Problem, constant: str) -> None:
    """They vary by less than 1e-9 of the error in 50 trials; the other terms vary by more."""
    found = constant_terms(problem)
    assert found == set(constant.split())
    run = de.simulate(problem, trials=50)
    for name in ("bias", "variance", "collapse"):
        spread = float(np.ptp(getattr(run.samples, name)))
        if name in found:
            assert spread <= 1e-9 * run.mean.error
        else:
            assert spread > 1e-12 * abs(getattr(run.mean, name))


@pytest.mark.parametrize("problem", [case[1] for case in CONSTANT], ids=[case[0] for case in CONSTANT])
def test_samples_of_detequiv_are_never_degenerate(problem: de.Problem) -> None:
    agreement = run_agreement_test(problem, tolerance=100.0, trials=128)
    assert not any(term.no_evidence for term in agreement.terms)


def constant_run(problem: de.Problem, **means: float) -> Simulation:
    values = {"error": 1.0, "bias": 0.5, "variance": 0.25, "collapse": 0.25} | means
    samples = Terms(**{name: np.full(64, value) for name, value in values.items()})
    return Simulation(problem=problem, samples=samples, seed=0, method="naive")


def test_identical_samples_of_a_term_that_must_vary_are_undecided() -> None:
    agreement = de.compare(de.predict(NOISY), constant_run(NOISY), tolerance=10.0)
    assert agreement.verdict is UNDECIDED
    assert all(term.no_evidence for term in agreement.terms)
    assert "all 64 samples of bias are 0.5" in agreement.sentence
    told = de.compare(de.predict(NOISY), constant_run(NOISY), tolerance=10.0, deterministic=True)
    assert told.verdict is AGREES
    again = run_agreement_test(NOISY, simulation=constant_run(NOISY), tolerance=10.0)
    assert again.verdict is UNDECIDED
    again = run_agreement_test(NOISY, simulation=constant_run(NOISY), tolerance=10.0, deterministic=True)
    assert again.verdict is AGREES


def test_only_terms_that_the_problem_makes_constant_may_be_identical() -> None:
    plain = mixed(noise_variance=0.0, shift=None)
    run = constant_run(plain, error=0.5, variance=0.0, collapse=0.0)
    agreement = de.compare(de.predict(plain), run, tolerance=10.0)
    doubted = [term.name for term in agreement.terms if term.no_evidence]
    assert doubted == ["error", "bias"]


def test_an_identical_error_with_varying_terms_is_undecided() -> None:
    """Only the variance can vary here, and it does."""
    exact = dataclasses.replace(NOISY, ridge=0, sources=[de.Source(12, s, shift=0.1, noise_variance=0.1)])
    run = de.simulate(exact, trials=64)
    agreement = de.compare(de.predict(exact), run, tolerance=10.0)
    assert not any(term.no_evidence for term in agreement.terms)
    stuck = dataclasses.replace(run.samples, error=np.full(64, run.mean.error))
    wrong = dataclasses.replace(run, samples=stuck)
    agreement = de.compare(de.predict(exact), wrong, tolerance=10.0)
    assert [term.name for term in agreement.terms if term.no_evidence] == ["error"]


def test_a_rare_feature_that_no_trial_has_seen_is_undecided() -> None:
    """An odd activation that is 0 within 6 standard deviations: the fit, variance and collapse are
    0 in all of these trials, whether the theory is right or wrong."""
    rare = de.Activation("rare", lambda z: z * (abs(z) > 6), breaks=[-6, 6])
    problem = mixed(model=de.RandomFeatures(2, rare))
    run = de.simulate(problem, trials=64)
    for prediction in (de.predict(problem), dataclasses.replace(de.predict(problem), variance=1.0)):
        agreement = de.compare(prediction, run, tolerance=0.5)
        assert agreement.term("variance").verdict is UNDECIDED
        assert agreement.verdict is UNDECIDED
    said = agreement.sentence.lower()
    assert "all 64 samples of variance are 0 and all 64 samples of collapse are 0" in said


def test_extrapolation_names_the_sizes_with_degenerate_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    real = de.extrapolate(NOISY, (1, 2), trials=64)
    assert real.no_evidence == ()

    def stuck(problem: de.Problem, **options: Any) -> Simulation:
        return constant_run(problem)

    monkeypatch.setitem(de.extrapolate.__globals__, "simulate", stuck)
    found = de.extrapolate(NOISY, (1, 2), trials=64, tolerance=100.0)
    assert found.verdict is UNDECIDED
    assert "cannot confirm or refute (all 64 samples of error are 1 at d = 4" in found.sentence


def test_extrapolation_accepts_an_error_that_is_constant_by_construction() -> None:
    """One noiseless shifted source without ridge: the error equals its quality c² at every size."""
    exact = dataclasses.replace(NOISY, ridge=0, **ONE)
    found = de.extrapolate(exact, (1, 2), trials=64)
    assert found.verdict is AGREES and found.intercept == pytest.approx(exact.quality(0))


# Samples of the engine


def test_an_expression_of_the_engine_may_be_constant() -> None:
    """It is a rational function of Gaussian entries."""
    n, d = de.freeprob.dimensions("n d")
    X = de.freeprob.Gaussian(n, d, "X", variance=1 / n)
    A = X.T @ X + de.freeprob.identity(d)
    constant = de.freeprob.check(de.freeprob.trace(A @ A.inv()), {n: 12, d: 6}, tolerance=0.1)
    assert constant.verdict is AGREES
    assert constant.term("error").simulated == pytest.approx(6, rel=1e-13)


@pytest.mark.parametrize(("size", "tolerance"), [(1.0, 0.5), (0.25, 1.0), (-1.0, 0.5)])
@pytest.mark.parametrize(("spread", "same"), [(0.97e-12, True), (1.03e-12, False)])
def test_samples_are_identical_within_1e_12_of_their_size_or_of_the_band(
    size: float, tolerance: float, spread: float, same: bool
) -> None:
    """Either the samples or the tolerance have size 1."""
    samples = np.full(40, size)
    samples[3] -= np.sign(size) * spread
    degeneracies = sample_degeneracies({"error": samples}, tolerance, deterministic=False)
    assert bool(degeneracies) is same


@pytest.mark.parametrize(("places", "same"), [(4, True), (5, False)])
def test_samples_of_a_problem_are_identical_within_four_last_places(places: int, same: bool) -> None:
    """Samples just below 1, where one eps is two units in the last place."""
    samples = dict.fromkeys(("error", "bias", "variance", "collapse"), np.linspace(1, 2, 40))
    bias = np.ones(40)
    bias[3] -= places * 2.0**-52
    degeneracies = problem_degeneracies(NOISY, samples | {"bias": bias}, deterministic=False)
    assert ("bias" in degeneracies) is same


def test_identical_samples_at_the_limits_of_floats_do_not_overflow() -> None:
    largest = float(np.finfo(float).max)
    for samples in (np.full(4, largest), np.array([largest, -largest, 0.0, 1.0])):
        degeneracies = sample_degeneracies({"error": samples}, 1.0, deterministic=False)
        assert bool(degeneracies) == (samples[1] > 0)


def test_a_mantissa_of_26_bits_is_a_short_one() -> None:
    for bits, count in ((26, 0), (27, 1)):
        assert repeats(np.array([1 + 2.0 ** (1 - bits)] * 2 + [3.0])) == count


WIDE = de.RandomProjection(9)
LIMITS = [
    (NOISY, 1.85e10, "bias variance collapse", ""),  # 20 · tr Σ = 1e-10 · 20 λ, tr Σ = 1.85
    (mixed(model=WIDE), 9 / 4 * 1.85e10, "bias variance collapse", ""),  # s² m = 9/4
    (dataclasses.replace(NOISY, **ONE), 1e-9, "variance", "bias collapse"),  # λ = 1e-8 · 0.1
    (mixed(model=WIDE), 4e-102, "", "bias"),  # 20 λ = 1e-100 · 8 · 0.1
]


@pytest.mark.parametrize(("problem", "ridge", "above", "below"), LIMITS)
def test_a_ridge_is_huge_or_none_from_a_limit_on(
    problem: de.Problem, ridge: float, above: str, below: str
) -> None:
    """3% to either side. Without noise variance is constant on both."""
    always = {"variance"} if problem.sources[0].noise_variance == 0 else set()
    higher, lower = (constant_terms(dataclasses.replace(problem, ridge=f * ridge)) for f in (1.03, 0.97))
    assert higher == set(above.split()) | always
    assert lower == set(below.split()) | always
