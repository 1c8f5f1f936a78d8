"""Problem files: what is written reads back equal, and what is refused names its place."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import detequiv as de
from helpers.refusals import refused
from helpers.strategies import problems

SOURCE = """
[[sources]]
n = 30
covariance = { isotropic = { d = 4 } }
"""
PLAIN = f"ridge = 0.1\nsignal = 1.0\n{SOURCE}"


def read(tmp_path: Path, text: str) -> de.Problem:
    file = tmp_path / "mix.toml"
    file.write_text(text, encoding="utf-8")
    return de.Problem.from_toml(file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@settings(max_examples=60)
@given(mix=problems())
def test_what_is_written_reads_back_equal(folder: Path, mix: de.Problem) -> None:
    """Truths, targets, gains, weights, entry variances, matrices, joint moments."""
    again = read(folder, mix.to_toml())
    assert again == mix and again.digest == mix.digest


spectrum = de.power_law(600, 1.0, trace=1.0)
SPECIAL = {
    "power law": (spectrum, de.label_shift(spectrum, 0.1)),
    "not scaled": (de.power_law(50, 0.7), de.label_shift(de.power_law(50, 0.7), 2.0, "isotropic")),
    "isotropic": (de.isotropic(100), 0.3),
    "isotropic with a trace": (de.isotropic(100, trace=1.0), de.label_shift(de.isotropic(100), 1)),
    "a fractional dimension": (de.isotropic(2.5), None),
    "multiplicities": (de.Spectrum([2.0, 1.0], multiplicities=[3, 1e6]), np.array([0.1, 0.2])),
    "from data": (de.Spectrum.from_data(np.random.default_rng(0).normal(size=(9, 3))), 0.1),
    "nearly a power law": (de.Spectrum(spectrum.values * (1 + 1e-15)), None),
    "tiny and huge": (de.Spectrum([1e300, 5e-324]), 1e-300),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_covariances_and_shifts_read_back_equal(name: str, tmp_path: Path) -> None:
    covariance, shift = SPECIAL[name]
    sources = [de.Source(3, covariance), de.Source(2, covariance, shift=shift)]
    mix = de.Problem(signal=1.0, sources=sources, ridge=1e-8)
    assert read(tmp_path, mix.to_toml()) == mix


@pytest.mark.parametrize(
    "activation",
    [
        *(getattr(de.activations, name) for name in sorted(de.activations.BUILT_IN)),
        de.activations.leaky_relu(0.1),
        de.activations.polynomial([0.0, 1.0, 0.0, 0.3]),
    ],
    ids=str,
)
def test_activations_read_back_equal(activation: de.Activation, tmp_path: Path) -> None:
    model = de.RandomFeatures(7, activation, entry_variance=0.3)
    mix = de.Problem(signal=1.0, sources=[de.Source(3, [1.0, 2.0])], ridge=0.1, model=model)
    assert read(tmp_path, mix.to_toml()) == mix


def test_an_activation_of_yours_is_refused_by_name() -> None:
    model = de.RandomFeatures(7, de.Activation("cube", lambda z: z**3))
    mix = de.Problem(signal=1.0, sources=[de.Source(3, [1.0])], ridge=0.1, model=model)
    with refused(de.SpecError, "activation", "file hold function", "'cube'", ("tanh", "leaky_relu(slope)")):
        mix.to_toml()


def test_a_file_is_short_where_the_problem_is(tmp_path: Path) -> None:
    """Named covariances and shifts are written by name."""
    sources = [
        de.Source(300, spectrum, noise_variance=0.01),
        de.Source(200, spectrum, noise_variance=0.01, shift=de.label_shift(spectrum, 1.0)),
    ]
    mix = de.Problem(signal=1.0, sources=sources, ridge=1e-8, model=de.RandomProjection(100))
    text = mix.to_toml()
    assert "{power_law = {d = 600, exponent = 1.0, trace = 1.0}}" in text
    assert 'covariance = "first"' in text and "{quality = 1.0}" in text
    assert len(text.splitlines()) < 20


def test_the_example_of_the_paper_is_its_problem() -> None:
    file = Path(__file__).parents[3] / "examples" / "paper.toml"
    sources = [
        de.Source(300, spectrum, noise_variance=0.01),
        de.Source(200, spectrum, noise_variance=0.01, shift=de.label_shift(spectrum, 1.0)),
    ]
    mix = de.Problem(signal=1.0, sources=sources, ridge=1e-8, model=de.RandomProjection(100))
    assert de.Problem.from_toml(file) == mix == de.Problem.from_toml(str(file))


# Arrays in files


def test_arrays_are_read_from_files_beside_it(tmp_path: Path) -> None:
    Σ, w = np.diag([2.0, 1.0]) + 0.5, np.array([1.0, -1.0])
    np.save(tmp_path / "a.npy", Σ)
    np.savez(tmp_path / "b.npz", w=w, Δ=Σ)
    np.savetxt(tmp_path / "c.csv", Σ, delimiter=",")
    mix = read(
        tmp_path,
        """
        ridge = 0.1
        signal = { fixed = { file = "b.npz", key = "w" } }
        [[sources]]
        n = 3
        covariance = { file = "a.npy" }
        [[sources]]
        n = 3
        covariance = { file = "c.csv" }
        shift = { file = "b.npz", key = "Δ" }
        """,
    )
    sources = [de.Source(3, Σ), de.Source(3, Σ, shift=Σ)]
    assert mix == de.Problem(signal=de.Fixed(w), sources=sources, ridge=0.1)


def test_joint_truths_are_rows_of_blocks(tmp_path: Path) -> None:
    np.save(tmp_path / "W.npy", np.eye(4))
    mix = read(tmp_path, f'ridge = 0\ntruths = [[1.5, 1.0], [1.0, {{ file = "W.npy" }}]]\n{SOURCE}')
    assert mix.truths is not None and np.ndim(mix.truths.blocks[1][1]) == 2


# Refusals

COVARIANCE, ENTRY, MISSING = "sources[0].covariance", "{ isotropic = { d = 4 } }", "is missing"
FEATURES = '[model]\nkind = "random-features"\nwidth = 3\n'
KINDS, ACTIVATIONS = ("linear", "random-projection", "random-features"), ("erf", "gelu", "tanh", "leaky_relu")
REFUSED: dict[str, tuple[Any, ...]] = {
    # the file, the place in it, the rule, the value, the remedy
    "an unknown key": ("rigde = 1\n" + PLAIN, "rigde", "not known", (), "ridge?"),
    "far from any": (
        "zzz = 1\n" + PLAIN,
        "zzz",
        "not known keys",
        (),
        ("ridge", "signal", "truths", "target"),
    ),
    "in a source": (
        PLAIN + "nosie_variance = 1",
        "sources[0].nosie_variance",
        "not known",
        (),
        "noise_variance?",
    ),
    "in a covariance": (
        PLAIN.replace("isotropic", "isotropc"),
        (COVARIANCE, "covariance.isotropc"),
        "not known",
        (),
        "isotropic?",
    ),
    "no ridge": (SOURCE, "ridge", MISSING, (), "|v|²"),
    "no sources": ("ridge = 1\nsignal = 1", "sources", MISSING, (), "[[sources]]"),
    "one table": ("ridge = 1\nsignal = 1\nsources = 3", "sources", "tables", (), "[[sources]]"),
    "no n": (PLAIN.replace("n = 30", ""), "sources[0].n", MISSING, (), "samples"),
    "no covariance": (
        "ridge = 1\n[[sources]]\nn = 3",
        COVARIANCE,
        MISSING,
        (),
        ("{ power_law =", "{ isotropic =", "{ file ="),
    ),
    "no exponent": (PLAIN.replace("isotropic", "power_law"), (COVARIANCE, "power_law.exponent"), MISSING),
    "first of nothing": (PLAIN.replace(ENTRY, '"first"'), COVARIANCE, "first source cannot", '"first"'),
    "a file as text": (
        PLAIN.replace(ENTRY, '"a.npy"'),
        COVARIANCE,
        ('"first"', "table array"),
        "got 'a.npy'",
        "{ file = 'a.npy' }",
    ),
    "a value": (PLAIN + "noise_variance = -1", ("sources[0]", "noise_variance"), "non-negative", "-1", "σ²"),
    "text for a number": (
        PLAIN + 'noise_variance = "1"',
        ("sources[0]", "noise_variance"),
        "real number",
        "'1'",
        "σ²",
    ),
    "a kind": (PLAIN + '[model]\nkind = "forest"', "model.kind", "one of", "'forest'", KINDS),
    "a kind that is a list": (PLAIN + "[model]\nkind = [1]", "model.kind", "one of", "[1]", KINDS),
    "no width": (PLAIN + '[model]\nkind = "random-projection"', "model.width", MISSING, (), "m"),
    "a width of linear": (
        PLAIN + '[model]\nkind = "linear"\nwidth = 3',
        "model.width",
        "not known keys",
        (),
        "kind",
    ),
    "an activation": (
        f'{PLAIN}{FEATURES}activation = "rleu"',
        ("model", "activation"),
        "one of",
        "'rleu'",
        ACTIVATIONS,
    ),
    "no activation": (PLAIN + FEATURES, "model.activation", MISSING, (), ('"relu"', "{ leaky_relu = 0.1 }")),
    "a shape": (
        PLAIN.replace("signal = 1.0", "signal = [1.0, 2.0]"),
        "signal",
        "covariance coordinates",
        ("2 entries", "4"),
    ),
    "two kinds": (
        PLAIN.replace(ENTRY, "{ isotropic = { d = 4 }, values = [1.0] }"),
        COVARIANCE,
        "exactly one",
        "isotropic and values",
        ("power_law", "file"),
    ),
    "a file beside fixed": (
        PLAIN.replace("signal = 1.0", 'signal = { fixed = [1, 1, 1, 1], file = "a.npy" }'),
        "signal",
        "exactly one",
        "fixed and file",
    ),
    "no toml": ("ridge 1", "mix.toml", "not TOML", "line 1"),
    "truths": ("ridge = 1\ntruths = 3\n" + SOURCE, "truths", "rows blocks", "3", "[[1.0, 0.5], [0.5, 1.0]]"),
    "both": ("truths = [[1, 1], [1, 1]]\n" + PLAIN, ("signal", "truths"), "exactly one", "both"),
    "no file": (
        PLAIN.replace(ENTRY, '{ file = "nowhere.npy" }'),
        COVARIANCE,
        "cannot read file",
        "/nowhere.npy'",
    ),
    "key without npz": (
        PLAIN.replace(ENTRY, '{ file = "a.npy", key = "b" }'),
        (COVARIANCE, "key"),
        ".npz",
        "'a.npy'",
    ),
    # Arrays in files
    "no key": (
        PLAIN.replace(ENTRY, '{ file = "two.npz" }'),
        (COVARIANCE, "key"),
        "one array",
        ("'two.npz'", "none"),
        "a, b",
    ),
    "another key": (
        PLAIN.replace(ENTRY, '{ file = "two.npz", key = "c" }'),
        (COVARIANCE, "key"),
        "one array",
        "'c'",
        "a, b",
    ),
    "text in a binary file": (
        PLAIN.replace(ENTRY, '{ file = "bad.npy" }'),
        COVARIANCE,
        "cannot read array numbers",
        "/bad.npy'",
        ("numpy.save", "numpy.savez"),
    ),
    "a number for a file": (PLAIN.replace(ENTRY, "{ file = 3 }"), (COVARIANCE, "file"), "text", "file = 3"),
    "no such text": (
        PLAIN.replace(ENTRY, '{ file = "nowhere.csv" }'),
        COVARIANCE,
        "cannot read file",
        "/nowhere.csv'",
    ),
    "an empty text": (
        PLAIN.replace(ENTRY, '{ file = "empty.csv" }'),
        COVARIANCE,
        "no numbers",
        "/empty.csv'",
    ),
    "a header": (
        PLAIN.replace(ENTRY, '{ file = "head.csv" }'),
        COVARIANCE,
        "cannot read header",
        ("'a'", "line 1", "/head.csv'"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_its_place(name: str, tmp_path: Path) -> None:
    text, *facts = REFUSED[name]
    np.save(tmp_path / "a.npy", np.ones(4))
    np.savez(tmp_path / "two.npz", a=np.ones(4), b=np.ones(4))
    (tmp_path / "bad.npy").write_text("text")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "head.csv").write_text("a,b\n1,2\n")
    with refused(de.ShapeError if name == "a shape" else de.SpecError, *facts) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("mix.toml: ")


def test_files_of_other_kinds_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "mix.toml").write_bytes(b"\x93NUMPY\xff\xfe")
    with refused(de.SpecError, "mix.toml", "cannot TOML", "UTF-8", "{ file ="):
        de.Problem.from_toml(tmp_path / "mix.toml")
    with refused(de.SpecError, "file", "cannot read", "/nowhere.toml'"):
        de.Problem.from_toml(tmp_path / "nowhere.toml")


def test_a_changed_problem_writes_what_changed() -> None:
    mix = de.Problem(signal=1.0, sources=[de.Source(3, [1.0, 2.0])], ridge=0.1)
    source = dataclasses.replace(mix.sources[0], weight=0.5, gain=0.9)
    text = dataclasses.replace(mix, sources=[source], target=de.Target([2.0, 1.0])).to_toml()
    for part in ("weight = 0.5", "gain = 0.9", "[target]", "covariance = [2.0, 1.0]"):
        assert part in text


def test_files_with_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("2.0\n1.0\n", encoding="utf-8-sig")
    text = PLAIN.replace("{ isotropic = { d = 4 } }", '{ file = "a.csv" }')
    (tmp_path / "mix.toml").write_text(text, encoding="utf-8-sig")
    assert de.Problem.from_toml(tmp_path / "mix.toml").d == 2
