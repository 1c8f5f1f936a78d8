"""Clone the last commit as git does on Windows, with text files in place of symlinks, and use the clone.

PYTHONPATH puts the clone before the checkout that is installed in the environment.
"""

import sys
import tempfile
from pathlib import Path

from checks import LAYERS, PREDICT, ROOT, built, run, test_quickly
from wheel_check import check_contents


def cloned(tree: Path) -> None:
    """Make a clone without symlinks."""
    git = ["git", "-c", "advice.detachedHead=false"]
    run(*git, "clone", "--quiet", "--config", "core.symlinks=false", ROOT, tree, cwd=tree.parent)
    for layer in LAYERS:
        link = tree / "src" / "detequiv" / layer
        if link.is_symlink() or not link.is_file():
            sys.exit(f"links check: {link} should be a text file in a clone without symlinks")


def main() -> None:
    if not (ROOT / ".git").exists():
        sys.exit(f"links check: {ROOT} is not a git checkout; run make sdist-check instead.")
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
