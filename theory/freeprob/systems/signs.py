"""Signs of unknowns, so that equations have few minus signs."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from ..symbols.folds import nodes_in
from ..symbols.scalars import Scalar, ScalarSum

__all__ = ["chosen_signs"]

Term = tuple[int, tuple[Scalar, ...]]
"""1 or −1, and the unknowns that change the sign of the term, that of the equation among them."""


def chosen_signs(equations: Mapping[Scalar, Scalar], others: Iterable[Scalar]) -> dict[Scalar, int]:
    """1 or −1 for each unknown: times it, it is the number that its symbol stands for.

    Signs are flipped one by one as long as that leaves fewer minus signs in front of terms of the
    equations, the other scalars and the sums inside of them.
    """
    terms = [term for u, right in equations.items() for term in _terms(right, equations, (u,))]
    terms += [term for right in others for term in _terms(right, equations)]
    inner = {node for right in (*equations.values(), *others) for node in _inner_sums(right)}
    terms += [term for node in inner for term in _terms(node, equations)]
    touched: dict[Scalar, list[Term]] = {u: [] for u in equations}
    for term in terms:
        for u in term[1]:
            touched[u].append(term)
    signs = dict.fromkeys(equations, 1)
    while True:
        gains = {u: _balance(touched[u], signs) for u in equations}
        best = min(gains, key=lambda u: gains[u], default=None)
        if best is None or gains[best] >= 0:
            return signs
        signs[best] = -signs[best]


def _balance(terms: Iterable[Term], signs: Mapping[Scalar, int]) -> int:
    """The sum of their signs: by how much flipping them changes the number of minus signs."""
    total = 0
    for sign, unknowns in terms:
        for u in unknowns:
            sign *= signs[u]
        total += sign
    return total


def _terms(scalar: Scalar, unknowns: Collection[Scalar], more: tuple[Scalar, ...] = ()) -> Iterator[Term]:
    """Of a sum, or of the one term that a scalar is."""
    for base, c in scalar.terms():
        inner, factors = base.factors()
        odd = [u for u, power in factors.items() if u in unknowns and power % 2]
        turning = [u for u in (*odd, *more) if (*odd, *more).count(u) == 1]
        yield (1 if c * inner > 0 else -1), tuple(turning)


def _inner_sums(scalar: Scalar) -> Iterator[Scalar]:
    """The sums that it contains, itself left out."""
    return (node for node in nodes_in([scalar]) if isinstance(node, ScalarSum) and node is not scalar)
