"""Runs of pytest inside pytest, in a sample project that has the plugin."""

import importlib.metadata
import json
from collections.abc import Callable
from typing import Any

import pytest

from helpers.plugin_project import HEAD, THEORY, VERIFY, Run


@pytest.fixture
def installed() -> None:
    """pytest finds the plugin by the entry point of what is installed."""
    try:
        importlib.metadata.distribution("detequiv")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("detequiv runs from a checkout without being installed")


@pytest.fixture
def run(installed: None, pytester: pytest.Pytester) -> Run:
    """run(tests, *options): the tests of a sample project, in this process."""

    def run_(tests: str, *options: str, apart: bool = False) -> Any:
        pytester.makeini("[pytest]")  # the root, whatever lies in the folders above
        pytester.makepyfile(theory=THEORY, verify=VERIFY, test_sample=HEAD + tests)
        method = pytester.runpytest_subprocess if apart else pytester.runpytest_inprocess
        return method("--strict-markers", "-p", "no:cacheprovider", *options)

    return run_


@pytest.fixture
def compared(run: Run, pytester: pytest.Pytester) -> Callable[..., dict[str, Any]]:
    """The comparisons of a run, as its JSON report has them, by the name of the test."""

    def compared_(tests: str, *options: str, apart: bool = False) -> dict[str, Any]:
        run(tests, "--theory-report=found.json", *options, apart=apart)
        found = json.loads((pytester.path / "found.json").read_text("utf-8"))["comparisons"]
        named: dict[str, Any] = {}
        for each in found:
            call = f"#{each['call']}" if each["call"] > 1 else ""
            named[each["test"].partition("::")[2] + call] = each
        assert len(named) == len(found)
        return named

    return compared_
