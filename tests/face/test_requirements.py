"""Lower bounds, pins and interpreters are consistent for every supported Python."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = [
    name.rpartition(" ")[2]
    for name in PROJECT["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", name)
]


def declared() -> dict[str, Requirement]:
    """Every requirement of pyproject.toml by name, including the extras."""
    extras = PROJECT["optional-dependencies"].values()
    texts = [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]
    return {canonicalize_name(r.name): r for r in map(Requirement, texts)}


def pins(file: str, python: str | None = None) -> dict[str, Version]:
    """The version to which a constraints file pins each package on one Python."""
    found: dict[str, Version] = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            pin = Requirement(line)
            (only,) = pin.specifier
            name = canonicalize_name(pin.name)
            assert only.operator == "=="
            environment = {"python_version": python, "python_full_version": f"{python}.0"}
            if pin.marker is None or pin.marker.evaluate(environment):
                assert name not in found, f"{name} is pinned twice on Python {python}"
                found[name] = Version(only.version)
    return found


def test_the_lowest_versions_are_the_lower_bounds_in_pyproject():
    floors = {
        name: Version(next(s.version for s in requirement.specifier if s.operator == ">="))
        for name, requirement in declared().items()
    }
    lowest = pins(".ci/lowest.txt")
    assert lowest.pop("pyparsing") < Version("3.3")  # which deprecates what matplotlib 3.9 calls
    assert lowest == floors


@pytest.mark.parametrize("python", PYTHONS)
def test_every_declared_package_is_pinned_once_on_every_python(python):
    pinned = pins("constraints.txt", python)
    assert set(declared()) <= set(pinned)
    assert all(r.specifier.contains(pinned[name]) for name, r in declared().items())
    assert set(pinned) == set(pins("constraints.txt", PYTHONS[0]))


def test_numpy_and_scipy_are_pinned_to_what_each_python_gets():
    """numpy 2.5 and scipy 1.18 dropped Python 3.11; a single pin would hide them from the tests."""
    on = {python: pins("constraints.txt", python) for python in PYTHONS}
    for name, first in {"numpy": "2.5", "scipy": "1.18"}.items():
        assert [on[python][name] >= Version(first) for python in PYTHONS] == [
            python != "3.11" for python in PYTHONS
        ]


def test_the_dependency_groups_are_the_extras():
    """Groups for installers that know them, extras for the others: nothing is listed twice."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    texts = [text for group in groups.values() for text in group if isinstance(text, str)]
    assert {Requirement(text).name for text in texts} == {PROJECT["name"]}
    assert {extra for text in texts for extra in Requirement(text).extras} == set(
        PROJECT["optional-dependencies"]
    )
    assert groups["docs"][0] == {"include-group": "dev"}


# The interpreter that .ci/interpreter chooses.


def stand_in(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


def chosen(which: str, home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """The choice in a folder without .venv, with only stand-ins and two tools on PATH."""
    environment = {"PATH": f"{home / 'bin'}:{home / 'tools'}", "PYENV_ROOT": str(home / "pyenv")}
    command = ["/bin/sh", str(home / "checkout" / ".ci" / "interpreter"), which]
    return subprocess.run(
        command, env=environment | {"UV": ""} | more, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A 3.14 shim that does not run, 3.13 from pyenv, 3.12 and 3.11 on PATH."""
    stand_in(tmp_path / "bin" / "python3.14", "echo 'pyenv: command not found' >&2; exit 127")
    stand_in(tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python", "echo 3.13")
    stand_in(tmp_path / "bin" / "python3.12", "echo 3.12")
    stand_in(tmp_path / "bin" / "python3", "echo 3.11")
    for tool in ("sed", "dirname"):
        stand_in(tmp_path / "tools" / tool, f'exec {shutil.which(tool)} "$@"')
    (tmp_path / "checkout" / ".ci").mkdir(parents=True)
    for file in ("pyproject.toml", ".ci/interpreter"):
        shutil.copy(ROOT / file, tmp_path / "checkout" / file)
    return tmp_path


def test_the_newest_python_is_the_newest_that_runs(home):
    done = chosen("newest", home)
    assert done.stdout == f"{home}/pyenv/versions/3.13.0/bin/python\n", done.stderr
    for told in (
        f"Python 3.11 found: {home}/bin/python3\n",
        f"Python 3.12 found: {home}/bin/python3.12\n",
        f"Python 3.14 not found: {home}/bin/python3.14 does not run",
    ):
        assert told in done.stderr


def test_the_lowest_python_has_the_lowest_version_or_none_is_found(home):
    assert chosen("lowest", home).stdout == f"{home}/bin/python3\n"
    (home / "bin" / "python3").unlink()
    done = chosen("lowest", home)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11 not found" in done.stderr


def test_all_lists_one_python_of_each_version_found(home):
    found = [f"{home}/bin/python3", f"{home}/bin/python3.12", f"{home}/pyenv/versions/3.13.0/bin/python"]
    assert chosen("all", home, PYTHON="python3.12").stdout.splitlines() == found


def test_a_requested_interpreter_is_used(home):
    assert chosen("newest", home, PYTHON="python3.12").stdout == "python3.12\n"


def test_the_classifiers_of_pyproject_start_at_the_lowest_required_python():
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert [tuple(map(int, v.split("."))) for v in PYTHONS] == sorted(
        tuple(map(int, v.split("."))) for v in PYTHONS
    )
