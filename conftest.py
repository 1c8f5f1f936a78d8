"""What holds for the whole suite: README and docs run as tests, and only tests are collected."""

import gc
import os
import tempfile
from collections.abc import Generator
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

os.environ.setdefault("MPLBACKEND", "Agg")

TESTS = Path(__file__).parent / "tests"

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


def leave_document(namespace: dict[str, Any]) -> None:
    os.chdir(namespace["_home"])
    namespace["_folder"].cleanup()


_collect_document = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS | NORMALIZE_WHITESPACE),
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
    """Collect the python blocks of README.md and docs/**.md."""
    return _collect_document(file_path, parent)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Under tests/ collect tests only: helpers are imported, reference scripts run by hand."""
    name = collection_path.name
    helper = name.endswith(".py") and not name.startswith("test_") and name != "conftest.py"
    return True if helper and TESTS in collection_path.parents else None


FACES = ("detequiv", "detequiv.freeprob")
"""Modules whose functions are those of others, where their docstrings run already."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Functions that a face offers have their examples tested at home, among what these need."""
    items[:] = [
        item
        for item in items
        if not (isinstance(item, pytest.DoctestItem) and _of_a_face(item.path, item.name))
    ]


def _of_a_face(path: Path, name: str) -> bool:
    return path.parent.name == "detequiv" and name.rpartition(".")[0] in FACES and name not in FACES


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays until the end: the garbage collector, which would look
    at all of it a hundred times, need not."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


SHARED = (
    "paper_figures",
    "freeprob",
    "test_reference",
    "test_precise",
    "test_ridgeless",
    "test_digits",
)
"""In the names of files whose tests share what was made: one process runs each of these groups."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `pytest -n`, keep together what shares: a document's blocks, in order, the groups of
    SHARED, and the cases of one test. What has most tests is begun first.

    Not by xdist_group marks: xdist 3.8 writes them to an attribute that pytest 9.2 does not read.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            group = next((name for name in SHARED if name in file), "")
            return group or (file if file.endswith(".md") else nodeid.partition("[")[0])

    return Together(config, log)
