"""Running trials: the same bits however they are run, and bad input refused in a sentence."""

import dataclasses
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from loky import get_reusable_executor
from threadpoolctl import threadpool_info

import detequiv as de
from detequiv.theory.base.blas_threads import one_thread
from detequiv.verify import simulate, trial_seed
from detequiv.verify.simulators.draw import Ensemble
from detequiv.verify.simulators.memory import _entries, stack_of
from helpers.refusals import Facts, refused

SPECTRUM = de.power_law(20, 1.0, trace=20.0)
MIX = de.Problem(
    signal=0.05,
    sources=[
        de.Source(15, SPECTRUM, noise_variance=0.1),
        de.Source(10, SPECTRUM, noise_variance=0.2, shift=0.02),
    ],
    ridge=0.1,
    model=de.RandomProjection(12),
)

TILTED = np.linalg.qr(np.random.default_rng(1).standard_normal((20, 20)))[0]
DENSE = TILTED * SPECTRUM.values @ TILTED.T
EVERYTHING = de.Problem(
    signal=de.Fixed(np.linspace(-0.3, 0.3, 40).reshape(20, 2)),
    sources=[
        de.Source(15, SPECTRUM, noise_variance=0.1),
        de.Source(10, (DENSE + DENSE.T) / 2, noise_variance=0.2, shift=0.02),
    ],
    ridge=0.0,
    model=de.RandomFeatures(12, de.activations.tanh),
)
"""Dense covariances, fixed truths, test sets."""


@pytest.mark.parametrize("method", ["conditional", "naive"])
def test_longer_runs_extend_shorter_ones(method: Any) -> None:
    short = simulate(MIX, trials=5, method=method)
    long = simulate(MIX, trials=9, method=method)
    np.testing.assert_array_equal(long.samples.error[:5], short.samples.error)
    assert len(set(long.samples.error)) == 9


def test_seeds_differ_and_a_trial_replays() -> None:
    run = simulate(MIX, trials=4, seed=3)
    assert not set(run.samples.error) & set(simulate(MIX, trials=4, seed=4).samples.error)
    spawned = np.random.SeedSequence(3).spawn(4)[2]
    designs = [Ensemble.of(MIX).design(np.random.default_rng(seed)) for seed in (spawned, trial_seed(3, 2))]
    np.testing.assert_array_equal(designs[0].X, designs[1].X)


def test_both_methods_and_all_ridges_see_the_same_inputs() -> None:
    """Only X and S are drawn before the labels, so a change of labels leaves them alone."""
    noiseless = dataclasses.replace(MIX.sources[0], noise_variance=0.0)
    other = dataclasses.replace(MIX, ridge=0.5, signal=2.0, sources=(noiseless, MIX.sources[1]))
    a, b = (Ensemble.of(p).design(np.random.default_rng(0)) for p in (MIX, other))
    np.testing.assert_array_equal(a.X, b.X)
    np.testing.assert_array_equal(a.S, b.S)


def threads() -> Executor:
    return ThreadPoolExecutor(3)


def processes() -> Executor:
    executor: Executor = get_reusable_executor(max_workers=2)
    return executor


@pytest.mark.slow
@pytest.mark.parametrize("make", [threads, processes])
def test_executors_change_no_bit(make: Callable[[], Executor]) -> None:
    methods: tuple[Any, ...] = ("conditional", "naive")
    runs = [(mix, n, method) for mix, n in ((MIX, 70), (EVERYTHING, 8)) for method in methods]
    with make() as executor:
        for mix, n, method in runs:
            alone = simulate(mix, trials=n, seed=2, method=method)
            assert simulate(mix, trials=n, seed=2, method=method, executor=executor) == alone


def test_training_errors_can_be_left_out() -> None:
    without = simulate(MIX, trials=3, training=False)
    assert without.samples.training_errors == (None, None)
    assert without.mean.training_errors == (None, None)
    np.testing.assert_array_equal(without.samples.error, simulate(MIX, trials=3).samples.error)


def test_a_source_without_samples_has_no_training_error() -> None:
    unseen = de.Source(0, SPECTRUM, noise_variance=0.1, shift=0.3)
    mix = dataclasses.replace(MIX, sources=(*MIX.sources, unseen))
    run = simulate(mix, trials=3)
    assert run.mean.training_errors[2] is None
    assert run.mean.source_errors[2] > 0.3 * SPECTRUM.trace
    assert "training error on source 2" not in str(run)


@pytest.mark.parametrize("method", ["conditional", "naive"])
def test_progress_is_reported_after_every_stack(method: Any) -> None:
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        seen.append((done, total))

    simulate(EVERYTHING, trials=3, method=method, progress=report)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    seen.clear()
    together, trials = stack_of(MIX), 2 * stack_of(MIX) + 3
    assert together > 1
    simulate(MIX, trials=trials, method=method, progress=report)
    assert seen == [(together, trials), (2 * together, trials), (trials, trials)]


def test_progress_is_reported_through_an_executor() -> None:
    seen: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as executor:
        simulate(MIX, trials=150, executor=executor, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (150, 150)
    assert seen == sorted(seen)


def test_no_bar_away_from_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    simulate(MIX, trials=3, progress=True)
    assert capsys.readouterr().err == ""


class Recorder(ThreadPoolExecutor):
    """A pool of one thread that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.futures: list[Future[Any]] = []

    def submit(self, *args: Any, **keywords: Any) -> Future[Any]:
        self.futures.append(super().submit(*args, **keywords))
        return self.futures[-1]


def interrupt(done: int, total: int) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_passes_through_and_cancels_what_is_pending() -> None:
    with pytest.raises(KeyboardInterrupt):
        simulate(MIX, trials=10, progress=interrupt)
    with Recorder() as executor:
        with pytest.raises(KeyboardInterrupt):
            simulate(MIX, trials=6400, executor=executor, progress=interrupt)
        assert sum(future.cancelled() for future in executor.futures) > 32


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_blas_runs_on_one_thread_meanwhile() -> None:
    before, during = blas_threads(), []
    simulate(EVERYTHING, trials=2, progress=lambda done, total: during.append(blas_threads()))
    assert during == [{1}, {1}]
    assert blas_threads() == before
    with one_thread():
        with one_thread():
            pass
        assert blas_threads() == {1}


def test_simulations_pickle_and_print() -> None:
    run = simulate(MIX, trials=4)
    assert pickle.loads(pickle.dumps(run)) == run
    assert run != simulate(MIX, trials=4, seed=1)
    assert str(run).startswith("4 conditional trials (seed 0) of ridge regression")
    assert f"{run.mean.collapse:.6g}" in str(run)
    assert "trials=4" in repr(run)


def test_error_is_the_sum_of_its_terms() -> None:
    """In every trial, to the rounding of a sum of three."""
    for method in ("conditional", "naive"):
        s = simulate(MIX, trials=4, method=method).samples
        np.testing.assert_allclose(s.error, s.bias + s.variance + s.collapse, rtol=1e-15)


REAL_MULTIPLICITY = de.Problem(
    signal=1.0, sources=[de.Source(3, de.Spectrum([1.0, 0.5], [2.0, 1.5]))], ridge=0.1
)
HUGE = de.Problem(signal=1e-9, sources=[de.Source(3, de.isotropic(1e9))], ridge=0.1)
WIDE_FEATURES = dataclasses.replace(MIX, model=de.RandomFeatures(30_000, de.activations.relu))


@pytest.mark.parametrize(
    ("given", "keywords", "facts"),
    [
        (MIX, {"trials": 1}, ("trials", "integer least 2", "1", "standard error")),
        (MIX, {"trials": 2.5}, ("trials", "integer least 2", "2.5", "standard error")),
        (MIX, {"trials": 3, "method": "magic"}, ("method", ('"conditional"', '"naive"'), "'magic'")),
        (MIX, {"trials": 3, "seed": -1}, ("seed", "non-negative integer", "-1")),
        (MIX, {"trials": 3, "seed": 1.5}, ("seed", "non-negative integer", "1.5")),
        (MIX, {"trials": 3, "seed": None}, ("seed", "non-negative integer", "None")),
        (REAL_MULTIPLICITY, {"trials": 3}, ("multiplicities", "integers", ("1.5", "index 1"), "Round")),
        (
            HUGE,
            {"trials": 3},
            ("dimension", "GiB more than 8", ("d = 1e+09", "n = 3"), ("smaller", "prediction")),
        ),
        (WIDE_FEATURES, {"trials": 3}, ("features", "GiB more than 8", ("m = 30000", "53.7"), "smaller")),
        ("mix", {"trials": 3}, ("simulate", "Problem", "'mix'", "Problem(signal=...")),
    ],
    ids=lambda x: x[0] if isinstance(x, tuple) else "",
)
def test_bad_input_is_refused_with_a_sentence(given: Any, keywords: Any, facts: tuple[Facts, ...]) -> None:
    with refused(de.SpecError, *facts):
        simulate(given, **keywords)


def test_memory_is_counted_for_what_is_drawn() -> None:
    """In dimension 9000, n = 10: d² numbers are .6 GiB. A fixed truth needs none, Γ = 1/d four
    (its C_j, and their sum), a dense covariance or signal some more."""
    d = 9000
    values = np.linspace(1.0, 2.0, d)
    sources = [de.Source(5, values, noise_variance=0.1), de.Source(5, values)]
    needed = {
        name: sum(_entries(de.Problem(signal=signal, sources=sources, ridge=0.1), "conditional"))
        for name, signal in {"fixed": de.Fixed(values), "scalar": 1 / d}.items()
    }
    assert needed["fixed"] < 0.02 * d**2
    assert 4 * d**2 <= needed["scalar"] <= 4.02 * d**2
    small = _entries(EVERYTHING, "conditional"), _entries(EVERYTHING, "naive")
    assert sum(small[0]) > sum(small[1]) > 2 * 2000 * 20


def test_samples_of_unlike_lengths_are_refused() -> None:
    run = simulate(MIX, trials=3)
    short = dataclasses.replace(run.samples, bias=run.samples.bias[:2])
    with refused(de.ShapeError, "samples", "1-D one length least 2", ("(2,)", "(3,)")):
        dataclasses.replace(run, samples=short)


def test_executors_and_progress_are_checked_where_they_are_written() -> None:
    with refused(de.SpecError, "executor", "Executor None", "got 4", "ProcessPoolExecutor(4)"):
        de.simulate(MIX, trials=2, executor=4)  # type: ignore[arg-type]
    with refused(de.SpecError, "progress", "None True function", "5"):
        de.simulate(MIX, trials=2, progress=5)  # type: ignore[arg-type]


def test_shifts_that_cannot_be_scaled_are_refused_with_the_reason() -> None:
    s = de.isotropic(4)
    fixed, δ = de.Fixed([1.0, 0, 0, 0]), de.Fixed([0, 0.1, 0, 0])
    joint = de.Moments([[1.0, 0.5], [0.5, 1.0]])

    def scaled(method: Any = "conditional", signal: Any = 1.0, **source: Any) -> None:
        signals = {"truths": joint} if signal is joint else {"signal": signal}
        problem = de.Problem(sources=[de.Source(6, s, **source)], ridge=0.1, **signals)
        simulate(problem, trials=2, method=method).with_shift_scaled(2.0)

    scaled(shift=0.1)
    for reason, options in {
        ("labels drawn", "'naive'"): {"method": "naive", "shift": 0.1},
        ("truths joint moments",): {"signal": joint},
        ("gains not all 1", "0.5"): {"gain": 0.5},
        ("fixed shift fixed signal",): {"signal": fixed, "shift": δ},
    }.items():
        with refused(de.SpecError, "shifts", *reason, remedy="Simulate"):
            scaled(**options)
