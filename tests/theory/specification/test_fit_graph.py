"""Which samples, labels and features the fits of a problem have in common."""

import copy
import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import detequiv as de
from helpers.connected import FIRST, KINDS, SECOND, D, mix, projection
from helpers.refusals import refused

REAL = de.Source(60, FIRST, noise_variance=0.5)


def generator(*sources, **fields):
    return de.Problem(**{"signal": 1 / D, "sources": [*(sources or (REAL,))], "ridge": 0.1, **fields})


def synthetic(labels, **fields):
    return de.Source(30, SECOND, labels=labels, **fields)


def same_samples(a, b):
    return (a.drawn.inputs, a.drawn.noise, a.drawn.start) == (b.drawn.inputs, b.drawn.noise, b.drawn.start)


COPIES = {
    "weight": lambda s: dataclasses.replace(s, weight=3.0),
    "pickle": lambda s: pickle.loads(pickle.dumps(s)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "the same n": lambda s: dataclasses.replace(s, n=60),
    "weight after pickling": lambda s: dataclasses.replace(pickle.loads(pickle.dumps(s)), weight=2),
}
OTHERS = {
    "again": lambda s: s.again(),
    "n": lambda s: dataclasses.replace(s, n=61),
    "covariance": lambda s: dataclasses.replace(s, covariance=SECOND),
    "noise": lambda s: dataclasses.replace(s, noise_variance=0.4),
    "gain": lambda s: dataclasses.replace(s, gain=0.9),
    "shift": lambda s: dataclasses.replace(s, shift=0.1),
    "labels": lambda s: dataclasses.replace(s, labels=generator()),
    "n after pickling": lambda s: dataclasses.replace(pickle.loads(pickle.dumps(s)), n=61),
    "constructed again": lambda s: de.Source(60, FIRST, noise_variance=0.5),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_the_same_samples(name):
    assert same_samples(COPIES[name](REAL), REAL)


@pytest.mark.parametrize("name", OTHERS)
def test_other_values_are_other_samples(name):
    assert not same_samples(OTHERS[name](REAL), REAL)


def test_relabelled_samples_have_the_inputs_and_other_labels():
    for labels in (None, generator()):
        new = REAL.relabelled(labels)
        assert new.drawn.inputs == REAL.drawn.inputs and new.drawn.noise != REAL.drawn.noise
        assert (new.drawn.truth == REAL.drawn.truth) is (labels is None)
    assert REAL.relabelled(generator()).noise_variance == 0 and REAL.relabelled().noise_variance == 0.5


@given(st.integers(0, 60), st.integers(0, 60))
def test_parts_are_the_rows_they_say(a, b):
    first, rest = REAL.split(a)
    again = rest.split(min(b, rest.n))
    assert [x.n for x in (first, *again)] == [a, min(b, 60 - a), 60 - a - min(b, 60 - a)]
    assert [x.drawn.start for x in (first, *again)] == [0, a, a + min(b, 60 - a)]
    assert de.Problem(signal=1, sources=[first, *again], ridge=1).connected is False


def test_equality_and_digests_see_the_pattern_and_not_the_identity():
    assert REAL.again() == REAL and REAL.digest == REAL.again().digest
    shared, apart = mix(), dataclasses.replace(mix(), sources=[REAL.again(), mix().sources[1]])
    assert mix() == mix() and mix().digest == shared.digest and hash(mix()) == hash(shared)
    assert shared != apart and shared.digest != apart.digest
    drawn = [generator(model=projection(9, name)) for name in (None, "a", "b")]
    assert len({problem.digest for problem in drawn}) == 1
    one, two = (
        generator(REAL, synthetic(generator(model=projection(9, a))), model=projection(9, b))
        for a, b in (("a", "a"), ("a", "b"))
    )
    assert one != two


@pytest.mark.parametrize("kind", KINDS)
def test_copies_of_a_problem_are_equal_and_predict_the_same(kind):
    problem = KINDS[kind]()
    for other in (pickle.loads(pickle.dumps(problem)), copy.deepcopy(problem), KINDS[kind]()):
        assert other == problem and other.digest == problem.digest
        assert de.predict(other).error == de.predict(problem).error
    assert pickle.loads(pickle.dumps(problem)).trained_as == problem.trained_as


def test_pieces_that_are_pickled_apart_stay_connected():
    problem = mix()
    pieces = [pickle.loads(pickle.dumps(source)) for source in problem.sources]
    assert dataclasses.replace(problem, sources=pieces) == problem


def test_a_problem_without_labels_keeps_its_digest():
    """Written down before sources could have labels."""
    assert generator(de.Source(5, [1.0, 0.5]), signal=1.0).digest == DIGEST


DIGEST = "46494939c4ed93c09d9882af00027fb8f0e334c6883f556f21db00b31baeaf08"


def test_equal_fits_to_the_same_samples_are_one():
    one, two = generator(), generator()
    student = generator(REAL, synthetic(one), synthetic(two, noise_variance=0.1))
    assert len(student.stages.problems) == 2
    assert len(generator(REAL, synthetic(one), synthetic(generator(ridge=0.2))).stages.problems) == 3


def test_fits_come_before_what_they_label():
    fits = de.rounds(5, start=generator(), real=[REAL], synthetic=de.Source(9, FIRST))
    order = [fit.trained_as for fit in fits[-1].stages.problems]
    assert order == [fit.trained_as for fit in fits]


def test_fifty_accumulating_rounds_are_fifty_one_fits():
    fits = de.rounds(50, start=generator(), real=[REAL], synthetic=de.Source(9, FIRST))
    assert len(fits[-1].stages.problems) == 51 and len(fits[-1].digest) == 64
    assert pickle.loads(pickle.dumps(fits[-1])) == fits[-1]


REFUSED = {
    "twice": (lambda: generator(REAL, REAL), "sources[1]", "once", "sources[0]", "source.again()"),
    "overlap": (lambda: generator(REAL.split(9)[0], REAL), "sources[1]", "once", "sources[0]", "weight=2"),
    "no problem": (lambda: synthetic(3), "labels", "Problem", "3", "labels=Problem(...)"),
    "gain": (lambda: synthetic(generator(), gain=2.0), "gain", "either", "both", "leave"),
    "shift": (lambda: synthetic(generator(), shift=1.0), "shift", "either", "both", "leave"),
    "truth": (
        lambda: generator(synthetic(generator(signal=1.0))),
        "sources[0].labels",
        "another truth",
        "1",
        "same signal",
    ),
    "draw": (
        lambda: (
            generator(REAL, synthetic(generator(model=projection(9, "a"))), model=projection(8, "a")).stages
        ),
        "draw='a'",
        "one projection",
        ("width=9", "width=8"),
        "different names",
    ),
    "draw name": (lambda: projection(9, 3), "draw", "name", "3", 'draw="a"'),
    "features": (
        lambda: de.predict(mix(FIRST, FIRST, labeller=de.RandomFeatures(9, "tanh"))),
        "labels",
        "predicted",
        "RandomFeatures(",
        "simulate",
    ),
    "simulated features": (
        lambda: de.simulate(mix(FIRST, FIRST, labeller=de.RandomFeatures(9, "tanh")), trials=2),
        "labels",
        "linear",
        "RandomFeatures(",
        "Linear",
    ),
    "quality": (
        lambda: mix().quality(1),
        "sources[1]",
        "predicted",
        "trained model",
        "predict(problem).quality(1)",
    ),
    "theorem": (lambda: de.theorem_1(mix()), "Theorem 1", "labels", "trained models", "predict(problem)"),
    "split": (lambda: REAL.split(61), "n", "at most", ("60", "61"), "Take fewer"),
    "keep": (
        lambda: de.rounds(2, start=generator(), synthetic=REAL, keep="some"),
        "keep",
        "must",
        "some",
        "latest",
    ),
    "inputs": (
        lambda: de.rounds(2, start=generator(), synthetic=REAL, inputs="old"),
        "inputs",
        "must",
        "old",
        "fresh",
    ),
    "labelled template": (
        lambda: de.rounds(2, start=generator(), synthetic=synthetic(generator())),
        "synthetic",
        "no labels",
        (),
        "leave",
    ),
    "no source": (lambda: de.rounds(2, start=generator(), synthetic=3), "synthetic", "must", "3", "Source("),
    "no start": (
        lambda: de.rounds(2, start=REAL, synthetic=REAL),
        "Problem",
        "expected",
        "Source",
        "sources=",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_said_is_refused_with_a_way_out(name):
    call, field, rule, value, remedy = REFUSED[name]
    with refused(de.SpecError, field, rule, value, remedy):
        call()
