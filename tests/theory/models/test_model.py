"""Models and activations that are none, and features that one constant cannot centre."""

import numpy as np
import pytest

import detequiv as de
from helpers.refusals import refused
from helpers.small_problems import MATRIX, RELU, S, problem, source

MODELS = ("Linear()", "RandomProjection(width)", "OrthogonalProjection(width)")
NAMES = ("erf, gelu, identity, relu, sign, sine, softplus, tanh", "de.activations")
OWN = 'de.Activation("name", f)'
WRONG = {
    "a model class": (lambda: problem(model=de.Linear), "model", MODELS, "<class 'detequiv"),
    "a model name": (lambda: problem(model="linear"), "model", MODELS, "'linear'"),
    "no model": (lambda: problem(model=None), "model", MODELS, "None"),
    "a width for a model": (lambda: problem(model=5), "model", MODELS, "5"),
    "an unknown activation": (
        lambda: de.RandomFeatures(5, "rleu"),
        "activation",
        "not known",
        "'rleu'",
        ("'relu'?", *NAMES),
    ),
    "an activation in capitals": (
        lambda: de.RandomFeatures(5, "ReLU"),
        "activation",
        "not known",
        "'ReLU'",
        ("'relu'?", *NAMES),
    ),
    "a name without its parameter": (
        lambda: de.RandomFeatures(5, "leaky_relu"),
        "activation",
        "parameter",
        ("leaky_relu", "none"),
        "de.activations.leaky_relu(0.1)",
    ),
    "an activation without its parameter": (
        lambda: de.RandomFeatures(5, de.activations.polynomial),
        "activation",
        "parameter",
        ("polynomial", "none"),
        "de.activations.polynomial([0, 1, 0, 0.3])",
    ),
    "a function of yours": (
        lambda: de.RandomFeatures(5, lambda z: z),
        "activation",
        "Activation function",
        "<lambda>",
        OWN,
    ),
    "a function of numpy": (
        lambda: de.RandomFeatures(5, np.arctan),
        "activation",
        "Activation function",
        "arctan",
        OWN,
    ),
    "a list for an activation": (
        lambda: de.RandomFeatures(5, [1.0]),
        "activation",
        "Activation name",
        "[1.0]",
        NAMES,
    ),
    "no activation": (lambda: de.RandomFeatures(5, None), "activation", "Activation name", "None", NAMES),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_model_or_activation_is_refused(name):
    call, *facts = WRONG[name]
    with refused(de.SpecError, *facts):
        call()


def test_an_orthogonal_width_is_at_most_the_dimension():
    rule, remedy = "at most dimension", "RandomProjection"
    with refused(de.SpecError, "width", rule, ("d = 3", "4"), remedy):
        problem(model=de.OrthogonalProjection(4))
    assert problem(model=de.OrthogonalProjection(3)).model.width == 3
    with refused(de.SpecError, "width", rule, ("d = 7", "8"), remedy):
        problem(sources=[source(5, de.Spectrum([1.0, 2.0], [3, 4]))], model=de.OrthogonalProjection(8))


# Features are centred by one constant


@pytest.mark.parametrize("other", [[1.0, 1.0, 1.0], MATRIX], ids=["diagonal", "dense"])
@pytest.mark.parametrize("place", ["source", "source without samples", "target"])
def test_features_whose_means_differ_are_refused_with_the_means(other, place):
    if place == "target":
        fields = {"target": de.Target(other)}
    else:
        fields = {"sources": [source(), source(5 if place == "source" else 0, other)]}
    traces = (sum(S), np.trace(other) if np.ndim(other) == 2 else sum(other))
    means = sorted(np.sqrt(trace / sum(S) / (2 * np.pi)) for trace in traces)  # E relu(z)
    told = tuple(f"{mean:.6g}" for mean in means)
    with refused(de.SpecError, "relu", "not odd one mean", told, ("one trace", "odd activation")):
        problem(model=RELU, **fields)


@pytest.mark.parametrize(
    "other", [[0.25, 0.5, 1.0], MATRIX * (1.75 / 5), [1.75 / 3] * 3], ids=["order", "dense", "flat"]
)
def test_features_of_one_trace_are_accepted(other):
    mix = problem(model=RELU, sources=[source(), source(5, other)], target=de.Target(other))
    assert de.predict(mix).error > 0


@pytest.mark.parametrize("name", ["tanh", "erf", "identity", "sign", "sine"])
def test_odd_features_are_centred_whatever_the_traces(name):
    model = de.RandomFeatures(5, getattr(de.activations, name))
    mix = problem(model=model, sources=[source(), source(5, MATRIX)])
    assert de.predict(mix).error > 0
