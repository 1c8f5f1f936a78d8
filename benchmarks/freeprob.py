"""How long derivations, proofs, evaluations and samples take.

Each figure is the median of several turns in one process. Derivations start from the expression
and include linearisation and the smallest pencil; nothing is kept from one to the next.

    OPENBLAS_NUM_THREADS=1 python benchmarks/freeprob.py
"""

import functools
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import sympy

import detequiv as de
from detequiv.theory.freeprob.derivations.named_expectations import OBJECTS
from detequiv.verify.freeprob import proved_theorem
from detequiv.verify.freeprob.example_values import example_values

fp = de.freeprob

derive = getattr(fp.derive, "__wrapped__", fp.derive)
"""Without a cache, if there is one."""

TURNS = 7

LARGEST = 2.0
"""Seconds of a derivation, above which no larger one of its family is begun."""

lam = sympy.Symbol("lam", positive=True)


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
    print(
        f"{'object':<24}{'variables':>10}{'unknowns':>14}{'derive, ms':>12}{'solve, ms':>11}"
        f"{'128 samples, ms':>17}"
    )
    for name, each in OBJECTS.items():
        expression = each.build()
        system = derive(expression)
        values = example_values(system)
        unknowns = " + ".join(str(len(block.equations)) for block in system.full.blocks)
        took = milliseconds(partial(derive, expression))
        run = fp.compile(system)
        solved = milliseconds(partial(run, values))
        sampled = milliseconds(partial(fp.sample, system, values, trials=128), turns=3)
        print(
            f"{name:<24}{len(system.pencil.spaces):>10}{unknowns:>14}{took:>12.0f}{solved:>11.1f}"
            f"{sampled:>17.0f}"
        )


def grids() -> None:
    """Print the time of many ridges in one call, and what one of them alone takes."""
    for name, size, count in (("theorem-2", 90, 1000), ("theorem-2", 90, 10_000), ("mixture", 10**5, 100)):
        run, values = large(name, size)
        many = milliseconds(partial(run, values | {lam: np.logspace(-4, 0, count)}), turns=1)
        one = milliseconds(partial(run, values | {lam: 0.01}), turns=3)
        print(
            f"{name}, d = {size}, at {count} ridges: {many:.0f} ms; at one: {one:.1f} ms, "
            f"{count * one / many:.0f} times as long for each"
        )
    run, values = large("mixture", 10**6)
    print(f"mixture, d = 1000000, at one ridge: {milliseconds(partial(run, values), turns=1):.0f} ms")


def large(name: str, size: int) -> tuple[Callable[[Any], Any], dict[Any, Any]]:
    """A compiled object and its values at this dimension."""
    system = derive(OBJECTS[name].build())
    values = example_values(system)
    scale = size / values[fp.dimensions("d")]
    for key, value in values.items():
        if isinstance(value, np.ndarray):
            values[key] = np.interp(np.linspace(0, 1, size), np.linspace(0, 1, len(value)), value)
        elif isinstance(key, fp.SpaceDimension):
            values[key] = round(value * scale)
    return fp.compile(system), values


def families() -> None:
    """Print how far large products and nested inverses of ordered letters come, and in how long."""
    for name, family in ordered().items():
        for factors in range(2, 13, 2):
            expression = fp.trace(family(factors))
            start = time.process_time()
            system = derive(expression)
            took = time.process_time() - start
            if took > LARGEST:
                break
        named = sum(letter.name_of is not None for space in system.full.spaces for letter in space.inverses)
        print(f"{name}, {factors} factors: derived in {1e3 * took:.0f} ms, {named} names")


def ordered() -> dict[str, Callable[[int], Any]]:
    """Matrices of so many factors."""
    n1, n2, d = fp.dimensions("n1 n2 d", commuting=False)
    letters = [fp.Deterministic(d, name) for name in "ABCDEF"]
    X = fp.Gaussian(n1, d, "X", variance=1 / n1, column_covariance=letters[4])
    Y = fp.Gaussian(n2, d, "Y", variance=1 / n2, column_covariance=letters[5])
    I = fp.identity(d)
    R = (X.T @ X + Y.T @ Y + lam * I).inv()

    def product(k: int, factor: Callable[[Any, Any], Any]) -> Any:
        factors = (factor(letters[i % 4], letters[(i + 1) % 4]) for i in range(k))
        return functools.reduce(lambda a, b: a @ b, factors)

    return {
        "R A R B R C": lambda k: product(k, lambda A, B: R @ A),
        "R (A + B) R (B + C)": lambda k: product(k, lambda A, B: R @ (A + B)),
        "(A + B) (B + C)": lambda k: R @ product(k, lambda A, B: A + B) @ R,
        "(A XᵀX + B) (B XᵀX + C)": lambda k: R @ product(k, lambda A, B: A @ X.T @ X + B),
        "((R + XᵀX + A)⁻¹ + XᵀX + B)⁻¹": lambda k: functools.reduce(
            lambda a, i: (a + X.T @ X + letters[i % 4]).inv(), range(k // 2), R
        ),
    }


def main() -> None:
    """Print all."""
    derivations()
    print()
    grids()
    took = milliseconds(lambda: proved_theorem(2), turns=3)
    print(f"proof of Theorem 2, 20 points: {took:.0f} ms")
    print()
    families()


if __name__ == "__main__":
    main()
