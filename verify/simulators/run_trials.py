"""Run trials: one after the other or through an executor, the same bits either way."""

import functools
import math
import operator
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, as_completed
from contextlib import contextmanager
from typing import Literal, SupportsIndex

import numpy as np

from ...theory import Problem, SpecError
from ...theory.base.accepted_values import Count
from ...theory.base.arrays import Array
from ...theory.base.blas_threads import one_thread
from ...theory.base.validation import count
from ...theory.base.wording import short_repr
from . import conditional, naive
from .draw import Ensemble
from .memory import check_affordable, stack_of
from .simulation import Simulation, Terms
from .trial_errors import Measured

__all__ = ["checked_seed", "measured_trials", "simulate", "trial_seed"]

Method = Literal["conditional", "naive"]
Progress = bool | Callable[[int, int], object] | None

TRIALS = {"conditional": conditional.trials, "naive": naive.trials}
"""What measures a stack of trials, by method."""

CHUNKS = 64
"""Pieces that a run through an executor is cut into, at most: enough to keep workers even."""


def simulate(
    problem: Problem,
    *,
    trials: "Count",
    seed: SupportsIndex = 0,
    method: Method = "conditional",
    training: bool = True,
    executor: Executor | None = None,
    progress: Progress = None,
) -> Simulation:
    """Draw the problem again and again, fit, and measure the population error.

    The error is exact for models that are linear in x and for random features whose moments are
    known in closed form (relu, leaky_relu, erf, sign, sine, gelu, polynomials); for others each
    trial measures it on independent test sets of 2000 inputs, whose scatter counts in ``stderr``.

    Parameters
    ----------
    problem : multiplicities must be integers.
    trials : at least 2.
    seed : a non-negative integer. Trial i uses child i of ``numpy.random.SeedSequence(seed)``: a
        longer run extends a shorter one, and neither executor nor number of workers changes a bit.
    method : "conditional" draws inputs and projection, and integrates noise and random truths out
        exactly (fixed truths are what they are). "naive" draws everything, fits by singular values
        and measures: noisier, and obviously right. Both see the same inputs under the same seed.
    training : False leaves the training errors out, which saves up to a quarter of the time.
    executor : a ``concurrent.futures.Executor``; None runs here. BLAS is pinned to one thread while
        trials run, here and in the workers.
    progress : True shows a bar on a terminal; a callable gets (trials done, trials in all), after
        every few trials of a small problem, which are done together, and else after every one.

    Returns
    -------
    A :class:`Simulation` with ``mean``, ``stderr`` and ``samples`` of error, bias, variance and
    collapse (noise of the target excluded), training errors (noise included) and errors on fresh
    data of each source.

    Raises
    ------
    SpecError
        Fewer than 2 trials, an unknown method, a negative seed, multiplicities that are not
        integers, a dimension too large to draw.

    Source: arXiv 2410.04840 v2, section 2, drawn as it is written there.

    >>> import detequiv as de
    >>> problem = de.Problem(signal=1 / 20, ridge=0.1, model=de.RandomProjection(15),
    ...                      sources=[de.Source(30, de.isotropic(20), noise_variance=0.1)])
    >>> run = de.simulate(problem, trials=10)
    >>> run.trials, 0 < run.mean.variance < run.mean.error
    (10, True)
    """
    trials = count(trials, "trials", 2, "A standard error needs two.")
    seed = checked_seed(seed)
    if short_repr(method) not in map(repr, TRIALS):  # what is not hashable, too
        raise SpecError(f'method must be "conditional" or "naive"; got {short_repr(method)}.')
    if not isinstance(problem, Problem):
        raise SpecError(
            f"simulate takes a Problem; got {short_repr(problem)}. Describe it by Problem(signal=..., "
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
    ensemble = Ensemble.of(problem)
    with _reported(progress, trials) as report, one_thread():
        if executor is None:
            measured = _here(ensemble, seed, trials, method, training, report)
        else:
            measured = _through(executor, problem, seed, trials, method, training, report)
    return _simulation(ensemble, seed, method, training, measured)


def trial_seed(seed: int, trial: int) -> np.random.SeedSequence:
    """The seed of one trial, to draw it again: child ``trial`` of SeedSequence(seed).

    >>> trial_seed(0, 2).spawn_key == np.random.SeedSequence(0).spawn(3)[2].spawn_key
    True
    """
    return np.random.SeedSequence(checked_seed(seed), spawn_key=(trial,))


def measured_trials(
    ensemble: Ensemble, seed: int, trials: range, method: str, training: bool
) -> Iterator[Measured]:
    """These trials under this seed, in stacks of as many as are best done together."""
    together = stack_of(ensemble.problem)
    for first in trials[::together]:
        stack = range(first, min(first + together, trials.stop))
        seeds = (np.random.SeedSequence(seed, spawn_key=(i,)) for i in stack)
        rngs = [np.random.default_rng(child) for child in seeds]
        yield TRIALS[method](ensemble, rngs, training=training)


def _here(
    ensemble: Ensemble, seed: int, trials: int, method: str, training: bool, report: Callable[[int], object]
) -> Measured:
    measured = []
    for stack in measured_trials(ensemble, seed, range(trials), method, training):
        measured.append(stack)
        report(len(stack))
    return Measured.join(measured)


def _chunk(problem: Problem, seed: int, first: int, last: int, method: str, training: bool) -> Measured:
    """Trials first … last − 1, in a worker."""
    ensemble = _ensemble(problem)
    with one_thread():
        trials = measured_trials(ensemble, seed, range(first, last), method, training)
        return Measured.join(list(trials))


@functools.lru_cache(maxsize=1)
def _ensemble(problem: Problem) -> Ensemble:
    """Kept for a worker's next piece: the roots of dense covariances take longer than a trial."""
    return Ensemble.of(problem)


def _through(
    executor: Executor,
    problem: Problem,
    seed: int,
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


def _simulation(ensemble: Ensemble, seed: int, method: str, training: bool, measured: Measured) -> Simulation:
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
    return Simulation(problem=problem, samples=samples, seed=seed, method=method, from_shifts=from_shifts)


def _where(seen: list[bool], columns: Array) -> tuple[Array | None, ...]:
    return tuple(column if has else None for has, column in zip(seen, columns.T, strict=True))


def checked_seed(seed: SupportsIndex) -> int:
    """A non-negative integer, or a refusal."""
    try:
        number = operator.index(seed)
    except TypeError:
        number = -1
    if number < 0 or isinstance(seed, bool):
        raise SpecError(
            f"seed must be a non-negative integer; got {seed!r}. A simulation must be repeatable, "
            f"so it does not draw one itself."
        )
    return number


@contextmanager
def _reported(progress: Progress, trials: int) -> Iterator[Callable[[int], object]]:
    """A function that is told how many trials more are done."""
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
