"""What a figure leaves behind: the picture twice, its table and its caption."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..theory import SpecError

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

__all__ = ["prepared", "write"]


def prepared(directory: Path) -> Path:
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
    directory: Path, name: str, figure: "Figure", table: "xarray.Dataset", caption: str
) -> list[Path]:
    """Write name.png (200 dpi), .pdf, .csv (caption and parameters in its header) and .md.

    Returns the paths in that order.
    """
    paths = [directory / f"{name}.{ending}" for ending in ("png", "pdf", "csv", "md")]
    header = "".join(f"# {line}".rstrip() + "\n" for line in caption.splitlines())
    for path in paths[:2]:
        figure.savefig(path)
    paths[2].write_text(header + table.to_dataframe().to_csv(), encoding="utf-8")
    paths[3].write_text(caption, encoding="utf-8")
    return paths
