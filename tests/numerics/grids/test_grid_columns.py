"""A sweep's data set: errors of the sources, notes, labels, attributes, and the file it is stored in."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import xarray

import detequiv as de
from detequiv.numerics.grids.grid_axes import coordinate, labels

S = de.power_law(20, 1.0, trace=1.0)
MIX = de.Problem(
    signal=1.0,
    sources=[de.Source(12, S, noise_variance=0.1), de.Source(8, S, shift=de.label_shift(S, 1.0))],
    ridge=1e-3,
)


def with_sources(problem, counts):
    """The problem with sources of these numbers of samples, alternately real and synthetic."""
    kinds = itertools.cycle(problem.sources)
    return replace(problem, sources=[replace(next(kinds), n=n) for n in counts])


MODELS = {
    "linear": de.Linear(),
    "projection": de.RandomProjection(7),
    "wide projection": de.RandomProjection(200),
    "orthogonal": de.OrthogonalProjection(7),
    "features": de.RandomFeatures(30, de.activations.relu),
    "coordinates": de.RandomCoordinates(9),
}
COUNTS = {"few samples": [3, 2], "many samples": [200, 100], "one empty": [40, 0], "all synthetic": [0, 60]}
RIDGES = (0.0, 1e-12, 1e-3, 10.0)


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_sources_and_notes_are_those_of_predictions(model, counts):
    """By families (eight points are enough for one) or one by one. Only a family has no remark on
    additional digits, since it needs none. Errors of a source come from the same traces as the
    terms; a training error of 0 is the limit of what the rounding of a trace leaves of it."""
    problem = replace(with_sources(MIX, counts), model=model)
    ridges = [*RIDGES, 1e-2, 0.1, 0.5, 1.0, 2.0]
    table = de.sweep(lambda ridge: replace(problem, ridge=ridge), ridge=ridges)
    for ridge in ridges:
        prediction, here = de.predict(replace(problem, ridge=ridge)), table.sel(ridge=ridge)
        scale = prediction.error if np.isfinite(prediction.error) else 1.0
        for k, source in enumerate(prediction.sources):
            trained = np.nan if source.training_error is None else source.training_error
            assert here.source_error[k].item() == pytest.approx(source.error, rel=1e-12, abs=1e-26 * scale)
            wanted = pytest.approx(trained, rel=1e-12, abs=1e-26 * scale, nan_ok=True)
            assert here.training_error[k].item() == wanted
        notes = [note for note in prediction.notes if "digits were used" not in note]
        found = [note for note in here.notes.item().split("\n") if note and "digits were used" not in note]
        assert found == notes


def test_problems_with_fewer_sources_are_padded():
    table = de.sweep(lambda K: with_sources(MIX, [9] * K), K=[1, 3, 2])
    assert table.source_error.dims == table.training_error.dims == ("K", "source")
    for K in (1, 2, 3):
        for name in ("source_error", "training_error"):
            row = table[name].sel(K=K).values
            assert np.isfinite(row[:K]).all() and np.isnan(row[K:]).all()


def test_a_grid_of_more_points_than_are_held_at_a_time_is_one_table():
    """1024 are; the number of sources changes from one piece to the next."""
    ridges = np.geomspace(1e-6, 1, 1030)
    table = de.sweep(
        lambda ridge: replace(with_sources(MIX, [9, 9, 9][: 2 + (ridge == 1)]), ridge=ridge), ridge=ridges
    )
    assert table.source_error.shape == (1030, 3)
    assert np.isnan(table.source_error.values[:-1, 2]).all() and np.isfinite(table.source_error.values[-1, 2])
    assert table.error.sel(ridge=ridges[5]).item() == pytest.approx(
        de.predict(replace(with_sources(MIX, [9, 9]), ridge=ridges[5])).error, rel=1e-12
    )


def test_attributes_identify_the_first_point_and_the_version():
    table = de.sweep(lambda ridge: replace(MIX, ridge=ridge), ridge=[0.5, 1.0])
    first = replace(MIX, ridge=0.5)
    assert table.attrs == {
        "description": f"{first} (first point of the grid)",
        "digest": first.digest,
        "detequiv_version": de.__version__,
    }


@pytest.mark.parametrize(
    "table",
    [
        de.sweep(lambda width: replace(MIX, model=de.RandomProjection(width)), width=[3, 7]),
        de.sweep(lambda seen: replace(MIX, model=de.RandomCoordinates(seen)), seen=[3, 7]),
    ],
    ids=["widths", "coordinates"],
)
def test_variables_and_coordinates_have_names_and_units(table):
    for name, variable in table.variables.items():
        assert variable.attrs["long_name"], name
    in_labels = {name for name, variable in table.data_vars.items() if "units" in variable.attrs}
    assert in_labels == set(table.data_vars) - {"status", "notes", "degrees_left", "approximation_error"}


def test_plots_are_labelled():
    import matplotlib.pyplot as plt

    table = de.sweep(lambda width: replace(MIX, model=de.RandomProjection(width)), width=[3, 7])
    (line,) = table.error.plot()
    assert line.axes.get_ylabel().replace("\n", " ") == "test error E, noise excluded [labels squared]"
    assert line.axes.get_xlabel() == "width m [features]"
    plt.close("all")


# Axes of objects

OBJECTS = {
    "models": ([de.Linear(), de.RandomProjection(3)], lambda x: replace(MIX, model=x)),
    "sources": ([*MIX.sources, MIX.sources[0]], lambda x: replace(MIX, sources=[x])),
    "spectra": ([S, de.isotropic(20)], lambda x: replace(MIX, sources=[de.Source(9, x)])),
    "spectra that look alike": (
        [de.Spectrum([1.0, 0.5, 0.2, 0.1 + e]) for e in (1e-9, 2e-9)],
        lambda x: replace(MIX, sources=[de.Source(9, x)]),
    ),
    "activations": (
        [de.activations.relu, de.activations.tanh, "erf"],
        lambda x: replace(MIX, model=de.RandomFeatures(5, x)),
    ),
    "functions": (
        [np.arctan, lambda x: x],
        lambda x: replace(MIX, model=de.RandomFeatures(5, de.Activation("mine", x))),
    ),
    "None among numbers": ([None, 0.3], lambda x: replace(MIX, sources=[replace(MIX.sources[0], shift=x)])),
    "words": (["a", "b"], lambda x: MIX),
    "truth values": ([True, False], lambda x: MIX),
    "numbers": ([1, 2.5], lambda x: replace(MIX, ridge=x)),
    "large integers": ([10, 3 * 2**31], lambda x: with_sources(MIX, [x])),
    "problems": ([MIX, replace(MIX, ridge=1.0)], lambda x: x),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_axis_is_labelled_and_stored(name, tmp_path):
    """netCDF 3, which scipy writes."""
    values, build = OBJECTS[name]
    table = de.sweep(lambda x, ridge: replace(build(x), ridge=ridge), x=values, ridge=[0.0, 1e-2])
    assert len(set(table.x.values.tolist())) == len(values)
    for x, label in zip(values, table.x.values.tolist(), strict=True):
        wanted = de.predict(replace(build(x), ridge=1e-2)).error
        assert table.error.sel(x=label, ridge=1e-2).item() == pytest.approx(wanted, rel=1e-12)
        assert "\n" not in str(label) and " at 0x" not in str(label)
    table.to_netcdf(tmp_path / "table.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "table.nc", engine="scipy") as stored:
        xarray.testing.assert_equal(stored.load(), table)
        assert stored.attrs == table.attrs
        for variable in table.variables:
            assert stored[variable].attrs == table[variable].attrs


def test_notes_survive_storage(tmp_path):
    """Lines, Greek letters, and points without any."""
    activation = de.activations.relu
    table = de.sweep(
        lambda n, width: replace(with_sources(MIX, [n]), model=de.RandomFeatures(width, activation)),
        n=[3, 400],
        width=[2, 5],
    )
    notes = table.notes.values.ravel().tolist()
    assert any("\n" in note for note in notes) and any("Σ" in note for note in notes)
    table.to_netcdf(tmp_path / "table.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "table.nc", engine="scipy") as stored:
        assert stored.notes.values.ravel().tolist() == notes


def test_labels_differ_whatever_the_values():
    assert labels(["a (1)", np.sin, np.sin, "sin (1)"]) == ["a (1)", "sin (2)", "sin (3)", "sin (1)"]
    assert labels([None, "None", "None (1)"]) == ["None (2)", "None (3)", "None (1)"]


@pytest.mark.parametrize("name", ["width", "n", "ridge", "quality", "anything"])
def test_numbers_keep_their_values(name):
    dim, values, attrs = coordinate(name, [1, 2, 3])
    assert (dim, values) == (name, [1, 2, 3]) and attrs["long_name"]
