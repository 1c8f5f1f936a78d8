"""The files of a figure: the picture in two formats, its table and its caption."""

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

__all__ = ["header", "prepared_directory", "write"]

PARAMETERS_HEADING = "# Parameters, one to a line as name = JSON:"


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
    """Write name.png (200 dpi), .pdf, .csv and .md; returns the paths in that order.

    The header of the .csv, lines that start with #, has the caption, the parameters and the
    versions used (see :func:`header`).
    """
    paths = [directory / f"{name}.{ending}" for ending in ("png", "pdf", "csv", "md")]
    figure.savefig(paths[0])
    figure.set_layout_engine("none")  # laid out once: the .pdf is what the .png is
    figure.savefig(paths[1], metadata={"CreationDate": None})  # the same bytes every time
    paths[2].write_text(_header(caption, parameters) + table.to_csv(), encoding="utf-8")
    paths[3].write_text(caption, encoding="utf-8")
    return paths


def header(path: Path) -> dict[str, Any]:
    """The parameters in the header of a .csv that :func:`write` wrote."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    pairs = (line.removeprefix("# ").split(" = ", 1) for line in head[head.index(PARAMETERS_HEADING) + 1 :])
    return {name: json.loads(value) for name, value in pairs}


def _header(caption: str, attributes: dict[str, Any]) -> str:
    entries = attributes | {"versions": _versions()}
    lines = [f"# {line}".rstrip() for line in caption.splitlines()]
    values = [f"# {key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()]
    return "\n".join([*lines, "#", PARAMETERS_HEADING, *values]) + "\n"


def _versions() -> dict[str, str]:
    packages = ("detequiv", "numpy", "scipy", "xarray", "matplotlib")
    return {name: version(name) for name in packages} | {"python": platform.python_version()}
