"""What holds for the whole suite: README and docs run as tests, and only tests are collected."""

import gc
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Generator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies
import pytest
from sybil import Example, Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = Path(__file__).parent
TESTS = ROOT / "tests"

# No deadline: a busy machine is not a wrong formula. Under CI the examples are the same every time.
hypothesis.settings.register_profile(
    "detequiv", deadline=None, print_blob=True, derandomize="CI" in os.environ
)
hypothesis.settings.load_profile("detequiv")


def enter_document(namespace: dict[str, Any]) -> None:
    """A document's blocks share one namespace and run in a folder of their own."""
    namespace["_folder"] = tempfile.TemporaryDirectory()
    namespace["_home"] = os.getcwd()
    os.chdir(namespace["_folder"].name)
    os.symlink(ROOT / "examples", "examples")


def leave_document(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_home"])
    namespace["_folder"].cleanup()


def run_commands(example: Example) -> str | None:
    """Run the lines of a shell block that call detequiv; other lines need other tools, or hours."""
    for line in example.parsed.splitlines():
        command, *arguments = shlex.split(line, comments=True) or [""]
        if command == "detequiv" and arguments[:2] != ["figures", "all"]:
            run = subprocess.run(
                [sys.executable, "-m", "detequiv", *arguments], capture_output=True, text=True, timeout=300
            )
            if run.returncode:
                return f"{line}\nexit status {run.returncode}\n{run.stdout}{run.stderr}"
    return None


def read_problem(example: Example) -> None:
    """Read a problem file."""
    from detequiv import Problem

    Path("block.toml").write_text(example.parsed, encoding="utf-8")
    Problem.from_toml("block.toml")


_collect_document = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE),
        CodeBlockParser("sh", run_commands),
        CodeBlockParser("toml", read_problem),
        SkipParser(),
    ],
    patterns=["*.md"],
    setup=enter_document,
    teardown=leave_document,
).pytest()


_cut_traceback = SybilItem._traceback_filter


def _traceback_filter(self: SybilItem, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
    """A failure outside the block itself (an unclosed file, say) has no frame that sybil could cut
    at; it would end the whole run with an internal error."""
    try:
        return _cut_traceback(self, excinfo)
    except IndexError:
        return excinfo.traceback


SybilItem._traceback_filter = _traceback_filter


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the code blocks of README.md and docs/**.md."""
    return _collect_document(file_path, parent)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Under tests/ collect tests only: helpers are imported, reference scripts run by hand.

    docs/conf.py needs sphinx, which the tests do not install.
    """
    name = collection_path.name
    if collection_path == ROOT / "docs" / "conf.py":
        return True
    helper = name.endswith(".py") and not name.startswith("test_") and name != "conftest.py"
    return True if helper and TESTS in collection_path.parents else None


REEXPORTING = {
    "detequiv": "detequiv/__init__.py",
    "detequiv.freeprob": "detequiv/freeprob.py",
    "detequiv.paper": "detequiv/paper.py",
    "detequiv.numerics.solved_statements": "numerics/solved_statements.py",
}
"""Modules and their files that re-export functions, whose examples already run in the defining modules."""


@hypothesis.given(hypothesis.strategies.none())
def _registered(nothing: None) -> None:
    """Hypothesis registers NumPy's generator in its first test, and old versions look for what else
    refers to it: the garbage collector does not say once that is frozen."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays until the end: the garbage collector, which would look
    at all of it a hundred times, need not."""
    gc.disable()
    try:
        return (yield)
    finally:
        _registered()
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples run once, and of a test marked ``slow(keep=n)`` every n-th case is quick."""
    items[:] = [item for item in items if not _is_repeated(item)]
    _keep_some(items)


def _is_repeated(item: pytest.Item) -> bool:
    """Whether it is the example of a re-exported function, which its own module runs too."""
    file = REEXPORTING.get(item.name.rpartition(".")[0])
    again = file is not None and item.path.as_posix().endswith(file) and item.name not in REEXPORTING
    return isinstance(item, pytest.DoctestItem) and again


def _keep_some(items: list[pytest.Item]) -> None:
    """A family whose total is long still has a few cases in the quick run."""
    seen: dict[str, int] = {}
    for item in items:
        marker = item.get_closest_marker("slow")
        keep = marker.kwargs.get("keep") if marker else None
        if keep is not None:
            family = item.nodeid.partition("[")[0]
            if seen.setdefault(family, 0) % keep == 0:
                item.own_markers.remove(marker)
            seen[family] += 1


SHARED = ("freeprob", "paper_figures", "test_digits", "test_precise", "test_reference", "test_ridgeless")
"""In the names of files whose tests share what was computed: one process runs each of them."""

MADE = tuple(
    f"paper_figures/{name}.py"
    for name in (
        "figures/test_figure_1",
        "figures/test_figure_2",
        "figures/test_figure_5",
        "test_catalogue",
        "test_gallery",
    )
)
"""Files whose tests look at the same made figures: one process runs them all."""


def group_of(nodeid: str) -> str:
    """Tests of one group run in one process, in order."""
    file = nodeid.partition("::")[0]
    if file.endswith(MADE):
        return "made figures"
    whole = file.endswith(".md") or any(name in file for name in SHARED)
    return file if whole else nodeid.partition("[")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `pytest -n`, keep together what shares: a document's blocks, in order, the files of
    SHARED, those of MADE, and the cases of one test. What has most tests is begun first.

    Not by xdist_group marks: xdist 3.8 writes them to an attribute that pytest 9.2 does not read.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return Together(config, log)
