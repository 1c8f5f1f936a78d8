"""Build sdist and wheel, install the wheel into a fresh environment, and use it from elsewhere.

The wheel is built from the sdist. It must carry every file of the four layers and of src/detequiv,
and nothing but the one package.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("theory", "numerics", "verify", "paper_figures")

PREDICT = """
import importlib.util
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
leaked = [name for name in LAYERS if importlib.util.find_spec(name) is not None]
assert not leaked, f"top-level names leaked: {leaked}"
where = pathlib.Path(de.__file__).parent
print(f"   predicted {error:.3f} with detequiv {de.__version__} from {where}")
""".replace("LAYERS", repr(LAYERS))


def run(*command: str | Path, cwd: Path, show: bool = True) -> str:
    """Run a command away from the checkout; on failure show all that it said."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        sys.exit(f"wheel check: exit status {done.returncode} from {' '.join(map(str, command))}")
    if show and done.stdout:
        print(done.stdout, end="", flush=True)
    return done.stdout


def tracked() -> set[str]:
    """Files of the package as they must appear in the wheel."""
    folders = [*LAYERS, "src/detequiv"]
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        files = [Path(name) for name in listed if name]
    else:
        files = [
            path.relative_to(ROOT)
            for folder in folders
            for path in (ROOT / folder).rglob("*")
            if "__pycache__" not in path.parts
        ]
    return {
        f"detequiv/{path.relative_to('src/detequiv') if path.parts[0] == 'src' else path}"
        for path in files
        if (ROOT / path).is_file() and not within_symlink(path)
    }


def within_symlink(path: Path) -> bool:
    return any((ROOT / part).is_symlink() for part in (path, *path.parents))


def check_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    inside = {name for name in names if ".dist-info" not in name.split("/", 1)[0]}
    wanted = tracked()
    if missing := sorted(wanted - inside):
        sys.exit(f"wheel check: missing from the wheel: {', '.join(missing)}")
    if extra := sorted(inside - wanted):
        sys.exit(f"wheel check: in the wheel without being tracked: {', '.join(extra)}")
    print(f"   {wheel.name}: {len(inside)} files, all in detequiv/", flush=True)


def fresh_environment(folder: Path, wheel: Path) -> Path:
    """An environment with the wheel and its dependencies only; returns its folder of commands."""
    constraints = os.environ.get("CONSTRAINTS", "constraints.txt")
    pins = ["--constraint", str(ROOT / constraints)] if constraints else []
    uv = usable_uv()
    python = folder / "bin" / "python"
    if uv:
        run(uv, "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent)
        run(uv, "pip", "install", "--quiet", "--python", python, *pins, wheel, cwd=folder.parent)
    else:
        run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        run(*install, *pins, wheel, cwd=folder.parent)
    return folder / "bin"


def usable_uv() -> str | None:
    name = os.environ.get("UV", "uv")
    return shutil.which(name) if name else None


def main() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    with tempfile.TemporaryDirectory(prefix="detequiv-wheel-") as name:
        temporary = Path(name).resolve()
        elsewhere = temporary / "elsewhere"
        elsewhere.mkdir()

        print("   building sdist and wheel", flush=True)
        installer = ["--installer", "uv"] if usable_uv() else []
        build = [sys.executable, "-m", "build", *installer, "--outdir", temporary / "dist", ROOT]
        run(*build, cwd=elsewhere, show=False)
        (wheel,) = (temporary / "dist").glob("*.whl")
        check_contents(wheel)

        print("   installing it into a fresh environment", flush=True)
        commands = fresh_environment(temporary / "venv", wheel)
        run(commands / "python", "-c", PREDICT, cwd=elsewhere)
        run(commands / "python", "-m", "detequiv", cwd=elsewhere, show=False)
        for command in ([commands / "detequiv"], [commands / "python", "-m", "detequiv"]):
            said = run(*command, "--version", cwd=elsewhere, show=False)
            if version not in said:
                sys.exit(f"wheel check: --version printed {said!r}, which lacks {version}")
        print("   `python -m detequiv` and `detequiv --version` work there", flush=True)


if __name__ == "__main__":
    main()
