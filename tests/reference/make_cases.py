"""Write the files of reference cases: random problems with reference values of 25 digits.

Run from the directory `tests`:

    python -m reference.make_cases cases              diagonal covariances, positive ridge
    python -m reference.make_cases general [count]    every kind of problem
    python -m reference.make_cases thresholds [count]  ties, split supports, ridge 0
    python -m reference.make_cases subspaces [count]  deficient matrices that do not commute

Cases that the file holds already, with the same name and problem, are kept and not computed again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from .draw import Description, Rng, draw_problem
from .draw_general import draw_general
from .draw_thresholds import draw_subspaces, draw_threshold
from .master import SHOWN, ReferenceFailure, reference

SEED = 20241004
SEED_OF_SEARCH = 8
SOUGHT = (5, 13, 82, 105, 117, 130, 179)
FOLDER = Path(__file__).parent
CONVENTION = (
    "problem: see reference/master.py; floats are exact, s2 null means 1/d exactly (features: "
    "1/tr Σ_1), a number in place of a list stands for all eigenvalues. reference: values as "
    f"decimal strings of {SHOWN} digits, inf where they diverge; see the class Reference. kind: "
    "split is a tie inside one of two disjoint blocks, all others are random."
)
NamedProblem: TypeAlias = tuple[str, str, Description]


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


def drawn(kind: str, stream: int, count: int, draw: Callable[[Rng], Description]) -> Iterator[Any]:
    """Name, kind and description of each case; case i depends on the seed, stream and i only."""
    for i in range(count):
        yield f"{kind}-{i:03d}", kind, draw(np.random.default_rng([SEED, stream, i]))


def diagonal_problems() -> Iterator[NamedProblem]:
    """The problems of cases.json."""
    yield from drawn("ordinary", 0, 120, draw_problem)
    yield from drawn("hard", 1, 60, lambda rng: draw_problem(rng, hard=True))
    for model in ("linear", "random"):
        for ridge in (1e-12, 1e-22):
            yield f"split-{model}-{ridge:g}", "split", split_tie(model, ridge)


def general_problems(count: int = 110) -> Iterator[NamedProblem]:
    """The problems of cases_general.json."""
    yield from drawn("general", 2, count, draw_general)


def threshold_problems(count: int = 90) -> Iterator[NamedProblem]:
    """The problems of cases_thresholds.json."""
    yield from drawn("threshold", 3, count, draw_threshold)


def subspace_problems(count: int = 40) -> Iterator[NamedProblem]:
    """The problems of cases_subspaces.json, the last few sought out among 181 for being hard."""
    yield from drawn("subspaces", 4, count, draw_subspaces)
    for i in SOUGHT:
        rng = np.random.default_rng([SEED_OF_SEARCH, i])
        yield f"subspaces-sought-{i:03d}", "subspaces", draw_subspaces(rng)


FILES: dict[str, tuple[str, Callable[..., Iterator[NamedProblem]]]] = {
    "cases": ("cases.json", diagonal_problems),
    "general": ("cases_general.json", general_problems),
    "thresholds": ("cases_thresholds.json", threshold_problems),
    "subspaces": ("cases_subspaces.json", subspace_problems),
}


def make_case(name: str, kind: str, problem: Description) -> dict[str, Any] | None:
    """One entry of the file; None, said aloud, where the reference refuses."""
    try:
        values = reference(problem).strings()
    except ReferenceFailure as failure:
        print(f"{name} left out: {failure}", flush=True)
        return None
    return {"name": name, "kind": kind, "problem": problem, "reference": values}


def present(path: Path) -> dict[str, dict[str, Any]]:
    """The cases that a file holds, by name."""
    if not path.exists():
        return {}
    return {case["name"]: case for case in json.loads(path.read_text(encoding="utf-8"))["cases"]}


def write(path: Path, cases: list[dict[str, Any]]) -> None:
    """The file, one case per line."""
    lines = [json.dumps(case) for case in cases]
    head = f'{{"convention": {json.dumps(CONVENTION)},\n"seed": {SEED},\n"cases": [\n'
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


def main(which: str, *counts: str) -> None:
    """Compute what the file does not hold yet, and write it after every case."""
    name, problems = FILES[which]
    path = FOLDER / name
    known = present(path)
    cases: list[dict[str, Any]] = []
    for title, kind, problem in problems(*map(int, counts)):
        case = known.get(title)
        if case is None or case["problem"] != problem:
            case = make_case(title, kind, problem)
            if case is not None:
                write(path, [*cases, case])
        cases += [case] if case is not None else []
    write(path, cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
