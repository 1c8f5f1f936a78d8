"""``detequiv --version``: the versions that numbers may depend on."""

import argparse
import platform
from importlib.metadata import version
from typing import Any

from ..theory.base.filled_text import filled

__all__ = ["Version"]


class Version(argparse.Action):
    """Print the versions, and exit."""

    def __init__(self, option_strings: Any, dest: str, **fields: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **fields)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(
            filled(
                f"detequiv {version('detequiv')}, Python {platform.python_version()}, "
                f"numpy {version('numpy')}, scipy {version('scipy')}, {_blas()}"
            )
        )
        parser.exit()


def _blas() -> str:
    """The BLAS that numpy computes with."""
    import numpy  # noqa: F401  (loads it)
    from threadpoolctl import threadpool_info

    libraries = [x for x in threadpool_info() if x["user_api"] == "blas"]
    return ", ".join(f"{x['internal_api']} {x['version']}" for x in libraries) or "BLAS of unknown name"
