"""Trials that several statements share, drawn once for each seed."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...theory.base.arrays import Array
from .statement import Draw

__all__ = ["SharedTrials"]


class SharedTrials:
    """A function of a generator that returns an array, called once for each seed.

    A trial is identified by the seed sequence of its generator, which must not have been used.

    >>> shared = SharedTrials(lambda rng: rng.normal(size=2))
    >>> again = lambda: np.random.default_rng(np.random.SeedSequence(0, spawn_key=(5,)))
    >>> float(shared(again())[1]) == shared.entry(1)(again())
    True
    """

    def __init__(self, function: Callable[[np.random.Generator], Array]) -> None:
        self._function = function
        self._known: dict[tuple[Any, ...], Array] = {}

    def __call__(self, rng: np.random.Generator) -> Array:
        seed: Any = rng.bit_generator.seed_seq
        key = (seed.entropy, seed.spawn_key)
        if key not in self._known:
            self._known[key] = self._function(rng)
        return self._known[key]

    def entry(self, i: int) -> Draw:
        """The draw of entry i of the array."""
        return lambda rng: float(self(rng)[i])
