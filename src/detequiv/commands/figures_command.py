"""``detequiv figures``: the paper's figures, regenerated."""

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..paper_figures.catalogue import FIGURES, NOT_REPRODUCED, figure_named
from ..theory import SpecError
from ..theory.base.filled_text import filled
from ..theory.base.text_table import with_prose
from .list_option import add_list, refuse_beside_list

__all__ = ["add"]

EXAMPLE = "detequiv figures 2 5 --out figures"
IMAGE_FIGURES = ("6", "7")
SIZES = {"quick": "few trials (default)", "full": "sizes and trials of the published figures"}


def add(commands: Any) -> None:
    """Add ``figures`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "figures",
        help="regenerate figures of the paper",
        description="Regenerate the figures of arXiv 2410.04840, and draw five of our own. Each writes the "
        "picture (.png, .pdf), its numbers (.csv), parameters (.json) and caption (.md). Finished points are "
        "kept in DIRECTORY/.points: after an interruption, the same command resumes.",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument(
        "name",
        nargs="*",
        default=[],
        metavar="figure",
        help="names of figures, or all, which also writes gallery.md; --list shows the names",
    )
    parser.add_argument("--out", type=Path, metavar="DIRECTORY", help="output directory (default: figures)")
    size = parser.add_mutually_exclusive_group()
    add_list(size, "list the name, title, source and time of each")
    for name, text in SIZES.items():
        size.add_argument(
            f"--{name}", dest="size", action="store_const", const=name, default="quick", help=text
        )
    parser.add_argument("--trials", type=int, help="trials per point (overrides --quick and --full)")
    parser.add_argument("--jobs", type=int, help="number of processes (default: one per core)")
    parser.add_argument("--seed", type=int, help="seed of the simulation (default: 0)")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="images such as MNIST for figures 6 and 7 (default: the digits of scikit-learn)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Draw; prints the paths as they are written."""
    if options.list:
        refuse_beside_list(options)
        print("\n".join(_listed()))
        return 0
    from ..paper_figures.catalogue import make
    from ..paper_figures.computing.work import cores
    from ..paper_figures.gallery import write_gallery

    names = _requested(options.name)
    _check_data(options.data, names)
    out = Path("figures") if options.out is None else options.out
    jobs = cores() if options.jobs is None else options.jobs
    seed = 0 if options.seed is None else options.seed
    for position, name in enumerate(names, 1):
        if len(names) > 1:
            _announce(f"figure {name} ({position} of {len(names)})")
        try:
            for path in make(
                name,
                out,
                full=options.size == "full",
                trials=options.trials,
                seed=seed,
                jobs=jobs,
                data=options.data,
            ):
                print(path, flush=True)
        except KeyboardInterrupt:
            _announce(f"stopped; finished points are in {out / '.points'}. The same command resumes.")
            raise
    if "all" in options.name:
        print(write_gallery(out))
    return 0


def _requested(names: list[str]) -> list[str]:
    """The figures to make, each once; refuses unknown names before any work."""
    if not names:
        raise SpecError(
            f"no figure given; name all or some of {', '.join(FIGURES)} (--list has their titles)."
        )
    requested = [name for name in dict.fromkeys(names) if name != "all"]
    for name in requested:
        figure_named(name)
    return list(FIGURES) if "all" in names else requested


def _check_data(data: Path | None, names: list[str]) -> None:
    """Refuse --data early if no requested figure uses it or the file is missing."""
    if data is None:
        return
    if not set(names) & set(IMAGE_FIGURES):
        raise SpecError(
            f"--data applies only to figures {' and '.join(IMAGE_FIGURES)}; got "
            f"{', '.join(names)}. Omit --data."
        )
    if not data.is_file():
        raise SpecError(f"--data: file {str(data)!r} does not exist. Pass an .npz file of images.")


def _listed() -> Iterator[str]:
    """The figures of each paper, and our own."""
    for paper, figures in itertools.groupby(FIGURES.values(), lambda figure: figure.paper):
        yield filled((paper or "Of our own").replace("*", ""))
        rows = [("  name", "quick", "--full", "title")]
        for figure in figures:
            quick, full = map(_time, figure.seconds)
            rows.append((f"  {figure.name}", quick, full, figure.title))
        yield with_prose(rows) + "\n"
    for name, reason in NOT_REPRODUCED.items():
        yield filled(f"{name} is not reproduced: {reason}.")
    yield filled("Times are approximate, with two processes.")


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _announce(text: str) -> None:
    """Print to standard error; standard output has the paths only."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)
