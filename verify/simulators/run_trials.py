"""Run trials serially or in an executor, with bit-identical results."""

import functools
import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from typing import Literal, get_args

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.accepted_values import Count
from ...theory.base.arrays import Array
from ...theory.base.blas_threads import one_thread
from ...theory.base.validation import count
from ...theory.base.wording import short_repr
from . import conditional, connected_trials, naive, selected_trials
from .connected_draws import ConnectedEnsemble
from .draw import Ensemble
from .memory import check_affordable, stack_of
from .selected_trials import SelectedEnsemble
from .simulation import Simulation, Terms
from .trial_errors import Measured
from .trial_seeds import DEFAULT_SEED, RNG, Root, Seed, root_seed
from .trial_seeds import trial_seed as trial_seed

__all__ = ["ensemble_of", "measured_trials", "simulate", "trial_seed"]

Method = Literal["conditional", "naive"]
Progress = bool | Callable[[int, int], object] | None

AnyEnsemble = Ensemble | ConnectedEnsemble | SelectedEnsemble

TRIALS: dict[tuple[type[AnyEnsemble], str], Callable[..., Measured]] = {
    (Ensemble, "conditional"): conditional.trials,
    (Ensemble, "naive"): naive.trials,
    (ConnectedEnsemble, "conditional"): connected_trials.conditional_trials,
    (ConnectedEnsemble, "naive"): connected_trials.naive_trials,
    (SelectedEnsemble, "conditional"): selected_trials.trials,
    (SelectedEnsemble, "naive"): selected_trials.trials,
}
"""The function that measures a stack of trials, by ensemble and method."""

CHUNKS = 64
"""The largest number of pieces of a run in an executor: enough to keep all workers busy."""


def simulate(
    problem: Problem,
    *,
    trials: "Count",
    seed: Seed = DEFAULT_SEED,
    rng: RNG | None = None,
    method: Method = "conditional",
    training: bool = True,
    executor: Executor | None = None,
    progress: Progress = None,
) -> Simulation:
    """Simulate the fit on random data, and measure the population error of each trial.

    The error is exact for models that are linear in x and for random features whose moments are
    known in closed form (relu, leaky_relu, erf, sign, sine, gelu, polynomials). For others each
    trial measures it on independent test sets of 2000 inputs, and ``stderr`` includes their scatter.

    Parameters
    ----------
    problem : Problem
        The problem to simulate; multiplicities must be integers.
    trials : int
        The number of trials, at least 2.
    seed : int or tuple of int
        The root seed: a non-negative integer (default: 0), or the ``seed`` of a result.
    rng : int, SeedSequence, BitGenerator, Generator or None
        The source of the root seed, in place of ``seed``. See Notes.
    method : {"conditional", "naive"}
        "conditional" draws inputs and projection, and integrates noise and random truths out
        exactly (fixed truths stay fixed). "naive" draws everything, fits by a singular value
        decomposition and measures the error: noisier, and simple enough to be obviously right. Both
        see the same inputs under the same seed.
    training : bool
        False omits the training errors, which saves up to a quarter of the time.
    executor : concurrent.futures.Executor or None
        Runs the trials; None runs them in this process. BLAS is limited to one thread while trials
        run, here and in the workers.
    progress : bool, callable or None
        True shows a bar on a terminal. A callable is called with (trials done, all trials) after
        each stack of trials; small problems have several trials in a stack.

    Returns
    -------
    Simulation
        With ``mean``, ``stderr`` and ``samples`` of error, bias, variance and collapse (noise of the
        target excluded), training errors (noise included), and errors on fresh data of each source;
        its ``seed`` is the root seed.

    Raises
    ------
    SpecError
        Fewer than 2 trials, an unknown method, a seed or rng of another type, both of them,
        multiplicities that are not integers, a dimension too large to draw.

    See Also
    --------
    compare : compares a prediction with the simulation.
    assert_agrees : simulates until the comparison is decided.

    Notes
    -----
    Trial i draws from child i of the root seed, ``numpy.random.SeedSequence(seed, spawn_key=(i,))``.
    A longer run therefore extends a shorter one, and neither the executor nor the number of workers
    changes a bit.

    Every function that takes ``seed`` also takes ``rng``, after `SPEC 7
    <https://scientific-python.org/specs/spec-0007/>`_:

    - An integer is a seed: ``rng=3`` and ``seed=3`` give the same bits.
    - A SeedSequence is the root itself. Its children are built by their index and not spawned, so
      its state does not change and the same SeedSequence gives the same trials again.
    - A Generator is asked for 64 bits, which are the root seed; passed twice, it gives different
      trials. A BitGenerator is wrapped in a Generator.
    - None takes ``seed``. It does not draw entropy from the operating system: results are
      repeatable by default.

    In each case the result records the root as ``seed``, and ``seed=result.seed`` repeats the run.

    References
    ----------
    arXiv 2410.04840 v2, section 2, drawn as it is written there.

    Examples
    --------
    >>> import detequiv as de
    >>> problem = de.Problem(signal=1 / 20, ridge=0.1, model=de.RandomProjection(15),
    ...                      sources=[de.Source(30, de.isotropic(20), noise_variance=0.1)])
    >>> run = de.simulate(problem, trials=10)
    >>> run.trials, 0 < run.mean.variance < run.mean.error
    (10, True)
    >>> other = de.simulate(problem, trials=10, rng=np.random.default_rng())
    >>> other == de.simulate(problem, trials=10, seed=other.seed)
    True
    """
    trials = count(trials, "trials", 2, "A standard error needs two.")
    root = root_seed(seed, rng)
    if short_repr(method) not in map(repr, get_args(Method)):  # also for unhashable values
        raise SpecError(f'method must be "conditional" or "naive"; got {short_repr(method)}.')
    if not isinstance(problem, Problem):
        raise SpecError(
            f"simulate takes a Problem; got {short_repr(problem)}. Write Problem(signal=..., "
            f"sources=[...], ridge=...)."
        )
    if not isinstance(training, bool):
        raise SpecError(f"training must be True or False; got {short_repr(training)}.")
    check_affordable(problem, method)
    if executor is not None and not hasattr(executor, "submit"):
        raise SpecError(
            f"executor must be a concurrent.futures.Executor or None; got {short_repr(executor)}. Write "
            f"ProcessPoolExecutor(4) for four workers."
        )
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise SpecError(
            f"progress must be None, True or a function of (trials done, trials in all); got "
            f"{short_repr(progress)}."
        )
    ensemble = ensemble_of(problem)
    method = "naive" if isinstance(ensemble, SelectedEnsemble) else method
    with _reported(progress, trials) as report, one_thread():
        if executor is None:
            measured = _here(ensemble, root, trials, method, training, report)
        else:
            measured = _through(executor, problem, root, trials, method, training, report)
    return _simulation(ensemble, root, method, training, measured)


def ensemble_of(problem: Problem) -> AnyEnsemble:
    """The ensemble of a problem, by what has to be drawn."""
    selected = [k for k, source in enumerate(problem.sources) if source.selected]
    if selected and problem.connected:
        raise SpecError(
            f"selected samples beside labels of trained models are not simulated as they are; "
            f"sources[{selected[0]}] is a selection. Write selection.source, which has the same effect."
        )
    if problem.intercept or selected:
        return SelectedEnsemble.of(problem)
    return ConnectedEnsemble.of(problem) if problem.connected else Ensemble.of(problem)


def measured_trials(
    ensemble: AnyEnsemble, seed: Root, trials: range, method: str, training: bool
) -> Iterator[Measured]:
    """Measure these trials, in stacks of the size that is fastest."""
    together = stack_of(ensemble.problem)
    for first in trials[::together]:
        stack = range(first, min(first + together, trials.stop))
        rngs = [np.random.default_rng(trial_seed(seed, i)) for i in stack]
        yield TRIALS[type(ensemble), method](ensemble, rngs, training=training)


def _here(
    ensemble: AnyEnsemble,
    seed: Root,
    trials: int,
    method: str,
    training: bool,
    report: Callable[[int], object],
) -> Measured:
    measured = []
    for stack in measured_trials(ensemble, seed, range(trials), method, training):
        measured.append(stack)
        report(len(stack))
    return Measured.join(measured)


def _chunk(problem: Problem, seed: Root, first: int, last: int, method: str, training: bool) -> Measured:
    """Trials first … last − 1, in a worker."""
    ensemble = _ensemble(problem)
    with one_thread():
        trials = measured_trials(ensemble, seed, range(first, last), method, training)
        return Measured.join(list(trials))


@functools.lru_cache(maxsize=1)
def _ensemble(problem: Problem) -> AnyEnsemble:
    """Cached for a worker's next piece: the roots of dense covariances take longer than a trial."""
    return ensemble_of(problem)


def _through(
    executor: Executor,
    problem: Problem,
    seed: Root,
    trials: int,
    method: str,
    training: bool,
    report: Callable[[int], object],
) -> Measured:
    step = math.ceil(trials / CHUNKS)
    futures: dict[Future[Measured], int] = {}
    try:
        for first in range(0, trials, step):
            last = min(first + step, trials)
            future = executor.submit(_chunk, problem, seed, first, last, method, training)
            futures[future] = last - first
        for future in as_completed(futures):
            future.result()
            report(futures[future])
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    return Measured.join([future.result() for future in futures])


def _simulation(
    ensemble: AnyEnsemble, seed: Root, method: str, training: bool, measured: Measured
) -> Simulation:
    problem = ensemble.problem
    seen = [training and source.n > 0 for source in problem.sources]
    error, bias, variance, collapse = measured.terms.T
    samples = Terms(
        error=error,
        bias=bias,
        variance=variance,
        collapse=collapse,
        training_errors=_where(seen, measured.training),
        source_errors=tuple(measured.fresh.T),
    )
    from_shifts = (
        None
        if method != "conditional" or not ensemble.shifts_apart
        else Terms(
            error=collapse,
            bias=np.zeros_like(bias),
            variance=np.zeros_like(variance),
            collapse=collapse,
            training_errors=_where(seen, measured.training_from_shifts),
            source_errors=tuple(measured.fresh_from_shifts.T),
        )
    )
    m, q = measured.overlaps.T
    return Simulation(
        problem=problem,
        samples=samples,
        seed=seed,
        method=method,
        from_shifts=from_shifts,
        overlaps=(m, q) if np.isfinite(q).all() else None,
    )


def _where(seen: list[bool], columns: Array) -> tuple[Array | None, ...]:
    return tuple(column if has else None for has, column in zip(seen, columns.T, strict=True))


@contextmanager
def _reported(progress: Progress, trials: int) -> Iterator[Callable[[int], object]]:
    """A function to call with the number of trials just done."""
    if progress is None or progress is False or (progress is True and sys.stderr is None):
        yield lambda more: None
    elif callable(progress):
        done = 0

        def report(more: int) -> None:
            nonlocal done
            done += more
            progress(done, trials)

        yield report
    else:
        from tqdm import tqdm

        with tqdm(total=trials, unit="trial", disable=None) as bar:
            yield bar.update
