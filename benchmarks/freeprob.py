"""How long derivations, proofs and evaluations take.

Each figure is the median of several turns in one process. Derivations start from the expression
and include linearisation and the smallest pencil; nothing is kept from one to the next.

    OPENBLAS_NUM_THREADS=1 python benchmarks/freeprob.py
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import sympy

import detequiv as de
from detequiv.theory.freeprob.objects import OBJECTS
from detequiv.verify.freeprob import proved_theorem
from detequiv.verify.freeprob.examples import example_values

TURNS = 7


def milliseconds(function: Callable[[], object], turns: int = TURNS) -> float:
    """The median CPU time of a call."""
    times = []
    for _ in range(turns):
        start = time.process_time()
        function()
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def derivations() -> None:
    """Print a line for each named object."""
    print(f"{'object':<24}{'variables':>10}{'unknowns':>14}{'derive, ms':>12}{'solve, ms':>11}")
    for name, each in OBJECTS.items():
        expression = each.build()
        system = de.freeprob.derive(expression)
        values = example_values(expression)
        unknowns = " + ".join(str(len(block.equations)) for block in system.blocks)
        took = milliseconds(partial(de.freeprob.derive, expression))
        run = de.freeprob.compile(system)
        solved = milliseconds(partial(run, values))
        print(
            f"{name:<24}{len(system.pencil.spaces):>10}{unknowns:>14}{took:>12.0f}{solved:>11.1f}"
        )


def grid() -> None:
    """Print the time of a thousand ridges in one call, and what one of them alone takes."""
    expression = OBJECTS["theorem-2"].build()
    run, values = de.freeprob.compile(de.freeprob.derive(expression)), example_values(expression)
    lam = sympy.Symbol("lam", positive=True)
    ridges = np.logspace(-4, 0, 1000)
    many = milliseconds(lambda: run({**values, lam: ridges}), turns=3)
    one = milliseconds(lambda: run({**values, lam: 0.01}))
    print(f"theorem-2 at 1000 ridges: {many:.0f} ms; at one: {one:.1f} ms, {1000 * one / many:.0f} "
          f"times as long for each")  # fmt: skip


def main() -> None:
    """Print all."""
    derivations()
    print()
    grid()
    print(
        f"proof of Theorem 2, 12 points: {milliseconds(lambda: proved_theorem(2), turns=3):.0f} ms"
    )


if __name__ == "__main__":
    main()
