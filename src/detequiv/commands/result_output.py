"""The results of commands: --json, --out and --plot."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..theory.base.errors import SpecError
from ..theory.base.wording import enumerated

__all__ = ["add_results", "check_outputs", "check_writable", "facts_of", "write_outputs"]

TABLES, PICTURES = (".csv", ".nc"), (".png", ".pdf", ".svg")


def add_results(parser: argparse.ArgumentParser, table: str, picture: str) -> None:
    """Add the options of the results."""
    group = parser.add_argument_group("results")
    group.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    group.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"write {table} as .csv (with parameters in a .json beside it) or .nc (netCDF); overwritten if "
        "it exists",
    )
    group.add_argument("--plot", type=Path, metavar="FILE", help=f"draw {picture} as .png, .pdf or .svg")


def check_outputs(options: argparse.Namespace) -> None:
    """Refuse, before the work, files that cannot be written."""
    for option, endings in (("out", TABLES), ("plot", PICTURES)):
        path: Path | None = getattr(options, option)
        if path is None:
            continue
        if path.suffix.lower() not in endings:
            raise SpecError(f"--{option} must end in {enumerated(endings, 'or')}; got {str(path)!r}.")
        check_writable(option, path)


def facts_of(problem: Any) -> dict[str, str]:
    """What stands beside a table: the problem in words, its digest, and the file that it can be read from."""
    return {"problem": str(problem), "digest": problem.digest, "problem_file": problem.to_toml()}


def check_writable(option: str, path: Path) -> None:
    """Refuse, before any computation, an output path that cannot be written."""
    if not path.parent.is_dir():
        raise SpecError(f"--{option}: directory {str(path.parent)!r} does not exist; create it first.")
    if path.is_dir():
        raise SpecError(f"--{option} must name a file; {str(path)!r} is a directory. Pass another path.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise SpecError(
            f"--{option} must be writable; got {str(path)!r}. Change its permissions or pass another path."
        )


def write_outputs(options: argparse.Namespace, table: Callable[[], Any], picture: Callable[[], Any]) -> None:
    """Write what was asked for: ``table`` gives an xarray data set, ``picture`` a figure."""
    try:
        if options.out is not None:
            _write(table(), options.out)
        if options.plot is not None:
            picture().savefig(options.plot, dpi=200)
    except OSError as error:
        raise SpecError(f"cannot write {error.filename!r}: {error.strerror}.") from None


def _write(table: Any, path: Path) -> None:
    from importlib.metadata import version

    table = table.assign_attrs(detequiv=version("detequiv"))
    if path.suffix.lower() == ".nc":
        _storable(table).to_netcdf(path, engine="scipy")
        return
    frame = table.to_dataframe() if table.sizes else table.to_pandas().to_frame().T
    path.write_text(frame.to_csv(index=bool(table.sizes)), encoding="utf-8")
    facts = json.dumps(table.attrs, ensure_ascii=False, indent=1, default=str)
    path.with_suffix(".json").write_text(facts + "\n", encoding="utf-8")


def _storable(table: Any) -> Any:
    """The table with floats for integers that exceed the 32 bits of the format."""
    large = {
        name: table[name].astype(float)
        for name in table.coords
        if table[name].dtype.kind in "iO" and abs(table[name]).max() >= 2**31
    }
    return table.assign_coords(large)
