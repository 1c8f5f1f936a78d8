"""What type checkers say of users' calls, and of mistakes in the equations."""

import ast
import dataclasses
import inspect
import runpy
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import detequiv as de

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

CONVERTING = [
    de.Covariance,
    de.Fixed,
    de.Moments,
    de.OrthogonalProjection,
    de.Problem,
    de.RandomCoordinates,
    de.RandomFeatures,
    de.RandomProjection,
    de.Source,
    de.Spectrum,
    de.Target,
]


def test_the_calls_that_type_checkers_must_accept_run():
    runpy.run_path(str(HERE / "user_calls.py"))["calls"]()


@pytest.mark.parametrize("cls", CONVERTING, ids=lambda cls: cls.__name__)
def test_the_constructor_that_type_checkers_see_has_the_parameters_of_the_one_that_runs(cls):
    """One is written under TYPE_CHECKING, the other is made of the fields."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0].body
    (checked,) = [node for node in body if isinstance(node, ast.If)]
    arguments = checked.body[0].args
    shown = [node.arg for node in (*arguments.args[1:], *arguments.kwonlyargs)]
    runs = inspect.signature(cls).parameters.values()
    assert shown == [p.name for p in runs]
    by_keyword = [p.name for p in runs if p.kind is inspect.Parameter.KEYWORD_ONLY]
    assert [node.arg for node in arguments.kwonlyargs] == by_keyword
    defaults = (None,) * (len(arguments.args) - len(arguments.defaults)) + tuple(arguments.defaults)
    given = dict(zip(arguments.args, defaults, strict=True)) | dict(
        zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    )
    optional = {node.arg for node, default in given.items() if default is not None}
    assert optional == {p.name for p in runs if p.default is not p.empty}
    assert {field.name for field in dataclasses.fields(cls)} == set(shown)


def errors_of(file: Path) -> list[int]:
    """The lines that strict mypy reports."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = [line.split(":") for line in done.stdout.splitlines() if ": error: " in line]
    assert all(Path(parts[0]).name == file.name for parts in found), done.stdout
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return sorted({int(parts[1]) for parts in found})


@pytest.mark.slow
def test_mypy_accepts_what_runs():
    pytest.importorskip("mypy")
    assert errors_of(HERE / "user_calls.py") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["user_errors.py", "equation_errors.py"])
def test_mypy_reports_every_mistake(name):
    pytest.importorskip("mypy")
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    assert errors_of(HERE / name) == [i for i, line in enumerate(lines, 1) if line.endswith("# error")]
