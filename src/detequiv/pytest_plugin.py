"""The pytest plugin: the fixture ``agreement``, the marker ``theory``, and their options.

Every pytest run in an environment that has detequiv imports this module, so it imports nothing at
the top but pytest and a little of the standard library; numpy loads when the fixture is used. A
module in one of the layers would load numpy with its layer.
"""

from __future__ import annotations

import json
import math
import os
import shlex
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import TracebackType

    from .theory import Problem
    from .verify import Agreement

__all__ = ["AgreementCheck", "agreement", "seed_of", "share_of"]

FIXTURE = "agreement"
MARKER = "theory"
PROPERTY = "detequiv"
"""The user property in which reports of tests carry comparisons, from xdist's workers too."""

ENDINGS = (".md", ".html", ".json")
SILENT = ("detequiv", "numpy", "scipy")
"""Packages whose frames are kept in a traceback: an error raised there may be a bug of detequiv."""


def seed_of(test: str, call: int) -> int:
    """The seed of a call: 48 bits of SHA-256 of the test's id, from its file's name on, and call.

    The folders before the file are left out, for they depend on pytest's rootdir; 48 bits pass
    through every reader of JSON.

    >>> seed_of("tests/test_mix.py::test_ridge[1]", 1)
    131479922380402
    >>> seed_of("test_mix.py::test_ridge[1]", 1) == seed_of("a/b/test_mix.py::test_ridge[1]", 1)
    True
    """
    file, colons, rest = test.partition("::")
    text = f"{file.rpartition('/')[2]}{colons}{rest}#{call}"
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big")


def share_of(alpha: float, call: int) -> float:
    """The share of a test's alpha that call k = 1, 2, 3, … may spend: 6/(π²k²), which sums to alpha.

    >>> [round(share_of(1.0, call), 3) for call in (1, 2, 3)]
    [0.608, 0.152, 0.068]
    """
    return alpha * 6 / (math.pi * call) ** 2


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("theory", "theory against simulation (detequiv)")
    group.addoption(
        "--theory-alpha",
        type=float,
        default=0.01,
        metavar="ALPHA",
        help="upper bound of the probability of any false verdict in the whole run, split over its theory "
        "tests (0.01)",
    )
    group.addoption(
        "--theory-trials",
        type=int,
        default=2048,
        metavar="N",
        help="trials that one comparison may use at most (2048)",
    )
    group.addoption(
        "--theory-report",
        metavar="FILE",
        help="write every comparison to FILE, Markdown, HTML or JSON by its ending",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}: compares theory with simulation; tests that use the fixture {FIXTURE} have it "
        f"by themselves, and all that have it share --theory-alpha",
    )
    config.pluginmanager.register(_Run(config), "detequiv-run")


class _Run:
    """One run of pytest: its options, its theory tests, and what they compared."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.alpha: float = config.getoption("--theory-alpha")
        self.trials: int = config.getoption("--theory-trials")
        self.report = _report_file(config)
        self.names: dict[int, str] = {}  # by id(item): xdist changes what items are hashed by
        self.counted: frozenset[int] = frozenset()
        self.compared: dict[tuple[str, int], dict[str, Any]] = {}
        _check(self.alpha, self.trials)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Not in a later hook: xdist adds the names of groups to ids, and -m selects by marks."""
        if _uses_fixture(item):
            item.add_marker(MARKER)
        if item.get_closest_marker(MARKER):
            self.names[id(item)] = str(item.nodeid)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the theory tests that will run, which is known only now."""
        theory = (item for item in session.items if item.get_closest_marker(MARKER))
        self.counted = frozenset(map(id, theory))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == PROPERTY:
                self._store(json.loads(str(value)), report)

    def _store(self, record: dict[str, Any], report: pytest.TestReport) -> None:
        """Reports of later phases repeat the property; a failure in any phase is kept."""
        key = record["test"], record["call"]
        expected = hasattr(report, "wasxfail") and report.outcome == "skipped"
        outcome = "xfailed" if expected else report.outcome
        before = self.compared.get(key, record).get("outcome", "passed")
        later = report.when == "teardown" and outcome == "passed"
        self.compared[key] = record | {"outcome": before if later else outcome}

    def pytest_sessionfinish(self) -> None:
        if self.report is None or self.config.getoption("collectonly"):
            return
        from .verify.comparison.ci_report import report_text

        try:
            self.report.write_text(
                report_text(self._sorted_records(), self.report.suffix.lower()), encoding="utf-8"
            )
        except OSError as error:
            pytest.exit(f"cannot write {str(self.report)!r}: {error.strerror}.", returncode=4)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.compared:
            return
        from .verify.comparison.ci_report import count_sentence, lines_not_agreeing

        terminalreporter.section("theory against simulation")
        for line in (*lines_not_agreeing(self._sorted_records()), count_sentence(self._sorted_records())):
            terminalreporter.write_line(line)
        if self.report is not None:
            terminalreporter.write_line(f"theory: every number is in {self.report}")

    def _sorted_records(self) -> list[dict[str, Any]]:
        """Sorted by test and call, so that a report does not depend on the order of execution."""
        return [self.compared[key] for key in sorted(self.compared)]


def _check(alpha: float, trials: int) -> None:
    if not 0 < alpha < 1:
        raise pytest.UsageError(
            f"--theory-alpha must lie between 0 and 1; got {alpha}. It bounds the probability of a false "
            "verdict."
        )
    if trials < 2:
        raise pytest.UsageError(
            f"--theory-trials must be 2 or more; got {trials}. A single trial has no error bar."
        )


def _report_file(config: pytest.Config) -> Path | None:
    """The file of --theory-report, checked before the tests run; None in workers of xdist."""
    name = config.getoption("--theory-report")
    if name is None or hasattr(config, "workerinput"):
        return None
    path = Path(config.invocation_params.dir, name)
    if path.suffix.lower() not in ENDINGS:
        raise pytest.UsageError(f"--theory-report must end in .md, .html or .json; got {name!r}.")
    if not path.parent.is_dir():
        raise pytest.UsageError(
            f"--theory-report must be in a directory that is there; {str(path.parent)!r} is not."
        )
    return path


def _uses_fixture(item: pytest.Item) -> bool:
    """Whether a test uses the fixture, directly or through others, not a parameter of that name."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return FIXTURE in getattr(item, "fixturenames", ()) and FIXTURE not in parameters


@pytest.fixture
def agreement(request: pytest.FixtureRequest) -> AgreementCheck:
    """Compare theory with simulation: agreement(problem), or with your own theory, simulation and
    tolerance, as in detequiv.assert_agrees. Returns the detequiv.Agreement, or fails the test.

    alpha, if not given, is --theory-alpha divided by the number of theory tests that run, and of
    that the k-th call in a test spends 6/(π²k²): however many calls there are, the chance that any
    verdict of the run is false is at most --theory-alpha. seed, if not given, is made from the id
    of the test and k, so that a rerun draws the same; rng is a source of the seed, as in
    detequiv.simulate.

    Trials must be independent: a simulation must draw all its randomness from its generator.
    Samples that are identical, periodic or correlated are undecided; deterministic=True accepts
    identical ones.
    """
    run = request.config.pluginmanager.get_plugin("detequiv-run")
    assert isinstance(run, _Run)
    if id(request.node) not in run.counted:
        pytest.fail(
            f"a test that gets the fixture {FIXTURE} by name only while it runs must be marked "
            f"@pytest.mark.{MARKER}: its share of --theory-alpha depends on how many there are.",
            pytrace=False,
        )
    return AgreementCheck(run, request.node)


class AgreementCheck:
    """The value of the fixture ``agreement``: call it like :func:`detequiv.assert_agrees`."""

    def __init__(self, run: _Run, item: pytest.Item) -> None:
        self._run, self._item = run, item
        self._test = run.names.get(id(item)) or str(item.nodeid)
        self._calls = self._shares = 0

    def __call__(
        self,
        problem: Problem | None = None,
        *,
        theory: Any = None,
        simulation: Any = None,
        tolerance: Any = None,
        alpha: float | None = None,
        trials: int | None = None,
        seed: Any = None,
        rng: Any = None,
        deterministic: bool = False,
        band: Any = None,
    ) -> Agreement:
        """The Agreement; raises DisagreementError, UndecidedError or SpecError as assert_agrees.

        ``band`` is the old name of ``tolerance``.
        """
        __tracebackhide__ = True
        call = {"problem": problem, "theory": theory, "simulation": simulation}
        self._calls += 1
        settings = {
            "alpha": self._next_share() if alpha is None else alpha,
            "trials": self._run.trials if trials is None else trials,
            "seed": self._root(seed, rng),
        }
        if deterministic is not False:
            settings["deterministic"] = deterministic
        try:
            call["tolerance"] = _one_tolerance(tolerance, band)
            result = _compare(call | settings)
        except Exception as error:
            error.__traceback__ = self._trimmed_traceback(error)
            raise
        return self._record_and_raise(result, _python_line(call, settings))

    def _root(self, seed: Any, rng: Any) -> Any:
        if rng is None:
            return seed_of(self._test, self._calls) if seed is None else seed
        from .verify.simulators.trial_seeds import DEFAULT_SEED, root_seed

        return root_seed(DEFAULT_SEED if seed is None else seed, rng)

    def _next_share(self) -> float:
        self._shares += 1
        return share_of(self._alpha, self._shares)

    @property
    def _alpha(self) -> float:
        return self._run.alpha / len(self._run.counted)

    def _record_and_raise(self, result: Agreement, python: str) -> Agreement:
        from .verify import DisagreementError, UndecidedError, Verdict
        from .verify.comparison.ci_report import as_record, failure_message

        __tracebackhide__ = True
        commands = {"pytest": self._command(), "python": python}
        record = as_record(result, test=self._test, call=self._calls, replay=commands)
        self._item.user_properties.append((PROPERTY, json.dumps(record)))
        if result.verdict is Verdict.AGREES:
            return result
        error_type = DisagreementError if result.verdict is Verdict.DISAGREES else UndecidedError
        raise error_type(failure_message(result, commands), result)

    def _command(self) -> str:
        """The pytest command for this test alone, with its share as the alpha of the run."""
        config = self._run.config
        file, colons, rest = self._test.partition("::")
        path = os.path.relpath(Path(config.rootpath, file), config.invocation_params.dir)
        test = shlex.quote(f"{Path(path).as_posix()}{colons}{rest}")
        options = f"--theory-alpha={self._alpha!r} --theory-trials={self._run.trials}"
        return f"pytest {test} {options}"

    def _trimmed_traceback(self, error: Exception) -> TracebackType | None:
        """The traceback without frames of detequiv, unless the error may be a bug of detequiv."""
        frames = list(_chain(error.__traceback__))
        ours = type(error).__module__.partition(".")[0] == "detequiv"
        untrimmed = self._run.config.getoption("fulltrace")
        if untrimmed or (not ours and _package(frames[-1]) in SILENT):
            return error.__traceback__
        return _joined([frame for frame in frames if _package(frame) != "detequiv"])


def _one_tolerance(tolerance: Any, band: Any) -> Any:
    if band is None:
        return tolerance
    if tolerance is not None:
        from .theory.base.errors import ArgumentError

        raise ArgumentError("agreement got tolerance twice, the second time by its old name band. Omit band.")
    return band


def _compare(arguments: dict[str, Any]) -> Agreement:
    from .verify.comparison.assertion import run_agreement_test

    return run_agreement_test(**arguments)


def _chain(traceback: TracebackType | None) -> Any:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _package(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _joined(frames: list[TracebackType]) -> TracebackType | None:
    following = None
    for frame in reversed(frames):
        frame.tb_next, following = following, frame
    return following


def _python_line(call: dict[str, Any], settings: dict[str, Any]) -> str:
    """The same call without pytest: numbers literally, everything else by name."""
    arguments = [_argument(name, value) for name, value in call.items() if value is not None]
    arguments += [f"{name}={value!r}" for name, value in settings.items()]
    return f"detequiv.assert_agrees({', '.join(arguments)})"


def _argument(name: str, value: Any) -> str:
    if name == "problem":
        return name
    if isinstance(value, int | float):
        return f"{name}={float(value)!r}"
    called = str(getattr(value, "__name__", name))
    return f"{name}={called if called.isidentifier() else name}"
