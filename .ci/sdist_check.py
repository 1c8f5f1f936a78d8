"""Unpack the sdist, install it in place into a fresh environment, and run its quick tests there.

It has no symlinks, so it is the same on every platform.
"""

import tarfile
import tempfile
import tomllib
from pathlib import Path

from checks import ROOT, built, fresh_environment, test_quickly

TOOLS = ("hypothesis", "pytest", "sybil")


def unpacked(sdist: Path, folder: Path) -> Path:
    """The one folder of the archive, which may hold only files and directories."""
    with tarfile.open(sdist) as archive:
        odd = [member.name for member in archive if not (member.isfile() or member.isdir())]
        if odd:
            raise SystemExit(f"sdist check: neither a file nor a directory: {', '.join(odd)}")
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return tree


def tools() -> list[str]:
    """The requirements of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [text for text in project["optional-dependencies"]["dev"] if text.startswith(TOOLS)]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="detequiv-sdist-") as name:
        temporary = Path(name).resolve()
        print("   building the sdist", flush=True)
        tree = unpacked(built("--sdist", ROOT, temporary / "dist"), temporary / "unpacked")

        print("   installing it in place, into a fresh environment", flush=True)
        commands = fresh_environment(temporary / "venv", *tools(), "--editable", tree)
        test_quickly(commands / "python", tree)


if __name__ == "__main__":
    main()
