"""The pytest plugin, in sample projects of their own: run by pytest inside pytest."""

import json
import math
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special  # noqa: F401  (pytester forgets what is first imported inside, and scipy minds)

import detequiv as de
import detequiv.verify.comparison.ci_report
from detequiv.numerics import predict
from detequiv.pytest_plugin import seed_of, share_of
from detequiv.verify import TermAgreement, Verdict
from helpers.plugin_project import MIXED, QUICK, RIGHT, UNSURE, WRONG, Run
from helpers.refusals import Facts, check_refusal

pytest_plugins = ["pytester"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "how_to" / "continuous_integration.md"


def test_what_agrees_passes_and_is_counted(run: Run) -> None:
    done = run(f"def test_a(agreement):\n    assert {RIGHT}.verdict is de.Verdict.AGREES")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*= theory against simulation =*", "theory: 1 comparison agrees"])


def test_a_run_without_comparisons_says_nothing_about_them(run: Run) -> None:
    done = run("def test_a(): pass")
    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("*theory*")


def test_a_wrong_theory_fails_with_the_numbers_and_how_to_replay(run: Run) -> None:
    done = run(MIXED)
    done.assert_outcomes(passed=2, failed=2)
    seed, alpha = seed_of("test_sample.py::test_wrong", 1), share_of(0.01 / 3, 1)
    done.stdout.fnmatch_lines(
        [
            ">*agreement(theory=0.9, simulation=verify.uniform, tolerance=0.1)",
            "E *DisagreementError: error: predicted 0.9, simulated 0.[45]* ± 0.0*, interval * to *"
            ", tolerance ± 0.1: disagrees",
            "E *error  0.9 *± 0.1 *disagrees",
            "E *Theory and simulation disagree:*",
            f"E *Replay: pytest test_sample.py::test_wrong --theory-alpha={0.01 / 3!r} --theory-trials=2048",
            f"E *or: detequiv.assert_agrees(theory=0.9, simulation=uniform, tolerance=0.1, "
            f"alpha={alpha!r}, trials=2048, seed={seed})",
        ]
    )


def test_what_is_undecided_fails_and_says_how_many_trials_might_tell(run: Run) -> None:
    run(MIXED).stdout.re_match_lines(
        [r"E .*UndecidedError: error: predicted 0\.5, .*: undecided", r"E .*about .* trials would decide it"]
    )


def test_identical_samples_are_undecided_unless_they_are_declared(run: Run) -> None:
    given = "theory=1.0, simulation=constant, tolerance=0.5"
    done = run(
        "def constant(rng):\n    return 1.0\n"
        f"def test_undeclared(agreement):\n    agreement({given})\n"
        f"def test_declared(agreement):\n    agreement({given}, deterministic=True)\n"
        "def test_wrong(agreement):\n"
        "    agreement(theory=9.0, simulation=constant, tolerance=0.5, deterministic=True)\n"
        f"def test_refused(agreement):\n    agreement({given}, deterministic=1)\n",
        "--theory-trials=256",
    )
    done.assert_outcomes(passed=1, failed=3)
    text = " ".join(done.stdout.str().split())
    assert "All 256 samples of error are 1: let every trial draw" in text.replace(" E ", " ")
    assert "UndecidedError" in text and "DisagreementError" in text
    assert "deterministic must be True or False; got 1" in text
    assert "tolerance=0.5, alpha=" in text and ", deterministic=True)" in text


def test_the_old_name_of_the_tolerance_works_and_both_are_refused(run: Run) -> None:
    old = RIGHT.replace("tolerance", "band")
    both = RIGHT.replace("tolerance", "band=0.1, tolerance")
    done = run(f"def test_old(agreement):\n    {old}\ndef test_both(agreement):\n    {both}\n", "-Werror")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["E *ArgumentError: agreement got tolerance twice, * Omit band."])


def test_the_summary_has_an_aligned_line_for_all_that_does_not_agree(run: Run) -> None:
    lines = run(MIXED, "-q").stdout.lines
    start = next(i for i, line in enumerate(lines) if "theory against simulation" in line)
    header, unsure, wrong, counts = lines[start + 1 : start + 5]
    assert header.split() == list(detequiv.verify.comparison.ci_report.SUMMARY)
    assert unsure.split()[:4] == ["undecided", "test_sample.py::test_unsure", "failed", "error"]
    assert wrong.split()[:4] == ["disagrees", "test_sample.py::test_wrong", "failed", "error"]
    assert unsure.rindex("±") == wrong.rindex("±") == header.index("tolerance")
    assert counts == "theory: 1 comparison agrees, 1 disagrees, 1 is undecided"


def test_an_expected_disagreement_passes_and_is_listed_as_that(run: Run) -> None:
    done = run(
        f"def test_a(agreement):\n    with pytest.raises(de.DisagreementError):\n        {WRONG}\n"
        f"@pytest.mark.xfail\ndef test_b(agreement):\n    {WRONG}\n"
        f"def test_c(agreement):\n    {WRONG}\n"
    )
    done.assert_outcomes(passed=1, xfailed=1, failed=1)
    done.stdout.fnmatch_lines(
        [
            "disagrees  test_sample.py::test_a  passed *",
            "disagrees  test_sample.py::test_b  xfailed *",
            "disagrees  test_sample.py::test_c  failed *",
            "theory: 3 comparisons disagree",
        ]
    )


def test_frames_of_the_library_are_hidden_and_those_of_the_user_shown(run: Run) -> None:
    done = run(
        f"def test_disagrees(agreement):\n    {WRONG}\n"
        "def test_no_band(agreement):\n    agreement(theory=1, simulation=verify.uniform)\n"
        "def broken(rng):\n    return 1 / 0\n"
        "def test_broken(agreement):\n    agreement(theory=1, simulation=broken, tolerance=1)\n"
    )
    done.assert_outcomes(failed=3)
    done.stdout.fnmatch_lines(
        ["E *SpecError: without a problem, *tolerance is missing*", ">*return 1 / 0", "E *ZeroDivision*"]
    )
    for ours in ("assertion.py", "growing_samples.py", "pytest_plugin.py"):
        done.stdout.no_fnmatch_line(f"*{ours}:*")


@pytest.mark.parametrize("options", [(), ("--full-trace",)], ids=["as it is", "--full-trace"])
def test_frames_of_the_library_are_shown_where_the_fault_is_ours_or_on_request(
    run: Run, options: tuple[str, ...]
) -> None:
    fault = "" if options else "monkeypatch.setattr('detequiv.verify.comparison.assertion.looks', None)"
    done = run(
        f"def test_a(agreement, monkeypatch):\n    {fault}\n"
        f"    agreement(theory=1, simulation=verify.uniform{'' if options else ', tolerance=1'})\n",
        *options,
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*assertion.py:*"])


def test_a_failure_replays_by_its_command_and_by_its_line_of_python(
    run: Run, pytester: pytest.Pytester
) -> None:
    text = "\n".join(run(MIXED).stdout.lines)
    failed = re.search(r"DisagreementError: (error: .*: disagrees)", text)
    command = re.search(r"Replay: (pytest .*test_wrong .*)", text)
    python = re.search(r"or: (detequiv\.assert_agrees\(theory=0\.9.*\))", text)
    assert failed and command and python
    again = pytester.runpytest_inprocess(*shlex.split(command[1])[1:])
    again.assert_outcomes(failed=1)
    assert failed[1] in "\n".join(again.stdout.lines), "to the last digit that is printed"
    assert python[1] in "\n".join(again.stdout.lines), "with the same alpha and seed"
    names = {"detequiv": de, "uniform": lambda rng: np.mean(rng.random(16))}
    with pytest.raises(de.DisagreementError) as caught:
        eval(python[1], names)
    assert str(caught.value.agreement.terms[0]) == failed[1]


def test_a_command_names_the_test_as_seen_from_where_pytest_was_called(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(MIXED)
    pytester.makeini("[pytest]")
    below = pytester.mkdir("below")
    monkeypatch.chdir(below)
    done = pytester.runpytest_inprocess("..")
    done.stdout.fnmatch_lines(["*Replay: pytest ../test_sample.py::test_wrong --theory-alpha=*"])


# seeds


def test_a_seed_is_made_from_the_name_of_the_file_the_test_and_the_call() -> None:
    """Pinned, for a change would make every user's tests draw anew."""
    assert seed_of("tests/test_mix.py::test_ridge[1]", 1) == 131479922380402
    tests = ["test_a.py::test", "test_b.py::test", "test_a.py::test[a/b]", "test_a.py::test[b]"]
    assert len({seed_of(test, call) for test in tests for call in (1, 2, 3)}) == 12
    assert max(seed_of(str(i), 1) for i in range(1000)) < 2**53, "JSON is read by others, too"


THREE = "".join(f"def test_{name}(agreement):\n    {QUICK}\n    {QUICK}\n" for name in "abc")


@pytest.mark.parametrize("change", ["the order", "a selection", "the rootdir", "the import mode"])
def test_seeds_do_not_depend_on(
    compared: Callable[..., dict[str, Any]], pytester: pytest.Pytester, change: str
) -> None:
    options = {
        "the order": ["test_sample.py::test_c", "test_sample.py::test_a", "test_sample.py::test_b"],
        "a selection": ["-k", "test_b"],
        "the rootdir": [f"--rootdir={pytester.path.parent}"],
        "the import mode": ["--import-mode=importlib", "-p", "no:randomly"],
    }[change]
    pytester.syspathinsert()
    found = compared(THREE, *options)
    assert len(found) == (2 if change == "a selection" else 6)
    for name, each in found.items():
        assert each["seed"] == seed_of(f"test_sample.py::{name.partition('#')[0]}", each["call"])


def test_a_seed_and_trials_that_are_given_are_used(compared: Run) -> None:
    given = f"{RIGHT[:-1]}, seed=7, trials=100)"
    found = compared(f"def test_a(agreement):\n    {given}\n    {RIGHT}")
    assert (found["test_a"]["seed"], found["test_a"]["trials"]) == (7, 100)
    assert found["test_a#2"]["seed"] == seed_of("test_sample.py::test_a", 2)


# alpha


def test_alpha_is_divided_by_the_number_of_theory_tests_that_run(compared: Run) -> None:
    found = compared(MIXED)
    assert {each["alpha"] for each in found.values()} == {share_of(0.01 / 3, 1)}
    alone = compared(MIXED, "-k", "right")
    assert alone["test_right"]["alpha"] == share_of(0.01, 1)
    twice = compared(MIXED, "--theory-alpha=0.02", "-k", "right or wrong or another")
    assert {each["alpha"] for each in twice.values()} == {share_of(0.02 / 2, 1)}


def test_tests_that_are_only_marked_count_too(compared: Run) -> None:
    marked = "@pytest.mark.theory\ndef test_b(): pass\n"
    assert compared(f"def test_a(agreement):\n    {RIGHT}\n{marked}")["test_a"]["alpha"] == (
        share_of(0.005, 1)
    )


def test_the_calls_of_a_test_never_spend_more_than_its_share(compared: Run) -> None:
    found = compared(f"def test_a(agreement):\n    for _ in range(20):\n        {QUICK}")
    spent = [each["alpha"] for each in found.values()]
    assert len(spent) == 20 and 0.9 * 0.01 < sum(spent) < 0.01
    assert sum(share_of(1.0, k) for k in range(1, 10_000)) < 1
    assert math.isclose(sum(share_of(1.0, k) for k in range(1, 10_000)), 1, abs_tol=1e-4)


def test_an_alpha_that_is_given_leaves_the_share_to_the_other_calls(compared: Run) -> None:
    found = compared(f"def test_a(agreement):\n    {RIGHT[:-1]}, alpha=0.3)\n    {RIGHT}")
    assert [found[name]["alpha"] for name in ("test_a", "test_a#2")] == [0.3, share_of(0.01, 1)]


def test_the_trials_of_a_run_are_an_option(compared: Run) -> None:
    tests = f"def test_a(agreement):\n    {UNSURE.replace(', trials=200', '')}"
    assert compared(tests, "--theory-trials=130")["test_a"]["trials"] == 130


@pytest.mark.parametrize(
    ("option", "facts"),
    [
        ("--theory-alpha=0", ("between 0 and 1", "0.0", "probability")),
        ("--theory-alpha=nan", ("between 0 and 1", "nan", "probability")),
        ("--theory-trials=1", ("2", "got 1")),
        ("--theory-report=a.txt", (".md .html .json", "'a.txt'")),
        ("--theory-report=no/a.md", ("directory", "/no'")),
    ],
)
def test_a_bad_option_is_refused_in_one_line_before_any_test(
    run: Run, option: str, facts: tuple[Facts, ...]
) -> None:
    done = run(MIXED, option)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in (*done.outlines, *done.errlines) if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("ERROR: ")
    check_refusal(lines[0], option.partition("=")[0], *facts)


def test_an_outcome_is_that_of_the_whole_test(compared: Run) -> None:
    found = compared(
        "@pytest.fixture\ndef torn():\n    yield\n    assert False\n"
        f"def test_torn(agreement, torn):\n    {RIGHT}\n"
        f"def test_later(agreement):\n    {RIGHT}\n    assert False\n"
        f"@pytest.fixture\ndef compares(agreement):\n    {RIGHT}\n"
        "def test_before(compares):\n    pass\n"
    )
    assert {name: each["outcome"] for name, each in found.items()} == {
        "test_torn": "failed",
        "test_later": "failed",
        "test_before": "passed",
    }


# with other plugins, and without this one


@pytest.mark.slow
def test_workers_of_xdist_find_the_same_and_one_report_has_it_all(
    compared: Callable[..., dict[str, Any]], run: Run, pytester: pytest.Pytester
) -> None:
    pytest.importorskip("xdist")
    alone = compared(MIXED)
    light = ("-p", "no:hypothesispytest", "-p", "no:benchmark")  # not loaded in three processes
    assert compared(MIXED, "-n", "2", *light, apart=True) == alone


@pytest.mark.slow
def test_a_run_that_does_not_use_the_fixture_loads_neither_numpy_nor_a_layer(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        test_light="""
        def test_a(request):
            assert request.config.pluginmanager.has_plugin("detequiv")
        """
    )
    names = ("numpy", "scipy", "xarray", "sympy", *(f"detequiv.{x}" for x in ("theory", "verify")))
    loaded = f"print('loaded', [name for name in {names!r} if name in sys.modules])"
    code = f"import sys, pytest; status = pytest.main(['-q']); {loaded}; sys.exit(status)"
    done = pytester.run(sys.executable, "-c", code)
    assert done.ret == 0
    done.stdout.fnmatch_lines(["loaded []"])


def test_without_the_plugin_there_is_no_fixture_no_option_and_no_marker(run: Run) -> None:
    done = run(MIXED, "-p", "no:detequiv")
    done.assert_outcomes(passed=1, errors=3)
    done.stdout.fnmatch_lines(["*fixture 'agreement' not found*"])
    refused = run(MIXED, "-p", "no:detequiv", "--theory-alpha=0.1")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR


def test_doctests_are_collected_as_without_the_plugin(run: Run) -> None:
    done = run(f"def test_a(agreement):\n    {RIGHT}", "--doctest-modules", "-v")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["theory.py::theory.mean PASSED*", "theory: 1 comparison agrees"])
    run("", "--doctest-modules", "-m", "theory").assert_outcomes(deselected=1)


# which tests are theory tests


def test_the_marker_selects_and_is_registered(run: Run) -> None:
    marked = "@pytest.mark.theory\ndef test_marked(): pass\n"
    run(MIXED + marked, "-m", "not theory").assert_outcomes(passed=1, deselected=4)
    run(MIXED + marked, "-m", "theory").assert_outcomes(passed=2, failed=2, deselected=1)
    run(MIXED, "--markers").stdout.fnmatch_lines(["@pytest.mark.theory: compares theory with *"])


def test_classes_parameters_and_fixtures_of_the_user_work(compared: Run) -> None:
    found = compared(
        f"class TestA:\n    def test_a(self, agreement):\n        {RIGHT}\n"
        f"@pytest.mark.parametrize('tolerance', [0.1, 0.2])\ndef test_b(agreement, tolerance):\n"
        f"    {RIGHT.replace('tolerance=0.1', 'tolerance=tolerance')}\n"
        "@pytest.fixture\ndef check(agreement):\n    return agreement\n"
        f"def test_c(check):\n    {RIGHT.replace('agreement', 'check')}\n"
    )
    assert set(found) == {"TestA::test_a", "test_b[0.1]", "test_b[0.2]", "test_c"}
    assert len({each["seed"] for each in found.values()}) == 4
    assert {each["alpha"] for each in found.values()} == {share_of(0.01 / 4, 1)}


def test_a_parameter_that_bears_the_name_of_the_fixture_is_not_it(run: Run) -> None:
    tests = "@pytest.mark.parametrize('agreement', [1, 2])\ndef test_a(agreement): assert agreement"
    run(tests, "-m", "theory").assert_outcomes(deselected=2)
    run(tests).assert_outcomes(passed=2)


def test_a_test_that_could_not_be_counted_is_told_to_carry_the_marker(run: Run) -> None:
    lazy = f"def test_a(request):\n    agreement = request.getfixturevalue('agreement')\n    {RIGHT}"
    done = run(lazy)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*must be marked @pytest.mark.theory: its share of *"])
    run(f"@pytest.mark.theory\n{lazy}").assert_outcomes(passed=1)


# what is compared


def test_a_problem_is_predicted_and_simulated_by_the_library(compared: Run) -> None:
    """A theory half as large again as ours is outside any tolerance: ours is off by some 2/50."""
    found = compared(
        "MIX = de.Problem(signal=0.02, sources=[de.Source(80, de.isotropic(50))], ridge=1)\n"
        "def test_right(agreement):\n    agreement(MIX)\n"
        "def test_wrong(agreement):\n"
        "    agreement(MIX, theory=1.5 * de.predict(MIX).error, trials=128)\n"
    )
    mix = de.Problem(signal=0.02, sources=[de.Source(80, de.isotropic(50))], ridge=1)
    terms = {term["name"]: term for term in found["test_right"]["terms"]}
    assert found["test_right"]["verdict"] == "agrees"
    assert terms["bias"]["predicted"] == predict(mix).bias
    assert found["test_wrong"]["verdict"] == "disagrees"
    assert "assert_agrees(problem, theory=" in found["test_wrong"]["replay"]["python"]


def test_samples_that_are_given_have_no_seed_in_a_report(compared: Run, run: Run) -> None:
    samples = "[verify.uniform(verify.np.random.default_rng(i)) for i in range(128)]"
    tests = f"def test_a(agreement):\n    {RIGHT.replace('verify.uniform', samples)}"
    assert compared(tests)["test_a"]["seed"] is None
    assert "simulation=simulation" in compared(tests)["test_a"]["replay"]["python"]


def test_an_entry_is_plain_data_also_where_terms_are_infinite() -> None:
    """json writes StrEnums and numpy's floats without complaint, workers would not send them."""
    term = TermAgreement("bias", np.float64(1), np.float64(1), np.float64(0), 1, 1, 0.1, 0, 50)
    whole = de.Agreement((term,), np.float64(0.01), 0.1, "as given", 50, None, left_out=(("error", np.inf),))
    found = detequiv.verify.comparison.ci_report.as_record(whole)
    assert found["left_out"] == [["error", math.inf]]
    assert type(found["verdict"]) is str and found["verdict"] == Verdict.AGREES.value
    assert {type(value) for value in found["terms"][0].values()} == {str, float}
    assert json.loads(json.dumps(found)) == found


# the document


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.S | re.M)


@pytest.mark.usefixtures("installed")
def test_the_test_file_in_the_document_passes(pytester: pytest.Pytester) -> None:
    (sample,) = blocks("python")
    pytester.makepyfile(test_theory=sample)
    done = pytester.runpytest_inprocess("-m", "theory", "--strict-markers")
    done.assert_outcomes(passed=4)
    done.stdout.fnmatch_lines(["theory: 3 comparisons agree, 1 disagrees"])


@pytest.mark.usefixtures("installed")
def test_the_commands_in_the_document_are_accepted(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_theory="def test_theory(agreement): pass\ndef test_other(): pass")
    text = "\n".join([*blocks("sh"), *blocks("yaml"), *blocks("text")])
    commands = re.findall(r"\bpytest (?:test_theory.py::test_a )?(-[^#\n]*)", text)
    assert len(commands) == 6
    for options in commands:
        alone = [option for option in shlex.split(options) if option not in ("-n", "2")]
        done = pytester.runpytest_inprocess("--collect-only", *alone)
        assert done.ret == pytest.ExitCode.OK
