"""Long derivations report how far they are, and can be left."""

import pytest
import sympy

from detequiv.theory.freeprob import Deterministic, Gaussian, derive, dimensions, identity, trace
from detequiv.theory.freeprob.symbols.printing import plain

n, d = dimensions("n d", commuting=False)
lam = sympy.Symbol("lam", positive=True)
A, B = Deterministic(d, "A"), Deterministic(d, "B")
X = Gaussian(n, d, "X", variance=1 / n)
R = (X.T @ X + lam * identity(d)).inv()


def test_blocks_are_counted_up_to_their_number() -> None:
    seen: list[tuple[int, int]] = []
    derive(trace(R @ A @ R @ B @ R), progress=lambda done, of: seen.append((done, of)))
    done = [k for k, _ in seen]
    assert done == sorted(done) and len({of for _, of in seen}) == 1
    assert 3 <= done[-1] <= seen[0][1]


def test_a_derivation_can_be_left() -> None:
    def leave(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        derive(trace(R @ A @ R), progress=leave)


def test_names_for_sums_print_as_what_they_are() -> None:
    """Eight factors of two words each would be 256 words."""
    product = R
    for _ in range(8):
        product = product @ (A + B)
    system = derive(trace(product @ R))
    assert system.sums and not system.sums.keys() & system.inverses.keys()
    name = next(iter(system.sums))
    assert {"A", "B"} <= {str(x) for x in system.sums[name].free_symbols}
    assert f"\n  {plain(name)} = " in str(system)
