"""Arrays in files next to a problem file are read as intended or refused in one sentence."""

import gzip
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import Facts, check_refusal, refused

D = 4
W = np.array([1.0, -0.5, 0.25, 2.0])
HEAD = "ridge = 0.1\n"
SOURCE = "[[sources]]\nn = 30\ncovariance = [1.0, 0.5, 0.25, 0.125]\n"


def mix(folder: Path, entry: str) -> de.Problem:
    """The problem with this signal."""
    (folder / "mix.toml").write_text(f"{HEAD}signal = {entry}\n{SOURCE}", encoding="utf-8")
    return de.Problem.from_toml(folder / "mix.toml")


@contextmanager
def refused_signal(*facts: Facts, error: type[Exception] = de.SpecError) -> Iterator[None]:
    with refused(error, *facts) as caught:
        yield
    assert str(caught.value).startswith("mix.toml: signal: ")


def text_of(w: Any, form: str = "{:g}") -> str:
    return "".join(form.format(x) + "\n" for x in w)


POINTS = text_of(W)
TEXTS: dict[str, tuple[str, bytes]] = {
    "a column": ("w.csv", POINTS.encode()),
    "a row with commas": ("w.csv", b"1,-0.5,0.25,2\n"),
    "a row with semicolons": ("w.csv", b"1;-0.5;0.25;2\n"),
    "a row with tabs": ("w.tsv", b"1\t-0.5\t0.25\t2\n"),
    "a row with blanks": ("w.txt", b"1 -0.5  0.25 2"),
    "quotes": ("w.csv", b'"1","-0.5","0.25","2"\n'),
    "a byte order mark": ("w.csv", POINTS.encode("utf-8-sig")),
    "lines of Windows": ("w.csv", POINTS.replace("\n", "\r\n").encode()),
    "comments and empty lines": ("w.txt", f"# w; the truth\n\n{POINTS}\n\n".encode()),
    "capitals": ("W.CSV", b"1,-0.5,0.25,2\n"),
    "another ending": ("w.dat", POINTS.encode()),
    "compressed": ("w.csv.gz", gzip.compress(b"1,-0.5,0.25,2\n")),
    "exponents": ("w.txt", b"1e0 -5E-1 +.25 2."),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_truth_is_read_from_text_files_in_every_common_format(name: str, tmp_path: Path) -> None:
    file, content = TEXTS[name]
    (tmp_path / file).write_bytes(content)
    assert mix(tmp_path, f'{{ fixed = {{ file = "{file}" }} }}').signal == de.Fixed(W)


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "f4", "i2", "f2", "longdouble"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_binary_arrays_are_read_whatever_their_layout(dtype: str, order: Any, tmp_path: Path) -> None:
    W2 = np.array(np.round(4 * np.c_[W, W[::-1]]), dtype=dtype, order=order)
    np.save(tmp_path / "W.npy", W2)
    np.savez_compressed(tmp_path / "W.NPZ", W2)  # numpy adds .npz
    (tmp_path / "W.NPZ.npz").rename(tmp_path / "W.NPZ")
    wanted = de.Fixed(W2.astype(float))
    for file in ("W.npy", "W.NPZ"):
        entry = f'{{ fixed = {{ file = "{file}" }}, outputs = 2 }}'
        assert mix(tmp_path, entry).signal == wanted


def test_one_column_is_one_output(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", W[:, None])
    found = mix(tmp_path, '{ fixed = { file = "w.npy" } }')
    assert found.outputs == 1
    wanted = de.Problem(signal=de.Fixed(W), sources=found.sources, ridge=0.1)
    assert de.predict(found).error == de.predict(wanted).error
    assert mix(tmp_path, '{ fixed = { file = "w.npy" }, outputs = 1 }') == found


# One truth is never read as two


def test_decimal_commas_do_not_make_two_outputs(tmp_path: Path) -> None:
    """Read as shape (4, 2) they would silently give another error."""
    (tmp_path / "w.csv").write_text(text_of(abs(W), "{:.3f}").replace(".", ","))
    with refused_signal("numbers", "decimal commas", ("/w.csv'", "4 rows of 2"), "decimal points"):
        mix(tmp_path, '{ fixed = { file = "w.csv" } }')


TABLES = {
    "an index": np.c_[np.arange(D), W],
    "an index from one": np.c_[1 + np.arange(D), W],
    "two truths": np.c_[W, W[::-1]],
    "a square": np.eye(D),
    "a row": W[None],
    "rows and columns swapped": np.c_[W, W].T,
}


AS_FILES = [
    (name, ending)
    for name in TABLES
    for ending in ("csv", "npy", "npz", "inline")
    if (name, ending) != ("a row", "csv")  # in text a row is what a column is
]


@pytest.mark.parametrize(("name", "ending"), AS_FILES)
def test_several_outputs_must_be_declared(name: str, ending: str, tmp_path: Path) -> None:
    table, entry = TABLES[name], f'{{ file = "w.{ending}" }}'
    if ending == "csv":
        np.savetxt(tmp_path / "w.csv", table, delimiter=",", fmt="%.3f")
    elif ending == "npy":
        np.save(tmp_path / "w.npy", table)
    elif ending == "npz":
        np.savez(tmp_path / "w.npz", w=table)
    else:
        entry = str(table.tolist())
    rows, columns = table.shape
    told, remedy = (f"{rows} rows of {columns}", f"outputs = {columns}") if rows > 1 else ("(1, 4)", "1-D")
    with pytest.raises(de.ShapeError) as caught:
        mix(tmp_path, f"{{ fixed = {entry} }}")
    check_refusal(str(caught.value), ("signal", "fixed"), "number each coordinate", told, remedy)
    assert ("row index" in str(caught.value)) == ("an index" in name)
    asked = f"{{ fixed = {entry}, outputs = {columns} }}"
    if len(table) == D:
        assert mix(tmp_path, asked).signal == de.Fixed(table)
    else:
        with refused(de.ShapeError, "signal", "covariance coordinates", (str(rows), "4"), "Fixed(w)"):
            mix(tmp_path, asked)


@pytest.mark.parametrize(
    ("outputs", "told"), [("0", "0"), ("2.5", "2.5"), ("true", "True"), ('"2"', "'2'"), ("[2]", "[2]")]
)
def test_outputs_are_counts(outputs: str, told: str, tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.c_[W, W])
    with refused_signal("outputs", "integer least 1", told):
        mix(tmp_path, f'{{ fixed = {{ file = "w.npy" }}, outputs = {outputs} }}')


def test_outputs_must_equal_the_number_of_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.c_[W, W])
    with refused_signal(("fixed", "outputs"), "row coordinate 3 columns", "(4, 2)", error=de.ShapeError):
        mix(tmp_path, '{ fixed = { file = "w.npy" }, outputs = 3 }')


def test_outputs_are_accepted_only_next_to_fixed(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", abs(W))
    (tmp_path / "mix.toml").write_text(
        f'{HEAD}signal = {{ file = "w.npy", outputs = 1 }}\n{SOURCE}', encoding="utf-8"
    )
    with refused(de.SpecError, "signal.outputs", "not known keys", remedy=("file", "key")):
        de.Problem.from_toml(tmp_path / "mix.toml")
    with pytest.raises(de.SpecError) as caught:
        de.Problem.from_toml(tmp_path / "mix.toml")
    assert str(caught.value).count("mix.toml") == 1


def test_a_shift_declares_its_outputs_like_a_signal(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.c_[W, W])
    two = '{ fixed = { file = "w.npy" }, outputs = 2 }'
    (tmp_path / "mix.toml").write_text(f"{HEAD}signal = {two}\n{SOURCE}shift = {two}\n")
    assert de.Problem.from_toml(tmp_path / "mix.toml").outputs == 2
    one = '{ fixed = { file = "w.npy" } }'
    (tmp_path / "mix.toml").write_text(f"{HEAD}signal = {two}\n{SOURCE}shift = {one}\n")
    told = ("4 rows of 2", "outputs = 2")
    with refused(de.ShapeError, ("sources[0].shift", "fixed"), "number each coordinate", told):
        de.Problem.from_toml(tmp_path / "mix.toml")


def test_truths_with_several_outputs_survive_a_round_trip_and_are_reported(tmp_path: Path) -> None:
    for w in (np.c_[W, W[::-1]], W[:, None], W):
        found = de.Problem(signal=de.Fixed(w), sources=[de.Source(9, np.ones(D))], ridge=0.1)
        (tmp_path / "again.toml").write_text(found.to_toml(), encoding="utf-8")
        assert de.Problem.from_toml(tmp_path / "again.toml") == found
        said = " ".join(str(de.predict(found)).split())
        assert ("sums over 2 outputs" in said) == (np.ndim(w) == 2 and w.shape[1] == 2)


# Refusals

READ, EMPTY, BINARY = "cannot read", "no numbers", ("numpy.save", "numpy.savez")
BAD_TEXT: dict[str, tuple[Any, ...]] = {
    # the file and its content; the rule, the value, the remedy
    "decimal commas": ("w.txt", b"1,5\n2,5\n0,1\n1\n", f"{READ} decimal comma", "'1,5'", "decimal points"),
    "decimal commas and semicolons": ("w.csv", b"1,5;2,5;3;4\n", f"{READ} decimal comma", "'1,5'"),
    "decimal commas in quotes": ("w.csv", b'"1,5"\n"2,5"\n', f"{READ} decimal comma", "'1,5'"),
    "decimal commas in tabs": ("w.tsv", b"1\t0,25\t1\t1\n", f"{READ} decimal comma", "'0,25'"),
    "some decimal commas": ("w.csv", b"0,5\n1\n0,25\n2\n", f"{READ} decimal comma splits", "line 2"),
    "a header": ("w.csv", b"w\n1\n2\n3\n4\n", f"{READ} header", ("'w'", "line 1")),
    "a header after a comment": ("w.csv", b"# x\nw,v\n1,2\n", f"{READ} header", ("'w'", "line 2")),
    "names of rows": ("w.csv", b"1,a\n2,b\n", f"{READ} header", ("'a'", "line 1")),
    "ragged": (
        "w.csv",
        b"1.0,2\n3\n",
        f"{READ} columns rows",
        ("1 columns", "rows of 2", "line 2"),
        "equal length",
    ),
    "an empty cell": ("w.csv", b"1,,2,3\n", f"{READ} empty cell", "line 1"),
    "a last comma": ("w.csv", b"1,2,3,4,\n", f"{READ} empty cell", "line 1"),
    "nan": ("w.csv", b"1\nnan\n2\n3\n", "finite", ("w.csv[1]", "nan")),
    "missing": ("w.csv", b"1\nNA\n2\n3\n", READ, ("'NA'", "line 2")),
    "infinite": ("w.csv", b"1\n1e400\n2\n3\n", "finite", ("w.csv[1]", "inf")),
    "complex": ("w.csv", b"1+2j\n1\n2\n3\n", READ, ("'1+2j'", "line 1")),
    "underscores": ("w.csv", b"1_000\n1\n2\n3\n", READ, ("'1_000'", "line 1")),
    "powers of Fortran": ("w.txt", b"1.0D+00 1 2 3\n", READ, ("'1.0D+00'", "line 1")),
    "empty": ("w.csv", b"", EMPTY),
    "comments alone": ("w.csv", b"# 1,2,3\n\n", EMPTY),
    "commas in .txt": ("w.txt", b"1,2,3,4\n", f"{READ} commas columns", ("'1,2,3,4'", ".csv")),
    "blanks in .csv": ("w.csv", b"1 2 3 4\n", f"{READ} blanks columns", ("'1 2 3 4'", ".txt")),
    "thousands": ("w.txt", b"1.000,5\n2\n3\n4\n", f"{READ} commas", "'1.000,5'"),
    "a quote over two lines": ("w.csv", b'"1.0\n2",3\n4,5\n', READ, ("'2\"'", "line 2")),
    "a quote in a number": ("w.csv", b'"1"2\n3\n4\n5\n', f"{READ} quotes", "'\"1\"2'"),
    "complex of numpy": ("w.txt", b"(1.0e+00+1.0e+00j)\n" * 4, READ, "'(1.0e+00+1.0e+00j)'"),
    "UTF-16": ("w.csv", POINTS.encode("utf-16"), "not UTF-8 text", (), (".npy", ".npz")),
    "a pickle": ("w.pkl", pickle.dumps(W), "not UTF-8 text", (), (".npy", ".npz")),
    "raw numbers": ("w.dat", W.tobytes(), "not UTF-8 text", (), (".npy", ".npz")),
    "raw numbers named .npy": ("w.npy", W.tobytes(), f"{READ} content not", "an .npy file", BINARY),
    "text named .npz": ("w.npz", b"1 2 3 4", f"{READ} content not", "an .npz file", BINARY),
    "a pickle named .npy": ("w.npy", pickle.dumps(W), f"{READ} content not", "an .npy file", BINARY),
    "an empty .npy": ("w.npy", b"", f"{READ} content not", "an .npy file", BINARY),
    "an empty .gz": ("w.csv.gz", gzip.compress(b""), EMPTY),
    "half a .gz": ("w.csv.gz", gzip.compress(POINTS.encode())[:-9], f"{READ} array numbers", "ended", BINARY),
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_text_that_is_not_a_table_of_numbers_is_refused(name: str, tmp_path: Path) -> None:
    file, content, *facts = BAD_TEXT[name]
    (tmp_path / file).write_bytes(content)
    with refused_signal(file, *facts):
        mix(tmp_path, f'{{ fixed = {{ file = "{file}" }} }}')


class Loud:
    """An object that raises when it is unpickled."""

    def __reduce__(self) -> Any:
        return eval, ("1/0",)


REAL, ROW = "real numbers", "entry row coordinate"
BAD_ARRAYS: dict[str, tuple[Any, type[Exception], str, str, str]] = {
    # the array, the error, what is named beside the file, the rule, the value
    "objects": (np.array([Loud()] * D), de.SpecError, "", "cannot read object", "allow_pickle=False"),
    "complex": (W + 0j, de.SpecError, "", REAL, "complex"),
    "text": (W.astype(str), de.SpecError, "", REAL, "text"),
    "bool": (W > 0, de.SpecError, "", REAL, "bool"),
    "records": (np.zeros(D, dtype=[("w", "f8")]), de.SpecError, "", REAL, "[('w', '<f8')]"),
    "dates": (W.astype("M8[s]"), de.SpecError, "", REAL, "date"),
    "nothing": (np.zeros(0), de.ShapeError, "w", ROW, "(0,)"),
    "one number": (np.float64(1.0), de.ShapeError, "w", ROW, "()"),
    "three axes": (np.ones((D, 1, 1)), de.ShapeError, "w", ROW, "(4, 1, 1)"),
    "missing": (np.where(W > 1, np.nan, W), de.SpecError, "", "finite", "nan"),
}


@pytest.mark.parametrize("ending", ["npy", "npz"])
@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_binary_arrays_that_are_not_truths_are_refused(name: str, ending: str, tmp_path: Path) -> None:
    array, error, field, rule, told = BAD_ARRAYS[name]
    if ending == "npy":
        np.save(tmp_path / "w.npy", array)
    else:
        np.savez(tmp_path / "w.npz", w=array)
    with refused_signal(field or f"w.{ending}", rule, told, error=error):
        mix(tmp_path, f'{{ fixed = {{ file = "w.{ending}" }} }}')


def test_a_key_without_a_file_is_refused(tmp_path: Path) -> None:
    with refused_signal("fixed.file", "missing", (), (".npy", ".npz")):
        mix(tmp_path, '{ fixed = { key = "w" } }')


def test_an_array_written_as_a_memory_map_is_read(tmp_path: Path) -> None:
    mapped = np.lib.format.open_memmap(tmp_path / "w.npy", "w+", np.float64, (D,))
    mapped[:] = W
    mapped.flush()
    assert mix(tmp_path, '{ fixed = { file = "w.npy" } }').signal == de.Fixed(W)


def test_a_covariance_with_decimal_commas_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("1,0\n0,5\n0,25\n")
    text = f'{HEAD}signal = 1.0\n[[sources]]\nn = 3\ncovariance = {{ file = "s.csv" }}\n'
    (tmp_path / "mix.toml").write_text(text)
    told = ("/s.csv'", "3 rows of 2")
    with refused(de.SpecError, "sources[0].covariance", "decimal commas", told, "decimal points"):
        de.Problem.from_toml(tmp_path / "mix.toml")
