"""Results where people look at them: HTML, dictionaries, data sets and plots, of every kind of result."""

import dataclasses
import json
import math
import subprocess
import sys
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray

import detequiv as de

S = de.power_law(12, 1.0, trace=1.0)
REAL = de.Source(20, S, noise_variance=0.1)
SHIFTED = de.Source(9, S, shift=de.label_shift(S, 1.0))
TERMS = ["error", "bias", "variance", "collapse"]

PROBLEMS = {
    "two sources": de.Problem(signal=1.0, sources=[REAL, SHIFTED], ridge=1e-2),
    "projection": de.Problem(signal=1.0, sources=[REAL], ridge=1e-2, model=de.RandomProjection(8)),
    "features": de.Problem(
        signal=1.0, sources=[REAL], ridge=1e-2, model=de.RandomFeatures(8, de.Activation("a<b & c", np.tanh))
    ),
    "coordinates": de.Problem(signal=1.0, sources=[REAL], ridge=1e-2, model=de.RandomCoordinates(5)),
    "divergence": de.Problem(signal=1.0, sources=[dataclasses.replace(REAL, n=12)], ridge=0),
    "no noise": de.Problem(signal=1.0, sources=[de.Source(20, S)], ridge=0),
    "a gain": de.Problem(signal=1.0, sources=[REAL, de.Source(9, S, gain=3.0)], ridge=1e-2),
    "an empty source": de.Problem(signal=1.0, sources=[REAL, dataclasses.replace(SHIFTED, n=0)], ridge=1e-2),
    "untrained": de.Problem(signal=1.0, sources=[dataclasses.replace(REAL, weight=0.0)], ridge=1.0),
    "matrices": de.Problem(
        signal=1.0,
        sources=[de.Source(20, np.eye(3) + 0.2), de.Source(9, np.diag([1.0, 2.0, 3.0]), gain=0.5)],
        ridge=1e-2,
        target=de.Target(np.eye(3), noise_variance=0.3),
    ),
    "two outputs": de.Problem(signal=de.Fixed(np.ones((12, 2))), sources=[REAL], ridge=1e-2),
}
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def simulation(problem):
    return de.simulate(problem, trials=6)


def agreement(problem):
    finite = problem if problem is not PROBLEMS["divergence"] else PROBLEMS["two sources"]
    return de.compare(de.predict(finite), simulation(finite), tolerance=0.05)


RESULTS = {"prediction": de.predict, "simulation": simulation, "agreement": agreement}
every_result = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
VIEWED = {**RESULTS, "problem": lambda p: p, "point": lambda p: de.predict(p).fixed_point}


class Page(HTMLParser):
    """The text of a page by tag; fails where tags do not match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tables, self.paragraphs = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data
        elif "p" in self.open:
            self.paragraphs[-1] += data


@every_problem
@pytest.mark.parametrize("view", VIEWED.values(), ids=VIEWED)
def test_html_is_a_sentence_and_then_tables(view, problem):
    text = view(problem)._repr_html_()
    page = Page(text)
    assert "<pre" not in text and page.paragraphs[0] and text.index("<p>") < text.index("<table")
    assert page.tables
    for table in page.tables:
        assert len({len(row) for row in table}) == 1
    assert "color: #" not in text and "background: #" not in text


def test_names_are_escaped():
    for view in (de.predict, lambda problem: problem, simulation):
        text = view(PROBLEMS["features"])._repr_html_()
        assert "a&lt;b &amp; c" in text and "a<b" not in text


@every_problem
def test_tables_hold_the_numbers(problem):
    prediction, run = de.predict(problem), simulation(problem)
    terms = {row[0]: row for row in Page(prediction._repr_html_()).tables[0]}
    for name in TERMS:
        row = terms["test error" if name == "error" else f"  {name}"]
        assert float(row[2]) == pytest.approx(float(getattr(prediction, name)), rel=1e-3, abs=1e-300)
    terms = {row[0]: row for row in Page(run._repr_html_()).tables[0]}
    for name in TERMS:
        assert "±" in terms["test error" if name == "error" else name][2]
    sources = Page(problem._repr_html_()).tables[0]
    assert [int(row[1]) for row in sources[1:]] == [source.n for source in problem.sources]


def test_other_objects_have_tables_too():
    found = de.extrapolate(PROBLEMS["projection"], (1, 2), trials=32, tolerance=1.0)
    for shown in (S, de.isotropic(5), found):
        assert Page(shown._repr_html_()).tables


@every_problem
@every_result
def test_dictionaries_read_back_exactly_through_json(result, problem):
    found = result(problem)
    plain = found.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["digest"] == found.problem.digest and plain["detequiv_version"] == de.__version__
    assert plain["description"] == str(found.problem)


def test_infinities_are_written_as_the_command_line_writes_them():
    plain = de.predict(PROBLEMS["divergence"]).to_dict()
    assert plain["variance"] == math.inf and '"variance": Infinity' in json.dumps(plain)


def test_digits_are_kept_as_text():
    plain = de.predict(PROBLEMS["two sources"], digits=30).to_dict()
    assert json.loads(json.dumps(plain)) == plain and len(plain["error"]) > 25


@every_problem
@every_result
def test_data_sets_are_stored_and_read_back(result, problem, tmp_path):
    found = result(problem)
    table = found.to_xarray()
    assert table.attrs["digest"] == found.problem.digest
    assert table.attrs["detequiv_version"] == de.__version__
    assert all(variable.attrs["long_name"] for variable in table.data_vars.values())
    table.to_netcdf(tmp_path / "a.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "a.nc", engine="scipy") as stored:
        xarray.testing.assert_equal(stored.load(), table)
        assert dict(stored.attrs) == table.attrs


@every_problem
def test_data_sets_hold_the_numbers(problem):
    prediction, run = de.predict(problem), simulation(problem)
    predicted, simulated = prediction.to_xarray(), run.to_xarray()
    for name in TERMS:
        assert predicted.predicted.sel(term=name).item() == getattr(prediction, name)
        assert simulated.simulated.sel(term=name).item() == pytest.approx(getattr(run.mean, name), rel=1e-14)
        found = simulated.simulated_stderr.sel(term=name).item()
        assert found == pytest.approx(getattr(run.stderr, name), rel=1e-12, abs=1e-15)
        assert (simulated.simulated_samples.sel(term=name).values == getattr(run.samples, name)).all()
    for k, source in enumerate(prediction.sources):
        assert predicted.source_error[k].item() == source.error
        trained = predicted.training_error[k].item()
        assert math.isnan(trained) if source.training_error is None else trained == source.training_error
        in_training = run.mean.training_errors[k]
        trained = simulated.training_error[k].item()
        assert math.isnan(trained) if in_training is None else trained == pytest.approx(in_training)


def test_without_training_errors_there_are_none():
    table = de.simulate(PROBLEMS["two sources"], trials=3, training=False).to_xarray()
    assert np.isnan(table.training_error).all() and np.isfinite(table.source_error).all()


def test_an_agreement_without_a_problem_has_no_description():
    found = de.assert_agrees(theory=0.0, simulation=lambda rng: rng.normal(), tolerance=1.0)
    assert "digest" not in found.to_dict() and "digest" not in found.to_xarray().attrs
    given = de.assert_agrees(theory=0.0, simulation=np.random.default_rng(0).normal(size=999), tolerance=1.0)
    assert given.to_dict()["seed"] is None and given.to_xarray().attrs["seed"] == ""


def test_a_confirmation_is_in_the_dictionary():
    with pytest.raises(de.DisagreementError) as caught:
        de.assert_agrees(PROBLEMS["two sources"], theory=9.0, tolerance=0.1)
    plain = caught.value.agreement.to_dict()
    assert plain["confirmation"]["verdict"] == plain["verdict"] == "disagrees"
    assert json.loads(json.dumps(plain)) == plain


@every_problem
@every_result
def test_plots_are_on_the_axes_given_and_have_labels(result, problem):
    found = result(problem)
    figure, (left, right) = plt.subplots(ncols=2)
    before = plt.get_fignums()
    assert found.plot(ax=right) is right and plt.get_fignums() == before
    assert right.get_ylabel() or right.get_xlabel()
    assert right.get_legend() is not None and not left.has_data()
    figure.canvas.draw()
    fresh = found.plot()
    assert fresh.figure is not figure
    plt.close("all")


@pytest.mark.parametrize("term", TERMS)
def test_a_simulation_marks_mean_and_prediction(term):
    problem = PROBLEMS["two sources"]
    run, wanted = simulation(problem), getattr(de.predict(problem), term)
    mean, predicted = (line.get_xdata()[0] for line in run.plot(term=term).get_lines())
    assert (mean, predicted) == (getattr(run.mean, term), pytest.approx(wanted, rel=1e-12))
    _, predicted = (line.get_xdata()[0] for line in run.plot(term=term, predicted=0.25).get_lines())
    assert predicted == 0.25
    plt.close("all")


def test_bars_add_up_to_the_error():
    prediction = de.predict(PROBLEMS["two sources"])
    bars = prediction.plot().patches[:3]
    assert max(bar.get_y() + bar.get_height() for bar in bars) == pytest.approx(prediction.error, rel=1e-12)
    plt.close("all")


def test_another_term_is_refused():
    with pytest.raises(de.SpecError, match="term must be error, bias, variance or collapse; got 'noise'"):
        simulation(PROBLEMS["projection"]).plot(term="noise")


def test_views_but_plots_do_not_load_matplotlib():
    code = (
        "import sys, detequiv as de; p = de.Problem(signal=1, sources=[de.Source(9, [1.0])], ridge=0.1); "
        "a = de.assert_agrees(p, tolerance=1.0); r = de.simulate(p, trials=2); "
        "[(x._repr_html_(), x.to_dict()) for x in (de.predict(p), r, a)]; "
        "print([name for name in ('matplotlib', 'xarray') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
