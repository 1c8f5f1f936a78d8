"""Shared by the checks of packages and trees: running commands elsewhere, building, fresh environments."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("theory", "numerics", "verify", "paper_figures")

PREDICT = """
import pathlib
import detequiv as de

S = de.power_law(600, 1.0, trace=1.0)
problem = de.Problem(
    signal=1.0,
    sources=[
        de.Source(300, S, noise_variance=0.01),
        de.Source(200, S, noise_variance=0.01, shift=de.label_shift(S, 1.0)),
    ],
    ridge=1e-8,
    model=de.RandomProjection(100),
)
error = de.predict(problem).error
assert abs(error - 0.642) < 5e-4, f"predicted {error}, expected 0.642"
where = pathlib.Path(de.__file__).parent
print(f"   predicted {error:.3f} with detequiv {de.__version__} from {where}")
"""

QUICK = """
import pathlib
import sys
import pytest

status = pytest.main(sys.argv[1:])
import detequiv, detequiv.theory, detequiv.paper_figures

tree = pathlib.Path.cwd()
for module in (detequiv, detequiv.theory, detequiv.paper_figures):
    file = pathlib.Path(module.__file__)
    assert file.is_relative_to(tree), f"tested {file}, which is not in {tree}"
assert detequiv.theory.__file__ == str(tree / "theory" / "__init__.py"), "the tree has symlinks"
sys.exit(status)
"""
"""Run pytest in the current tree; fail if it tested modules outside it."""

TESTS = (
    "tests/theory",
    "--ignore=tests/theory/freeprob",
    "tests/numerics/predictions/test_predictor.py",
    "tests/face/test_command_line.py",
    "tests/face/test_house.py",
)


def run(*command: str | Path, cwd: Path, show: bool = True, **variables: str) -> str:
    """Run a command outside the checkout; on failure print its whole output and exit."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        check = Path(sys.argv[0]).stem.replace("_", " ")
        sys.exit(f"{check}: exit status {done.returncode} from {' '.join(map(str, command))}")
    if show and done.stdout:
        print(done.stdout, end="", flush=True)
    return done.stdout


def built(what: str, tree: Path, folder: Path) -> Path:
    """Run `python -m build` on a tree: with --sdist build the sdist, with --wheel the wheel, otherwise the
    wheel from the sdist. Returns the file."""
    installer = ["--installer", "uv"] if usable_uv() else []
    options = [*installer, *what.split(), "--outdir", folder]
    run(sys.executable, "-m", "build", *options, tree, cwd=folder.parent, show=False)
    (made,) = folder.glob("*.tar.gz" if what == "--sdist" else "*.whl")
    return made


def fresh_environment(folder: Path, *what: str | Path) -> Path:
    """Create an environment and install the requirements into it; returns its folder of commands."""
    constraints = os.environ.get("CONSTRAINTS", "constraints.txt")
    pins = ["--constraint", str(ROOT / constraints)] if constraints else []
    uv = usable_uv()
    python = folder / "bin" / "python"
    if uv:
        run(uv, "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent)
        run(uv, "pip", "install", "--quiet", "--python", python, *pins, *what, cwd=folder.parent)
    else:
        run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        run(*install, *pins, *what, cwd=folder.parent)
    return folder / "bin"


def usable_uv() -> str | None:
    name = os.environ.get("UV", "uv")
    return shutil.which(name) if name else None


def test_quickly(python: Path | str, tree: Path, **variables: str) -> None:
    """Run quick tests in a tree without symlinks; hypothesis draws the same examples every time."""
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "-m", "not slow", *TESTS]
    said = run(python, "-c", QUICK, *options, cwd=tree, show=False, CI="1", **variables)
    print(f"   {said.splitlines()[-1]}", flush=True)
