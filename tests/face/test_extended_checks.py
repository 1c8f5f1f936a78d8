"""The checks before a release: which mutants there are, which are caught, and the table at the end."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def extended(**variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / ".ci" / "extended.py")]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True)


def test_every_operator_and_number_is_mutated_once_and_the_rest_is_kept():
    source = "@frozen(1)\ndef f(x: Array[2], y=3) -> T[4]:\n    return -x < y and x * 0.5 == y ** x\n"
    found = dict(reversed(mutant) for mutant in script("mutate").mutants(source))
    assert {change.rpartition("->")[2].strip() for change in found} == {
        "4",
        "-x < y or x * 0.5 == y ** x",
        "-x <= y",
        "x",
        "x * 0.5 != y ** x",
        "x / 0.5",
        "1.5",
        "y * x",
    }
    for mutant in found.values():
        assert mutant.startswith("@frozen(1)\ndef f(x: Array[2], y=")
        assert compile(mutant, "mutant", "exec")


def test_the_tests_of_a_module_are_those_given_or_those_of_its_folder():
    with_tests = script("mutate").with_tests
    assert with_tests("theory/data/degrees.py=tests/cross") == ("theory/data/degrees.py", "tests/cross")
    assert with_tests("theory/data/degrees.py") == ("theory/data/degrees.py", "tests/theory/data")
    assert with_tests("theory/freeprob/pencils/x.py")[1] == "tests/theory/freeprob"


@pytest.mark.slow
def test_a_mutation_pass_catches_a_mutant_and_leaves_the_checkout_as_it_is():
    """Within a second it starts one mutant; with seed 0 that is one that the tests notice."""
    module = ROOT / "theory" / "data" / "label_shifts.py"
    before = module.read_bytes()
    command = [sys.executable, ROOT / ".ci" / "mutate.py", "--seconds", "0.5", "theory/data/label_shifts.py"]
    done = subprocess.run([*command], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 mutants caught" in done.stdout.splitlines()[-1]
    assert module.read_bytes() == before


def test_a_stage_that_fails_is_in_the_table_and_fails_the_run():
    done = extended(STAGES="mutation", MUTATE="no_such_module.py", MUTATION_SECONDS="1")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].split()[:3] == ["mutation", "pass", "FAILED"]


def test_an_unknown_stage_is_refused_with_the_list_of_stages():
    done = extended(STAGES="nonsense")
    assert done.returncode == 1
    assert "unknown stage nonsense; available: pythons, mutation, figures" in done.stderr
