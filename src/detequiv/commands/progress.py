"""A bar on a terminal, and nothing where there is none."""

import contextlib
import sys
from collections.abc import Callable, Iterator

__all__ = ["bar"]


@contextlib.contextmanager
def bar(verb: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A function of (done, all) that moves the bar."""
    from tqdm import tqdm

    disabled = None if sys.stderr is not None else True
    with tqdm(desc=verb, unit=unit, disable=disabled, leave=False) as shown:

        def move(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield move
