"""The rings that blocks of G are computed in: polynomials in letters, or their values modulo a prime."""

import dataclasses
from collections.abc import Callable
from typing import Any

from ..symbols.elimination import inverse_matrix
from ..symbols.scalars import Scalar
from ..symbols.words import Poly, Space
from .residues import Residue, inverse_of_residues

__all__ = ["MODULAR", "SYMBOLIC", "Ring"]


@dataclasses.dataclass(frozen=True, eq=False)
class Ring:
    """What blocks are computed in: how a polynomial and a scalar are written there, and the inverse
    of a small matrix, given without η too."""

    of: Callable[[Poly], Any]
    number: Callable[[Scalar], Any]
    inverted: Callable[[Any, Any, Space], list[list[Any]]]


SYMBOLIC = Ring(lambda poly: poly, lambda scalar: scalar, inverse_matrix)

MODULAR = Ring(
    Residue.of, lambda scalar: scalar.value, lambda matrix, _, space: inverse_of_residues(matrix, space)
)
