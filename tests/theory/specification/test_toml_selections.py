"""Problem files with selected samples, and with covariances of low rank beyond a diagonal."""

import functools
import operator
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from detequiv.theory.specification.toml.array_files import ArrayFiles
from detequiv.theory.specification.toml.selection_tables import law_of, rule_of
from detequiv.theory.specification.toml.selections_written import keep_entry, labels_entry
from helpers.refusals import refused

D = 3
W, V = [1.0, 0.5, -0.2], [0.8, 0.6, 0.1]

FILE = """
ridge = 0.1
signal = { fixed = [1.0, 0.5, -0.2] }

[[sources]]
n = 300
covariance = [1.0, 1.0, 0.5]
noise_variance = 0.25

[[sources]]
draws = 1200
covariance = "first"
labels = { linear = { w = [1.0, 0.5, -0.2], noise_variance = 0.25 } }
keep = { near = { w = [0.8, 0.6, 0.1], t = 0.5 } }
weight = 0.5
"""


def read(folder: Path, text: str) -> de.Problem:
    file = folder / "mix.toml"
    file.write_text(text, encoding="utf-8")
    return de.Problem.from_toml(file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def test_a_file_says_what_python_says(folder: Path) -> None:
    kept = de.select(
        1200,
        [1.0, 1.0, 0.5],
        labels=de.labels.linear(W, noise_variance=0.25),
        keep=de.rules.near(V, 0.5),
        weight=0.5,
    )
    real = de.Source(300, [1.0, 1.0, 0.5], noise_variance=0.25)
    mix = de.Problem(signal=de.Fixed(W), sources=[real, kept], ridge=0.1)
    assert read(folder, FILE) == mix
    assert de.predict(read(folder, FILE)).error == de.predict(mix).error


# What is written reads back equal

NUMBERS = st.integers(-20, 20).map(lambda k: k / 7)
POSITIVE = st.integers(4, 20).map(lambda k: k / 7)
SHARES = st.integers(0, 10).map(lambda k: k / 10)
DIRECTIONS = st.lists(NUMBERS, min_size=D, max_size=D).filter(any)
LIMITS = st.tuples(*[st.none() | st.integers(0, 7).map(lambda k: k / 7)] * 2).filter(
    lambda pair: pair != (None, None)
)


def limited(rule: Any, above: float | None, width: float | None, *given: Any, **named: Any) -> Any:
    """A rule with ranges that keep something."""
    below = None if width is None else (above or 0.0) + 0.5 + width
    return rule(*given, above=above, below=below, **named)


LAWS = {
    "linear": st.builds(de.labels.linear, DIRECTIONS, noise_variance=SHARES),
    "sign": st.builds(de.labels.sign, DIRECTIONS, flip=SHARES),
    "probit": st.builds(de.labels.probit, DIRECTIONS, scale=POSITIVE),
    "polynomial": st.builds(
        de.labels.polynomial, DIRECTIONS, st.lists(NUMBERS, min_size=1, max_size=3), noise_variance=SHARES
    ),
    "mixture": st.builds(de.labels.mixture, DIRECTIONS, flip=SHARES),
}
RULES = {
    "agree": st.builds(de.rules.agree, DIRECTIONS),
    "margin": st.builds(lambda w, r: limited(de.rules.margin, *r, w), DIRECTIONS, LIMITS),
    "one_sided": st.builds(lambda w, r: limited(de.rules.one_sided, *r, w), DIRECTIONS, LIMITS),
    "random": st.builds(de.rules.random, SHARES.filter(bool)),
    "everything": st.builds(de.rules.everything),
    "near": st.builds(de.rules.near, DIRECTIONS, t=POSITIVE),
    "label": st.builds(lambda r, size: limited(de.rules.label, *r, size=size), LIMITS, st.booleans()),
}


RULE_OF_ANY_KIND = st.one_of(*RULES.values())


@settings(max_examples=200)
@given(law=st.one_of(*LAWS.values()), keep=st.lists(RULE_OF_ANY_KIND, min_size=1, max_size=4))
def test_all_labels_and_rules_read_back_equal(law: Any, keep: list[Any]) -> None:
    """Alone and combined, without the moments of what is kept."""
    rule = functools.reduce(operator.and_, keep)
    document = tomlkit.document()
    document["labels"], document["keep"] = labels_entry(law), keep_entry(rule)
    entries, files = tomllib.loads(document.as_string()), ArrayFiles(Path())
    again = law_of(entries["labels"], "labels", files), rule_of(entries["keep"], "keep", files)
    assert again == (law, rule)
    assert [value.digest for value in again] == [law.digest, rule.digest]


ALL = de.rules.agree(V) & de.rules.random(0.4) & de.rules.label(above=-2.0)
SELECTED: dict[str, tuple[Any, Any]] = {
    "linear": (de.labels.linear(W), de.rules.margin(V, above=0.2)),
    "sign": (de.labels.sign(W, 0.1), de.rules.margin(V, 0.0, 2.0)),
    "probit": (de.labels.probit(W, 0.5), de.rules.one_sided(V, below=0.0)),
    "polynomial": (de.labels.polynomial(W, [0.0, 1.0, 0.1], 0.2), de.rules.one_sided(V, above=-0.5)),
    "mixture": (de.labels.mixture(W, 0.1), de.rules.agree(V)),
    "limits on labels": (de.labels.linear(W, 0.3), de.rules.label(above=0.1, below=1.0, size=True)),
    "several rules": (de.labels.linear(W, 0.3), ALL),
    "no rule": (de.labels.sign(W), None),
}
MATRIX = np.diag([1.0, 1.0, 0.5]) + 0.1


@pytest.mark.parametrize("covariance", [np.array([1.0, 1.0, 0.5]), MATRIX], ids=["diagonal", "matrix"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", SELECTED)
def test_what_is_written_reads_back_equal(name: str, first: bool, covariance: Any, folder: Path) -> None:
    """Before other sources and after them."""
    labels, keep = SELECTED[name]
    kept = de.select(500, covariance, labels=labels, keep=keep, weight=0.3)
    real = de.Source(30, covariance, noise_variance=0.2)
    mix = de.Problem(signal=0.3, sources=[kept, real] if first else [real, kept], ridge=0.1)
    again = read(folder, mix.to_toml())
    assert again == mix and again.digest == mix.digest and again.to_toml() == mix.to_toml()
    assert again.n == mix.n and 'covariance = "first"' in mix.to_toml()


def test_all_is_kept_where_no_rule_is_written(folder: Path) -> None:
    line = "keep = { near = { w = [0.8, 0.6, 0.1], t = 0.5 } }\n"
    plain = read(folder, FILE.replace(line, ""))
    assert plain.sources[1].n == 1200
    for everything in ("keep = []\n", "keep = { everything = {} }\n"):
        assert read(folder, FILE.replace(line, everything)) == plain


def test_vectors_are_read_from_files(folder: Path) -> None:
    np.savez(folder / "b.npz", w=np.array(W), v=np.array(V))
    np.savetxt(folder / "v.csv", np.array(V), delimiter=",")
    linear, near = "w = [1.0, 0.5, -0.2], noise", "w = [0.8, 0.6, 0.1], t"
    for place in ('{ file = "b.npz", key = "v" }', '{ file = "v.csv" }'):
        text = FILE.replace(linear, 'w = { file = "b.npz", key = "w" }, noise')
        assert read(folder, text.replace(near, f"w = {place}, t")) == read(folder, FILE)


def test_one_selection_may_be_in_two_fits_of_a_file(folder: Path) -> None:
    kept = de.select(100, [1.0, 0.5], labels=de.labels.linear([1.0, 0.5]), keep=de.rules.random(0.5))
    generator = de.Problem(signal=0.5, sources=[kept], ridge=0.1)
    synthetic = de.Source(30, [1.0, 0.5], labels=generator)
    mix = de.Problem(signal=0.5, sources=[kept, synthetic], ridge=0.1)
    again = read(folder, mix.to_toml())
    assert again == mix and again.sources[0].drawn.inputs == again.sources[1].labels.sources[0].drawn.inputs
    parts = mix.to_toml().rpartition('samples = "samples 0"')
    with refused(de.SpecError, "generators[0].sources[0]", "selected parts", "'samples 0'", "omit"):
        read(folder, f"{parts[0]}{parts[1]}\nn = 9")


@pytest.mark.parametrize("intercept", [True, False])
def test_an_intercept_reads_back_equal(intercept: bool, folder: Path) -> None:
    mix = de.Problem(signal=1.0, sources=[de.Source(9, [1.0, 2.0])], ridge=0.1, intercept=intercept)
    assert read(folder, mix.to_toml()) == mix
    assert read(folder, f"intercept = {str(intercept).lower()}\n{FILE}").intercept is intercept
    with refused(de.SpecError, "intercept", "True or False", "1"):
        read(folder, f"intercept = 1\n{FILE}")


# Covariances of low rank beyond a diagonal


def low_rank(*, multiplicities: Any = None) -> de.Covariance:
    diagonal = de.power_law(8, 1.0) if multiplicities is None else de.Spectrum([2.0, 1.0], multiplicities)
    rng = np.random.default_rng(0)
    return de.Covariance.diagonal_plus_low_rank(
        diagonal, rng.normal(size=(len(diagonal), 2)), [[0.5, 0.1], [0.1, 0.2]]
    )


@pytest.mark.parametrize("multiplicities", [None, [1.5, 2.5]], ids=str)
def test_low_rank_covariances_read_back_equal(multiplicities: Any, folder: Path) -> None:
    covariance = low_rank(multiplicities=multiplicities)
    source = de.Source(9, covariance, noise_variance=0.1)
    mix = de.Problem(signal=1.0, sources=[source], ridge=0.1, target=de.Target(covariance))
    again = read(folder, mix.to_toml())
    assert again == mix and again.digest == mix.digest
    assert type(again.sources[0].covariance) is type(covariance)


def test_low_rank_covariances_may_name_their_diagonal_and_files(folder: Path) -> None:
    rng = np.random.default_rng(0)
    np.savetxt(folder / "u.csv", rng.normal(size=(8, 2)), delimiter=",")
    covariance = (
        "{ diagonal = { power_law = { d = 8, exponent = 1.0 } }, "
        'vectors = { file = "u.csv" }, coefficients = [[0.5, 0.1], [0.1, 0.2]] }'
    )
    text = f"ridge = 0.1\nsignal = 1.0\n[[sources]]\nn = 9\ncovariance = {covariance}"
    assert read(folder, text).sources[0].covariance == low_rank()


# Refusals

LABELS, KEEP = "sources[1].labels", "sources[1].keep"
LAW = "{ linear = { w = [1.0, 0.5, -0.2], noise_variance = 0.25 } }"
RULE = "{ near = { w = [0.8, 0.6, 0.1], t = 0.5 } }"
NAMES = ("linear", "sign", "probit", "polynomial", "mixture")
RULE_NAMES = ("near", "agree", "margin", "one_sided", "label", "random", "everything")
REFUSED: dict[str, tuple[Any, ...]] = {
    # the text, what replaces it, the place, the rule, the value, the remedy
    "n": ("weight = 0.5", "n = 500", "sources[1].n", "cannot beside draws", "500", "omit"),
    "n in its place": (
        "draws = 1200",
        "n = 500",
        "sources[1].n",
        "cannot beside labels rules",
        "500",
        "draws",
    ),
    "a shift": ("weight", "shift", "sources[1].shift", "cannot beside draws", "0.5", "w of the labels"),
    "a gain": ("weight", "gain", "sources[1].gain", "cannot beside draws", "0.5", "w of the labels"),
    "a truth": ("weight = 0.5", "truth = [1, 1, 1]", "sources[1].truth", "cannot beside draws", "[1, 1, 1]"),
    "noise": (
        "weight",
        "noise_variance",
        "sources[1].noise_variance",
        "cannot beside draws",
        "0.5",
        "{ linear = { w = [...], noise_variance = 0.25 } }",
    ),
    "inputs": ("weight = 0.5", 'inputs = "a"', "sources[1].inputs", "cannot beside draws", "'a'", "omit"),
    "no draws": ("draws = 1200", "", "sources[1].draws", "missing", (), "in place of n"),
    "draws misspelt": ("draws = 1200", "draw = 1200", "sources[1].draw", "not known", (), "draws?"),
    "no labels": (f"labels = {LAW}", "", LABELS, "missing", (), "{ linear = { w = [1.0, 0.5]"),
    "no number of draws": ("1200", "-3", ("sources[1]", "draws"), "at least 0", "-3"),
    "a name": (LAW, '"mine"', LABELS, "table", "'mine'", "detequiv.select"),
    "labels misspelt": ("linear =", "linaer =", f"{LABELS}.linaer", "not known", (), "linear?"),
    "a rule misspelt": ("{ near", "{ naer", f"{KEEP}.naer", "not known", (), "near?"),
    "a parameter misspelt": (
        "noise_variance = 0.25 }",
        "nosie_variance = 0.25 }",
        f"{LABELS}.linear.nosie_variance",
        "not known",
        (),
        "noise_variance?",
    ),
    "no parameter": (", t = 0.5", "", f"{KEEP}.near.t", "missing", (), "distance"),
    "no vector": ("w = [0.8, 0.6, 0.1], ", "", f"{KEEP}.near.w", "missing", (), "direction"),
    "two labels": (
        LAW,
        "{ linear = { w = [1, 1, 1] }, sign = { w = [1, 1, 1] } }",
        LABELS,
        "exactly one",
        "linear and sign",
        NAMES,
    ),
    "two rules in a table": (
        RULE,
        "{ random = { p = 0.5 }, agree = { w = [1, 1, 1] } }",
        KEEP,
        "one rule",
        "2",
        "[{ random = ... }, { agree = ... }]",
    ),
    "no rule in a table": (RULE, "{}", KEEP, "exactly one", "none", RULE_NAMES),
    "a rule of several": (
        RULE,
        "[{ random = { p = 0.5 } }, { agree = {} }]",
        f"{KEEP}[1].agree.w",
        "missing",
    ),
    "a rule as text": (RULE, '"near"', KEEP, "table", "'near'", RULE_NAMES),
    "a function": (
        LAW,
        '{ function = { w = [1, 1, 1], mean = "tanh" } }',
        f"{LABELS}.function",
        "no file function",
        (),
        (*NAMES, "detequiv.select"),
    ),
    "a probability": (
        RULE,
        '{ probability = { function = "tanh" } }',
        f"{KEEP}.probability",
        "no file function",
        (),
        RULE_NAMES,
    ),
    "a trained model": (
        "w = [0.8, 0.6, 0.1]",
        'w = "mine"',
        f"{KEEP}.near.w",
        "list numbers",
        "'mine'",
        "only in Python",
    ),
    "a value": ("t = 0.5", "t = -1", (f"{KEEP}.near", "t"), "positive", "-1", "distance"),
    "a vector of zeros": ("[0.8, 0.6, 0.1]", "[0, 0, 0]", (f"{KEEP}.near", "w"), "not 0", "3 zeros"),
    "limits": (
        RULE,
        "{ margin = { w = [1, 1, 1], above = 2, below = 1 } }",
        f"{KEEP}.margin",
        "exceed",
        "got 1",
        "Exchange the limits",
    ),
    "no file": (
        "w = [0.8, 0.6, 0.1]",
        'w = { file = "nowhere.npy" }',
        f"{KEEP}.near.w",
        "cannot read file",
        "/nowhere.npy'",
    ),
    "no vectors": ("[1.0, 1.0, 0.5]", "{ diagonal = [1, 1, 1] }", "covariance.vectors", "missing", (), "row"),
    "no diagonal": (
        "[1.0, 1.0, 0.5]",
        "{ vectors = [[1], [1], [1]] }",
        "sources[0].covariance",
        "exactly one",
        "none",
        "diagonal",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_its_place(name: str, folder: Path) -> None:
    old, new, *facts = REFUSED[name]
    assert old in FILE
    with refused(de.SpecError, *facts) as caught:
        read(folder, FILE.replace(old, new, 1))
    assert str(caught.value).startswith("mix.toml: ")


def trained() -> de.Problem:
    return de.Problem(signal=de.Fixed(W), sources=[de.Source(50, [1.0, 1.0, 0.5])], ridge=0.1)


UNWRITTEN: dict[str, tuple[Any, ...]] = {
    "labels by a function": (
        lambda: (de.labels.function(W, np.tanh), None),
        "labels.function",
        "cannot hold function",
        "mean=tanh",
        (*NAMES, "pickle"),
    ),
    "a rule by a function": (
        lambda: (de.labels.linear(W), de.rules.agree(V) & de.rules.probability(lambda z: 1 / (1 + z * z), V)),
        "rules.probability",
        "cannot hold function",
        "Probability(w=array([0.8, 0.6, 0.1])",
        (*RULE_NAMES, "pickle"),
    ),
    "labels of a trained model": (
        lambda: (de.labels.linear(trained()), None),
        "labels.linear",
        "cannot hold weights",
        "a Problem as w",
        ("vector", "pickle"),
    ),
    "a rule of a trained model": (
        lambda: (de.labels.linear(W), de.rules.near(trained(), 0.5)),
        "rules.near",
        "cannot hold weights",
        "a Problem as w",
        ("vector", "pickle"),
    ),
}


@pytest.mark.parametrize("name", UNWRITTEN)
def test_what_no_file_can_hold_is_refused(name: str) -> None:
    make, *facts = UNWRITTEN[name]
    labels, keep = make()
    kept = de.select(100, [1.0, 1.0, 0.5], labels=labels, keep=keep)
    mix = de.Problem(signal=de.Fixed(W), sources=[kept], ridge=0.1)
    with refused(de.SpecError, *facts):
        mix.to_toml()
