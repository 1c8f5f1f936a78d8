"""Images for figures 6 and 7: what is taken, what is refused, and how they are split."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detequiv as de
from detequiv.paper_figures.catalogue import make
from detequiv.paper_figures.setups import images
from detequiv.paper_figures.setups.images import FEWEST, check_installed, load_images, pool
from helpers.refusals import refused

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, size=(500, 4, 3)).astype(np.uint8)
Y = RNG.integers(0, 10, size=500).astype(np.uint8)

KERAS = {"x_train": X[:400], "y_train": Y[:400], "x_test": X[400:], "y_test": Y[400:]}


def written(folder: Path, **arrays: Any) -> Path:
    path = folder / "images.npz"
    np.savez(path, **arrays)
    return path


def test_the_layout_of_keras_and_plain_arrays_are_the_same_images(tmp_path: Path) -> None:
    split = load_images(written(tmp_path, **KERAS))
    plain = load_images(written(tmp_path, X=X.reshape(500, 12), y=Y.astype(float)))
    assert split.digest == plain.digest and split.name == "images.npz"
    assert split.inputs.shape == (500, 12) and split.labels.tolist() == Y.tolist()


@pytest.mark.parametrize("change", ["pixel", "label"])
def test_the_digest_tells_other_content_apart(change: str, tmp_path: Path) -> None:
    before = load_images(written(tmp_path, X=X, y=Y)).digest
    x, y = X.copy(), Y.copy()
    if change == "pixel":
        x[0, 0, 0] ^= 1
    else:
        y[0] = 9 - y[0]
    assert load_images(written(tmp_path, X=x, y=y)).digest != before


def test_the_digits_need_no_file() -> None:
    digits = load_images(None)
    assert digits.inputs.shape == (1797, 64) and digits.name == "digits"
    assert np.unique(digits.labels).tolist() == list(range(10))


NAN = X.astype(float)
NAN[7, 0, 0] = np.nan

FILE = "/images.npz'"
PIXELS, FINITE, INTEGERS = ("X", FILE), "finite pixels", "integers number class"
WITHIN, SHAPE, COUNT = (
    "between −1000000 1000000 class",
    "shape (N, d) (N, height, width)",
    "one label each 500",
)
REFUSED: dict[str, tuple[Any, ...]] = {
    # the arrays, what is named beside the file, the rule, the value, the remedy
    "keys missing": (
        {"images": X, "labels": Y},
        FILE,
        "hold labels",
        "images, labels",
        ("x_train", "X and y"),
    ),
    "half of the keys": (
        {"x_train": X, "y_train": Y},
        FILE,
        "hold labels",
        "got x_train, y_train",
        ("x_test", "X and y"),
    ),
    "nothing at all": ({}, FILE, "hold labels", "nothing", ("x_train", "X and y")),
    "one row": ({"X": X[0, 0], "y": Y}, PIXELS, SHAPE, "(3,)", "row"),
    "colours": ({"X": X[..., None], "y": Y}, PIXELS, SHAPE, "(500, 4, 3, 1)", "colours"),
    "no images": ({"X": X[:0], "y": Y[:0]}, PIXELS, SHAPE, "(0, 4, 3)"),
    "pixels of records": ({"X": np.zeros(500, "f4,f4"), "y": Y}, PIXELS, SHAPE, "(500,)"),
    "too few labels": ({"X": X, "y": Y[:-1]}, ("y", FILE), COUNT, "(499,)"),
    "one-hot labels": ({"X": X, "y": np.eye(10)[Y]}, ("y", FILE), COUNT, "(500, 10)"),
    "labels in a column": ({"X": X, "y": Y[:, None]}, ("y", FILE), COUNT, "(500, 1)"),
    "no labels": ({"X": X, "y": Y[:0]}, ("y", FILE), COUNT, "(0,)"),
    "one label": ({"X": X, "y": np.uint8(3)}, ("y", FILE), COUNT, "()"),
    "two sizes": (
        {**KERAS, "x_test": X[400:, :2]},
        ("x_train", "x_test", FILE),
        "one size",
        ("6", "12"),
        "pad",
    ),
    "a pixel missing": ({"X": NAN, "y": Y}, PIXELS, FINITE, "1e+15", "leave out"),
    "an infinite pixel": ({"X": np.where(X, X, np.inf), "y": Y}, PIXELS, FINITE, "1e+15", "leave out"),
    "a pixel too large": ({"X": np.where(X, X, 1e300), "y": Y}, PIXELS, FINITE, "1e+15", "leave out"),
    "the least integer": (
        {"X": np.where(X, X.astype(int), np.iinfo(int).min), "y": Y},
        PIXELS,
        FINITE,
        "1e+15",
        "leave out",
    ),
    "complex pixels": ({"X": X * 1j, "y": Y}, PIXELS, FINITE, "complex128", "real numbers"),
    "pixels of text": ({"X": X.astype(str), "y": Y}, PIXELS, FINITE, "<U3", "real numbers"),
    "labels of text": ({"X": X, "y": Y.astype(str)}, ("y", FILE), INTEGERS, "<U3", "0, 1, 2"),
    "labels between": ({"X": X, "y": Y + 0.5}, ("y", FILE), INTEGERS, "8.5", "0, 1, 2"),
    "a label missing": ({"X": X, "y": np.where(Y, Y, np.nan)}, ("y", FILE), INTEGERS, "float64", "0, 1, 2"),
    "an infinite label": ({"X": X, "y": np.where(Y, Y, np.inf)}, ("y", FILE), INTEGERS, "float64", "0, 1, 2"),
    "a label of 3.5": ({"X": X, "y": np.where(Y, Y, 3.5)}, ("y", FILE), INTEGERS, "3.5", "0, 1, 2"),
    "complex labels": ({"X": X, "y": Y + 0j}, ("y", FILE), INTEGERS, "complex128", "0, 1, 2"),
    "a label too large for 64 bits": ({"X": X, "y": np.where(Y, Y, 1e300)}, ("y", FILE), WITHIN, "1e+300"),
    "all labels too large": ({"X": X, "y": Y * 1e300}, ("y", FILE), WITHIN, "9e+300"),
    "labels above integers": ({"X": X, "y": Y + np.uint64(2**63)}, ("y", FILE), WITHIN, "9.22337e+18"),
    "a label far below 0": ({"X": X, "y": Y.astype(int) - 10**7}, ("y", FILE), WITHIN, "-1e+07"),
    "a large offset": (
        {"X": 1e9 + X, "y": Y},
        PIXELS,
        "differ single precision",
        ("255", "1e+09"),
        "Subtract",
    ),
    "pixels below single precision": (
        {"X": 1e-40 * X, "y": Y},
        PIXELS,
        "differ 1e-15 least",
        "2.55e-38",
        "Multiply",
    ),
    "one class": ({"X": X, "y": 0 * Y}, ("labels", FILE), "2 to 100 classes", "got 1"),
    "a class each": ({"X": X, "y": np.arange(500)}, ("labels", FILE), "2 to 100 classes", "500"),
    "too few images": ({"X": X[: FEWEST - 1], "y": Y[: FEWEST - 1]}, ("images", FILE), "least 400", "399"),
    "one image": ({"X": 0 * X, "y": Y}, ("images", FILE), "not all same"),
    "objects": ({"X": X.astype(object), "y": Y}, FILE, ".npz plain arrays", (), ("numpy.savez", "X and y")),
}
SHAPES = ("one row", "colours", "no images", "pixels of records", "too few labels", "one-hot labels")
SHAPES += ("labels in a column", "no labels", "one label", "two sizes")


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_arrays_are_refused(name: str, tmp_path: Path) -> None:
    arrays, *facts = REFUSED[name]
    with refused(de.ShapeError if name in SHAPES else de.SpecError, *facts):
        load_images(written(tmp_path, **arrays))


def as_npy(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, X)


def cut_short(path: Path) -> None:
    whole = written(path.parent, X=X, y=Y).read_bytes()
    path.write_bytes(whole[:1000])


def corrupted(path: Path) -> None:
    """One byte of the compressed pixels is another."""
    np.savez_compressed(path, X=X, y=Y)
    content = bytearray(path.read_bytes())
    content[2000] ^= 255
    path.write_bytes(bytes(content))


def endless(path: Path) -> None:
    """A header that claims more than memory holds."""
    import io
    import zipfile

    header = io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(header, claim)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("X.npy", header.getvalue())


@pytest.mark.parametrize(
    "labels",
    [
        Y.astype(float),
        Y.astype(np.float16),
        Y.astype(">i8"),
        Y.astype(np.longdouble),
        Y % 2 == 1,
        Y.astype(int) - 1,
    ],
    ids=["float64", "float16", "big endian", "longdouble", "bool", "from −1"],
)
def test_labels_are_the_same_classes_whatever_their_type(labels: Any, tmp_path: Path) -> None:
    assert load_images(written(tmp_path, X=X, y=labels)).labels.tolist() == labels.astype(int).tolist()


NPZ = ".npz file plain arrays"
FILES: dict[str, tuple[Callable[[Path], Any], str, str]] = {
    "missing": (lambda path: None, "no file", ".npz of images"),
    "folder": (lambda path: path.mkdir(), "cannot read directory", ".npz of images"),
    "text": (lambda path: path.write_text("x_train"), NPZ, "numpy.savez"),
    "empty": (lambda path: path.write_bytes(b""), NPZ, "numpy.savez"),
    "one array": (as_npy, NPZ, "numpy.savez"),
    "cut short": (cut_short, NPZ, "numpy.savez"),
    "corrupted": (corrupted, NPZ, "numpy.savez"),
    "endless": (endless, NPZ, "numpy.savez"),
}


@pytest.mark.parametrize(("put", "rule", "remedy"), FILES.values(), ids=FILES)
def test_what_is_no_npz_file_is_refused(
    put: Callable[[Path], Any], rule: str, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "mnist.npz"
    put(path)
    with refused(de.SpecError, str(path), rule, (), remedy):
        load_images(path)


@pytest.mark.parametrize("name", ["6", "7"])
def test_without_scikit_learn_the_figures_say_what_to_install(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    with refused(
        de.SpecError, "figures 6 and 7", "not installed", "scikit-learn", "pip install 'detequiv[data]'"
    ):
        make(name, tmp_path)
    assert not list(tmp_path.iterdir())  # nothing was computed


def test_with_scikit_learn_nothing_is_said() -> None:
    assert importlib.util.find_spec("sklearn") is not None
    check_installed()


def test_the_pool_is_centred_and_scaled_and_a_twentieth_is_apart() -> None:
    whole, digits = load_images(None), pool("", 3)
    assert len(digits.inputs) == 1708 and len(digits.held_out[0]) == 89 and digits.dimension == 64
    # single precision: a mean of 1708 numbers of size 1, and a sum of 64 squares
    assert abs(digits.inputs.mean(axis=0)).max() < 1e-6
    assert np.cov(digits.inputs.T, bias=True).trace() == pytest.approx(1, abs=1e-5)
    assert abs(digits.targets.mean(axis=0)).max() < 1e-6
    assert np.allclose(np.ptp(digits.targets, axis=0), 1, atol=1e-6)  # one-hot, moved
    both = np.vstack([digits.inputs, digits.held_out[0]])
    gaps = np.ptp(both, axis=0) / np.maximum(np.ptp(whole.inputs, axis=0), 1)
    assert np.allclose(gaps[gaps > 0], gaps.max(), rtol=1e-5)  # one scale for every pixel


def test_another_seed_splits_otherwise() -> None:
    assert not np.array_equal(pool("", 0).inputs, pool("", 1).inputs)
