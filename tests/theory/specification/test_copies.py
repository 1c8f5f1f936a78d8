"""Specifications are pickled, copied and replaced whole."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import detequiv as de
from helpers.example_values import NAMES, arrays_of, dense, matrix, mix, several
from helpers.refusals import refused

# Pickling and copying


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("again", [lambda v: pickle.loads(pickle.dumps(v)), copy.deepcopy])
def test_a_round_trip_keeps_equality_and_write_protection(name, again):
    value = several()[name]
    digest = value.digest
    back = again(value)
    assert type(back) is type(value)
    assert back == value and back.digest == digest
    assert all(not array.flags.writeable for array in arrays_of(back))


def test_a_round_trip_keeps_the_prediction():
    problem = pickle.loads(pickle.dumps(mix()))
    assert de.predict(problem).error == de.predict(mix()).error


@pytest.mark.parametrize("name", [name for name in NAMES if "problem" in name])
def test_a_round_trip_keeps_every_prediction(name):
    problem = several()[name]
    a, b = de.predict(problem), de.predict(pickle.loads(pickle.dumps(problem)))
    assert (a.error, a.bias, a.sources) == (b.error, b.bias, b.sources)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol_of_pickle_will_do(protocol):
    assert pickle.loads(pickle.dumps(mix(), protocol)) == mix()


def test_a_prediction_can_be_pickled():
    prediction = de.predict(mix())
    assert pickle.loads(pickle.dumps(prediction)) == prediction


# Replacement


def test_replacing_shares_what_did_not_change():
    problem = mix()
    changed = dataclasses.replace(problem, ridge=0.2)
    assert changed.sources is problem.sources
    assert changed.signal is problem.signal
    assert changed.sources[0].covariance.values is problem.sources[0].covariance.values


def test_replacing_in_a_source_shares_its_arrays():
    source = mix().sources[1]
    changed = dataclasses.replace(source, n=9)
    assert changed.shift is source.shift
    assert changed.covariance is source.covariance
    assert changed.covariance.values is source.covariance.values


def test_sources_that_share_a_spectrum_go_on_sharing_it():
    s = de.power_law(5, 1.0)
    problem = de.Problem(signal=1.0, sources=[de.Source(3, s), de.Source(4, s)], ridge=0.1)
    assert problem.sources[0].covariance is problem.sources[1].covariance is s
    assert problem.coordinates.covariances[0] is problem.coordinates.covariances[1]


def test_replacing_does_not_look_at_the_unchanged_arrays_again(monkeypatch):
    problem = mix()
    seen = []
    finite = np.isfinite
    monkeypatch.setattr(np, "isfinite", lambda x, *a, **k: seen.append(np.size(x)) or finite(x))
    dataclasses.replace(problem, ridge=0.2)
    assert 3 not in seen, "no array of three entries was validated again"


def test_replacing_shares_matrices_too():
    problem = dense()
    changed = dataclasses.replace(problem, ridge=0.2)
    assert changed.signal is problem.signal
    assert changed.sources[0].covariance is problem.sources[0].covariance
    source = dataclasses.replace(problem.sources[1], n=9)
    assert source.shift is problem.sources[1].shift


def test_a_caller_s_matrix_is_copied():
    given = matrix()
    problem = dense(sources=[de.Source(8, given)], signal=given)
    vectors = np.array([[1.0], [2.0], [3.0]])
    fixed = de.Fixed(vectors)
    given[:], vectors[:] = 7.0, 7.0
    assert problem == dense(sources=[de.Source(8, matrix())])
    assert fixed == de.Fixed([[1.0], [2.0], [3.0]])


def test_replacing_by_an_equal_value_is_equal():
    assert dataclasses.replace(mix(), ridge=0.1) == mix()


def test_replacing_validates_what_changed():
    with refused(de.ShapeError, "signal", "covariance coordinates", ("2 entries", "3")):
        dataclasses.replace(mix(), signal=[1.0, 2.0])
    with refused(de.SpecError, "ridge", "non-negative", "-1"):
        dataclasses.replace(mix(), ridge=-1)


def test_a_changed_copy_has_a_digest_of_its_own():
    problem = mix()
    before = problem.digest
    assert dataclasses.replace(problem, ridge=0.2).digest != before
    assert problem.digest == before
