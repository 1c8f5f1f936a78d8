"""The estimate of the error for several sources, and for activations without a linear part."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import detequiv as de

# Several sources, and a target of another kind


@dataclass(frozen=True)
class Mixed:
    """Two sources of features, d = 40; share : (mean of 400 trials of de.simulate)/error − 1."""

    activation: str
    n: tuple[int, int]
    share: float
    stderr: float
    traces: tuple[float, float] = (1.0, 1.0)
    exponents: tuple[float, float] = (0.5, 0.5)
    gain: float = 1.0
    fixed: bool = False
    target: float | None = None
    weight: float = 1.0
    width: int = 150

    @property
    def problem(self):
        j = np.arange(1.0, 41)
        spectra = [
            trace * j**-exponent / (j**-exponent).sum()
            for exponent, trace in zip(self.exponents, self.traces, strict=True)
        ]
        w = np.cos(j) * np.sqrt(40 / (np.cos(j) ** 2).sum())
        real = de.Source(self.n[0], spectra[0], noise_variance=0.1)
        other = de.Source(
            self.n[1],
            spectra[1],
            noise_variance=0.1,
            shift=de.Fixed(0.5 * np.sin(3 * j)) if self.fixed else 0.3,
            gain=self.gain,
            weight=self.weight,
        )
        target = None
        if self.target is not None:
            target = de.Target(j**-self.target / (j**-self.target).sum())
        return de.Problem(
            signal=de.Fixed(w) if self.fixed else 1.0,
            sources=[real, other],
            ridge=1e-3,
            model=de.RandomFeatures(self.width, self.activation),
            target=target,
        )


MIXED = {
    "a quarter of the trace": Mixed("tanh", (60, 160), -0.0685, 0.0008, traces=(1.0, 0.25)),
    "thrice the trace": Mixed("sine", (60, 160), -0.1661, 0.0023, traces=(1.0, 3.0)),
    "mostly thrice the trace": Mixed("erf", (30, 260), -0.0667, 0.0012, traces=(1.0, 3.0), width=300),
    "fixed truths that disagree": Mixed("sine", (40, 120), -0.0795, 0.0054, gain=-0.5, fixed=True),
    "fixed truths, relu": Mixed("relu", (40, 120), 0.0785, 0.0051, gain=-0.5, fixed=True, width=300),
    "unlike spectra and weights": Mixed(
        "relu", (120, 120), -0.0432, 0.0006, exponents=(0.0, 1.0), weight=0.2, width=300
    ),
    "a flat target": Mixed("relu", (300, 100), -0.0901, 0.0006, exponents=(0.5, 0.0), target=0.0, width=300),
}


@pytest.mark.parametrize("case", MIXED.values(), ids=MIXED)
def test_features_of_unlike_sources_are_off_by_what_is_estimated(case):
    p = de.predict(case.problem)
    assert abs(p.approximation_error - case.share) < 0.1 * abs(case.share) + 3 * case.stderr
    assert p.status is de.Status.APPROXIMATE


@pytest.mark.parametrize("name", ["thrice the trace", "fixed truths, relu"])
def test_a_source_of_features_in_two_halves_has_the_same_estimate(name):
    mix = MIXED[name].problem
    mix = replace(mix, sources=[mix.sources[0], replace(mix.sources[1], shift=None)])
    real, other = mix.sources
    halves = replace(mix, sources=[real, replace(other, n=50), replace(other, n=other.n - 50)])
    whole = de.predict(mix).approximation_error
    assert de.predict(halves).approximation_error == pytest.approx(whole, rel=1e-9)


def test_many_coordinates_of_unlike_sources_are_grouped_by_both_spectra():
    """Repeated, the eigenvalues are more than MOST_COORDINATES."""
    first, second = np.arange(1.0, 31) ** -1.0, np.arange(30.0, 0, -1) ** -0.5

    def estimate(spectrum):
        sources = [
            de.Source(80, spectrum(first / first.sum()), noise_variance=0.1),
            de.Source(90, spectrum(second / second.sum()), noise_variance=0.3, shift=0.2),
        ]
        model = de.RandomFeatures(160, "tanh", entry_variance=1.0)
        mix = de.Problem(signal=1.0, sources=sources, ridge=1e-3, model=model)
        return de.predict(mix).approximation_error

    repeated = estimate(lambda values: de.Spectrum(np.repeat(values, 3)))
    counted = estimate(lambda values: de.Spectrum(values, np.full(30, 3.0)))
    assert repeated == pytest.approx(counted, rel=0.02)


# Activations without a linear part

WITHOUT_LINEAR_PART = [
    # activation, d, n, m, ridge, predicted, simulated (plain numpy), standard error
    (np.abs, 40, 800, 800, 1e-3, 10.945, 7.220, 0.031),
    (np.square, 40, 800, 800, 1e-3, 25.051, 9.828, 0.062),
    (np.cos, 15, 300, 600, 1e-3, 2.0785, 3.328, 0.027),
    (np.cos, 100, 100, 80, 1e-2, 2.6062, 2.599, 0.017),
]


@pytest.mark.parametrize("case", WITHOUT_LINEAR_PART, ids=lambda case: " ".join(map(str, case[:4])))
def test_features_without_a_linear_part_have_an_estimate(case):
    """Their higher degrees fit the labels all the same. Noise 0.1, null error 1."""
    f, d, n, m, ridge, predicted, simulated, stderr = case
    p = de.predict(
        de.Problem(
            signal=1.0,
            sources=[de.Source(n, de.isotropic(d, trace=1.0), noise_variance=0.1)],
            ridge=ridge,
            model=de.RandomFeatures(m, de.Activation("even", f)),
        )
    )
    assert p.error == pytest.approx(predicted, rel=1e-4)
    off = simulated / p.error - 1
    assert (p.status is de.Status.APPROXIMATE) == (abs(off) > 0.04)
    assert abs(off - p.approximation_error) < 0.1 * abs(off) + 3 * stderr / p.error


def test_features_without_a_linear_part_see_every_source_in_any_basis():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    values = np.repeat([0.05, 0.01], [15, 15])

    def estimate(turn, shift):
        sources = [
            de.Source(300, turn(values), noise_variance=0.1),
            de.Source(200, turn(values), shift=shift, weight=0.5),
        ]
        model = de.RandomFeatures(400, de.Activation("cos", np.cos))
        mix = de.Problem(signal=1.0, sources=sources, ridge=1e-3, model=model)
        return de.predict(mix).approximation_error

    diagonal = estimate(lambda values: values, 0.5)
    assert abs(diagonal) > 0.1
    turned = estimate(lambda values: (basis * values) @ basis.T, 0.5)
    assert turned == pytest.approx(diagonal, rel=1e-8)
    assert estimate(lambda values: values, 5.0) != pytest.approx(diagonal, rel=1e-3)
