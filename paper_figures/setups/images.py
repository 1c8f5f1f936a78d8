"""Labelled images for figures 6 and 7: scikit-learn's digits, or the user's own, such as MNIST."""

import dataclasses
import functools
import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...theory import ShapeError, SpecError
from .image_arrays import Array, checked

__all__ = ["DIGITS", "FEWEST", "Images", "Pool", "check_installed", "load_images", "pool"]

FEWEST = 400
"""The least number of images: fewer cannot be split into training and test sets."""

MOST_CLASSES = 100

DIGITS = "digits"

KEYS = ("x_train", "y_train", "x_test", "y_test")
LAYOUTS = "Keras's mnist.npz has x_train, y_train, x_test and y_test; X and y alone will do too."


@dataclasses.dataclass(frozen=True, eq=False)
class Images:
    """Images, one per row, and their classes.

    inputs : (N, d) pixels. labels : (N,) integers, the class of each. name : for captions.
    """

    inputs: Array
    labels: NDArray[np.int64]
    name: str

    @functools.cached_property
    def digest(self) -> str:
        """A digest of the content, in hexadecimal digits."""
        content = hashlib.sha256(f"{self.inputs.shape}".encode())
        content.update(self.inputs.tobytes())
        content.update(self.labels.tobytes())
        return content.hexdigest()[:40]


@dataclasses.dataclass(frozen=True, eq=False)
class Pool:
    """Images to train and test on, and a twentieth held apart, for the network that makes labels.

    inputs : (N, d), centred by their means and scaled so that their covariance has trace 1.
    targets : (N, outputs), an output for each class: 1 for the image's own and 0 for the others,
    less the mean over the pool. held_out : inputs and targets of the images held apart, centred and
    scaled by the same numbers.
    """

    inputs: Array
    targets: Array
    held_out: tuple[Array, Array]
    name: str
    digest: str

    @property
    def dimension(self) -> int:
        """The number of pixels."""
        return int(self.inputs.shape[1])


def check_installed() -> None:
    """Raise SpecError, which says what to install, where scikit-learn is missing."""
    if find_spec("sklearn") is None:
        raise SpecError(
            "figures 6 and 7 take digits and networks from scikit-learn, which is not installed: "
            "pip install 'detequiv[data]'."
        )


def load_images(path: Path | None) -> Images:
    """The images of an .npz file, or scikit-learn's 1797 digits (8×8 pixels) where path is None.

    Parameters
    ----------
    path : of a file with x_train, y_train, x_test and y_test, as Keras's mnist.npz, or with X and
        y. Images are (N, d) or (N, height, width), labels (N,) integers from 0, of any type.

    Raises
    ------
    SpecError, ShapeError
        A file that is missing, or no .npz; arrays that are missing, of other shapes, not finite,
        or no labels; fewer than ``FEWEST`` images, or images that are all alike.
    """
    if path is None:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        return Images(np.asarray(bunch.data, dtype=np.float32), bunch.target.astype(np.int64), DIGITS)
    arrays = _arrays(path)
    if all(key in arrays for key in KEYS):
        pairs = [checked(path, arrays, *KEYS[:2]), checked(path, arrays, *KEYS[2:])]
    elif "X" in arrays and "y" in arrays:
        pairs = [checked(path, arrays, "X", "y")]
    else:
        names = ", ".join(sorted(arrays)) or "nothing"
        raise SpecError(f"{str(path)!r} must hold images and their labels; got {names}. {LAYOUTS}")
    return _joined(path, pairs)


@functools.lru_cache(maxsize=1)
def pool(path: str, seed: int) -> Pool:
    """The images of a file ("" for the digits), shuffled by this seed and split.

    Remembered, since every task of a figure in one process needs the same. Raises what :func:`load_images`
    raises.
    """
    images = load_images(Path(path) if path else None)
    order = np.random.default_rng([seed, 0]).permutation(len(images.labels))
    held_out, rest = np.split(order, [len(order) // 20])
    one_hot = np.unique(images.labels)[None, :] == images.labels[:, None]
    targets = one_hot - one_hot[rest].mean(axis=0)
    inputs = images.inputs - images.inputs[rest].mean(axis=0, dtype=np.float64)
    inputs /= np.sqrt((inputs[rest] ** 2).sum(axis=1).mean())
    inputs, targets = inputs.astype(np.float32), targets.astype(np.float32)
    return Pool(
        inputs[rest], targets[rest], (inputs[held_out], targets[held_out]), images.name, images.digest
    )


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of the file, by name."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except FileNotFoundError:
        raise SpecError(f"there is no file {str(path)!r}. Name an .npz of images.") from None
    except OSError as error:
        raise SpecError(
            f"cannot read {str(path)!r}: {error.strerror or error}. Name an .npz of images."
        ) from None
    except Exception:  # zipfile, zlib, numpy and memory each have theirs
        raise SpecError(
            f"{str(path)!r} must be an .npz file of plain arrays, as numpy.savez writes it; "
            f"it cannot be read as one. {LAYOUTS}"
        ) from None


def _joined(path: Path, pairs: list[tuple[Array, NDArray[np.int64]]]) -> Images:
    """All arrays in one, if their sizes match and there are enough images."""
    sizes = {x.shape[1] for x, _ in pairs}
    if len(sizes) > 1:
        raise ShapeError(
            f"x_train and x_test of {str(path)!r} must have images of one size; got "
            f"{' and '.join(map(str, sorted(sizes)))} pixels. Cut or pad them."
        )
    inputs, labels = (np.concatenate(arrays) for arrays in zip(*pairs, strict=True))
    classes = len(np.unique(labels))
    if not 2 <= classes <= MOST_CLASSES:
        raise SpecError(
            f"the labels of {str(path)!r} must be of 2 to {MOST_CLASSES} classes; got {classes}. "
            f"Each class is an output to be learnt."
        )
    if len(labels) < FEWEST:
        raise SpecError(
            f"{str(path)!r} must hold at least {FEWEST} images; got {len(labels)}. Fewer cannot be "
            f"split into training, test and the generator's own."
        )
    if not (inputs != inputs[0]).any():
        raise SpecError(f"the images of {str(path)!r} must not all be the same one.")
    return Images(inputs, labels, path.name)
