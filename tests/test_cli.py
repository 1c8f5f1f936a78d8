"""The command line: exit statuses, and one clear line instead of a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

import detequiv as de
from detequiv.cli import main
from detequiv.paper_figures import figure_5


def test_without_a_command_it_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "figures" in capsys.readouterr().out


def test_it_runs_as_a_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "detequiv", "--version"], capture_output=True, text=True, check=True
    )
    assert de.__version__ in run.stdout


def test_an_unknown_figure_is_named_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["figures", "99"])
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert "99" in error and "5" in error and "Traceback" not in error


def test_a_directory_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    assert main(["figures", "5", "--out", str(blocked)]) == 2
    error = capsys.readouterr().err
    assert str(blocked) in error and error.count("\n") == 1


def test_an_interrupt_ends_with_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(figure_5, "make", interrupted)
    assert main(["figures", "5", "--out", str(tmp_path)]) == 130
    assert "interrupted" in capsys.readouterr().err
