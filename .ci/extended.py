"""The checks to run before a release, beyond .ci/run: `make extended`. They take hours.

Every stage runs even if others fail; a table at the end has the results. The Makefile sets the variables:

STAGES            stages to run
JOBS              test processes
TESTS             tests that each Python runs; empty: all
MUTATE            modules to mutate, each with its tests
MUTATION_SECONDS  time for mutants
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Step = tuple[str, bool]
"""The name of a step, and whether it passed."""


def runs(*command: str | Path, **variables: str) -> bool:
    return (
        subprocess.run([str(part) for part in command], cwd=ROOT, env=os.environ | variables).returncode == 0
    )


def words(variable: str) -> list[str]:
    return os.environ.get(variable, "").split()


def pythons() -> Iterator[Step]:
    """The test suite on every Python found."""
    found = subprocess.run(
        ["sh", ".ci/interpreter", "all"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ).stdout
    if not found:
        yield "a supported Python", False
    for python in found.splitlines():
        version = subprocess.run([python, "--version"], capture_output=True, text=True).stdout.strip()
        folder = Path("build", f"venv-{version.split()[1].rpartition('.')[0]}")
        test = [folder / "bin" / "pytest", "-n", os.environ.get("JOBS", "2"), "--quiet", *words("TESTS")]
        ready = runs("sh", ".ci/setup", "test", PYTHON=python, ENVIRONMENT=str(folder))
        yield f"tests on {version}", ready and runs(*test)


def mutation() -> Iterator[Step]:
    """Mutants of chosen modules; those that no test notices are listed."""
    options = ["--seconds", os.environ.get("MUTATION_SECONDS", "900"), *words("MUTATE")]
    yield "mutation pass", runs(sys.executable, ".ci/mutate.py", *options)


def figures() -> Iterator[Step]:
    """Every figure at full size; an interrupted run resumes."""
    command = ["-m", "detequiv", "figures", "all", "--full", "--out", "build/figures-full"]
    yield "figures at full size", runs(sys.executable, *command)


STAGES = {stage.__name__: stage for stage in (pythons, mutation, figures)}
"""A new stage is a function that yields its steps."""


def main() -> None:
    chosen = words("STAGES") or list(STAGES)
    if unknown := [name for name in chosen if name not in STAGES]:
        sys.exit(f"extended: unknown stage {', '.join(unknown)}; available: {', '.join(STAGES)}")
    rows = []
    for name in chosen:
        begin = time.monotonic()
        print(f"== {STAGES[name].__doc__}", flush=True)
        for step, passed in STAGES[name]():
            rows.append((step, passed, time.monotonic() - begin))
            begin = time.monotonic()
    print("== results")
    for step, passed, seconds in rows:
        print(f"   {step:<26} {'passed' if passed else 'FAILED':<8} {seconds:8.0f} s")
    sys.exit(not all(passed for _, passed, _ in rows))


if __name__ == "__main__":
    main()
