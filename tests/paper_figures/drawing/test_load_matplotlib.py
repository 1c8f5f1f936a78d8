"""Pictures do not depend on the backend set in the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BACKENDS = {
    "that of notebooks": "module://matplotlib_inline.backend_inline",
    "misspelt": "agggg",
    "a module that is missing": "module://nowhere.to_be_found",
    "interactive without a display": "qtagg",
    "plain": "Agg",
    "empty": "",
}
SMALL = "--dimension 30 --real 20 --synthetic 10"
COMMANDS = {
    "predict": f"predict {SMALL} --width 8 --plot a.png",
    "sweep": f"sweep {SMALL} --width 8,9,10 --plot a.svg",
    "simulate": f"simulate {SMALL} --width 8 --trials 2 --plot a.PDF",
}


def run(words: list[str], folder: Path, backend: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"MPLBACKEND": backend, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("command", "backend"),
    [("predict", backend) for backend in BACKENDS]
    + [(command, "misspelt") for command in ("sweep", "simulate")],
)
def test_commands_draw_with_any_backend(command: str, backend: str, tmp_path: Path) -> None:
    done = run(["-m", "detequiv", *COMMANDS[command].split()], tmp_path, BACKENDS[backend])
    assert (done.returncode, done.stderr) == (0, "")
    (picture,) = tmp_path.iterdir()
    assert picture.stat().st_size > 1000


@pytest.mark.parametrize("figure", ["best-choice", "10", "5"])
def test_figures_load_with_any_backend(figure: str, tmp_path: Path) -> None:
    """Some modules choose their colours on import, which loads matplotlib."""
    code = (
        "from detequiv.paper_figures.catalogue import FIGURES\n"
        f"FIGURES[{figure!r}].recipe\n"
        "from detequiv.paper_figures.drawing.style import panels, styled\n"
        "with styled():\n    panels()[0].savefig('a.png')"
    )
    done = run(["-c", code], tmp_path, "misspelt")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_backend_of_the_user_is_kept(tmp_path: Path) -> None:
    """An installed backend applies to pyplot afterwards, as after a plain import of matplotlib."""
    code = (
        "import os\nfrom detequiv.paper_figures.drawing.style import panels, styled\n"
        "with styled():\n    panels()\n"
        "import matplotlib\nprint(os.environ['MPLBACKEND'], matplotlib.rcParams['backend'])"
    )
    assert run(["-c", code], tmp_path, "pdf").stdout.split() == ["pdf", "pdf"]
    assert run(["-c", code], tmp_path, "misspelt").stdout.split()[0] == "misspelt"
