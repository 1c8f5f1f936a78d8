"""A sampled expression as a list of array operations, made once and run in every trial.

Deterministic subexpressions are computed while the plan is made, and a subexpression that equals an
earlier one, or its transpose, is not computed again. Products are multiplied in the cheapest order,
given the products that are already there; the trace of a product is a sum over the entries of its
two last factors. Diagonal matrices are stored as their diagonals. The derivation is not used.
"""

import dataclasses
import functools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from ...theory.base.arrays import Array
from ...theory.freeprob.expressions.expression import (
    Deterministic,
    Gaussian,
    Identity,
    Inverse,
    Matrix,
    Product,
    Sum,
    Transpose,
)
from ...theory.freeprob.expressions.traces import Trace
from ..simulators.matrix_roots import root_of
from .diagonal_arrays import draw_gaussian, inverse_of, product, trace_of, trace_of_product, weighted_sum

__all__ = ["Plan"]

Ref = int
"""Array i, or as ~i its transpose; a symmetric one is only ever i."""

Chain = tuple[Ref, ...]
"""Factors of a product."""

ENTRY = 12.0
"""The cost of one pass over one entry, in multiplications within a product of matrices."""

LONGEST = 16
"""Most factors for which the best order is searched for; longer products are split into pieces."""


@dataclasses.dataclass(frozen=True)
class _Kind:
    """Shape and structure of an array, known before it is computed."""

    rows: int
    columns: int
    diagonal: bool
    symmetric: bool


@dataclasses.dataclass(frozen=True)
class _Step:
    """array[target] = function(arrays); ``released`` are the arrays that no later step needs."""

    target: int
    function: Callable[..., Any]
    sources: tuple[Ref, ...]
    released: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class _ProductOrder:
    """Products still to be computed, with their costs, and where the last one is split."""

    products: Mapping[Chain, float]
    cuts: tuple[int, ...]

    @functools.cached_property
    def cost(self) -> float:
        return sum(self.products.values())


class Plan:
    """An expression in traces as a function of a random generator, at these values.

    values : numbers and arrays for all that it needs, checked.

    >>> from detequiv.theory.freeprob import dimensions, trace
    >>> n, d = dimensions("n d")
    >>> X = Gaussian(n, d, "X", variance=1 / n)
    >>> plan = Plan(trace(X.T @ X) / d, {n: 300, d: 200})
    >>> abs(plan(np.random.default_rng(0)) - 1) < 0.05
    True
    """

    def __init__(self, expression: sympy.Expr, values: Mapping[Any, Any]) -> None:
        self._numbers = {x: value for x, value in values.items() if isinstance(x, sympy.Symbol)}
        self._values = values
        self._kinds: list[_Kind] = []
        self._constants: list[Array | None] = []
        self._steps: list[_Step] = []
        self._draws: dict[str, tuple[int, Callable[[np.random.Generator], Array]]] = {}
        self._known: dict[Hashable, Ref] = {}
        self._nodes: dict[int, Ref] = {}
        self._orders: dict[Chain, _ProductOrder] = {}
        traces = sorted(expression.atoms(Trace), key=str)
        self._traces = [self._trace_terms(atom.matrix) for atom in traces]
        self._steps = _releasing(self._steps, {i for pairs in self._traces for _, i in pairs})
        totals = {atom: sympy.Dummy(real=True) for atom in traces}
        outer = expression.xreplace(totals)
        symbols = sorted(outer.free_symbols - set(totals.values()), key=str)
        self._function = functools.partial(
            sympy.lambdify([*symbols, *totals.values()], outer, "numpy"),
            *(self._numbers[symbol] for symbol in symbols),
        )

    def __call__(self, rng: np.random.Generator) -> float:
        """One value, from one draw of all matrices, in the order of their names."""
        arrays: list[Any] = list(self._constants)
        for _, (target, draw) in sorted(self._draws.items()):
            arrays[target] = draw(rng)
        for step in self._steps:
            sources = (arrays[i] if i >= 0 else arrays[~i].T for i in step.sources)
            arrays[step.target] = step.function(*sources)
            for i in step.released:
                arrays[i] = None
        totals = (sum(c * arrays[i] for c, i in pairs) for pairs in self._traces)
        return float(self._function(*totals))

    # ---- expressions

    def _trace_terms(self, node: Matrix) -> list[tuple[float, Ref]]:
        """The trace of a node as Σ c x, with traces x of products."""
        if not isinstance(node, Sum):
            return [(1.0, self._trace(self._factors(node)))]
        return [
            (self._number(c) * weight, x) for c, term in node.terms for weight, x in self._trace_terms(term)
        ]

    def _factors(self, node: Matrix) -> Chain:
        """The factors of a product; any other node is its own factor."""
        factors = node.factors if isinstance(node, Product) else (node,)
        return tuple(self._array(factor) for factor in factors)

    def _array(self, node: Matrix) -> Ref:
        """The node, looked up by identity: to compare structures would take longer than a trial."""
        if id(node) not in self._nodes:
            self._nodes[id(node)] = self._plan_node(node)
        return self._nodes[id(node)]

    def _plan_node(self, node: Matrix) -> Ref:
        match node:
            case Identity(rows):
                return self._constant(node, np.ones(self._values[rows]))
            case Deterministic():
                return self._constant(node, np.asarray(self._values[node], dtype=float))
            case Gaussian():
                return self._gaussian(node)
            case Transpose(of):
                return self._transposed(self._array(of))
            case Product():
                return self._product(self._factors(node))
            case Sum(terms):
                return self._sum([(self._array(x), self._number(c)) for c, x in terms])
            case Inverse(of):
                return self._inverse(self._array(of))
        raise AssertionError(node)

    def _number(self, c: sympy.Expr) -> float:
        return float(c) if c.is_Number else float(c.subs(self._numbers))

    def _gaussian(self, X: Gaussian) -> Ref:
        shape = self._values[X.rows], self._values[X.columns]
        if X.name not in self._known:
            scale = np.sqrt(self._number(X.law.variance))
            left_root, right_root = self._root(X.law.row), self._root(X.law.column)
            self._known[X.name] = target = self._new(_Kind(*shape, False, False))
            self._draws[X.name] = (
                target,
                functools.partial(draw_gaussian, shape, scale, left_root, right_root),
            )
        return self._known[X.name]

    def _root(self, covariance: Matrix) -> Array | None:
        """The root of a covariance; None for the identity."""
        if isinstance(covariance, Identity):
            return None
        value = self._constants[self._array(covariance)]
        assert value is not None
        return root_of(value)

    # ---- arrays

    def _new(self, kind: _Kind, constant: Array | None = None) -> Ref:
        self._kinds.append(kind)
        self._constants.append(constant)
        return len(self._kinds) - 1

    def _constant(self, key: Hashable, value: Array) -> Ref:
        if key not in self._known:
            n = len(value)
            self._known[key] = self._new(_Kind(n, n, value.ndim == 1, True), value)
        return self._known[key]

    def _store(self, key: Hashable, kind: _Kind, function: Callable[..., Any], sources: Sequence[Ref]) -> Ref:
        """Store an array unless its key is known; computed at once if all its operands are constant."""
        if key in self._known:
            return self._known[key]
        constants = [self._constants[_index(x)] for x in sources]
        if all(x is not None for x in constants):
            operands = (x if i >= 0 else x.T for i, x in zip(sources, constants, strict=True))  # type: ignore[union-attr]
            self._known[key] = self._new(kind, function(*operands))
        else:
            self._known[key] = target = self._new(kind)
            self._steps.append(_Step(target, function, tuple(sources)))
        return self._known[key]

    def _transposed(self, x: Ref) -> Ref:
        """The transpose of an array."""
        return x if self._kinds[_index(x)].symmetric else ~x

    def _shape(self, x: Ref) -> tuple[int, int]:
        kind = self._kinds[_index(x)]
        return (kind.rows, kind.columns) if x >= 0 else (kind.columns, kind.rows)

    def _is_diagonal(self, chain: Chain) -> bool:
        return all(self._kinds[_index(x)].diagonal for x in chain)

    def _sum(self, terms: Sequence[tuple[Ref, float]]) -> Ref:
        key = tuple(sorted(terms))
        mirrored = tuple(sorted((self._transposed(x), c) for x, c in terms))
        if mirrored in self._known:
            return self._transposed(self._known[mirrored])
        refs, coefficients = zip(*terms, strict=True)
        kind = _Kind(*self._shape(refs[0]), self._is_diagonal(refs), key == mirrored)
        return self._store(key, kind, functools.partial(weighted_sum, coefficients), refs)

    def _inverse(self, x: Ref) -> Ref:
        inverse = self._store(("inverse", _index(x)), self._kinds[_index(x)], inverse_of, (_index(x),))
        return inverse if x >= 0 else self._transposed(inverse)

    # ---- products

    def _product(self, chain: Chain) -> Ref:
        """The array of a product."""
        chain = self._shortened(chain)
        self._orders = {}
        return self._product_array(chain)

    def _shortened(self, chain: Chain) -> Chain:
        """The product with pieces multiplied out, if there are too many factors."""
        while len(chain) > LONGEST:
            starts = range(0, len(chain), LONGEST)
            chain = tuple(self._product(chain[i : i + LONGEST]) for i in starts)
        return chain

    def _product_array(self, chain: Chain) -> Ref:
        if len(chain) == 1:
            return chain[0]
        canonical = self._canonical(chain)
        if canonical not in self._known:
            (cut,) = self._order(canonical).cuts
            left, right = self._product_array(canonical[:cut]), self._product_array(canonical[cut:])
            rows, columns = self._shape(left)[0], self._shape(right)[1]
            kind = _Kind(rows, columns, self._is_diagonal(canonical), canonical == self._mirrored(canonical))
            self._store(canonical, kind, product, (left, right))
        return self._known[canonical] if canonical == chain else self._transposed(self._known[canonical])

    def _trace(self, chain: Chain) -> Ref:
        """The trace of a product, a number."""
        chain = self._shortened(chain)
        self._orders = {}
        scalar = _Kind(1, 1, True, True)
        if len(chain) == 1:
            return self._store(("trace", *chain), scalar, trace_of, chain)
        i, j = min(
            (self._cyclic(chain, i, j) for j in range(1, len(chain)) for i in range(j)),
            key=lambda order: order.cost,
        ).cuts
        sources = self._product_array(chain[i:j]), self._product_array(chain[j:] + chain[:i])
        return self._store(("trace", *sources), scalar, trace_of_product, sources)

    def _cyclic(self, chain: Chain, i: int, j: int) -> _ProductOrder:
        """The trace as that of two products, i … j − 1 and the others."""
        products = chain[i:j], chain[j:] + chain[:i]
        rows, columns = self._shape(products[0][0])[0], self._shape(products[1][0])[0]
        return _ProductOrder(self._needed(*products) | {(): 2 * ENTRY * rows * columns}, (i, j))

    def _needed(self, *chains: Chain) -> dict[Chain, float]:
        """Products that are not known yet, with their costs."""
        needed: dict[Chain, float] = {}
        for chain in map(self._canonical, chains):
            if len(chain) > 1 and chain not in self._known:
                needed |= self._order(chain).products
        return needed

    def _order(self, chain: Chain) -> _ProductOrder:
        """The cheapest order for a product."""
        if chain not in self._orders:
            ways = (self._cut(chain, cut) for cut in range(1, len(chain)))
            self._orders[chain] = min(ways, key=lambda order: order.cost)
        return self._orders[chain]

    def _cut(self, chain: Chain, cut: int) -> _ProductOrder:
        left, right = chain[:cut], chain[cut:]
        return _ProductOrder(self._needed(left, right) | {chain: self._cost(left, right)}, (cut,))

    def _cost(self, left: Chain, right: Chain) -> float:
        """The cost of one multiplication, in products of numbers; XᵀX takes half of them."""
        if all(self._constants[_index(x)] is not None for x in left + right):
            return 0.0
        rows, inner = self._shape(left[0])[0], self._shape(right[0])[0]
        columns = self._shape(right[-1])[1]
        if self._is_diagonal(left) or self._is_diagonal(right):
            return ENTRY * (rows if self._is_diagonal(left + right) else rows * columns)
        half = 0.5 if left == self._mirrored(right) else 1.0
        return half * rows * inner * columns

    def _mirrored(self, chain: Chain) -> Chain:
        """The factors of the transposed product."""
        return tuple(self._transposed(x) for x in reversed(chain))

    def _canonical(self, chain: Chain) -> Chain:
        return min(chain, self._mirrored(chain))


def _index(x: Ref) -> int:
    return x if x >= 0 else ~x


def _releasing(steps: Sequence[_Step], still_needed: set[int]) -> list[_Step]:
    """Each step with the arrays that it is the last one to need."""
    needed_later, result = set(still_needed), list[_Step]()
    for step in reversed(steps):
        used = {_index(x) for x in step.sources}
        result.append(dataclasses.replace(step, released=tuple(used - needed_later)))
        needed_later |= used
    return result[::-1]
