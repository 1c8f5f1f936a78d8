"""Numbers from a derived system: ``compile`` and ``solve``."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy

from ...theory.arrays import Array
from ...theory.errors import ShapeError, SpecError
from ...theory.freeprob import Deterministic, System
from ...theory.freeprob.scalars import Scalar
from .evaluate import Evaluation, Given
from .fixed_point import iterated_unknowns, solved_block

__all__ = ["Compiled", "compile", "solve"]


@dataclasses.dataclass(frozen=True, eq=False)
class Compiled:
    """A system as a function of its values."""

    system: System

    def __call__(self, values: Mapping[Any, Any]) -> Any:
        """The expectation; an array where a scalar among the values is one."""
        given, shape = _given(self.system, values)
        batch = int(np.prod(shape, dtype=int))
        known: dict[Scalar, Array] = {}
        for block in self.system.blocks:
            here = dataclasses.replace(given, scalars={**given.scalars, **known})
            known |= solved_block(iterated_unknowns(block), here, batch)
        here = dataclasses.replace(given, scalars={**given.scalars, **known})
        value = Evaluation(here, {}, {})(self.system.value).value
        full = np.broadcast_to(value, (batch,)).reshape(shape)
        return float(full[()]) if not shape else full.copy()


def compile(system: System) -> Compiled:
    """The system as a function of values, vectorised over scalar parameters."""
    return Compiled(system)


def solve(system: System, values: Mapping[Any, Any]) -> float:
    """The expectation at these values."""
    return float(compile(system)(values))


def _given(system: System, values: Mapping[Any, Any]) -> tuple[Given, tuple[int, ...]]:
    scalars, shapes = {}, []
    sizes: dict[Any, int] = {}
    letters = {}
    named = {
        (key.rows, key.name): value for key, value in values.items()
        if isinstance(key, Deterministic)
    }  # fmt: skip
    numbers = {key: value for key, value in values.items() if isinstance(key, sympy.Symbol)}
    for key, value in numbers.items():
        array = np.asarray(value, dtype=float)
        shapes.append(array.shape)
        leaf = system.spaces.scalars.leaf(key)
        scalars[leaf] = array
    shape = np.broadcast_shapes(*shapes)
    flat = {
        leaf: np.broadcast_to(array, shape).reshape(-1) if array.ndim else array.reshape(1)
        for leaf, array in scalars.items()
    }
    for space in system.spaces:
        size = numbers.get(space.dimension)
        if size is None:
            raise SpecError(f"no value for the dimension {space.dimension}.")
        sizes[space] = int(np.max(size))
        for name, letter in space.letters.items():
            if (space.dimension, name) not in named:
                raise SpecError(f"no value for the letter {name}.")
            matrix = np.asarray(named[space.dimension, name], dtype=float)
            wanted = (sizes[space],) if space.commuting else (sizes[space],) * 2
            if matrix.shape != wanted:
                raise ShapeError(f"{name} must have shape {wanted}; got {matrix.shape}.")
            letters[letter] = matrix
    return Given(flat, letters, sizes), shape
