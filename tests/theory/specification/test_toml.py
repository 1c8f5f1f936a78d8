"""Problem files: what is written reads back equal, and what is refused names its place."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import detequiv as de
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
    with pytest.raises(de.SpecError, match=r"'cube'.*function of yours"):
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

REFUSED = {
    "an unknown key": ("rigde = 1\n" + PLAIN, "mix.toml: rigde is not known; did you mean ridge?"),
    "far from any": ("zzz = 1\n" + PLAIN, "the keys here are ridge, signal"),
    "in a source": (PLAIN + "nosie_variance = 1", "sources[0].nosie_variance is not known; did"),
    "in a covariance": (
        PLAIN.replace("isotropic", "isotropc"),
        "sources[0].covariance: covariance.isotropc is not",
    ),
    "no ridge": (SOURCE, "mix.toml: ridge is missing"),
    "no sources": ("ridge = 1\nsignal = 1", "mix.toml: sources is missing"),
    "one table": ("ridge = 1\nsignal = 1\nsources = 3", "begin each with [[sources]]"),
    "no n": (PLAIN.replace("n = 30", ""), "sources[0].n is missing"),
    "no covariance": ("ridge = 1\n[[sources]]\nn = 3", "sources[0].covariance is missing"),
    "no exponent": (PLAIN.replace("isotropic", "power_law"), "power_law.exponent is missing"),
    "first of nothing": (PLAIN.replace("{ isotropic = { d = 4 } }", '"first"'), "the first source cannot"),
    "a file as text": (PLAIN.replace("{ isotropic = { d = 4 } }", '"a.npy"'), "{ file = 'a.npy' }"),
    "a value": (PLAIN + "noise_variance = -1", "sources[0]: noise_variance must be non-negative"),
    "text for a number": (PLAIN + 'noise_variance = "1"', "sources[0]: noise_variance must be one"),
    "a kind": (PLAIN + '[model]\nkind = "forest"', "model.kind must be one of linear"),
    "no width": (PLAIN + '[model]\nkind = "random-projection"', "model.width is missing"),
    "a width of linear": (PLAIN + '[model]\nkind = "linear"\nwidth = 3', "model.width is not"),
    "an activation": (
        PLAIN + '[model]\nkind = "random-features"\nwidth = 3\nactivation = "rleu"',
        "must be one of erf, gelu",
    ),
    "a shape": (PLAIN.replace("signal = 1.0", "signal = [1.0, 2.0]"), "mix.toml: "),
    "two kinds": (
        PLAIN.replace("{ isotropic = { d = 4 } }", "{ isotropic = { d = 4 }, values = [1.0] }"),
        "covariance must have exactly one of power_law, isotropic, values, file; got isotropic and",
    ),
    "a file beside fixed": (
        PLAIN.replace("signal = 1.0", 'signal = { fixed = [1, 1, 1, 1], file = "a.npy" }'),
        "signal must have exactly one of fixed, file",
    ),
    "a kind that is a list": (PLAIN + "[model]\nkind = [1]", "model.kind must be one of linear"),
    "no activation": (
        PLAIN + '[model]\nkind = "random-features"\nwidth = 3',
        "mix.toml: model.activation is",
    ),
    "no toml": ("ridge 1", "mix.toml: this is not TOML"),
    "truths": ("ridge = 1\ntruths = 3\n" + SOURCE, "rows of blocks"),
    "both": ("truths = [[1, 1], [1, 1]]\n" + PLAIN, "exactly one of signal"),
    "no file": (PLAIN.replace("{ isotropic = { d = 4 } }", '{ file = "nowhere.npy" }'), "nowhere.npy"),
    "key without npz": (
        PLAIN.replace("{ isotropic = { d = 4 } }", '{ file = "a.npy", key = "b" }'),
        "key is for",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_its_place(name: str, tmp_path: Path) -> None:
    text, said = REFUSED[name]
    np.save(tmp_path / "a.npy", np.ones(4))
    with pytest.raises(de.SpecError) as refused:
        read(tmp_path, text)
    message = str(refused.value)
    assert said in message and message.startswith(("mix.toml: ", "cannot")) and "\n" not in message


def test_files_of_other_kinds_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "mix.toml").write_bytes(b"\x93NUMPY\xff\xfe")
    with pytest.raises(de.SpecError, match=r"mix\.toml: this is no text"):
        de.Problem.from_toml(tmp_path / "mix.toml")
    with pytest.raises(de.SpecError, match=r"cannot read the file .*nowhere\.toml"):
        de.Problem.from_toml(tmp_path / "nowhere.toml")
    np.savez(tmp_path / "two.npz", a=np.ones(4), b=np.ones(4))
    (tmp_path / "bad.npy").write_text("text")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "head.csv").write_text("a,b\n1,2\n")
    for entry, said in (
        ('{ file = "two.npz" }', "key must name one array of 'two.npz', which holds a, b"),
        ('{ file = "two.npz", key = "c" }', "got 'c'"),
        ('{ file = "bad.npy" }', "cannot read an array of numbers"),
        ("{ file = 3 }", "must be text"),
        ('{ file = "nowhere.csv" }', "No such file"),
        ('{ file = "empty.csv" }', "holds no numbers"),
        ('{ file = "head.csv" }', "cannot read the text 'a' (a header?) in line 1"),
    ):
        with pytest.raises(de.SpecError, match=r"sources\[0\]\.covariance") as refused:
            read(tmp_path, PLAIN.replace("{ isotropic = { d = 4 } }", entry))
        assert said in str(refused.value)


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
