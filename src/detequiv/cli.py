"""The command line."""

import argparse
import contextlib
import difflib
import io
import os
import re
import shutil
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

from .commands import demo_command as demo
from .commands import derive_command as derive
from .commands import figures_command as figures
from .commands import predict_command as predict
from .commands import rounds_command as rounds
from .commands import simulate_command as simulate
from .commands import sweep_command as sweep
from .commands import verify_command as verify
from .commands import witness_command as witness
from .commands.versions import Version
from .theory.base.errors import SolveError, SpecError
from .theory.base.filled_text import LINE_LENGTH, filled, line_length
from .theory.base.text_table import table_width
from .theory.base.wording import suggestion

__all__ = ["main"]

STATUS = (
    "Exit status: 0 success, 1 theory and simulation disagree, 2 bad input, 3 undecided, 4 solver failed, "
    "130 interrupted."
)

COMPLETION = """\
Completion in bash and zsh:
  eval "$(register-python-argcomplete detequiv)"
Completion in fish:
  register-python-argcomplete --shell fish detequiv | source
Both need an extra:
  python -m pip install 'detequiv[completion]'"""


class _Parser(argparse.ArgumentParser):
    """Refuses in one line, with suggestions; takes -1:1:5 for a value."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            what = "/".join(action.option_strings) or action.dest
            known = [*map(str, action.choices)]
            if "," in str(value) and action.option_strings:
                raise argparse.ArgumentError(
                    None,
                    f"{what} takes one of {', '.join(known)} at a time; got {value!r}. Run {self.prog} once "
                    f"for each.",
                )
            raise argparse.ArgumentError(None, f"unknown {what} {value!r}{suggestion(str(value), known)}")

    def error(self, message: str) -> NoReturn:
        end = "" if message.endswith(("?", ".")) else "."
        self.exit(2, f"{self.prog}: {message}{end} See {self.prog} --help.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status.

    0 success, 1 theory and simulation disagree, 2 bad input, 3 undecided, 4 solver failed,
    70 internal error, 130 interrupted, 141 the reader of the output went away.
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
        return _said("internal error; please report it with the lines above.", 70)


def _run(arguments: Sequence[str] | None) -> int:
    width = _terminal_width()
    with line_length(_sentence_length(width)), table_width(width):
        parser = _parser()
        if "_ARGCOMPLETE" in os.environ:  # set by the shell while it completes a line
            import argcomplete

            argcomplete.autocomplete(parser)
        options, unknown = parser.parse_known_args(arguments)
        if unknown:
            _refuse(parser, options, unknown[0])
        if options.command is None:
            parser.print_help()
            return 0
        return int(options.run(options))


def _terminal_width() -> int | None:
    """Columns of the terminal; None where the output is no terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def _sentence_length(width: int | None) -> int:
    """The terminal's width, within limits; the usual length where the output is no terminal."""
    return LINE_LENGTH if width is None else min(max(width, 40), 110)


def _forget_output() -> None:
    """Do not try again to write the output when Python ends."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115


def _said(reason: object, status: int) -> int:
    with contextlib.suppress(OSError):
        print(f"detequiv: {' '.join(str(reason).split())}", file=sys.stderr)
    return status


def _refuse(parser: argparse.ArgumentParser, options: argparse.Namespace, unknown: str) -> NoReturn:
    """Refuse an unknown argument, with a suggestion."""
    here: argparse.ArgumentParser = getattr(options, "parser", parser)
    known = [option for action in here._actions for option in action.option_strings]
    near = difflib.get_close_matches(unknown.partition("=")[0], known, n=1)
    here.error(f"unknown argument {unknown!r}" + (f"; did you mean {near[0]}?" if near else ""))


def _parser() -> _Parser:
    parser = _Parser(
        prog="detequiv",
        description=filled(
            "Predict test errors of models trained on real and synthetic data, and check them by simulation."
        ),
        epilog=f"example:\n  {predict.EXAMPLE}\n\n{filled(STATUS)}\n\n{COMPLETION}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "-V", "--version", action=Version, help="show the versions of detequiv and its libraries"
    )
    commands = parser.add_subparsers(dest="command", metavar="command", parser_class=_Command)
    for module in (predict, sweep, simulate, verify, rounds, witness, derive, figures, demo):
        module.add(commands)
    return parser


class _Command(_Parser):
    """The parser of a command, which its options refer to; without abbreviations."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(allow_abbrev=False, **fields)
        self.set_defaults(parser=self)
