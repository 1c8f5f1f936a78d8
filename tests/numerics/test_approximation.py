"""The estimated error of the theory: features outside n, m ∝ d, invariances and edge cases."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import detequiv as de
from detequiv.numerics.approximation import Approximation
from detequiv.numerics.notes import regime_notes
from detequiv.numerics.radial import radial_error
from detequiv.theory.radial_equations import RadialEquations
from detequiv.theory.radial_modes import radial_modes

REFERENCE = Path(__file__).parent.parent / "reference"
PLAIN = json.loads((REFERENCE / "plain_features.json").read_text())
"""Random problems, simulated by tests/reference/draw_plain.py."""

ACTIVATIONS = {
    "relu": de.activations.relu,
    "tanh": de.activations.tanh,
    "erf": de.activations.erf,
    "sign": de.activations.sign,
    "cubic": de.activations.polynomial([0, 1, 0.3, 0.2]),
    "sin": de.activations.sine,
    "softplus": de.activations.softplus,
    "gelu": de.activations.gelu,
    "leaky": de.activations.leaky_relu(0.1),
    "step": de.Activation("step", lambda z: (z > 0).astype(float)),
    "quad": de.activations.polynomial([-0.5, 1, 0.5]),
    "identity": de.activations.identity,
}


def features(activation, spectrum, n, m, ridge=1e-3, noise=0.25):
    """One source, null error 1."""
    return de.Problem(
        signal=1 / spectrum.values.sum() if spectrum.multiplicities is None else 1.0,
        sources=[de.Source(n, spectrum, noise_variance=noise)],
        ridge=ridge,
        model=de.RandomFeatures(m, ACTIVATIONS[activation]),
    )


OUTSIDE = [
    # activation, d, n, m, ridge, noise, predicted, simulated (plain numpy), standard error
    ("relu", 60, 1800, 4000, 1e-3, 0.25, 0.2167, 0.4367, 0.0010),
    ("relu", 15, 165, 600, 1e-3, 0.25, 0.1315, 0.4683, 0.0010),
    ("relu", 60, 240, 800, 1e-3, 0.25, 0.2270, 0.2605, 0.0010),
    ("relu", 40, 800, 800, 1e-4, 0.0, 0.2997, 0.0806, 0.0002),
    ("erf", 40, 800, 800, 1e-4, 0.0, 0.0536, 0.0901, 0.0004),
    ("tanh", 30, 100, 400, 1e-6, 0.25, 0.1930, 0.2327, 0.0006),
]


def one(activation, d, n, m, ridge=1e-3, noise=0.25):
    return de.predict(features(activation, de.isotropic(d, trace=1.0), n, m, ridge, noise))


@pytest.mark.parametrize("case", OUTSIDE, ids=lambda case: " ".join(map(str, case[:4])))
def test_features_outside_the_linear_regime_are_flagged(case):
    """The corrected error is off by less than a quarter of the correction."""
    activation, d, n, m, ridge, noise, predicted, simulated, _ = case
    p = one(activation, d, n, m, ridge, noise)
    assert p.error == pytest.approx(predicted, abs=1e-4)
    assert p.status is de.Status.APPROXIMATE
    corrected = p.error * (1 + p.approximation_error)
    assert abs(corrected - simulated) < 0.25 * abs(p.error - simulated)
    assert "Gaussian equivalence" in p.notes[-1] and "than the theory predicts" in p.notes[-1]


def test_features_in_proportion_to_the_dimension_are_not_flagged():
    """Plain numpy simulation at d = 100: 0.5108 ± 0.0005, 128 trials."""
    near, nearer = one("relu", 100, 300, 600), one("relu", 200, 2000, 2500)
    assert near.status is nearer.status is de.Status.OK
    assert near.error * (1 + near.approximation_error) == pytest.approx(0.5108, abs=0.002)
    assert abs(nearer.approximation_error) < 0.02


def test_a_wrong_ranking_of_widths_is_flagged():
    """d = 30, n = 450: in simulation width 2000 is nearly the worst (0.359; 0.210 at width 120)."""
    wide, narrow = one("relu", 30, 450, 2000), one("relu", 30, 450, 120)
    assert wide.error < narrow.error
    assert wide.status is de.Status.APPROXIMATE
    assert wide.error * (1 + wide.approximation_error) == pytest.approx(0.359, rel=0.05)
    assert narrow.error * (1 + narrow.approximation_error) == pytest.approx(0.210, rel=0.05)


@pytest.fixture(scope="module")
def judged():
    """(flagged, |log simulated/predicted|) of the problems of the file."""
    rows = []
    for case in PLAIN:
        values = np.arange(1.0, case["d"] + 1) ** -case["exponent"]
        spectrum = de.Spectrum(values / values.sum())
        sizes = (case[name] for name in ("n", "m", "ridge", "noise"))
        p = de.predict(features(case["activation"], spectrum, *sizes))
        rows.append((p.status is not de.Status.OK, abs(math.log(case["simulated"] / p.error))))
    return np.array(rows).T


def test_few_inaccurate_predictions_are_missed(judged):
    """At most 3 % of predictions with an error above 10 %."""
    flagged, off = judged
    assert (off > 0.1).sum() > 80
    assert ((flagged == 0) & (off > 0.1)).sum() <= 0.03 * (off > 0.1).sum()


def test_few_accurate_predictions_are_flagged(judged):
    """At most 10 % of predictions with an error below 2 %."""
    flagged, off = judged
    assert (off < 0.02).sum() > 60
    assert ((flagged == 1) & (off < 0.02)).sum() <= 0.10 * (off < 0.02).sum()


def test_linear_features_have_no_error_of_gaussian_equivalence():
    """Features of the identity are a random projection."""
    s = de.power_law(40, 0.7, trace=1.0)
    projected = replace(
        features("identity", s, 60, 90), model=de.RandomProjection(90, entry_variance=1.0)
    )
    as_features, as_projection = (
        de.predict(p).approximation_error for p in (features("identity", s, 60, 90), projected)
    )
    assert as_features == pytest.approx(as_projection, rel=1e-9)


def test_grouping_coordinates_does_not_change_the_estimate():
    s = de.power_law(255, 0.8, trace=1.0)
    doubled = de.Spectrum(np.repeat(s.values / 2, 2))
    few = de.Spectrum(s.values / 2, np.full(255, 2.0))
    many, grouped = (
        de.predict(replace(features("tanh", x, 400, 500), signal=1.0)).approximation_error
        for x in (few, doubled)
    )
    assert grouped == pytest.approx(many, rel=0.02)


def test_there_is_an_estimate_without_ridge_and_in_high_precision():
    s = de.power_law(30, 1.0, trace=1.0)
    mix = features("tanh", s, 50, 70)
    assert math.isfinite(de.predict(replace(mix, ridge=0)).approximation_error)
    plain = de.predict(mix)
    exact = de.predict(replace(mix, model=de.RandomFeatures(70, de.activations.erf)), digits=30)
    assert exact.approximation_error == pytest.approx(
        de.predict(
            replace(mix, model=de.RandomFeatures(70, de.activations.erf))
        ).approximation_error,
        rel=1e-6,
    )
    assert plain.approximation_error > 0


@pytest.mark.parametrize(
    "model", [de.Linear(), de.RandomProjection(25), de.OrthogonalProjection(25)], ids=str
)
def test_the_estimate_is_invariant_under_rotations(model):
    """Matrices with a common eigenbasis, and the same problem in that basis."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    first, second = np.arange(1.0, 31) ** -1.0, np.arange(30.0, 0, -1) ** -0.5

    def estimate(turn):
        sources = [
            de.Source(40, turn(first), noise_variance=0.1),
            de.Source(25, turn(second), shift=0.3, weight=0.5),
        ]
        mix = de.Problem(signal=1.0, sources=sources, ridge=1e-2, model=model)
        return de.predict(mix).approximation_error

    diagonal = estimate(lambda values: values)
    rotated = estimate(lambda values: (basis * values) @ basis.T)
    assert rotated == pytest.approx(diagonal, rel=1e-8)


def test_matrices_that_do_not_commute_have_an_estimate():
    rng = np.random.default_rng(1)
    A = rng.standard_normal((2, 20, 40))
    sources = [de.Source(30, a @ a.T / 40, noise_variance=0.2) for a in A]
    p = de.predict(de.Problem(signal=1.0, sources=sources, ridge=1e-3))
    run = de.simulate(p.problem, trials=2000)
    off = run.mean.error / p.error - 1
    assert abs(off - p.approximation_error) < 4 * run.stderr.error / p.error + 0.2 * off


def test_the_estimate_is_zero_if_the_error_is_zero_or_infinite():
    tie = de.Problem(signal=1.0, sources=[de.Source(9, de.isotropic(9), noise_variance=1)], ridge=0)
    exact = de.Problem(signal=1.0, sources=[de.Source(20, de.isotropic(9))], ridge=0)
    for mix, status in ((tie, de.Status.DIVERGES), (exact, de.Status.OK)):
        p = de.predict(mix)
        assert (p.approximation_error, p.status) == (0, status)


@pytest.mark.parametrize("model", [de.Linear(), de.RandomProjection(30)], ids=str)
def test_a_sweep_gives_the_estimates_of_single_predictions(model):
    s = de.power_law(60, 1.4, trace=1.0)

    def build(ridge, n):
        sources = [
            de.Source(40, s, noise_variance=0.1),
            de.Source(n, s, noise_variance=0.3, shift=de.label_shift(s, 0.5)),
        ]
        return de.Problem(signal=1.0, sources=sources, ridge=ridge, model=model)

    table = de.sweep(build, ridge=[0, 1e-8, 1e-4, 1e-2, 1.0], n=[0, 3, 21, 150])
    for ridge in table.ridge.values:
        for n in table.n.values:
            p = de.predict(build(float(ridge), int(n)))
            point = table.sel(ridge=ridge, n=n)
            assert float(point.approximation_error) == pytest.approx(
                p.approximation_error, rel=1e-7, abs=1e-12
            )
            assert str(point.status.item()) == p.status.value


# Edge cases


@pytest.mark.parametrize(
    ("error", "degrees", "approximate"),
    [
        (0.0399, 100, False),
        (-0.0401, 100, True),
        (0.0401, 5.1, True),
        (0.0399, 5.0, False),
        (0.0399, 4.9, True),
        (0.0199, 2.5, False),
        (0.0201, 2.5, True),
        (0.0, 2.0, False),
        (0.0, 1.99, True),
        (math.inf, 100, True),
        (math.nan, 100, True),
        (0.0, math.nan, True),
    ],
)
def test_more_than_4_percent_is_approximate_and_less_with_few_degrees_of_freedom(
    error, degrees, approximate
):
    assert Approximation(error, 0.0, degrees).exceeds_tolerance is approximate
    assert Approximation(0.0, error, degrees).exceeds_tolerance is approximate


@pytest.mark.parametrize(
    ("size", "degrees", "words"),
    [
        (0.0199, 50.0, None),
        (0.0201, 50.0, "about 2 % higher"),
        (-0.0201, 50.0, "about 2 % lower"),
        (0.3, 1.99, "any factor"),
        (0.3, 2.01, "about 30 % higher"),
    ],
)
def test_a_note_states_the_size_and_direction_of_the_deviation(size, degrees, words):
    mix = features("identity", de.isotropic(30, trace=1.0), 100, 100)
    projected = replace(mix, model=de.RandomProjection(100))
    point = de.predict(projected).fixed_point
    notes = list(regime_notes(projected, point, Approximation(size, 0.0, degrees)))
    assert (words in notes[0]) if words else notes == []


@pytest.mark.parametrize(("d", "noted"), [(19, True), (20, False), (21, False)])
def test_few_coordinates_are_noted_if_there_is_no_other_note(d, noted):
    mix = features("tanh", de.isotropic(d, trace=1.0), 2 * d, 2 * d)
    estimate = Approximation(0.0, 0.0199, 50.0)
    notes = list(regime_notes(mix, de.predict(mix).fixed_point, estimate))
    assert [f"only {d}: expect deviations" in note for note in notes] == ([True] if noted else [])


def test_a_missing_estimate_for_features_is_noted():
    mix = features("tanh", de.isotropic(30, trace=1.0), 60, 60)
    estimate = Approximation(0.0, math.inf, 50.0)
    (note,) = regime_notes(mix, de.predict(mix).fixed_point, estimate)
    assert "no estimate of its error is available" in note


def test_radial_equations_that_do_not_converge_raise():
    modes = radial_modes(np.tanh, 0.0, 1.0, np.array([0.1]), np.array([10.0]))
    with pytest.raises(de.SolveError, match="did not converge at ridge"):
        radial_error(RadialEquations(modes, math.nan, 30.0), 1e-3, np.ones(1), 0.0)


def test_one_radius_and_degree_is_gaussian_equivalence():
    """With only the linear part, the two-sided equations reduce to the master equations, up to the
    scatter of the radii at d = 10⁶."""
    d = 10**6
    s = de.isotropic(d, trace=1.0)
    p = de.predict(features("erf", s, 2 * d, 3 * d, noise=0.3))
    q = de.activations.erf.moments(1.0)
    modes = radial_modes(de.activations.erf, 0.0, 1.0, np.array([1 / d]), np.array([float(d)]))
    gaussian = modes.gaussian(q.slope, q.residual, np.array([1 / d]))
    found = radial_error(RadialEquations(gaussian, 2.0 * d, 3.0 * d), 2e-3 * d, np.ones(1), 0.3)
    assert found == pytest.approx(p.error, rel=1e-4)
    assert abs(p.approximation_error) < 1e-4


def test_multiplicities_of_modes_are_the_dimensions_of_spherical_polynomials():
    """Degree 2 has d(d + 1)/2 − 1 modes, degree 3 has d(d − 1)(d + 4)/6."""
    d = 9
    modes = radial_modes(np.tanh, 0.0, 1.0, np.array([1 / d]), np.array([float(d)]))
    counts = modes.multiplicities
    assert counts[0] == 1 and counts[1] == d
    assert counts[2] == d * (d + 1) / 2 - 1
    assert counts[3:].sum() == d * (d - 1) * (d + 4) / 6
    assert modes.shares.sum() == pytest.approx(1) and (modes.rest >= 0).all()
