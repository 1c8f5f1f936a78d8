"""The identity of a result: description and digest of the problem, and the version of this package."""

import functools
from importlib.metadata import PackageNotFoundError, version

from .problem import Problem

__all__ = ["identity", "package_version"]


def identity(problem: Problem | None) -> dict[str, str]:
    """Attributes of data sets and dictionaries; without a problem, only the version.

    >>> list(identity(None))
    ['detequiv_version']
    """
    named = {} if problem is None else {"description": str(problem), "digest": problem.digest}
    return {**named, "detequiv_version": package_version()}


@functools.cache
def package_version() -> str:
    """The installed version; "unknown" in a checkout that is not installed."""
    try:
        return version("detequiv")
    except PackageNotFoundError:
        return "unknown"
