"""Arrays in files next to a problem file are read as intended or refused in one sentence."""

import gzip
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import detequiv as de

D = 4
W = np.array([1.0, -0.5, 0.25, 2.0])
HEAD = "ridge = 0.1\n"
SOURCE = "[[sources]]\nn = 30\ncovariance = [1.0, 0.5, 0.25, 0.125]\n"


def mix(folder: Path, entry: str) -> de.Problem:
    """The problem with this signal."""
    (folder / "mix.toml").write_text(f"{HEAD}signal = {entry}\n{SOURCE}", encoding="utf-8")
    return de.Problem.from_toml(folder / "mix.toml")


def refusal(folder: Path, entry: str) -> str:
    with pytest.raises(de.SpecError) as refused:
        mix(folder, entry)
    message = str(refused.value)
    assert message.startswith("mix.toml: signal: ") and "\n" not in message
    return message


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
    assert "decimal commas" in refusal(tmp_path, '{ fixed = { file = "w.csv" } }')


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
    message = refusal(tmp_path, f"{{ fixed = {entry} }}")
    assert "fixed must have one number for each coordinate; got" in message
    assert ("looks like a row index" in message) == ("an index" in name)
    asked = f"{{ fixed = {entry}, outputs = {table.shape[1]} }}"
    if len(table) == D:
        assert mix(tmp_path, asked).signal == de.Fixed(table)
    else:
        assert "coordinates" in refused_as_a_whole(tmp_path, asked)


def refused_as_a_whole(folder: Path, entry: str) -> str:
    with pytest.raises(de.SpecError, match=r"mix\.toml: signal has ") as refused:
        mix(folder, entry)
    return str(refused.value)


@pytest.mark.parametrize("outputs", ["3", "0", "2.5", "true", '"2"', "[2]"])
def test_outputs_must_equal_the_number_of_columns(outputs: str, tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.c_[W, W])
    assert "outputs" in refusal(tmp_path, f'{{ fixed = {{ file = "w.npy" }}, outputs = {outputs} }}')


def test_outputs_are_accepted_only_next_to_fixed(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", abs(W))
    (tmp_path / "mix.toml").write_text(
        f'{HEAD}signal = {{ file = "w.npy", outputs = 1 }}\n{SOURCE}', encoding="utf-8"
    )
    with pytest.raises(de.SpecError, match=r"signal\.outputs is not known"):
        de.Problem.from_toml(tmp_path / "mix.toml")


def test_a_shift_declares_its_outputs_like_a_signal(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.c_[W, W])
    two = '{ fixed = { file = "w.npy" }, outputs = 2 }'
    (tmp_path / "mix.toml").write_text(f"{HEAD}signal = {two}\n{SOURCE}shift = {two}\n")
    assert de.Problem.from_toml(tmp_path / "mix.toml").outputs == 2
    one = '{ fixed = { file = "w.npy" } }'
    (tmp_path / "mix.toml").write_text(f"{HEAD}signal = {two}\n{SOURCE}shift = {one}\n")
    with pytest.raises(de.ShapeError, match=r"sources\[0\]\.shift: fixed must have one number"):
        de.Problem.from_toml(tmp_path / "mix.toml")


def test_truths_with_several_outputs_survive_a_round_trip_and_are_reported(tmp_path: Path) -> None:
    for w in (np.c_[W, W[::-1]], W[:, None], W):
        found = de.Problem(signal=de.Fixed(w), sources=[de.Source(9, np.ones(D))], ridge=0.1)
        (tmp_path / "again.toml").write_text(found.to_toml(), encoding="utf-8")
        assert de.Problem.from_toml(tmp_path / "again.toml") == found
        said = " ".join(str(de.predict(found)).split())
        assert ("sums over 2 outputs" in said) == (np.ndim(w) == 2 and w.shape[1] == 2)


# Refusals

BAD_TEXT: dict[str, tuple[str, bytes, str]] = {
    "decimal commas": ("w.txt", b"1,5\n2,5\n0,1\n1\n", "'1,5' (a decimal comma)"),
    "decimal commas and semicolons": ("w.csv", b"1,5;2,5;3;4\n", "(a decimal comma)"),
    "decimal commas in quotes": ("w.csv", b'"1,5"\n"2,5"\n', "(a decimal comma)"),
    "decimal commas in tabs": ("w.tsv", b"1\t0,25\t1\t1\n", "'0,25' (a decimal comma)"),
    "some decimal commas": ("w.csv", b"0,5\n1\n0,25\n2\n", "a decimal comma splits a number"),
    "a header": ("w.csv", b"w\n1\n2\n3\n4\n", "'w' (a header?) in line 1"),
    "a header after a comment": ("w.csv", b"# x\nw,v\n1,2\n", "'w' (a header?) in line 2"),
    "names of rows": ("w.csv", b"1,a\n2,b\n", "cannot read the text 'a'"),
    "ragged": ("w.csv", b"1.0,2\n3\n", "1 columns after rows of 2 in line 2"),
    "an empty cell": ("w.csv", b"1,,2,3\n", "an empty cell in line 1"),
    "a last comma": ("w.csv", b"1,2,3,4,\n", "an empty cell in line 1"),
    "nan": ("w.csv", b"1\nnan\n2\n3\n", "w.csv[1] must be finite; got nan"),
    "missing": ("w.csv", b"1\nNA\n2\n3\n", "'NA' in line 2"),
    "infinite": ("w.csv", b"1\n1e400\n2\n3\n", "must be finite; got inf"),
    "complex": ("w.csv", b"1+2j\n1\n2\n3\n", "'1+2j'"),
    "underscores": ("w.csv", b"1_000\n1\n2\n3\n", "'1_000'"),
    "powers of Fortran": ("w.txt", b"1.0D+00 1 2 3\n", "'1.0D+00'"),
    "empty": ("w.csv", b"", "holds no numbers"),
    "comments alone": ("w.csv", b"# 1,2,3\n\n", "holds no numbers"),
    "commas in .txt": ("w.txt", b"1,2,3,4\n", "(commas separate columns only in .csv files)"),
    "blanks in .csv": ("w.csv", b"1 2 3 4\n", "(blanks and tabs separate columns only in"),
    "thousands": ("w.txt", b"1.000,5\n2\n3\n4\n", "cannot read the text '1.000,5' (commas"),
    "a quote over two lines": ("w.csv", b'"1.0\n2",3\n4,5\n', "cannot read the text '2\"'"),
    "a quote in a number": ("w.csv", b'"1"2\n3\n4\n5\n', "quotes inside"),
    "complex of numpy": ("w.txt", b"(1.0e+00+1.0e+00j)\n" * 4, "the text '(1.0e+00+1.0"),
    "UTF-16": ("w.csv", POINTS.encode("utf-16"), "is not UTF-8 text"),
    "a pickle": ("w.pkl", pickle.dumps(W), "is not UTF-8 text"),
    "raw numbers": ("w.dat", W.tobytes(), "w.dat"),
    "raw numbers named .npy": ("w.npy", W.tobytes(), "not that of an .npy file"),
    "text named .npz": ("w.npz", b"1 2 3 4", "not that of an .npz file"),
    "a pickle named .npy": ("w.npy", pickle.dumps(W), "not that of an .npy file"),
    "an empty .npy": ("w.npy", b"", "not that of an .npy file"),
    "an empty .gz": ("w.csv.gz", gzip.compress(b""), "holds no numbers"),
    "half a .gz": ("w.csv.gz", gzip.compress(POINTS.encode())[:-9], "w.csv.gz"),
}


@pytest.mark.parametrize("name", BAD_TEXT)
def test_text_that_is_not_a_table_of_numbers_is_refused(name: str, tmp_path: Path) -> None:
    file, content, said = BAD_TEXT[name]
    (tmp_path / file).write_bytes(content)
    assert said in refusal(tmp_path, f'{{ fixed = {{ file = "{file}" }} }}')


class Loud:
    """An object that raises when it is unpickled."""

    def __reduce__(self) -> Any:
        return eval, ("1/0",)


BAD_ARRAYS = {
    "objects": (np.array([Loud()] * D), "allow_pickle=False"),
    "complex": (W + 0j, "complex entries"),
    "text": (W.astype(str), "text entries"),
    "bool": (W > 0, "bool entries"),
    "records": (np.zeros(D, dtype=[("w", "f8")]), "must hold real numbers"),
    "dates": (W.astype("M8[s]"), "date entries"),
    "nothing": (np.zeros(0), "got shape (0,)"),
    "one number": (np.float64(1.0), "got shape ()"),
    "three axes": (np.ones((D, 1, 1)), "got shape (4, 1, 1)"),
    "missing": (np.where(W > 1, np.nan, W), "must be finite; got nan"),
}


@pytest.mark.parametrize("ending", ["npy", "npz"])
@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_binary_arrays_that_are_not_truths_are_refused(name: str, ending: str, tmp_path: Path) -> None:
    array, said = BAD_ARRAYS[name]
    if ending == "npy":
        np.save(tmp_path / "w.npy", array)
    else:
        np.savez(tmp_path / "w.npz", w=array)
    assert said in refusal(tmp_path, f'{{ fixed = {{ file = "w.{ending}" }} }}')


def test_a_key_without_a_file_is_refused(tmp_path: Path) -> None:
    assert "fixed.file is missing" in refusal(tmp_path, '{ fixed = { key = "w" } }')


def test_an_array_written_as_a_memory_map_is_read(tmp_path: Path) -> None:
    mapped = np.lib.format.open_memmap(tmp_path / "w.npy", "w+", np.float64, (D,))
    mapped[:] = W
    mapped.flush()
    assert mix(tmp_path, '{ fixed = { file = "w.npy" } }').signal == de.Fixed(W)


def test_a_covariance_with_decimal_commas_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("1,0\n0,5\n0,25\n")
    text = f'{HEAD}signal = 1.0\n[[sources]]\nn = 3\ncovariance = {{ file = "s.csv" }}\n'
    (tmp_path / "mix.toml").write_text(text)
    with pytest.raises(de.SpecError, match="decimal commas"):
        de.Problem.from_toml(tmp_path / "mix.toml")
