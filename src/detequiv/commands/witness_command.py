"""``detequiv witness``: every statement of the theory against simulation."""

import argparse
from pathlib import Path
from typing import Any

from ..theory.base.errors import SpecError
from .result_output import check_writable

__all__ = ["add"]

EXAMPLE = "detequiv witness --only 'corollary 4' --seed 1"
PAGE = Path("docs/witness.md")


def add(commands: Any) -> None:
    """Add ``witness`` to the subparsers of the command line."""
    parser = commands.add_parser(
        "witness",
        help="check every statement of the theory by simulation",
        description="Compare every statement, as printed and as corrected, with simulation, and write "
        "a page with the verdicts. Exit status: 0 all as expected, 1 something unexpected, 3 "
        "something undecided.",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("--full", action="store_true", help="use larger problems and more trials")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=f"output file, in Markdown (default: {PAGE} if that file exists, as in a checkout, "
        f"otherwise {PAGE.name}; with --only the page is printed)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the random draws (default: 0)")
    parser.add_argument("--only", metavar="TEXT", help="only statements whose names contain this text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the statements and write the page; returns the exit status."""
    from ..verify import witness
    from ..verify.simulators.trial_seeds import checked_seed
    from .progress import bar

    out = _checked_output(options)
    checked_seed(options.seed)
    size = witness.FULL if options.full else witness.QUICK
    groups = witness.statements(size)
    if options.only is not None:
        groups = witness.select_statements(groups, options.only)
    with bar("witness", "statement") as move:
        report = witness.run_witnesses(groups, trials=size.trials, seed=options.seed, progress=move)
    text = witness.page(report, size, only=options.only)
    if out is None:
        print(text, end="")
    else:
        _write(out, text)
        print(f"{witness.summary(report)}\nThe page: {out.resolve()}")
    return report.status


def _checked_output(options: argparse.Namespace) -> Path | None:
    """The file of the page, None for the terminal; refused before the work if it cannot be written."""
    out: Path | None = options.out
    if out is None:
        if options.only is not None:
            return None
        out = PAGE if PAGE.is_file() else Path(PAGE.name)
    if out.suffix.lower() != ".md":
        raise SpecError(f"--out must end in .md; got {str(out)!r}.")
    check_writable("out", out)
    return out


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SpecError(f"cannot write {error.filename!r}: {error.strerror}.") from None
