"""The strongly connected components of a pencil, and what lies between them."""

from collections.abc import Iterator, Mapping, Sequence

__all__ = ["components", "reachable"]


def components(successors: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, members sorted, each after those that it leads to (Tarjan).

    >>> components({0: [1], 1: [0, 2], 2: []})
    [[2], [0, 1]]
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    done: list[list[int]] = []
    for root in successors:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        path: list[tuple[int, Iterator[int]]] = [(root, iter(successors[root]))]
        while path:
            node, following = path[-1]
            for other in following:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    path.append((other, iter(successors[other])))
                    break
                if other in stack:
                    low[node] = min(low[node], index[other])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == index[node]:
                    place = stack.index(node)
                    done.append(sorted(stack[place:]))
                    del stack[place:]
    return done


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
