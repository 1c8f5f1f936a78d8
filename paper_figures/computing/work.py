"""How the points of a figure are computed: the number of trials and processes, and the cache."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, as_completed
from pathlib import Path
from typing import Any

from ...theory.base.blas_threads import one_thread
from . import result_cache
from .result_cache import Result

__all__ = ["Result", "Work", "cores"]

Arguments = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Work:
    """The settings with which a figure is computed.

    trials : simulated at each point. seed : of all of them. full : whether for print, or for a quick look.
    jobs : processes. folder : where finished points are stored, None for nowhere. data : a file with
    the user's own data, for the figures that take one.
    """

    trials: int
    seed: int = 0
    full: bool = False
    jobs: int = 1
    folder: Path | None = None
    data: Path | None = None

    def results(self, task: Callable[..., Result], arguments: Sequence[Arguments]) -> list[Result]:
        """``task(**each)`` for every set of arguments, in their order; BLAS has one thread.

        Stored results are not computed again, and each result is stored as soon as it is finished: an
        interrupted figure resumes where it stopped. With several jobs the task must be a function of a
        module. A progress bar on a terminal counts the results.
        """
        from tqdm import tqdm

        keys = [result_cache.key(task, each) for each in arguments]
        results_by_key = {name: result for name in keys if (result := self._read(name)) is not None}
        missing = {
            name: each for name, each in zip(keys, arguments, strict=True) if name not in results_by_key
        }
        with tqdm(
            total=len(arguments),
            initial=len(arguments) - len(missing),
            desc="points",
            unit="point",
            disable=None,
            leave=False,
        ) as bar:
            for name, result in self._computed(task, missing):
                results_by_key[name] = result
                if self.folder is not None:
                    result_cache.write(self.folder, name, result)
                bar.update()
        return [results_by_key[name] for name in keys]

    def _read(self, name: str) -> Result | None:
        return None if self.folder is None else result_cache.read(self.folder, name)

    def _computed(
        self, task: Callable[..., Result], arguments: Mapping[str, Arguments]
    ) -> Iterator[tuple[str, Result]]:
        if self.jobs == 1 or len(arguments) < 2:
            for name, each in arguments.items():
                yield name, _alone(task, each)
        else:
            yield from _through_workers(task, arguments, min(self.jobs, len(arguments)))


def cores() -> int:
    """How many processes this machine can run at once."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _alone(task: Callable[..., Result], arguments: Arguments) -> Result:
    with one_thread():
        return task(**arguments)


def _through_workers(
    task: Callable[..., Result], arguments: Mapping[str, Arguments], jobs: int
) -> Iterator[tuple[str, Result]]:
    """Results as they are finished; an interruption or an error stops the workers at once."""
    from loky import get_reusable_executor

    executor = get_reusable_executor(max_workers=jobs)
    futures: dict[Future[Result], str] = {
        executor.submit(_alone, task, each): name for name, each in arguments.items()
    }
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BaseException:
        executor.shutdown(kill_workers=True)
        raise
