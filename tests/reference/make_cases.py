"""Write cases.json: random problems with reference values of 25 digits.

Run from the directory `tests`: python -m reference.make_cases [ordinary] [hard]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .draw import Description, draw_problem
from .master import SHOWN, reference

SEED = 20241004
PATH = Path(__file__).with_name("cases.json")
CONVENTION = (
    "problem: see reference/master.py; floats are exact, s2 null means 1/d exactly, a number in "
    "place of a list stands for all eigenvalues. reference: values as decimal strings of "
    f"{SHOWN} digits; see the class Reference. kind: ordinary and hard are random; split is a "
    "tie inside one of two disjoint blocks."
)


def split_tie(model: str, ridge: float) -> Description:
    """Two disjoint blocks of 24 and 12 coordinates, the first with exactly 24 samples."""
    first = {"samples": 24, "weight": 1.0, "noise": 1.0, "gain": 1.0, "shift": None}
    second = {"samples": 60, "weight": 1.0, "noise": 0.1, "gain": 1.0, "shift": 1 / 12}
    return {
        "model": model,
        "width": None if model == "linear" else 1000,
        "s2": None if model == "linear" else 1 / 36,
        "ridge": ridge,
        "multiplicity": None,
        "target": 1.0,
        "truth": 1 / 36,
        "sources": [
            {**first, "spectrum": [1.0] * 24 + [0.0] * 12},
            {**second, "spectrum": [0.0] * 24 + [1.0] * 12},
        ],
    }


def problems(ordinary: int, hard: int) -> Iterator[tuple[str, str, Description]]:
    """Name, kind and description of each case; case i depends on the seed and i only."""
    for i in range(ordinary):
        yield f"ordinary-{i:03d}", "ordinary", draw_problem(np.random.default_rng([SEED, 0, i]))
    for i in range(hard):
        yield f"hard-{i:03d}", "hard", draw_problem(np.random.default_rng([SEED, 1, i]), hard=True)
    for model in ("linear", "random"):
        for ridge in (1e-12, 1e-22):
            yield f"split-{model}-{ridge:g}", "split", split_tie(model, ridge)


def make_case(name: str, kind: str, problem: Description) -> dict[str, Any]:
    """One entry of the file."""
    values = reference(problem).strings()
    return {"name": name, "kind": kind, "problem": problem, "reference": values}


def main(ordinary: int = 120, hard: int = 60) -> None:
    """Compute all cases and write the file, one case per line."""
    lines = [json.dumps(make_case(*case)) for case in problems(ordinary, hard)]
    head = f'{{"convention": {json.dumps(CONVENTION)},\n"seed": {SEED},\n"cases": [\n'
    PATH.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
