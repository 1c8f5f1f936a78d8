"""``--list``: show the available names."""

import argparse
from typing import Any

from ..theory.base.errors import SpecError

__all__ = ["add_list", "refuse_beside_list"]


def add_list(group: Any, help: str) -> None:
    """Add the option to a mutually exclusive group."""
    group.add_argument("--list", action="store_true", help=help)


def refuse_beside_list(options: argparse.Namespace) -> None:
    """Refuse other arguments, which would have no effect.

    No argument beside it may have a default that can also be given.
    """
    parser: argparse.ArgumentParser = options.parser
    for action in parser._actions:
        value = getattr(options, action.dest, action.default)
        if action.dest != "list" and value != action.default:
            given = [*action.option_strings, *(value if isinstance(value, list) else [value])][0]
            raise SpecError(f"--list takes no other argument; got {given}. Omit one of the two.")
