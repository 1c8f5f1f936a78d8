"""Specifications are values: equality, digests, frozen arrays, pickling, replacement."""

import dataclasses
import fractions
import os
import pickle
import re
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detequiv as de
from helpers.example_values import NAMES, arrays_of, blocks, matrix, mix, several
from helpers.refusals import refused
from helpers.strategies import mixes, problems

# Equality


@pytest.mark.parametrize("name", NAMES)
def test_values_made_alike_are_equal(name):
    a, b = several()[name], several()[name]
    assert a is not b
    assert a == b
    assert hash(a) == hash(b)
    assert a.digest == b.digest


def test_values_of_different_classes_or_fields_differ():
    values = list(several().values())
    assert len(set(values)) == len({value.digest for value in values}) == len(values)
    for i, value in enumerate(values):
        assert all(value != other for other in values[:i])


@pytest.mark.parametrize("other", [None, 1.0, "mix", (1.0, 0.5, 0.25), [1.0, 0.5, 0.25]])
def test_nothing_else_is_equal_to_a_value(other):
    assert de.Spectrum([1.0, 0.5, 0.25]) != other


CHANGES = {
    "signal": {"signal": [1.0, 2.0, 3.5]},
    "a scalar signal": {"signal": 1.0},
    "ridge": {"ridge": 0.1000000000000001},
    "model": {"model": de.RandomProjection(5)},
    "target": {"target": de.Target([1.0, 0.5, 0.25])},
    "the sign of a fixed truth": {"signal": de.Fixed([1.0, 2.0, 3.0])},
    "a signal that is a matrix": {"signal": np.diag([1.0, 2.0, 3.0])},
    "an orthogonal model": {"model": de.OrthogonalProjection(3)},
    "order of the sources": {"sources": mix().sources[::-1]},
    "one source less": {"sources": mix().sources[:1]},
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_makes_another_problem(name):
    changed = mix(**CHANGES[name])
    assert changed != mix()
    assert changed.digest != mix().digest


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 5},
        {"covariance": [1.0, 0.5, 0.2]},
        {"covariance": np.diag([1.0, 0.5, 0.25])},
        {"shift": np.diag([0.1, 0.2, 0.3])},
        {"shift": de.Fixed(np.sqrt([0.1, 0.2, 0.3]))},
        {"noise_variance": 0.3},
        {"shift": None},
        {"shift": 0.0},
        {"gain": 0.9},
        {"weight": 0.4},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_any_change_makes_another_source(fields):
    source = mix().sources[1]
    assert dataclasses.replace(source, **fields) != source


def test_a_scalar_is_not_an_array_of_equal_entries():
    assert mix(signal=1.0) != mix(signal=np.ones(3))
    a, b = de.Source(3, [1.0, 2.0], shift=0.5), de.Source(3, [1.0, 2.0], shift=[0.5, 0.5])
    assert a != b and a.digest != b.digest


def test_a_diagonal_is_not_a_matrix():
    """They give the same predictions, but are different things to a store."""
    a, b = de.Source(3, [1.0, 2.0]), de.Source(3, np.diag([1.0, 2.0]))
    assert a != b and a.digest != b.digest
    assert de.Covariance(np.eye(2)) != de.Spectrum([1.0, 1.0])


def test_a_vector_is_not_a_column():
    assert de.Fixed([1.0, 2.0]) != de.Fixed([[1.0], [2.0]])
    assert de.Fixed([1.0, 2.0]) != de.Fixed([-1.0, -2.0])


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 1), (2, 2)])
def test_any_change_of_a_block_makes_other_moments(place):
    changed, (j, k) = blocks(), place
    changed[j][k] = changed[k][j] = np.multiply(changed[j][k], 0.75)
    a, b = de.Moments(blocks()), de.Moments(changed)
    assert a != b and a.digest != b.digest


def test_blocks_may_come_in_any_sequence():
    array = np.array([[1.0, 0.5], [0.5, 1.0]])
    for form in (array, array.tolist(), tuple(map(tuple, array)), np.float32(array)):
        assert de.Moments(form) == de.Moments(array.tolist())
        assert de.Moments(form).digest == de.Moments(array.tolist()).digest


def test_the_symmetric_part_of_a_matrix_is_kept():
    rounded = matrix()
    rounded[0, 1] += 4e-16
    a, b = de.Covariance(rounded), de.Covariance(rounded.T)
    assert a == b and a.digest == b.digest
    assert (a.matrix == a.matrix.T).all()


def test_models_of_one_width_differ_by_their_kind():
    kinds = [de.RandomProjection(5), de.OrthogonalProjection(5)]
    kinds += [de.RandomFeatures(5, a) for a in (de.activations.relu, de.activations.tanh)]
    assert len({kind.digest for kind in kinds}) == len(set(kinds)) == 4


def test_activations_are_told_apart_by_values_and_not_by_names():
    doubled = de.Activation("tanh", lambda z: 2 * np.tanh(z))
    renamed = de.Activation("my own", np.tanh)
    model = de.RandomFeatures(5, de.activations.tanh)
    assert dataclasses.replace(model, activation=renamed) == model
    assert dataclasses.replace(model, activation=renamed).digest == model.digest
    assert dataclasses.replace(model, activation=doubled) != model


def test_no_shift_is_not_a_shift_of_zero():
    assert de.Source(3, [1.0]) != de.Source(3, [1.0], shift=0.0)


def test_multiplicities_of_one_are_not_none():
    assert de.Spectrum([1.0, 2.0]) != de.Spectrum([1.0, 2.0], [1.0, 1.0])


@pytest.mark.parametrize(
    "values",
    [
        [2, 1, 1],
        (2.0, 1.0, 1.0),
        np.array([2, 1, 1]),
        np.array([2, 1, 1], dtype=np.uint8),
        np.array([2, 1, 1], dtype=np.float32),
        np.array([1, 1, 2.0])[::-1],
        [fractions.Fraction(2), 1, 1.0],
    ],
    ids=["list", "tuple", "int", "uint8", "float32", "reversed view", "fractions"],
)
def test_numbers_are_equal_whatever_they_were_written_as(values):
    a, b = de.Spectrum(values), de.Spectrum(np.array([2.0, 1.0, 1.0]))
    assert a == b and a.digest == b.digest
    assert a.values.dtype == np.float64 and a.values.flags.c_contiguous


@pytest.mark.parametrize("ridge", [1, np.float32(1), np.int64(1), fractions.Fraction(1), 1.0])
def test_scalars_are_equal_whatever_they_were_written_as(ridge):
    a = mix(ridge=ridge)
    assert a == mix(ridge=1.0) and a.digest == mix(ridge=1.0).digest
    assert type(a.ridge) is float


def test_decimals_are_refused_and_not_guessed():
    """Decimal is no Real to Python; float(…) says what is meant."""
    with refused(de.SpecError, "ridge", "real number", "Decimal('0.1')"):
        mix(ridge=Decimal("0.1"))


def test_minus_zero_is_zero():
    a, b = de.Spectrum([1.0, -0.0]), de.Spectrum([1.0, 0.0])
    assert a == b and a.digest == b.digest
    assert not np.signbit(a.values).any()
    assert mix(ridge=-0.0).digest == mix(ridge=0.0).digest
    assert de.Source(3, [1.0], gain=-0.0).digest == de.Source(3, [1.0], gain=0.0).digest
    assert mix(signal=-0.0).digest == mix(signal=0.0).digest


# Digests


def test_a_digest_is_64_hexadecimal_digits():
    assert re.fullmatch("[0-9a-f]{64}", mix().digest)


CODE = """
import detequiv as de
s = de.Spectrum([1.0, 0.5, 0.25])
real = de.Source(8, s, noise_variance=0.1)
synthetic = de.Source(4, s, noise_variance=0.2, shift=[0.1, 0.2, 0.3], weight=0.5)
print(de.Problem(signal=[1.0, 2.0, 3.0], sources=[real, synthetic], ridge=0.1).digest)
dense = [[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 1.0]]
source, model = de.Source(8, dense), de.RandomFeatures(5, de.activations.tanh)
signal = de.Fixed([1, -1, 2])
print(de.Problem(signal=signal, sources=[source], ridge=0, model=model).digest)
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_digest_is_the_same_in_every_process(seed):
    path = os.pathsep.join(filter(None, sys.path))
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    features = de.Problem(
        signal=de.Fixed([1, -1, 2]),
        sources=[de.Source(8, matrix())],
        ridge=0,
        model=de.RandomFeatures(5, de.activations.tanh),
    )
    assert done.stdout.split() == [mix().digest, features.digest]


@settings(max_examples=30)
@given(st.one_of(mixes(gains=True), problems()), st.one_of(mixes(gains=True), problems()))
def test_digests_are_equal_where_problems_are(a, b):
    assert (a.digest == b.digest) == (a == b)
    back = pickle.loads(pickle.dumps(b))
    assert back == b and back.digest == b.digest


# Arrays


def test_arrays_are_copied_from_the_callers():
    values, signal, shift = np.array([1.0, 0.5]), np.array([1.0, 2.0]), np.array([0.1, 0.2])
    source = de.Source(3, values, shift=shift)
    problem = de.Problem(signal=signal, sources=[source], ridge=0.1)
    digest = de.Problem(signal=signal.copy(), sources=[source], ridge=0.1).digest
    for array in (values, signal, shift):
        assert array.flags.writeable, "the caller's array stays the caller's"
        array[:] = 7.0
    assert source.covariance.values.tolist() == [1.0, 0.5]
    assert source.shift.tolist() == [0.1, 0.2]
    assert problem.signal.tolist() == [1.0, 2.0]
    assert problem.digest == digest


class Labelled:
    """What data frames and series are: no arrays, but numpy can make one of them."""

    def __init__(self, values):
        self.values = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)


@pytest.mark.parametrize(
    "build",
    [
        de.Spectrum,
        de.Fixed,
        lambda x: de.Source(5, x),
        lambda x: de.Source(5, [1.0, 0.5, 0.25], shift=x),
        lambda x: mix(signal=x),
        lambda x: de.Moments([[x, 0.0], [0.0, 1.0]]),
    ],
    ids=["spectrum", "fixed", "covariance", "shift", "signal", "block"],
)
@pytest.mark.parametrize(
    "wrap",
    [Labelled, tuple, np.ma.array, lambda x: [fractions.Fraction(number) for number in x]],
    ids=["labelled", "tuple", "nothing masked", "fractions"],
)
def test_whatever_numpy_makes_an_array_of_is_one(build, wrap):
    values = [3.0, 2.0, 1.0]
    assert build(wrap(values)) == build(np.array(values))


def test_rows_of_blocks_may_be_labelled_too():
    blocks = [[1.0, 0.5], [0.5, 1.0]]
    assert de.Moments(Labelled(blocks)) == de.Moments(blocks) == de.Moments(np.array(blocks))


def test_a_fixed_truth_whose_square_overflows_has_a_name_all_the_same():
    assert repr(de.Fixed([1e200, 1.0])) == "Fixed(d=2, |w|²=inf)"


@pytest.mark.parametrize(("sources", "said"), [(1, "1 source and"), (2, "2 sources and")])
def test_joint_moments_count_their_sources(sources, said):
    assert repr(de.Moments(np.eye(sources + 1))) == f"Moments({said} the target)"


def test_a_write_protected_array_of_the_callers_is_copied_too():
    values = np.array([1.0, 0.5])
    view = values.view()
    view.setflags(write=False)
    spectrum = de.Spectrum(view)
    values[0] = 7.0
    assert spectrum.values.tolist() == [1.0, 0.5]


@pytest.mark.parametrize("name", NAMES)
def test_arrays_are_write_protected(name):
    for array in arrays_of(several()[name]):
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_what_solvers_read_is_write_protected_or_a_copy():
    problem = mix()
    before = problem.digest
    read = problem.coordinates.independent
    for array in (*problem.coordinates.covariances, read.signal, *read.shifts[1:]):
        if array.flags.writeable:
            array[0] = 99.0
    assert problem.digest == before
    assert de.predict(problem).error == de.predict(mix()).error


def old_problems():
    """By the digests that they had before there were matrices, fixed truths and moments."""
    source = de.Source(3, [1.0, 0.5], noise_variance=0.1, shift=0.2)
    plain = {"signal": 1.0, "sources": [source], "ridge": 0.1}
    gained = [de.Source(8, [2.0, 1.0], gain=-0.5)]
    target = de.Target([3.0, 1.0], noise_variance=0.5)
    return {
        "6f3e27d1c83c48e7b2b9b4fb2697da2e3f32ec462f66e22a84e322cbd896d077": de.Problem(
            **plain, model=de.RandomProjection(4)
        ),
        "0a31556056a57afd076ff86fe69a349347cceac6a30a6ad88279372018179ca0": mix(),
        "b9ad7c7b3726a90d8f943adb34211a7df966c8529dfebc5197784b10a42cc6e9": de.Problem(
            signal=2, sources=gained, ridge=1e-8, model=de.RandomProjection(5, 0.25), target=target
        ),
        "cee15f6b385414929854e21706b5ca1ded6f68c440474b6bb7479cb18ce511ea": de.Problem(
            signal=1.0, sources=[de.Source(8, de.isotropic(100))], ridge=0, model=de.RandomProjection(5)
        ),
        "32b4f8566853edb5859f51f253544ba560c9f43edee1ab04fde81aa9bd7e483f": de.Problem(
            signal=1.0, sources=[de.Source(8, de.Spectrum([2.0, 1.0], basis=np.eye(2)))], ridge=1
        ),
    }


@pytest.mark.parametrize("digest", old_problems())
def test_digests_stay_what_they_are(digest):
    """Stores are keyed by them: a change must be meant, and raise value.DIGEST_VERSION."""
    assert old_problems()[digest].digest == digest


def test_what_has_its_default_goes_unsaid():
    """So that a field with a default, added later, changes no digest."""
    plain = de.Spectrum([1.0, 0.5])
    assert plain.digest == de.Spectrum([1.0, 0.5], None, None).digest
    assert plain.digest != de.Spectrum([1.0, 0.5], [1.0, 1.0]).digest


def test_a_frozen_array_cannot_be_thawed():
    values = de.Spectrum([1.0, 0.5]).values
    with pytest.raises(ValueError, match="cannot set WRITEABLE"):
        values.setflags(write=True)
