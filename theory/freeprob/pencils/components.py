"""The strongly connected components of a pencil, and what lies between them."""

from collections.abc import Mapping, Sequence

from sympy.utilities.iterables import strongly_connected_components

__all__ = ["components", "reachable"]


def components(successors: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, members sorted, each after those that it leads to.

    Where that leaves a choice, nodes and successors are taken in the order given (Tarjan 1972).

    >>> components({0: [1], 1: [0, 2], 2: []})
    [[2], [0, 1]]
    """
    edges = [(node, other) for node, others in successors.items() for other in others]
    return [sorted(group) for group in strongly_connected_components((list(successors), edges))]


def reachable(successors: Mapping[int, Sequence[int]], groups: Sequence[Sequence[int]]) -> list[set[int]]:
    """For each component the components that it leads to, itself included; in the given order.

    >>> chain = {0: [1], 1: [2], 2: []}
    >>> reachable(chain, components(chain))
    [{0}, {0, 1}, {0, 1, 2}]
    """
    of = {node: k for k, group in enumerate(groups) for node in group}
    leads: list[set[int]] = []
    for k, group in enumerate(groups):
        found = {k}
        for node in group:
            for other in successors[node]:
                if of[other] != k:
                    found |= leads[of[other]]
        leads.append(found)
    return leads
