"""A progress bar on a terminal; nothing if there is none."""

import contextlib
import sys
from collections.abc import Callable, Iterator

__all__ = ["bar"]


@contextlib.contextmanager
def bar(verb: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A context that yields a function of (done, total), which moves the bar."""
    from tqdm import tqdm

    disabled = None if sys.stderr is not None else True
    with tqdm(desc=verb, unit=unit, disable=disabled, leave=False) as progress_bar:

        def move(done: int, total: int) -> None:
            progress_bar.total = total
            progress_bar.update(done - progress_bar.n)

        yield move
