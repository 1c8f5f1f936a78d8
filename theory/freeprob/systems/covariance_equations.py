"""From a pencil to its equations: G = (F − η(G))⁻¹, in few scalar unknowns.

The blocks of G are averages E[L⁻¹] = (id ⊗ E tr_block), and η_ij = Σ E[Q_ia G_ab Q_bj] is the
covariance map of Q. For l₁Xr₁ at (i, a) and l₂Xᵀr₂ at (b, j), with E[X B Xᵀ] = v tr(ΣB) D, it is
τ l₁Dr₂ with τ = v tr(Σ r₁G_abl₂): numbers τ are all that is unknown. (Operator-valued free
probability: Mingo and Speicher 2017, chapters 9 and 10; E[XBX] is O(1/n), and left out.)

The pencil is block triangular in its strongly connected components. A diagonal block of G obeys a
nonlinear fixed point in τ of its own; a block between two of them is linear in τ of its own. So
products of several resolvents need nothing that one resolvent does not.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ..pencils.gaussian_pairs import PencilComponents
from ..pencils.pencil import Pencil
from ..symbols.primes import FINGERPRINT_PRIME
from ..symbols.scalars import Scalar
from ..symbols.words import Poly, Spaces
from .block_rings import MODULAR, SYMBOLIC, Ring
from .covariance_terms import CovarianceMap, Loop

__all__ = ["Block", "CovarianceEquations"]

PASSES = 7
"""Iterates from 0 whose fingerprints decide which unknowns are 0 and which are equal; the equations
confirm it, and separate those that the iterates could not."""

Place = tuple[int, int]
History = tuple[Any, ...]


@dataclasses.dataclass(eq=False)
class Block:
    """One block of G: its unknowns, each with its equation.

    linear : whether the equations are linear in the unknowns of this block.
    equations : unknown → what it is equal to.
    """

    linear: bool
    equations: dict[Scalar, Scalar]


class CovarianceEquations:
    """The blocks of G for one pencil, computed on demand.

    report : called after each with (blocks done, blocks that there may be).
    """

    def __init__(
        self, pencil: Pencil, spaces: Spaces, report: Callable[[int, int], object] | None = None
    ) -> None:
        self.pencil, self.spaces, self.scalars = pencil, spaces, spaces.scalars
        self.components = PencilComponents(pencil)
        self._map = CovarianceMap(self.components, spaces)
        self.blocks: list[Block] = []
        self._known: dict[Place, dict[Place, Poly]] = {}
        self._unknowns: dict[Any, Scalar] = {}
        self._count = 0
        self._equal_to: dict[Scalar, Scalar] = {}
        self._by_history: dict[History, Scalar] = {}
        self._fixed: dict[Place, dict[Place, Poly]] = {}
        self._report = report

    def entry(self, i: int, j: int) -> Poly:
        """G_ij."""
        I, J = self.components.group[i], self.components.group[j]
        if J not in self.components.leads[I]:
            return self.pencil.spaces[i].zero
        return self._block(I, J).get((i, j), self.pencil.spaces[i].zero)

    def _block(self, I: int, J: int) -> dict[Place, Poly]:
        if (I, J) not in self._known:
            for K in self.components.between(I, J):  # all smaller ones first
                for M in self.components.between(K, J):
                    if (K, M) not in self._known and (K, M) != (I, J):
                        self._block(K, M)
            self._known[I, J] = self._solved(I, J)
            self._settle(I, J)
            if self._report is not None:
                self._report(len(self._known), sum(map(len, self.components.leads)))
        return self._known[I, J]

    def _solved(self, I: int, J: int) -> dict[Place, Poly]:
        """G on the block, with names for its unknowns.

        Unknowns with the same history share a name, also with those of earlier blocks; where their
        equations differ after all, they are split into several.
        """
        loops = self._map.loops_within(I, J)
        classes: dict[Any, Any] = self._histories(I, J, loops)
        known = dict(self._by_history)
        while True:
            marks = [len(space.inverses) for space in self.spaces]
            names = {part: self._name(part, known) for part in dict.fromkeys(classes.values())}
            assigned = dict.fromkeys(loops, self.scalars.zero)
            assigned |= {key: names[part] for key, part in classes.items()}
            G = self._inverse(I, J, assigned, SYMBOLIC)
            found = {key: self._map.value(loop, G, SYMBOLIC) for key, loop in loops.items()}
            parts = {key: (part, found[key].value) for key, part in classes.items()}
            wrong = {
                part
                for key, part in classes.items()
                if part in known and self._recognised(found[key]) is not names[part]
            }
            late = {
                key: ("late", x.value) for key, x in found.items() if key not in classes and not x.is_zero
            }
            if not late and not wrong and len(set(parts.values())) == len(names):
                break
            for space, mark in zip(self.spaces, marks, strict=True):
                del space.inverses[mark:]
            known = {part: name for part, name in known.items() if part not in wrong}
            classes = parts | late if late or len(set(parts.values())) > len(names) else classes
        self._unknowns |= assigned
        new = {part: name for part, name in names.items() if part not in known}
        equations = {names[part]: found[key] for key, part in classes.items() if part in new}
        self._equal_to |= {right: name for name, right in equations.items()}
        for part, name in new.items():
            self._by_history[part] = name
            self._by_history[_negative(part)] = -name
        if equations:
            self.blocks.append(Block(linear=I != J, equations=equations))
        return G

    def _name(self, part: Any, known: Mapping[Any, Scalar]) -> Scalar:
        """The unknown of this class, a new one if need be."""
        if part in known:
            return known[part]
        self._count += 1
        return self.scalars.unknown(self._count)

    def _histories(self, I: int, J: int, loops: Mapping[Any, Loop]) -> "dict[Any, History]":
        """Fingerprints of the iterates of τ = hΦ(τ) from 0, of the unknowns that are not 0; h is
        random, as at h = 1 what is inverted might be singular in one of them."""
        if not loops:
            return {}
        values: dict[Any, list[int]] = {key: [] for key in loops}
        assigned = dict.fromkeys(loops, 0)
        h = self.scalars.parameter("damping").value
        for _ in range(PASSES):
            G = self._inverse(I, J, assigned, MODULAR)
            assigned = {
                key: h * self._map.value(loop, G, MODULAR) % FINGERPRINT_PRIME for key, loop in loops.items()
            }
            for key, value in assigned.items():
                values[key].append(value)
        return {key: tuple(history) for key, history in values.items() if any(history)}

    def _inverse(self, I: int, J: int, assigned: Mapping[Any, Any], ring: Ring) -> dict[Place, Any]:
        if I == J:
            return self._diagonal(I, assigned, ring)
        total: dict[Place, Any] = {}
        for K in self.components.between(I, J):
            if K == I:
                continue
            for (i, k), step in self._steps(I, K, assigned, ring).items():
                for (k2, j), G in self._known[K, J].items():
                    if k2 == k:
                        _add(total, (i, j), step @ ring.of(G))
        result: dict[Place, Any] = {}
        for (i, i2), G in self._known[I, I].items():
            for (i3, j), matrix in total.items():
                if i3 == i2:
                    _add(result, (i, j), -(ring.of(G) @ matrix))
        return {place: matrix for place, matrix in result.items() if not matrix.is_zero}

    def _diagonal(self, I: int, assigned: Mapping[Any, Any], ring: Ring) -> dict[Place, Any]:
        steps, group = self._steps(I, I, assigned, ring), self.components.groups[I]
        found: dict[Place, Any] = {}
        for space in dict.fromkeys(self.pencil.spaces[i] for i in group):
            here = [i for i in group if self.pencil.spaces[i] is space]
            fixed = [[self.pencil.fixed.get((i, j), space.zero) for j in here] for i in here]
            zero = ring.of(space.zero)
            whole = [[steps.get((i, j), zero) for j in here] for i in here]
            for i, row in zip(here, ring.inverted(whole, fixed, space), strict=True):
                for j, matrix in zip(here, row, strict=True):
                    if not matrix.is_zero:
                        found[i, j] = matrix
        return found

    def _steps(self, I: int, K: int, assigned: Mapping[Any, Any], ring: Ring) -> dict[Place, Any]:
        """F − η between two components."""
        if (I, K) not in self._fixed:
            group = self.components.group
            self._fixed[I, K] = {
                (i, k): poly for (i, k), poly in self.pencil.fixed.items() if group[i] == I and group[k] == K
            }
        steps = {place: ring.of(poly) for place, poly in self._fixed[I, K].items()}
        for place, key, poly in self._map.responses(I, K):
            τ = assigned[key] if key in assigned else ring.number(self._unknowns[key])
            _add(steps, place, ring.of(poly).scaled(τ))
        return {place: matrix for place, matrix in steps.items() if not matrix.is_zero}

    def _settle(self, I: int, J: int) -> None:
        """Record the numbers v tr(C r G_ab l) that only later blocks need."""
        for key, loop in self._map.loops(I, J).items():
            if key not in self._unknowns:
                self._unknowns[key] = self._recognised(self._map.value(loop, self._known[I, J], SYMBOLIC))

    def _recognised(self, number: Scalar) -> Scalar:
        """The unknown that it equals up to sign, else the number itself."""
        if number in self._equal_to:
            return self._equal_to[number]
        return -self._equal_to[-number] if -number in self._equal_to else number


def _add(found: dict[Place, Any], place: Place, matrix: Any) -> None:
    found[place] = found[place] + matrix if place in found else matrix


def _negative(part: Any) -> Any:
    """The history of −τ; classes that were split have none."""
    if any(isinstance(x, tuple | str) for x in part):
        return "minus", part
    return tuple(-x % FINGERPRINT_PRIME for x in part)
