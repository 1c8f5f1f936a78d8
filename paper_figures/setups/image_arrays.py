"""Arrays of images and labels, in the types that figures 6 and 7 compute with, or refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory import ShapeError, SpecError

__all__ = ["Array", "checked"]

Array = NDArray[np.float32]

LARGEST_LABEL = 1_000_000
"""Classes may be numbered with gaps; larger numbers are none, and floats may not hold them."""

LARGEST_PIXEL = 1e15

SMALLEST_SPREAD = 1e-15
"""Pixels that differ by less have squares that single precision does not hold well."""

SINGLE = 1e-4
"""Pixels must differ by this share of their size: single precision rounds by 6e-8 of it."""


def checked(
    path: Path, arrays: Mapping[str, NDArray[Any]], images: str, labels: str
) -> tuple[Array, NDArray[np.int64]]:
    """(N, d) inputs and (N,) labels, or a refusal that names the array."""
    x, y = arrays[images], arrays[labels]
    if x.ndim not in (2, 3) or not x.size:
        raise ShapeError(
            f"{images} of {str(path)!r} must have shape (N, d) or (N, height, width); got "
            f"{x.shape}. One image is one row; colours are averaged first."
        )
    if y.shape != x.shape[:1]:
        raise ShapeError(
            f"{labels} of {str(path)!r} must have one label for each of the {len(x)} images; got "
            f"shape {y.shape}. A label is the number of a class."
        )
    return _pixels(path, x, images), _classes(path, y, labels)


def _pixels(path: Path, x: NDArray[Any], name: str) -> Array:
    """(N, d) in single precision."""
    of = f"{name} of {str(path)!r} must"
    if x.dtype.kind not in "biuf":
        raise SpecError(f"{of} hold finite pixels; got entries of {x.dtype}. Give real numbers.")
    if not np.isfinite(x).all() or max(abs(float(x.min())), abs(float(x.max()))) > LARGEST_PIXEL:
        raise SpecError(
            f"{of} hold finite pixels, at most {LARGEST_PIXEL:g} in size. Repair or leave out the "
            f"images that have others."
        )
    rows = x.reshape(len(x), -1)
    single = rows.astype(np.float32)
    highest, lowest = (np.asarray(f(axis=0), np.float64) for f in (rows.max, rows.min))
    spread = float((highest - lowest).max())
    if spread and spread < SINGLE * float(np.abs(single).max()):
        raise SpecError(
            f"{of} hold pixels that differ by more than single precision rounds; got values that "
            f"differ by {spread:.3g} beside {float(x.max()):g}. Subtract the offset."
        )
    if spread and spread < SMALLEST_SPREAD:
        raise SpecError(
            f"{of} hold pixels that differ by {SMALLEST_SPREAD:g} at least; got {spread:.3g}. Multiply them."
        )
    return single


def _classes(path: Path, y: NDArray[Any], name: str) -> NDArray[np.int64]:
    """(N,) integers that say the classes, however they were stored."""
    of = f"{name} of {str(path)!r} must"
    number = "Number the classes 0, 1, 2, ..."
    if y.dtype.kind not in "biuf" or not np.isfinite(y).all():
        raise SpecError(
            f"{of} be integers, the number of each image's class; got {y.dtype} with other values. {number}"
        )
    wrong = y[(y != np.round(y)) if y.dtype.kind == "f" else np.zeros(y.shape, dtype=bool)]
    if wrong.size:
        raise SpecError(f"{of} be integers, the number of each image's class; got {wrong[0]:g}. {number}")
    low, high = int(y.min()), int(y.max())
    if max(-low, high) > LARGEST_LABEL:
        raise SpecError(
            f"{of} lie between −{LARGEST_LABEL} and {LARGEST_LABEL}, the number of each image's "
            f"class; got {high if high > LARGEST_LABEL else low:.6g}. {number}"
        )
    return y.astype(np.int64)
