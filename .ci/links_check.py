"""Clone the last commit as git does on Windows, with small text files for links, and use the clone.

It runs in the environment at hand, by PYTHONPATH, which goes before the checkout installed there.
"""

import sys
import tempfile
from pathlib import Path

from checks import LAYERS, PREDICT, ROOT, built, run, test_quickly
from wheel_check import check_contents


def cloned(tree: Path) -> None:
    """A clone without links, in a folder that is not there yet."""
    git = ["git", "-c", "advice.detachedHead=false"]
    run(*git, "clone", "--quiet", "--config", "core.symlinks=false", ROOT, tree, cwd=tree.parent)
    for layer in LAYERS:
        link = tree / "src" / "detequiv" / layer
        if link.is_symlink() or not link.is_file():
            sys.exit(f"links check: {link} is not the text file that it should be")


def main() -> None:
    if not (ROOT / ".git").exists():
        sys.exit(f"links check: {ROOT} is no git checkout; make sdist-check tests what it has.")
    with tempfile.TemporaryDirectory(prefix="detequiv-links-") as name:
        temporary = Path(name).resolve()
        tree, elsewhere = temporary / "clone", temporary / "elsewhere"
        elsewhere.mkdir()
        cloned(tree)
        commit = run("git", "log", "-1", "--format=%h %s", cwd=tree, show=False).strip()
        print(f"   cloned {commit}", flush=True)

        source = str(tree / "src")
        run(sys.executable, "-c", PREDICT, cwd=elsewhere, PYTHONPATH=source)
        test_quickly(sys.executable, tree, PYTHONPATH=source)
        check_contents(built("--wheel", tree, temporary / "dist"), tree)


if __name__ == "__main__":
    main()
