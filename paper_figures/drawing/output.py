"""The files of a figure: the picture in two formats, its table, its parameters and its caption."""

import json
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...theory import SpecError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

__all__ = ["parameters_of", "prepared_directory", "save_picture", "write", "write_facts"]


def prepared_directory(directory: Path) -> Path:
    """The directory, made if need be, before the work that is to be written into it.

    Raises SpecError, with the reason, where nothing can be written there.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            return directory
    except OSError as error:
        raise SpecError(
            f"cannot write to the directory {str(directory)!r}: {error.strerror}. Name another one."
        ) from None


def write(
    directory: Path, name: str, figure: "Figure", table: "DataFrame", caption: str, **parameters: Any
) -> list[Path]:
    """Write name.png (200 dpi), .pdf, .csv, .json and .md; returns the paths in that order.

    The .json has the caption, the parameters and the versions used (see :func:`parameters_of`).
    """
    paths = [directory / f"{name}.{ending}" for ending in ("png", "pdf", "csv", "json", "md")]
    picture, _, rows, facts, text = paths
    save_picture(figure, picture)
    rows.write_text(table.to_csv(), encoding="utf-8")
    write_facts(facts, caption, parameters, _versions())
    text.write_text(caption, encoding="utf-8")
    return paths


def save_picture(figure: "Figure", path: Path) -> None:
    """Save as .png at this path and as .pdf beside it."""
    figure.savefig(path)
    figure.set_layout_engine("none")  # laid out once: the .pdf looks like the .png
    figure.savefig(path.with_suffix(".pdf"), metadata={"CreationDate": None})  # the same bytes every time


def write_facts(path: Path, caption: str, parameters: dict[str, Any], versions: dict[str, str]) -> None:
    """Write the .json beside a table."""
    facts = {"caption": caption, "parameters": parameters, "versions": versions}
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def parameters_of(table: Path) -> dict[str, Any]:
    """The parameters of a .csv that :func:`write` wrote."""
    return dict(json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))["parameters"])


def _versions() -> dict[str, str]:
    packages = ("detequiv", "numpy", "scipy", "xarray", "matplotlib")
    return {name: version(name) for name in packages} | {"python": platform.python_version()}
