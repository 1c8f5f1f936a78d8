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

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "keys missing": ({"images": X, "labels": Y}, "must hold images and their labels; got images,"),
    "half of the keys": ({"x_train": X, "y_train": Y}, "got x_train, y_train"),
    "one row": ({"X": X[0, 0], "y": Y}, r"must have shape \(N, d\) or \(N, height, width\)"),
    "colours": ({"X": X[..., None], "y": Y}, r"got \(500, 4, 3, 1\)"),
    "no images": ({"X": X[:0], "y": Y[:0]}, r"got \(0, 4, 3\)"),
    "too few labels": ({"X": X, "y": Y[:-1]}, r"for each of the 500 images; got shape \(499,\)"),
    "one-hot labels": ({"X": X, "y": np.eye(10)[Y]}, r"got shape \(500, 10\)"),
    "a pixel missing": ({"X": NAN, "y": Y}, "must hold finite pixels"),
    "complex pixels": ({"X": X * 1j, "y": Y}, "must hold finite pixels"),
    "labels of text": ({"X": X, "y": Y.astype(str)}, "must be integers, the number of each"),
    "labels between": ({"X": X, "y": Y + 0.5}, "must be integers, the number of each"),
    "a label missing": ({"X": X, "y": np.where(Y, Y, np.nan)}, "must be integers"),
    "a label too large for 64 bits": ({"X": X, "y": np.where(Y, Y, 1e300)}, "0 and 1000000, .*1e"),
    "all labels too large": ({"X": X, "y": Y * 1e300}, "must lie between −1000000 and 1000000"),
    "labels above integers": ({"X": X, "y": Y + np.uint64(2**63)}, "each image's class; got 9"),
    "an infinite label": ({"X": X, "y": np.where(Y, Y, np.inf)}, "must be integers"),
    "a label of 3.5": ({"X": X, "y": np.where(Y, Y, 3.5)}, "must be integers.*got 3.5"),
    "a label far below 0": ({"X": X, "y": Y.astype(int) - 10**7}, "1000000,.*got -1e\\+07"),
    "complex labels": ({"X": X, "y": Y + 0j}, "must be integers"),
    "labels in a column": ({"X": X, "y": Y[:, None]}, r"got shape \(500, 1\)"),
    "no labels": ({"X": X, "y": Y[:0]}, r"got shape \(0,\)"),
    "one label": ({"X": X, "y": np.uint8(3)}, r"got shape \(\)"),
    "pixels of text": ({"X": X.astype(str), "y": Y}, "got entries of <U3"),
    "an infinite pixel": ({"X": np.where(X, X, np.inf), "y": Y}, "must hold finite pixels"),
    "a pixel too large": ({"X": np.where(X, X, 1e300), "y": Y}, "at most 1e[+]15 in size"),
    "the least integer": (
        {"X": np.where(X, X.astype(int), np.iinfo(int).min), "y": Y},
        "at most 1e[+]15 in size",
    ),
    "pixels of records": ({"X": np.zeros(500, "f4,f4"), "y": Y}, r"got \(500,\)"),
    "a large offset": ({"X": 1e9 + X, "y": Y}, "single precision rounds; got values that differ"),
    "pixels below single precision": ({"X": 1e-40 * X, "y": Y}, "differ by 1e-15 at least"),
    "nothing at all": ({}, "must hold images and their labels; got nothing"),
    "one class": ({"X": X, "y": 0 * Y}, "2 to 100 classes; got 1"),
    "a class each": ({"X": X, "y": np.arange(500)}, "2 to 100 classes; got 500"),
    "too few images": ({"X": X[: FEWEST - 1], "y": Y[: FEWEST - 1]}, "at least 400 images; got 399"),
    "one image": ({"X": 0 * X, "y": Y}, "must not all be the same one"),
    "two sizes": ({**KERAS, "x_test": X[400:, :2]}, "of one size; got 6 and 12 pixels"),
    "objects": ({"X": X.astype(object), "y": Y}, "must be an .npz file of plain arrays"),
}


@pytest.mark.parametrize(("arrays", "said"), REFUSED.values(), ids=REFUSED)
def test_wrong_arrays_are_refused(arrays: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(de.SpecError, match=said):
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


FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda path: None, "there is no file"),
    "folder": (lambda path: path.mkdir(), "cannot read"),
    "text": (lambda path: path.write_text("x_train"), "must be an .npz file"),
    "empty": (lambda path: path.write_bytes(b""), "must be an .npz file"),
    "one array": (as_npy, "must be an .npz file"),
    "cut short": (cut_short, "must be an .npz file"),
    "corrupted": (corrupted, "must be an .npz file"),
    "endless": (endless, "must be an .npz file"),
}


@pytest.mark.parametrize(("put", "said"), FILES.values(), ids=FILES)
def test_what_is_no_npz_file_is_refused(put: Callable[[Path], Any], said: str, tmp_path: Path) -> None:
    path = tmp_path / "mnist.npz"
    put(path)
    with pytest.raises(de.SpecError, match=said) as refusal:
        load_images(path)
    assert str(path) in str(refusal.value)


@pytest.mark.parametrize("name", ["6", "7"])
def test_without_scikit_learn_the_figures_say_what_to_install(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "find_spec", lambda name: None)
    with pytest.raises(de.SpecError, match=r"pip install 'detequiv\[data\]'"):
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
