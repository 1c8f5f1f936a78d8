"""The command line: thin, above all layers."""

import argparse
import contextlib
import difflib
import io
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from .commands import demo_command as demo
from .commands import derive_command as derive
from .commands import figures_command as figures
from .commands import predict_command as predict
from .commands import simulate_command as simulate
from .commands import sweep_command as sweep
from .commands import verify_command as verify
from .commands import witness_command as witness
from .commands.versions import Version
from .theory.base.errors import SolveError, SpecError

__all__ = ["main"]

STATUS = """\
exit status: 0, or 1 theory and simulation disagree, 2 bad input, 3 undecided, 4 the solver gave up,
130 interrupted"""


class _Parser(argparse.ArgumentParser):
    """Refuses in one line; takes -1:1:5 for a value."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def error(self, message: str) -> NoReturn:
        end = "" if message.endswith("?") else "."
        self.exit(2, f"{self.prog}: {message}{end} See {self.prog} --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, or

    1 theory and simulation disagree, 2 bad input, 3 undecided, 4 the solver gave up, 70 a fault of
    ours, 130 interrupted, 141 the reader of the output went away.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # Greek letters, where there are none
    try:
        status = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except SpecError as error:
        return _said(error, 2)
    except SolveError as error:
        return _said(error, 4)
    except BrokenPipeError:
        _forget_output()
        return 141
    except OSError as error:
        _forget_output()
        return _said(f"cannot write the output: {error.strerror}.", 2)
    except KeyboardInterrupt:
        return _said("interrupted.", 130)
    except Exception:
        traceback.print_exc()
        return _said("this is a fault of detequiv, not of what you asked.", 70)


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        _refuse(parser, options, unknown[0])
    if options.command is None:
        parser.print_help()
        return 0
    return int(options.run(options))


def _forget_output() -> None:
    """What cannot be written is not tried again when Python ends."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _said(reason: object, status: int) -> int:
    with contextlib.suppress(OSError):
        print(f"detequiv: {' '.join(str(reason).split())}", file=sys.stderr)
    return status


def _refuse(parser: argparse.ArgumentParser, options: argparse.Namespace, unknown: str) -> NoReturn:
    """With the nearest argument that is known."""
    here: argparse.ArgumentParser = getattr(options, "parser", parser)
    known = [option for action in here._actions for option in action.option_strings]
    near = difflib.get_close_matches(unknown.partition("=")[0], known, n=1)
    here.error(f"{unknown} is not known" + (f"; did you mean {near[0]}?" if near else ""))


def _parser() -> _Parser:
    parser = _Parser(
        prog="detequiv",
        description="Predicted test errors of models trained on real and synthetic data, checked "
        "by simulation.",
        epilog=f"example: {predict.EXAMPLE}\n\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=Version, help="versions of all that computes")
    commands = parser.add_subparsers(dest="command", metavar="command", parser_class=_Command)
    for module in (predict, sweep, simulate, verify, witness, derive, figures, demo):
        module.add(commands)
    return parser


class _Command(_Parser):
    """The parser of a command: no abbreviations, itself among the options."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(allow_abbrev=False, **fields)
        self.set_defaults(parser=self)
