"""How the points of a figure are computed: how many trials, in how many processes, kept where."""

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

Place = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Work:
    """What a figure is asked for.

    trials : simulated at each point. seed : of all of them. full : as in print, or for a look.
    jobs : processes. folder : where finished points are kept, None for nowhere. data : a file with
    the user's own data, for the figures that take one.
    """

    trials: int
    seed: int = 0
    full: bool = False
    jobs: int = 1
    folder: Path | None = None
    data: Path | None = None

    def results(self, task: Callable[..., Result], places: Sequence[Place]) -> list[Result]:
        """``task(**place)`` for every place, in their order; BLAS has one thread.

        What is kept from before is not computed again, and whatever is finished is kept at once: an
        interrupted figure goes on where it was. With several jobs the task must be a function of a
        module. A bar on a terminal counts the places.
        """
        from tqdm import tqdm

        keys = [result_cache.key(task, place) for place in places]
        found = {name: result for name in keys if (result := self._read(name)) is not None}
        missing = {name: place for name, place in zip(keys, places, strict=True) if name not in found}
        with tqdm(
            total=len(places),
            initial=len(places) - len(missing),
            desc="points",
            unit="point",
            disable=None,
            leave=False,
        ) as bar:
            for name, result in self._computed(task, missing):
                found[name] = result
                if self.folder is not None:
                    result_cache.write(self.folder, name, result)
                bar.update()
        return [found[name] for name in keys]

    def _read(self, name: str) -> Result | None:
        return None if self.folder is None else result_cache.read(self.folder, name)

    def _computed(
        self, task: Callable[..., Result], places: Mapping[str, Place]
    ) -> Iterator[tuple[str, Result]]:
        if self.jobs == 1 or len(places) < 2:
            for name, place in places.items():
                yield name, _alone(task, place)
        else:
            yield from _through_workers(task, places, min(self.jobs, len(places)))


def cores() -> int:
    """How many processes can run at once here."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _alone(task: Callable[..., Result], place: Place) -> Result:
    with one_thread():
        return task(**place)


def _through_workers(
    task: Callable[..., Result], places: Mapping[str, Place], jobs: int
) -> Iterator[tuple[str, Result]]:
    """As they get ready; an interruption or an error stops the workers at once."""
    from loky import get_reusable_executor

    executor = get_reusable_executor(max_workers=jobs)
    futures: dict[Future[Result], str] = {
        executor.submit(_alone, task, place): name for name, place in places.items()
    }
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BaseException:
        executor.shutdown(kill_workers=True)
        raise
