"""Activations given by name or by an equal function of numpy, scipy or math."""

import dataclasses
import math

import numpy as np
import pytest
import scipy.special

import detequiv as de


@pytest.mark.parametrize("name", sorted(de.activations.BUILT_IN))
def test_a_name_selects_the_built_in_activation(name):
    wanted = de.RandomFeatures(50, getattr(de.activations, name))
    found = de.RandomFeatures(50, name)
    assert found == wanted and found.digest == wanted.digest
    assert found.activation is wanted.activation and str(found) == str(wanted)


SAME = {
    "np.tanh": (np.tanh, de.activations.tanh),
    "math.tanh": (math.tanh, de.activations.tanh),
    "np.sin": (np.sin, de.activations.sine),
    "np.sign": (np.sign, de.activations.sign),
    "np.positive": (np.positive, de.activations.identity),
    "scipy's erf": (scipy.special.erf, de.activations.erf),
    "math.erf": (math.erf, de.activations.erf),
    "np.abs": (np.abs, de.activations.leaky_relu(-1.0)),
    "np.square": (np.square, de.activations.polynomial([0.0, 0.0, 1.0])),
    "np.negative": (np.negative, de.activations.polynomial([0.0, -1.0])),
}


@pytest.mark.parametrize("name", SAME)
def test_an_equal_function_selects_the_built_in_activation(name):
    function, wanted = SAME[name]
    found = de.RandomFeatures(50, function).activation
    assert found == wanted and found.digest == wanted.digest
    z = np.linspace(-3, 3, 25)
    np.testing.assert_allclose(found(z), [float(function(x)) for x in z], rtol=1e-12, atol=0)
    # exact moments, which arbitrary functions do not have
    assert found.moments(0.7, digits=30).slope == wanted.moments(0.7, digits=30).slope


def test_names_work_in_predictions_and_problem_files(tmp_path):
    mix = de.Problem(
        signal=1.0, sources=[de.Source(30, de.isotropic(40))], ridge=0.1, model=de.RandomFeatures(50, "tanh")
    )
    other = dataclasses.replace(mix, model=de.RandomFeatures(50, de.activations.tanh))
    assert de.predict(mix).error == de.predict(other).error
    (tmp_path / "mix.toml").write_text(mix.to_toml(), encoding="utf-8")
    assert de.Problem.from_toml(tmp_path / "mix.toml") == mix
