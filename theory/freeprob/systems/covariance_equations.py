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
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..pencils.components import components, reachable
from ..pencils.pencil import Factor, Pencil, Term, matrix_of
from ..symbols.elimination import inverted
from ..symbols.primes import FINGERPRINT_PRIME
from ..symbols.scalars import Scalar
from ..symbols.words import Poly, Space, Spaces
from .residues import Residue, inverted_residues

__all__ = ["Block", "CovarianceEquations"]

PASSES = 7
"""Iterates from 0 whose fingerprints decide which unknowns are 0 and which are equal; what these
cannot tell apart is checked, and told apart, by the equations."""

Place = tuple[int, int]
Response = tuple[Place, Any, Poly]
"""Where the unknown of this key is multiplied by what, in F − η."""

History = tuple[Any, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class _Ring:
    """What blocks are computed in: how a polynomial and a scalar are written there, and the inverse
    of a small matrix, given without η too."""

    of: Callable[[Poly], Any]
    number: Callable[[Scalar], Any]
    inverted: Callable[[Any, Any, Space], list[list[Any]]]


SYMBOLIC = _Ring(lambda poly: poly, lambda scalar: scalar, inverted)

MODULAR = _Ring(
    Residue.of, lambda scalar: scalar.value, lambda matrix, _, space: inverted_residues(matrix, space)
)


@dataclasses.dataclass(frozen=True, eq=False)
class Loop:
    """τ = v tr(C r G_ab l), C the covariance on the inner side of the factor X or Xᵀ."""

    a: int
    b: int
    right: Poly
    left: Poly
    factor: Factor

    @classmethod
    def of(cls, a: int, one: Term, b: int, two: Term) -> "tuple[Loop, int]":
        """That of l₁Xr₁ at (·, a) and l₂Xᵀr₂ at (b, ·), with the sign of r₁ taken out."""
        sign = one.right.sign
        return cls(a, b, one.right if sign > 0 else -one.right, two.left, one.factor), sign

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for equal unknowns."""
        return self.a, self.b, self.right.key, self.left.key, self.factor


@dataclasses.dataclass(eq=False)
class Block:
    """One block of G: its unknowns, each with its equation.

    linear : whether the equations are linear in the unknowns of this block.
    equations : unknown → what it is equal to.
    """

    linear: bool
    equations: dict[Scalar, Scalar]


class CovarianceEquations:
    """The blocks of G for one pencil, worked out as they are asked for.

    report : called after each with (blocks done, blocks that there may be).
    """

    def __init__(
        self, pencil: Pencil, spaces: Spaces, report: Callable[[int, int], object] | None = None
    ) -> None:
        self.pencil, self.spaces, self.scalars = pencil, spaces, spaces.scalars
        size = range(len(pencil.spaces))
        self._after: dict[int, list[int]] = {i: [] for i in size}
        for i, j in (*pencil.fixed, *pencil.gaussian):
            if j not in self._after[i]:
                self._after[i].append(j)
        self.groups = components(self._after)
        self._leads = reachable(self._after, self.groups)
        self._group = {i: k for k, group in enumerate(self.groups) for i in group}
        self.blocks: list[Block] = []
        self._known: dict[Place, dict[Place, Poly]] = {}
        self._unknowns: dict[Any, Scalar] = {}
        self._count = 0
        self._equal_to: dict[Scalar, Scalar] = {}
        self._by_history: dict[History, Scalar] = {}
        self._covariances: dict[Any, Poly] = {}
        self._parts: dict[Place, tuple[dict[Place, Poly], list[Response]]] = {}
        self._weights: dict[Any, Poly] = {}
        self._report = report

    def entry(self, i: int, j: int) -> Poly:
        """G_ij."""
        I, J = self._group[i], self._group[j]
        if J not in self._leads[I]:
            return self.pencil.spaces[i].zero
        return self._block(I, J).get((i, j), self.pencil.spaces[i].zero)

    def _block(self, I: int, J: int) -> dict[Place, Poly]:
        if (I, J) not in self._known:
            for K in self._between(I, J):  # all smaller ones first
                for M in self._between(K, J):
                    if (K, M) not in self._known and (K, M) != (I, J):
                        self._block(K, M)
            self._known[I, J] = self._solved(I, J)
            self._settle(I, J)
            if self._report is not None:
                self._report(len(self._known), sum(map(len, self._leads)))
        return self._known[I, J]

    def _between(self, I: int, J: int) -> list[int]:
        return [K for K in sorted(self._leads[I], reverse=True) if J in self._leads[K]]

    # ---- one block

    def _solved(self, I: int, J: int) -> dict[Place, Poly]:
        """G on the block, with names for its unknowns: unknowns of one history have one name, that
        of an earlier block where it has that history; those that their equations part are parted.
        """
        loops = self._needed(I, J)
        classes: dict[Any, Any] = self._histories(I, J, loops)
        known = dict(self._by_history)
        while True:
            marks = [len(space.inverses) for space in self.spaces]
            names = {part: self._name(part, known) for part in dict.fromkeys(classes.values())}
            assigned = dict.fromkeys(loops, self.scalars.zero)
            assigned |= {key: names[part] for key, part in classes.items()}
            G = self._inverse(I, J, assigned, SYMBOLIC)
            found = {key: self._loop(loop, G, SYMBOLIC) for key, loop in loops.items()}
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
        """The unknown of this class: a new one, where none is known."""
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
                key: h * self._loop(loop, G, MODULAR) % FINGERPRINT_PRIME for key, loop in loops.items()
            }
            for key, value in assigned.items():
                values[key].append(value)
        return {key: tuple(history) for key, history in values.items() if any(history)}

    def _inverse(self, I: int, J: int, assigned: Mapping[Any, Any], ring: "_Ring") -> dict[Place, Any]:
        if I == J:
            return self._diagonal(I, assigned, ring)
        total: dict[Place, Any] = {}
        for K in self._between(I, J):
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

    def _diagonal(self, I: int, assigned: Mapping[Any, Any], ring: "_Ring") -> dict[Place, Any]:
        steps, group = self._steps(I, I, assigned, ring), self.groups[I]
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

    def _steps(self, I: int, K: int, assigned: Mapping[Any, Any], ring: "_Ring") -> dict[Place, Any]:
        """F − η between two components."""
        fixed, responses = self._terms(I, K)
        steps = {place: ring.of(poly) for place, poly in fixed.items()}
        for place, key, poly in responses:
            τ = assigned[key] if key in assigned else ring.number(self._unknowns[key])
            _add(steps, place, ring.of(poly).scaled(τ))
        return {place: matrix for place, matrix in steps.items() if not matrix.is_zero}

    def _terms(self, I: int, K: int) -> "tuple[dict[Place, Poly], list[Response]]":
        """F between two components, and what each τ adds to −η there."""
        if (I, K) not in self._parts:
            fixed = {
                (i, k): poly
                for (i, k), poly in self.pencil.fixed.items()
                if self._group[i] == I and self._group[k] == K
            }
            responses = []
            for ((i, a), one), ((b, j), two) in self._pairs(I, K):
                loop, sign = Loop.of(a, one, b, two)
                outer = self._covariance(one.factor.of, one.factor.transposed)
                added = one.left @ outer @ two.right
                responses.append(((i, j), loop.key, -added if sign > 0 else added))
            self._parts[I, K] = fixed, responses
        return self._parts[I, K]

    # ---- the covariance map

    def _pairs(self, I: int, K: int) -> Iterator[tuple[tuple[Place, Term], tuple[Place, Term]]]:
        """l₁Xr₁ at (i, a) and l₂Xᵀr₂ at (b, j), a leading to b, i in I and j in K."""
        for (i, a), firsts in self.pencil.gaussian.items():
            if self._group[i] != I or K not in self._leads[self._group[a]]:
                continue
            for (b, j), seconds in self.pencil.gaussian.items():
                if self._group[j] != K or self._group[b] not in self._leads[self._group[a]]:
                    continue
                for one in firsts:
                    for two in seconds:
                        if one.factor.opposite == two.factor:
                            yield ((i, a), one), ((b, j), two)

    def _settle(self, I: int, J: int) -> None:
        """The numbers v tr(C r G_ab l) that the block itself does not need: they are known now."""
        for key, loop in self._loops(I, J).items():
            if key not in self._unknowns:
                self._unknowns[key] = self._recognised(self._loop(loop, self._known[I, J], SYMBOLIC))

    def _recognised(self, number: Scalar) -> Scalar:
        """The unknown that it is, up to its sign, or the number itself."""
        if number in self._equal_to:
            return self._equal_to[number]
        return -self._equal_to[-number] if -number in self._equal_to else number

    def _loops(self, I: int, J: int) -> dict[Any, Loop]:
        """The numbers τ with G_ab in the block (I, J)."""
        found: dict[Any, Loop] = {}
        for (_, a), firsts in self.pencil.gaussian.items():
            for (b, _), seconds in self.pencil.gaussian.items():
                if self._group[a] == I and self._group[b] == J:
                    for one in firsts:
                        for two in seconds:
                            if one.factor.opposite == two.factor:
                                loop, _ = Loop.of(a, one, b, two)
                                found[loop.key] = loop
        return found

    def _needed(self, I: int, J: int) -> dict[Any, Loop]:
        """Those that are needed inside of the block."""
        found: dict[Any, Loop] = {}
        for ((_, a), one), ((b, _), two) in self._pairs(I, J):
            if self._group[a] == I and self._group[b] == J:
                loop, _ = Loop.of(a, one, b, two)
                found[loop.key] = loop
        return found

    def _loop(self, loop: Loop, G: Mapping[Place, Any], ring: "_Ring") -> Any:
        """v tr(C r G_ab l)."""
        if loop.key not in self._weights:
            inner = self._covariance(loop.factor.of, not loop.factor.transposed)
            self._weights[loop.key] = inner @ loop.right
        entry = G.get((loop.a, loop.b))
        if entry is None:
            return ring.number(self.scalars.zero)
        variance = self.scalars.of(loop.factor.of.law.variance)
        product = ring.of(self._weights[loop.key]) @ entry @ ring.of(loop.left)
        return ring.number(variance) * product.trace

    def _covariance(self, of: Any, columns: bool) -> Poly:
        key = of, columns
        if key not in self._covariances:
            law = of.law
            self._covariances[key] = matrix_of(law.column if columns else law.row, self.spaces)
        return self._covariances[key]


def _add(found: dict[Place, Any], place: Place, matrix: Any) -> None:
    found[place] = found[place] + matrix if place in found else matrix


def _negative(part: Any) -> Any:
    """The history of −τ; classes that were parted have none."""
    if any(isinstance(x, tuple | str) for x in part):
        return "minus", part
    return tuple(-x % FINGERPRINT_PRIME for x in part)
