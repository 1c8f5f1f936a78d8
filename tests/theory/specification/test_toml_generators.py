"""Problem files whose sources have labels of trained models."""

import pytest

import detequiv as de
from helpers.connected import FIRST, KINDS, D
from helpers.refusals import refused

FILE = """
ridge = 0.05
signal = 0.01

[[sources]]
samples = "real"
n = 200
covariance = { isotropic = { d = 100 } }
noise_variance = 0.5

[[sources]]
n = 100
covariance = "first"
noise_variance = 0.3
labels = "mine"

[[generators]]
name = "mine"
ridge = 0.02
sources = ["real"]
"""


def read(tmp_path, text):
    file = tmp_path / "problem.toml"
    file.write_text(text)
    return de.Problem.from_toml(file)


def test_a_file_says_what_the_four_lines_of_python_say(tmp_path):
    cov = de.isotropic(100)
    real = de.Source(200, cov, noise_variance=0.5)
    generator = de.Problem(signal=0.01, sources=[real], ridge=0.02)
    synthetic = de.Source(100, cov, labels=generator, noise_variance=0.3)
    problem = de.Problem(signal=0.01, sources=[real, synthetic], ridge=0.05)
    assert read(tmp_path, FILE) == problem


def test_names_make_the_samples(tmp_path):
    apart = FILE.replace(
        'sources = ["real"]', 'sources = [{ n = 200, covariance = "first", noise_variance = 0.5 }]'
    )
    one, other = read(tmp_path, FILE), read(tmp_path, apart)
    assert one != other and de.predict(one).against_fresh == pytest.approx(de.predict(other).error, rel=1e-12)
    assert read(tmp_path, FILE).sources[0].drawn.inputs != one.sources[0].drawn.inputs


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again(kind, tmp_path):
    problem = KINDS[kind]()
    again = read(tmp_path, problem.to_toml())
    assert again == problem and again.to_toml() == problem.to_toml()
    assert de.predict(again).error == de.predict(problem).error


def test_relabelled_samples_keep_the_truth_that_they_are_given(tmp_path):
    """The key truth is a name, too, that of samples with the same random truth: it replaced the vector."""
    w, w_t = de.Fixed([1.0, 2.0, 3.0]), de.Fixed([1.0, 0.0, 0.0])

    def mixed(**own):
        real = de.Source(20, [1.0, 0.5, 0.2], noise_variance=0.5, **own)
        generator = de.Problem(signal=w_t, sources=[real], ridge=0.1)
        own_labels = de.Source(10, real.covariance, labels=generator, noise_variance=0.1)
        return de.Problem(signal=w_t, sources=[real.relabelled(noise_variance=0.1), own_labels], ridge=0.05)

    problem = mixed(truth=w)
    again = read(tmp_path, problem.to_toml())
    assert again == problem and again.sources[0].truth == w
    for same in (again, mixed(gain=0.0, shift=w)):
        assert de.predict(same).error == pytest.approx(de.predict(problem).error, rel=1e-12)


@pytest.mark.parametrize("keep", ["all", "latest"])
@pytest.mark.parametrize("inputs", ["fresh", "same"])
def test_rounds_are_written_and_read(keep, inputs, tmp_path):
    real = de.Source(50, FIRST, noise_variance=0.4)
    start = de.Problem(signal=1 / D, sources=[real], ridge=0.1)
    new = de.Source(30, FIRST, noise_variance=0.1)
    for fit in de.rounds(3, start=start, synthetic=new, keep=keep, inputs=inputs, real=[real]):
        assert read(tmp_path, fit.to_toml()) == fit


WRONG = {
    "unknown generator": (
        ('labels = "mine"', 'labels = "yours"'),
        "sources[1].labels",
        "name",
        "yours",
        "'mine'",
    ),
    "unknown samples": (('["real"]', '["fake"]'), "generators[0].sources[0]", "full", "fake", "covariance"),
    "no name": (('name = "mine"\n', ""), "generators[0].name", "missing", (), "labels"),
    "no sources": (('sources = ["real"]\n', ""), "generators[0].sources", "missing", (), '["real"]'),
    "itself": (
        ('sources = ["real"]', 'sources = [{ n = 9, covariance = "first", labels = "mine" }]'),
        "generators[0].sources[0].labels",
        "labelled by itself",
        "mine",
        "another name",
    ),
    "start": (('samples = "real"', 'samples = "real"\nstart = -1'), "start", "row", "-1", "from 0"),
    "no tables": (("[[generators]]", "[generators]"), "generators", "tables", (), "[[generators]]"),
    "unknown key": (("name =", "named ="), "generators[0].named", "known", (), "name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_at_its_place(name, tmp_path):
    (old, new), *facts = WRONG[name]
    with refused(de.SpecError, *facts):
        read(tmp_path, FILE.replace(old, new))
