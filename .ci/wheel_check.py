"""Build sdist and wheel, install the wheel into a fresh environment, and use it from elsewhere.

The wheel is built from the sdist. It must have every file of the four layers and of src/detequiv, and no
other.
"""

import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from checks import LAYERS, PREDICT, ROOT, built, fresh_environment, run

ALONE = f"""
import importlib.util
leaked = [name for name in {LAYERS!r} if importlib.util.find_spec(name) is not None]
assert not leaked, f"top-level names leaked: {{leaked}}"
"""


def tracked(tree: Path) -> set[str]:
    """Files of the package as they must appear in the wheel."""
    folders = [*LAYERS, "src/detequiv"]
    if (tree / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *folders],
            cwd=tree,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\0")
        files = [Path(name) for name in listed if name]
    else:
        files = [
            path.relative_to(tree)
            for folder in folders
            for path in (tree / folder).rglob("*")
            if "__pycache__" not in path.parts
        ]
    links = [Path("src", "detequiv", layer) for layer in LAYERS]
    return {
        f"detequiv/{path.relative_to('src/detequiv') if path.parts[0] == 'src' else path}"
        for path in files
        if (tree / path).is_file() and path not in links
    }


def check_contents(wheel: Path, tree: Path) -> None:
    """Exit unless the wheel has exactly the files of the package that git tracks."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    inside = {name for name in names if ".dist-info" not in name.split("/", 1)[0]}
    wanted = tracked(tree)
    if missing := sorted(wanted - inside):
        sys.exit(f"wheel check: missing from the wheel: {', '.join(missing)}")
    if extra := sorted(inside - wanted):
        sys.exit(f"wheel check: in the wheel, but not tracked by git: {', '.join(extra)}")
    print(f"   {wheel.name}: {len(inside)} files, all in detequiv/", flush=True)


def main() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    with tempfile.TemporaryDirectory(prefix="detequiv-wheel-") as name:
        temporary = Path(name).resolve()
        elsewhere = temporary / "elsewhere"
        elsewhere.mkdir()

        print("   building sdist and wheel", flush=True)
        wheel = built("", ROOT, temporary / "dist")
        check_contents(wheel, ROOT)

        print("   installing it into a fresh environment", flush=True)
        commands = fresh_environment(temporary / "venv", wheel)
        run(commands / "python", "-c", PREDICT + ALONE, cwd=elsewhere)
        run(commands / "python", "-m", "detequiv", cwd=elsewhere, show=False)
        for command in ([commands / "detequiv"], [commands / "python", "-m", "detequiv"]):
            said = run(*command, "--version", cwd=elsewhere, show=False)
            if version not in said:
                sys.exit(f"wheel check: --version printed {said!r}, which lacks {version}")
        print("   `python -m detequiv` and `detequiv --version` work there", flush=True)


if __name__ == "__main__":
    main()
